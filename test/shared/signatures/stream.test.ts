import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { check } from "../../../shared/signatures/check.ts";
import { changedMessage, type Message } from "../../../shared/signatures/message.ts";
import type { Provider } from "../../../shared/signatures/provider.ts";
import type { Scheme } from "../../../shared/signatures/scheme.ts";
import { startDigests } from "../../../shared/signatures/stream.ts";
import { judge } from "../../../shared/signatures/verify.ts";
import { messageOf, NOW, providerOf, SECRET, schemeOf, signedMessage } from "./fixtures.ts";

/** What is found of a message whose body only passes, in chunks. */
function streamed(
  message: Message,
  provider: Pick<Provider, "signing">,
  { secrets = [SECRET], cuts = [] as readonly number[] } = {},
): string {
  const head = changedMessage(message, { body: Buffer.alloc(0) });
  const stream = startDigests(head, { provider, secrets });
  let from = 0;
  for (const cut of [...cuts, message.body.length].toSorted((a, b) => a - b)) {
    stream.update(message.body.subarray(from, cut));
    from = Math.max(from, cut);
  }
  const finding = check({ message: head, provider, secrets, now: NOW, streamed: stream.finish() });
  return finding === undefined ? "none" : `${finding.scheme.id} ${finding.signature.kind} ${finding.time.fact}`;
}

function whole(message: Message, provider: Pick<Provider, "signing">, secrets = [SECRET]): string {
  const finding = check({ message, provider, secrets, now: NOW });
  return finding === undefined ? "none" : `${finding.scheme.id} ${finding.signature.kind} ${finding.time.fact}`;
}

const timed = schemeOf({ signed: "v0:{timestamp}:{body}|{header:X-Id}", time: { place: { in: "header", name: "X-Time" }, unit: "s" } });

