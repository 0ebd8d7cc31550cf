import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { handshakeOf, readEvent } from "../../../shared/signatures/event.ts";
import type { Message } from "../../../shared/signatures/message.ts";
import type { EventFacts, Provider } from "../../../shared/signatures/provider.ts";
import { messageOf } from "./fixtures.ts";

const catalogue = createCatalogue();

function known(id: string): Provider {
  const provider = catalogue.find(id);
  if (provider === undefined) throw new Error(`no ${id}`);
  return provider;
}

const SOURCE: EventFacts["source"] = { grade: "assumed", from: "this test", date: "2026-11-21" };
const facts = (event: Partial<EventFacts>): Pick<Provider, "event"> => ({ event: { type: [], id: [], source: SOURCE, ...event } });
const inBody = (path: string): EventFacts["id"][number] => ({ in: "body", path });

describe("readEvent", () => {
  it.each([
    ["github", ["X-GitHub-Event", "issues", "X-GitHub-Delivery", "72d3162e"], '{"action":"opened"}', "issues.opened", "72d3162e", null],
    ["github", ["X-GitHub-Event", "push", "X-GitHub-Delivery", "72d3162e"], '{"ref":"main"}', "push", "72d3162e", null],
    ["stripe", [], '{"id":"evt_1","type":"invoice.paid"}', "invoice.paid", "evt_1", null],
    ["slack", ["X-Slack-Retry-Num", "2"], '{"type":"event_callback","event_id":"Ev1","event":{"type":"message"}}', "message", "Ev1", "2"],
    ["svix", ["svix-id", "msg_1"], '{"type":"user.created"}', "user.created", "msg_1", null],
    ["agentmail", [], '{"event_type":"message.received","event_id":"evt_1"}', "message.received", "evt_1", null],
    ["telegram", [], '{"update_id":12345678901234567890}', null, "12345678901234567890", null],
    [
      "elevenlabs",
      [],
      '{"type":"post_call_transcription","data":{"conversation_id":"c1"}}',
      "post_call_transcription",
      "c1:post_call_transcription",
      null,
    ],
    [
      "moltify",
      [],
      '{"event":"task.completed","timestamp":"2026","data":{"taskId":"t1"}}',
      "task.completed",
      "task.completed:t1:2026",
      null,
    ],
    [
      "upmoltwork",
      [],
      '{"event":"task.created","timestamp":"2026","data":{"task_id":"t1","message_id":"m1"}}',
      "task.created",
      "task.created:2026:t1:::::m1",
      null,
    ],
    [
      "hubspot",
      [],
      '[{"subscriptionType":"contact.creation","eventId":1,"subscriptionId":2,"objectId":3,"attemptNumber":0}]',
      "contact.creation",
      "1:2:3",
      "0",
    ],
    ["line", [], '{"events":[]}', null, null, null],
    ["generic", ["X-Event", "x"], '{"id":1}', null, null, null],
  ] as const)("%s %j %s", (id, headers, body, type, eventId, attempt) => {
    const event = readEvent(messageOf({ headers, body }), known(id));
    expect(event).toEqual({ type, id: eventId, attempt });
  });

  it("reads form fields", () => {
    const message = messageOf({
      headers: ["Content-Type", "application/x-www-form-urlencoded", "I-Twilio-Idempotency-Token", "t-1"],
      body: "SmsStatus=delivered&To=%2B1",
    });
    expect(readEvent(message, known("twilio"))).toMatchObject({ type: "delivered", id: "t-1" });
  });

  it.each(["", "no JSON", "[]", "null", "7", '{"type":{}}', '{"type":""}', '{"type":[1]}', '{"id":{}}', "\ufeff{}", '{"type":'])(
    "says nothing of %j",
    (body) => {
      expect(readEvent(messageOf({ body }), facts({ type: [inBody("type")], id: [inBody("id")] }))).toEqual({
        type: null,
        id: null,
        attempt: null,
      });
    },
  );

  it("reads numbers and literals as they are written", () => {
    expect(
      readEvent(messageOf({ body: '{"type":1.50,"id":12345678901234567890}' }), facts({ type: [inBody("type")], id: [inBody("id")] })),
    ).toMatchObject({
      type: "1.50",
      id: "12345678901234567890",
    });
  });

  it("takes the first id that says something", () => {
    const ids = facts({ id: [{ in: "header", name: "X-Id" }, inBody("id")] });
    expect(readEvent(messageOf({ headers: ["X-Id", "h"], body: '{"id":"b"}' }), ids).id).toBe("h");
    expect(readEvent(messageOf({ headers: ["X-Id", ""], body: '{"id":"b"}' }), ids).id).toBe("b");
  });

  it("makes an id only of what tells events apart", () => {
    const derived = facts({ derivedId: [inBody("a"), inBody("b"), inBody("c")] });
    const idOf = (body: string): string | null => readEvent(messageOf({ body }), derived).id;
    expect(idOf('{"a":1,"b":2,"c":3}')).toBe("1:2:3");
    expect(idOf('{"a":1,"c":3}')).toBe("1::3");
    expect(idOf('{"a":1}')).toBeNull();
    expect(idOf('{"b":2,"c":3}')).toBeNull();
  });

  it("keeps long types and ids short, and different ids different", () => {
    const long = "é".repeat(5_000);
    const read = (id: string): ReturnType<typeof readEvent> =>
      readEvent(
        messageOf({ body: JSON.stringify({ type: long, id, n: long }) }),
        facts({ type: [inBody("type")], id: [inBody("id")], attempt: inBody("n") }),
      );
    const one = read(long);
    expect(one.type).toHaveLength(256);
    expect(one.attempt).toHaveLength(256);
    expect(one.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(read(`${long}x`).id).not.toBe(one.id);
    expect(read("x".repeat(256)).id).toBe("x".repeat(256));
  });
});

describe("handshakeOf", () => {
  const found = (id: string, message: Message): string | undefined => handshakeOf(message, known(id))?.id;

  it.each([
    ["slack", {}, '{"type":"url_verification","challenge":"c"}', "url-verification"],
    ["slack", {}, '{"type":"event_callback","event":{"type":"message"}}', undefined],
    ["slack", {}, '{"type":"url_verification"}', undefined],
    ["zoom", {}, '{"event":"endpoint.url_validation","payload":{"plainToken":"t"}}', "url-validation"],
    ["zoom", {}, '{"event":"meeting.started","payload":{}}', undefined],
    ["discord", {}, '{"type":1,"id":"1"}', "interactions-ping"],
    ["discord", {}, '{"type":0,"application_id":"1"}', "events-ping"],
    ["discord", {}, '{"type":2,"id":"1"}', undefined],
    ["discord", {}, '{"type":10,"id":"1"}', undefined],
    ["notion", {}, '{"verification_token":"secret_x"}', "verification-token"],
    ["github", { headers: ["X-GitHub-Event", "ping"] }, '{"zen":"x"}', "ping"],
    ["aws-sns", { headers: ["x-amz-sns-message-type", "SubscriptionConfirmation"] }, "{}", "subscription-confirmation"],
    ["whatsapp", { method: "GET", url: "https://x/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=t" }, "", "hub-challenge"],
    ["whatsapp", { method: "POST", url: "https://x/?hub.mode=subscribe&hub.challenge=1" }, "", undefined],
    ["whatsapp", { method: "GET", url: undefined }, "", undefined],
    [
      "woocommerce",
      { headers: ["User-Agent", "WooCommerce/8 Hookshot", "Content-Type", "application/x-www-form-urlencoded"] },
      "webhook_id=1",
      "ping",
    ],
    ["stripe", {}, '{"type":"ping"}', undefined],
  ] as const)("%s %j %s: %s", (id, parts, body, handshake) => {
    expect(found(id, messageOf({ ...parts, body }))).toBe(handshake);
  });

  it.each(["", "no JSON", "[]", "null", '{"type":{}}'])("is none for %j", (body) => {
    for (const provider of catalogue.providers) expect(handshakeOf(messageOf({ body, url: "https://x/" }), provider)).toBeUndefined();
  });
});
