import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { type OwnProvider, readOwnProvider } from "../../../shared/catalogue/own-provider.ts";
import { createMessage } from "../../../shared/signatures/message.ts";
import type { Provider } from "../../../shared/signatures/provider.ts";
import { sign } from "../../../shared/signatures/sign.ts";
import { judge } from "../../../shared/signatures/verify.ts";

const NOW = 1_795_269_751_000;
const SCHEME = {
  id: "v1",
  signature: [{ in: "header", name: "X-Acme-Signature" }],
  algorithm: "hmac-sha256",
  encoding: "hex",
  key: { form: "text" },
  signed: "{body}",
};
const MINIMAL = { signing: { schemes: [SCHEME] } };
const withScheme = (change: object): object => ({ signing: { schemes: [{ ...SCHEME, ...change }] } });

function accepted(id: string, json: unknown): Provider {
  const read = readOwnProvider(id, json);
  if (read.kind === "invalid") throw new Error(JSON.stringify(read.issues));
  return read.provider;
}

/** `at: message | accepts` of what is not accepted. */
function refused(read: OwnProvider): readonly string[] {
  return read.kind === "provider" ? ["accepted"] : read.issues.map(({ at, message, accepts }) => `${at}: ${message} | ${accepts}`);
}

/** Everything that a record can say. */
const MAXIMAL = {
  name: "Acme Inc.",
  aliases: ["acme-inc", "acme.io"],
  sameAs: "svix",
  recognise: [
    [{ place: { in: "header", name: "X-Acme-Event" } }, { place: { in: "method" }, equals: "POST" }],
    [{ place: { in: "body", path: "acme.version", prefix: "v" }, equals: ["1", "2"] }],
    [{ place: { in: "query", name: "acme" }, startsWith: "y" }, { place: { in: "form", name: "f" } }],
  ],
  signing: {
    schemes: [
      {
        ...SCHEME,
        note: "The usual one.",
        when: [{ place: { in: "header", name: "X-Acme-Version" }, equals: "2" }],
        signature: [
          { in: "header", name: "X-Acme-Signature", prefix: "v1=", prefixOptional: true },
          { in: "header", name: "X-Acme-Signatures", field: { name: "v1", separator: ",", assign: "=" } },
          { in: "header", name: "X-Acme-Signature-", numbered: true },
        ],
        hexCase: "any",
        key: { form: "base64", prefix: "acme_" },
        signed: "{id}.{timestamp}.{url}.{body}",
        messageId: { in: "header", name: "X-Acme-Id" },
        time: { place: { in: "header", name: "X-Acme-Time" }, unit: "s", tolerance: { old: 300, future: null }, inclusive: false },
        urlVariants: ["default-port-toggled", "decoded", "slash-toggled"],
        extraHeaders: [["X-Acme-Version", "2"]],
      },
      {
        ...SCHEME,
        id: "jwt",
        signature: [{ in: "query", name: "jwt" }],
        algorithm: "jwt-es256",
        encoding: "jwt",
        key: { form: "public", prefix: "pk_" },
        signed: "",
        time: { place: { in: "claim", name: "iat" }, unit: "s" },
        bodyDigest: { place: { in: "claim", name: "sha256" }, hash: "sha256", encoding: "hex" },
        claims: { iss: "acme" },
        lifeSeconds: 60,
      },
      { ...SCHEME, id: "token", algorithm: "token", encoding: "text", signed: "", signature: [{ in: "body", path: "token" }] },
      { ...SCHEME, id: "plain", algorithm: "sha256", signed: "{secret}{body}", signature: [{ in: "form", name: "sig" }] },
    ],
  },
  secret: { called: "signing key", where: "Settings > Webhooks", prefix: "acme_" },
  event: {
    type: [{ in: "header", name: "X-Acme-Event" }],
    id: [{ in: "header", name: "X-Acme-Id" }],
    derivedId: [
      { in: "body", path: "a" },
      { in: "body", path: "b" },
    ],
    attempt: { in: "header", name: "X-Acme-Try" },
    callbackUrl: { in: "body", path: "data.callback" },
  },
  handshakes: [
    {
      id: "hello",
      match: [{ place: { in: "body", path: "challenge" } }],
      signed: true,
      answer: {
        status: 200,
        contentType: "application/json",
        body: '{{"challenge":{json:body:challenge},"mac":"{hmac-sha256-hex:body:challenge}"}}',
      },
      note: "Acme asks who is there.",
    },
    { id: "bye", match: [{ place: { in: "method" }, equals: "DELETE" }] },
  ],
  notes: ["Acme sends twice."],
};

