import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand } from "./command-line.ts";
import { databaseOf, record } from "./history.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe("devhook show", () => {
  it("shows a delivery and its attempt to a person", async () => {
    const request = sampleRequest();
    await record(home, [{ request, body: Buffer.from('{"a":1}\n{"b":"ü"}'), end: sampleEnd() }]);
    const { code, stdout } = await runCommand(home, ["show", "latest"]);
    expect(code).toBe(0);
    expect(stdout).toContain("POST /hooks/stripe?x=1&x=2\n");
    expect(stdout).toContain(request.id);
    expect(stdout).toContain("  X-Twice: a\n  x-twice: b\n");
    expect(stdout).toContain('  {"a":1}\n  {"b":"ü"}\n');
    expect(stdout).toMatch(/Attempt 1 \(live\).* http:\/\/localhost:8000\/hooks\/stripe\?x=1&x=2\n {2}200 OK in 2 ms/);
    expect(stdout).toContain('Response body application/json, 11B, utf-8\n  {\n    "ok": true\n  }\n');
  });

  it("shows bodies in the form that fits them, decoded, and says how to get all of a long one", async () => {
    const show = async (headers: readonly string[], body: Buffer, tty = false): Promise<string> => {
      await record(home, [{ request: sampleRequest({ headers }), body }]);
      const { stdout } = await runCommand(home, ["show", "latest"], { tty: { stdout: tty }, env: { TERM: "xterm" } });
      return stdout.slice(stdout.indexOf("Request body"));
    };
    const json = Buffer.from('{"big":12345678901234567890,"a":[1.0]}');
    const zipped = gzipSync(json);
    const lines = '\n  {\n    "big": 12345678901234567890,\n    "a": [\n      1.0\n    ]\n  }\n';
    expect(await show(["Content-Type", "application/json", "Content-Encoding", "gzip"], zipped)).toBe(
      `Request body application/json, ${zipped.length}B gzip → 38B, utf-8${lines}`,
    );
    expect(await show(["Content-Type", "application/json"], Buffer.from("{]"))).toBe(
      "Request body application/json, 2B, utf-8\n  ! not JSON: expected a name in quotes at line 1, column 2\n  {]\n",
    );
    expect(await show([], Buffer.alloc(0))).toBe("Request body none\n");
    const binary = await show([], Buffer.alloc(320, 0x81));
    expect(binary.split("\n").slice(-3)).toEqual([
      expect.stringMatching(/^ {2}000000f0 {2}81 81/),
      "  … 4 lines more, --raw body writes all of it",
      "",
    ]);
    const long = await show([], Buffer.from(`${"x".repeat(3000)}\n`.repeat(61)));
    expect(long.split("\n").slice(-3)).toEqual([`  ${"x".repeat(2000)}…`, "  … 1 line more, --raw body writes all of it", ""]);
    expect(await show([], Buffer.from("x".repeat(2001)))).toContain("\n  … --raw body writes all of it\n");
    expect(await show(["Content-Type", "application/json"], Buffer.from('{"a":"\u202e"}'), true)).toContain(
      '\u001b[36m"a"\u001b[39m: \u001b[32m"\u001b[39m\u001b[2m\\u202e\u001b[22m\u001b[32m"\u001b[39m\n',
    );
  });

  it("writes the exact bytes of every part", async () => {
    const headers = ["Host", "x", "X-Latin", "gr\u00fc\u00df", "X-Dup", "1", "x-dup", "2", "Empty", ""];
    const end = sampleEnd({ head: { status: 201, reason: "M\u00e4de", headers: ["A", "1", "a", "\u00ff"] }, body: everyByte });
    await record(home, [{ request: sampleRequest({ headers, target: "/a//b/%2F?x=1&x=2" }), body: everyByte, end }]);
    const raw = async (part: string): Promise<Buffer> => (await runCommand(home, ["show", "latest", "--raw", part])).bytes;
    const head = Buffer.from("Host: x\r\nX-Latin: gr\u00fc\u00df\r\nX-Dup: 1\r\nx-dup: 2\r\nEmpty: \r\n", "latin1");
    expect(await raw("body")).toEqual(everyByte);
    expect(await raw("headers")).toEqual(head);
    expect(await raw("request")).toEqual(
      Buffer.concat([Buffer.from("POST /a//b/%2F?x=1&x=2 HTTP/1.1\r\n"), head, Buffer.from("\r\n"), everyByte]),
    );
    expect(await raw("response")).toEqual(
      Buffer.concat([Buffer.from("HTTP/1.1 201 M\u00e4de\r\nA: 1\r\na: \u00ff\r\n\r\n", "latin1"), everyByte]),
    );
  });

  it("writes a body of megabytes whole", async () => {
    const body = randomBytes(5_000_000);
    await record(home, [{ request: sampleRequest(), body, end: sampleEnd() }]);
    expect((await runCommand(home, ["show", "latest", "--raw", "body"])).bytes.equals(body)).toBe(true);
  });

  it("has the documented JSON shape", async () => {
    const request = sampleRequest();
    await record(home, [{ request, body: everyByte, end: sampleEnd() }]);
    const { stdout } = await runCommand(home, ["show", request.id, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      id: request.id,
      request: {
        method: "POST",
        target: "/hooks/stripe?x=1&x=2",
        headers: [
          ["Host", "relay.example"],
          ["X-Twice", "a"],
          ["x-twice", "b"],
        ],
        bodyBase64: everyByte.toString("base64"),
      },
      verdict: null,
      verification: null,
      attempts: [
        {
          n: 1,
          kind: "live",
          at: "2026-09-21T14:13:20.000Z",
          target: "http://localhost:8000/hooks/stripe?x=1&x=2",
          status: 200,
          headers: [["Content-Type", "application/json"]],
          bodyBase64: Buffer.from('{"ok":true}').toString("base64"),
          ms: 2.25,
          error: null,
        },
      ],
    });
    expect(stdout.trimEnd()).not.toContain("\n");
  });

  it("shows what the signature check found, and whether a repeat had the same bytes", async () => {
    const first = sampleRequest();
    const request = sampleRequest();
    const verification = {
      verdict: "invalid",
      provider: "moltify",
      scheme: "hmac",
      signature: "ok",
      time: "stale",
      ageSeconds: 360,
      reason: { code: "stale", message: "Signed 6 min ago\u001b[2J", hint: "sign it anew" },
      secretIndex: 1,
      eventType: "task.submitted",
      eventId: "e1",
      handshake: null,
      duplicate: { of: first.id, sameBytes: false },
    };
    const facts = {
      provider: "moltify",
      event: "task.submitted",
      eventId: "e1",
      verdict: "invalid",
      duplicateOf: first.id,
      verification: JSON.stringify(verification),
    };
    await record(home, [{ request: first }, { request, facts }]);
    const { stdout } = await runCommand(home, ["show", request.id], { tty: { stdout: true }, env: { NO_COLOR: "1" } });
    expect(stdout).toContain(
      [
        "Signature",
        "  ✗ invalid Moltify (moltify), scheme hmac",
        "  signature  ok, by secret 2",
        "  time       stale: signed 6 min before it was received; tolerance: 5 min old, 5 min ahead",
        "  why        Signed 6 min ago␛[2J (stale)",
        "  hint       sign it anew",
        "  event      task.submitted, id e1",
        "",
      ].join("\n"),
    );
    expect(stdout).toContain(`  repeats    ${first.id}, with other bytes\n`);
    const json = JSON.parse((await runCommand(home, ["show", request.id, "--json"])).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ verdict: "invalid", provider: "moltify", event: "task.submitted", eventId: "e1", duplicateOf: first.id });
    expect(json["verification"]).toEqual(verification);
    expect((await runCommand(home, ["show", first.id])).stdout).toContain("  signature  not checked\n");
  });

  it("shows a delivery also when the configuration is not accepted", async () => {
    const request = sampleRequest();
    await record(home, [{ request }]);
    await home.write("work/project/devhook.config.json", { providers: 1 });
    expect(await runCommand(home, ["show", request.id])).toMatchObject({ code: 0, stderr: "" });
  });

  it("tells attempts apart with --attempt, and takes the last one otherwise", async () => {
    const request = sampleRequest();
    await record(home, [{ request, end: sampleEnd({ body: Buffer.from("first") }) }]);
    const recorder = await createRecorder({ path: databaseOf(home), onNotice: () => undefined, onHealth: () => undefined });
    recorder.answered(request.id, sampleEnd({ n: 2, kind: "retry", body: Buffer.from("second") }));
    await recorder.close();
    expect((await runCommand(home, ["show", "latest", "--raw", "response"])).stdout).toMatch(/second$/);
    expect((await runCommand(home, ["show", "latest", "--raw", "response", "--attempt", "1"])).stdout).toMatch(/first$/);
    const one = JSON.parse((await runCommand(home, ["show", "latest", "--json", "--attempt", "2"])).stdout) as {
      attempts: readonly { n: number }[];
    };
    expect(one.attempts.map(({ n }) => n)).toEqual([2]);
    const missing = await runCommand(home, ["show", "latest", "--attempt", "3"]);
    expect([missing.code, missing.stdout]).toEqual([1, ""]);
  });

  it("takes latest~N and unique beginnings, and says which ids a shorter one could mean", async () => {
    const receivedAt = Date.now();
    const requests = Array.from({ length: 3 }, () => sampleRequest({ receivedAt }));
    await record(
      home,
      requests.map((request) => ({ request, end: sampleEnd() })),
    );
    const idOf = async (argument: string): Promise<unknown> =>
      (JSON.parse((await runCommand(home, ["show", argument, "--json"])).stdout) as { id: unknown }).id;
    expect(await idOf("latest~2")).toBe(requests[0]?.id);
    expect(await idOf((requests[1]?.id ?? "").slice(0, 20))).toBe(requests[1]?.id);
    const ambiguous = await runCommand(home, ["show", (requests[0]?.id ?? "").slice(0, 8)]);
    expect([ambiguous.code, ambiguous.stderr]).toEqual([2, expect.stringContaining(requests[2]?.id ?? "none")]);
    expect((await runCommand(home, ["show", "latest~3"])).code).toBe(1);
    expect((await runCommand(home, ["show", "zzz"])).code).toBe(1);
  });

  it("says that a body is not whole, after writing what there is", async () => {
    const recorder = await createRecorder({
      path: databaseOf(home),
      limits: { bodyBytes: 4 },
      onNotice: () => undefined,
      onHealth: () => undefined,
    });
    const request = sampleRequest();
    recorder.received(request, Buffer.from("123456"));
    await recorder.close();
    const { code, stdout, stderr } = await runCommand(home, ["show", "latest", "--raw", "body"]);
    expect([code, stdout]).toEqual([1, "1234"]);
    expect(stderr).toContain("4 of 6 bytes");
  });

  it("has no response to write where the app gave none", async () => {
    await record(home, [{ request: sampleRequest() }]);
    expect(await runCommand(home, ["show", "latest", "--raw", "response"])).toMatchObject({ code: 1, stdout: "" });
  });

  it("does not write to a terminal what it would act on", async () => {
    const tty = { stdout: true };
    for (const body of ["\u001b]52;c;eA==\u0007", "a\u009bb", "\u202eevil", "a\rb", Buffer.from([0xff, 0xfe])]) {
      await record(home, [{ request: sampleRequest(), body: Buffer.from(body as string), end: sampleEnd() }]);
      const { code, stdout, stderr } = await runCommand(home, ["show", "latest", "--raw", "body"], { tty });
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("> file");
    }
    await record(home, [{ request: sampleRequest(), body: Buffer.from('{"ü":\t1}\r\n'), end: sampleEnd() }]);
    expect((await runCommand(home, ["show", "latest", "--raw", "body"], { tty })).stdout).toBe('{"ü":\t1}\r\n');
    expect((await runCommand(home, ["show", "latest", "--raw", "headers"], { tty })).code).toBe(0);
  });

  it("disarms headers, bodies, reasons and errors of the readable form", async () => {
    const hostile = "\u001b]0;x\u0007\u009b31m";
    const end = sampleEnd({
      head: { status: 200, reason: hostile, headers: ["X", hostile] },
      body: Buffer.from(hostile),
      error: { code: "cut-short", message: hostile, hint: hostile },
    });
    await record(home, [
      { request: sampleRequest({ target: `/${hostile}`, headers: ["X-Evil", hostile] }), body: Buffer.from(hostile), end },
    ]);
    const { stdout } = await runCommand(home, ["show", "latest"]);
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });
});
