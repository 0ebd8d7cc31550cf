import { afterEach, beforeEach, expect, it } from "vitest";
import { ledgerRow } from "../rig/ledger-file.ts";
import { valuesOf } from "../rig/message-reader.ts";
import { type Home, makeHome, type Program, run, startProgram } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { send } from "../rig/send.ts";
import { until } from "../rig/until.ts";

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Ten times what a start takes on an idle machine, milliseconds: beyond it something waits for something. */
const READY_WITHIN_MS = 5_000;

let home: Home;
let app: RecordingApp | undefined;
const programs: Program[] = [];

beforeEach(() => {
  home = makeHome();
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.kill();
  await app?.close();
  app = undefined;
  home.remove();
});

function start(...args: readonly string[]): Program {
  const program = startProgram(["start", ...args], { home });
  programs.push(program);
  return program;
}

/** The URL that a person copies from the output. */
function urlOf(program: Program): Promise<string> {
  return until(() => /^http:\/\/\S+$/m.exec(program.stdout())?.[0], "a URL on a line of its own", READY_WITHIN_MS);
}

async function post(url: string): Promise<{ readonly status: number; readonly body: string }> {
  const { status, body } = await send(`${url}/hook?x=1`, { body: '{"hello":1}', headers: { "Content-Type": "application/json" } });
  return { status, body };
}

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const short = await startRecordingApp();
  await short.close();
  return short.port;
}

it("starts, takes a webhook, ends on ctrl-c, and has the same URL the next time", async () => {
  app = await startRecordingApp();
  const first = start(String(app.port));
  const url = await urlOf(first);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[a-z2-7]{26}$/);
  await until(() => first.stdout().includes("devhook login URL"), "the way to a public URL");
  // the URL comes first, alone; then where it leads, and how far it reaches
  const [line, target, ...hint] = first.stdout().split("\n");
  expect(line).toBe(url);
  expect(target).toBe(`  → http://localhost:${app.port}`);
  expect(hint.join(" ")).toMatch(/this machine/i);

  expect(await post(url)).toEqual({ status: 200, body: "ok" });
  expect(app.requests[0]).toMatchObject({ method: "POST", target: "/hook?x=1" });
  await until(() => /^\d\d:\d\d:\d\d #0001 200 sig=- from=- POST \/hook\?x=1 \d+ms$/m.exec(first.stdout()), "a line for the webhook");
  // no colours and no cursor movement where no terminal looks
  expect(first.stdout()).not.toContain("\u001b");
  first.signal("SIGINT");
  expect(await first.ended).toBe(0);
  expect(first.stdout()).toMatch(/closed \(stopped\): 1 delivery, see them: devhook events\n$/);
  expect(first.stderr()).toBe("");

  const second = start(String(app.port));
  expect(await urlOf(second)).toBe(url);
  expect(await post(url)).toEqual({ status: 200, body: "ok" });
  second.signal("SIGTERM");
  expect(await second.ended).toBe(0);
  expect(second.stderr()).toBe("");
});

