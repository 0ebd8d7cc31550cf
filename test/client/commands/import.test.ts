import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHistory } from "../../../client/ledger/history.ts";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import type { Delivery } from "../../../client/ledger/records.ts";
import { systemClock } from "../../../shared/clock.ts";
import { createIdSource } from "../../../shared/ids.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand } from "./command-line.ts";
import { databaseOf, record, type Recorded } from "./history.ts";

let home: Home;
let other: Home;
beforeEach(async () => {
  home = await createHome();
  other = await createHome();
});
afterEach(() => {
  home.remove();
  other.remove();
});

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const verification = {
  verdict: "invalid",
  provider: "stripe",
  scheme: "v1",
  signature: "bad",
  time: "ok",
  covers: "whole",
  ageSeconds: 1.5,
  reason: { code: "no-match", message: "It does not hold.", hint: "Look." },
  secretIndex: null,
  eventType: "invoice.paid",
  eventId: "evt_1",
  handshake: null,
  duplicate: null,
};

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("it is not there");
  return value;
}

/** All deliveries of a home, oldest first, without what belongs to one database. */
function deliveriesOf(one: Home): readonly Omit<Delivery, "seq">[] {
  const history = openHistory(databaseOf(one), { clock: systemClock });
  try {
    return history.list({ limit: 1_000, order: "oldest" }).map(({ id }) => {
      const { seq: _seq, ...delivery } = present(history.get(id));
      return delivery;
    });
  } finally {
    history.close();
  }
}

/** A history with everything that a delivery can have. */
async function fill(one: Home): Promise<void> {
  const [first, second, third] = [sampleRequest(), sampleRequest({ target: "/b\u00fc?x=%00", headers: ["L", "\u00ff"] }), sampleRequest()];
  await record(one, [
    { request: first, body: everyByte, end: sampleEnd({ body: everyByte }) },
    {
      request: second,
      body: Buffer.from("zwei"),
      end: sampleEnd({ head: { status: 500, reason: "\u00fc", headers: ["A", "", "a", "\u00e4"] } }),
    },
    { request: third },
  ]);
  const recorder = await createRecorder({ path: databaseOf(one), onNotice: () => undefined, onHealth: () => undefined });
  const facts = {
    provider: "stripe",
    event: "invoice.paid",
    eventId: "evt_1",
    verdict: "invalid",
    verification: JSON.stringify(verification),
  };
  recorder.verified(first.id, { ...facts, duplicateOf: null });
  recorder.verified(second.id, { ...facts, duplicateOf: first.id });
  await recorder.close();
  const history = openHistory(databaseOf(one), { clock: systemClock });
  const { n: _n, head: _head, body: _body, ...end } = sampleEnd({ kind: "resend", timings: { total: 7 } });
  const request = { method: "PUT", target: "/edited", headers: ["X", "\u00ff"], body: everyByte };
  history.recordAttempt(second.id, { ...end, request, error: { code: "app-refused", message: "m", hint: "h" } });
  history.close();
}

