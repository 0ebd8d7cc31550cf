import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { openScreenDriver, type ScreenDriver } from "../rig/screen-driver.ts";
import { send } from "../rig/send.ts";
import { until } from "../rig/until.ts";

let app: RecordingApp;
let screen: ScreenDriver;
let url = "";

const JSON_TYPE = { "Content-Type": "application/json" };

function post(path: string, body = "{}", headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  return send(`${url}${path}`, { body, headers: { ...JSON_TYPE, ...headers } });
}

/** An app on one of the ports that apps are usually on. */
async function startOnUsualPort(): Promise<RecordingApp> {
  for (const port of [9000, 8787, 5173, 4000, 3001]) {
    const started = await startRecordingApp({ port }).catch(() => undefined);
    if (started !== undefined) return started;
  }
  throw new Error("all ports that are usual are taken");
}

/** Rows of deliveries that the list shows: the paths, from the top. */
function paths(): readonly string[] {
  return screen.rows().flatMap((row) => /^.{2}\d\d:\d\d:\d\d .* (\/\S*)/.exec(row)?.[1] ?? []);
}

describe("before the first delivery", () => {
  afterEach(async () => {
    await screen.close();
    await app.close();
  });

  it.each([
    [80, 24],
    [120, 40],
    [60, 15],
  ] as const)("teaches the next steps at %ix%i", async (columns, rows) => {
    app = await startRecordingApp();
    screen = openScreenDriver({ target: app.port, size: [columns, rows] });
    url = await screen.url();
    await screen.shows("target ● up");
    await screen.shows("● online");
    // the URL to paste stands alone, so that a double-click selects it
    await screen.shows(columns === 60 ? new RegExp(`^ +${url}$`) : new RegExp(`^ +${url}/webhooks/moltify$`));
    await screen.shows(/press t .*signed test event/);
    await screen.shows(/press s to add a secret|s adds a secret/);
    await screen.shows("Only this machine can reach this URL");
    expect(await screen.shows("no events")).toContain("FOLLOW");
  });

  it("says that the app is not there, what else listens, and switches to it with p", async () => {
    app = await startRecordingApp();
    await app.close();
    const gone = app.port;
    app = await startOnUsualPort();
    screen = openScreenDriver({ target: gone, size: [100, 30] });
    url = await screen.url();
    await screen.shows("nothing listens on");
    await screen.shows(/I can see .*\d/);
    await screen.shows(/senders get 502/);
    screen.press("p");
    await screen.shows("┌ Where your app listens");
    await screen.choose(`${app.port} `);
    await screen.shows(`deliveries go to port ${app.port} from now on`);
    await screen.shows("target ● up");
    await screen.shows(`→  http://localhost:${app.port}`);
    await post("/switched");
    expect(app.requests.map(({ target }) => target)).toEqual(["/_devhook/healthz", "/switched"]);
    await screen.shows(/200 .*\/switched/);
  });

  it("takes another port from the keyboard, and explains what is none", async () => {
    const first = await startRecordingApp();
    app = await startRecordingApp();
    screen = openScreenDriver({ target: first.port });
    url = await screen.url();
    await screen.shows("target ● up");
    screen.press("p");
    await screen.shows("┌ Port of your app");
    await screen.enter("99999");
    await screen.shows('"99999" is no port');
    screen.press("ctrl+u");
    await screen.hides("99999");
    await screen.enter(String(app.port));
    await screen.shows(`deliveries go to port ${app.port} from now on`);
    await post("/typed");
    expect(app.requests[0]?.target).toBe("/typed");
    await first.close();
  });
});

