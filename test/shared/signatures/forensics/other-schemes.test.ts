import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { HeaderList } from "../../../../shared/http/headers.ts";
import { createMessage } from "../../../../shared/signatures/message.ts";
import type { Scheme } from "../../../../shared/signatures/scheme.ts";
import type { Reason, ReasonCode } from "../../../../shared/signatures/verification.ts";
import { verify, type VerifyInput } from "../../../../shared/signatures/verify.ts";
import { ED25519, NOW, P256, providerOf, RSA, schemeOf } from "../fixtures.ts";
import { JSON_BODY, pemOf, SECONDS, URL } from "./senders.ts";

function reasonOf(
  scheme: Scheme,
  {
    headers,
    body = JSON_BODY,
    secrets,
    ...rest
  }: { readonly headers: HeaderList; readonly body?: string; readonly secrets: readonly string[] } & Pick<VerifyInput, "otherSecrets">,
): Reason | null {
  const message = createMessage({ method: "POST", url: URL, headers, body: Buffer.from(body) });
  return verify({ message, provider: providerOf([scheme]), secrets, now: NOW, ...rest }).reason;
}

function said(code: ReasonCode, message: RegExp): object {
  return { code, message: expect.stringMatching(message) };
}

describe("a token", () => {
  const TOKEN = "t0ken-made-up-For-tests";
  const scheme = schemeOf({ algorithm: "token", encoding: "text", signed: "" });
  const sent = (...headers: string[]): HeaderList => headers;

  test.each<[string, HeaderList, readonly string[], ReasonCode, RegExp]>([
    ["has Bearer in front", sent("X-Signature", `Bearer ${TOKEN}`), [TOKEN], "wrong-prefix", /has "Bearer " in front/],
    ["differs in capitals", sent("X-Signature", TOKEN.toUpperCase()), [TOKEN], "secret-encoding", /capital and small letters/],
    [
      "is compared with a secret that has a line feed",
      sent("X-Signature", TOKEN),
      [`${TOKEN}\n`],
      "secret-whitespace",
      /Your secret has white space/,
    ],
    [
      "is compared with a secret that has quotes",
      sent("X-Signature", TOKEN),
      [`"${TOKEN}"`],
      "secret-whitespace",
      /Your secret has quotes/,
    ],
    ["has quotes", sent("X-Signature", `"${TOKEN}"`), [TOKEN], "secret-whitespace", /The token has double quotes/],
    [
      "is encoded",
      sent("X-Signature", Buffer.from(TOKEN).toString("base64")),
      [TOKEN],
      "secret-encoding",
      /The token is the base64 of your secret/,
    ],
    ["stands in another header", sent("Authorization", `Bearer ${TOKEN}`), [TOKEN], "wrong-header", /stands in header Authorization/],
    [
      "is an HMAC",
      sent("X-Signature", createHmac("sha256", TOKEN).update(JSON_BODY).digest("hex")),
      [TOKEN],
      "wrong-algorithm",
      /HMAC-SHA256 of the body/,
    ],
    ["is compared with a masked secret", sent("X-Signature", TOKEN), ["t0ken-ma..."], "secret-masked", /looks masked/],
  ])("that %s is explained", (_, headers, secrets, code, message) => {
    expect(reasonOf(scheme, { headers, secrets })).toMatchObject(said(code, message));
  });

  test("of another provider is explained", () => {
    const reason = reasonOf(scheme, {
      headers: ["X-Signature", TOKEN],
      secrets: ["another"],
      otherSecrets: [{ provider: "gitlab", secret: TOKEN }],
    });
    expect(reason).toMatchObject(said("other-secret", /matches the secret of gitlab/));
  });

  test("that is simply another one has no cause", () => {
    expect(reasonOf(scheme, { headers: ["X-Signature", TOKEN], secrets: ["another"] })).toMatchObject(
      said("no-match", /^The token is another one than your secret: nothing/),
    );
  });
});

