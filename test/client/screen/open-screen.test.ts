import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FromScreen, MainCalls, ToScreen } from "../../../client/screen/messages.ts";
import { openScreen, type Screen } from "../../../client/screen/open-screen.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { until } from "../../rig/until.ts";
import { createFakeTerminal, type FakeTerminal } from "./fake-terminal.ts";
import { createHandClock, type HandClock } from "./hand-clock.ts";
import { dataIn } from "./made-data.ts";

/** A thread that does what it is told by `said`, and tells of all that it hears by a call. */
const OBEDIENT = `
import { parentPort, workerData } from "node:worker_threads";
let calls = 0;
const tell = (what) => parentPort.postMessage({ type: "call", call: ++calls, name: "copy", argument: JSON.stringify(what) });
tell({ began: workerData.size });
parentPort.on("message", (message) => {
  if (message.type === "result" && message.call < 100) return;
  if (message.type !== "said") return tell(message.type === "input" ? { type: "input", text: Buffer.from(message.bytes).toString() } : message);
  const order = JSON.parse(message.message.text);
  if (order.post) parentPort.postMessage(order.post);
  if (order.print) console.log(order.print);
  if (order.throws) throw new Error(order.throws);
  if (order.exits) process.exit(0);
  if (order.hangs) for (;;);
});`;

