import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { valuesOf } from "../rig/message-reader.ts";
import { addToken, type Home, makeHome, type Program, type RelayProgram, run, startProgram, startRelayProgram } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { type RawAnswer, sendRaw } from "../rig/send-raw.ts";
import { send } from "../rig/send.ts";
import { until } from "../rig/until.ts";

/** The longest wait between two dials, and what a dial takes, milliseconds. */
const BACK_WITHIN_MS = 5_250;

let home: Home;
let app: RecordingApp;
const programs: Program[] = [];

beforeEach(async () => {
  home = makeHome();
  app = await startRecordingApp();
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.kill();
  await app.close();
  home.remove();
});

async function openRelay(...args: readonly string[]): Promise<RelayProgram> {
  const relay = await startRelayProgram(args, { home });
  programs.push(relay.program);
  return relay;
}

function start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Program {
  const program = startProgram(["start", String(app.port), "--json", ...args], { home, env });
  programs.push(program);
  return program;
}

async function post(url: unknown): Promise<number> {
  return (await send(`${String(url)}/hook`, { body: "{}" })).status;
}

/** A sender that reads what comes. `ended` resolves with all of it. */
function openStream(port: number, path: string): { readonly text: () => string; readonly ended: Promise<string> } {
  let text = "";
  const socket = connect(port, "127.0.0.1", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
  socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
  socket.on("error", () => undefined);
  return { text: () => text, ended: new Promise((resolve) => socket.on("close", () => resolve(text))) };
}

/** Lines of an error on stderr, without the mark before the first. */
function faultOf(stderr: string): readonly string[] {
  const lines = stderr.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(3);
  expect(lines[0]).toMatch(/^✗ /);
  return lines;
}

function tokens(command: readonly string[], dataDir: string): ReturnType<typeof run> {
  return run(["relay", "token", ...command, "--data-dir", dataDir], { home });
}

it("does not open itself to others without a token, and does with one", async () => {
  const dataDir = join(home.folder, "relay");
  const args = ["relay", "--host", "0.0.0.0", "--port", "0", "--data-dir", dataDir];
  const refused = await run(args, { home });
  expect(refused.code).toBe(2);
  const [what, why, fix] = faultOf(refused.stderr);
  expect(what).toContain("no tokens");
  expect(why).toContain("--host 0.0.0.0");
  expect(fix).toContain(`devhook relay token add LABEL --data-dir ${dataDir}`);

  await addToken({ dataDir }, home);
  const relay = startProgram(args, { home });
  programs.push(relay);
  await until(() => /^ready: http:\/\//.exec(relay.stdout()), "the relay");
  relay.signal("SIGTERM");
  expect(await relay.ended).toBe(0);
});

it("adds, lists, rotates and revokes tokens while it runs", async () => {
  const relay = await openRelay();
  const { id, token } = await addToken(relay, home, "laptop of ana");
  expect(token).toMatch(/^dh_/);
  const listed = await tokens(["list"], relay.dataDir);
  expect(listed.stdout.toString()).toMatch(new RegExp(`^ID .*\n${id} +laptop of ana `));
  expect(listed.stdout.toString()).not.toContain(token);
  // only a hash of it is stored
  for (const file of ["relay.db", "relay.db-wal"]) {
    expect(readFileSync(join(relay.dataDir, file)).includes(token)).toBe(false);
  }

  const rotated = JSON.parse((await tokens(["rotate", id, "--json"], relay.dataDir)).stdout.toString()) as {
    readonly id: string;
    readonly token: string;
  };
  expect(rotated.id).toBe(id);
  expect(rotated.token).not.toBe(token);
  const old = start(["--server", relay.url], { DEVHOOK_TOKEN: token });
  expect(await old.ended).toBe(3);
  expect(faultOf(old.stderr())[0]).toContain("refused the token");
  const current = start(["--server", relay.url], { DEVHOOK_TOKEN: rotated.token });
  await current.event("ready");

  expect((await tokens(["revoke", "latest"], relay.dataDir)).code).toBe(0);
  const again = await tokens(["revoke", id], relay.dataDir);
  expect({ code: again.code, lines: faultOf(again.stderr).length }).toEqual({ code: 1, lines: 2 });
  // its session ends with it
  expect(await current.ended).toBe(3);
  expect(faultOf(current.stderr())).toHaveLength(3);
  expect(current.events().at(-1)).toMatchObject({ type: "closed", reason: "token-refused" });
});

it("logs in once, and then start goes there with no flag", async () => {
  const relay = await openRelay();
  const { token } = await addToken(relay, home, "laptop");
  const login = await run(["login", relay.url], { home, stdin: `${token}\n` });
  expect({ code: login.code, stdout: login.stdout.toString() }).toEqual({ code: 0, stdout: `logged in to ${relay.url} as laptop\n` });
  expect(login.stderr).toContain("devhook start");
  const credentials = join(home.folder, "config/devhook/credentials.json");
  expect(statSync(credentials).mode & 0o777).toBe(0o600);

  const program = start();
  const { url, relay: origin, embedded } = await program.event("ready");
  expect({ origin, embedded }).toEqual({ origin: relay.url, embedded: false });
  expect(await post(url)).toBe(200);
  program.signal("SIGINT");
  expect(await program.ended).toBe(0);

  expect((await run(["logout"], { home })).code).toBe(0);
  expect(readFileSync(credentials, "utf8")).not.toContain(token);
});

it("does not store a token that the relay does not know", async () => {
  const relay = await openRelay();
  await addToken(relay, home);
  const { token } = await addToken({ dataDir: join(home.folder, "elsewhere") }, home);
  const login = await run(["login", relay.url], { home, stdin: token });
  expect(login.code).toBe(3);
  expect(faultOf(login.stderr)[0]).toContain("does not know this token");
  const start1 = start(["--server", relay.url], { DEVHOOK_TOKEN: token });
  expect(await start1.ended).toBe(3);
});

it("is back within seconds with the same URL when its relay was killed", async () => {
  const relay = await openRelay();
  const { token } = await addToken(relay, home);
  const program = start(["--server", relay.url], { DEVHOOK_TOKEN: token });
  const { url } = await program.event("ready");
  expect(await post(url)).toBe(200);

  await relay.program.kill();
  const away = await program.event("link", ({ state }) => state === "reconnecting");
  expect(away).toEqual({
    type: "link",
    at: expect.any(String),
    state: "reconnecting",
    attempt: expect.any(Number),
    reason: expect.stringMatching(/./),
  });
  await openRelay("--port", String(relay.port));
  const back = performance.now();
  await program.event("link", ({ state }) => state === "connected");
  expect(performance.now() - back).toBeLessThan(BACK_WITHIN_MS);
  expect(await post(url)).toBe(200);
  expect(app.requests).toHaveLength(2);
});

it("never lets a sender take a broken answer for a whole one when the client is killed", async () => {
  const relay = await openRelay();
  const { token } = await addToken(relay, home);
  const program = start(["--server", relay.url, "--name", "shop"], { DEVHOOK_TOKEN: token });
  await program.event("ready");
  app.on("/endless", (socket) => void socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
  app.on("/silent", () => undefined);
  const get = (path: string): Promise<RawAnswer> => sendRaw(relay.port, `GET /shop${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  const begun = openStream(relay.port, "/shop/endless");
  const silent = get("/silent");
  await until(
    () => begun.text().includes("hello") && app.requests.some(({ target, whole }) => target === "/silent" && whole),
    "both under way",
  );
  await program.kill();
  expect(await begun.ended).not.toContain("\r\n0\r\n");
  const answer = await silent;
  expect({ status: answer.status, outcome: valuesOf(answer.headers, "devhook-outcome") }).toEqual({ status: 502, outcome: ["unknown"] });
  expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { code: "link-lost" } });
});

it("keeps a sender waiting for a client that is away for a moment", async () => {
  const relay = await openRelay();
  const { token } = await addToken(relay, home);
  const first = start(["--server", relay.url], { DEVHOOK_TOKEN: token });
  const { url } = await first.event("ready");
  await first.kill();
  const waiting = post(url);
  const second = start(["--server", relay.url], { DEVHOOK_TOKEN: token });
  expect((await second.event("ready"))["url"]).toBe(url);
  expect(await waiting).toBe(200);
});

it("tells of the webhooks that came while nobody was there", async () => {
  const relay = await openRelay();
  const { token } = await addToken(relay, home);
  const first = start(["--server", relay.url], { DEVHOOK_TOKEN: token });
  const { url } = await first.event("ready");
  first.signal("SIGINT");
  expect(await first.ended).toBe(0);
  expect(await post(url)).toBe(503);
  const second = start(["--server", relay.url], { DEVHOOK_TOKEN: token });
  const warning = await second.event("warning", ({ code }) => code === "request-refused");
  expect(warning["message"]).toMatch(/POST \/hook .* 503 \(client-offline\)/);
  const row = await until(async () => {
    const { stdout } = await run(["events", "--json"], { home });
    return stdout
      .toString()
      .split("\n")
      .find((line) => line.includes('"refused"'));
  }, "the refusal in the history");
  expect(JSON.parse(row)).toMatchObject({ id: null, state: "refused", method: "POST", path: "/hook", status: 503 });
});

describe("a name", () => {
  it("that another token owns is refused", async () => {
    const relay = await openRelay();
    const one = await addToken(relay, home, "one");
    const two = await addToken(relay, home, "two");
    const owner = start(["--server", relay.url, "--name", "shop"], { DEVHOOK_TOKEN: one.token });
    expect((await owner.event("ready"))["url"]).toBe(`${relay.url}/shop`);
    const other = start(["--server", relay.url, "--name", "shop"], { DEVHOOK_TOKEN: two.token });
    expect(await other.ended).toBe(2);
    expect(faultOf(other.stderr())).toEqual([
      expect.stringContaining('"shop"'),
      expect.stringMatching(/./),
      expect.stringContaining("--name NAME"),
    ]);
    expect(await post(`${relay.url}/shop`)).toBe(200);
  });

  it("that is started twice belongs to the newer, and the older says so and ends", async () => {
    const relay = await openRelay();
    const { token } = await addToken(relay, home);
    const older = start(["--server", relay.url, "--name", "shop"], { DEVHOOK_TOKEN: token });
    await older.event("ready");
    const newer = start(["--server", relay.url, "--name", "shop"], { DEVHOOK_TOKEN: token });
    await newer.event("ready");
    expect(await older.ended).toBe(3);
    expect(faultOf(older.stderr())[0]).toContain("taken");
    expect(older.events().at(-1)).toMatchObject({ type: "closed", reason: "taken-over" });
    expect(await post(`${relay.url}/shop`)).toBe(200);
    expect((await newer.event("delivery"))["path"]).toBe("/hook");
  });
});

describe("a relay that cannot serve", () => {
  it("is tried again and again, and every line says why", async () => {
    const gone = await startRecordingApp();
    await gone.close();
    const program = start(["--server", `http://127.0.0.1:${gone.port}`]);
    const link = await program.event("link", () => true, 3);
    expect(link).toMatchObject({ state: "reconnecting", reason: expect.stringContaining("ECONNREFUSED") });
    program.signal("SIGINT");
    expect(await program.ended).toBe(0);
  });

  it("is found out when it is another server", async () => {
    const other = createServer((_request, response) => response.writeHead(404).end("not here"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const program = start(["--server", url]);
    const link = await program.event("link");
    expect(link["reason"]).toContain("not a devhook relay");
    const { token } = await addToken({ dataDir: join(home.folder, "elsewhere") }, home);
    const login = await run(["login", url], { home, stdin: token });
    expect(login.code).toBe(3);
    expect(faultOf(login.stderr)[0]).toContain("is not a devhook relay");
    other.close();
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    ["elsewhere without encryption", ["--server", "http://192.0.2.1:8080"], {}, "without encryption"],
    ["whose address is none", ["--server", "ftp://relay.test"], {}, "ftp://relay.test"],
    ["with a token that is none", ["--server", "http://127.0.0.1:1"], { DEVHOOK_TOKEN: "nonsense" }, "not a devhook token"],
  ])("%s is refused at once", async (_what, args, env, expected) => {
    const program = start(args, env);
    expect(await program.ended).toBe(2);
    expect(faultOf(program.stderr()).join("\n")).toContain(expected);
  });

  it("admits no stranger once it has a token", async () => {
    const relay = await openRelay();
    await addToken(relay, home);
    const program = start(["--server", relay.url]);
    expect(await program.ended).toBe(2);
    expect(faultOf(program.stderr())[0]).toContain("admits tokens only");
    expect(faultOf(program.stderr()).at(-1)).toContain(`devhook login ${relay.url}`);
  });
});

it("confines what tunnels answer where they share an origin that others reach", async () => {
  const dataDir = join(home.folder, "relay");
  const { token } = await addToken({ dataDir }, home);
  const relay = await openRelay("--domain", "tunnel.test");
  const program = start(["--server", relay.url, "--name", "shop"], { DEVHOOK_TOKEN: token });
  expect((await program.event("ready"))["url"]).toBe(`http://shop.tunnel.test:${relay.port}`);
  const cookie = "Set-Cookie: id=1; Path=/; Domain=tunnel.test; HttpOnly";
  app.on("/hook", (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${cookie}\r\nContent-Length: 0\r\n\r\n`));
  const shared = await send(`${relay.url}/shop/hook`);
  expect(shared.headers).toContainEqual(["Set-Cookie", "id=1; HttpOnly; Path=/shop/"]);
  expect(shared.headers).toContainEqual(["Content-Security-Policy", "sandbox"]);
  const alone = await send(`${relay.url}/hook`, { headers: { Host: "shop.tunnel.test" } });
  expect(alone.headers.map(([name, value]) => `${name}: ${value}`)).toContain(cookie);
  expect(valuesOf(alone.headers, "content-security-policy")).toEqual([]);
});
