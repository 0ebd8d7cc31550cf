import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { openScreenDriver, type ScreenDriver } from "../rig/screen-driver.ts";
import { send } from "../rig/send.ts";

let app: RecordingApp;
let screen: ScreenDriver;
let url = "";
let sent = 0;

/** As kitty sends it: what follows at once is no part of it. */
const ESC_ALONE = "\u001b[27u";
const BODY = '{"amount":12345678901234567890,"price":142.50,"nested":{"list":[1,2,3],"word":"needle"},"words":["needle","hay","needle"]}';

async function start(size: readonly [number, number]): Promise<void> {
  app = await startRecordingApp();
  app.on("/fails", (socket) => {
    socket.write("HTTP/1.1 422 Unprocessable\r\nContent-Type: text/plain\r\nX-Reason: field\r\nContent-Length: 13\r\n\r\nno such field");
  });
  sent = 0;
  screen = openScreenDriver({ target: app.port, size });
  url = await screen.url();
}

async function stop(): Promise<void> {
  await screen.close();
  await app.close();
}

async function deliver(path: string, body: string): Promise<void> {
  sent += 1;
  await send(`${url}${path}`, {
    body,
    headers: { "Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": `id-${sent}`, "X-Twice": "one" },
  });
  await screen.shows(new RegExp(`^${"▸"}.*push`));
  await screen.shows(new RegExp(` ${sent} events? `));
}

