import { spawn, type ChildProcess } from "node:child_process";

/** How long a program gets to end in good order, and to write what it still holds, before it is killed, milliseconds. */
const END_WITHIN_MS = 10_000;
/** Characters of a program's last words that are kept for messages. */
const TAIL = 2_000;

/** What a program is started with. */
export type Command = {
  /** for messages */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
};

/** A program that runs until it is ended. */
export type Child = {
  readonly name: string;
  readonly pid: number;
  /**
   * Waits for a line of stdout or stderr that `read` makes something of. To be called once, right after the start: earlier lines are gone.
   * @throws when the program ends first, or none came within `limitMs`
   */
  readonly line: <T>(read: (line: string) => T | undefined, limitMs?: number) => Promise<T>;
  /** Looks at every piece of output from now on; pieces are not lines. */
  readonly watch: (seen: (piece: Buffer) => void) => void;
  readonly running: () => boolean;
  /** Ends it: SIGTERM, and SIGKILL when that was not enough. */
  readonly end: () => Promise<void>;
};

/** All programs that this one has started. */
export type Children = {
  readonly start: (command: Command) => Promise<Child>;
  /**
   * Runs a program to its end.
   * @returns its stdout
   * @throws when it fails, or takes longer than `limitMs`
   */
  readonly run: (command: Command, limitMs: number) => Promise<string>;
  /**
   * Has something ended with the rest that was started in another way.
   * @returns forgets it
   */
  readonly adopt: (end: () => Promise<void>) => () => void;
  /** Ends all that still run, and lets no other begin. */
  readonly endAll: () => Promise<void>;
};

/** @returns a registry that starts programs and knows each by its handle */
export function createChildren(): Children {
  const living = new Set<Child>();
  const adopted = new Set<() => Promise<void>>();
  let closed = false;

  async function start(command: Command): Promise<Child> {
    if (closed) throw new Error("the benchmark is ending");
    const child = follow(await spawned(command), command.name, (ended) => living.delete(ended));
    living.add(child);
    return child;
  }

  async function run(command: Command, limitMs: number): Promise<string> {
    if (closed) throw new Error("the benchmark is ending");
    const handle = await spawned(command);
    const child = follow(handle, command.name, (ended) => living.delete(ended));
    living.add(child);
    const pieces: Buffer[] = [];
    const errors: Buffer[] = [];
    handle.stdout?.on("data", (piece: Buffer) => pieces.push(piece));
    handle.stderr?.on("data", (piece: Buffer) => errors.push(piece));
    const code = await within(closeOf(handle), limitMs).catch(async (error: unknown) => {
      await child.end();
      throw new Error(`${command.name} was not done after ${limitMs} ms`, { cause: error });
    });
    if (code !== 0) throw new Error(`${command.name} ended with ${String(code)}: ${Buffer.concat(errors).toString("utf8").slice(-TAIL)}`);
    return Buffer.concat(pieces).toString("utf8");
  }

  async function endAll(): Promise<void> {
    closed = true;
    await Promise.all([...[...living].map((child) => child.end()), ...[...adopted].map((end) => end())]);
  }

  function adopt(end: () => Promise<void>): () => void {
    adopted.add(end);
    return () => void adopted.delete(end);
  }

  return { start, run, adopt, endAll };
}

function spawned({ name, program, args, env, cwd }: Command): Promise<ChildProcess> {
  const handle = spawn(program, args, { env: env ?? process.env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve, reject) => {
    handle.once("spawn", () => resolve(handle));
    handle.once("error", (error) => reject(new Error(`${name} could not be started: ${error.message}`, { cause: error })));
  });
}

function follow(handle: ChildProcess, name: string, onEnd: (child: Child) => void): Child {
  const ended = closeOf(handle);
  let running = true;
  let tail = "";
  let reading: ((line: string) => void) | undefined;
  let watching: ((piece: Buffer) => void) | undefined;

  const child: Child = {
    name,
    pid: handle.pid ?? 0,
    line: async (read, limitMs = 15_000) => {
      const found = new Promise<NonNullable<ReturnType<typeof read>>>((resolve) => {
        reading = (line) => {
          const value = read(line);
          if (value !== undefined && value !== null) resolve(value);
        };
      });
      const early = ended.then((code) => {
        throw new Error(`ended with ${String(code)}`);
      });
      try {
        return await within(Promise.race([found, early]), limitMs);
      } catch (error) {
        throw new Error(`${name} did not get ready: ${error instanceof Error ? error.message : String(error)}\n${tail}`, { cause: error });
      } finally {
        reading = undefined;
      }
    },
    watch: (seen) => {
      watching = seen;
    },
    running: () => running,
    end: async () => {
      if (!running) return;
      handle.kill("SIGTERM");
      await within(ended, END_WITHIN_MS).catch(() => handle.kill("SIGKILL"));
      await ended;
    },
  };

  for (const stream of [handle.stdout, handle.stderr]) {
    let rest = "";
    stream?.on("data", (piece: Buffer) => {
      watching?.(piece);
      // at full load this is megabytes a second: text is made of it only while somebody waits for a line, or for the last words
      if (reading === undefined) {
        if (watching === undefined) tail = (tail + piece.toString("utf8")).slice(-TAIL);
        return;
      }
      tail = (tail + piece.toString("utf8")).slice(-TAIL);
      const lines = (rest + piece.toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) reading?.(line);
    });
  }
  void ended.then(() => {
    running = false;
    onEnd(child);
  });
  return child;
}

/** The exit code, or the signal's name, once the program is gone and its output read. */
function closeOf(handle: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => handle.once("close", (code, signal) => resolve(code ?? signal ?? "nothing")));
}

async function within<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
