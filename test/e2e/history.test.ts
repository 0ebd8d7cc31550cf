import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ledgerRow, ledgerRows, sha256 } from "../rig/ledger-file.ts";
import { type HeaderLines, valuesOf } from "../rig/message-reader.ts";
import { type Home, makeHome, type Program, run, type Result, startProgram, startTunnel, type Tunnel } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { type RawAnswer, sendRaw } from "../rig/send-raw.ts";
import { sqlite } from "../rig/sqlite.ts";
import { linesAtApp } from "../rig/tunnel-forms.ts";
import { until } from "../rig/until.ts";

const body = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
const headers: HeaderLines = [
  ["Host", "127.0.0.1"],
  ["x-SIGNATURE", "v1=made-up"],
  ["X-Latin", "caf\u00e9"],
  ["Authorization", "Bearer made-up"],
  ["x-dup", "1"],
  ["X-Dup", "2"],
  ["Content-Length", String(body.length)],
];

let home: Home;
let app: RecordingApp;
const programs: Program[] = [];
const apps: RecordingApp[] = [];

beforeEach(async () => {
  home = makeHome();
  app = await openApp();
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.kill();
  for (const each of apps.splice(0)) await each.close();
  home.remove();
});

async function openApp(): Promise<RecordingApp> {
  const opened = await startRecordingApp();
  apps.push(opened);
  return opened;
}

async function open(target = app.port): Promise<Tunnel> {
  const tunnel = await startTunnel(target, [], { home });
  programs.push(tunnel.program);
  return tunnel;
}

function send(tunnel: Tunnel, path = "/hook?a=%2F&a"): Promise<RawAnswer> {
  const lines = headers.map(([name, value]) => `${name}: ${value}`).join("\r\n");
  const head = Buffer.from(`POST /${tunnel.name}${path} HTTP/1.1\r\n${lines}\r\n\r\n`, "latin1");
  return sendRaw(tunnel.port, [head, body]);
}

function devhook(...args: readonly string[]): Promise<Result> {
  return run(args, { home });
}

