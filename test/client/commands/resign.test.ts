import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FoundFacts } from "../../../client/ledger/records.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";
import type { Verification } from "../../../shared/signatures/verification.ts";
import { type RecordingApp, startRecordingApp } from "../../rig/recording-app.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand } from "./command-line.ts";
import { record } from "./history.ts";

const BODY = '{"event":"task.submitted","data":{"taskId":"task_1"}}';

let home: Home;
let app: RecordingApp;
beforeEach(async () => {
  home = await createHome();
  app = await startRecordingApp();
});
afterEach(() => home.remove());
afterEach(() => app.close());

function facts(provider: string | null, verification: Partial<Verification> = {}): FoundFacts {
  const whole: Verification = {
    verdict: "valid",
    provider,
    scheme: null,
    signature: "ok",
    time: "ok",
    covers: "whole",
    ageSeconds: 0,
    reason: null,
    secretIndex: 0,
    eventType: null,
    eventId: null,
    handshake: null,
    ...verification,
  };
  const { verdict } = whole;
  return { provider, event: null, eventId: null, verdict, duplicateOf: null, verification: JSON.stringify({ ...whole, duplicate: null }) };
}

type Given = { readonly headers: readonly string[]; readonly body?: string; readonly facts?: FoundFacts } & Partial<CapturedRequest>;

async function recordOne({ headers, body = BODY, facts: found, ...change }: Given): Promise<CapturedRequest> {
  const request = sampleRequest({ target: "/hooks", headers: [...headers], ...change });
  const end = sampleEnd({ target: `http://127.0.0.1:${app.port}${request.target}` });
  await record(home, [{ request, body: Buffer.from(body), end, ...(found !== undefined && { facts: found }) }]);
  return request;
}

function hmac(text: string, secret: string, hash = "sha256"): string {
  return createHmac(hash, secret).update(text).digest("hex");
}

const MOLTIFY = ["Host", "relay.example", "x-moltify-timestamp", "1", "X-Twice", "a", "x-moltify-signature", "old", "x-twice", "b"];

