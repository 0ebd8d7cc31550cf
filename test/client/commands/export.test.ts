import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HarValidator } from "@har-sdk/validator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { type CommandResult, runCommand } from "./command-line.ts";
import { databaseOf, record } from "./history.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const run = (...argv: readonly string[]): Promise<CommandResult> => runCommand(home, ["export", ...argv]);

type Har = {
  readonly log: {
    readonly entries: readonly {
      readonly time: number;
      readonly request: { readonly url: string; readonly postData?: Readonly<Record<string, unknown>> };
      readonly response: { readonly status: number; readonly content: Readonly<Record<string, unknown>> };
    }[];
  };
};

describe("devhook export", () => {
  it("wants to be told what, and how", async () => {
    await record(home, [{ request: sampleRequest() }]);
    for (const argv of [["latest"], ["--as", "har"], ["latest", "--as", "pdf"], ["latest", "--as", "fixture"]]) {
      expect(await run(...argv)).toMatchObject({ code: 2, stdout: "" });
    }
    expect(await run("latest~1", "--as", "har")).toMatchObject({ code: 1, stdout: "" });
  });

  it("takes what a filter matches, the oldest first, and ids or a filter, not both", async () => {
    await record(home, [
      { request: sampleRequest({ id: "0193a1b2-0000-7000-8000-0000000000a1", method: "PUT" }), end: sampleEnd() },
      { request: sampleRequest({ id: "0193a1b2-0000-7000-8000-0000000000a2" }), end: sampleEnd() },
      { request: sampleRequest({ id: "0193a1b2-0000-7000-8000-0000000000a3", method: "PUT" }), end: sampleEnd() },
    ]);
    const { stdout } = await run("--filter", "method:PUT", "--as", "jsonl");
    const ids = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id.slice(-2));
    expect(ids).toEqual(["a1", "a3"]);
    expect(await run("--filter", "method:GET", "--as", "jsonl")).toMatchObject({ code: 1, stdout: "" });
    expect(await run("latest", "--filter", "method:PUT", "--as", "jsonl")).toMatchObject({ code: 2, stdout: "" });
    expect((await run("--filter", "methd:PUT", "--as", "jsonl")).code).toBe(2);
  });

  it("writes a curl command for each delivery, to where it went last", async () => {
    const request = sampleRequest({ headers: ["Host", "relay.example", "Empty", ""] });
    await record(home, [{ request, body: Buffer.from('{"it\'s":1}'), end: sampleEnd() }]);
    const { code, stdout } = await run("latest", "--as", "curl");
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "curl --disable --silent --show-error --globoff --path-as-is --http1.1 \\",
        "  --request POST \\",
        "  --header 'Host: relay.example' \\",
        "  --header 'Empty;' \\",
        "  --header User-Agent: \\",
        "  --header Accept: \\",
        "  --header Content-Type: \\",
        "  --header Expect: \\",
        `  --data-binary '{"it'\\''s":1}' \\`,
        "  'http://localhost:8000/hooks/stripe?x=1&x=2'",
        "",
      ].join("\n"),
    );
  });

  it("writes a curl command to the public URL when nothing was ever called", async () => {
    await record(home, [{ request: sampleRequest({ target: "/a#b" }) }]);
    const { stdout } = await run("latest", "--as", "curl");
    expect(stdout).toContain("--request-target '/shop/a#b' \\\n  https://relay.example/\n");
  });

  it("writes the request as HTTP", async () => {
    const headers = ["Host", "x", "X-Latin", "gr\u00fc\u00df", "Empty", ""];
    await record(home, [{ request: sampleRequest({ headers, target: "/a//b?x" }), body: everyByte, end: sampleEnd() }]);
    const head = "POST /a//b?x HTTP/1.1\r\nHost: x\r\nX-Latin: gr\u00fc\u00df\r\nEmpty: \r\n\r\n";
    expect((await run("latest", "--as", "raw")).bytes).toEqual(Buffer.concat([Buffer.from(head, "latin1"), everyByte]));
  });

  it("writes a body that came in chunks as one", async () => {
    const headers = ["Host", "x", "Transfer-Encoding", "chunked"];
    await record(home, [
      { request: sampleRequest({ headers, target: "/1" }), body: Buffer.from("0123456789abcdef"), end: sampleEnd() },
      { request: sampleRequest({ headers, target: "/2" }), end: sampleEnd() },
    ]);
    const head = "HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    const { stdout } = await run("latest~1", "latest", "--as", "raw");
    expect(stdout).toBe(`POST /1 ${head}10\r\n0123456789abcdef\r\n0\r\n\r\nPOST /2 ${head}0\r\n\r\n`);
  });

  it("does not write bytes to a terminal that it would act on", async () => {
    await record(home, [{ request: sampleRequest(), body: Buffer.from("\u001b]52;c;eA==\u0007"), end: sampleEnd() }]);
    expect(await runCommand(home, ["export", "latest", "--as", "raw"], { tty: { stdout: true } })).toMatchObject({ code: 2, stdout: "" });
    const shown = await runCommand(home, ["export", "latest", "--as", "curl"], { tty: { stdout: true } });
    expect(shown.stdout).toMatch(/^[\n\x20-\x7e]+$/);
  });

  it("writes a HAR that a validator of others accepts, one entry for each attempt", async () => {
    const text = sampleRequest({
      headers: ["Host", "x", "Content-Type", "application/json", "Cookie", "a=1; b=2", "Latin", "\u00fc"],
      target: "/a b\u00fc|%zz?x=%20&y",
    });
    const end = sampleEnd({ head: { status: 302, reason: "F\u00f6und", headers: ["Location", "/b", "Set-Cookie", "s=1; Path=/"] } });
    await record(home, [
      { request: text, body: Buffer.from('{"ü":1}'), end },
      { request: sampleRequest(), body: everyByte, end: sampleEnd({ body: everyByte, timings: { total: 3 } }) },
      { request: sampleRequest() },
    ]);
    const recorder = await createRecorder({ path: databaseOf(home), onNotice: () => undefined, onHealth: () => undefined });
    const { head: _head, body: _body, ...failed } = sampleEnd({ n: 2, kind: "retry" });
    recorder.answered(text.id, { ...failed, error: { code: "app-refused", message: "nothing listens", hint: "start it" } });
    await recorder.close();

    const { code, stdout } = await run("latest~2", "latest~1", "latest", "--as", "har", "--with-secrets");
    expect(code).toBe(0);
    const har = JSON.parse(stdout) as Har;
    expect(await new HarValidator().verify(har as never)).toEqual([]);
    expect(har.log.entries.map(({ response }) => response.status)).toEqual([302, 0, 200, 0]);
    expect(har.log.entries.map(({ request }) => URL.canParse(request.url))).toEqual([true, true, true, true]);
    expect(har.log.entries.map(({ time }) => time)).toEqual([2.25, 2.25, 3, 0]);
    expect(har.log.entries[0]?.request.postData).toMatchObject({ mimeType: "application/json", text: '{"ü":1}' });
    const base64 = everyByte.toString("base64");
    expect(har.log.entries[2]?.request.postData).toMatchObject({ text: base64, _encoding: "base64" });
    expect(har.log.entries[2]?.response.content).toMatchObject({ text: base64, encoding: "base64", size: 256 });
  });

  it("the validator would notice", async () => {
    await record(home, [{ request: sampleRequest(), end: sampleEnd() }]);
    const har = JSON.parse((await run("latest", "--as", "har")).stdout) as { log: { entries: { request: { url?: string } }[] } };
    delete har.log.entries[0]?.request.url;
    expect(await new HarValidator().verify(har as never)).not.toEqual([]);
  });

  it("writes no command, message or test of a body that is not whole; HAR and JSON lines say so", async () => {
    const recorder = await createRecorder({
      path: databaseOf(home),
      limits: { bodyBytes: 4 },
      onNotice: () => undefined,
      onHealth: () => undefined,
    });
    recorder.received(sampleRequest(), Buffer.from("123456"));
    await recorder.close();
    for (const as of ["curl", "raw", "fixture"]) {
      const { code, stdout, stderr } = await run("latest", "--as", as, ...(as === "fixture" ? ["--out", "f"] : []));
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("4 of 6 bytes");
    }
    expect(readdirSync(home.cwd)).toEqual([]);
    expect(JSON.parse((await run("latest", "--as", "jsonl")).stdout)).toMatchObject({
      request: { bodyBase64: Buffer.from("1234").toString("base64"), bytes: 6, truncated: true },
    });
    expect((await run("latest", "--as", "har")).stdout).toContain('"requestBytes":6');
  });

  it("writes nothing when one of several cannot be had", async () => {
    await record(home, [{ request: sampleRequest(), end: sampleEnd() }]);
    expect(await run("latest", "latest~1", "--as", "jsonl", "--out", "x.jsonl")).toMatchObject({ code: 1 });
    expect(readdirSync(home.cwd)).toEqual([]);
  });
});

