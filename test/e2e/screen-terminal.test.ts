import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHeadlessTerminal } from "../rig/headless-terminal.ts";
import { type Home, makeHome, run } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { openScreenDriver, type ScreenDriver, type ScreenOptions } from "../rig/screen-driver.ts";
import { send } from "../rig/send.ts";
import { until } from "../rig/until.ts";

/** What a shell does around it; `stty -g` tells the settings of the line. */
const BEFORE = "printf '\\033]2;before\\007'; echo before; stty -g;";
const AFTER = 'echo "code $?"; stty -g; read -r';
/** Throws in the thread, or the process, that a file of this name in the home folder is made for. */
const CRASHES = `
  const { isMainThread, workerData } = require("node:worker_threads");
  const part = isMainThread ? "main" : workerData?.secretsFile ? "screen" : "none";
  require("node:fs").watch(__dirname, (_event, name) => {
    if (name === "crash-" + part) throw new Error("made up " + part);
  }).unref();
`;

let home: Home;
let app: RecordingApp;
let screen: ScreenDriver;
let url = "";

beforeAll(async () => {
  app = await startRecordingApp();
});
afterAll(() => app.close());
beforeEach(() => {
  home = makeHome();
});
afterEach(async () => {
  await screen.close();
  home.remove();
});

async function open(options: Partial<ScreenOptions> = {}): Promise<void> {
  screen = openScreenDriver({ target: app.port, home, ...options });
  url = await screen.url();
}

function post(path: string): Promise<unknown> {
  return send(`${url}${path}`, { body: "{}" });
}

/** The settings of the line that the shell has told, one each time. */
const lines = (): readonly string[] => screen.raw().match(/(?:[\da-f]+:){20,}[\da-f]+/g) ?? [];