describe("devhook import of JSON lines", () => {
  it("has back all that an export with secrets wrote", async () => {
    await fill(home);
    const { stdout } = await runCommand(home, ["export", "latest~2", "latest~1", "latest", "--as", "jsonl", "--with-secrets"]);
    await other.write("work/project/all.jsonl", stdout);
    const result = await runCommand(other, ["import", "all.jsonl"]);
    expect(result).toMatchObject({ code: 0, stdout: "imported 3 deliveries from all.jsonl\n", stderr: "" });
    const before = deliveriesOf(home);
    expect(before.map(({ state, owed }) => [state, owed])).toEqual([
      ["answered", false],
      ["failed", false],
      ["interrupted", false],
    ]);
    expect(deliveriesOf(other)).toEqual(before);
  });

  it("keeps any bytes, targets and headers", async () => {
    const token = fc.string({ unit: fc.constantFrom(..."aB9!#$%&'*+-.^_`|~".split("")), minLength: 1, maxLength: 8 });
    const byte = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code < 0x7f || code > 0x9f);
    const text = fc.array(byte, { maxLength: 12 }).map((codes) => String.fromCharCode(...codes));
    const delivery = fc
      .record({
        method: token,
        target: text,
        headers: fc.array(fc.tuple(token, text), { maxLength: 4 }),
        body: fc.uint8Array({ maxLength: 50 }),
      })
      .map(({ method, target, headers, body }): Recorded => {
        const request = sampleRequest({ method, target: `/${target}`, headers: headers.flat() });
        return { request, body: Buffer.from(body), end: sampleEnd({ body: Buffer.from(body) }) };
      });
    await record(home, fc.sample(delivery, 200));
    const ids = deliveriesOf(home).map(({ id }) => id);
    await runCommand(home, ["export", ...ids, "--as", "jsonl", "--with-secrets", "--out", join(other.cwd, "x.jsonl")]);
    expect(await runCommand(other, ["import", "x.jsonl"])).toMatchObject({ code: 0 });
    expect(deliveriesOf(other)).toEqual(deliveriesOf(home));
  });

  it("gives new ids where they are taken, says so, and keeps what repeats what", async () => {
    await fill(home);
    await runCommand(home, ["export", "latest~2", "latest~1", "--as", "jsonl", "--with-secrets", "--out", "x.jsonl"]);
    const { code, stdout, stderr } = await runCommand(home, ["import", "x.jsonl", "--json"]);
    const { imported, ids, renamed } = JSON.parse(stdout) as { imported: number; ids: string[]; renamed: Record<string, string> };
    expect([code, imported, ids.length]).toEqual([0, 2, 2]);
    expect(stderr).toContain(`! 2 ids were taken, and new ones took their place: `);
    const [first, second, , , copy] = deliveriesOf(home);
    expect(renamed).toEqual({ [first?.id ?? ""]: ids[0], [second?.id ?? ""]: ids[1] });
    expect(copy).toEqual({ ...second, id: ids[1], duplicateOf: ids[0] });
  });

  it("takes lines of a Windows editor, empty lines and a missing end", async () => {
    await fill(home);
    const { stdout } = await runCommand(home, ["export", "latest~1", "latest", "--as", "jsonl"]);
    await other.write("work/project/x.jsonl", `\r\n${stdout.replaceAll("\n", "\r\n\n")}`.trimEnd());
    expect(await runCommand(other, ["import", "x.jsonl"])).toMatchObject({ code: 0, stderr: "" });
  });

  it("imports nothing of a file with one bad line, names it, and quotes nothing of it", async () => {
    await fill(home);
    const { stdout } = await runCommand(home, ["export", "latest~2", "--as", "jsonl", "--with-secrets"]);
    const good = JSON.parse(stdout) as Record<string, unknown> & { request: object; attempts: object[] };
    const changes: readonly (readonly [string, unknown])[] = [
      ["it is not JSON", "{canary"],
      ["it is not JSON", `${JSON.stringify(good)}canary`],
      ["Invalid input", ["canary"]],
      ["format", { ...good, format: "canary" }],
      ["id", { ...good, id: "../canary" }],
      ["receivedAt", { ...good, receivedAt: "canary" }],
      ["request.target", { ...good, request: { ...good.request, target: "/canary\nx" } }],
      ["request.method", { ...good, request: { ...good.request, method: "CANARY X" } }],
      ["request.headers.0.0", { ...good, request: { ...good.request, headers: [["canary:", "x"]] } }],
      ["request.headers.0.1", { ...good, request: { ...good.request, headers: [["x", "canary\r\nX: y"]] } }],
      ["request.bodyBase64", { ...good, request: { ...good.request, bodyBase64: "canary!" } }],
      ["verification", { ...good, verification: { verdict: "valid" } }],
      ["verdict", { ...good, verdict: "canary" }],
      ["attempts.0.n", { ...good, attempts: [{ ...good.attempts[0], n: 0 }] }],
      ["attempts: their numbers must rise", { ...good, attempts: [good.attempts[0], good.attempts[0]] }],
      ["attempts.0.kind", { ...good, attempts: [{ ...good.attempts[0], kind: "canary" }] }],
      ["attempts.0.status", { ...good, attempts: [{ ...good.attempts[0], status: 20 }] }],
      ["attempts.0.ms", { ...good, attempts: [{ ...good.attempts[0], ms: -1 }] }],
    ];
    for (const [problem, bad] of changes) {
      await other.write("work/project/x.jsonl", `${stdout}\n${typeof bad === "string" ? bad : JSON.stringify(bad)}\n${stdout}`);
      const { code, stdout: said, stderr } = await runCommand(other, ["import", "x.jsonl"]);
      expect([code, said]).toEqual([2, ""]);
      expect(stderr).toContain(`line 3: ${problem}`);
      expect(stderr).toContain("nothing has been imported");
      expect(stderr.toLowerCase()).not.toContain("canary");
    }
    expect(existsSync(databaseOf(other))).toBe(false);
  });

  it("leaves out what nobody has asked for, however deep it is", async () => {
    await fill(home);
    const { stdout } = await runCommand(home, ["export", "latest~2", "--as", "jsonl", "--with-secrets"]);
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    await other.write("work/project/x.jsonl", stdout.replace('"verification":{', `"more":${deep},"verification":{"more":${deep},`));
    expect(await runCommand(other, ["import", "x.jsonl"])).toMatchObject({ code: 0, stderr: "" });
    expect(deliveriesOf(other)).toEqual(deliveriesOf(home).slice(0, 1));
  });

  it.each([
    ["x.txt", "accepted: a name that ends with .har or .jsonl"],
    ["missing.jsonl", "ENOENT"],
    ["missing.har", "ENOENT"],
    [".jsonl", "it is no ordinary file"],
  ])("%s is wrong usage", async (name, why) => {
    if (name === ".jsonl") await other.write("work/project/.jsonl/x", "");
    expect(await runCommand(other, ["import", name])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(why) as string,
    });
  });

  it("an empty file adds nothing, and says so", async () => {
    await other.write("work/project/x.jsonl", "");
    expect(await runCommand(other, ["import", "x.jsonl"])).toMatchObject({ code: 0, stderr: "there is none in the file\n" });
  });
});

