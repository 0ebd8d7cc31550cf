import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";
import { sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { type CommandLineOptions, runCommand } from "./command-line.ts";
import { databaseOf, record } from "./history.ts";

const SECRET = "made-up-secret-of-moltify";
const ENV = { DEVHOOK_SECRET_MOLTIFY: SECRET };
const BODY = '{"event":"task.submitted","timestamp":"2026-11-21T10:30:00.000Z","data":{"taskId":"task_1","agreedPrice":142.50}}';

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

/** The documented scheme, written here with node:crypto. */
function moltify(at: number, { body = BODY, secret = SECRET }: { body?: string; secret?: string } = {}): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "X-Moltify-Timestamp": String(at),
    "X-Moltify-Signature": createHmac("sha256", secret).update(`${at}.${body}`).digest("hex"),
  };
}

/** Twilio's: URL, then name and value of each form field by name. */
function twilio(url: string, form: readonly (readonly [string, string])[], secret: string): string {
  const fields = form.toSorted(([a], [b]) => (a < b ? -1 : 1)).map((pair) => pair.join(""));
  return createHmac("sha1", secret)
    .update(url + fields.join(""))
    .digest("base64");
}

async function recordSigned(change: Partial<CapturedRequest> = {}, body = BODY): Promise<CapturedRequest> {
  const receivedAt = 1_790_000_000_000;
  const headers = Object.entries(moltify(receivedAt - 12_000, { body })).flat();
  const request = sampleRequest({ receivedAt, headers, ...change });
  await record(home, [{ request, body: Buffer.from(body) }]);
  return request;
}

type Verified = { readonly code: number; readonly json: Record<string, unknown>; readonly stderr: string };

async function verify(args: readonly string[], options: CommandLineOptions = { env: ENV }): Promise<Verified> {
  const { code, stdout, stderr } = await runCommand(home, ["verify", ...args, "--json"], options);
  return { code, json: stdout === "" ? {} : (JSON.parse(stdout) as Record<string, unknown>), stderr };
}

describe("devhook verify: what it refuses", () => {
  it.each([
    [["--provider", "moltyfi"], "did you mean moltify?"],
    [["--secret-env", "NOT_SET"], "NOT_SET of --secret-env is not set"],
    [["--secret", "a", "--secret-env", "B"], "cannot be used with"],
    [["--at", "yesterday"], "ISO 8601"],
    [["--at", "1790000000"], "in seconds"],
    [["--url", "/hook"], "whole URL"],
    [["--url", "https://x y/"], "whole URL"],
    [["--method", "P OST"], "method"],
    [["--headers", "nowhere.txt"], "cannot read the headers"],
  ])("%j with exit 2", async (args, told) => {
    const { code, stderr } = await verify(["-", ...args], { stdin: BODY });
    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
  });

  it("a secret in place of the name of a variable, without repeating it", async () => {
    const { code, stderr } = await verify(["-", "--secret-env", "whsec_made-up"], { stdin: BODY });
    expect([code, stderr]).toEqual([2, expect.not.stringContaining("made-up")]);
  });

  it("a body that cannot be read, and an id that nobody has", async () => {
    expect(await verify(["@nowhere.json"])).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot read the body") as string });
    expect((await verify(["@"])).code).toBe(2);
    expect((await verify(["latest"])).code).toBe(1);
    expect((await verify(["body.json"])).code).toBe(1);
  });

  it.each([
    ["not JSON", '{"a": 1', "begins like JSON"],
    ["a number as a value", '{"a": 1}', "entry 1"],
    ["a list of three", '[["a", "b", "c"]]', "entry 1"],
    ["a flat list", '["a", "b"]', "entry 1"],
    ["a name with a space", '{"a b": "c"}', "entry 1 has a name"],
    ["a value with a line break", '{"a": "b\\nc"}', "entry 1 has a value"],
    ["a line without a colon", "Host: x\nsecret-value\n", "line 2 is no header"],
    ["a folded line", "Host: x\n more\n", "line 2"],
    ["nothing", "", "no header in it"],
  ])("a header file with %s, without quoting it", async (_what, text, told) => {
    await home.write("work/project/headers.txt", text);
    const { code, stderr } = await verify(["-", "--headers", "headers.txt"], { stdin: BODY });
    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
    expect(stderr).not.toContain("secret-value");
  });
});

