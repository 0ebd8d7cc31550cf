import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { allHeaders, firstHeader } from "../../../shared/http/headers.ts";
import { changedMessage, type Message } from "../../../shared/signatures/message.ts";
import type { Provider } from "../../../shared/signatures/provider.ts";
import { sign, type Signed, type SignInput } from "../../../shared/signatures/sign.ts";
import { verify } from "../../../shared/signatures/verify.ts";
import { ED25519, messageOf, NOW, P256, providerOf, RSA, SECRET, schemeOf } from "./fixtures.ts";

const catalogue = createCatalogue();

function known(id: string): Provider {
  const provider = catalogue.find(id);
  if (provider === undefined) throw new Error(`no ${id}`);
  return provider;
}

function signed(provider: SignInput["provider"], message: Message, input: Partial<SignInput> = {}): Signed {
  return sign({ provider, message, secret: SECRET, now: NOW, ...input });
}

/** What a user reads when it cannot be signed. */
function refusal(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof DevhookError && error.code === "usage") return error.lines;
    throw error;
  }
  return ["it was signed"];
}

const hmac = (content: string, secret = SECRET): string => createHmac("sha256", secret).update(content).digest("hex");
const privatePem = (pair: { privateKey: typeof P256.privateKey }): string =>
  pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const publicPem = (pair: { publicKey: typeof P256.publicKey }): string => pair.publicKey.export({ format: "pem", type: "spki" }).toString();

describe("headers", () => {
  it("of the scheme are given, and nothing else", () => {
    const message = messageOf({ headers: ["Host", "x", "stripe-signature", "t=1,v1=old", "X-Other", "1"], body: "{}" });
    expect(signed(known("stripe"), message)).toEqual({
      scheme: "v1",
      headers: ["Stripe-Signature", `t=1795269751,v1=${hmac("1795269751.{}")}`],
      body: Buffer.from("{}"),
      url: message.url,
    });
  });

  it("that an old signature left are not signed, and do not count", () => {
    const scheme = schemeOf({ signed: "{header:X-Signature}{body}", signature: [{ in: "header", name: "X-Signature" }] });
    expect(refusal(() => signed(providerOf([scheme]), messageOf({ headers: ["x-signature", "old"] })))[1]).toBe(
      "it signs {header:X-Signature}, which this request does not have",
    );
  });

  it("are numbered where the sender numbers them", () => {
    const { headers } = signed(
      known("docusign"),
      messageOf({ headers: ["X-DocuSign-Signature-1", "old", "X-DocuSign-Signature-2", "old"], body: "{}" }),
    );
    expect(headers).toEqual(["X-DocuSign-Signature-1", createHmac("sha256", SECRET).update("{}").digest("base64")]);
  });

  it("beside the signature are filled from the body", () => {
    const body = '{"type":"job.créé","id":"evt_1"}';
    const { headers } = signed(known("moltjobs"), messageOf({ body }));
    expect(Buffer.from(firstHeader(headers, "MoltJobs-Event") ?? "", "latin1").toString()).toBe("job.créé");
    expect(firstHeader(headers, "MoltJobs-Delivery")).toBe("evt_1");
    // and left out where the body has nothing for them
    expect(firstHeader(signed(known("moltjobs"), messageOf({ body: "{}" })).headers, "MoltJobs-Delivery")).toBeUndefined();
  });

  it("of Standard Webhooks hold the message's own id, the one that is given, or a made one", () => {
    const provider = known("standard-webhooks");
    const secret = Buffer.from("made-up").toString("base64");
    const idOf = (message: Message, id?: string): string | undefined =>
      firstHeader(signed(provider, message, { secret, id }).headers, "webhook-id");
    expect(idOf(messageOf({ headers: ["webhook-id", "msg_own"] }))).toBe("msg_own");
    expect(idOf(messageOf({ headers: ["webhook-id", "msg_own"] }), "msg_given")).toBe("msg_given");
    expect(idOf(messageOf())).toMatch(/^msg_[\w-]{24}$/);
    expect(idOf(messageOf())).toBe(idOf(messageOf()));
    expect(idOf(messageOf())).not.toBe(idOf(messageOf({ body: "other" })));
  });

  it("take texts beyond ASCII as UTF-8, so that they can be sent and checked", () => {
    const token = providerOf([schemeOf({ algorithm: "token", encoding: "text", signed: "" })]);
    const { headers } = signed(token, messageOf(), { secret: "pässwort-€" });
    expect(headers).toEqual(["X-Signature", Buffer.from("pässwort-€").toString("latin1")]);
    const message = messageOf({ headers });
    expect(verify({ message, provider: token, secrets: ["pässwort-€"], now: NOW }).verdict).toBe("valid");

    const withId = providerOf([schemeOf({ signed: "{id}.{body}", messageId: { in: "header", name: "X-Id" } })]);
    const out = signed(withId, messageOf({ body: "{}" }), { id: "nœud" });
    expect(out.headers).toEqual(["X-Id", Buffer.from("nœud").toString("latin1"), "X-Signature", hmac("nœud.{}")]);
  });
});