describe("the list", () => {
  beforeAll(async () => {
    app = await startRecordingApp();
    app.on("/fails", (socket) => void socket.write("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"));
    screen = openScreenDriver({ target: app.port });
    url = await screen.url();
  });
  afterAll(async () => {
    await screen.close();
    await app.close();
  });

  it("shows the first delivery in place of the lesson, selected and explained", async () => {
    await post("/one", '{"n":1}');
    const row = await screen.shows(/▸.*POST \/one/);
    expect(row).toMatch(/^▸ \d\d:\d\d:\d\d 200 {2}– none – +POST \/one +\d+/);
    expect(screen.text()).not.toContain("Paste this URL");
    expect(await screen.shows("1 event ")).toContain("FOLLOW");
    await screen.shows(/^ #1 /);
  });

  it("follows the newest, counts what fails, and says so in the title of the window", async () => {
    await post("/fails");
    expect(await screen.shows(/▸.*\/fails/)).toMatch(/ 500 /);
    expect(await screen.shows("2 events")).toContain("1 failed");
    await screen.shows("your app answered 500");
    await until(() => screen.title() === `devhook localhost:${app.port} (1 failed)`, "the title");
  });

  it("pauses when somebody looks at an older one, counts what comes, and follows again with F", async () => {
    screen.press("k");
    await screen.shows("PAUSED");
    await screen.shows(/▸.*\/one/);
    await post("/three");
    await screen.shows("PAUSED +1 new");
    await post("/four");
    await screen.shows("PAUSED +2 new");
    await screen.shows(/▸.*\/one/);
    screen.press("F");
    await screen.shows(/▸.*\/four/);
    expect(screen.rows()[0]).toContain("FOLLOW");
    screen.press("g");
    await screen.shows(/▸.*\/one/);
    await post("/five");
    await screen.shows("PAUSED +1 new");
    // arriving at the newest is to follow
    screen.press("end");
    await screen.shows(/▸.*\/five/);
    expect(screen.rows()[0]).toContain("FOLLOW");
  });

  it("filters while somebody types, and counts what is left", async () => {
    screen.press("/");
    await screen.shows(/^ \/ .*5 of 5$/);
    // what can be asked for
    await screen.shows(/status:.* sig:bad /);
    screen.type("status:500");
    await screen.shows(/^ \/ status:500▏ +1 of 5$/);
    expect(paths()).toEqual(["/fails"]);
    screen.press("enter");
    await screen.hides(/^ \/ /);
    expect(screen.rows()[0]).toContain("1 of 5");
    // what comes is filtered, too
    await post("/six");
    await screen.shows("1 of 6");
    expect(paths()).toEqual(["/fails"]);
    screen.press("esc");
    await screen.shows(/\/six/);
    expect(paths()).toHaveLength(6);
  });

  it("explains a wrong filter under its column, and keeps what the last good one found", async () => {
    screen.press("/");
    await screen.shows(/^ \/ /);
    screen.type("path:/one");
    await screen.shows("1 of 6");
    screen.type(" sig:xx");
    const fault = await screen.shows('does not take "xx"');
    const typed = screen.rows().at(-2) ?? "";
    // under the value that is meant
    expect(fault.indexOf("^")).toBe(typed.indexOf("xx"));
    expect(paths()).toEqual(["/one"]);
    screen.press("esc");
    await screen.hides(/^ \/ /);
    await screen.shows(/\/six/);
    expect(paths()).toHaveLength(6);
  });

  it("remembers the filters of before", async () => {
    screen.press("/");
    await screen.shows(/^ \/ /);
    screen.press("up");
    await screen.shows(/^ \/ status:500▏ +1 of 6/);
    expect(paths()).toEqual(["/fails"]);
    screen.press("esc");
    await screen.hides(/^ \/ /);
  });

  it("goes through the quick filters with f", async () => {
    screen.press("f");
    await screen.shows("1 of 6");
    expect(paths()).toEqual(["/fails"]);
    screen.press("f");
    await screen.shows("No delivery matches: sig:bad");
    await screen.shows(/esc clears the filter/);
    screen.press("f");
    await screen.shows("6 of 6");
    screen.press("f");
    await screen.hides("6 of 6");
    expect(paths()).toHaveLength(6);
  });

  it("turns the list around with O", async () => {
    const before = paths();
    screen.press("O");
    await until(() => paths().join() === before.toReversed().join(), "the list upside down");
    screen.press("O");
    await until(() => paths().join() === before.join(), "the list as before");
    expect(before).toHaveLength(6);
  });

  it("helps with the keys that are valid here, and finds some by a word", async () => {
    screen.press("?");
    await screen.shows("type to search · esc close");
    await screen.shows(/r +resend as received/);
    await screen.shows(/\/ +filter/);
    // of other places
    expect(screen.text()).not.toMatch(/wrap\/raw\/bytes|send +│|matches/);
    screen.type("theme");
    await screen.hides("resend as received");
    await screen.shows(/T +theme/);
    screen.press("esc");
    await screen.hides("esc close");
  });

  it("runs a command by its name with :", async () => {
    screen.press(":");
    await screen.shows("┌ Commands");
    screen.type("newest");
    await screen.shows(/▸ newest-first +newest on top \(O\)/);
    await screen.hides("re-sign");
    screen.press("enter");
    await screen.hides("┌ Commands");
    await screen.settle();
    expect(paths()[0]).toBe("/six");
    screen.press("O");
    await until(() => paths()[0] === "/one", "the oldest on top");
  });

  it("hides the URL with i, and brings it back", async () => {
    screen.press("i");
    await screen.hides(url);
    expect(screen.rows()[0]).toContain("6 events");
    screen.press("i");
    await screen.shows(url);
  });

  it("changes colours with T, through all themes and back", async () => {
    const looks = new Set<string>();
    for (let theme = 0; theme < 4; theme++) {
      const before = screen.raw().length;
      screen.press("T");
      await until(() => screen.raw().slice(before).includes("500"), "another theme");
      looks.add(
        [
          ...new Set(
            screen
              .raw()
              .slice(before)
              .match(/\u001b\[[\d;]*m/g),
          ),
        ]
          .toSorted()
          .join(""),
      );
    }
    expect(looks.size).toBeGreaterThan(2);
  });

  it("keeps what it has said in the log", async () => {
    screen.type("\u001b[200~not a key\u001b[201~");
    await screen.shows("pasted text was left out");
    screen.press("L");
    await screen.shows("┌ Log");
    expect(await screen.shows("! pasted text was left out")).toMatch(/\d\d:\d\d:\d\d ! pasted/);
    screen.press("q");
    await screen.hides("┌ Log");
  });

  it("does nothing for keys that mean nothing here", async () => {
    // without the toast, which goes by itself
    const shown = (): string => screen.rows().slice(0, -2).join("\n");
    const before = shown();
    for (const key of ["Q", "ctrl+t", "tab", "tab", "o", "%", "P", "é", "\u001b[20~", "\u001b[1;5P"]) {
      screen.press(key);
      await screen.settle();
    }
    await until(() => shown() === before, "the screen of before");
    expect(screen.over()).toBe(false);
  });

  it("paints again with ctrl-l what something else has scribbled over", async () => {
    const before = screen.rows()[4];
    await screen.scribble("\u001b[5;1Hscribble scribble");
    await screen.shows("scribble");
    screen.press("ctrl+l");
    await screen.hides("scribble");
    expect(screen.rows()[4]).toBe(before);
  });

  it("has everything on the smallest terminal it fits, and says when one is too small", async () => {
    screen.resize(40, 8);
    await screen.shows(/▸.*\/six/);
    await screen.shows(/\? help/);
    screen.resize(39, 8);
    await screen.shows("Too small (need 40x8)");
    expect(screen.text().replaceAll("\n", " ")).toContain("6 events. q quits");
    screen.resize(200, 60);
    await screen.shows(/▸.*\/six/);
    await screen.shows("[1 Summary]");
    screen.resize(80, 24);
    await screen.hides("[1 Summary]");
  });

  it("quits with q, and leaves a word and the way back on the normal screen", async () => {
    screen.press("q");
    expect(await screen.ended).toBe(0);
    expect(screen.modes()).toMatchObject({ buffer: "normal", cursorHidden: false });
    expect(screen.text()).toMatch(/6 deliveries in this run, [1-9] failed; kept in the history/);
    expect(screen.text()).toContain(url);
    expect(screen.text()).toContain("devhook events --filter is:failed");
  });
});
