import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** The built program. */
export const DEVHOOK = join(import.meta.dirname, "../../dist/devhook.js");
/** How long a command that ends by itself may take, milliseconds: what hangs must not hold up the suite. */
const LIMIT_MS = 25_000;

/** A user of a fresh machine: folders of its own, and nothing of the environment that devhook looks at. */
export type Home = {
  readonly folder: string;
  readonly dataDir: string;
  readonly database: string;
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => void;
};

/** A process that runs until it is ended. */
export type Program = {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** lines of stdout as JSON */
  readonly events: () => readonly OutputEvent[];
  /** Waits for the `nth` (1) event of a type for which `matches` holds. */
  readonly event: (type: string, matches?: (event: OutputEvent) => boolean, nth?: number) => Promise<OutputEvent>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** resolves when it has ended and its output is whole: the exit code, null after a signal that it did not handle */
  readonly ended: Promise<number | null>;
  /** Ends it now, if it still runs. */
  readonly kill: () => Promise<void>;
};

/** A line of `--json` output. */
type OutputEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** How a command that ends by itself has ended. */
export type Result = { readonly code: number | null; readonly stdout: Buffer; readonly stderr: string };

/** What programs are started with. */
export type RunOptions = {
  readonly home: Home;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
};

/** A tunnel that is open. */
export type Tunnel = {
  readonly program: Program;
  /** what senders call, without a slash at the end */
  readonly url: string;
  readonly name: string;
  /** of the relay */
  readonly port: number;
};

/** A relay that runs, with its data folder. */
export type RelayProgram = {
  readonly program: Program;
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
};

/** Makes the folders of a fresh user. */
export function makeHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), "devhook-e2e-"));
  const dataDir = join(folder, "data");
  return {
    folder,
    dataDir,
    database: join(dataDir, "devhook.db"),
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, DEVHOOK_DATA_DIR: dataDir, XDG_CONFIG_HOME: join(folder, "config") },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Starts `devhook` with these arguments. */
export function startProgram(args: readonly string[], { home, env = {}, stdin }: RunOptions): Program {
  const child = spawn(process.execPath, [DEVHOOK, ...args], {
    cwd: home.folder,
    env: { ...home.env, ...env },
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(stdin);
  return watch(child);
}

function watch(child: ChildProcess): Program {
  let stdout = "";
  let stderr = "";
  let over = false;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      over = true;
      resolve(code);
    });
  });
  const events = (): readonly OutputEvent[] =>
    stdout
      .slice(0, stdout.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as OutputEvent);
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    events,
    event: (type, matches = () => true, nth = 1) =>
      until(() => {
        const found = events().filter((event) => event.type === type && matches(event))[nth - 1];
        if (found === undefined && over) throw new Error(`ended before its event ${type}: ${stdout}${stderr}`);
        return found;
      }, `event ${type}`).catch((error: unknown) => {
        throw new Error(`${String(error)}\nstdout: ${stdout.slice(-2_000)}\nstderr: ${stderr.slice(-2_000)}`);
      }),
    signal: (signal) => void child.kill(signal),
    ended,
    kill: async () => {
      if (!over) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs `devhook` with these arguments to its end. */
export function run(args: readonly string[], options: RunOptions): Promise<Result> {
  return runCommand(process.execPath, [DEVHOOK, ...args], options);
}

/** Runs any program to its end. */
export function runCommand(file: string, args: readonly string[], { home, env = {}, stdin }: RunOptions): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      {
        cwd: home.folder,
        env: { ...home.env, ...env },
        encoding: "buffer",
        maxBuffer: 1_024 ** 3,
        timeout: LIMIT_MS,
        killSignal: "SIGKILL",
      },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr: stderr.toString("utf8") }),
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(stdin);
  });
}

/** Waits until a program is ready; one that does not get there is ended, because nobody else can. */
function readyOf(program: Program): Promise<OutputEvent> {
  return program.event("ready").catch(async (error: unknown) => {
    await program.kill();
    throw error;
  });
}

/** Starts `devhook start` with `--json` and waits until its tunnel is open; the embedded relay takes any free port. */
export async function startTunnel(target: number | string, args: readonly string[], options: RunOptions): Promise<Tunnel> {
  const embedded = !args.includes("--server") && !args.includes("--port");
  const program = startProgram(["start", String(target), "--json", ...(embedded ? ["--port", "0"] : []), ...args], options);
  const { url, tunnel, relay } = await readyOf(program);
  return { program, url: String(url), name: String(tunnel), port: Number(new URL(String(relay)).port) };
}

/** Starts `devhook relay` and waits until it serves; without `--port` it takes any free one. */
export async function startRelayProgram(
  args: readonly string[],
  options: RunOptions & { readonly dataDir?: string },
): Promise<RelayProgram> {
  const dataDir = options.dataDir ?? join(options.home.folder, "relay");
  const anyPort = args.includes("--port") ? [] : ["--port", "0"];
  const program = startProgram(["relay", "--json", "--data-dir", dataDir, ...anyPort, ...args], options);
  const { url } = await readyOf(program);
  return { program, url: String(url), port: Number(new URL(String(url)).port), dataDir };
}

/** Makes a token of the relay with this data folder. */
export async function addToken(
  relay: { readonly dataDir: string },
  home: Home,
  label = "test",
): Promise<{ readonly id: string; readonly token: string }> {
  const { stdout, stderr } = await run(["relay", "token", "add", label, "--json", "--data-dir", relay.dataDir], { home });
  if (stdout.length === 0) throw new Error(`no token: ${stderr}`);
  return JSON.parse(stdout.toString("utf8")) as { readonly id: string; readonly token: string };
}
