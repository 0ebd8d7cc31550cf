import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type IPty, spawn } from "node-pty";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createHeadlessTerminal, type HeadlessTerminal } from "../rig/headless-terminal.ts";
import { until } from "../rig/until.ts";

const folder = mkdtempSync(join(tmpdir(), "devhook-terminal-"));
const program = join(folder, "program.mjs");
const [COLUMNS, ROWS] = [60, 15];

let logFile = "";
let screen: HeadlessTerminal;
let pty: IPty;
let raw: string;
let title: string;
let ended: Promise<void>;

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(import.meta.resolve("../rig/terminal-program.ts"))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "warning",
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach((context) => {
  logFile = join(folder, `${context.task.id}.log`);
  writeFileSync(logFile, "");
  raw = "";
  title = "";
  screen = createHeadlessTerminal(COLUMNS, ROWS);
  screen.terminal.onTitleChange((text) => (title = text));
});
afterEach(async () => {
  pty.resume();
  try {
    pty.kill("SIGKILL");
  } catch {
    // it has ended
  }
  await ended;
  screen.terminal.dispose();
});

/** Runs a shell script in the terminal; in it, `program` is the program with its log. */
function start(script: string, env: Readonly<Record<string, string>> = {}): void {
  pty = spawn("bash", ["--norc", "-c", `program() { ${process.execPath} ${program} ${logFile}; }; ${script}`], {
    name: "xterm-256color",
    cols: COLUMNS,
    rows: ROWS,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...env },
  });
  pty.onData((data) => {
    raw += data;
    screen.terminal.write(data);
  });
  ended = new Promise((resolve) => pty.onExit(() => resolve()));
}

type Entry = Readonly<Record<string, unknown>>;

