import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delivery } from "../../../client/ledger/records.ts";
import type { FromScreen, ScreenData, ToScreen } from "../../../client/screen/messages.ts";
import { runScreen } from "../../../client/screen/program.ts";
import { cellsOf } from "../../../client/terminal/cut-line.ts";
import { until } from "../../rig/until.ts";
import { plain } from "../tui/frame/screen-values.ts";
import { createHandClock, type HandClock } from "./hand-clock.ts";
import { dataIn } from "./made-data.ts";
import { openTempHistory, type TempHistory, withBody } from "./temp-history.ts";

let temp: TempHistory;
let time: HandClock;
let posted: FromScreen[];
let take: (message: ToScreen) => void;

beforeEach(() => {
  temp = openTempHistory();
  time = createHandClock();
  posted = [];
});
afterEach(() => temp.remove());

function begin(changes: Partial<ScreenData> = {}): void {
  take = runScreen(dataIn(temp.folder, changes), {
    post: (message) => posted.push(message),
    clock: time.clock,
    startTimer: time.startTimer,
  });
}

/** A screen that shows these deliveries. */
function beginWith(...deliveries: readonly Partial<Delivery>[]): readonly string[] {
  const ids = temp.add(...deliveries);
  begin();
  take({ type: "tunnel", name: "shop" });
  return ids;
}

/** The newest frame, once all that is ready has been drawn. */
async function frame(): Promise<string> {
  await new Promise((resolve) => setImmediate(resolve));
  return lines().join("\n");
}

function lines(): readonly string[] {
  const last = posted.findLast((message) => message.type === "frame");
  return last?.type === "frame" ? last.lines.map(plain) : [];
}

/** A delivery to this path. */
function to(path: string): Partial<Delivery> {
  return { target: path, path };
}

/** Types letter by letter, as people do: what comes at once was pasted. */
async function typed(text: string): Promise<string> {
  for (const letter of text) take({ type: "input", bytes: Buffer.from(letter) });
  return frame();
}

async function press(text: string): Promise<string> {
  take({ type: "input", bytes: Buffer.from(text) });
  return frame();
}

const of = (type: FromScreen["type"]): readonly FromScreen[] => posted.filter((message) => message.type === type);
const wishes = (): readonly unknown[] => posted.flatMap((message) => (message.type === "do" ? [message.what] : []));
/** The lines of the list that are marked as selected. */
const selected = (): readonly string[] => lines().filter((line) => line.startsWith("▸"));

describe("at the start", () => {
  it("shows a frame before anything else has happened, and the title of the window", () => {
    begin();
    expect(posted.map(({ type }) => type)).toEqual(["frame", "title"]);
    expect(lines()).toHaveLength(24);
    expect(posted[1]).toEqual({ type: "title", title: "devhook localhost:8000" });
  });

  it("teaches nothing before it knows that nothing is there", async () => {
    begin();
    take({ type: "changed", ids: ["a"] });
    expect(await frame()).not.toMatch(/press t /i);
    take({ type: "tunnel", name: "shop" });
    expect(await frame()).toMatch(/press t /i);
  });

  it("shows what was recorded before, the newest selected", async () => {
    beginWith(to("/one"), to("/two"));
    expect(await frame()).toContain("/one");
    expect(selected()).toEqual([expect.stringContaining("/two")]);
  });
});

describe("news of the main thread", () => {
  beforeEach(() => {
    beginWith({});
  });

  it("are shown: URL, link, app, target", async () => {
    take({ type: "ready", url: "https://kq3v.relay.example" });
    take({ type: "link", link: { state: "online", attempt: 0, retryMs: undefined, reason: "", at: 0 } });
    take({ type: "app", app: { state: "up", target: "http://localhost:3000", reason: "", others: [] } });
    const text = await frame();
    expect(text).toContain("https://kq3v.relay.example");
    expect(text).toContain("● online");
    expect(text).toContain("target ● up");
    expect(text).toContain("http://localhost:3000");
    take({ type: "target", target: { ...dataIn("").app, origin: "http://localhost:3000" } });
    await frame();
    expect(posted.findLast((message) => message.type === "title")).toEqual({ type: "title", title: "devhook localhost:3000" });
  });

  it("are painted once for all that came in one turn", async () => {
    await frame();
    const before = of("frame").length;
    for (let at = 0; at < 10; at++) take({ type: "ready", url: `https://x${at}.example` });
    expect(await frame()).toContain("https://x9.example");
    expect(of("frame")).toHaveLength(before + 1);
  });

  it("are another size: a frame that fits it", async () => {
    for (const [columns, rows] of [
      [120, 40],
      [40, 8],
      [20, 3],
    ] as const) {
      take({ type: "resized", size: { columns, rows } });
      await frame();
      expect([lines().length, Math.max(...lines().map(cellsOf)) <= columns]).toEqual([rows, true]);
    }
  });

  it("stay for 4 s, an error until a key is pressed, and a lasting remark until the next of its kind", async () => {
    const say = (text: string, kind: "info" | "error", code: string, isLasting = false): void =>
      take({ type: "said", message: { at: 0, kind, text }, code, isLasting, isQuiet: false });
    say("short news", "info", "a");
    expect(await frame()).toContain("short news");
    time.pass(3_999);
    expect(await frame()).toContain("short news");
    time.pass(1);
    expect(await frame()).not.toContain("short news");
    say("clock is off", "info", "clock-skew", true);
    say("disk is full", "info", "database-io", true);
    say("clock is way off", "info", "clock-skew", true);
    time.pass(4_000);
    expect(await frame()).toContain("clock is way off");
    say("it is broken", "error", "b");
    say("short news", "info", "a");
    time.pass(60_000);
    expect(await frame()).toContain("it is broken");
    expect(await press("j")).not.toContain("it is broken");
  });
});