describe("files", () => {
  const file = (name: string): string => join(home.cwd, name);
  beforeEach(() => record(home, [{ request: sampleRequest(), body: everyByte, end: sampleEnd({ body: everyByte }) }]));

  it("can only be read by their owner, and take the place of what was there", async () => {
    writeFileSync(file("out.jsonl"), "old", { mode: 0o644 });
    expect(await run("latest", "--as", "jsonl", "--out", "out.jsonl")).toMatchObject({ code: 0, stdout: "" });
    expect(statSync(file("out.jsonl")).mode & 0o777).toBe(0o600);
    expect(readFileSync(file("out.jsonl"), "utf8")).toBe((await run("latest", "--as", "jsonl")).stdout);
    expect(readdirSync(home.cwd)).toEqual(["out.jsonl"]);
  });

  it("are written where a link leads, and into a device as it is", async () => {
    mkdirSync(file("real"));
    symlinkSync(join("real", "x"), file("link"));
    writeFileSync(file("real/x"), "old");
    await run("latest", "--as", "curl", "--out", "link");
    expect(readFileSync(file("real/x"), "utf8")).toMatch(/^\{\nprintf/);
    expect((await run("latest", "--as", "curl", "--out", "/dev/null")).code).toBe(0);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("that cannot be made are an error in plain words", async () => {
    const { code, stderr } = await run("latest", "--as", "har", "--out", "no/such/file");
    expect([code, stderr]).toEqual([2, expect.stringContaining("its folder is not there")]);
  });

  it("of a fixture are the request, the answer and a test", async () => {
    const { code, stderr } = await run("latest", "--as", "fixture", "--out", "fixtures");
    expect([code, stderr]).toEqual([0, expect.stringContaining("npx vitest run replay.test.ts")]);
    const [id = ""] = readdirSync(file("fixtures"));
    expect(readdirSync(file("fixtures")).sort()).toEqual([id, "replay.test.ts"]);
    const names = ["request.body", "request.json", "response.body", "response.json"];
    expect(readdirSync(file(join("fixtures", id))).sort()).toEqual(names);
    expect(names.map((name) => statSync(file(join("fixtures", id, name))).mode & 0o777)).toEqual(names.map(() => 0o600));
    expect(readFileSync(file(join("fixtures", id, "request.body")))).toEqual(everyByte);
    expect(JSON.parse(readFileSync(file(join("fixtures", id, "request.json")), "utf8"))).toEqual({
      method: "POST",
      target: "/hooks/stripe?x=1&x=2",
      headers: [
        ["Host", "relay.example"],
        ["X-Twice", "a"],
        ["x-twice", "b"],
      ],
      sentTo: "http://localhost:8000",
    });
  });
});

describe("secrets", () => {
  const canaries = {
    bearer: "canary-bearer-1",
    cookie: "canary-cookie-2",
    query: "canary-query-3",
    stored: "canary-stored-4",
    variable: "canary-variable-5",
    token: "canary-token-6",
    answer: "canary-answer-7",
  };
  const env = { DEVHOOK_SECRET_SHOPIFY: canaries.variable, DEVHOOK_TOKEN: canaries.token };
  const formats = ["curl", "har", "jsonl", "raw", "fixture"] as const;

  beforeEach(async () => {
    await home.write("config/devhook/secrets.json", { version: 1, secrets: { stripe: [canaries.stored] } });
    const headers = [
      "Host",
      "x",
      "Authorization",
      `Bearer ${canaries.bearer}`,
      "Cookie",
      `a=${canaries.cookie}`,
      "Stripe-Signature",
      "v1=abc",
    ];
    const end = sampleEnd({
      target: `http://localhost:8000/h?token=${canaries.query}`,
      head: { status: 200, reason: "OK", headers: ["Set-Cookie", `s=${canaries.answer}`] },
      body: Buffer.from(canaries.variable),
    });
    const body = Buffer.from(JSON.stringify({ a: `x${canaries.stored}`, b: canaries.token }));
    await record(home, [{ request: sampleRequest({ headers, target: `/h?token=${canaries.query}` }), body, end }]);
  });

  /** Everything that an export leaves behind, on the streams and in files; Base64 decoded as well. */
  async function everything(as: string, ...flags: readonly string[]): Promise<{ readonly text: string; readonly stderr: string }> {
    const out = as === "fixture" ? ["--out", "f"] : [];
    const { code, stdout, stderr } = await runCommand(home, ["export", "latest", "--as", as, ...out, ...flags], { env });
    expect(code).toBe(0);
    const files = readdirSync(home.cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = [stdout, ...files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))];
    const decoded = texts.flatMap((text) => text.match(/[A-Za-z0-9+/=]{16,}/g) ?? []).map((part) => Buffer.from(part, "base64").toString());
    return { text: [...texts, ...decoded].join("\n"), stderr };
  }

  it.each(formats)("never leave with --as %s, and what was taken out is said without them", async (as) => {
    const { text, stderr } = await everything(as);
    for (const canary of Object.values(canaries)) {
      expect(text).not.toContain(canary);
      expect(stderr).not.toContain(canary);
    }
    expect(text).toContain("v1=abc");
    expect(stderr).toMatch(/redacted: .*secret of stripe/);
    for (const what of ["header Authorization", "header Cookie", "parameter token", "secret of DEVHOOK_SECRET_SHOPIFY"])
      expect(stderr).toContain(what);
    expect(stderr).toMatch(/! the body of [0-9a-f-]{36} has changed: signatures over it do not hold any more/);
  });

  it.each(formats)("stay with --as %s --with-secrets", async (as) => {
    const { text, stderr } = await everything(as, "--with-secrets");
    for (const name of ["bearer", "cookie", "query", "stored", "token"] as const) expect(text).toContain(canaries[name]);
    expect(stderr).not.toContain("redacted");
  });

  it("are not in an error either", async () => {
    for (const argv of [
      ["export", "latest", "--as", "jsonl", "--out", "/no/such/place"],
      ["export", "zzz", "--as", "jsonl"],
    ]) {
      const { stderr } = await runCommand(home, argv, { env: { ...env, DEVHOOK_DEBUG: "1" } });
      for (const canary of Object.values(canaries)) expect(stderr).not.toContain(canary);
    }
  });

  it("that cannot be read stop the export", async () => {
    await home.write("config/devhook/secrets.json", "{");
    expect(await run("latest", "--as", "jsonl")).toMatchObject({ code: 2, stdout: "" });
  });
});