function entries(): readonly Entry[] {
  return readFileSync(logFile, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
}

function entry(key: string): Promise<Entry> {
  return until(() => entries().find((each) => key in each), `${key} in the log`);
}

/** Waits until the first row shows this. */
async function shows(text: string): Promise<void> {
  await until(() => screen.rows()[0]?.includes(text), `${text} on the screen`);
}

/** Waits until a row of the normal screen shows this. */
async function says(text: string): Promise<void> {
  await until(() => screen.terminal.buffer.active.type === "normal" && screen.rows().some((row) => row.includes(text)), text).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}: ${screen.rows().join("\n")}`);
    },
  );
}

/** What the terminal is set to, as far as a program can set it; the settings of its line as well once a script has told them. */
function modes(): Readonly<Record<string, unknown>> {
  return {
    ...screen.terminal.modes,
    buffer: screen.terminal.buffer.active.type,
    cursorHidden: raw.lastIndexOf("\u001b[?25l") > raw.lastIndexOf("\u001b[?25h"),
    title,
  };
}

const BEFORE = "printf '\\033]2;before\\007'; echo before; stty -g;";
/** The settings of the line that the script has told, one each time. */
const lines = (): readonly string[] => raw.match(/(?:[\da-f]+:){20,}[\da-f]+/g) ?? [];

it.each([
  ["q", () => pty.write("q"), "left with 0", 0],
  ["ctrl-c of another terminal", async () => signal("SIGINT"), "left with 130", 130],
  ["SIGTERM", async () => signal("SIGTERM"), "left with 143", 143],
  ["SIGHUP", async () => signal("SIGHUP"), "left with 129", 129],
  ["an exception", () => pty.write("x"), "failed: thrown", 70],
  ["a rejected promise", () => pty.write("p"), "failed: rejected", 70],
  ["an exit in the middle", () => pty.write("e"), "code 3", 3],
  ["the mouse on, and q", () => pty.write("mq"), "left with 0", 0],
] as const)("gives the terminal back as it was: %s", async (_name, leave, said, code) => {
  start(`${BEFORE} program; echo "code $?"; stty -g; read -r`);
  await shows("keys");
  await until(() => title === "on screen");
  expect(modes()).toMatchObject({ buffer: "alternate", wraparoundMode: false, bracketedPasteMode: true, cursorHidden: true });
  expect(raw).not.toContain("\u001b[?2026l\u001b[?2026l");
  await leave();
  await says(`code ${code}`);
  await until(() => lines().length === 2);
  expect(screen.rows().join("\n")).toContain(said);
  expect(screen.rows()[0]).toBe("before");
  const fresh = createHeadlessTerminal(COLUMNS, ROWS);
  expect(modes()).toEqual({ ...fresh.terminal.modes, buffer: "normal", cursorHidden: false, title: "before" });
  fresh.terminal.dispose();
  expect(lines()[1]).toBe(lines()[0]);
});

async function signal(name: NodeJS.Signals): Promise<void> {
  process.kill(Number((await entry("pid"))["pid"]), name);
}

it.each([
  ["ctrl-z", async () => pty.write("\u001a")],
  ["SIGTSTP", () => signal("SIGTSTP")],
])("stops on %s with the terminal as it was, and comes back with all of its screen", async (_name, stop) => {
  start(`set -m; ${BEFORE} program; echo stopped; stty -g; read -r; fg >/dev/null; echo "code $?"`);
  await shows("keys");
  pty.write("a");
  await shows("keys a");
  await stop();
  await says("stopped");
  await until(() => lines().length === 2);
  expect(lines()[1]).toBe(lines()[0]);
  expect(modes()).toMatchObject({ wraparoundMode: true, bracketedPasteMode: false, cursorHidden: false, title: "before" });
  pty.write("\r");
  await shows("keys a");
  await until(() => screen.rows().at(-1)?.startsWith("last"));
  expect(modes()).toMatchObject({ buffer: "alternate", wraparoundMode: false, bracketedPasteMode: true, title: "on screen" });
  pty.write("bq");
  await says("code 0");
  expect(modes()).toMatchObject({ title: "before", cursorHidden: false });
});

it("is in raw mode and whole again after a stop that it could not see coming", async () => {
  start(`set -m; ${BEFORE} program; stty sane; echo scribble; read -r; fg >/dev/null; echo "code $?"`);
  await shows("keys");
  await signal("SIGSTOP");
  await until(() => screen.rows().some((row) => row.includes("scribble")));
  pty.write("\r");
  await until(() => !screen.rows().some((row) => row.includes("scribble")));
  // without enter
  pty.write("b");
  await shows("keys b");
  pty.write("q");
  await says("code 0");
  expect(modes()).toMatchObject({ buffer: "normal", title: "before", wraparoundMode: true });
});

it("goes on at once after ctrl-z where no shell could make it go on", async () => {
  start(`exec ${process.execPath} ${program} ${logFile}`);
  await shows("keys");
  pty.write("\u001a");
  await entry("stopping");
  await shows("keys ^z");
  pty.write("b");
  await shows("keys ^zb");
  expect(modes()).toMatchObject({ buffer: "alternate", cursorHidden: true });
});

it("lends the terminal to another program, and takes it back", async () => {
  start(`${BEFORE} program; echo "code $?"; read -r`);
  await shows("keys");
  pty.write("v");
  await says("lent");
  await until(() => / icanon .* echo /s.test(raw));
  pty.write("not a key\r");
  await shows("keys v");
  pty.write("q");
  await says("code 0");
  expect(modes()).toMatchObject({ title: "before" });
});

it("neither stops nor gathers frames while nobody reads, and then shows the newest", async () => {
  start(`${BEFORE} program; read -r`);
  await shows("keys");
  pty.write("f");
  await until(() => entries().some(({ frames }) => Number(frames) >= 100));
  pty.pause();
  const until500 = Number(entries().findLast(({ frames }) => frames !== undefined)?.["frames"]) + 500;
  await until(() => entries().some(({ frames }) => Number(frames) >= until500), "500 frames that nobody reads");
  const before = raw.length;
  pty.resume();
  await until(() => Number(/^line 0 (\d+)/.exec(screen.rows()[1] ?? "")?.[1]) >= until500, "a frame of now");
  // 500 frames would be 500 times what a screen holds
  expect(raw.length - before).toBeLessThan(100 * COLUMNS * ROWS);
});

it("ends though nobody reads", async () => {
  start(`${BEFORE} program; read -r`);
  await shows("keys");
  pty.write("f");
  await until(() => entries().some(({ frames }) => Number(frames) >= 100));
  pty.pause();
  const more = Number(entries().findLast(({ frames }) => frames !== undefined)?.["frames"]) + 200;
  await until(() => entries().some(({ frames }) => Number(frames) >= more));
  await signal("SIGTERM");
  expect(await entry("left")).toEqual({ left: 143 });
});

it("fills a terminal of any size anew, again and again", async () => {
  start(`${BEFORE} program; read -r`);
  await shows("keys");
  const sizes = [
    [40, 8],
    [200, 60],
    [1, 1],
    [80, 24],
    [59, 15],
    [120, 40],
  ] as const;
  for (let round = 0; round < 3; round++) {
    for (const [columns, rows] of sizes) {
      screen.terminal.resize(columns, rows);
      pty.resize(columns, rows);
    }
  }
  await shows("120x40");
  await until(() => screen.rows()[39]?.startsWith("last"));
  expect(screen.rows()[39]).toBe(`last${"-".repeat(115)}`);
  expect(screen.rows().every((row) => row !== "")).toBe(true);
});

it("tells keys, pastes and answers of the terminal apart", async () => {
  start(`${BEFORE} program; read -r`);
  await shows("keys");
  pty.write("\u001b[200~x q\u001b[201~");
  await entry("text");
  pty.write("\u001b]11;rgb:0000/0000/0000\u001b\\");
  await until(() => entries().some(({ type }) => type === "reply"));
  pty.write("é\u001b[A");
  await shows("keys éup");
  expect(entries().filter(({ type }) => type !== undefined)).toEqual([
    { type: "paste", text: "x q", cut: false },
    { type: "reply", text: "]11;rgb:0000/0000/0000\u001b\\" },
  ]);
});

it("copies with a tool that stays in the background, and by the terminal where there is none", async () => {
  const tools = mkdtempSync(join(folder, "tools-"));
  writeFileSync(join(tools, "xclip"), `#!/bin/sh\ncat > ${tools}/copied\nsleep 5 &\n`);
  chmodSync(join(tools, "xclip"), 0o755);
  start(`${BEFORE} program; read -r`, { PATH: `${tools}:${process.env["PATH"] ?? ""}`, DISPLAY: ":0" });
  await shows("keys");
  pty.write("c");
  expect(await entry("kind")).toEqual({ kind: "tool", name: "xclip" });
  expect(readFileSync(join(tools, "copied"), "utf8")).toBe("copied");
  rmSync(join(tools, "xclip"));
  pty.write("c");
  await until(() => entries().some(({ kind }) => kind === "terminal"));
  await until(() => raw.includes(`\u001b]52;c;${Buffer.from("copied").toString("base64")}\u0007`));
});