describe("a record", () => {
  it("needs schemes, and no more", () => {
    const provider = accepted("acme", MINIMAL);
    expect(provider).toMatchObject({
      id: "acme",
      name: "acme",
      recognise: [],
      handshakes: [],
      event: { type: [], id: [] },
      delivery: { retries: "not found" },
    });
    expect(provider.signing.schemes).toEqual([
      { ...SCHEME, source: { grade: "assumed", from: "devhook.config.json", date: "1970-01-01" } },
    ]);
  });

  it("may say everything that a built-in one says of signatures", () => {
    const provider = accepted("acme", MAXIMAL);
    expect(
      JSON.parse(JSON.stringify(provider, (key, value: unknown) => (key === "source" || key === "delivery" ? undefined : value))),
    ).toEqual({
      id: "acme",
      ...MAXIMAL,
      handshakes: [MAXIMAL.handshakes[0], { ...MAXIMAL.handshakes[1], signed: false, note: "" }],
    });
  });

  it("signs and checks like a built-in one", () => {
    const provider = accepted(
      "acme",
      withScheme({
        signed: "{timestamp}.{body}",
        time: { place: { in: "header", name: "X-Acme-Time" }, unit: "s", tolerance: { old: 5, future: 5 } },
      }),
    );
    const message = createMessage({ method: "POST", url: undefined, headers: [], body: Buffer.from("{}") });
    const { headers } = sign({ provider, message, secret: "made-up", now: NOW });
    const verdict = (now: number): string =>
      judge({ message: createMessage({ ...message, headers }), provider, secrets: ["made-up"], now }).verification.verdict;
    expect([verdict(NOW), verdict(NOW + 6_000)]).toEqual(["valid", "invalid"]);
  });

  it("can hold any scheme that a built-in provider has, and its conditions and handshakes", () => {
    for (const { signing, recognise, handshakes, event } of createCatalogue().providers) {
      if (signing.schemes.length === 0) continue;
      const json = JSON.parse(
        JSON.stringify({ signing: { schemes: signing.schemes }, recognise, handshakes, event }, (key, value: unknown) =>
          ["source", "officialVerifier", "batch", "attemptCounts"].includes(key) ? undefined : value,
        ),
      ) as unknown;
      expect(refused(readOwnProvider("acme", json))).toEqual(["accepted"]);
    }
  });
});