describe("a signature by a public key", () => {
  const timed = schemeOf({
    algorithm: "ed25519",
    key: { form: "public" },
    signed: "{timestamp}{body}",
    time: { place: { in: "header", name: "X-Timestamp" }, unit: "s" },
  });
  const secrets = [pemOf(ED25519.publicKey)];
  const signedBy = (text: string): Buffer => sign(null, Buffer.from(text), ED25519.privateKey);
  const headersOf = (signature: string): HeaderList => ["X-Timestamp", SECONDS, "X-Signature", signature];

  test.each<[string, string, ReasonCode, RegExp]>([
    ["of the body alone", signedBy(JSON_BODY).toString("hex"), "signed-content", /\{body\}, without timestamp/],
    ["of milliseconds", signedBy(`${SECONDS}000${JSON_BODY}`).toString("hex"), "timestamp-unit", /milliseconds/],
    ["of compact JSON", signedBy(SECONDS + JSON.stringify(JSON.parse(JSON_BODY))).toString("hex"), "body-reserialised", /compact JSON/],
    ["of a body with a line feed", signedBy(`${SECONDS}${JSON_BODY}\n`).toString("hex"), "body-newline", /line feed/],
    ["in base64", signedBy(SECONDS + JSON_BODY).toString("base64"), "digest-encoding", /is base64, and this scheme writes hex/],
    [
      "in capital digits",
      signedBy(SECONDS + JSON_BODY)
        .toString("hex")
        .toUpperCase(),
      "digest-case",
      /capital/,
    ],
  ])("%s is explained", (_, signature, code, message) => {
    expect(reasonOf(timed, { headers: headersOf(signature), secrets })).toMatchObject(said(code, message));
  });

  test("by the key of another provider is explained", () => {
    const other = generateKeyPairSync("ed25519");
    const reason = reasonOf(timed, {
      headers: headersOf(sign(null, Buffer.from(SECONDS + JSON_BODY), other.privateKey).toString("hex")),
      secrets,
      otherSecrets: [{ provider: "telnyx", secret: pemOf(other.publicKey) }],
    });
    expect(reason).toMatchObject(said("other-secret", /matches the secret of telnyx/));
  });

  test("with r and s in place of DER is explained", () => {
    const scheme = schemeOf({ algorithm: "ecdsa-p256-der", encoding: "base64", key: { form: "public" } });
    const signature = sign("sha256", Buffer.from(JSON_BODY), { key: P256.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64");
    expect(reasonOf(scheme, { headers: ["X-Signature", signature], secrets: [pemOf(P256.publicKey)] })).toMatchObject(
      said("wrong-algorithm", /r and s as 64 bytes/),
    );
  });

  test("with another hash of RSA is explained", () => {
    const scheme = schemeOf({ algorithm: "rsa-sha256", encoding: "base64", key: { form: "public" } });
    const signature = sign("sha1", Buffer.from(JSON_BODY), RSA.privateKey).toString("base64");
    expect(reasonOf(scheme, { headers: ["X-Signature", signature], secrets: [pemOf(RSA.publicKey)] })).toMatchObject(
      said("wrong-algorithm", /RSA with SHA-1/),
    );
  });

  test("that nothing explains has no cause", () => {
    expect(reasonOf(timed, { headers: headersOf(signedBy("another text").toString("hex")), secrets })).toMatchObject(
      said("no-match", /^The signature was made with another key, or of other bytes: nothing/),
    );
  });
});

describe("a JSON Web Token", () => {
  const scheme = schemeOf({
    algorithm: "jwt-hs256",
    encoding: "jwt",
    signed: "",
    claims: { iss: "acme" },
    bodyDigest: { place: { in: "claim", name: "sha256" }, hash: "sha256", encoding: "hex" },
  });
  const SECRET = "jw7-k3y-0f-te5ts-made-up";
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const digest = (body: string, encoding: "hex" | "base64" = "hex"): string => createHash("sha256").update(body).digest(encoding);
  function token(
    claims: object = {},
    { alg = "HS256", key = SECRET }: { readonly alg?: string; readonly key?: string | Buffer } = {},
  ): string {
    const text = `${part({ alg, typ: "JWT" })}.${part({ iss: "acme", sha256: digest(JSON_BODY), ...claims })}`;
    return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
  }

  test("without a mistake is valid", () => {
    expect(reasonOf(scheme, { headers: ["X-Signature", token()], secrets: [SECRET] })).toBeNull();
  });

  test.each<[string, string, ReasonCode, RegExp]>([
    ["with another claim", token({ iss: "somebody" }), "signed-content", /claim iss is "somebody", and this scheme wants "acme"/],
    ["without a claim", token({ iss: undefined }), "signed-content", /has no claim iss/],
    [
      "with another algorithm",
      token({}, { alg: "HS512" }),
      "wrong-algorithm",
      /names the algorithm "HS512", and this scheme takes HS256 alone/,
    ],
    ["with no algorithm", token({}, { alg: "none" }), "wrong-algorithm", /"none"/],
    ["with a key that has a line feed", token({}, { key: `${SECRET}\n` }), "secret-whitespace", /line feed/],
    ["with an empty key", token({}, { key: "" }), "other-secret", /empty secret/],
    ["behind Bearer", `Bearer ${token()}`, "wrong-prefix", /Bearer/],
    [
      "with the digest of compact JSON",
      token({ sha256: digest(JSON.stringify(JSON.parse(JSON_BODY))) }),
      "body-reserialised",
      /compact JSON/,
    ],
    ["with the digest of a body with a line feed", token({ sha256: digest(`${JSON_BODY}\n`) }), "body-newline", /line feed/],
    ["with a digest in base64", token({ sha256: digest(JSON_BODY, "base64") }), "digest-encoding", /digest in claim sha256 is base64/],
    ["with a digest in capitals", token({ sha256: digest(JSON_BODY).toUpperCase() }), "digest-case", /capital/],
    ["with the digest of another body", token({ sha256: digest("another") }), "body-digest", /digest of the body/],
    ["with a key that nobody knows", token({}, { key: "nobody knows" }), "no-match", /nothing that devhook tried/],
  ])("%s is explained", (_, text, code, message) => {
    expect(reasonOf(scheme, { headers: ["X-Signature", text], secrets: [SECRET] })).toMatchObject(said(code, message));
  });

  test("that names a key which is not in the set is explained", () => {
    const es256 = schemeOf({ algorithm: "jwt-es256", encoding: "jwt", signed: "", key: { form: "public" } });
    const text = `${part({ alg: "ES256", kid: "new" })}.${part({})}`;
    const signature = sign("sha256", Buffer.from(text), { key: P256.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url");
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwks = JSON.stringify({ keys: [{ ...other.publicKey.export({ format: "jwk" }), kid: "old" }] });
    expect(reasonOf(es256, { headers: ["X-Signature", `${text}.${signature}`], secrets: [jwks] })).toMatchObject(
      said("other-secret", /names the key "new", and yours is "old"/),
    );
  });
});

describe("a text that is no signature", () => {
  const hex = schemeOf({ signature: [{ in: "header", name: "X-Signature", prefix: "sha256=" }] });
  const nobody = createHmac("sha256", "nobody").update("knows").digest();

  test.each<[string, string, ReasonCode, RegExp]>([
    [
      "is base64",
      `sha256=${nobody.toString("base64")}`,
      "digest-encoding",
      /is base64, and this scheme writes hex; nor does it match in its right form/,
    ],
    ["has no prefix", nobody.toString("hex"), "wrong-prefix", /"sha256=" is missing in front of the signature; nor does it match/],
    ["has another prefix", `sha1=${nobody.toString("hex")}`, "wrong-prefix", /"sha1=" in front, where this scheme writes "sha256="/],
    ["has the length of SHA-1", `sha256=${"ab".repeat(20)}`, "wrong-algorithm", /has 20 bytes, as SHA-1 has, and this scheme's has 32/],
    ["is empty", "sha256=", "signature-malformed", /is empty|holds no signature/],
    ["is undefined", "undefined", "signature-malformed", /holds "undefined": the sender's variable holds no signature/],
    ["is anything", "sha256=hello", "signature-malformed", /holds/],
  ])("because it %s is described", (_, text, code, message) => {
    expect(reasonOf(hex, { headers: ["X-Signature", text], secrets: ["k3y"] })).toMatchObject(said(code, message));
  });

  test("is described without a secret too", () => {
    expect(reasonOf(hex, { headers: ["X-Signature", nobody.toString("hex")], secrets: [] })).toMatchObject(
      said("wrong-prefix", /without a secret nothing more can be told/),
    );
  });

  test("leads to the header that holds the signature", () => {
    const digest = createHmac("sha256", "k3y").update(JSON_BODY).digest("hex");
    expect(reasonOf(hex, { headers: ["X-Signature", "sha256=", "X-Real-Signature", `sha256=${digest}`], secrets: ["k3y"] })).toMatchObject(
      said("wrong-header", /header X-Real-Signature/),
    );
  });
});

describe("of several readings of one place", () => {
  const body = schemeOf();
  const prefixed = schemeOf({ id: "prefixed", signature: [{ in: "header", name: "X-Signature", prefix: "sha256=" }] });
  const timed = schemeOf({ id: "timed", signed: "{timestamp}.{body}", time: { place: { in: "header", name: "X-Time" }, unit: "s" } });
  const decoded = schemeOf({ id: "decoded", key: { form: "base64" } });
  const SECRET = "bWFkZSB1cCBmb3IgdGVzdHM=";
  const mac = (text: string, key: string | Buffer = SECRET): string => createHmac("sha256", key).update(text).digest("hex");
  const TIME = ["X-Time", SECONDS];

  test.each<[string, readonly Scheme[], string, ReasonCode, RegExp]>([
    ["notation", [prefixed, body], mac(JSON_BODY).toUpperCase(), "digest-case", /^The signature is written in capital hex digits/],
    [
      "notation, and the body",
      [prefixed, body],
      mac(`${JSON_BODY}\n`).toUpperCase(),
      "body-newline",
      /^Two things differ: .*\(2\) .*capital/,
    ],
    [
      "text",
      [prefixed, body, timed],
      mac(`${SECONDS}.${JSON_BODY}`).toUpperCase(),
      "digest-case",
      /^The signature is written in capital hex digits/,
    ],
    ["text, and the body", [body, timed], mac(`${SECONDS}.${JSON_BODY}\n`), "body-newline", /^The body was signed with a line feed/],
    [
      "key",
      [body, decoded],
      Buffer.from(mac(JSON_BODY, Buffer.from("made up for tests")), "hex").toString("base64"),
      "digest-encoding",
      /^The signature is base64/,
    ],
    [
      "key, and the body",
      [body, decoded],
      mac(JSON.stringify(JSON.parse(JSON_BODY)), Buffer.from("made up for tests")),
      "body-reserialised",
      /^The body was re-serialised/,
    ],
  ])("the one that needs the fewest causes is taken: it differs in %s", (_, schemes, text, code, message) => {
    const request = createMessage({ method: "POST", url: URL, headers: [...TIME, "X-Signature", text], body: Buffer.from(JSON_BODY) });
    const { verdict, reason } = verify({ message: request, provider: providerOf(schemes), secrets: [SECRET], now: NOW });
    expect({ verdict, reason }).toEqual({ verdict: "invalid", reason: expect.objectContaining(said(code, message)) });
  });

  test("the form of none is described by the one that is nearest", () => {
    const message = createMessage({ method: "POST", url: URL, headers: ["X-Signature", "AB".repeat(32)], body: Buffer.from(JSON_BODY) });
    const { reason } = verify({ message, provider: providerOf([prefixed, body]), secrets: [SECRET], now: NOW });
    expect(reason).toMatchObject(said("digest-case", /capital hex digits.*; nor does it match in its right form/));
  });
});
