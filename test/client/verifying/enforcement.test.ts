import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createDuplicates } from "../../../client/verifying/duplicates.ts";
import { createPolicy } from "../../../client/verifying/policy.ts";
import { createVerifying } from "../../../client/verifying/verifying.ts";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";

const NOW = 1_795_269_751_000;
const SECRET = "made-up-secret";
const catalogue = createCatalogue();

type Sent = { readonly method?: string; readonly target?: string; readonly headers: readonly string[]; readonly body: string };

/** What becomes of a request from a provider under a policy: `app`, or the status that devhook answers. */
function decide(
  id: string,
  sent: Sent,
  { enforce = true, answerHandshakes = false, secret = SECRET }: { enforce?: boolean; answerHandshakes?: boolean; secret?: string } = {},
): "app" | number {
  const provider = catalogue.find(id);
  if (provider === undefined) throw new Error(id);
  const secretsOf = (): readonly string[] => (secret === "" ? [] : [secret]);
  const policy = createPolicy({ enforce, answerHandshakes, catalogue, secretsOf });
  const inspect = createVerifying({
    catalogue,
    secretsOf,
    assignments: [{ provider, path: "" }],
    thread: { judge: () => false },
    duplicates: createDuplicates(),
    onFacts: () => {},
  });
  const request: CapturedRequest = {
    id: "0193a1b2-0000-7000-8000-000000000001",
    receivedAt: NOW,
    tunnel: "t",
    method: sent.method ?? "POST",
    target: sent.target ?? "/",
    base: "/t",
    headers: ["Host", "relay.example.com", "Content-Type", "application/json", ...sent.headers],
    forwarded: { for: "203.0.113.9", proto: "https", host: "relay.example.com" },
    upgrade: false,
  };
  const body = Buffer.from(sent.body);
  return policy?.decide(request, body, inspect(request, body).facts)?.head.status ?? "app";
}

const hex = (text: string): string => createHmac("sha256", SECRET).update(text).digest("hex");
const slack = (body: string): readonly string[] => [
  "X-Slack-Request-Timestamp",
  String(NOW / 1_000),
  "X-Slack-Signature",
  `v0=${hex(`v0:${NOW / 1_000}:${body}`)}`,
];

describe("enforcement", () => {
  const TOKEN = '{"verification_token":"made-up"}';

  it("lets a handshake that nobody signs pass until there is a secret, and never with more in it", () => {
    expect(decide("notion", { headers: [], body: TOKEN }, { secret: "" })).toBe("app");
    expect(decide("notion", { headers: [], body: TOKEN })).toBe(401);
    const laden = '{"verification_token":"x","type":"page.deleted","entity":{"id":"1"}}';
    expect(decide("notion", { headers: [], body: laden }, { secret: "" })).toBe(401);
    expect(decide("notion", { headers: [], body: laden })).toBe(401);
  });

  it("lets a handshake by GET pass, which asks and tells nothing", () => {
    const target = "/?hub.mode=subscribe&hub.verify_token=t&hub.challenge=123";
    expect(decide("whatsapp", { method: "GET", target, headers: [], body: "" })).toBe("app");
    expect(decide("whatsapp", { method: "POST", target, headers: [], body: "" })).toBe(401);
  });

  it("lets a signed handshake pass by its signature alone: not without one, not by a wrong one, not without a secret", () => {
    const body = '{"type":"url_verification","challenge":"c","event":{"type":"app_mention"}}';
    expect(decide("slack", { headers: slack(body), body })).toBe("app");
    expect(decide("slack", { headers: [], body })).toBe(401);
    const forged = ["X-Slack-Request-Timestamp", String(NOW / 1_000), "X-Slack-Signature", `v0=${"0".repeat(64)}`];
    expect(decide("slack", { headers: forged, body })).toBe(401);
    expect(decide("slack", { headers: forged, body }, { secret: "" })).toBe(401);
    expect(decide("github", { headers: ["X-GitHub-Event", "ping"], body: "{}" }, { secret: "" })).toBe(401);
  });

  it("does not take a reading that covers a part of the body for one that covers it whole", () => {
    const data = '{"task_id":"t_1"}';
    const forged = `{"event":"submission.approved","timestamp":"2027-01-01T00:00:00Z","data":${data},"signature":"sha256=${hex(data)}"}`;
    expect(decide("upmoltwork", { headers: [], body: forged })).toBe(401);
    const whole = '{"event":"task.message","timestamp":"2027-01-01T00:00:00Z","data":{"task_id":"t_1"}}';
    const signed = `${whole.slice(0, -1)},"signature":"sha256=${hex(whole)}"}`;
    expect(decide("upmoltwork", { headers: [], body: signed })).toBe("app");
  });

  it("refuses a second item beside the one that is signed", () => {
    const item = (signature: string): string =>
      `{"NotificationRequestItem":{"additionalData":{"hmacSignature":"${signature}"},"amount":{"currency":"EUR","value":1},"pspReference":"p","eventCode":"AUTHORISATION","merchantAccountCode":"m","merchantReference":"r","success":"true"}}`;
    const key = "00".repeat(32);
    const signature = createHmac("sha256", Buffer.from(key, "hex")).update("p::m:r:1:EUR:AUTHORISATION:true").digest("base64");
    const of = (...items: readonly string[]): string => `{"live":"false","notificationItems":[${items.join(",")}]}`;
    expect(decide("adyen", { headers: [], body: of(item(signature)) }, { secret: key })).toBe("app");
    expect(decide("adyen", { headers: [], body: of(item(signature), item("")) }, { secret: key })).toBe(401);
  });
});

describe("answering handshakes alone", () => {
  const options = { enforce: false, answerHandshakes: true };

  it("leaves whatever is no handshake to the app, valid or not", () => {
    expect(decide("slack", { headers: [], body: '{"type":"event_callback"}' }, options)).toBe("app");
  });

  it("answers what is signed and refuses what is forged", () => {
    const body = '{"type":"url_verification","challenge":"c"}';
    expect(decide("slack", { headers: slack(body), body }, options)).toBe(200);
    expect(decide("slack", { headers: slack(`${body} `), body }, options)).toBe(401);
  });
});