/** Waits until a row of the normal screen shows this. */
async function says(text: string | RegExp): Promise<void> {
  await until(() => screen.modes()["buffer"] === "normal" && screen.line(text), String(text)).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${screen.text()}`);
  });
}

/** What a terminal is set to that nobody has touched, but for its title. */
function untouched(): Readonly<Record<string, unknown>> {
  const fresh = createHeadlessTerminal(80, 24);
  const modes = { ...fresh.terminal.modes, buffer: "normal", cursorHidden: false, title: "before" };
  fresh.terminal.dispose();
  return modes;
}

describe("however it ends, the terminal is as it was", () => {
  const signal = (name: NodeJS.Signals) => () => screen.signal(name);
  it.each([
    ["q", () => screen.press("q"), 0],
    ["ctrl-c", () => screen.press("ctrl+c"), 0],
    ["ctrl-c in a field", () => screen.press("/", "a", "ctrl+c"), 0],
    ["SIGINT", signal("SIGINT"), 0],
    ["SIGTERM", signal("SIGTERM"), 0],
    ["SIGHUP", signal("SIGHUP"), 0],
    ["an exception", () => writeFileSync(join(home.folder, "crash-main"), ""), 70],
  ] as const)("%s", async (_name, leave, code) => {
    const crashes = join(home.folder, "crashes.cjs");
    writeFileSync(crashes, CRASHES);
    await open({ script: `${BEFORE} devhook; ${AFTER}`, env: { NODE_OPTIONS: `--require=${crashes}` } });
    await screen.shows("● online");
    await until(() => screen.title() === `devhook localhost:${app.port}`, "a title");
    expect(screen.modes()).toMatchObject({ buffer: "alternate", wraparoundMode: false, bracketedPasteMode: true, cursorHidden: true });
    leave();
    await says(`code ${code}`);
    await until(() => lines().length === 2, "the settings of the line");
    expect(screen.modes()).toEqual(untouched());
    expect(lines()[1]).toBe(lines()[0]);
    expect(screen.rows()[0]).toBe("before");
    expect(screen.text()).toContain(code === 0 ? "0 deliveries in this run" : "made up main");
  });

  it("the terminal closes under it: the process ends, and keeps what it had", async () => {
    await open();
    await post("/kept");
    await screen.shows(/200 .*\/kept/);
    const pid = screen.pid();
    screen.hangUp();
    await until(() => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    }, "the end of the process");
    const { stdout } = await run(["events"], { home });
    expect(stdout.toString()).toContain("/kept");
  });

  it("the screen crashes: lines follow, and deliveries go on", async () => {
    const crashes = join(home.folder, "crashes.cjs");
    writeFileSync(crashes, CRASHES);
    await open({ script: `${BEFORE} devhook; ${AFTER}`, env: { NODE_OPTIONS: `--require=${crashes}` } });
    await post("/one");
    await screen.shows(/200 .*\/one/);
    writeFileSync(join(home.folder, "crash-screen"), "");
    await says("the screen has failed (made up screen)");
    expect(screen.modes()).toMatchObject({ wraparoundMode: true, bracketedPasteMode: false, cursorHidden: false, title: "before" });
    // the URL is said again: nobody could see it any more
    await says(url);
    await post("/two");
    await says(/#\d{4} 200 .* POST \/two/);
    screen.press("ctrl+c");
    await says(/closed \(stopped\): 2 deliveries/);
    await says("code 0");
    await until(() => lines().length === 2, "the settings of the line");
    expect(lines()[1]).toBe(lines()[0]);
  });
});

describe("deliveries that are under way when somebody quits", () => {
  it.each([
    ["q", "q"],
    ["ctrl+c", "ctrl+c"],
  ])("are waited for after the first %s, and not after the second", async (_name, key) => {
    app.on("/hangs", () => undefined);
    await open();
    const answer = send(`${url}/hangs`, { body: "{}" });
    await screen.shows(/… .*\/hangs/);
    screen.press(key);
    await screen.shows(/waiting for 1 request that your app still answers/);
    expect(screen.over()).toBe(false);
    screen.press(key);
    expect(await screen.ended).toBe(0);
    expect((await answer).status).toBe(502);
    expect(screen.modes()).toMatchObject({ buffer: "normal", cursorHidden: false });
  });

  it("are waited for, and end it when they are answered", async () => {
    let finish = (): void => undefined;
    app.on("/late", (socket) => (finish = () => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")));
    await open();
    const answer = send(`${url}/late`, { body: "{}" });
    await screen.shows(/… .*\/late/);
    screen.press("q");
    await screen.shows(/waiting for 1 request/);
    finish();
    expect((await answer).status).toBe(200);
    expect(await screen.ended).toBe(0);
    expect(screen.text()).toContain("1 delivery in this run");
  });
});

describe("jobs of the shell", () => {
  it.each([
    ["ctrl-z", () => screen.press("ctrl+z")],
    ["SIGTSTP", () => screen.signal("SIGTSTP")],
  ])("stops on %s, serves nobody meanwhile, and is back whole with fg", async (_name, stop) => {
    await open({ script: `set -m; ${BEFORE} devhook; echo stopped; stty -g; read -r; fg >/dev/null; echo "code $?"; read -r` });
    await post("/one");
    await screen.shows(/▸.*\/one/);
    stop();
    await says("stopped");
    await until(() => lines().length === 2, "the settings of the line");
    expect(lines()[1]).toBe(lines()[0]);
    expect(screen.modes()).toMatchObject({ wraparoundMode: true, bracketedPasteMode: false, cursorHidden: false, title: "before" });
    screen.press("enter");
    await screen.shows(/▸.*\/one/);
    expect(screen.modes()).toMatchObject({ buffer: "alternate", bracketedPasteMode: true, cursorHidden: true });
    await post("/two");
    await screen.shows(/▸.*\/two/);
    screen.press("k");
    await screen.shows(/▸.*\/one/);
    screen.press("q");
    await says("code 0");
    expect(screen.modes()).toMatchObject({ title: "before", cursorHidden: false });
  });
});

describe("what it writes", () => {
  it("clears the screen at its beginning only, and then changes what has changed", async () => {
    await open();
    await screen.shows("● online");
    const before = screen.clears();
    expect(before).toBe(1);
    for (let count = 0; count < 5; count++) await post(`/${count}`);
    await screen.shows(/▸.*\/4/);
    screen.press("?");
    await screen.shows("┌ Keys");
    screen.press("esc");
    await screen.hides("┌ Keys");
    screen.press("enter");
    await screen.shows("[1 Summary]");
    screen.press("q");
    await screen.hides("[1 Summary]");
    expect(screen.clears()).toBe(before);
  });

  it("is whole after a storm of sizes", async () => {
    await open({ size: [120, 40] });
    for (let count = 0; count < 30; count++) await post(`/number-${count}`);
    await screen.shows(/▸.*\/number-29/);
    // the same each time: a generator of Lehmer
    let seed = 20261121;
    const next = (from: number, to: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return from + (seed % (to - from + 1));
    };
    for (let count = 0; count < 20; count++) screen.resize(next(1, 300), next(1, 100));
    screen.resize(80, 24);
    await screen.shows(/▸.*\/number-29/);
    await screen.shows(/q quit$/);
    const after = screen.rows();
    await screen.settle();
    expect(screen.rows()).toEqual(after);
    expect(after[2]).toBe("─".repeat(80));
    expect(after.filter((row) => row.includes("/number-"))).toHaveLength(17);
  });

  it.each([
    [60, 15],
    [80, 24],
    [120, 40],
    [80, 50],
    [300, 100],
  ] as const)("fills %i x %i", async (columns, rows) => {
    await open({ size: [columns, rows] });
    await post("/one");
    await screen.shows(/▸.*\/one/);
    expect(screen.rows()[2]).toMatch(/^[─┬]+$/);
    expect(screen.rows()[2]).toHaveLength(columns);
    expect(screen.rows().at(-1)).toMatch(/\? help {2}q quit$/);
    expect(screen.rows().at(-1)).toHaveLength(columns - 1);
  });

  it("has no colours with NO_COLOR, and still shows what is selected", async () => {
    await open({ env: { NO_COLOR: "1" } });
    await post("/one");
    await screen.shows(/▸.*\/one/);
    const painted = (screen.raw().match(/\u001b\[[\d;]*m/g) ?? []).flatMap((sequence) => sequence.slice(2, -1).split(";"));
    expect(painted.filter((code) => /^(?:[349]\d|10\d)$/.test(code) && code !== "39" && code !== "49")).toEqual([]);
    const row = screen.rows().findIndex((text) => text.includes("/one"));
    expect(screen.inverse(row)).toContain("/one");
  });

  it("is plain ASCII where the locale has nothing else", async () => {
    await open({ env: { LANG: "C", LC_ALL: "C" } });
    await post("/one");
    await screen.shows(/^>.*\/one/);
    expect(screen.text()).not.toMatch(/[^ -~\n]/);
  });
});

describe("lines instead of a screen", () => {
  it.each([
    ["TERM is dumb", { env: { TERM: "dumb" } }, "http://127.0.0.1"],
    ["CI is set", { env: { CI: "1" } }, "http://127.0.0.1"],
    ["stdout is no terminal", { script: "devhook | cat" }, "http://127.0.0.1"],
    ["stdin is no terminal", { script: "devhook < /dev/null" }, "http://127.0.0.1"],
    ["a screen reader is used", { env: { DEVHOOK_A11Y: "1" } }, "http://127.0.0.1"],
    ["the terminal is tiny", { size: [39, 24] }, "http://127.0.0.1"],
    ["a screen is asked for that cannot be", { env: { TERM: "dumb" }, args: ["--output", "interactive"] }, "the screen cannot be shown"],
  ] as const)("when %s", async (_name, options, shown) => {
    screen = openScreenDriver({ target: app.port, home, ...options });
    await screen.shows(shown);
    url = await until(() => /http:\/\/127\.0\.0\.1:\d+\/[a-z2-7]{26}/.exec(screen.raw().replaceAll("\r\n", ""))?.[0], "the URL");
    await post("/one");
    await until(() => /#0001 200 .*\/one/.test(screen.rows().join("")), "a line");
    expect(screen.raw()).not.toContain("\u001b[?1049h");
    expect(screen.modes()).toMatchObject({ buffer: "normal", cursorHidden: false, bracketedPasteMode: false });
  });
});
