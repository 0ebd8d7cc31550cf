import { createHash, createHmac, createPublicKey, sign as cryptoSign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { check, checkScheme, type Finding } from "../../../shared/signatures/check.ts";
import type { Message } from "../../../shared/signatures/message.ts";
import type { Provider } from "../../../shared/signatures/provider.ts";
import type { Scheme } from "../../../shared/signatures/scheme.ts";
import { ED25519, messageOf, NOW, P256, providerOf, SECRET, schemeOf } from "./fixtures.ts";

const BODY = '{"id":"evt_1"}';

function mac(content: string | Buffer, { secret = SECRET, hash = "sha256" } = {}): Buffer {
  return createHmac(hash, secret).update(content).digest();
}

const hex = (content: string, secret = SECRET): string => mac(content, { secret }).toString("hex");

function found(
  scheme: Scheme,
  headers: readonly string[],
  input: { readonly message?: Message; readonly secrets?: readonly string[]; readonly now?: number } = {},
): Finding {
  const { message = messageOf({ headers, body: BODY }), secrets = [SECRET], now = NOW } = input;
  return checkScheme(scheme, { message, provider: providerOf([scheme]), secrets, now });
}

const kindOf = (...input: Parameters<typeof found>): string => found(...input).signature.kind;

describe("a keyed hash", () => {
  const scheme = schemeOf({ signature: [{ in: "header", name: "X-Signature", prefix: "sha256=" }] });

  it.each([
    ["as it should be", `sha256=${hex(BODY)}`, "ok"],
    ["of another body", `sha256=${hex(`${BODY}\n`)}`, "bad"],
    ["cut by one digit", `sha256=${hex(BODY).slice(1)}`, "malformed"],
    ["longer by one byte", `sha256=${hex(BODY)}00`, "malformed"],
    ["in capitals", `sha256=${hex(BODY).toUpperCase()}`, "malformed"],
    ["in base64", `sha256=${mac(BODY).toString("base64")}`, "malformed"],
    ["of another hash", `sha256=${mac(BODY, { hash: "sha512" }).toString("hex")}`, "malformed"],
    ["with blanks", `sha256= ${hex(BODY)}`, "malformed"],
    ["without its prefix", hex(BODY), "malformed"],
    ["of nothing", "sha256=", "malformed"],
    ["of an empty header", "", "malformed"],
    ["beyond ASCII", `sha256=${"é".repeat(64)}`, "malformed"],
    ["with a zero byte", `sha256=${hex(BODY).slice(0, 63)}\u0000`, "malformed"],
    ["of a megabyte", `sha256=${"a".repeat(1_000_000)}`, "malformed"],
  ])("%s", (_, value, kind) => {
    expect(kindOf(scheme, ["x-signature", value])).toBe(kind);
  });

  it("of any length is a verdict", () => {
    for (let length = 0; length <= 130; length++) {
      const value = hex(BODY).repeat(3).slice(0, length);
      expect(kindOf(scheme, ["X-Signature", `sha256=${value}`])).toBe(length === 64 ? "ok" : "malformed");
    }
  });

  it("in capitals is taken where the sender's own verifier takes it", () => {
    expect(kindOf({ ...scheme, hexCase: "any" }, ["x-signature", `sha256=${hex(BODY).toUpperCase()}`])).toBe("ok");
  });

  it.each(["hmac-sha1", "hmac-sha256", "hmac-sha512"] as const)("%s is that of node:crypto, in all encodings", (algorithm) => {
    for (const encoding of ["hex", "base64", "base64url"] as const) {
      const one = schemeOf({ algorithm, encoding });
      const right = mac(BODY, { hash: algorithm.slice(5) });
      expect(kindOf(one, ["X-Signature", right.toString(encoding)])).toBe("ok");
      const others = (["hex", "base64", "base64url"] as const)
        .map((other) => right.toString(other))
        .filter((text) => text !== right.toString(encoding));
      for (const text of others) expect(kindOf(one, ["X-Signature", text])).toBe("malformed");
    }
  });

  it("covers every byte of a body that is no text", () => {
    const body = Buffer.from([0x00, 0xff, 0xfe, 0xc3, 0x28, 0x0d, 0x0a]);
    const headers = ["X-Signature", `sha256=${mac(body).toString("hex")}`];
    expect(kindOf(scheme, [], { message: messageOf({ headers, body }) })).toBe("ok");
    expect(kindOf(scheme, [], { message: messageOf({ headers, body: Buffer.from(body.toString("utf8")) }) })).toBe("bad");
  });

  it("covers an empty body", () => {
    expect(kindOf(scheme, [], { message: messageOf({ headers: ["X-Signature", `sha256=${hex("")}`], body: "" }) })).toBe("ok");
  });

  it("may have been made with any of several secrets", () => {
    const headers = ["X-Signature", `sha256=${hex(BODY, "third")}`];
    expect(found(scheme, headers, { secrets: ["first", "", "third", "third"] }).signature).toEqual({ kind: "ok", secretIndex: 2 });
    expect(kindOf(scheme, headers, { secrets: ["first", ""] })).toBe("bad");
    expect(kindOf(scheme, headers, { secrets: [] })).toBe("no-secret");
  });

  it("is compared with a usable secret also when another is none", () => {
    const one: Scheme = { ...scheme, key: { form: "hex" } };
    const headers = ["X-Signature", `sha256=${createHmac("sha256", Buffer.from("00ff", "hex")).update(BODY).digest("hex")}`];
    expect(found(one, headers, { secrets: ["no hex", "00ff"] }).signature).toEqual({ kind: "ok", secretIndex: 1 });
    expect(found(one, headers, { secrets: ["no hex"] }).signature).toEqual({
      kind: "unusable-secret",
      why: "the secret is not an even number of hex digits",
    });
  });
});

describe("several signatures", () => {
  const list = schemeOf({ signature: [{ in: "header", name: "X-Signature", field: { name: "v1", separator: ",", assign: "=" } }] });

  it("in one header: one that matches is enough", () => {
    expect(kindOf(list, ["X-Signature", `t=1,v0=${hex(BODY)},v1=${hex("other")},v1=${hex(BODY)}`])).toBe("ok");
    expect(kindOf(list, ["X-Signature", ` v1 = ${hex(BODY)} , x`])).toBe("ok");
    expect(kindOf(list, ["X-Signature", `v1=${hex("a")},v1=${hex("b")}`])).toBe("bad");
    expect(kindOf(list, ["X-Signature", `v1=zz,v1=${hex(BODY)}`])).toBe("ok");
    expect(kindOf(list, ["X-Signature", `v0=${hex(BODY)}`])).toBe("malformed");
    expect(kindOf(list, ["X-Signature", ",,,==,,"])).toBe("malformed");
    expect(kindOf(list, ["X-Signature", ""])).toBe("malformed");
  });

  it("in several headers of one name, and in headers of several names", () => {
    expect(kindOf(list, ["X-Signature", `v1=${hex("a")}`, "x-signature", `v1=${hex(BODY)}`])).toBe("ok");
    const two = schemeOf({
      signature: [
        { in: "header", name: "X-Primary" },
        { in: "header", name: "X-Secondary" },
      ],
    });
    expect(kindOf(two, ["X-Primary", hex("a"), "X-Secondary", hex(BODY)])).toBe("ok");
    expect(kindOf(two, ["X-Secondary", hex(BODY)])).toBe("ok");
  });

  it("in numbered headers, up to the first that is missing", () => {
    const numbered = schemeOf({ signature: [{ in: "header", name: "X-Signature-", numbered: true }] });
    expect(kindOf(numbered, ["X-Signature-1", hex("a"), "x-signature-2", hex(BODY)])).toBe("ok");
    expect(kindOf(numbered, ["X-Signature-2", hex(BODY)])).toBe("absent");
    expect(kindOf(numbered, ["X-Signature-1", hex("a"), "X-Signature-3", hex(BODY)])).toBe("bad");
    const many = Array.from({ length: 300 }, (_, index) => [`X-Signature-${index + 1}`, hex("a")]).flat();
    expect(kindOf(numbered, many)).toBe("bad");
  });

  it("are not compared without end", () => {
    const flood = `${`v1=${hex("a")},`.repeat(5_000)}v1=${hex(BODY)}`;
    const finding = found(list, ["X-Signature", flood]);
    expect(finding.signature.kind).toBe("bad");
    expect(finding.signatures.length).toBeLessThanOrEqual(20);
  });

  it("of ten thousand headers are looked through", () => {
    const headers = Array.from({ length: 10_000 }, (_, index) => [`X-H${index}`, "v"]).flat();
    expect(kindOf(list, [...headers, "X-Signature", `v1=${hex(BODY)}`])).toBe("ok");
  });
});

describe("which scheme decides", () => {
  const header = (name: string): Scheme["signature"] => [{ in: "header", name }];
  const modern = schemeOf({ id: "modern", signature: header("X-Modern") });
  const legacy = schemeOf({ id: "legacy", algorithm: "hmac-sha1", signature: header("X-Legacy") });
  const legacyText = mac(BODY, { hash: "sha1" }).toString("hex");
  const checked = (headers: readonly string[], schemes = [modern, legacy], message = messageOf({ headers, body: BODY })): string => {
    const finding = check({ message, provider: providerOf(schemes), secrets: [SECRET], now: NOW });
    return finding === undefined ? "none" : `${finding.scheme.id} ${finding.signature.kind}`;
  };

  it("is the first whose signature is there", () => {
    expect(checked(["X-Legacy", legacyText])).toBe("legacy ok");
    expect(checked(["X-Legacy", legacyText, "X-Modern", hex(BODY)])).toBe("modern ok");
    // a weaker signature does not make good for a stronger one
    expect(checked(["X-Legacy", legacyText, "X-Modern", hex("other")])).toBe("modern bad");
    expect(checked(["X-Legacy", legacyText, "X-Modern", ""])).toBe("modern malformed");
  });

  it("is the first of all where none is there", () => {
    expect(checked([])).toBe("modern absent");
    expect(checked([], [])).toBe("none");
  });

  it("is none whose conditions do not hold", () => {
    const version = (equals: string): NonNullable<Scheme["when"]> => [{ place: { in: "header", name: "X-Version" }, equals }];
    const schemes = [
      { ...modern, id: "v2", when: version("2") },
      { ...modern, id: "v1", when: version("1") },
    ];
    expect(checked(["X-Version", "1", "X-Modern", hex(BODY)], schemes)).toBe("v1 ok");
    expect(checked(["X-Version", "3", "X-Modern", hex(BODY)], schemes)).toBe("none");
    expect(checked(["X-Modern", hex(BODY)], schemes)).toBe("none");
  });

  it("of readings of one signature is the one that matches", () => {
    const readings = [
      modern,
      { ...modern, id: "base64", encoding: "base64" as const },
      { ...modern, id: "dot", signed: "{header:X-Id}.{body}" },
    ];
    expect(checked(["X-Modern", mac(BODY).toString("base64")], readings)).toBe("base64 ok");
    expect(checked(["X-Modern", hex(`7.${BODY}`), "X-Id", "7"], readings)).toBe("dot ok");
    expect(checked(["X-Modern", hex("other")], readings)).toBe("modern bad");
    expect(checked(["X-Modern", mac("other").toString("base64")], readings)).toBe("base64 bad");
    expect(checked(["X-Modern", "garbage"], readings)).toBe("modern malformed");
  });

  it("of readings that match is the one whose time can be", () => {
    const timed = (unit: "s" | "ms"): Scheme => ({
      ...modern,
      id: unit,
      signed: "{timestamp}.{body}",
      time: { place: { in: "header", name: "X-Time" }, unit, tolerance: { old: 300, future: 300 } },
    });
    for (const schemes of [
      [timed("s"), timed("ms")],
      [timed("ms"), timed("s")],
    ]) {
      expect(checked(["X-Time", String(NOW), "X-Modern", hex(`${NOW}.${BODY}`)], schemes)).toBe("ms ok");
      expect(checked(["X-Time", String(NOW / 1_000), "X-Modern", hex(`${NOW / 1_000}.${BODY}`)], schemes)).toBe("s ok");
    }
  });
});

describe("a public-key signature", () => {
  const content = Buffer.from(BODY);
  const pem = (pair: { publicKey: typeof P256.publicKey }): string => pair.publicKey.export({ format: "pem", type: "spki" }).toString();

  it("of ECDSA is DER or r and s, and one is not taken for the other", () => {
    const der = cryptoSign("sha256", content, { key: P256.privateKey, dsaEncoding: "der" }).toString("base64");
    const raw = cryptoSign("sha256", content, { key: P256.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64");
    const schemes = (["ecdsa-p256-der", "ecdsa-p256-p1363"] as const).map((algorithm) =>
      schemeOf({ algorithm, encoding: "base64", key: { form: "public" } }),
    );
    const kinds = schemes.map((scheme) => [der, raw].map((text) => kindOf(scheme, ["X-Signature", text], { secrets: [pem(P256)] })));
    expect(kinds).toEqual([
      ["ok", "bad"],
      ["bad", "ok"],
    ]);
  });

  it("of every length is a verdict", () => {
    const right = cryptoSign(null, content, ED25519.privateKey);
    const scheme = schemeOf({ algorithm: "ed25519", key: { form: "public" } });
    const ecdsa = schemeOf({ algorithm: "ecdsa-p256-der", key: { form: "public" } });
    for (let length = 0; length <= 80; length++) {
      const value = Buffer.concat([right, right]).subarray(0, length).toString("hex");
      expect(kindOf(scheme, ["X-Signature", value], { secrets: [pem(ED25519)] })).toBe(
        length === 0 ? "malformed" : length === 64 ? "ok" : "bad",
      );
      expect(kindOf(ecdsa, ["X-Signature", value], { secrets: [pem(P256)] })).toBe(length === 0 ? "malformed" : "bad");
    }
  });

  it("is not made good by a key of another kind, nor by none", () => {
    const right = cryptoSign(null, content, ED25519.privateKey).toString("hex");
    const scheme = schemeOf({ algorithm: "ed25519", key: { form: "public" } });
    expect(found(scheme, ["X-Signature", right], { secrets: [pem(P256)] }).signature).toEqual({
      kind: "unusable-secret",
      why: "the key is of another kind than ed25519 needs",
    });
    expect(kindOf(scheme, ["X-Signature", right], { secrets: [pem(P256), pem(ED25519)] })).toBe("ok");
  });
});

describe("a JSON Web Token", () => {
  const hs = schemeOf({
    algorithm: "jwt-hs256",
    encoding: "jwt",
    signed: "",
    claims: { iss: "acme" },
    bodyDigest: { place: { in: "claim", name: "sha256" }, hash: "sha256", encoding: "hex" },
  });
  const es: Scheme = { ...hs, algorithm: "jwt-es256", key: { form: "public" } };
  const digest = createHash("sha256").update(BODY).digest("hex");
  const claims = { iss: "acme", sha256: digest };
  const publicPem = P256.publicKey.export({ format: "pem", type: "spki" }).toString();
  const part = (value: unknown): string => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const hsToken = (header: unknown, payload: unknown, secret: string | Buffer = SECRET): string => {
    const text = `${part(header)}.${part(payload)}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  };
  const esToken = (header: unknown, payload: unknown, key = P256.privateKey): string => {
    const text = `${part(header)}.${part(payload)}`;
    return `${text}.${cryptoSign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  };
  const good = hsToken({ alg: "HS256" }, claims);
  const [head = "", payload = "", signature = ""] = good.split(".");

  it.each([
    ["as it should be", good, "ok"],
    ["of another body", hsToken({ alg: "HS256" }, { ...claims, sha256: "00" }), "body-digest"],
    ["without a digest", hsToken({ alg: "HS256" }, { iss: "acme" }), "body-digest"],
    ["with a digest that is no text", hsToken({ alg: "HS256" }, { iss: "acme", sha256: [digest] }), "body-digest"],
    ["of another issuer", hsToken({ alg: "HS256" }, { ...claims, iss: "other" }), "bad"],
    ["of an issuer that is a list", hsToken({ alg: "HS256" }, { ...claims, iss: ["acme"] }), "bad"],
    ["without the issuer", hsToken({ alg: "HS256" }, { sha256: digest }), "bad"],
    ["by another secret", hsToken({ alg: "HS256" }, claims, "other"), "bad"],
    // RFC 8725 section 3.1: the algorithm is the verifier's choice
    ["of the algorithm none", `${part({ alg: "none" })}.${part(claims)}.`, "malformed"],
    ["of the algorithm none, with a signature", hsToken({ alg: "none" }, claims), "bad"],
    ["of the algorithm hs256 in small letters", hsToken({ alg: "hs256" }, claims), "bad"],
    ["of HS512", hsToken({ alg: "HS512" }, claims), "bad"],
    ["of no algorithm", hsToken({ typ: "JWT" }, claims), "malformed"],
    ["of an algorithm that is no text", hsToken({ alg: ["HS256"] }, claims), "malformed"],
    // RFC 7515 section 4.1.11
    ["with a critical header", hsToken({ alg: "HS256", crit: ["b64"], b64: false }, claims), "malformed"],
    ["with an empty critical header", hsToken({ alg: "HS256", crit: [] }, claims), "malformed"],
    ["with another dot", `${good}.`, "malformed"],
    ["with a dot less", good.replace(".", ""), "malformed"],
    ["of dots", "..", "malformed"],
    ["of five parts", `${good}.a.b`, "malformed"],
    ["with padding", `${good}=`, "malformed"],
    ["with a blank", `${good} `, "malformed"],
    ["in base64", `${head}.${payload}.${Buffer.from(signature, "base64url").toString("base64")}`, "malformed"],
    [
      "whose last character has other spare bits",
      `${good.slice(0, -1)}${good.endsWith("A") ? "B" : String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`,
      "malformed",
    ],
    ["of claims that are a list", hsToken({ alg: "HS256" }, [claims]), "malformed"],
    ["of claims that are no JSON", hsToken({ alg: "HS256" }, "{"), "malformed"],
    ["of claims with a byte order mark", hsToken({ alg: "HS256" }, `\ufeff${JSON.stringify(claims)}`), "malformed"],
    ["of claims of null", hsToken({ alg: "HS256" }, "null"), "malformed"],
    ["that is too long", hsToken({ alg: "HS256" }, { ...claims, more: "x".repeat(20_000) }), "malformed"],
    ["of nothing", "", "malformed"],
  ])("%s", (_, token, kind) => {
    expect(kindOf(hs, ["X-Signature", token])).toBe(kind);
  });

  it("by a secret that is a key: the public key is no secret (RFC 8725 section 2.1)", () => {
    const asSecret = [publicPem, publicPem.trim(), createPublicKey(publicPem).export({ format: "der", type: "spki" })];
    for (const secret of asSecret)
      expect(kindOf(es, ["X-Signature", hsToken({ alg: "HS256" }, claims, secret)], { secrets: [publicPem] })).toBe("bad");
    for (const secret of asSecret)
      expect(kindOf(es, ["X-Signature", hsToken({ alg: "ES256" }, claims, secret)], { secrets: [publicPem] })).toBe("bad");
    expect(kindOf(es, ["X-Signature", esToken({ alg: "ES256" }, claims)], { secrets: [publicPem] })).toBe("ok");
    expect(kindOf(hs, ["X-Signature", esToken({ alg: "ES256" }, claims)])).toBe("bad");
    for (const alg of ["HS256", "none", "ES384", "es256"])
      expect(kindOf(es, ["X-Signature", esToken({ alg }, claims)], { secrets: [publicPem] })).toBe("bad");
  });

  it("is checked with the key that it names, where the set names its keys", () => {
    const jwk = (kid: string): object => ({ ...P256.publicKey.export({ format: "jwk" }), kid });
    const secrets = [JSON.stringify({ keys: [jwk("one"), jwk("two")] })];
    expect(kindOf(es, ["X-Signature", esToken({ alg: "ES256", kid: "two" }, claims)], { secrets })).toBe("ok");
    expect(kindOf(es, ["X-Signature", esToken({ alg: "ES256" }, claims)], { secrets })).toBe("ok");
    expect(kindOf(es, ["X-Signature", esToken({ alg: "ES256", kid: 7 }, claims)], { secrets })).toBe("ok");
    expect(kindOf(es, ["X-Signature", esToken({ alg: "ES256", kid: "three" }, claims)], { secrets })).toBe("bad");
    expect(kindOf(es, ["X-Signature", esToken({ alg: "ES256", kid: "three" }, claims)], { secrets: [publicPem] })).toBe("ok");
  });

  const seconds = NOW / 1_000;
  it.each([
    ["no time", {}, "not-covered"],
    ["an end to come", { exp: seconds + 1 }, "not-covered"],
    ["an end that is now", { exp: seconds }, "stale"],
    ["an end that has been", { exp: seconds - 1 }, "stale"],
    ["an end at a fraction", { exp: seconds + 0.5 }, "not-covered"],
    ["an end that is no number", { exp: "tomorrow" }, "stale"],
    ["an end that is nothing", { exp: null }, "stale"],
    ["an end in milliseconds", { exp: NOW }, "not-covered"],
    ["an end before all time", { exp: -1e30 }, "stale"],
    ["a beginning that is now", { nbf: seconds }, "not-covered"],
    ["a beginning to come", { nbf: seconds + 1 }, "future"],
    ["a beginning that is no number", { nbf: "now" }, "future"],
    ["a beginning after all time", { nbf: 1e30 }, "future"],
  ])("with %s", (_, times, fact) => {
    const finding = found(hs, ["X-Signature", hsToken({ alg: "HS256" }, { ...claims, ...times })]);
    expect(finding.signature.kind).toBe("ok");
    expect(finding.time.fact).toBe(fact);
  });

  it("has its time in a claim, and its end counts before the tolerance does", () => {
    const timed: Scheme = { ...hs, time: { place: { in: "claim", name: "iat" }, unit: "s", tolerance: { old: 300, future: 300 } } };
    const factOf = (times: object): string => found(timed, ["X-Signature", hsToken({ alg: "HS256" }, { ...claims, ...times })]).time.fact;
    expect(factOf({ iat: seconds - 300 })).toBe("ok");
    expect(factOf({ iat: seconds - 301 })).toBe("stale");
    expect(factOf({ iat: seconds + 301 })).toBe("future");
    expect(factOf({ iat: seconds, exp: seconds })).toBe("stale");
    expect(factOf({ iat: String(seconds) })).toBe("ok");
    for (const iat of [1.5, 1e30, -1, null, {}, "NaN", ""]) expect(factOf({ iat })).toBe("absent");
    expect(factOf({})).toBe("absent");
  });
});

describe("a token", () => {
  const header = schemeOf({
    algorithm: "token",
    encoding: "text",
    signed: "",
    signature: [{ in: "header", name: "X-Token", prefix: "Bearer ", prefixOptional: true }],
  });

  it("is the secret itself", () => {
    expect(kindOf(header, ["X-Token", SECRET])).toBe("ok");
    expect(kindOf(header, ["X-Token", `Bearer ${SECRET}`])).toBe("ok");
    expect(kindOf(header, ["X-Token", `bearer ${SECRET}`])).toBe("bad");
    for (const other of [`${SECRET}x`, SECRET.slice(1), `${SECRET} `, ` ${SECRET}`, SECRET.toUpperCase(), "x"])
      expect(kindOf(header, ["X-Token", other])).toBe("bad");
    expect(kindOf(header, ["X-Token", ""])).toBe("malformed");
    expect(kindOf(header, [])).toBe("absent");
    expect(kindOf(header, ["X-Token", SECRET], { secrets: [] })).toBe("no-secret");
    expect(kindOf(header, ["X-Token", SECRET], { secrets: ["a", SECRET] })).toBe("ok");
  });

  it("beyond ASCII stands in a header as its UTF-8 bytes, and elsewhere as text", () => {
    const secret = "pässwort-€-😀";
    expect(kindOf(header, ["X-Token", Buffer.from(secret).toString("latin1")], { secrets: [secret] })).toBe("ok");
    expect(kindOf(header, ["X-Token", "p\xe4sswort"], { secrets: ["pässwort"] })).toBe("bad");
    const inBody = { ...header, signature: [{ in: "body", path: "token" }] } as const;
    const body = JSON.stringify({ token: secret });
    expect(kindOf(inBody, [], { message: messageOf({ body }), secrets: [secret] })).toBe("ok");
    expect(kindOf(inBody, [], { message: messageOf({ body }), secrets: [`${secret}x`] })).toBe("bad");
    const inQuery = { ...header, signature: [{ in: "query", name: "key" }] } as const;
    expect(kindOf(inQuery, [], { message: messageOf({ url: `https://x/?key=${encodeURIComponent(secret)}` }), secrets: [secret] })).toBe(
      "ok",
    );
    const form = messageOf({
      headers: ["Content-Type", "application/x-www-form-urlencoded"],
      body: new URLSearchParams({ key: secret }).toString(),
    });
    expect(kindOf({ ...header, signature: [{ in: "form", name: "key" }] }, [], { message: form, secrets: [secret] })).toBe("ok");
  });
});

describe("a plain hash", () => {
  const scheme = schemeOf({ algorithm: "sha256", signed: "{secret}{method}{url}{body}" });

  it("begins with the secret", () => {
    const value = createHash("sha256").update(`${SECRET}POSThttps://relay.example.com/name/hooks?x=1${BODY}`).digest("hex");
    expect(kindOf(scheme, ["X-Signature", value])).toBe("ok");
    expect(kindOf(scheme, ["X-Signature", value], { secrets: ["other"] })).toBe("bad");
    expect(kindOf(scheme, ["X-Signature", createHash("sha256").update(BODY).digest("hex")])).toBe("bad");
  });

  it("takes a secret beyond ASCII as UTF-8", () => {
    const value = createHash("sha256").update(`é${BODY}`).digest("hex");
    expect(kindOf(schemeOf({ algorithm: "sha256", signed: "{secret}{body}" }), ["X-Signature", value], { secrets: ["é"] })).toBe("ok");
  });
});

describe("what else is signed", () => {
  it("a message id from the body is UTF-8, one from a header is its bytes", () => {
    const body = '{"id":"é€"}';
    const inBody = schemeOf({ signed: "{id}.{body}", messageId: { in: "body", path: "id" } });
    expect(kindOf(inBody, [], { message: messageOf({ headers: ["X-Signature", hex(`é€.${body}`)], body }) })).toBe("ok");
    const inHeader = schemeOf({ signed: "{id}.{body}", messageId: { in: "header", name: "X-Id" } });
    const value = mac(Buffer.concat([Buffer.from([0xe9]), Buffer.from(`.${BODY}`)])).toString("hex");
    expect(kindOf(inHeader, ["X-Id", "\xe9", "X-Signature", value])).toBe("ok");
  });

  it.each([
    ["{header:X-Nonce}.{body}", "header:X-Nonce"],
    ["{timestamp}.{body}", "timestamp"],
    ["{id}.{body}", "id"],
    ["{body:data.x}", "body:data.x"],
    ["{form-sorted}", "form-sorted"],
    ["{sns}", "sns"],
  ])("%s: what is missing is named", (signed, placeholder) => {
    const scheme = schemeOf({
      signed,
      time: { place: { in: "header", name: "X-Time" }, unit: "s" },
      messageId: { in: "header", name: "X-Id" },
    });
    expect(found(scheme, ["X-Signature", hex(BODY)]).signature).toEqual({ kind: "incomplete", placeholder });
  });

  it("a URL that is not known is named", () => {
    const scheme = schemeOf({ signed: "{url}{body}" });
    const message = messageOf({ url: undefined, headers: ["X-Signature", hex(BODY)] });
    expect(found(scheme, [], { message }).signature).toEqual({ kind: "incomplete", placeholder: "url" });
  });
});

describe("the URL that was called", () => {
  const twilio = schemeOf({ signed: "{url}", urlVariants: ["default-port-toggled"] });
  const kindFor = (scheme: Scheme, known: string, signed: string, urlAlso?: string): string =>
    kindOf(scheme, [], { message: messageOf({ url: known, urlAlso, headers: ["X-Signature", hex(signed)], body: "" }) });

  it.each([
    ["https://a.example/x?y=1", "https://a.example/x?y=1", "ok"],
    ["https://a.example/x?y=1", "https://a.example:443/x?y=1", "ok"],
    ["https://a.example:443/x", "https://a.example/x", "ok"],
    ["https://a.example:8443/x", "https://a.example/x", "ok"],
    ["http://a.example/x", "http://a.example:80/x", "ok"],
    ["http://a.example/x", "http://a.example:443/x", "bad"],
    ["https://a.example/x", "https://a.example:8443/x", "bad"],
    ["https://a.example", "https://a.example:443", "ok"],
    ["https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x", "ok"],
    ["https://a.example/x", "http://a.example/x", "bad"],
    ["https://a.example/x", "https://a.example/x/", "bad"],
    ["no url", "no url", "ok"],
  ])("known as %s, signed as %s: %s", (known, signed, kind) => {
    expect(kindFor(twilio, known, signed)).toBe(kind);
  });

  it.each([
    ["https://a.example/x?u=https%3A%2F%2Fb%3Fc%40d", "https://a.example/x?u=https://b?c@d", "ok"],
    ["https://a.example/x?u=%21%24%27%28%29%2A%2C%3B", "https://a.example/x?u=!$'()*,;", "ok"],
    ["https://a.example/x?u=%2f%3a", "https://a.example/x?u=/:", "ok"],
    ["https://a.example/x?u=a%20b%26c", "https://a.example/x?u=a%20b%26c", "ok"],
    ["https://a.example/x?u=a%20b", "https://a.example/x?u=a b", "bad"],
    ["https://a.example/x?u=%", "https://a.example/x?u=%", "ok"],
    ["https://a.example/x?u=%252F", "https://a.example/x?u=%252F", "ok"],
  ])("decoded as HubSpot does: %s, signed as %s: %s", (known, signed, kind) => {
    expect(kindFor(schemeOf({ signed: "{url}", urlVariants: ["decoded"] }), known, signed)).toBe(kind);
  });

  it("with and without a slash at the end of its path", () => {
    const scheme = schemeOf({ signed: "{url}", urlVariants: ["slash-toggled"] });
    expect(kindFor(scheme, "https://a.example/x?y", "https://a.example/x/?y")).toBe("ok");
    expect(kindFor(scheme, "https://a.example/x/#f", "https://a.example/x#f")).toBe("ok");
    expect(kindFor(scheme, "https://a.example/x", "https://a.example/x//")).toBe("bad");
  });

  it("at the root of a tunnel is one of two", () => {
    const known = ["https://relay.example.com/name/", "https://relay.example.com/name"] as const;
    for (const signed of known) expect(kindFor(schemeOf({ signed: "{url}" }), known[0], signed, known[1])).toBe("ok");
    expect(kindFor(schemeOf({ signed: "{url}" }), known[0], "https://relay.example.com/name?x", known[1])).toBe("bad");
    expect(kindFor(twilio, known[0], "https://relay.example.com:443/name", known[1])).toBe("ok");
  });

  it("keeps bytes beyond ASCII as they came", () => {
    const url = "https://a.example/\xc3\xa9";
    const value = mac(Buffer.from(url, "latin1")).toString("hex");
    expect(kindOf(schemeOf({ signed: "{url}" }), [], { message: messageOf({ url, headers: ["X-Signature", value] }) })).toBe("ok");
  });
});

describe("the time of signing", () => {
  const timed = (unit: "s" | "ms" | "iso" | "http-date", inclusive = true): Scheme =>
    schemeOf({
      signed: "{timestamp}.{body}",
      time: { place: { in: "header", name: "X-Time" }, unit, inclusive, tolerance: { old: 300, future: 60 } },
    });
  const factOf = (scheme: Scheme, text: string, now = NOW): string => {
    const finding = found(scheme, ["X-Time", text, "X-Signature", hex(`${text}.${BODY}`)], { now });
    return `${finding.signature.kind} ${finding.time.fact}`;
  };

  it.each([
    ["s", "1795269751", "ok"],
    ["s", "1795269451", "ok"],
    ["s", "1795269450", "stale"],
    ["s", "1795269811", "ok"],
    ["s", "1795269812", "future"],
    ["s", "1795269751000", "future"],
    ["s", "0", "stale"],
    ["s", "01795269751", "ok"],
    ["s", "999999999999999", "future"],
    ["ms", "1795269751000", "ok"],
    ["ms", "1795269451000", "ok"],
    ["ms", "1795269450999", "stale"],
    ["ms", "1795269811000", "ok"],
    ["ms", "1795269811001", "future"],
    ["ms", "1795269751", "stale"],
    ["iso", "2026-11-21T14:02:31.000Z", "ok"],
    ["iso", "2026-11-21T14:02:31Z", "ok"],
    ["iso", "2026-11-21 14:02:31", "ok"],
    ["iso", "2026-11-21T15:02:31+01:00", "ok"],
    ["iso", "2026-11-21T09:02:31.123456-0500", "ok"],
    ["iso", "2026-11-21T14:02Z", "ok"],
    ["iso", "2026-11-21T13:57:30.999Z", "stale"],
    ["iso", "2026-11-21T14:03:31.001Z", "future"],
    ["iso", "0000-01-01T00:00:00Z", "stale"],
    ["iso", "9999-12-31T23:59:59Z", "future"],
    ["http-date", "Sat, 21 Nov 2026 14:02:31 GMT", "ok"],
    ["http-date", "Sat, 21 Nov 2026 13:57:30 GMT", "stale"],
    ["http-date", "Sat, 21 Nov 2026 14:03:32 GMT", "future"],
  ] as const)("%s %s: %s", (unit, text, fact) => {
    expect(factOf(timed(unit), text)).toBe(`ok ${fact}`);
  });

  it.each(["s", "ms", "iso", "http-date"] as const)("%s: what is no time is none", (unit) => {
    const texts = [
      "",
      " ",
      "-1",
      "+1795269751",
      "1795269751.5",
      "1e9",
      "0x6b02f8f7",
      "NaN",
      "Infinity",
      "-Infinity",
      "null",
      "undefined",
      "now",
      "١٧٩٥٢٦٩٧٥١",
      "1".repeat(16),
      "1".repeat(31),
      "9".repeat(100_000),
      "1795269751 ",
      " 1795269751",
      "1795269751\u0000",
      "1_795_269_751",
      "1,795,269,751",
      "2026-13-01T00:00:00Z",
      "2026-11-21T25:00:00Z",
      "2026-11-21T14:02:60Z",
      "2026-11-21",
      "20261121T140231Z",
      "2026-11-21T14:02:31+99:99",
      "+002026-11-21T14:02:31Z",
      "2026-11-21T14:02:31.0000000000Z",
      "Sat, 21 Nov 2026 14:02:31",
      "Sat, 21 Nov 2026 14:02:31 UTC",
      "Sat, 21 Xyz 2026 14:02:31 GMT",
      "Saturday, 21-Nov-26 14:02:31 GMT",
      "Sat Nov 21 14:02:31 2026",
    ].filter((text) => text === text.trim());
    for (const text of texts)
      expect(`${text.slice(0, 40)} ${factOf(timed(unit), Buffer.from(text).toString("latin1"))}`).toMatch(/ (?:ok|bad) absent$/);
  });

  it("counts whole seconds where senders write whole seconds", () => {
    expect(factOf(timed("s"), "1795269451", NOW + 999)).toBe("ok ok");
    expect(factOf(timed("s"), "1795269451", NOW + 1_000)).toBe("ok stale");
    expect(factOf(timed("ms"), "1795269451000", NOW + 1)).toBe("ok stale");
  });

  it("of exactly the tolerance's age is too old where the sender says so", () => {
    expect(factOf(timed("s", false), "1795269451")).toBe("ok stale");
    expect(factOf(timed("s", false), "1795269452")).toBe("ok ok");
    expect(factOf(timed("s", false), "1795269811")).toBe("ok future");
    expect(factOf(timed("s", false), "1795269810")).toBe("ok ok");
  });

  it("is without limit where no limit is known", () => {
    const open = schemeOf({ signed: "{timestamp}.{body}", time: { place: { in: "header", name: "X-Time" }, unit: "s" } });
    expect(factOf(open, "1")).toBe("ok ok");
    expect(factOf(open, "99999999999")).toBe("ok ok");
    expect(factOf(open, "x")).toBe("ok absent");
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, 8.64e15, 1e30])(
    "is judged by a clock of %d without an exception",
    (now) => {
      expect(typeof factOf(timed("s"), "1795269751", now)).toBe("string");
      expect(typeof factOf(timed("iso"), "2026-11-21T14:02:31Z", now)).toBe("string");
    },
  );

  it("that is not signed says nothing", () => {
    const unsigned = schemeOf({ time: { place: { in: "header", name: "X-Time" }, unit: "s", tolerance: { old: 300, future: 300 } } });
    const finding = found(unsigned, ["X-Time", "1", "X-Signature", hex(BODY)]);
    expect(finding.signature.kind).toBe("ok");
    expect(finding.time).toEqual({ fact: "not-covered", text: "1", ageMs: NOW - 1_000 });
  });
});

describe("a digest of the body in the query", () => {
  const scheme = schemeOf({ signed: "{url}", bodyDigest: { place: { in: "query", name: "bodySHA256" }, hash: "sha256", encoding: "hex" } });
  const digest = createHash("sha256").update(BODY).digest("hex");
  const kindFor = (url: string): string =>
    kindOf(scheme, [], { message: messageOf({ url, headers: ["X-Signature", hex(url)], body: BODY }) });

  it("holds, or does not, or is missing", () => {
    expect(kindFor(`https://a.example/?x=1&bodySHA256=${digest}`)).toBe("ok");
    expect(kindFor(`https://a.example/?bodySHA256=${digest.replace(/^./, "g")}`)).toBe("body-digest");
    expect(kindFor(`https://a.example/?bodySHA256=`)).toBe("body-digest");
    expect(kindFor("https://a.example/")).toBe("body-digest");
    // the first one counts, as in the URL that is signed
    expect(kindFor(`https://a.example/?bodySHA256=00&bodySHA256=${digest}`)).toBe("body-digest");
    expect(kindFor(`https://a.example/?x=%E0%A4%A&bodySHA256=${digest}`)).toBe("ok");
  });
});

it("a provider without schemes has no finding", () => {
  const provider: Pick<Provider, "signing"> = { signing: { schemes: [] } };
  expect(check({ message: messageOf(), provider, secrets: [SECRET], now: NOW })).toBeUndefined();
});