describe("a body that holds the signature", () => {
  it("of UpMoltWork gets it as a member, every other byte as it was", () => {
    const body = '{ "event":"task.created",\n "data":{"price":142.50,"big":12345678901234567890,"é":"\\u00e9"},\t"timestamp":"x" }\n';
    const out = signed(known("upmoltwork"), messageOf({ body }), { scheme: "in-body-compact" });
    const content = JSON.stringify(JSON.parse(body));
    expect(out.body.toString()).toBe(body.replace('"x" }', `"x","signature":"sha256=${hmac(content)}" }`));
    // an old one is replaced where it stands
    const old = body.replace('"event"', '"signature" : "sha256=old" ,"event"');
    const again = signed(known("upmoltwork"), messageOf({ body: old }), { scheme: "in-body-compact" });
    expect(again.body.toString()).toBe(old.replace("sha256=old", `sha256=${hmac(content)}`));
    expect(out.headers).toEqual([]);
  });

  it("of Mailgun gets time and signature", () => {
    const body = '{"signature":{"token":"tok","timestamp":"1","signature":"old"},"event-data":{"n":1.0}}';
    const out = signed(known("mailgun"), messageOf({ body }));
    expect(out.body.toString()).toBe(body.replace('"1"', '"1795269751"').replace("old", hmac("1795269751tok")));
    // what was a number stays one
    const number = body.replace('"1"', "1");
    expect(signed(known("mailgun"), messageOf({ body: number })).body.toString()).toContain('"timestamp":1795269751,');
  });

  it("of Linear gets the time, and the signature covers it", () => {
    const out = signed(known("linear"), messageOf({ body: '{"action":"create","webhookTimestamp":5 }' }));
    expect(out.body.toString()).toBe('{"action":"create","webhookTimestamp":1795269751000 }');
    expect(out.headers).toEqual(["Linear-Timestamp", "1795269751000", "Linear-Signature", hmac(out.body.toString())]);
    expect(signed(known("linear"), messageOf({ body: "{}" })).body.toString()).toBe('{"webhookTimestamp":1795269751000}');
  });

  it("of Adyen gets it deep inside", () => {
    const body =
      '{"notificationItems":[{"NotificationRequestItem":{"amount":{"value":1130,"currency":"EUR"},"pspReference":"7914","eventCode":"AUTHORISATION","success":"true"}}],"live":"false"}';
    const out = signed(known("adyen"), messageOf({ body }), { secret: "00ff" });
    const value = createHmac("sha256", Buffer.from("00ff", "hex")).update("7914::::1130:EUR:AUTHORISATION:true").digest("base64");
    expect(out.body.toString()).toBe(body.replace('"success":"true"', `"success":"true","additionalData":{"hmacSignature":"${value}"}`));
  });

  it("of Amazon SNS gets time and signature, and its headers from the body", () => {
    const body =
      '{"Type":"Notification","MessageId":"m","TopicArn":"arn:x","Message":"hé","SignatureVersion":"2","Signature":"old","Timestamp":"old"}';
    const out = signed(known("aws-sns"), messageOf({ body }), { scheme: "v2", secret: privatePem(RSA) });
    expect(JSON.parse(out.body.toString())).toMatchObject({ Timestamp: "2026-11-21T14:02:31.000Z", Message: "hé", SignatureVersion: "2" });
    expect(firstHeader(out.headers, "x-amz-sns-message-type")).toBe("Notification");
    const message = changedMessage(messageOf({ headers: out.headers }), { body: out.body });
    expect(verify({ message, provider: known("aws-sns"), secrets: [publicPem(RSA)], now: NOW }).verdict).toBe("valid");
  });

  it.each(["", "no JSON", "[1]", '"text"', '{"signature":{}} x'])("cannot be %j", (body) => {
    expect(refusal(() => signed(known("upmoltwork"), messageOf({ body }), { scheme: "in-body-compact" }))).toEqual([
      "cannot sign as UpMoltWork",
      "its scheme writes signature into the body, and the body is no JSON object",
    ]);
  });

  it("of a form gets a field", () => {
    const scheme = schemeOf({ algorithm: "token", encoding: "text", signed: "", signature: [{ in: "form", name: "token" }] });
    const message = messageOf({ headers: ["Content-Type", "application/x-www-form-urlencoded"], body: "a=1&token=old&b=%C3%A9" });
    const out = signed(providerOf([scheme]), message, { secret: "s&=é" });
    expect([...new URLSearchParams(out.body.toString())]).toEqual([
      ["a", "1"],
      ["token", "s&=é"],
      ["b", "é"],
    ]);
  });
});