async function jsonLines(...args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { code, stdout, stderr } = await devhook(...args, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

/** Checks that a fault was told in three lines at most, without a stack. */
function faultOf({ stderr }: { readonly stderr: string }): string {
  const lines = stderr.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(3);
  expect(lines[0]).toMatch(/^✗ /);
  expect(stderr).not.toMatch(/\n\s+at /);
  return stderr;
}

function integrity(): unknown {
  return sqlite(home.database, "PRAGMA integrity_check")[0]?.["integrity_check"];
}

it("lists, shows and resends while start runs, and after it has ended", async () => {
  const tunnel = await open();
  const { id } = await send(tunnel);
  await ledgerRow(home.database, id);

  async function check(attempt: number): Promise<void> {
    expect(await jsonLines("events")).toEqual([
      {
        id,
        receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        tunnel: tunnel.name,
        method: "POST",
        path: "/hook",
        provider: null,
        event: null,
        eventId: null,
        verdict: null,
        held: false,
        state: "answered",
        attempts: attempt - 1,
        status: 200,
        ms: expect.any(Number),
        bytes: body.length,
        duplicateOf: null,
      },
    ]);
    const [shown] = await jsonLines("show", "latest");
    expect(shown).toMatchObject({ id, request: { method: "POST", target: "/hook?a=%2F&a", headers, bodyBase64: body.toString("base64") } });
    expect(shown?.["attempts"]).toHaveLength(attempt - 1);
    expect((await devhook("show", id.slice(0, 20), "--raw", "body")).stdout.equals(body)).toBe(true);

    const resent = await devhook("resend", "latest");
    expect({ code: resent.code, stderr: resent.stderr }).toEqual({ code: 0, stderr: "" });
    const seen = await app.request(id, attempt);
    expect({ method: seen.method, target: seen.target, sha256: seen.sha256 }).toEqual({
      method: "POST",
      target: "/hook?a=%2F&a",
      sha256: sha256(body),
    });
    expect(seen.headers).toEqual(linesAtApp(headers, { id, attempt }));
  }

  await check(2);
  tunnel.program.signal("SIGINT");
  expect(await tunnel.program.ended).toBe(0);
  await check(3);
  expect(integrity()).toBe("ok");
});

it("resends to another app, and says with its code what came of it", async () => {
  const tunnel = await open();
  const { id } = await send(tunnel);
  await ledgerRow(home.database, id);
  const other = await openApp();

  const [line] = await jsonLines("resend", id, "--to", `http://127.0.0.1:${other.port}/v2`);
  expect(line).toEqual({
    id,
    attempt: 2,
    target: `http://127.0.0.1:${other.port}/v2/hook?a=%2F&a`,
    status: 200,
    ms: expect.any(Number),
    error: null,
    change: "same",
  });
  const seen = await other.request(id);
  expect({ target: seen.target, sha256: seen.sha256, attempt: valuesOf(seen.headers, "devhook-attempt") }).toEqual({
    target: "/v2/hook?a=%2F&a",
    sha256: sha256(body),
    attempt: ["2"],
  });
  expect(app.requests).toHaveLength(1);

  other.on("/no/hook", (socket) => void socket.write("HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n"));
  expect((await devhook("resend", id, "--to", `http://127.0.0.1:${other.port}/no`)).code).toBe(1);
  await other.close();
  const unreachable = await devhook("resend", id, "--to", `http://127.0.0.1:${other.port}`);
  expect(unreachable.code).toBe(3);
  expect(unreachable.stdout.toString()).toContain("app-refused");
  const attempts = sqlite(home.database, "SELECT n, kind, status, error_code FROM attempts ORDER BY n");
  expect(attempts).toEqual([
    { n: 1, kind: "live", status: 200, error_code: null },
    { n: 2, kind: "resend", status: 200, error_code: null },
    { n: 3, kind: "resend", status: 422, error_code: null },
    { n: 4, kind: "resend", status: null, error_code: "app-refused" },
  ]);
});

it("sends what an editor has made of a delivery, and keeps all of it that was not changed", async () => {
  const tunnel = await open();
  const { id } = await send(tunnel);
  await ledgerRow(home.database, id);
  const script = `const fs = require("fs"); const path = process.argv.at(-1);
    fs.writeFileSync(path, fs.readFileSync(path, "latin1").replace("x-dup: 1", "x-dup: 3"), "latin1");`;
  writeFileSync(`${home.folder}/editor.cjs`, script);
  const env = { VISUAL: `"${process.execPath}" editor.cjs`, EDITOR: "false" };
  const edited = await run(["resend", id, "--edit", "--json"], { home, env });
  expect([edited.code, edited.stderr]).toEqual([0, ""]);
  expect(JSON.parse(edited.stdout.toString())).toMatchObject({ id, attempt: 2, edited: true, change: "same" });
  const changed = headers.map(([name, value]): HeaderLines[number] => [name, name === "x-dup" ? "3" : value]);
  const seen = await app.request(id, 2);
  expect([seen.headers, seen.sha256]).toEqual([linesAtApp(changed, { id, attempt: 2 }), sha256(body)]);
  const [shown] = await jsonLines("show", id, "--attempt", "2");
  expect(shown).toMatchObject({ attempts: [{ kind: "resend", request: { headers: changed, bodyBase64: body.toString("base64") } }] });
});

it("records what it has in flight when ctrl-c comes, and sends nothing more", async () => {
  const tunnel = await open();
  const ids: string[] = [];
  for (const path of ["/one", "/two", "/three"]) ids.push((await send(tunnel, path)).id);
  await ledgerRow(home.database, ids[2] ?? "");
  const held: string[] = [];
  for (const path of ["/one", "/two", "/three"]) app.on(path, (_, { target }) => void held.push(target));
  const resend = startProgram(["resend", ...ids, "--concurrency", "2"], { home });
  programs.push(resend);
  await until(() => held.length === 2, "two calls");
  resend.signal("SIGINT");
  expect(await resend.ended).toBe(130);
  expect(held).toEqual(["/one", "/two"]);
  expect(resend.stderr()).toBe("2 sent: 0 answered 2xx, 0 otherwise, 2 failed; 1 not sent\n");
  expect(sqlite(home.database, "SELECT kind, error_code FROM attempts WHERE n > 1")).toEqual([
    { kind: "resend", error_code: "stopped" },
    { kind: "resend", error_code: "stopped" },
  ]);
});

it("finds deliveries by latest~N and by a beginning of their id, and says so when there is none", async () => {
  const tunnel = await open();
  const ids: string[] = [];
  for (const path of ["/one", "/two", "/three"]) ids.push((await send(tunnel, path)).id);
  await ledgerRow(home.database, ids[2] ?? "");
  expect((await jsonLines("show", "latest~2"))[0]).toMatchObject({ id: ids[0], request: { target: "/one" } });
  expect((await jsonLines("events", "--limit", "2")).map(({ path }) => path)).toEqual(["/two", "/three"]);
  const missing = await devhook("show", "latest~3");
  expect(missing.code).toBe(1);
  expect(faultOf(missing)).toContain("devhook events");
  const ambiguous = await devhook("show", ids[0]?.slice(0, 5) ?? "");
  expect(ambiguous.code).toBe(2);
  faultOf(ambiguous);
});

it("does not resend a body that is not recorded whole", async () => {
  const tunnel = await open();
  const large = Buffer.alloc(10 * 1_048_576 + 1, "x");
  const head = `POST /${tunnel.name}/large HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${large.length}\r\n\r\n`;
  const { id } = await sendRaw(tunnel.port, [Buffer.from(head), large]);
  await ledgerRow(home.database, id);
  const resent = await devhook("resend", id);
  expect(resent.code).toBe(1);
  expect(faultOf(resent)).toContain("not whole");
  expect(app.requests).toHaveLength(1);
  const shown = await devhook("show", id, "--raw", "body");
  expect({ code: shown.code, bytes: shown.stdout.length }).toEqual({ code: 1, bytes: 10 * 1_048_576 });
  expect(faultOf(shown)).toContain("not whole");
});

it("keeps a whole database when start is killed in the middle of its work", async () => {
  const tunnel = await open();
  let stop = false;
  let answered = 0;
  const senders = Array.from({ length: 8 }, async () => {
    while (!stop) {
      const { status } = await send(tunnel, "/load");
      if (status === 0) return;
      answered += 1;
    }
  });
  await until(() => answered > 200, "some load");
  await tunnel.program.kill();
  stop = true;
  await Promise.all(senders);

  expect(integrity()).toBe("ok");
  const rows = ledgerRows(home.database);
  // what was on its way to the disk for a moment may be missing, no more
  expect(rows.size).toBeGreaterThan(100);
  for (const row of rows.values()) expect(row).toMatchObject({ headers, sha256: sha256(body) });
  // the next start goes on with it
  const { id } = await send(await open());
  await ledgerRow(home.database, id);
  expect((await jsonLines("events", "--limit", "1"))[0]).toMatchObject({ id, state: "answered" });
  expect(integrity()).toBe("ok");
});

it("records what several tunnels receive at once, with resends between", async () => {
  const other = await openApp();
  const [one, two] = await Promise.all([open(), open(other.port)]);
  const [first] = await Promise.all([
    Promise.all(Array.from({ length: 100 }, () => send(one, "/one"))),
    Promise.all(Array.from({ length: 100 }, () => send(two, "/two"))),
  ]);
  await ledgerRow(home.database, first[0]?.id ?? "");
  await Promise.all([devhook("resend", first[0]?.id ?? ""), Promise.all(Array.from({ length: 50 }, () => send(two, "/two")))]);
  const rows = await until(() => {
    const all = [...ledgerRows(home.database).values()];
    return all.length === 250 && all.every(({ state }) => state === "answered") ? all : undefined;
  }, "all deliveries");
  expect(rows.filter(({ target }) => target === "/one")).toHaveLength(100);
  expect(new Set(rows.map((row) => row.sha256))).toEqual(new Set([sha256(body)]));
  expect(integrity()).toBe("ok");
});

describe("a history that cannot be used", () => {
  /** Every command that needs the history, with the exit code that the fault has. */
  async function expectFault(code: number, ...texts: readonly string[]): Promise<void> {
    for (const args of [["start", String(app.port), "--port", "0"], ["events"], ["show", "latest"], ["resend", "latest"]]) {
      const result = await devhook(...args);
      expect({ args, code: result.code }).toEqual({ args, code });
      for (const text of texts) expect(faultOf(result)).toContain(text);
    }
  }

  function put(content: string): void {
    mkdirSync(dirname(home.database), { recursive: true });
    writeFileSync(home.database, content);
  }

  it("because it is damaged is not touched, and the way out is a command", async () => {
    const text = "this is no database, but something that somebody may want back ".repeat(100);
    put(text);
    await expectFault(2, home.database, "mv ");
    expect(readFileSync(home.database, "utf8")).toBe(text);
  });

  it("because a newer devhook wrote it is not touched", async () => {
    put("");
    sqlite(home.database, "PRAGMA user_version = 999");
    await expectFault(2, "newer devhook", "999");
    expect(sqlite(home.database, "PRAGMA user_version")).toEqual([{ user_version: 999 }]);
  });

  it("because its folder cannot be made stops start, and is empty for those who read", async () => {
    const file = `${home.folder}/file`;
    writeFileSync(file, "");
    const env = { DEVHOOK_DATA_DIR: `${file}/data` };
    const started = await run(["start", String(app.port), "--port", "0"], { home, env });
    expect(started.code).toBe(2);
    expect(faultOf(started)).toContain("DEVHOOK_DATA_DIR");
    const events = await run(["events"], { home, env });
    expect({ code: events.code, stdout: events.stdout.toString() }).toEqual({ code: 0, stdout: "" });
  });
});
