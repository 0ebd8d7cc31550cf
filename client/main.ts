#!/usr/bin/env node
/** argv -> command -> exit code: the only file that touches the process, and the only door between client and server. */
import { writeSync } from "node:fs";
import type { Writable } from "node:stream";
import { isatty } from "node:tty";
import { systemClock } from "../shared/clock.ts";
import { DevhookError, errorCodeOf } from "../shared/errors.ts";
import { version } from "../shared/version.ts";
import type { CommandContext, StopSignal } from "./commands/context.ts";
import { run } from "./commands/run.ts";
import { openStdioStream } from "./output/stdio-stream.ts";
import type { TerminalDoors } from "./terminal/terminal-session.ts";
import { startTimer } from "./terminal/timer.ts";

/** Whoever stops devhook should not wait for a terminal that stands still. Milliseconds. */
const LAST_WORDS_MS = 1000;
/**
 * npm and npx pass a ctrl-c on that the terminal has sent to everyone already, so it comes twice within milliseconds. Nobody presses a
 * second one that fast. Milliseconds.
 */
const ECHO_MS = 200;
/** Codes of a stdout whose reader has gone: a closed pipe, a closed terminal. */
const GONE = new Set(["EPIPE", "EIO", "ECONNRESET"]);

const isTTY = { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) };
const stdout: Writable = openStdioStream(1) ?? process.stdout;
const stderr: Writable = openStdioStream(2) ?? process.stderr;

const listeners = new Set<(signal: StopSignal, count: number) => void>();
const faultListeners = new Set<() => Promise<void>>();
let signals = 0;
let lastSignalAt = -ECHO_MS;
let ending = false;
/** nobody reads the results any more: whatever ends from now on, ends well */
let readerGone = false;

const context: CommandContext = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  isTTY,
  get terminal() {
    const { columns, rows } = process.stdout;
    return isTTY.stdout && columns > 0 && rows > 0 ? { columns, rows } : undefined;
  },
  clock: systemClock,
  openTerminal: () => (isTTY.stdin && isTTY.stdout ? terminalDoors() : undefined),
  onFault: (listener) => {
    faultListeners.add(listener);
    return () => void faultListeners.delete(listener);
  },
  onSignal: (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  outcome: { code: 0 },
  loadRelay: async () => {
    const [{ startRelay }, { embeddedRelayConfig }, { silentLog }] = await Promise.all([
      import("../server/relay.ts"),
      import("../server/config.ts"),
      import("../server/log.ts"),
    ]);
    return { start: ({ port }) => startRelay({ ...embeddedRelayConfig, port }, { log: silentLog, clock: systemClock }) };
  },
  loadRelayCommands: () => import("../server/commands/index.ts"),
  version,
};

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => hear(signal));
process.on("uncaughtException", (error) => void fail(error));
stderr.on("error", () => undefined);
stdout.on("error", (error) => {
  if (!GONE.has(errorCodeOf(error) ?? "")) {
    void fail(new DevhookError("internal", { what: "the output could not be written", why: error.message, cause: error }));
  } else if (listeners.size === 0 || readerGone) {
    process.exit(0);
  } else {
    readerGone = true;
    obey("SIGTERM");
  }
});

void end(await run(context));

function hear(signal: StopSignal): void {
  const at = systemClock.monotonic();
  if (at - lastSignalAt < ECHO_MS) return;
  lastSignalAt = at;
  obey(signal);
}

function obey(signal: StopSignal): void {
  signals += 1;
  if (ending) process.exit();
  if (listeners.size === 0) void end(130);
  for (const listener of listeners) listener(signal, signals);
}

async function fail(error: unknown): Promise<void> {
  await Promise.all([...faultListeners].map((listener) => listener()));
  const { reportFailure } = await import("./commands/report-failure.ts");
  await end(reportFailure(error, context));
}

/** Ends the process once everything written has left it; after a signal that may take a second. */
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  process.exitCode = readerGone ? 0 : code;
  if (signals > 0) setTimeout(() => process.exit(), LAST_WORDS_MS);
  await Promise.all([written(stdout), written(stderr)]);
  process.exit();
}

/** The terminal, for a program that takes it over: the only place that knows both its streams and the signals of jobs. */
function terminalDoors(): TerminalDoors {
  // its remarks would tear a frame
  process.removeAllListeners("warning");
  const on = (event: NodeJS.Signals | "exit") => (listener: () => void) => {
    process.on(event, listener);
    return () => void process.off(event, listener);
  };
  return {
    input: process.stdin,
    output: stdout,
    writeNow: (text) => {
      try {
        writeSync(1, text);
      } catch {
        // it stands still, or has gone
      }
    },
    onResize: (listener) => {
      process.stdout.on("resize", listener);
      return () => void process.stdout.off("resize", listener);
    },
    onStopRequest: on("SIGTSTP"),
    onContinue: on("SIGCONT"),
    onExit: on("exit"),
    stop: () => {
      // by the signal's own action and for the whole job; without a shell that could make it go on, the kernel lets it be
      const own = process.listeners("SIGTSTP");
      process.removeAllListeners("SIGTSTP");
      process.kill(0, "SIGTSTP");
      for (const listener of own) process.on("SIGTSTP", listener);
    },
    startTimer,
  };
}

function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}
