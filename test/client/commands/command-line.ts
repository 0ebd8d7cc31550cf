import { PassThrough, Readable } from "node:stream";
import type { CommandContext, StopSignal } from "../../../client/commands/context.ts";
import { run } from "../../../client/commands/run.ts";
import { embeddedRelayConfig } from "../../../server/config.ts";
import { silentLog } from "../../../server/log.ts";
import { startRelay } from "../../../server/relay.ts";
import { systemClock } from "../../../shared/clock.ts";
import { createReader } from "../output/reader.ts";
import type { Home } from "../settings/home.ts";

/** How a command line is run in this process. */
export type CommandLineOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** what comes from stdin; a stream for a terminal that types */
  readonly stdin?: string | Readable;
  /** which streams are terminals (none) */
  readonly tty?: { readonly stdin?: boolean; readonly stdout?: boolean; readonly stderr?: boolean };
  /** of the terminal */
  readonly columns?: number;
};

/** A command line that runs. */
export type RunningCommand = {
  readonly stdout: () => Buffer;
  readonly stderr: () => string;
  readonly signal: (signal: StopSignal) => void;
  /** the exit code */
  readonly ended: Promise<number>;
};

/** What a command line gave. */
export type CommandResult = { readonly code: number; readonly stdout: string; readonly bytes: Buffer; readonly stderr: string };

/** Starts `devhook` with these arguments in this process. */
export function startCommand(home: Home, argv: readonly string[], options: CommandLineOptions = {}): RunningCommand {
  const chunks: Buffer[] = [];
  const stdout = new PassThrough().on("data", (chunk: Buffer) => chunks.push(chunk));
  const stderr = createReader();
  const listeners = new Set<(signal: StopSignal, count: number) => void>();
  let signals = 0;
  const tty = { stdin: false, stdout: false, stderr: false, ...options.tty };
  const context: CommandContext = {
    argv,
    env: { ...home.env, ...options.env },
    cwd: home.cwd,
    stdin: options.stdin instanceof Readable ? options.stdin : Readable.from([Buffer.from(options.stdin ?? "")]),
    stdout,
    stderr: stderr.stream,
    isTTY: tty,
    terminal: tty.stdout ? { columns: options.columns ?? 80, rows: 24 } : undefined,
    clock: systemClock,
    openTerminal: () => undefined,
    onFault: () => () => undefined,
    onSignal: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    outcome: { code: 0 },
    loadRelay: () =>
      Promise.resolve({ start: ({ port }) => startRelay({ ...embeddedRelayConfig, port }, { log: silentLog, clock: systemClock }) }),
    loadRelayCommands: () => import("../../../server/commands/index.ts"),
    version: "1.2.3",
  };
  return {
    stdout: () => Buffer.concat(chunks),
    stderr: stderr.text,
    signal: (signal) => {
      signals += 1;
      for (const listener of listeners) listener(signal, signals);
    },
    ended: run(context),
  };
}

/** Runs `devhook` with these arguments to its end. */
export async function runCommand(home: Home, argv: readonly string[], options: CommandLineOptions = {}): Promise<CommandResult> {
  const command = startCommand(home, argv, options);
  const code = await command.ended;
  return { code, stdout: command.stdout().toString("utf8"), bytes: command.stdout(), stderr: command.stderr() };
}