describe("changes", () => {
  it("are answered exactly once each, those before the first look at once", async () => {
    begin();
    take({ type: "changed", ids: ["a"] });
    expect(of("caught-up")).toHaveLength(1);
    take({ type: "tunnel", name: "shop" });
    const added = temp.add(to("/one"), to("/two"));
    take({ type: "changed", ids: added });
    expect(of("caught-up")).toHaveLength(1);
    time.pass(100);
    expect(of("caught-up")).toHaveLength(2);
    expect(await frame()).toContain("/two");
    take({ type: "changed", ids: undefined });
    time.pass(500);
    expect(of("caught-up")).toHaveLength(3);
  });

  it("of our own are taken in without an answer that nobody waits for", async () => {
    beginWith({});
    await press("m");
    time.pass(1_000);
    expect([of("caught-up").length, (await frame()).includes("1 event")]).toEqual([0, true]);
    expect(temp.history.rows({ limit: 1, order: "newest" })[0]?.marked).toBe(true);
  });
});

describe("keys", () => {
  it("move, by letters and by sequences, and each message of them is said to be heard", async () => {
    beginWith(to("/one"), to("/two"), to("/three"));
    await press("k");
    expect(selected()[0]).toContain("/two");
    await press("\u001b[A");
    expect(selected()[0]).toContain("/one");
    await press("\u001b[");
    await press("B");
    expect(selected()[0]).toContain("/two");
    await press("gG");
    expect(selected()[0]).toContain("/three");
    expect(of("heard")).toHaveLength(5);
  });

  it("open a delivery and close it: esc is a key when nothing follows it", async () => {
    beginWith(withBody('{"greeting":"hello"}', { headers: ["Content-Type", "application/json"] }));
    await press("3");
    await until(async () => (await frame()).includes('"greeting": "hello"'));
    await press("\u001b");
    expect(await frame()).toContain("greeting");
    time.pass(50);
    expect(await frame()).not.toContain("greeting");
  });

  it("search in the detail", async () => {
    const body = JSON.stringify({ a: 1, needle: 2, c: { needle: 3 } });
    beginWith(withBody(body, { headers: ["Content-Type", "application/json"] }));
    await press("3");
    await until(async () => (await frame()).includes('"needle": 2'));
    await typed("/needle");
    await press("\r");
    expect(selected()[0]).toContain('"needle": 2');
    await press("n");
    expect(selected()[0]).toContain('"needle": 3');
    await press("n");
    expect(selected()[0]).toContain('"needle": 2');
    await press("N");
    expect(selected()[0]).toContain('"needle": 3');
    await typed("/x");
    expect(await press("\r")).toContain('"needlex" is not here');
  });

  it("filter while somebody types, and keep a filter that means nothing in sight", async () => {
    beginWith(to("/one"), to("/two"));
    await typed("/path:/one");
    expect(await frame()).toContain("/two");
    time.pass(80);
    expect(await frame()).not.toContain("/two");
    await press("\r");
    expect(await frame()).not.toContain("/two");
    await press("/");
    await typed("\u0015status:maybe");
    // before anybody could say that it means nothing
    const text = await press("\r");
    expect(text).toMatch(/status:maybe/);
    expect(text).toContain("does not take");
    expect(text).toContain("/one");
    await press("\u001b");
    time.pass(50);
    expect(await frame()).toContain("/two");
  });

  it("quit, suspend, paint again, reconnect, and turn the mouse on", async () => {
    beginWith({});
    for (const key of ["q", "\u0003", "\u001a", "\u000c", "\u0012", "M"]) await press(key);
    expect(wishes()).toEqual(["quit", "quit", "suspend", "repaint", "reconnect", "mouse-on"]);
  });

  it("of a wheel scroll what scrolls, and nothing else", async () => {
    beginWith(to("/one"), to("/two"));
    await press("\u001b[<64;10;5M");
    expect(selected()[0]).toContain("/one");
    await press("\u001b[<65;10;5M");
    expect(selected()[0]).toContain("/two");
    await press("p");
    await typed("x");
    const prompt = await press("\r");
    expect(prompt).toContain('"x" is no port');
    expect(await press("\u001b[<64;10;5M")).toBe(prompt);
  });

  it("of a mouse are where it points: rows, tabs, lines, panes", async () => {
    beginWith(withBody("first"), to("/two"), to("/three"));
    take({ type: "resized", size: { columns: 120, rows: 40 } });
    const at = async (text: string, button = 0): Promise<string> => {
      await frame();
      const row = lines().findIndex((line) => line.includes(text));
      return press(`\u001b[<${button};${(lines()[row]?.indexOf(text) ?? 0) + 1};${row + 1}M`);
    };
    await at("/two");
    expect(selected()[0]).toContain("/two");
    expect(await at("3 Body", 2)).not.toContain("[3 Body]");
    expect(await at("3 Body")).toContain("[3 Body]");
    // in the list, though the keys go to the detail
    await at("/hooks/stripe", 64);
    expect(selected()[0]).toContain("/hooks/stripe");
    await press("1");
    const text = await at("received");
    expect(text).toMatch(/▸ +received/);
    await press("?");
    const help = await frame();
    expect(await press("\u001b[<0;5;8M")).toBe(help);
  });

  it("that turn the mouse and the theme say what there is now", async () => {
    beginWith({});
    expect(await press("M")).toContain("clicks work here now; the terminal selects text with shift");
    expect(await press("M")).toContain("text can be selected again");
    expect(await press("T")).toContain("theme blue-orange");
  });

  it("that are pasted are no keys, but text where text is typed", async () => {
    beginWith({});
    const paste = "\u001b[200~quit\u001b[201~";
    expect(await press(paste)).toContain("pasted text was left out");
    expect(wishes()).toEqual([]);
    await press("/");
    expect(await press(paste)).toContain("quit");
  });

  it("that are pasted for a secret and do not fit are refused", async () => {
    beginWith({});
    await press("s");
    await press("\r");
    const seen = await press(`\u001b[200~${"x".repeat(8_193)}\u001b[201~`);
    expect(seen).toContain("this secret does not fit");
    expect(seen).not.toContain("***");
  });

  it("are the user's own", async () => {
    temp.add(to("/one"), to("/two"));
    begin({ ui: { ...dataIn("").ui, keys: { up: "x", raw: "" } } });
    take({ type: "tunnel", name: "shop" });
    await press("k");
    expect(selected()[0]).toContain("/two");
    await press("x");
    expect(selected()[0]).toContain("/one");
  });
});