describe("what is refused says where and what is accepted instead", () => {
  it.each(["", "Acme", "acme inc", "acme_inc", "-acme", "acme-", "a..b", "é", "__proto__", "a".repeat(3) + "/b"])("the id %j", (id) => {
    expect(refused(readOwnProvider(id, MINIMAL))).toEqual([
      `: ${JSON.stringify(id)} is no provider id | lower-case words joined by - or .`,
    ]);
  });

  it.each<[unknown, readonly string[]]>([
    [null, [": is not accepted | an object"]],
    ["text", [": is not accepted | an object"]],
    [[], [": is not accepted | an object"]],
    [undefined, [": is missing | an object"]],
    [{}, ["signing: is missing | an object"]],
    [{ signing: {} }, ["signing.schemes: is missing | a list"]],
    [{ signing: { schemes: {} } }, ["signing.schemes: is not accepted | a list"]],
    [{ signing: { schemes: [] } }, ["signing.schemes: is not accepted | at least 1 entry"]],
    [
      { signing: { schemes: Array.from({ length: 21 }, (_, index) => ({ ...SCHEME, id: `v${index}` })) } },
      ["signing.schemes: is not accepted | at most 20 entries"],
    ],
    [
      { ...MINIMAL, scheme: 1, secrets: [] },
      ["scheme: is not known here | what docs/signatures.md lists", "secrets: is not known here | what docs/signatures.md lists"],
    ],
    [{ ...MINIMAL, name: "" }, ["name: is not accepted | at least 1 character"]],
    [{ ...MINIMAL, name: "x".repeat(1_001) }, ["name: is not accepted | at most 1000 characters"]],
    [{ ...MINIMAL, name: 7 }, ["name: is not accepted | a text"]],
    [{ ...MINIMAL, aliases: ["ok", "Not Ok"] }, ["aliases[1]: is not accepted | lower-case words joined by - or ."]],
    [{ ...MINIMAL, sameAs: "" }, ["sameAs: is not accepted | lower-case words joined by - or ."]],
    [{ ...MINIMAL, recognise: [[]] }, ["recognise[0]: is not accepted | at least 1 entry"]],
    [{ ...MINIMAL, recognise: [{ in: "header" }] }, ["recognise[0]: is not accepted | a list"]],
    [
      { ...MINIMAL, recognise: [[{ place: { in: "cookie", name: "x" } }]] },
      ["recognise[0][0].place.in: is not accepted | header, body, query, form, claim, method"],
    ],
    [
      { ...MINIMAL, recognise: [[{ place: { in: "method" }, equals: 7 }]] },
      ["recognise[0][0].equals: is not accepted | a text, or a list of texts"],
    ],
    [{ ...MINIMAL, secret: { where: "x" } }, ["secret.called: is missing | a text"]],
    [{ ...MINIMAL, event: { id: "body.id" } }, ["event.id: is not accepted | a list"]],
    [{ ...MINIMAL, handshakes: [{ id: "a", match: [] }] }, ["handshakes[0].match: is not accepted | at least 1 entry"]],
    [
      { ...MINIMAL, handshakes: [{ id: "a", match: [{ place: { in: "method" } }], answer: { status: 99, body: "" } }] },
      ["handshakes[0].answer.status: is not accepted | at least 200"],
    ],
    [
      { ...MINIMAL, handshakes: [{ id: "a", match: [{ place: { in: "method" } }], answer: { status: 200, body: '{"ok":true}' } }] },
      [
        'handshakes[0].answer.body: "{\\"ok\\":true}" is no placeholder; literal braces are written {{ and }} | text with {body:path}, {query:name} or {form:name}',
      ],
    ],
    [
      { ...MINIMAL, handshakes: [{ id: "a", match: [{ place: { in: "method" } }], answer: { status: 200, body: "{{{header:X}" } }] },
      [
        'handshakes[0].answer.body: "{header:X}" is no placeholder; literal braces are written {{ and }} | text with {body:path}, {query:name} or {form:name}',
      ],
    ],
    // one scheme
    [withScheme({ id: "V1" }), ["signing.schemes[0].id: is not accepted | lower-case words joined by -"]],
    [withScheme({ signature: [] }), ["signing.schemes[0].signature: is not accepted | at least 1 entry"]],
    [
      withScheme({ signature: [{ in: "cookie", name: "x" }] }),
      ["signing.schemes[0].signature[0].in: is not accepted | header, body, query, form, claim"],
    ],
    [withScheme({ signature: [{ in: "header" }] }), ["signing.schemes[0].signature[0].name: is missing | a text"]],
    [
      withScheme({ signature: [{ in: "header", name: "X Sig" }] }),
      ["signing.schemes[0].signature[0].name: is not accepted | a header name"],
    ],
    [
      withScheme({ signature: [{ in: "body", name: "x" }] }),
      [
        "signing.schemes[0].signature[0].path: is missing | a text",
        "signing.schemes[0].signature[0].name: is not known here | what docs/signatures.md lists",
      ],
    ],
    [
      withScheme({ signature: [{ in: "header", name: "X", field: { name: "v1", separator: "", assign: "=" } }] }),
      ["signing.schemes[0].signature[0].field.separator: is not accepted | at least 1 character"],
    ],
    [
      withScheme({ algorithm: "md5" }),
      [expect.stringMatching(/^signing\.schemes\[0\]\.algorithm: is not accepted \| hmac-sha1, .*, token$/)],
    ],
    [withScheme({ encoding: "base32" }), ["signing.schemes[0].encoding: is not accepted | hex, base64, base64url, text, jwt"]],
    [withScheme({ key: { form: "pem" } }), ["signing.schemes[0].key.form: is not accepted | text, base64, hex, public"]],
    [
      withScheme({ key: { form: "text", prefix: "x" } }),
      ["signing.schemes[0].key.prefix: is not known here | what docs/signatures.md lists"],
    ],
    [
      withScheme({ time: { place: { in: "header", name: "T" }, unit: "m" } }),
      ["signing.schemes[0].time.unit: is not accepted | s, ms, iso, http-date"],
    ],
    [
      withScheme({ time: { place: { in: "header", name: "T" }, unit: "s", tolerance: { old: -1 } } }),
      [
        "signing.schemes[0].time.tolerance.old: is not accepted | at least 0",
        "signing.schemes[0].time.tolerance.future: is missing | a number",
      ],
    ],
    [withScheme({ lifeSeconds: 1.5 }), ["signing.schemes[0].lifeSeconds: is not accepted | a whole number"]],
    [
      withScheme({ urlVariants: ["http"] }),
      ["signing.schemes[0].urlVariants[0]: is not accepted | default-port-toggled, decoded, slash-toggled"],
    ],
    [withScheme({ extraHeaders: [["X-A"]] }), ["signing.schemes[0].extraHeaders[0]: is not accepted | at least 2 entries"]],
    [withScheme({ extraHeaders: [["X-A\r\nX-B", ""]] }), ["signing.schemes[0].extraHeaders[0][0]: is not accepted | a header name"]],
    [withScheme({ source: { grade: "assumed" } }), ["signing.schemes[0].source: is not known here | what docs/signatures.md lists"]],
    // templates
    [
      withScheme({ signed: "{timestmp}.{body}" }),
      ["signing.schemes[0].signed: {timestmp} is no placeholder | text with placeholders, as in {timestamp}.{body}"],
    ],
    [
      withScheme({ signed: "{toString}{body}" }),
      ["signing.schemes[0].signed: {toString} is no placeholder | text with placeholders, as in {timestamp}.{body}"],
    ],
    [
      withScheme({ signed: "{body" }),
      ["signing.schemes[0].signed: a { is not closed; a literal brace is written {{ | text with placeholders, as in {timestamp}.{body}"],
    ],
    [withScheme({ signed: "{body}".repeat(400) }), ["signing.schemes[0].signed: is not accepted | at most 2000 characters"]],
    [
      withScheme({
        extraHeaders: [
          ["X-A", "1"],
          ["X-B", "{no}"],
        ],
      }),
      ["signing.schemes[0].extraHeaders[1]: {no} is no placeholder | text with placeholders, as in {timestamp}.{body}"],
    ],
    // what cannot work together
    [withScheme({ signed: "" }), ["signing.schemes[0].signed: is empty, so that any signature would stand for any body | at least {body}"]],
    [
      withScheme({ signed: "{timestamp}.{body}" }),
      ["signing.schemes[0].time: is missing, and {timestamp} is signed | where the timestamp stands, and its unit"],
    ],
    [withScheme({ signed: "{id}.{body}" }), ["signing.schemes[0].messageId: is missing, and {id} is signed | where the message id stands"]],
    [
      withScheme({ encoding: "jwt", signed: "" }),
      ["signing.schemes[0].encoding: does not go with hmac-sha256 | jwt for jwt-hs256 and jwt-es256, and for them alone"],
    ],
    [
      withScheme({ algorithm: "jwt-hs256" }),
      ["signing.schemes[0].encoding: does not go with jwt-hs256 | jwt for jwt-hs256 and jwt-es256, and for them alone"],
    ],
    [withScheme({ algorithm: "jwt-hs256", encoding: "jwt" }), ["signing.schemes[0].signed: is not looked at by jwt-hs256 | an empty text"]],
    [
      withScheme({ algorithm: "token", signed: "" }),
      ["signing.schemes[0].encoding: does not go with token | text for token, and for it alone"],
    ],
    [withScheme({ encoding: "text" }), ["signing.schemes[0].encoding: does not go with hmac-sha256 | text for token, and for it alone"]],
    [withScheme({ algorithm: "token", encoding: "text" }), ["signing.schemes[0].signed: is not looked at by token | an empty text"]],
    [withScheme({ key: { form: "public" } }), ["signing.schemes[0].key.form: does not go with hmac-sha256 | text, base64 or hex"]],
    [withScheme({ algorithm: "ed25519" }), ["signing.schemes[0].key.form: does not go with ed25519 | public"]],
    [
      withScheme({ algorithm: "sha256" }),
      [
        "signing.schemes[0].signed: has no {secret}: a plain hash proves nothing about who made it | {secret}{body}, or the algorithm hmac-sha256",
      ],
    ],
    [
      withScheme({ time: { place: { in: "claim", name: "iat" }, unit: "s" } }),
      ["signing.schemes[0].encoding: does not go with a claim: only a JSON Web Token has claims | jwt"],
    ],
    [
      withScheme({ algorithm: "jwt-hs256", encoding: "jwt", signed: "", signature: [{ in: "claim", name: "sig" }] }),
      ["signing.schemes[0].signature: stands in a claim, which it would have to cover | header, body, query or form"],
    ],
    [
      { signing: { schemes: [SCHEME, { ...SCHEME, id: "v2" }, SCHEME] } },
      ['signing.schemes[2].id: "v1" is taken by another scheme | an id of its own'],
    ],
    [
      { signing: { schemes: [SCHEME, { ...SCHEME, id: "v2", signed: "" }] } },
      ["signing.schemes[1].signed: is empty, so that any signature would stand for any body | at least {body}"],
    ],
  ])("%j", (json, expected) => {
    expect(refused(readOwnProvider("acme", json))).toEqual(expected);
  });

  it("a member named __proto__, and whatever else", () => {
    expect(refused(readOwnProvider("acme", JSON.parse('{"__proto__":{"name":"x"},"signing":{"schemes":[]}}')))).toContain(
      "__proto__: is not known here | what docs/signatures.md lists",
    );
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom("name", "recognise", "signing", "event", "handshakes", "secret", "notes", "aliases"),
        (value, member) => {
          const read = readOwnProvider("acme", { ...MINIMAL, [member]: value });
          expect(read.kind === "provider" || read.issues.every(({ message, accepts }) => message !== "" && accepts !== "")).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});
