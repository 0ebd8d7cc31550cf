import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { sampleRequest, type SampleInput, type SampleRequest } from "../../../shared/catalogue/sample-request.ts";
import { firstHeader } from "../../../shared/http/headers.ts";
import { createMessage, type Message } from "../../../shared/signatures/message.ts";
import type { EventKind, Provider } from "../../../shared/signatures/provider.ts";
import type { Scheme } from "../../../shared/signatures/scheme.ts";
import type { Verification } from "../../../shared/signatures/verification.ts";
import { judge } from "../../../shared/signatures/verify.ts";

const NOW = 1_795_269_751_000;
const DAY = 86_400_000;
const SECRET = "made-up-secret";
const URL_ASKED = "https://shop.relay.example/webhooks/x";
const ID = "0193a1b2-c3d4-7000-8000-000000000001";
const catalogue = createCatalogue();

function provider(id: string): Provider {
  const found = catalogue.find(id);
  if (found === undefined) throw new Error(id);
  return found;
}

function kindOf({ id, events = [] }: Provider, type: string, variant?: string): EventKind {
  const found = events.find((kind) => kind.type === type && kind.variant === variant);
  if (found === undefined) throw new Error(`${id} ${type}`);
  return found;
}

function sample(id: string, type: string, variant?: string, changes: Partial<SampleInput> = {}): SampleRequest {
  const from = provider(id);
  const input = { provider: from, kind: kindOf(from, type, variant), url: URL_ASKED, secret: SECRET, now: NOW, id: ID, agent: "devhook/1" };
  return sampleRequest({ ...input, ...changes });
}

const message = ({ url, headers, body }: SampleRequest): Message => createMessage({ method: "POST", url, headers, body });
const body = (request: SampleRequest): unknown => JSON.parse(request.body.toString());

function judged(id: string, request: SampleRequest, secrets: readonly string[] = [SECRET]): Verification {
  return judge({ message: message(request), provider: provider(id), secrets, now: NOW + 1_000 }).verification;
}

const ALL = catalogue.providers.flatMap((from) =>
  (from.events ?? []).map((kind): [string, string, string | undefined] => [from.id, kind.type, kind.variant]),
);

describe("a sample request", () => {
  it.each(ALL)("of %s %s (%s) is recognised, and passes the check of its provider", (id, type, variant) => {
    const request = sample(id, type, variant);
    const isSigned = request.unsigned === undefined;
    const { verdict, provider: found, eventType } = judged(id, request, isSigned ? [SECRET] : []);
    expect({ found, eventType, verdict }).toEqual({ found: id, eventType: type, verdict: isSigned ? "valid" : "unsigned" });
    expect([undefined, "not-signed"]).toContain(request.unsigned?.code);
    expect(catalogue.recognise(message(request))[0]?.id).toBe(id);
  });

  it.each(ALL)("of %s %s (%s) happens now: no time in it is old, and no two are taken for one event", (id, type, variant) => {
    const first = sample(id, type, variant);
    for (const [text] of first.body.toString().matchAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g)) {
      expect(Date.parse(text)).toBeGreaterThanOrEqual(NOW - DAY);
      expect(Date.parse(text)).toBeLessThan(NOW + 30 * DAY);
    }
    const { eventId } = judged(id, first);
    const later = sample(id, type, variant, { now: NOW + 1_000, id: ID.replace(/1$/, "2") });
    // a push notification has no id by which it could be taken for another
    expect(judged(id, later).eventId ?? "none").not.toBe(eventId);
  });

  it("has the form that its record shows: times in the same spelling, a deadline still ahead, ids with their beginning", () => {
    const now = new Date(NOW).toISOString();
    expect(body(sample("upmoltwork", "task.new_match"))).toMatchObject({
      timestamp: now.replace(".000", ""),
      data: { deadline: new Date(NOW + 2.5 * DAY - 2 * 3_600_000).toISOString().replace(".000", ""), price_points: 150 },
    });
    expect(body(sample("agentpost", "message.received"))).toMatchObject({
      id: `evt_${ID.replaceAll("-", "")}`,
      timestamp: now,
      data: { received_at: now, message_id: "msg_01JQ8X5K2M3N4P5R6S7T8V9W" },
    });
  });

  it("keeps every byte of the sample that is no time and no id", () => {
    const { body: bytes } = sample("agentpost", "message.sent");
    const strip = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME").replace(/"evt_\w+"/, '"ID"');
    expect(strip(bytes.toString())).toBe(strip(kindOf(provider("agentpost"), "message.sent").sample));
  });

  it("has the usual headers, those of its signature, and the length of what is sent", () => {
    const { headers, body: bytes } = sample("moltjobs", "job.assigned", "signed");
    expect(headers.filter((_, at) => at % 2 === 0)).toEqual([
      "Host",
      "User-Agent",
      "Accept",
      "Content-Type",
      "MoltJobs-Event",
      "MoltJobs-Delivery",
      "MoltJobs-Signature",
      "Content-Length",
    ]);
    expect(firstHeader(headers, "host")).toBe("shop.relay.example");
    expect(firstHeader(headers, "content-length")).toBe(String(bytes.length));
    expect(firstHeader(headers, "moltjobs-delivery")).toBe(`evt_${ID.replaceAll("-", "")}`);
  });

  it("is signed by the scheme that describes it, where its provider has several", () => {
    const push = sample("upmoltwork", "tasks/pushNotification").headers;
    expect([firstHeader(push, "x-a2a-signature"), firstHeader(push, "x-webhook-signature")]).toEqual([expect.any(String), undefined]);
    const task = sample("upmoltwork", "task.rated").headers;
    expect([firstHeader(task, "x-a2a-signature"), firstHeader(task, "x-webhook-signature")]).toEqual([undefined, expect.any(String)]);
  });

  it("of a generation that its provider does not sign carries no signature, whatever secret there is", () => {
    const request = sample("moltjobs", "job.rejected");
    expect(request.unsigned).toEqual({ code: "not-signed", reason: "MoltJobs does not sign this event" });
    expect(firstHeader(request.headers, "moltjobs-signature")).toBeUndefined();
  });

  it("without a secret is sent unsigned, and says what is missing", () => {
    const request = sample("moltify", "task.message", undefined, { secret: undefined });
    expect(request.unsigned).toEqual({ code: "no-secret", reason: "there is no webhook secret of Moltify to sign with" });
    expect(request.headers.filter((_, at) => at % 2 === 0)).not.toContain("X-Moltify-Signature");
    expect(body(request)).toMatchObject({ timestamp: new Date(NOW).toISOString() });
  });

  const own = (scheme: Partial<Scheme>): Partial<SampleInput> => {
    const moltify = provider("moltify");
    const [first] = moltify.signing.schemes;
    if (first === undefined) throw new Error("a scheme");
    return { provider: { ...moltify, signing: { schemes: [{ ...first, ...scheme }] } } };
  };

  it("with a secret that does not do is sent unsigned, and says why", () => {
    const request = sample("moltify", "task.message", undefined, {
      ...own({ algorithm: "ed25519", key: { form: "public" } }),
      secret: "no private key",
    });
    expect(request.unsigned).toMatchObject({ code: "cannot-sign", reason: expect.stringContaining("private key") as unknown });
  });

  it("carries a signature in the query where its provider writes it there", () => {
    const request = sample("moltify", "task.message", undefined, own({ signature: [{ in: "query", name: "sig" }] }));
    expect(request.url).toMatch(/^https:\/\/shop\.relay\.example\/webhooks\/x\?sig=[0-9a-f]{64}$/);
  });
});