describe("work", () => {
  it("is told of on the screen, good or bad", async () => {
    beginWith({});
    await press("u");
    expect(await frame()).toContain("there is no URL yet");
    take({ type: "ready", url: "https://x.example" });
    await press("u");
    expect(posted.findLast((message) => message.type === "call")).toMatchObject({ call: 1, name: "copy", argument: "https://x.example" });
    take({ type: "result", call: 1, value: { kind: "tool", name: "pbcopy" } });
    expect(await frame()).toContain("copied url, with pbcopy");
    await press("u");
    take({ type: "fault", call: 2, fault: { code: "internal", message: "no clipboard", why: "none", fix: undefined } });
    expect(await frame()).toContain("no clipboard: none");
  });

  it("writes a note, which closes its prompt", async () => {
    const [id = ""] = beginWith({});
    await press(";");
    await typed("ask Ada");
    const text = await press("\r");
    expect(text).not.toContain("Note on #1");
    expect(temp.history.rows({ ids: [id], limit: 1, order: "newest" })[0]?.note).toBe("ask Ada");
    time.pass(500);
    expect(await frame()).toContain("ask Ada");
  });

  it("deletes only after a question, and selects what is next", async () => {
    const [, second = ""] = beginWith(to("/one"), to("/two"), to("/three"));
    await press("k");
    expect(await press("D")).toContain("Delete delivery #2?");
    await press("n");
    expect(temp.history.head(second)).toBeDefined();
    await press("D");
    await press("y");
    time.pass(500);
    expect(await frame()).toContain("1 delivery deleted");
    expect(temp.history.head(second)).toBeUndefined();
    expect(selected()[0]).toContain("/three");
  });

  it("never shows a secret that is typed or kept", async () => {
    beginWith({});
    await press("s");
    await frame();
    await press("\r");
    await typed("whsec_madeUpForThisTest");
    await press("\r");
    await until(async () => {
      const call = posted.findLast((message) => message.type === "call");
      if (call?.type === "call") take({ type: "result", call: call.call, value: undefined });
      return (await frame()).includes(" kept; ");
    });
    expect(JSON.stringify(posted)).not.toContain("madeUpForThisTest");
  });

  it("shows what another process has recorded", async () => {
    beginWith(to("/one"));
    temp.add(to("/from-outside"));
    time.pass(1_000);
    expect(await frame()).toContain("/from-outside");
  });
});