describe("devhook verify @file", () => {
  it.each([
    ["a JSON object", (headers: Record<string, string>) => JSON.stringify(headers)],
    [
      "a JSON object with a list",
      ({ "Content-Type": type, ...rest }: Record<string, string>) => JSON.stringify({ ...rest, Accept: [type, "b"] }),
    ],
    ["JSON pairs", (headers: Record<string, string>) => JSON.stringify(Object.entries(headers))],
    ["lines", (headers: Record<string, string>) => lines(headers, "\n")],
    ["lines with CRLF and an end", (headers: Record<string, string>) => `${lines(headers, "\r\n")}\r\n{"a":1}`],
    ["a request line", (headers: Record<string, string>) => `POST /hook HTTP/1.1\r\nHost: x.example\r\n${lines(headers, "\r\n")}`],
    ["what curl -v prints", (headers: Record<string, string>) => `> POST /hook HTTP/2\n> ${lines(headers, "\n> ")}\n`],
  ])("takes headers as %s", async (_what, text) => {
    await home.write("work/project/body.json", BODY);
    await home.write("work/project/headers", text(moltify(Date.now() - 2_000)));
    const { code, json } = await verify(["@body.json", "--headers", "headers"]);
    expect(json).toMatchObject({
      verdict: "valid",
      provider: "moltify",
      scheme: "hmac",
      signature: "ok",
      time: "ok",
      reason: null,
      secretIndex: 0,
      eventType: "task.submitted",
      eventId: "task.submitted:task_1:2026-11-21T10:30:00.000Z",
    });
    expect(json["ageSeconds"]).toBeGreaterThanOrEqual(2);
    expect(code).toBe(0);
  });

  it("judges at the time of --at, in either form, and ends with 1 when it is stale", async () => {
    const at = Date.parse("2026-09-01T10:00:00Z");
    await home.write("work/project/headers", moltify(at));
    const run = (time: string): Promise<Verified> => verify(["-", "--headers", "headers", "--at", time], { stdin: BODY, env: ENV });
    expect(await run("2026-09-01T10:05:00Z")).toMatchObject({ code: 0, json: { verdict: "valid", ageSeconds: 300 } });
    expect(await run(String(at + 300_001))).toMatchObject({
      code: 1,
      json: { verdict: "invalid", signature: "ok", time: "stale", reason: { code: "stale" } },
    });
  });

  it("takes the secret of --secret for whoever is recognised, and warns of it on a terminal only", async () => {
    await home.write("work/project/headers", moltify(Date.now()));
    const args = ["-", "--headers", "headers", "--secret", SECRET];
    expect(await verify(args, { stdin: BODY })).toMatchObject({ code: 0, stderr: "" });
    const warned = await verify(args, { stdin: BODY, tty: { stderr: true } });
    expect(warned.stderr).toContain("--secret can be read by every process");
    expect(warned.stderr).not.toContain(SECRET);
  });

  it("prefers --secret-env over the stored one, several as a JSON array", async () => {
    await home.write("config/devhook/secrets.json", { version: 1, secrets: { moltify: ["wrong"] } });
    await home.write("work/project/headers", moltify(Date.now()));
    expect((await verify(["-", "--headers", "headers"], { stdin: BODY })).json).toMatchObject({ verdict: "invalid", signature: "bad" });
    const env = { MINE: JSON.stringify(["wrong", SECRET]) };
    const { json } = await verify(["-", "--headers", "headers", "--secret-env", "MINE"], { stdin: BODY, env });
    expect(json).toMatchObject({ verdict: "valid", secretIndex: 1 });
  });

  it("says no-secret, unknown-scheme and unsigned, each with a reason and exit 1", async () => {
    await home.write("work/project/headers", moltify(Date.now()));
    expect(await verify(["-", "--headers", "headers"], { stdin: BODY })).toMatchObject({
      code: 1,
      json: { verdict: "no-secret", provider: "moltify", signature: "unchecked", reason: { code: "no-secret" } },
    });
    expect(await verify(["-"], { stdin: "[]" })).toMatchObject({
      code: 1,
      json: { verdict: "unknown-scheme", provider: null, scheme: null, signature: "absent", reason: { code: "no-scheme" } },
    });
    expect(await verify(["-", "--provider", "postmark"], { stdin: "{}" })).toMatchObject({
      code: 1,
      json: { verdict: "unsigned", provider: "postmark", reason: { code: "unsigned-provider" } },
    });
  });

  it("checks schemes that cover the URL with --url, and with what a request line and Host say", async () => {
    const form = [
      ["Body", "hi"],
      ["AccountSid", "AC1"],
    ] as const;
    const body = new URLSearchParams(Object.fromEntries(form)).toString();
    const type = "application/x-www-form-urlencoded";
    const signature = twilio("http://x.example/sms?a=1", form, "made-up-token");
    const secret = ["--secret", "made-up-token"];
    await home.write("work/project/headers", { "Content-Type": type, "X-Twilio-Signature": signature });
    expect((await verify(["-", "--headers", "headers", ...secret], { stdin: body })).json).toMatchObject({ reason: { code: "other-url" } });
    const named = await verify(["-", "--headers", "headers", "--url", "http://x.example/sms?a=1", ...secret], { stdin: body });
    expect(named.json).toMatchObject({ verdict: "valid", scheme: "form" });
    const lined = `POST /sms?a=1 HTTP/1.1\nHost: x.example\nContent-Type: ${type}\nX-Twilio-Signature: ${signature}\n`;
    await home.write("work/project/request", lined);
    expect((await verify(["-", "--headers", "request", ...secret], { stdin: body })).json).toMatchObject({ verdict: "valid" });
  });

  it("takes texts of JSON for bytes where they can be bytes, and for UTF-8 where not", async () => {
    const type = "X-Telegram-Bot-Api-Secret-Token";
    const token = "made-up-ключ";
    const args = ["-", "--provider", "telegram", "--headers", "headers", "--secret", token];
    await home.write("work/project/headers", { [type]: token });
    expect((await verify(args, { stdin: "{}" })).json).toMatchObject({ verdict: "valid" });
    // as `show --json` has it
    await home.write("work/project/headers", { [type]: Buffer.from(token).toString("latin1") });
    expect((await verify(args, { stdin: "{}" })).json).toMatchObject({ verdict: "valid" });
    await home.write("work/project/headers", `${type}: ${token}\n`);
    expect((await verify(args, { stdin: "{}" })).json).toMatchObject({ verdict: "valid" });
  });

  it("knows a provider of the user's own by its headers", async () => {
    const scheme = {
      id: "v1",
      signature: [{ in: "header", name: "X-Acme" }],
      algorithm: "hmac-sha256",
      encoding: "base64",
      key: { form: "text" },
      signed: "{body}",
    };
    const acme = { recognise: [[{ place: { in: "header", name: "X-Acme" } }]], signing: { schemes: [scheme] } };
    await home.write("work/project/devhook.config.json", { providers: { acme } });
    await home.write("work/project/headers", { "X-Acme": createHmac("sha256", SECRET).update(BODY).digest("base64") });
    const { code, json } = await verify(["-", "--headers", "headers"], { stdin: BODY, env: { DEVHOOK_SECRET_ACME: SECRET } });
    expect([code, json["verdict"], json["provider"]]).toEqual([0, "valid", "acme"]);
  });
});