describe("a body that streams", () => {
  it("is judged as the whole one, however it is cut", () => {
    const schemes: readonly Scheme[] = [
      timed,
      schemeOf({ algorithm: "hmac-sha512", encoding: "base64" }),
      schemeOf({ algorithm: "sha256", signed: "{secret}{body}{method}" }),
      schemeOf({ signed: "{url}{body}", urlVariants: ["default-port-toggled"] }),
    ];
    const anything = fc.record({
      scheme: fc.constantFrom(...schemes),
      body: fc.uint8Array({ maxLength: 200 }),
      cuts: fc.array(fc.nat(200), { maxLength: 6 }),
      other: fc.boolean(),
    });
    fc.assert(
      fc.property(anything, ({ scheme, body, cuts, other }) => {
        const sent = signedMessage(messageOf({ body: Buffer.from(body), headers: ["X-Id", "7"] }), scheme);
        const message = other ? changedMessage(sent, { body: Buffer.concat([sent.body, Buffer.from(" ")]) }) : sent;
        const provider = providerOf([scheme]);
        const expected = whole(message, provider);
        expect(expected).toContain(other ? " bad " : " ok ");
        expect(streamed(message, provider, { cuts: cuts.filter((cut) => cut <= message.body.length) })).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("is judged with each secret, each spelling of the URL and each reading", () => {
    const readings = ["{timestamp}.{body}", "{body}", "{url}{body}"].map((signed, index) => ({ ...timed, id: `r${index}`, signed }));
    const provider = providerOf(readings);
    for (const scheme of readings) {
      const sent = signedMessage(messageOf({ headers: ["X-Id", "7"] }), scheme);
      expect(streamed(sent, provider, { secrets: ["other", SECRET] })).toMatch(new RegExp(`^${scheme.id} ok `));
    }
    const also = messageOf({
      url: "https://x/name/",
      urlAlso: "https://x/name",
      headers: ["X-Signature", createHmac("sha256", SECRET).update("https://x/name{}").digest("hex"), "X-Time", "1"],
      body: "{}",
    });
    expect(streamed(also, provider)).toMatch(/^r2 ok /);
  });

  it("of all providers that sign the body as it is finds what the whole one finds", () => {
    for (const provider of createCatalogue().providers) {
      for (const scheme of provider.signing.schemes) {
        if (
          !scheme.algorithm.startsWith("hmac-") ||
          !scheme.signed.includes("{body}") ||
          scheme.key.form !== "text" ||
          scheme.when !== undefined
        )
          continue;
        const sent = signedMessage(messageOf({ body: '{"webhookTimestamp":1,"type":"a"}', headers: ["X-Webhook-Nonce", "n"] }), scheme);
        const only = { signing: { schemes: [scheme] } };
        const kind = scheme.time?.place.in === "body" ? "body-not-kept" : "ok";
        expect(
          streamed(sent, only, { cuts: [1, 5] })
            .split(" ")
            .slice(0, 2),
        ).toEqual([scheme.id, kind]);
      }
    }
  });
});

describe("what cannot be judged without the body says so", () => {
  const cases: readonly (readonly [string, Scheme])[] = [
    ["a member of it", schemeOf({ signed: "{body:id}" })],
    ["its digest in hex", schemeOf({ signed: "{body-sha256-hex}" })],
    ["the body written anew", schemeOf({ signed: "{body-as:compact}" })],
    ["the body twice", schemeOf({ signed: "{body}{body}" })],
    ["a time in it", schemeOf({ signed: "{timestamp}.{body}", time: { place: { in: "body", path: "at" }, unit: "s" } })],
    ["a time in it that is signed with it", schemeOf({ time: { place: { in: "body", path: "at" }, unit: "s" } })],
    ["an id in it", schemeOf({ signed: "{id}.{body}", messageId: { in: "body", path: "id" } })],
    ["the signature in it", schemeOf({ signature: [{ in: "body", path: "signature" }], signed: "{body-without:signature:cut}" })],
    ["a condition on it", schemeOf({ signed: "{body:id}", when: [{ place: { in: "body", path: "id" }, equals: "evt_1" }] })],
    [
      "a digest of it elsewhere",
      schemeOf({ signed: "{header:X-Digest}", bodyDigest: { place: { in: "header", name: "X-Digest" }, hash: "sha256", encoding: "hex" } }),
    ],
    [
      "a token that holds its digest",
      schemeOf({
        algorithm: "jwt-hs256",
        encoding: "jwt",
        signed: "",
        bodyDigest: { place: { in: "claim", name: "sha256" }, hash: "sha256", encoding: "hex" },
      }),
    ],
  ];

  it.each(cases)("%s", (_, scheme) => {
    const sent = signedMessage(messageOf(), scheme);
    expect(whole(sent, providerOf([scheme]))).toContain(" ok ");
    expect(streamed(sent, providerOf([scheme]))).toContain(" body-not-kept ");
    // nor after the fact, when nothing was hashed
    const head = changedMessage(sent, { body: Buffer.alloc(0) });
    const later = judge({ message: head, provider: providerOf([scheme]), secrets: [SECRET], now: NOW, streamed: () => undefined });
    expect(later.verification.reason?.code).toBe("body-not-kept");
    expect(later.verification.verdict).not.toBe("valid");
    expect(later.explainable).toBe(false);
  });

  it("form fields", () => {
    const scheme = schemeOf({ signed: "{form-sorted}" });
    const sent = signedMessage(messageOf({ headers: ["Content-Type", "application/x-www-form-urlencoded"], body: "a=1&b=2" }), scheme);
    expect(whole(sent, providerOf([scheme]))).toContain(" ok ");
    expect(streamed(sent, providerOf([scheme]))).toContain(" body-not-kept ");
  });

  it.each([
    ["aws-sns", '{"Type":"Notification","SignatureVersion":"2","Signature":"AAAA"}'],
    ["adyen", '{"notificationItems":[]}'],
    ["mailgun", '{"signature":{"signature":"00"}}'],
    ["upmoltwork", '{"signature":"sha256=00"}'],
  ])("%s", (id, body) => {
    const provider = createCatalogue().find(id);
    const signing = provider?.signing ?? { schemes: [] };
    expect(streamed(messageOf({ body }), { signing })).toContain(" body-not-kept ");
  });

  it("but not of a signature that is wrong whatever the body was", () => {
    expect(streamed(messageOf({ headers: ["X-Signature", "zz"] }), providerOf([timed]))).toContain(" malformed ");
    expect(streamed(messageOf(), providerOf([timed]))).toContain(" absent ");
    const noUrl = messageOf({ url: undefined, headers: ["X-Signature", "00".repeat(32)] });
    expect(streamed(noUrl, providerOf([schemeOf({ signed: "{url}{body}" })]))).toContain(" incomplete ");
  });
});

it("no more hashes run than a delivery is worth", () => {
  const secrets = Array.from({ length: 100 }, (_, index) => `secret-${index}`);
  const provider = providerOf([schemeOf()]);
  const signedBy = (secret: string): Message => signedMessage(messageOf(), schemeOf(), { secret });
  expect(streamed(signedBy("secret-0"), provider, { secrets })).toContain(" ok ");
  // which is no verdict on the rest
  expect(streamed(signedBy("secret-99"), provider, { secrets })).not.toContain(" ok ");
});
