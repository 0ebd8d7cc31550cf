import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { openScreenDriver, type ScreenDriver, type TerminalModes } from "../rig/screen-driver.ts";
import { sendRaw } from "../rig/send-raw.ts";

/** Sequences that do something to a terminal, each to be seen afterwards if one of them has come through. */
const SEQUENCES = [
  "\u001b]0;taken over\u0007",
  "\u001b]2;taken over\u001b\\",
  `\u001b]52;c;${Buffer.from("rm -rf").toString("base64")}\u0007`,
  "\u001b]8;;http://evil.example\u001b\\link\u001b]8;;\u001b\\",
  "\u001b[?25h\u001b[?1049l\u001b[?7h\u001b[?2004l\u001b[?1000h",
  "\u001b[2J\u001b[H\u001b[107;95mpainted",
  "\u001b[c\u001b[5n\u001b[6n\u001b]11;?\u0007",
  "\u001bP1$r0m\u001b\\\u001bc\u001b(0lqk\u000e",
  "\u009b2J\u009d0;taken over\u009c\u0090q\u009c\u0085",
  "\u0007\b\b\b\b\r\n\u000b\u000c\t\u007f",
] as const;
/** Text that terminals and people measure differently. */
const TEXTS = [
  "\u202Eexe.gpj\u202C \u2066\u2069\u200F",
  "zero\u200Bwidth\u200D\u2060\uFEFF\u00AD",
  `flood${"\u0301".repeat(60)}e${"\u20DD".repeat(20)}`,
  "漢字かなカナ한국어ｆｕｌｌ",
  // no single emoji of two cells: the table of this emulator, of Unicode 6, gives them one, as no terminal of today does
  "🇩🇪👍🏽1️⃣❤️☺✔︎",
  "\u2028\u2029\u0085\uD7FF\uE000\u{10FFFF}",
  "ﷺ꧅𒐫",
] as const;
const HOSTILE = [...SEQUENCES, ...TEXTS].join(" ");
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
/** What a header or a path may hold on the wire: bytes that end no line. */
const FOR_LINES = Buffer.from(HOSTILE).filter((byte) => byte !== 10 && byte !== 13 && byte !== 0);
const FOR_PATHS = FOR_LINES.filter((byte) => byte > 32 && byte !== 127);
/** Without what an HTTP parser refuses. */
const PRINTABLE = Buffer.from(TEXTS.join("")).filter((byte) => byte > 32 && byte !== 127);

let app: RecordingApp;
let screen: ScreenDriver;
let port = 0;
let name = "";
let before: TerminalModes;
/** how much of what was written has been looked at */
let checked = 0;

beforeAll(async () => {
  app = await startRecordingApp();
  app.on("/answers", (socket) => {
    const body = Buffer.concat([Buffer.from(HOSTILE), EVERY_BYTE]);
    const head = Buffer.concat([
      Buffer.from("HTTP/1.1 500 Oops "),
      PRINTABLE,
      Buffer.from(`\r\nX-Hostile: `),
      PRINTABLE,
      Buffer.from(`\r\nContent-Type: text/plain; charset="${TEXTS[0]}"\r\nContent-Length: ${body.length}\r\n\r\n`),
    ]);
    socket.write(Buffer.concat([head, body]));
  });
  app.on("/malformed", (socket) => void socket.end(Buffer.concat([Buffer.from("HTTP/1.1 "), FOR_LINES, Buffer.from("\r\n\r\n")])));
});
afterAll(() => app.close());
afterEach(() => screen.close());

/** Sends a request byte by byte as it stands; what the relay refuses is none of the screen's business. */
async function deliver(path: Buffer | string, body: Buffer | string, headers: readonly (Buffer | string)[] = []): Promise<number> {
  const bytes = Buffer.from(body);
  const { status } = await sendRaw(
    port,
    Buffer.concat([
      Buffer.from(`POST /${name}/`),
      Buffer.from(path),
      Buffer.from(` HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${bytes.length}\r\n`),
      ...headers.map((header) => Buffer.concat([Buffer.from(header), Buffer.from("\r\n")])),
      Buffer.from("\r\n"),
      bytes,
    ]),
    "POST",
  );
  return status;
}

/** What a terminal would take for more than text, besides the sequences that devhook writes. */
const NO_TEXT = /.{0,20}[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff].{0,20}/u;

