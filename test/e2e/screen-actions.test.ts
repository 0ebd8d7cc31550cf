import { createHmac } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { valuesOf } from "../rig/message-reader.ts";
import { type Home, makeHome } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { openScreenDriver, type ScreenDriver } from "../rig/screen-driver.ts";
import { send } from "../rig/send.ts";
import { until } from "../rig/until.ts";

// made up, and long enough for the screen to show its end
const SECRET = "whk_5f3c9d21a7e84b60_story";

let home: Home;
let app: RecordingApp;
let screen: ScreenDriver;
let url = "";
/** what the app answers */
let status = 200;
/** what the editor does to its file, a shell script; `$1` is the file */
let editor = "";
let copied = "";
let deliveries = 0;

beforeAll(async () => {
  home = makeHome();
  editor = join(home.folder, "editor.sh");
  const tools = join(home.folder, "tools");
  copied = join(home.folder, "copied");
  mkdirSync(tools);
  writeFileSync(join(tools, "wl-copy"), `#!/bin/sh\ncat > '${copied}.part' && mv '${copied}.part' '${copied}'\n`);
  chmodSync(join(tools, "wl-copy"), 0o755);
  app = await startRecordingApp();
  app.on("/hook", (socket) => void socket.write(`HTTP/1.1 ${status} Any\r\nContent-Length: 7\r\n\r\nanswer\n`));
  screen = openScreenDriver({
    target: app.port,
    size: [99, 30],
    home,
    env: { PATH: `${tools}:${process.env["PATH"] ?? ""}`, WAYLAND_DISPLAY: "wayland-9", EDITOR: `sh ${editor}` },
  });
  url = await screen.url();
});
afterAll(async () => {
  await screen.close();
  await app.close();
  home.remove();
});