describe("devhook verify ID", () => {
  it("checks a recorded delivery as at its receipt", async () => {
    const request = await recordSigned();
    const { code, json } = await verify([request.id]);
    expect(code).toBe(0);
    expect(json).toMatchObject({ verdict: "valid", provider: "moltify", time: "ok", ageSeconds: 12 });
  });

  it("lets flags override what is recorded", async () => {
    await recordSigned();
    expect((await verify(["latest", "--at", "1790000289000"])).json).toMatchObject({ verdict: "invalid", time: "stale" });
    expect((await verify(["latest", "--secret", "wrong"])).json).toMatchObject({ verdict: "invalid", signature: "bad" });
    expect((await verify(["latest", "--provider", "stripe"])).json).toMatchObject({ provider: "stripe", signature: "absent" });
    await home.write("work/project/headers", moltify(1_790_000_000_000, { secret: "other" }));
    expect((await verify(["latest", "--headers", "headers"])).json).toMatchObject({ verdict: "invalid" });
  });

  it("takes the public URL and method as recorded, in path form too", async () => {
    const form = [["Body", "hi"]] as const;
    const signature = twilio("https://relay.example/shop/hooks?x=1", form, "made-up-token");
    const headers = ["Content-Type", "application/x-www-form-urlencoded", "X-Twilio-Signature", signature];
    await record(home, [{ request: sampleRequest({ target: "/hooks?x=1", headers }), body: Buffer.from("Body=hi") }]);
    const env = { DEVHOOK_SECRET_TWILIO: "made-up-token" };
    expect((await verify(["latest"], { env })).json).toMatchObject({ verdict: "valid", provider: "twilio" });
    expect((await verify(["latest", "--url", "https://relay.example/hooks"], { env })).json).toMatchObject({ verdict: "invalid" });
  });

  it("takes the provider that was named when it came, where nothing is recognised", async () => {
    const request = sampleRequest();
    const facts = { provider: "stripe", event: null, eventId: null, verdict: "invalid", duplicateOf: null, verification: null };
    await record(home, [{ request, body: Buffer.from("{}"), facts }]);
    expect((await verify(["latest"])).json).toMatchObject({ provider: "stripe", reason: { code: "signature-missing" } });
  });

  it("says that a body is not whole, how much there is, and what the verdict was when it came", async () => {
    const recorder = await createRecorder({
      path: databaseOf(home),
      limits: { bodyBytes: 64 },
      onNotice: () => undefined,
      onHealth: () => undefined,
    });
    const request = sampleRequest({ headers: Object.entries(moltify(Date.now())).flat() });
    recorder.received(request, Buffer.from(BODY));
    recorder.verified(request.id, {
      provider: "moltify",
      event: "task.submitted",
      eventId: "e1",
      verdict: "valid",
      duplicateOf: null,
      verification: null,
    });
    await recorder.close();
    const { code, json } = await verify(["latest"]);
    expect(code).toBe(1);
    expect(json).toMatchObject({ signature: "unchecked", eventType: "task.submitted", eventId: "e1", reason: { code: "body-not-kept" } });
    const { message } = json["reason"] as { message: string };
    expect(message).toContain(`64 of ${BODY.length} bytes`);
    expect(message).toContain("the verdict when it came was valid");
  });
});