/** Nothing of what came has reached the terminal as anything but text that can be seen. */
async function expectUnharmed(where: string): Promise<void> {
  await screen.settle();
  const written = screen.raw().slice(checked);
  checked += written.length;
  const text = written.replaceAll(/\u001b\]2;devhook [\w:. ()]*\u0007/g, "").replaceAll(/\u001b\[\??[\d;]*[A-Za-z]/g, "");
  expect({
    where,
    modes: screen.modes(),
    title: screen.title().replace(/ \(\d+ failed\)$/, ""),
    clipboard: screen.clipboard,
    replies: screen.replies,
    links: screen.links(),
    bells: screen.bells(),
    control: NO_TEXT.exec(text)?.[0],
    // a colour that no theme has
    colour: /\u001b\[[\d;]*107.{0,20}/.exec(written)?.[0],
    askew: askew(),
  }).toEqual({
    where,
    modes: { ...before, title: screen.title() },
    title: `devhook localhost:${app.port}`,
    clipboard: [],
    replies: [],
    links: 0,
    bells: 0,
    control: undefined,
    colour: undefined,
    askew: [],
  });
}

/** Rows in which a line that goes down the screen does not stand in its column: something was wider, or narrower, than devhook took it for. */
function askew(): readonly string[] {
  const rows = screen.rows();
  const found: string[] = [];
  const divider = rows[2]?.indexOf("┬") ?? -1;
  const corner = rows.findIndex((row) => row.includes("┌ "));
  const [left, right] = [rows[corner]?.indexOf("┌ ") ?? -1, rows[corner]?.lastIndexOf("┐") ?? -1];
  for (const [at, row] of rows.entries()) {
    const isBeside = divider >= 0 && at > 2 && at < rows.length - 3 && (corner < 0 || divider < left || divider > right);
    if (isBeside && screen.cell(at, divider) !== "│") found.push(row);
    const isInBox = corner >= 0 && at > corner && screen.cell(at, left) === "│";
    if (isInBox && screen.cell(at, right) !== "│") found.push(row);
  }
  return found;
}

describe.each([
  [80, 24],
  [120, 40],
] as const)("whatever a webhook holds, at %ix%i", (columns, rows) => {
  it("stays text in list, tabs, comparison, notes, filters and toasts", async () => {
    screen = openScreenDriver({ target: app.port, size: [columns, rows] });
    const url = new URL(await screen.url());
    port = Number(url.port);
    name = url.pathname.slice(1);
    await screen.shows("● online");
    before = screen.modes();
    checked = 0;

    const json = JSON.stringify({ type: HOSTILE, [HOSTILE]: [HOSTILE, { deep: HOSTILE }] });
    const sent = [
      await deliver("plain", Buffer.concat([Buffer.from(HOSTILE), EVERY_BYTE]), ["Content-Type: text/plain"]),
      await deliver("json", json, ["Content-Type: application/json", `X-GitHub-Event: ${TEXTS[0]}${TEXTS[4]}`, "X-GitHub-Delivery: 1"]),
      await deliver("json", json.replaceAll("deep", "other"), [
        "Content-Type: application/json",
        `X-GitHub-Event: ${TEXTS[1]}`,
        `X-Hub-Signature-256: sha256=${TEXTS[3]}${TEXTS[0]}`,
      ]),
      await deliver("form", `a=${encodeURIComponent(HOSTILE)}&${HOSTILE.replaceAll(/[&=\s]/g, "")}=1`, [
        "Content-Type: application/x-www-form-urlencoded",
      ]),
      await deliver(`percent?${encodeURIComponent(HOSTILE)}`, "{}"),
      await deliver(Buffer.concat([Buffer.from("path"), PRINTABLE]), "{}", [
        Buffer.concat([Buffer.from("X-Hostile: "), PRINTABLE]),
        Buffer.concat([Buffer.from("User-Agent: "), PRINTABLE]),
        `Content-Type: ${TEXTS[3]}/${TEXTS[0]}`,
      ]),
      await deliver(Buffer.concat([Buffer.from("path"), FOR_PATHS]), "{}"),
      await deliver("headers", "{}", [Buffer.concat([Buffer.from("X-Hostile: "), FOR_LINES])]),
      await deliver("answers", "{}"),
      await deliver("malformed", EVERY_BYTE),
      await deliver("bytes", Buffer.concat([EVERY_BYTE, EVERY_BYTE]), ["Content-Type: application/octet-stream"]),
    ];
    // a relay that refuses everything would show nothing
    expect(sent.filter((status) => status === 200).length).toBeGreaterThan(4);
    await screen.shows(/▸.* 200 .*bytes/);
    const count = Number(/(\d+) events/.exec(screen.rows()[0] ?? "")?.[1]);
    expect(count).toBeGreaterThanOrEqual(7);
    await expectUnharmed("the list");

    for (let at = 0; at < count; at++) {
      for (const tab of ["1", "2", "3", "x", "b", "w", "4", "5", "6"]) {
        screen.press(tab);
        await expectUnharmed(`tab ${tab} of delivery ${at} from below`);
      }
      // as it was before
      screen.press("3", "b", "w");
      await screen.settle();
      screen.press("esc");
      await screen.shows(/q quit$/);
      screen.press("k");
      await screen.settle();
    }

    screen.press("G");
    await screen.shows(/▸.*bytes/);
    screen.press("m");
    await screen.shows(/^▸[^ ]\d\d:/);
    screen.press("g");
    await screen.shows(/▸.*plain/);
    screen.press("=");
    await screen.shows("deliveries compared");
    await expectUnharmed("a comparison");
    screen.press("esc");
    await screen.hides("deliveries compared");
    screen.press("esc");
    await screen.shows(/q quit$/);

    for (const [key, shown] of [
      [";", "┌ Note on"],
      ["/", /^ \/ /],
      ["?", "┌ Keys"],
      [":", "┌ Commands"],
    ] as const) {
      screen.press(key);
      await screen.shows(shown);
      screen.type(`\u001b[200~${HOSTILE.replaceAll("\u001b[201~", "")}\u001b[201~`);
      await expectUnharmed(`typed after ${key}`);
      screen.press(key === ";" ? "enter" : "esc");
      await screen.shows(/q quit$/);
    }
    await expectUnharmed("the list with a note");

    screen.press("j");
    await screen.settle();
    for (let at = 1; at < count; at++) {
      screen.press("r");
      await screen.shows(/sent again|cannot send|✗|!/);
      await expectUnharmed(`the toast of resend ${at}`);
      screen.press("j");
      await screen.settle();
    }
    screen.press("L");
    await screen.shows("┌ Log");
    await expectUnharmed("the log");
    expect(screen.over()).toBe(false);
  });
});
