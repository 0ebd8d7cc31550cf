import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandContext } from "../../../client/commands/context.ts";
import { resolveSettings, type SettingFlags } from "../../../client/settings/config.ts";
import { resolvePaths } from "../../../client/settings/paths.ts";
import { startTimer } from "../../../client/terminal/timer.ts";
import { openSurface, type Surface } from "../../../client/tunnel/surface.ts";
import { systemClock } from "../../../shared/clock.ts";
import { until } from "../../rig/until.ts";
import { createReader, type Reader } from "../output/reader.ts";
import { createFakeTerminal, type FakeTerminal } from "../screen/fake-terminal.ts";
import { createHome, type Home } from "../settings/home.ts";

const READY = {
  at: 1,
  url: "https://kq3v.relay.example",
  target: "http://localhost:8000",
  tunnel: "kq3v",
  relay: "https://relay.example",
  embedded: false,
};
const CLOSED = { at: 2, reason: "stopped", deliveries: 3, failed: 0, owed: 0 };

let home: Home;
let stdout: Reader;
let stderr: Reader;
let terminal: FakeTerminal;
let quits: number;
let faultListeners: Set<() => Promise<void>>;
let surface: Surface;

beforeEach(async () => {
  home = await createHome();
  stdout = createReader();
  stderr = createReader();
  terminal = createFakeTerminal(startTimer);
  quits = 0;
  faultListeners = new Set();
});
afterEach(async () => {
  await surface.close();
  home.remove();
});

async function open(
  flags: SettingFlags,
  { tty = true, hasTerminal = tty }: { readonly tty?: boolean; readonly hasTerminal?: boolean } = {},
): Promise<void> {
  const env = { ...home.env, TERM: "xterm-256color", LANG: "C.UTF-8" };
  const context: CommandContext = {
    argv: [],
    env,
    cwd: home.cwd,
    stdin: Readable.from([]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    isTTY: { stdin: tty, stdout: tty, stderr: tty },
    terminal: tty ? { columns: 80, rows: 24 } : undefined,
    clock: systemClock,
    openTerminal: () => (hasTerminal ? terminal.doors : undefined),
    onFault: (listener) => {
      faultListeners.add(listener);
      return () => void faultListeners.delete(listener);
    },
    onSignal: () => () => undefined,
    outcome: { code: 0 },
    loadRelay: () => Promise.reject(new Error("no relay")),
    loadRelayCommands: () => Promise.reject(new Error("no commands")),
    version: "1.2.3",
  };
  const resolved = await resolveSettings(context, { target: "8000", ...flags });
  surface = await openSurface(context, resolved, {
    paths: resolvePaths(context),
    secrets: {},
    onQuit: () => (quits += 1),
    onReconnect: () => undefined,
    withoutStop: (work) => work(),
    calls: {
      retarget: () => Promise.resolve(),
      testChoices: () => Promise.resolve([]),
      sendTest: () => Promise.reject(new Error("no test")),
      secretsChanged: () => Promise.resolve(),
    },
  });
}

describe("without a screen", () => {
  it.each([
    ["json", /^\{.*"https:\/\/kq3v/, /^$/],
    ["compact", /https:\/\/kq3v/, /something is off/],
    ["quiet", /^$/, /^$/],
  ] as const)("shows %s as it was asked for, in a terminal, too", async (output, out, error) => {
    await open({ output });
    surface.output.ready(READY);
    surface.output.warning({ at: 1, code: "x", message: "something is off" });
    await until(() => out.test(stdout.text()) && error.test(stderr.text()));
    expect([surface.screen(), terminal.written()]).toEqual([undefined, ""]);
  });

  it.each([
    ["nothing is a terminal", { tty: false }],
    ["the terminal cannot be had", { hasTerminal: false }],
  ])("shows lines where %s", async (_, options) => {
    await open({}, options);
    surface.output.ready(READY);
    await until(() => stdout.text().includes(READY.url));
    expect(surface.screen()).toBeUndefined();
  });

  it("says why there is no screen when one was asked for", async () => {
    await open({ output: "interactive" }, { tty: false });
    await until(() => stderr.text().includes("the screen cannot be shown, lines are instead: stdout is not a terminal"));
    expect(surface.screen()).toBeUndefined();
  });
});

describe("with a screen", () => {
  it("shows what is said there, gives the terminal back, and says goodbye", async () => {
    await open({});
    expect(terminal.isRaw()).toBe(true);
    surface.screen()?.tunnel("kq3v");
    surface.output.ready(READY);
    await until(() => terminal.written().includes("https://kq3v.relay.example"));
    surface.output.warning({ at: 1, code: "x", message: "something is off" });
    await until(() => terminal.written().includes("something is off"));
    terminal.type("q");
    await until(() => quits === 1);
    expect(stdout.text() + stderr.text()).toBe("");
    await surface.close();
    surface.output.closed(CLOSED);
    expect([terminal.isRaw(), faultListeners.size]).toEqual([false, 0]);
    expect(stdout.text()).toBe(
      "3 deliveries in this run, kept in the history\r\n  https://kq3v.relay.example\r\nsee them: devhook events\r\n",
    );
  });

  it("says goodbye with what failed and what is owed", async () => {
    await open({});
    surface.output.ready(READY);
    await surface.close();
    surface.output.closed({ ...CLOSED, failed: 2, owed: 1 });
    expect(stdout.text().split("\r\n")).toEqual([
      "3 deliveries in this run, 2 failed; kept in the history",
      "1 still owed to your app, they follow at the next start",
      "  https://kq3v.relay.example",
      "see what failed: devhook events --filter is:failed",
      "",
    ]);
  });

  it("is closed before the process ends by a fault", async () => {
    await open({});
    for (const listener of faultListeners) await listener();
    expect(terminal.isRaw()).toBe(false);
  });

  it("goes on in lines where there is no database to read from, and says how to mend it", async () => {
    await open({});
    surface.output.ready(READY);
    surface.output.warning({ at: 1, code: "database-unavailable", message: "history is kept in memory only: npm rebuild better-sqlite3" });
    await until(() => stdout.text().includes(READY.url) && stderr.text().includes("npm rebuild better-sqlite3"));
    expect([terminal.isRaw(), surface.screen()]).toEqual([false, undefined]);
  });

  it("goes on in lines when the screen fails: the URL once more, why, and what comes", async () => {
    const { databaseFile } = resolvePaths(home);
    await mkdir(dirname(databaseFile), { recursive: true });
    await writeFile(databaseFile, "this is no database, as anybody can see".repeat(100));
    await open({});
    surface.output.ready(READY);
    await until(() => surface.screen() === undefined);
    await until(() => stdout.text().includes(READY.url) && stderr.text().includes("lines from here on. Deliveries are not affected"));
    expect([terminal.isRaw(), terminal.written().endsWith("\u001b[?1049l") || terminal.written().includes("\u001b[?1049l")]).toEqual([
      false,
      true,
    ]);
    surface.output.warning({ at: 3, code: "x", message: "something is off" });
    surface.output.closed(CLOSED);
    await until(() => stderr.text().includes("something is off"));
    expect(stdout.text()).not.toContain("see what failed");
  });
});