describe("a URL", () => {
  const digest = createHash("sha256").update("{}").digest("hex");
  const urlFor = (url: string): string | undefined =>
    signed(known("twilio"), messageOf({ url, body: "{}" }), { scheme: "body-digest" }).url;

  it.each([
    ["https://a.example/x", `https://a.example/x?bodySHA256=${digest}`],
    ["https://a.example/x?", `https://a.example/x?bodySHA256=${digest}`],
    ["https://a.example/x?a=1&b=%20", `https://a.example/x?a=1&b=%20&bodySHA256=${digest}`],
    ["https://a.example/x?bodySHA256=old&a=1", `https://a.example/x?a=1&bodySHA256=${digest}`],
    ["https://a.example/x?a=1#f", `https://a.example/x?a=1&bodySHA256=${digest}#f`],
    ["https://a.example/x#f?a", `https://a.example/x?bodySHA256=${digest}#f?a`],
  ])("%s gets the digest of the body", (url, result) => {
    expect(urlFor(url)).toBe(result);
  });

  it("gets a signature under any name", () => {
    const scheme = schemeOf({ encoding: "base64", signature: [{ in: "query", name: "my sig&" }] });
    const { url } = signed(providerOf([scheme]), messageOf({ url: "https://a.example/?my%20sig%26=old&a=1" }));
    expect([...new URL(url ?? "").searchParams.keys()]).toEqual(["a", "my sig&"]);
    expect(verify({ message: messageOf({ url }), provider: providerOf([scheme]), secrets: [SECRET], now: NOW }).verdict).toBe("valid");
  });

  it("gets a token with all its signs", () => {
    const scheme = schemeOf({ algorithm: "token", encoding: "text", signed: "", signature: [{ in: "query", name: "key" }] });
    const { url } = signed(providerOf([scheme]), messageOf({ url: "https://a.example/?key=old" }), { secret: "a+b&c=é#" });
    expect([...new URL(url ?? "").searchParams]).toEqual([["key", "a+b&c=é#"]]);
  });

  it("is signed with it", () => {
    const out = signed(known("twilio"), messageOf({ url: "https://a.example/x", body: "{}" }), { scheme: "body-digest" });
    expect(firstHeader(out.headers, "X-Twilio-Signature")).toBe(
      createHmac("sha1", SECRET)
        .update(out.url ?? "")
        .digest("base64"),
    );
  });

  it.each(["square", "hubspot"])("that is not known cannot be signed by %s", (id) => {
    expect(refusal(() => signed(known(id), messageOf({ url: undefined })))).toEqual([
      expect.stringMatching(/^cannot sign as /),
      "it signs {url}, which this request does not have",
      "name the public URL: --url https://…",
    ]);
  });

  it("that is not known cannot take a digest", () => {
    expect(refusal(() => signed(known("twilio"), messageOf({ url: undefined }), { scheme: "body-digest" }))[1]).toBe(
      "its scheme puts a value into the URL, and no URL is known",
    );
  });
});