function sign(body: string, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** Sends a webhook as GitHub does, and waits until it is the selected row. */
async function deliver(body: string, { secret = SECRET, answer = 200 } = {}): Promise<void> {
  status = answer;
  deliveries += 1;
  await send(`${url}/hook`, {
    body,
    headers: {
      "Content-Type": "application/json",
      "X-GitHub-Event": "push",
      "X-GitHub-Delivery": `0000-${deliveries}`,
      "X-Hub-Signature-256": sign(body, secret),
    },
  });
  await until(
    () =>
      screen
        .rows()
        .findLast((row) => ROW.test(row))
        ?.startsWith("▸") && rowCount() === deliveries,
    "the row",
  );
  await screen.shows(/^▸.* (?:200|500) /);
}

const ROW = /^.{2}\d\d:\d\d:\d\d /;

function rowCount(): number {
  return screen.rows().filter((row) => ROW.test(row)).length;
}

/** The row of the selected delivery. */
function selected(): string {
  return screen.line(/^▸/) ?? "";
}

it("sends the bytes as they came again with r, and says that the app still fails, then that it is fixed", async () => {
  await deliver('{"n": 1}', { answer: 500 });
  expect(selected()).toMatch(/ 500 .*push/);
  screen.press("r");
  await screen.shows(/✗ sent again: still failing, 500 in \d+ ms/);
  await screen.shows(/▸.* 500 .*resend, try 2/);
  status = 200;
  screen.press("r");
  await screen.shows(/✓ sent again: fixed, 200 in \d+ ms/);
  expect(await screen.shows(/▸.*resend, try 3/)).toMatch(/ 200 /);
  const [first, ...again] = app.requests;
  expect(again).toHaveLength(2);
  for (const request of again) expect(request.body).toEqual(first?.body);
  for (const request of again) expect(valuesOf(request.headers, "x-hub-signature-256")).toEqual([sign('{"n": 1}', SECRET)]);
});

it("takes a secret that nobody sees, and judges what is here again at once", async () => {
  await deliver('{"n": 2}', { secret: "another secret" });
  expect(screen.rows().filter((row) => row.includes("? key"))).toHaveLength(2);
  screen.press("s");
  await screen.shows("┌ Secrets: choose the sender");
  // those that deliveries came from first
  await screen.shows(/▸ GitHub +no secret/);
  screen.press("enter");
  await screen.shows(/Signing secret of (?:github|GitHub)/);
  for (const character of SECRET) screen.press(character);
  await screen.settle();
  // how long it is stays unknown, too
  await screen.shows(/│ \*{12}▏ /);
  screen.press("enter");
  await screen.shows(/secret of GitHub kept; 2 judged again: 1 valid, 1 not/);
  await screen.shows(/^▸.*✗ bad/);
  await screen.shows(/^ .*✓ ok +github/);
  await screen.shows("1 bad sig");
  expect(screen.raw()).not.toContain(SECRET);
  for (let at = 0; at + 6 <= SECRET.length - 4; at++) expect(screen.raw()).not.toContain(SECRET.slice(at, at + 6));
  expect(readFileSync(join(home.folder, "config", "devhook", "secrets.json"), "utf8")).toContain(SECRET);
  expect(statSync(join(home.folder, "config", "devhook", "secrets.json")).mode & 0o777).toBe(0o600);
  // what came with another secret is explained
  screen.press("5");
  await screen.shows("BAD SIGNATURE");
  screen.press("esc");
  await screen.shows("/ filter");
});

it("shows of a kept secret no more than its end", async () => {
  screen.press("s");
  await screen.shows(new RegExp(`▸ GitHub +${SECRET.length} characters, ends .*${SECRET.slice(-4)}`));
  screen.press("esc");
  await screen.hides("┌ Secrets");
  expect(screen.raw()).not.toContain(SECRET);
});

it("signs anew with R what was not signed rightly", async () => {
  const before = app.requests.length;
  screen.press("R");
  await screen.shows(/sent again \(signed anew\): .*200/);
  await until(() => app.requests.length > before);
  const request = app.requests[before];
  expect(request?.body?.toString()).toBe('{"n": 2}');
  expect(valuesOf(request?.headers ?? [], "x-hub-signature-256")).toEqual([sign('{"n": 2}', SECRET)]);
});

it("edits the body in the user's editor, shows what has changed, and sends it signed", async () => {
  const before = app.requests.length;
  await deliver('{"n": 3, "name": "old"}');
  screen.press("e");
  await screen.shows("┌ Edit & resend #3");
  await screen.shows(/\[x\] recompute signature/);
  writeFileSync(editor, 'sed -i "s/old/new/" "$1"\n');
  screen.press("enter");
  await screen.shows(/- .*old/);
  await screen.shows(/\+ .*new/);
  await screen.shows("JSON ✓");
  screen.press("ctrl+s");
  await screen.shows(/sent again \(edited, signed anew\): .*200/);
  await screen.hides("┌ Edit & resend");
  await screen.shows(/▸.*edited, try 2/);
  const request = app.requests.at(-1);
  expect(app.requests).toHaveLength(before + 2);
  const body = '{"n": 3, "name": "new"}';
  expect(request?.body?.toString()).toBe(body);
  expect(valuesOf(request?.headers ?? [], "x-hub-signature-256")).toEqual([sign(body, SECRET)]);
  expect(valuesOf(request?.headers ?? [], "content-length")).toEqual([String(body.length)]);
});

it("explains an edit that is none, keeps it, and goes on from there", async () => {
  const before = app.requests.length;
  screen.press("e");
  await screen.shows("┌ Edit & resend #3");
  writeFileSync(editor, 'sed -i -e "s/old/third/" -e "s/^X-GitHub-Event: .*/no header at all/" "$1"\n');
  screen.press("enter");
  const fault = await screen.shows(/✗ line \d+: /);
  expect(fault).toMatch(/line \d+: ./);
  // it is not sent
  screen.press("ctrl+s");
  await screen.shows(/cannot be sent/);
  expect(app.requests).toHaveLength(before);
  // the text as it was left is what the editor gets
  writeFileSync(editor, 'sed -i "s/^no header at all/X-GitHub-Event: pull_request/" "$1"\n');
  screen.press("enter");
  await screen.shows(/\+ .*third/);
  await screen.hides(/✗ line \d+: /);
  screen.press("ctrl+s");
  await screen.hides("┌ Edit & resend");
  await until(() => app.requests.length > before, "the edited request");
  const request = app.requests.at(-1);
  expect(request?.body?.toString()).toBe('{"n": 3, "name": "third"}');
  expect(valuesOf(request?.headers ?? [], "x-github-event")).toEqual(["pull_request"]);
});

it("leaves the form without sending with esc", async () => {
  const before = app.requests.length;
  screen.press("e");
  await screen.shows("┌ Edit & resend #3");
  screen.press("esc");
  await screen.hides("┌ Edit & resend");
  expect(app.requests).toHaveLength(before);
});

it("copies the request as curl with c, parts of it with y, the URL with u", async () => {
  screen.press("c");
  await screen.shows("✓ copied curl, with wl-copy");
  expect(readFileSync(copied, "utf8")).toMatch(/^curl [\s\S]*\/hook/);
  screen.press("y");
  await screen.shows("┌ Copy");
  screen.press("j");
  await screen.shows(/▸ body/);
  screen.press("enter");
  await screen.shows("✓ copied body, with wl-copy");
  expect(readFileSync(copied, "utf8")).toBe('{"n": 3, "name": "old"}');
  screen.press("u");
  await screen.shows("✓ copied url, with wl-copy");
  expect(readFileSync(copied, "utf8").replace(/\/$/, "")).toBe(url);
});

it("exports with X into a new file, and never over another", async () => {
  const files = (): readonly string[] => readdirSync(home.folder).filter((name) => name.endsWith(".har"));
  for (let count = 1; count <= 2; count++) {
    screen.press("X");
    await screen.shows("┌ Export #3");
    await screen.shows(/▸ HAR/);
    screen.press("enter");
    await screen.shows(/written to .*\.har/);
    await until(() => files().length === count, "a file");
    await screen.settle();
  }
  const har = JSON.parse(readFileSync(join(home.folder, files()[0] ?? ""), "utf8")) as { readonly log: { readonly entries: unknown[] } };
  expect(har.log.entries.length).toBeGreaterThan(0);
  expect(JSON.stringify(har)).not.toContain(SECRET);
});

it("keeps a note with ; and shows it in the row", async () => {
  screen.press(";");
  await screen.shows("┌ Note on #3");
  await screen.enter("see ticket 17");
  await screen.hides("┌ Note");
  await screen.shows(/▸.*see ticket 17/);
  screen.press(";");
  await screen.shows("│ see ticket 17▏");
  screen.press("ctrl+u");
  await screen.hides("│ see ticket 17");
  screen.press("enter");
  await screen.hides("┌ Note");
  await screen.hides("see ticket 17");
  expect(selected()).toContain("edited");
});

it("pins with *, and takes the pin out again", async () => {
  screen.press("*");
  await screen.shows("✓ pinned");
  await screen.shows(/^▸\*/);
  screen.press("*");
  await screen.shows("✓ no longer pinned");
  await screen.shows(/^▸ /);
  expect(selected()).toMatch(/^▸ \d/);
});

it("asks before it deletes: n does nothing, y deletes", async () => {
  screen.press("D");
  await screen.shows("Delete delivery #3?");
  // whatever else is pressed answers nothing
  screen.press("enter");
  screen.press("space");
  await screen.settle();
  await screen.shows("Delete delivery #3?");
  screen.press("n");
  await screen.hides("┌ Confirm");
  await screen.shows("3 events");
  screen.press("D");
  await screen.shows("Delete delivery #3?");
  screen.press("y");
  await screen.shows("✓ 1 delivery deleted");
  await screen.shows("2 events");
  expect(rowCount()).toBe(2);
});

it("removes a secret with D in its menu, and asks first", async () => {
  screen.press("s");
  await screen.shows(/▸ GitHub/);
  screen.press("D");
  await screen.shows(/Remove the secret of (?:github|GitHub)\?/);
  screen.press("y");
  await screen.shows(/secret of GitHub removed/);
  await until(() => screen.rows().filter((row) => row.includes("? key")).length === 2, "verdicts without a secret");
  expect(readFileSync(join(home.folder, "config", "devhook", "secrets.json"), "utf8")).not.toContain(SECRET);
});

it("sends a test event with t: unsigned without a secret, signed with one", async () => {
  const before = app.requests.length;
  screen.press("t");
  await screen.shows("┌ Send a test event");
  await screen.choose("moltify task.submitted ");
  await screen.shows(/✓ test moltify task\.submitted: 200 .*, unsigned: no secret · s keeps one/);
  expect(app.requests).toHaveLength(before + 1);
  await screen.shows(/^▸.* 200 .* test$/);

  screen.press("s");
  await screen.shows("┌ Secrets");
  await screen.choose("Moltify ");
  await screen.shows("┌ Signing secret");
  screen.type(SECRET);
  await screen.shows(/│ \*+▏/);
  screen.press("enter");
  await screen.shows("secret of Moltify kept");
  screen.press("t");
  await screen.shows("┌ Send a test event");
  await screen.choose("moltify task.submitted ");
  await screen.shows(/✓ test moltify task\.submitted: 200 in \d+ ms$/);
  await screen.shows(/^▸.* 200 +✓ ok +moltify +task\.submitted .* test$/);
  expect(app.requests).toHaveLength(before + 2);
});

it("deletes everything with C, after a question", async () => {
  screen.press("C");
  await screen.shows("Delete all deliveries of this tunnel?");
  screen.press("n");
  await screen.hides("┌ Confirm");
  await screen.shows("4 events");
  screen.press("C");
  await screen.shows("Delete all deliveries of this tunnel?");
  screen.press("y");
  await screen.shows("4 deliveries deleted");
  expect(await screen.shows("no events")).toContain("FOLLOW");
  expect(existsSync(home.database)).toBe(true);
});
