/**
 * A program with a screen and nothing behind it, for tests of what it does to a real terminal. Its keys are the ways to leave; the file named by its
 * argument gets a JSON line for what a test waits for.
 */
import { spawn } from "node:child_process";
import { appendFileSync, writeSync } from "node:fs";
import { openStdioStream } from "../../client/output/stdio-stream.ts";
import { copyText } from "../../client/terminal/clipboard.ts";
import { createFrameWriter } from "../../client/terminal/frame-writer.ts";
import { createInputParser } from "../../client/terminal/input.ts";
import { createTerminalSession } from "../../client/terminal/terminal-session.ts";
import { startTimer } from "../../client/terminal/timer.ts";

/** Between two frames of a flood, milliseconds. */
const FLOOD_MS = 5;

const [, , logFile = "/dev/null"] = process.argv;
const output = openStdioStream(1) ?? process.stdout;
output.on("error", () => undefined);
let keys = "";
let frames = 0;

const log = (entry: Readonly<Record<string, unknown>>): void => appendFileSync(logFile, `${JSON.stringify(entry)}\n`);
const size = (): { columns: number; rows: number } => ({ columns: process.stdout.columns, rows: process.stdout.rows });
const on =
  (event: string) =>
  (listener: () => void): (() => void) => {
    process.on(event, listener);
    return () => void process.off(event, listener);
  };

const writer = createFrameWriter(output, size);
const session = createTerminalSession(
  {
    input: process.stdin,
    output,
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
      // by its own action and for the whole job; without a shell that could make it go on, the kernel lets it be
      const listeners = process.listeners("SIGTSTP");
      process.removeAllListeners("SIGTSTP");
      log({ stopping: true });
      process.kill(0, "SIGTSTP");
      for (const listener of listeners) process.on("SIGTSTP", listener);
    },
    startTimer,
  },
  writer,
  { onInput: (bytes) => parser.feed(bytes), onGone: () => void quit(0) },
);
const parser = createInputParser((event) => {
  if (event.type === "key") press(event.key.ctrl ? `^${event.key.name}` : event.key.name);
  else log(event);
}, startTimer);

process.on("uncaughtException", (error) => {
  void session.leave().then(() => {
    writeSync(2, `failed: ${error.message}\n`);
    process.exit(70);
  });
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => void quit(code));
}
process.stdout.on("resize", show);

session.setTitle("on screen");
session.enter();
show();
log({ pid: process.pid });

/** Fills the screen with what a test looks at. */
function show(): void {
  frames += 1;
  const { columns, rows } = size();
  const body = Array.from(
    { length: Math.max(0, rows - 2) },
    (_, row) => `\u001b[32mline ${row}\u001b[39m ${`${frames}`.padEnd(columns, "~")}`,
  );
  writer.paint([`${columns}x${rows} keys ${keys}`, ...body, "last".padEnd(columns, "-")]);
}

function press(key: string): void {
  keys += key;
  show();
  if (key === "q") void quit(0);
  else if (key === "^z") void session.suspend();
  else if (key === "x") {
    setImmediate(() => {
      throw new Error("thrown");
    });
  } else if (key === "p") void Promise.reject(new Error("rejected"));
  else if (key === "e") process.exit(3);
  else if (key === "m") session.setMouse(true);
  else if (key === "v") void session.lend(() => run("echo lent; stty -a; read -r line"));
  else if (key === "c")
    void copyText("copied", { env: process.env, platform: process.platform, spawn, send: session.send, save, startTimer }).then(log);
  else if (key === "f") flood();
}

/** Frames without end, whether somebody reads them or not. */
function flood(): void {
  setInterval(() => {
    show();
    if (frames % 100 === 0) log({ frames });
  }, FLOOD_MS);
}

function run(script: string): Promise<void> {
  return new Promise((resolve) => {
    spawn("sh", ["-c", script], { stdio: "inherit" }).on("close", () => resolve());
  });
}

function save(): Promise<string> {
  return Promise.reject(new Error("no file here"));
}

async function quit(code: number): Promise<void> {
  await session.close();
  log({ left: code });
  writeSync(1, `left with ${code}\n`);
  process.exit(code);
}