describe("what cannot be signed says why", () => {
  it("an unknown scheme", () => {
    expect(refusal(() => signed(known("github"), messageOf(), { scheme: "sha512" }))).toEqual([
      "GitHub has no scheme sha512",
      "it has: sha256, sha1",
      "see them: devhook providers github",
    ]);
  });

  it("a provider that signs nothing, or what devhook cannot", () => {
    expect(refusal(() => signed(known("postmark"), messageOf()))).toEqual([
      "cannot sign as Postmark",
      known("postmark").signing.unsigned?.note,
      "send it unsigned",
    ]);
    expect(refusal(() => signed(known("paypal"), messageOf()))).toEqual([
      "cannot sign as PayPal",
      known("paypal").signing.unverifiable?.reason,
      "send it unsigned",
    ]);
    expect(refusal(() => signed(providerOf([]), messageOf()))).toEqual(["cannot sign as Acme", "no scheme is known", "send it unsigned"]);
    expect(refusal(() => signed(known("postmark"), messageOf(), { scheme: "v1" }))[0]).toBe("cannot sign as Postmark");
  });

  it("a secret that is none", () => {
    expect(refusal(() => signed(known("svix"), messageOf(), { secret: "whsec_not base64" }))).toEqual([
      "cannot sign as Svix",
      "the secret is not base64 after whsec_",
      "copy it again, whole",
    ]);
  });

  it.each([
    ["the public key", publicPem(ED25519)],
    ["a private key of another kind", privatePem(P256)],
    ["garbage", "garbage"],
    ["nothing", ""],
  ])("%s for a public-key scheme", (_, secret) => {
    expect(refusal(() => signed(known("discord"), messageOf(), { secret }))).toEqual([
      "cannot sign as Discord",
      "its scheme needs a private key (PEM or JWK) for ed25519",
      "give the private key that belongs to the public one your app verifies with",
    ]);
    expect(refusal(() => signed(known("plaid"), messageOf(), { secret: privatePem(ED25519) }))[1]).toBe(
      "its scheme needs a private key (PEM or JWK) of the curve P-256",
    );
  });

  it("a header or a member that is not there", () => {
    expect(refusal(() => signed(known("fal"), messageOf(), { secret: privatePem(ED25519) }))).toEqual([
      expect.stringMatching(/^cannot sign as /),
      "it signs {header:X-Fal-Webhook-User-Id}, which this request does not have",
      "use a body and headers of this provider",
    ]);
  });

  it.each(["a\r\nX-Evil: 1", "a\n", "a\u0000", "\u0001"])("a header of %j", (secret) => {
    const token = providerOf([schemeOf({ algorithm: "token", encoding: "text", signed: "" })]);
    expect(refusal(() => signed(token, messageOf(), { secret }))[1]).toBe("X-Signature would hold a line end or another control character");
    const withId = providerOf([schemeOf({ signed: "{id}{body}", messageId: { in: "header", name: "X-Id" } })]);
    expect(refusal(() => signed(withId, messageOf(), { id: secret }))[1]).toBe("X-Id would hold a line end or another control character");
  });
});

it("a JSON Web Token lives as long as the sender's", () => {
  const livekit = known("livekit");
  const out = signed(livekit, messageOf({ headers: ["Content-Type", "text/plain", "authorization", "old"] }));
  const [head = "", payload = ""] = (firstHeader(out.headers, "Authorization") ?? "")
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString());
  expect(JSON.parse(head)).toEqual({ alg: "HS256", typ: "JWT" });
  const claims = JSON.parse(payload) as Record<string, unknown>;
  expect(claims).toMatchObject({ nbf: NOW / 1_000, sha256: createHash("sha256").update('{"id":"evt_1"}').digest("base64") });
  expect(allHeaders(out.headers, "content-type")).toEqual(["application/webhook+json"]);
  const at = (now: number): string =>
    verify({ message: messageOf({ headers: out.headers }), provider: livekit, secrets: [SECRET], now }).verdict;
  expect(at(NOW)).toBe("valid");
  expect(at(NOW + 86_400_000)).toBe(claims["exp"] === undefined ? "valid" : "invalid");
});

it("does not change what it is given", () => {
  const body = Buffer.from('{"signature":"sha256=old","a":1}');
  const headers = Object.freeze(["X-A", "1"]);
  const message = messageOf({ body, headers });
  const copy = Buffer.from(body);
  signed(known("upmoltwork"), message, { scheme: "in-body-cut" });
  expect(message.body.equals(copy)).toBe(true);
  expect(message.headers).toEqual(["X-A", "1"]);
});