describe("devhook verify for a person", () => {
  it("shows verdict, sender, secret, age, tolerance and event, and no secret whole", async () => {
    await recordSigned();
    const { stdout } = await runCommand(home, ["verify", "latest"], {
      env: { DEVHOOK_SECRET_MOLTIFY: JSON.stringify(["other-one", SECRET]) },
    });
    expect(stdout).toBe(
      [
        "✓ valid Moltify (moltify), scheme hmac",
        "  signature  ok, by secret 2 of 2 (25 characters, ends in tify)",
        "  time       ok: signed 12 s before it was received; tolerance: 5 min old, 5 min ahead",
        "  event      task.submitted, id task.submitted:task_1:2026-11-21T10:30:00.000Z",
        "",
      ].join("\n"),
    );
  });

  it("shows why not, and what mends it", async () => {
    await recordSigned();
    const { code, stdout } = await runCommand(home, ["verify", "latest", "--at", "2026-12-01T00:00:00Z"], { env: ENV });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ invalid Moltify/);
    expect(stdout).toMatch(/ {2}time +stale: signed \d+ days before the time of --at; tolerance: 5 min old/);
    expect(stdout).toMatch(/ {2}why +[^\n]+\(stale\)\n {2}hint +\S/);
  });

  it("shows a handshake, and cannot be made to act on the terminal by what came", async () => {
    const body = '{"type":"url_verification","challenge":"\\u001b[2J","event":{"type":"\\u001b[31mred"}}';
    const { stdout } = await runCommand(home, ["verify", "-", "--provider", "slack"], { stdin: body, tty: { stdout: true } });
    expect(stdout).toMatch(/ {2}handshake +url-verification\n/);
    expect(stdout).toContain("␛[31mred");
  });
});

function lines(headers: Record<string, string>, between: string): string {
  return `${Object.entries(headers)
    .map((pair) => pair.join(": "))
    .join(between)}${between}`;
}
