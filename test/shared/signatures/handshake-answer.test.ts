import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { handshakeOf } from "../../../shared/signatures/event.ts";
import { answerHandshake } from "../../../shared/signatures/handshake-answer.ts";
import type { Message } from "../../../shared/signatures/message.ts";
import type { Handshake } from "../../../shared/signatures/provider.ts";
import { messageOf, SECRET } from "./fixtures.ts";

type Shown = { readonly status: number; readonly type: string | undefined; readonly body: string } | undefined;

function shown(handshake: Handshake | undefined, message: Message, secret: string | undefined): Shown {
  if (handshake === undefined) throw new Error("no handshake");
  const answer = answerHandshake(handshake, message, secret);
  return answer && { status: answer.status, type: answer.contentType, body: answer.body.toString() };
}

describe("the handshakes of the catalogue", () => {
  const catalogue = createCatalogue();
  const answered = (id: string, message: Message, secret: string | undefined = SECRET): Shown => {
    const provider = catalogue.find(id);
    return shown(provider && handshakeOf(message, provider), message, secret);
  };

  it("Slack gets its challenge", () => {
    const message = messageOf({ body: '{"token":"t","challenge":"3eZbrw1aB — \\"é\\"","type":"url_verification"}' });
    expect(answered("slack", message)).toEqual({ status: 200, type: "text/plain", body: '3eZbrw1aB — "é"' });
  });

  it("Zoom gets its token, and the token signed", () => {
    const message = messageOf({ body: '{"event":"endpoint.url_validation","payload":{"plainToken":"q\\"é"}}' });
    const answer = answered("zoom", message);
    expect(answer).toMatchObject({ status: 200, type: "application/json" });
    expect(JSON.parse(answer?.body ?? "")).toEqual({
      plainToken: 'q"é',
      encryptedToken: createHmac("sha256", SECRET).update('q"é').digest("hex"),
    });
    expect(answered("zoom", message, "")?.body).toContain("encryptedToken");
    const provider = catalogue.find("zoom");
    expect(shown(provider && handshakeOf(message, provider), message, undefined)).toBeUndefined();
  });

  it("Meta gets its challenge from the query", () => {
    const url = "https://relay.example.com/n/?hub.mode=subscribe&hub.verify_token=t&hub.challenge=115%38+x";
    expect(answered("whatsapp", messageOf({ method: "GET", url, body: "" }))).toEqual({ status: 200, type: "text/plain", body: "1158 x" });
  });

  it("Discord gets a pong, and an empty answer for events", () => {
    expect(answered("discord", messageOf({ body: '{"type":1,"id":"1"}' }))).toEqual({
      status: 200,
      type: "application/json",
      body: '{"type":1}',
    });
    expect(answered("discord", messageOf({ body: '{"type":0,"application_id":"1"}' }))).toMatchObject({ status: 204, body: "" });
  });

  it("Notion gets an empty answer", () => {
    expect(answered("notion", messageOf({ body: '{"verification_token":"secret_x"}' }))).toEqual({
      status: 200,
      type: undefined,
      body: "",
    });
  });

  it("Amazon SNS gets none: it wants a URL to be visited", () => {
    expect(answered("aws-sns", messageOf({ headers: ["x-amz-sns-message-type", "SubscriptionConfirmation"] }))).toBeUndefined();
  });
});

describe("an answer", () => {
  const handshake = (body: string): Handshake => ({
    id: "test",
    match: [],
    signed: false,
    answer: { status: 200, body },
    note: "",
    source: { grade: "assumed", from: "this test", date: "2026-11-21" },
  });
  const message = messageOf({
    url: "https://x/?q=a%20b&q=2",
    headers: ["Content-Type", "application/x-www-form-urlencoded"],
    body: "f=%C3%A9&g=",
  });
  const json = messageOf({ body: '{"a":{"b":"<é\\n>"},"n":1.50,"o":{}}' });

  it.each([
    ["", ""],
    ["text", "text"],
    ["{{{query:q}}}", "{a b}"],
    ["{form:f}|{form:g}|{query:q}", "é||a b"],
    ['{"a":1}', undefined],
    ["{query:none}", undefined],
    ["{header:Host}", undefined],
    ["{secret}", undefined],
    ["{constructor}", undefined],
    ["{json:query:q}", '"a b"'],
    ["{json:json:query:q}", undefined],
    ["{hmac-sha256-hex:query:q}", createHmac("sha256", SECRET).update("a b").digest("hex")],
  ])("%j is %j", (body, text) => {
    expect(shown(handshake(body), message, SECRET)?.body).toBe(text);
  });

  it("takes members of a JSON body", () => {
    expect(shown(handshake("{body:a.b}{body:n}{json:body:a.b}"), json, undefined)?.body).toBe('<é\n>1.50"<é\\n>"');
    expect(shown(handshake("{body:o}"), json, undefined)).toBeUndefined();
    expect(shown(handshake("{body:a.b}"), messageOf({ body: "no JSON" }), undefined)).toBeUndefined();
  });

  it("needs the secret where it is keyed", () => {
    expect(shown(handshake("{hmac-sha256-hex:query:q}"), message, undefined)).toBeUndefined();
  });

  it("puts nothing of the request in the place of a placeholder twice", () => {
    const tricky = messageOf({ body: '{"a":"{query:q}$&$1"}', url: "https://x/?q=1" });
    expect(shown(handshake("{body:a}"), tricky, undefined)?.body).toBe("{query:q}$&$1");
  });

  it.each(["{", "}", "{a", "{".repeat(5_000), "{a".repeat(5_000), `{${"json:".repeat(1_000)}query:q}`])("ends for any template", (body) => {
    expect(() => answerHandshake(handshake(body), message, SECRET)).not.toThrow();
  });
});