let folder: string;
let time: HandClock;
let terminal: FakeTerminal;
let screen: Screen;
let heard: ToScreen[];
let told: string[];
let size: { columns: number; rows: number };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-screen-"));
  time = createHandClock();
  terminal = createFakeTerminal(time.startTimer);
  heard = [];
  told = [];
  size = { columns: 80, rows: 24 };
});
afterEach(async () => {
  await screen.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(program = OBEDIENT, calls: Partial<MainCalls> = {}, keys: Readonly<Record<string, string>> = {}): void {
  const file = join(folder, "thread.mjs");
  writeFileSync(file, program);
  const refuse = (): Promise<never> => Promise.reject(new DevhookError("usage", { what: "no", why: "not here", fix: "elsewhere" }));
  screen = openScreen({
    doors: terminal.doors,
    size: () => size,
    clock: time.clock,
    data: { ...dataIn(folder), ui: { ...dataIn(folder).ui, keys } },
    calls: {
      copy: (text) => {
        heard.push(JSON.parse(text) as ToScreen);
        return Promise.resolve({ kind: "tmux" });
      },
      edit: refuse,
      retarget: refuse,
      testChoices: refuse,
      sendTest: refuse,
      secretsChanged: refuse,
      ...calls,
    },
    onQuit: () => told.push("quit"),
    onReconnect: () => told.push("reconnect"),
    onFailed: (reason) => told.push(`failed: ${reason}, ${terminal.isRaw() ? "raw" : "given back"}`),
    file: pathToFileURL(file),
  });
}

/** Has the thread do something. */
function order(what: object): void {
  screen.say({ at: 0, kind: "info", text: JSON.stringify(what) }, { code: "order", isLasting: false, isQuiet: false });
}

function post(message: FromScreen): void {
  order({ post: message });
}

/** What the thread has heard of a kind, except results. */
const of = (type: ToScreen["type"]): readonly ToScreen[] => heard.filter((message) => message.type === type);

/** Waits until the thread has heard all that was sent before. */
async function settled(): Promise<void> {
  const count = of("tunnel").length + 1;
  screen.tunnel(`mark ${count}`);
  await until(() => of("tunnel").length === count);
}

describe("the thread of the screen", () => {
  it("begins with the size of the terminal, which is taken by then", async () => {
    open();
    expect([terminal.isRaw(), terminal.written()]).toEqual([true, expect.stringContaining("\u001b[?1049h")]);
    await until(() => heard.length > 0);
    expect(heard[0]).toEqual({ began: { columns: 80, rows: 24 } });
  });

  it("hears keys, sizes and news in their order", async () => {
    open();
    terminal.type("jk");
    await until(() => of("input").length === 1);
    size = { columns: 120, rows: 40 };
    terminal.resize();
    screen.ready("https://x.example");
    screen.link({ state: "online", attempt: 0, retryMs: undefined, reason: "", at: 1 });
    screen.app({ state: "up", target: "http://localhost:8000", reason: "", others: [] });
    await until(() => of("app").length === 1);
    const news = heard.filter(({ type }) => ["input", "resized", "ready", "link", "app"].includes(type));
    expect(news).toEqual([
      { type: "input", text: "jk" },
      { type: "resized", size: { columns: 120, rows: 40 } },
      { type: "ready", url: "https://x.example" },
      { type: "link", link: { state: "online", attempt: 0, reason: "", at: 1 } },
      { type: "app", app: { state: "up", target: "http://localhost:8000", reason: "", others: [] } },
    ]);
  });

  it("has its frames painted, its title shown, and its wishes done", async () => {
    open();
    post({ type: "frame", lines: ["first line", "second line"] });
    post({ type: "title", title: "devhook :8000" });
    await until(() => terminal.written().includes("second line") && terminal.written().includes("]2;devhook :8000"));
    for (const what of ["quit", "reconnect", "mouse-on", "mouse-off"] as const) post({ type: "do", what });
    await until(() => told.length === 2 && terminal.written().includes("\u001b[?1000l"));
    expect(told).toEqual(["quit", "reconnect"]);
    expect(terminal.written()).toContain("\u001b[?1000h");
    const before = terminal.written().length;
    post({ type: "do", what: "repaint" });
    await until(() => terminal.written().slice(before).includes("second line"));
    post({ type: "do", what: "suspend" });
    await until(() => terminal.written().includes("[stopped]"));
  });

  it("says on the screen what a library prints", async () => {
    open(OBEDIENT.replace('if (message.type !== "said")', 'if (message.type !== "said" || message.code === "printed")'));
    order({ print: "a warning" });
    await until(() => of("said").length === 1);
    expect(of("said")[0]).toMatchObject({ code: "printed", isLasting: false, message: { kind: "info", text: "a warning\n" } });
  });
});

describe("what the thread asks of the main one", () => {
  it("is answered with a result, or with what was wrong", async () => {
    open(OBEDIENT, { retarget: (port) => (port === 1 ? Promise.resolve() : Promise.reject(new TypeError("boom"))) });
    post({ type: "call", call: 100, name: "edit", argument: "/tmp/x" });
    post({ type: "call", call: 101, name: "retarget", argument: 1 });
    post({ type: "call", call: 102, name: "retarget", argument: 2 });
    post({ type: "call", call: 103, name: "no such call" as keyof MainCalls, argument: undefined });
    await until(() => of("fault").length === 3);
    expect(of("fault")).toMatchObject([
      { call: 100, fault: { code: "usage", message: "no", why: "not here", fix: "elsewhere" } },
      { call: 102, fault: { code: "internal", message: "boom" } },
      { call: 103, fault: { code: "internal" } },
    ]);
    expect(of("result").filter((message) => "call" in message && message.call > 99)).toEqual([{ type: "result", call: 101 }]);
  });

  it("is a fault when the result cannot cross to it", async () => {
    open(OBEDIENT, { testChoices: () => Promise.resolve([(() => 1) as unknown as Awaited<ReturnType<MainCalls["testChoices"]>>[number]]) });
    post({ type: "call", call: 100, name: "testChoices", argument: undefined });
    await until(() => of("fault").length === 1);
    expect(of("fault")[0]).toMatchObject({ call: 100, fault: { code: "internal" } });
  });
});

describe("changes", () => {
  it("go out one at a time: the next when the last is taken in, each id once", async () => {
    open();
    screen.changed(["a"]);
    screen.changed(["b"]);
    screen.changed(["c", "b"]);
    await settled();
    expect(of("changed")).toEqual([{ type: "changed", ids: ["a"] }]);
    post({ type: "caught-up" });
    await until(() => of("changed").length === 2);
    expect(of("changed")[1]).toEqual({ type: "changed", ids: ["b", "c"] });
    post({ type: "caught-up" });
    await settled();
    screen.changed([]);
    await settled();
    expect(of("changed")).toHaveLength(2);
    screen.changed(["d"]);
    await until(() => of("changed").length === 3);
  });

  it("are all there is when more than 2,000 wait", async () => {
    open();
    screen.changed(["first"]);
    screen.changed(Array.from({ length: 2_000 }, (_, at) => `id-${at}`));
    screen.changed(["one more"]);
    screen.changed(["and another"]);
    post({ type: "caught-up" });
    await until(() => of("changed").length === 2);
    expect(of("changed")[1]).toEqual({ type: "changed" });
    post({ type: "caught-up" });
    await settled();
    expect(of("changed")).toHaveLength(2);
    screen.changed(Array.from({ length: 2_000 }, (_, at) => `id-${at}`));
    await until(() => of("changed").length === 3);
    expect(of("changed")[2]).toMatchObject({ ids: expect.objectContaining({ length: 2_000 }) });
  });
});

describe("ctrl-c", () => {
  it("is the matter of a screen that hears it", async () => {
    open();
    terminal.type("\u0003");
    await until(() => of("input").length === 1);
    post({ type: "heard" });
    await settled();
    time.pass(5_000);
    expect(told).toEqual([]);
  });

  it("quits when the screen has not heard it for a second, however often it is pressed meanwhile", async () => {
    open();
    order({ hangs: true });
    terminal.type("j\u0003");
    await until(() => time.waits().length === 1);
    time.pass(600);
    terminal.type("\u0003");
    await new Promise((resolve) => setImmediate(resolve));
    time.pass(399);
    expect(told).toEqual([]);
    time.pass(1);
    expect(told).toEqual(["quit"]);
    terminal.type("\u0003");
    await until(() => time.waits().length === 1);
    time.pass(1_000);
    expect(told).toEqual(["quit", "quit"]);
  });

  it("is not heard with keys of before", async () => {
    open();
    terminal.type("j");
    await until(() => of("input").length === 1);
    terminal.type("\u0003");
    await until(() => of("input").length === 2);
    post({ type: "heard" });
    await settled();
    time.pass(1_000);
    expect(told).toEqual(["quit"]);
  });
});

it("refuses keys that cannot be before it takes the terminal", () => {
  expect(() => open(OBEDIENT, {}, { resend: "q" })).toThrow(DevhookError);
  expect([terminal.isRaw(), terminal.written()]).toEqual([false, ""]);
  open();
});

describe("the end", () => {
  it.each([
    [{ throws: "out of luck" }, "out of luck"],
    [{ exits: true }, "its thread has ended"],
  ])("of its thread gives the terminal back and is told once: %j", async (how, reason) => {
    open();
    order(how);
    await until(() => told.length > 0);
    expect(told).toEqual([`failed: ${reason}, given back`]);
    expect(terminal.written()).toContain("\u001b[?1049l");
    // whatever comes afterwards
    screen.changed(["a"]);
    screen.ready("https://x.example");
    order({ post: { type: "do", what: "quit" } });
    terminal.type("\u0003");
    time.pass(2_000);
    await screen.close();
    expect(told).toHaveLength(1);
  });

  it("of a program that cannot be loaded is told, too", async () => {
    open("this is no program");
    await until(() => told.length > 0);
    expect(told[0]).toMatch(/^failed: .*, given back$/);
  });

  it("comes once, however often it is asked for, and is no failure", async () => {
    open();
    await Promise.all([screen.close(), screen.close()]);
    await screen.close();
    expect(told).toEqual([]);
    expect([terminal.isRaw(), terminal.written().split("\u001b[?1049l").length]).toEqual([false, 2]);
    expect(time.waits()).toEqual([]);
  });

  it("ends a thread that hangs", async () => {
    open();
    order({ hangs: true });
    terminal.type("\u0003");
    await screen.close();
    time.pass(5_000);
    expect(told).toEqual([]);
  });
});