describe("beside the list, at 120x40", () => {
  beforeAll(async () => {
    await start([120, 40]);
    await deliver("/ok", BODY);
    await deliver("/fails", BODY.replace("142.50", "142.5"));
  });
  afterAll(stop);

  it("shows the selected delivery, and goes along with the list", async () => {
    await screen.shows(/│ #2 POST \/fails/);
    await screen.shows(/your app +! 422/);
    screen.press("k");
    await screen.shows(/│ #1 POST \/ok/);
    await screen.shows(/your app +✓ 200/);
    screen.press("j");
    expect(await screen.shows(/│ #2 POST \/fails/)).toMatch(/\d\d:\d\d:\d\d$/);
  });

  it("has six tabs on their keys, and walks through them with brackets", async () => {
    screen.press("enter");
    await screen.shows("[1 Summary]");
    await screen.shows(/q close$/);
    for (const [key, name, shown] of [
      ["2", "[2 Headers]", "X-GitHub-Delivery: id-2"],
      ["3", "[3 Body]", /"word": "needle"/],
      ["4", "[4 Response]", "no such field"],
      ["5", "[5 Signature", "devhook"],
      ["6", "[6 Tries", /1 +\d\d:\d\d:\d\d +live +422/],
      ["1", "[1 Summary]", /event id +id-2/],
    ] as const) {
      screen.press(key);
      await screen.shows(name);
      await screen.shows(shown);
    }
    screen.press("]");
    await screen.shows("[2 Headers]");
    screen.press("[");
    await screen.shows("[1 Summary]");
    screen.press("[");
    await screen.shows("[6 Tries");
    expect(screen.text()).not.toContain("[1 Summary]");
  });

  it("shows JSON without changing a number, folds it, and shows it raw and as bytes", async () => {
    screen.press("3");
    await screen.shows('"amount": 12345678901234567890');
    await screen.shows('"price": 142.5');
    screen.press("j", "j", "j");
    await screen.shows(/│▸ +"nested": \{/);
    screen.press("space");
    await screen.hides('"list"');
    await screen.shows(/"nested": .*/);
    screen.press("space");
    await screen.shows('"list"');
    screen.press("x");
    await screen.shows('{"amount":12345678901234567890,"price":142.5,');
    screen.press("b");
    await screen.shows(/7b 22 61 6d/);
    screen.press("b");
    await screen.hides(/7b 22 61 6d/);
    expect(await screen.shows('"amount": 12345678901234567890')).toContain(",");
  });

  it("wraps what is longer than the pane with w", async () => {
    screen.press("x");
    await screen.shows('{"amount":');
    expect(screen.text()).not.toContain('"needle"]}');
    screen.press("w");
    await screen.shows('"needle"]}');
    screen.press("w");
    await screen.hides('"needle"]}');
    screen.press("x");
    await screen.shows('"price": 142.5');
    expect(screen.text()).toContain('"hay"');
  });

  it("searches in what is shown with /, goes on with n, back with N, and says when there is nothing", async () => {
    screen.press("g");
    screen.press("/");
    await screen.shows(/^ \/ ▏/);
    await screen.enter("needle");
    await screen.shows(/│▸ +"word": "needle"/);
    screen.press("n");
    await screen.shows(/│▸ +"needle",/);
    screen.press("n");
    await screen.shows(/│▸ +"needle"$/);
    // round and round
    screen.press("n");
    await screen.shows(/│▸ +"word": "needle"/);
    screen.press("N");
    await screen.shows(/│▸ +"needle"$/);
    screen.press("/");
    await screen.shows(/^ \/ needle▏/);
    screen.press("ctrl+u");
    await screen.shows(/^ \/ ▏/);
    await screen.enter("nowhere");
    await screen.shows('"nowhere" is not here');
    screen.press("1");
    await screen.shows("[1 Summary]");
    expect(screen.rows().at(-1)).toMatch(/q close$/);
  });

  it("zooms into the pane with z, and comes back with esc", async () => {
    // out of the search first
    screen.press(ESC_ALONE, "z");
    await screen.hides("┬");
    await screen.shows(/^ #2 POST \/fails/);
    screen.press("esc");
    await screen.shows("┬");
    await screen.shows(/q quit$/);
    expect(screen.line(/^▸.*push/)).toBeDefined();
  });

  it("gives the keys to the other pane with tab", async () => {
    screen.press("2");
    await screen.shows(/│▸ +Content-Type:/);
    screen.press("j");
    await screen.shows(/│ +Content-Type:/);
    await screen.shows(/│ #2 POST \/fails/);
    screen.press("tab");
    await screen.shows(/q quit$/);
    screen.press("k");
    await screen.shows(/│ #1 POST \/ok/);
    screen.press("F");
    expect(await screen.shows("FOLLOW")).toContain("2 events");
  });

  it("compares a marked delivery with the selected one with =", async () => {
    screen.press("g");
    await screen.shows(/│ #1 POST \/ok/);
    screen.press("m");
    await screen.shows(/^▸[^ ]\d\d:\d\d:\d\d/);
    screen.press("j");
    await screen.shows(/│ #2 POST \/fails/);
    screen.press("=");
    await screen.shows("deliveries compared");
    await screen.shows("- /ok");
    await screen.shows("+ /fails");
    await screen.shows("- X-GitHub-Delivery: id-1");
    expect(await screen.shows(/price: .*142\.50? → 142\.5|price/)).toContain("142.5");
    screen.press("esc");
    await screen.hides("deliveries compared");
    screen.press("esc");
    await screen.shows(/q quit$/);
    screen.press("g");
    await screen.shows(/│ #1 POST \/ok/);
    screen.press("m");
    await screen.shows(/^▸ \d\d:\d\d:\d\d/);
  });

  it("copies through the terminal where there is no tool, and says that this may be refused", async () => {
    screen.press("c");
    await screen.shows("sent curl to the terminal's clipboard, which does not say whether it took it");
    expect(screen.clipboard).toHaveLength(1);
    const [target, text = ""] = screen.clipboard[0]?.split(";") ?? [];
    expect(target).toBe("c");
    expect(Buffer.from(text, "base64").toString()).toMatch(/^curl [\s\S]*\/ok/);
  });

  it("stays with what somebody reads while more arrives", async () => {
    screen.press("g");
    await screen.shows(/│ #1 POST \/ok/);
    screen.press("3");
    await screen.shows('"price": 142.50');
    await send(`${url}/later`, { body: "{}" });
    await screen.shows("PAUSED +1 new");
    expect(screen.line(/│ #1 POST \/ok/)).toBeDefined();
    expect(screen.line('"price": 142.50')).toBeDefined();
  });
});

describe.each([
  [80, 24],
  [60, 15],
] as const)("over the list, at %ix%i", (columns, rows) => {
  beforeAll(async () => {
    await start([columns, rows]);
    await deliver("/ok", BODY);
  });
  afterAll(stop);

  it("opens with enter and shows each tab, and esc or q goes back without quitting", async () => {
    for (const back of ["esc", "q"]) {
      screen.press("enter");
      await screen.shows(/^ #1 POST \/ok/);
      for (const [key, shown] of [
        ["1", /\[1 Sum/],
        ["2", "X-GitHub-Event: push"],
        ["3", '"price": 142.50'],
        ["4", "✓ 200"],
        ["5", /\[5 Sig/],
        ["6", /1 +\d\d:\d\d:\d\d +live +200/],
      ] as const) {
        screen.press(key);
        await screen.shows(shown);
        expect(screen.rows().at(-1)).toMatch(/q close$/);
      }
      screen.press(back);
      await screen.shows(/^▸.*push/);
      await screen.shows(/q quit$/);
    }
    // there is nothing left to go back from
    screen.press(ESC_ALONE, "?");
    await screen.hides(/q quit$/);
    screen.press("esc");
    await screen.shows(/q quit$/);
    expect(screen.over()).toBe(false);
  });

  it("scrolls to what does not fit", async () => {
    screen.press("2");
    await screen.shows(/▸ +Content-Type:/);
    screen.press("1");
    await screen.shows(/\[1 Sum/);
    screen.press("G");
    await screen.shows(/devhook show [\da-f]{8}/);
    screen.press("g");
    await screen.shows(/▸ +POST \/ok/);
    screen.press("q");
    await screen.shows(/q quit$/);
    expect(screen.line(/^▸.*push/)).toBeDefined();
  });
});