describe("devhook import of HAR", () => {
  it("has back the bytes that an export with secrets wrote, with one attempt each", async () => {
    await fill(home);
    const out = join(other.cwd, "all.har");
    await runCommand(home, ["export", "latest~2", "latest~1", "latest", "--as", "har", "--with-secrets", "--out", out]);
    const { code, stderr } = await runCommand(other, ["import", "all.har"]);
    // the second has two attempts, and so two entries
    expect([code, stderr]).toEqual([0, expect.stringContaining("! 1 id was taken")]);
    const [first, second, third] = deliveriesOf(home);
    const there = deliveriesOf(other);
    expect(there.map(({ state, owed, attempts }) => [state, owed, attempts.length])).toEqual([
      ["answered", false, 1],
      ["answered", false, 1],
      ["failed", false, 1],
      ["interrupted", false, 0],
    ]);
    for (const [index, before] of [first, second].entries()) {
      const { method, target, headers, body, base, tunnel, receivedAt, forwarded, attempts } = present(before);
      const attempt = { ...attempts[0] };
      expect(there[index]).toMatchObject({ method, target, headers, body, base, tunnel, receivedAt, forwarded, attempts: [attempt] });
    }
    expect(there[2]).toMatchObject({
      ...second?.attempts[1]?.request,
      body: { bytes: everyByte },
      attempts: [{ error: { code: "app-refused" } }],
    });
    expect(there[3]).toMatchObject({ id: third?.id, target: third?.target });
  });

  /** An entry as a browser writes it. */
  function entry(change: object = {}, response: object = {}): object {
    return {
      startedDateTime: "2026-09-21T14:13:20.000+02:00",
      time: 12.5,
      request: {
        method: "POST",
        url: "https://api.example/v1/a b?q=\u00fc#part",
        httpVersion: "h2",
        headers: [
          { name: ":authority", value: "api.example" },
          { name: "content-type", value: " text/plain " },
        ],
        queryString: [],
        cookies: [],
        headersSize: -1,
        bodySize: 3,
        postData: { mimeType: "text/plain", text: "\u00fcx" },
        ...change,
      },
      response: {
        status: 201,
        statusText: "",
        httpVersion: "h2",
        headers: [{ name: "server", value: "x" }],
        cookies: [],
        content: { size: 256, mimeType: "a/b", text: everyByte.toString("base64"), encoding: "base64" },
        redirectURL: "",
        headersSize: -1,
        bodySize: -1,
        ...response,
      },
      cache: {},
      timings: { send: 1, wait: 5, receive: 6.5 },
    };
  }
  async function importHar(...entries: readonly unknown[]): ReturnType<typeof runCommand> {
    await other.write("work/project/x.har", { log: { version: "1.2", creator: { name: "b", version: "1" }, entries } });
    return runCommand(other, ["import", "x.har"]);
  }

  it("takes what a browser wrote", async () => {
    expect(await importHar(entry())).toMatchObject({ code: 0, stderr: "" });
    const [delivery] = deliveriesOf(other);
    expect(delivery).toMatchObject({
      receivedAt: Date.UTC(2026, 8, 21, 12, 13, 20),
      method: "POST",
      target: "/v1/a%20b?q=%c3%bc",
      headers: ["Host", "api.example", "content-type", "text/plain"],
      forwarded: { proto: "https", host: "api.example" },
      body: { bytes: Buffer.from("\u00fcx"), total: 3, truncated: false },
      complete: true,
      state: "answered",
      owed: false,
      attempts: [{ n: 1, head: { status: 201, headers: ["server", "x"] }, body: { bytes: everyByte }, timings: { head: 5, total: 12.5 } }],
    });
  });

  it("marks a body that the browser left out, and an answer that never came", async () => {
    const headers = [{ name: "Content-Length", value: "9" }];
    expect(await importHar(entry({ postData: undefined, headers }, { status: 0, _error: "net::ERR_FAILED" }))).toMatchObject({ code: 0 });
    expect(deliveriesOf(other)).toMatchObject([
      {
        body: { total: 9, truncated: true },
        complete: false,
        state: "failed",
        attempts: [{ head: undefined, error: { message: "net::ERR_FAILED" } }],
      },
    ]);
  });

  it("makes a form of its parameters", async () => {
    await importHar(
      entry({ postData: { mimeType: "application/x-www-form-urlencoded", params: [{ name: "a b", value: "1&2" }, { name: "c" }] } }),
    );
    expect(deliveriesOf(other)[0]?.body.bytes.toString()).toBe("a+b=1%262&c=");
  });

  it.each([
    ["startedDateTime", { ...entry(), startedDateTime: "canary" }],
    ["request.method", entry({ method: "CANARY X" })],
    ["request.url", entry({ url: "file:///canary" })],
    ["request.headers", entry({ headers: [{ name: "x", value: "canary\n" }] })],
    ["request.postData.text is not Base64", entry({ postData: { text: "canary!", _encoding: "base64" } })],
    ["response.headers", entry({}, { headers: [{ name: "x", value: "canary\u{1f600}" }] })],
    ["response.status", entry({}, { status: "canary" })],
    ["Invalid input", "canary"],
  ])("imports nothing when %s is wrong, and quotes nothing of it", async (problem, bad) => {
    const { code, stderr } = await importHar(entry(), bad, entry());
    expect([code, existsSync(databaseOf(other))]).toEqual([2, false]);
    expect(stderr).toContain(`log.entries.1: ${problem}`);
    expect(stderr.toLowerCase()).not.toContain("canary");
  });

  it.each([
    ["it is not JSON", "canary"],
    ["log", "{}"],
    ["log.entries", '{"log":{"entries":{}}}'],
  ])("says %s of a file that is none", async (problem, text) => {
    await other.write("work/project/x.har", text);
    const { code, stderr } = await runCommand(other, ["import", "x.har"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`x.har": ${problem}`)]);
    expect(stderr).not.toContain("canary");
  });
});

it("imports more than one transaction's worth, in order", async () => {
  const ids = createIdSource();
  await record(home, [{ request: sampleRequest(), body: Buffer.from("x"), end: sampleEnd() }]);
  const { stdout } = await runCommand(home, ["export", "latest", "--as", "jsonl"]);
  const line = JSON.parse(stdout) as object;
  const wanted = Array.from({ length: 450 }, () => ids.next(1_790_000_000_000));
  await other.write("work/project/x.jsonl", wanted.map((id) => `${JSON.stringify({ ...line, id })}\n`).join(""));
  const { stdout: said } = await runCommand(other, ["import", "x.jsonl", "--json"]);
  expect((JSON.parse(said) as { ids: unknown }).ids).toEqual(wanted);
  expect(deliveriesOf(other).map(({ id }) => id)).toEqual(wanted);
});