it("says what is wrong when no app listens, goes on, and serves when it comes", async () => {
  const port = await freePort();
  const program = start(String(port), "--grace", "0.2");
  const url = await urlOf(program);
  await until(() => program.stderr().includes("\n"), "the warning");
  // what is wrong, what to do, and what happens meanwhile
  expect(program.stderr()).toContain(`nothing listens on 127.0.0.1:${port}`);
  expect(program.stderr()).toContain("Start your app there, or name its port: devhook start PORT");
  expect(program.stderr()).toContain("senders get 502");

  const refused = await post(url);
  expect(refused.status).toBe(502);
  expect(JSON.parse(refused.body)).toMatchObject({
    error: { code: "app-refused", message: expect.stringContaining(String(port)), hint: expect.stringContaining("devhook start PORT") },
    delivery: expect.stringMatching(UUID),
  });
  await until(() => /#0001 ERR .* app-refused: nothing listens on /.exec(program.stdout()), "a line for the failure");

  app = await startRecordingApp({ port });
  expect(await post(url)).toEqual({ status: 200, body: "ok" });
  program.signal("SIGINT");
  expect(await program.ended).toBe(0);
});

it("rides out an app that restarts", async () => {
  const port = await freePort();
  const program = start(String(port), "--json", "--port", "0", "--grace", "10");
  const { url } = await program.event("ready");
  const answer = post(String(url));
  await program.event("delivery");
  app = await startRecordingApp({ port });
  expect(await answer).toEqual({ status: 200, body: "ok" });
});

it("prints NDJSON whose fields are those of the contract", async () => {
  const port = await freePort();
  const program = start(String(port), "--json", "--port", "0", "--grace", "0.1");
  const { url, relay, tunnel, ...ready } = await program.event("ready");
  expect(ready).toEqual({ type: "ready", at: expect.stringMatching(ISO), target: `http://localhost:${port}`, embedded: true });
  expect(url).toBe(`${String(relay)}/${String(tunnel)}`);
  expect(await program.event("warning")).toEqual({
    type: "warning",
    at: expect.stringMatching(ISO),
    code: "app-down",
    message: expect.stringContaining(String(port)),
  });

  await post(String(url));
  const failed = await program.event("attempt");
  expect(failed).toEqual({
    type: "attempt",
    at: expect.stringMatching(ISO),
    id: expect.stringMatching(UUID),
    delivery: expect.stringMatching(UUID),
    kind: "live",
    status: null,
    ms: expect.any(Number),
    error: { code: "app-refused", message: expect.any(String), hint: expect.any(String) },
  });

  app = await startRecordingApp({ port });
  await post(String(url));
  const delivery = await program.event("delivery", () => true, 2);
  expect(delivery).toEqual({
    type: "delivery",
    at: expect.stringMatching(ISO),
    id: expect.stringMatching(UUID),
    method: "POST",
    path: "/hook?x=1",
    provider: null,
    event: null,
    verdict: null,
    held: false,
    duplicateOf: null,
  });
  expect(await program.event("attempt", ({ delivery: id }) => id === delivery["id"])).toMatchObject({
    kind: "live",
    status: 200,
    error: null,
  });
  program.signal("SIGINT");
  expect(await program.ended).toBe(0);
  expect(program.events().at(-1)).toEqual({ type: "closed", at: expect.stringMatching(ISO), reason: "stopped", deliveries: 2, owed: 0 });
  // no prose between the lines
  expect(program.events().every(({ type }) => ["ready", "warning", "delivery", "attempt", "link", "closed"].includes(type))).toBe(true);
});

it("says nothing but errors with --output quiet", async () => {
  app = await startRecordingApp();
  const probe = start(String(app.port), "--json");
  const { url } = await probe.event("ready");
  probe.signal("SIGINT");
  expect(await probe.ended).toBe(0);

  // the same target has the same URL
  const quiet = start(String(app.port), "--output", "quiet");
  await until(async () => (await post(String(url))).status === 200, "the tunnel");
  expect(quiet.stdout() + quiet.stderr()).toBe("");
  app.on("/hook", (socket) => void socket.end());
  expect((await post(String(url))).status).toBe(502);
  await until(() => /app-reset/.exec(quiet.stderr()), "the error");
  quiet.signal("SIGINT");
  expect(await quiet.ended).toBe(0);
  expect(quiet.stdout()).toBe("");
  expect(quiet.stderr().trim().split("\n")).toHaveLength(1);
});

it("says so when the URL is not that of the last time", async () => {
  app = await startRecordingApp();
  const first = start(String(app.port));
  const url = await urlOf(first);
  first.signal("SIGINT");
  await first.ended;
  const taken = await startRecordingApp({ port: Number(new URL(url).port) });
  const second = start(String(app.port));
  expect(await urlOf(second)).not.toBe(url);
  await until(() => second.stderr().includes(`Senders that know ${url} do not reach you`), "the warning");
  expect(second.stderr()).toContain(`another process listens on port ${taken.port}`);
  second.signal("SIGINT");
  await second.ended;
  await taken.close();
  // the stand-in is not remembered
  expect(await urlOf(start(String(app.port)))).toBe(url);
});

it("says what it waits for after ctrl-c", async () => {
  app = await startRecordingApp();
  app.on("/hook", () => undefined);
  const program = start(String(app.port), "--port", "0");
  const url = await urlOf(program);
  const answer = post(url);
  await until(() => app?.requests.length === 1, "the request at the app");
  program.signal("SIGINT");
  await until(() => program.stderr().includes("waiting for 1 request that your app still answers; ctrl-c again ends at once"), "the word");
  let over = false;
  void program.ended.then(() => (over = true));
  // the echo of a ctrl-c that npm passes on is none, so one may not be enough
  await until(() => {
    if (!over) program.signal("SIGINT");
    return over;
  }, "the end");
  expect(await program.ended).toBe(0);
  expect((await answer).status).toBe(502);
});

it("gives two apps two URLs", async () => {
  app = await startRecordingApp();
  const other = await startRecordingApp();
  const [one, two] = await Promise.all([urlOf(start(String(app.port))), urlOf(start(String(other.port)))]);
  expect(new URL(one).port).not.toBe(new URL(two).port);
  await post(one);
  await post(two);
  expect([app.requests.length, other.requests.length]).toEqual([1, 1]);
  await other.close();
});

it("puts a path in front, adds a header and rewrites Host when told to, and records what was received", async () => {
  app = await startRecordingApp();
  const flags = ["--path", "/api", "-H", "X-Added: yes", "--host-header", "rewrite"];
  const program = start(String(app.port), "--json", "--port", "0", ...flags);
  const { url, target } = await program.event("ready");
  expect(target).toBe(`http://localhost:${app.port}/api`);
  await post(String(url));
  const [request] = app.requests;
  expect(request?.target).toBe("/api/hook?x=1");
  expect(valuesOf(request?.headers ?? [], "x-added")).toEqual(["yes"]);
  expect(valuesOf(request?.headers ?? [], "host")).toEqual([`localhost:${app.port}`]);
  expect(valuesOf(request?.headers ?? [], "x-forwarded-host")).toEqual([new URL(String(url)).host]);
  const row = await ledgerRow(home.database, request?.id ?? "");
  expect({ target: row.target, added: valuesOf(row.headers, "x-added") }).toEqual({ target: "/hook?x=1", added: [] });
});

it("answers 504 when the app hangs, and says that the outcome is unknown", async () => {
  app = await startRecordingApp();
  app.on("/hook", () => undefined);
  const program = start(String(app.port), "--json", "--port", "0", "--timeout", "1");
  const { url } = await program.event("ready");
  const { status, headers, body } = await send(`${String(url)}/hook`, { body: "{}" });
  expect({ status, outcome: valuesOf(headers, "devhook-outcome") }).toEqual({ status: 504, outcome: ["unknown"] });
  expect(body).toMatch(/"code":"app-timeout".*--timeout SECONDS/s);
  expect((await program.event("attempt"))["error"]).toMatchObject({ code: "app-timeout" });
});

it.each([
  ["an unknown option", ["start", "8000", "--jsn"], 2],
  ["a target that is none", ["start", "99999"], 2],
  ["a port of the relay that is the app's", ["start", "8000", "--port", "8000"], 2],
  ["an unknown command", ["strat"], 2],
])("refuses %s in three lines at most", async (_what, args, expected) => {
  const { code, stdout, stderr } = await run(args, { home });
  expect({ code, stdout: stdout.toString().replace(/^\d\d:\d\d:\d\d closed .*\n$/, "") }).toEqual({ code: expected, stdout: "" });
  expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
  expect(stderr).not.toMatch(/\n\s+at /);
});

it("names the process's port when another listens there", async () => {
  app = await startRecordingApp();
  const { code, stderr } = await run(["start", "8000", "--port", String(app.port)], { home });
  expect(code).toBe(2);
  expect(stderr).toContain(String(app.port));
  expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
});