describe("devhook resend --resign: what it refuses", () => {
  it("a delivery that nobody was recognised for, without --provider", async () => {
    await recordOne({ headers: ["Host", "x"] });
    const { code, stderr } = await runCommand(home, ["resend", "latest", "--resign"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--provider ID")]);
    expect(app.requests).toHaveLength(0);
  });

  it("a provider without a secret, one that signs nothing, and one that nobody knows", async () => {
    const cases = [
      ["moltify", "devhook secrets set moltify"],
      ["postmark", "cannot sign as Postmark"],
      ["gone", "no record describes any more"],
    ] as const;
    for (const [provider, told] of cases) {
      await recordOne({ headers: MOLTIFY, facts: facts(provider) });
      const { code, stderr } = await runCommand(home, ["resend", "latest", "--resign"]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
    }
    expect(app.requests).toHaveLength(0);
  });

  it("--provider without --resign, and one that contradicts the record", async () => {
    await recordOne({ headers: MOLTIFY, facts: facts("moltify") });
    expect((await runCommand(home, ["resend", "latest", "--provider", "moltify"])).code).toBe(2);
    const { code, stderr } = await runCommand(home, ["resend", "latest", "--resign", "--provider", "stripe"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("came from moltify")]);
  });

  it("all of it when one of several cannot be signed", async () => {
    const env = { DEVHOOK_SECRET_MOLTIFY: "made-up" };
    const first = await recordOne({ headers: MOLTIFY, facts: facts("moltify") });
    const second = await recordOne({ headers: ["Host", "x"] });
    expect((await runCommand(home, ["resend", first.id, second.id, "--resign"], { env })).code).toBe(2);
    expect(app.requests).toHaveLength(0);
  });
});

describe("devhook resend --resign", () => {
  it("signs at the present time, in the places of the old headers, and leaves all others as they were", async () => {
    const request = await recordOne({ headers: MOLTIFY, facts: facts("moltify", { scheme: "hmac" }) });
    const before = Date.now();
    const { code, stdout, stderr } = await runCommand(home, ["resend", "latest", "--resign"], {
      env: { DEVHOOK_SECRET_MOLTIFY: "made-up" },
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("(signed anew)");
    const seen = await app.request(request.id);
    expect(seen.body?.toString()).toBe(BODY);
    const own = seen.headers.filter(([name]) => /^(host|x-twice|x-moltify-.*)$/i.test(name));
    expect(own.map(([name]) => name)).toEqual(["Host", "x-moltify-timestamp", "X-Twice", "x-moltify-signature", "x-twice"]);
    const [at = "", signature = ""] = [own[1]?.[1], own[3]?.[1]];
    expect(Number(at)).toBeGreaterThanOrEqual(before);
    expect(signature).toBe(hmac(`${at}.${BODY}`, "made-up"));
  });

  it("signs with the secret that matched when it came, else the first", async () => {
    const env = { DEVHOOK_SECRET_GITHUB: '["first","second"]' };
    const headers = ["Host", "x", "X-Hub-Signature-256", "sha256=old"];
    for (const [found, secret] of [
      [facts("github", { secretIndex: 1 }), "second"],
      [facts("github", { secretIndex: 7 }), "first"],
      [facts("github", { verdict: "invalid", secretIndex: null }), "first"],
    ] as const) {
      const request = await recordOne({ headers, facts: found });
      expect((await runCommand(home, ["resend", request.id, "--resign"], { env })).code).toBe(0);
      const { headers: sent } = await app.request(request.id);
      expect(sent).toContainEqual(["X-Hub-Signature-256", `sha256=${hmac(BODY, secret)}`]);
    }
  });

  it("signs by the scheme that was found when it came", async () => {
    const headers = ["Host", "x", "X-Hub-Signature", "sha1=old"];
    const scheme = "sha1";
    const request = await recordOne({ headers, facts: facts("github", { scheme }) });
    expect((await runCommand(home, ["resend", request.id, "--resign"], { env: { DEVHOOK_SECRET_GITHUB: "made-up" } })).code).toBe(0);
    const { headers: sent } = await app.request(request.id);
    expect(sent).toContainEqual(["X-Hub-Signature", `sha1=${hmac(BODY, "made-up", "sha1")}`]);
    expect(sent.map(([name]) => name)).not.toContain("X-Hub-Signature-256");
  });

  it("takes --provider where nobody was recognised", async () => {
    const request = await recordOne({ headers: ["Host", "x"] });
    const { code, stderr } = await runCommand(home, ["resend", "latest", "--resign", "--provider", "github"], {
      env: { DEVHOOK_SECRET_GITHUB: "made-up" },
    });
    expect([code, stderr]).toEqual([0, expect.stringContaining("has never been checked")]);
    expect((await app.request(request.id)).headers).toContainEqual(["X-Hub-Signature-256", `sha256=${hmac(BODY, "made-up")}`]);
  });

  it("warns before it makes a forgery look genuine", async () => {
    const request = await recordOne({
      headers: MOLTIFY,
      facts: facts("moltify", { verdict: "invalid", signature: "bad", secretIndex: null }),
    });
    const { code, stderr } = await runCommand(home, ["resend", "latest", "--resign"], { env: { DEVHOOK_SECRET_MOLTIFY: "made-up" } });
    expect(code).toBe(0);
    expect(stderr).toContain(`${request.id} had the verdict invalid`);
    expect(stderr).toContain("Do not launder a forgery");
  });

  it("takes away an old second signature, which would hold no more", async () => {
    const headers = ["Host", "x", "Box-Signature-Primary", "old", "Box-Signature-Secondary", "old", "Box-Signature-Version", "1"];
    const request = await recordOne({ headers, facts: facts("box") });
    expect((await runCommand(home, ["resend", "latest", "--resign"], { env: { DEVHOOK_SECRET_BOX: "made-up" } })).code).toBe(0);
    const { headers: sent } = await app.request(request.id);
    expect(sent.map(([name]) => name)).toContain("Box-Signature-Primary");
    expect(sent.map(([name]) => name)).not.toContain("Box-Signature-Secondary");
    expect(sent.map(([, value]) => value)).not.toContain("old");
  });

  it("covers the public URL as it was recorded, in path form too", async () => {
    const headers = ["Host", "relay.example", "X-Square-HmacSha256-Signature", "old"];
    await recordOne({ headers, target: "/hooks?x=1", facts: facts("square") });
    const env = { DEVHOOK_SECRET_SQUARE: "made-up" };
    expect((await runCommand(home, ["resend", "latest", "--resign"], { env })).code).toBe(0);
    const signature = createHmac("sha256", "made-up").update(`https://relay.example/shop/hooks?x=1${BODY}`).digest("base64");
    expect(app.requests[0]?.headers).toContainEqual(["X-Square-HmacSha256-Signature", signature]);
  });

  it("sends a body and a query that the scheme has written anew, and keeps the length true", async () => {
    const body = '{"event":"task.created","signature":"sha256=old"}';
    const env = { DEVHOOK_SECRET_UPMOLTWORK: "made-up", DEVHOOK_SECRET_TWILIO: "made-up" };
    const headers = ["Host", "x", "Content-Length", String(body.length)];
    const first = await recordOne({ headers, body, facts: facts("upmoltwork", { scheme: "in-body-compact" }) });
    expect((await runCommand(home, ["resend", first.id, "--resign"], { env })).code).toBe(0);
    const seen = await app.request(first.id);
    const signature = `sha256=${hmac('{"event":"task.created"}', "made-up")}`;
    expect(JSON.parse(String(seen.body))).toEqual({ event: "task.created", signature });
    expect(seen.headers).toContainEqual(["Content-Length", String(seen.body?.length)]);
    const shown = await runCommand(home, ["show", first.id, "--raw", "request", "--attempt", "2"]);
    expect(shown.stdout).toBe(`POST /hooks HTTP/1.1\r\nHost: x\r\nContent-Length: ${seen.body?.length}\r\n\r\n${String(seen.body)}`);

    const found = facts("twilio", { scheme: "body-digest" });
    const second = await recordOne({ headers: ["Host", "x"], body, target: "/sms?bodySHA256=old&a=1", facts: found });
    expect((await runCommand(home, ["resend", second.id, "--resign"], { env })).code).toBe(0);
    expect((await app.request(second.id)).target).toMatch(/^\/sms\?a=1&bodySHA256=[0-9a-f]{64}$/);
  });

  it("says so in JSON, and records what was sent for `show`", async () => {
    const request = await recordOne({ headers: MOLTIFY, facts: facts("moltify") });
    const { stdout } = await runCommand(home, ["resend", "latest", "--resign", "--json"], { env: { DEVHOOK_SECRET_MOLTIFY: "made-up" } });
    expect(JSON.parse(stdout)).toMatchObject({ id: request.id, attempt: 2, status: 200, error: null, resigned: true });
    const sent = (await app.request(request.id)).headers.find(([name]) => name === "x-moltify-signature")?.[1] ?? "";
    type Shown = { readonly attempts: readonly { readonly request?: { readonly headers: unknown; readonly bodyBase64: string } }[] };
    const json = JSON.parse((await runCommand(home, ["show", request.id, "--json"])).stdout) as Shown;
    expect(json.attempts[0]?.request).toBeUndefined();
    expect(json.attempts[1]?.request?.headers).toContainEqual(["x-moltify-signature", sent]);
    expect(Buffer.from(json.attempts[1]?.request?.bodyBase64 ?? "", "base64").toString()).toBe(BODY);

    const text = (await runCommand(home, ["show", request.id])).stdout;
    expect(text).toMatch(/Attempt 2 \(resend\)[^\n]*\n {2}sent with changes:\n {2}- x-moltify-timestamp: 1\n/);
    expect(text).toContain(`  + x-moltify-signature: ${sent}\n`);
    const raw = await runCommand(home, ["show", request.id, "--raw", "headers", "--attempt", "2"]);
    expect(raw.stdout).toContain(`x-moltify-signature: ${sent}\r\n`);
    expect((await runCommand(home, ["show", request.id, "--raw", "headers"])).stdout).toContain("x-moltify-signature: old\r\n");
  });
});
