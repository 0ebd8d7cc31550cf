import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import type { Handshake } from "../../../shared/signatures/provider.ts";
import type { Place, Source } from "../../../shared/signatures/scheme.ts";
import type { Verification } from "../../../shared/signatures/verification.ts";
import { judge, type VerifyInput } from "../../../shared/signatures/verify.ts";
import { CHARACTER } from "../../rig/character.ts";
import { ED25519, messageOf, NOW, P256, providerOf, RSA, SECRET, schemeOf, signedMessage } from "./fixtures.ts";

const SOURCE: Source = { grade: "assumed", from: "this test", date: "2026-11-21" };
const scheme = schemeOf({
  signed: "{timestamp}.{body}",
  time: { place: { in: "header", name: "X-Time" }, unit: "s", tolerance: { old: 300, future: 300 } },
});
const provider = providerOf([scheme]);
const signed = signedMessage(messageOf(), scheme);

const judged = (input: Partial<VerifyInput>): Verification =>
  judge({ message: signed, provider, secrets: [SECRET], now: NOW, ...input }).verification;

/** verdict, signature, time and the code of the reason */
function summary(input: Partial<VerifyInput>): string {
  const { verdict, signature, time, reason } = judged(input);
  return `${verdict} ${signature} ${time} ${reason?.code ?? "-"}`;
}

describe("a verdict", () => {
  it("names what was found", () => {
    expect(judged({ secrets: ["other", SECRET], now: NOW + 2_500 })).toMatchObject({
      verdict: "valid",
      provider: "acme",
      scheme: "v1",
      signature: "ok",
      time: "ok",
      ageSeconds: 2,
      reason: null,
      secretIndex: 1,
      eventType: null,
      eventId: null,
      handshake: null,
    });
  });

  it("says which member of a header is missing, not that the header is", () => {
    const member = (name: string): Place => ({ in: "header", name: "Acme-Signature", field: { name, separator: ",", assign: "=" } });
    const listed = schemeOf({ signed: "{timestamp}.{body}", signature: [member("v1")], time: { place: member("t"), unit: "s" } });
    const message = messageOf({ headers: ["Acme-Signature", `v1=${"0".repeat(64)}`] });
    expect(judged({ message, provider: providerOf([listed]) }).reason?.message).toBe(
      "t in header Acme-Signature is not there, and the signature covers it",
    );
  });

  const unsigned = { note: "Acme signs nothing", source: SOURCE };
  const unverifiable = { reason: "Acme signs with a certificate", source: SOURCE };
  const handshake: Handshake = {
    id: "ping",
    match: [{ place: { in: "method" }, equals: "POST" }],
    signed: false,
    note: "Acme asks whether somebody is there.",
    source: SOURCE,
  };

  it.each<[string, Partial<VerifyInput>, string]>([
    ["the secret is right", {}, "valid ok ok -"],
    ["there is no secret", { secrets: [] }, "no-secret unchecked ok no-secret"],
    ["the secret is wrong", { secrets: ["other"] }, "invalid bad ok no-match"],
    ["the secret is empty", { secrets: [""] }, "invalid bad ok no-match"],
    ["it is old", { now: NOW + 301_000 }, "invalid ok stale stale"],
    ["it is from the future", { now: NOW - 301_000 }, "invalid ok future future"],
    ["it is not signed", { message: messageOf() }, "invalid absent absent signature-missing"],
    ["it is not signed, and there is no secret", { message: messageOf(), secrets: [] }, "invalid absent absent signature-missing"],
    ["the signature is garbage", { message: messageOf({ headers: ["X-Signature", "garbage"] }) }, "invalid bad absent signature-malformed"],
    [
      "the time is missing",
      { message: messageOf({ headers: ["X-Signature", "00".repeat(32)] }) },
      "invalid unchecked absent timestamp-missing",
    ],
    [
      "the time is garbage",
      { message: messageOf({ headers: ["X-Signature", "00".repeat(32), "X-Time", "now"] }) },
      "invalid bad absent no-match",
    ],
    ["the secret is of no use", { provider: providerOf([{ ...scheme, key: { form: "hex" } }]) }, "invalid unchecked ok secret-unusable"],
    // providers that sign nothing, or not everything
    [
      "the provider signs nothing",
      { provider: providerOf([], { unsigned }), message: messageOf() },
      "unsigned absent not-covered unsigned-provider",
    ],
    [
      "the provider signs nothing, whatever is there",
      { provider: providerOf([], { unsigned }) },
      "unsigned absent not-covered unsigned-provider",
    ],
    [
      "an old generation signs nothing",
      { provider: providerOf([scheme], { unsigned }), message: messageOf(), secrets: [] },
      "unsigned absent absent unsigned-provider",
    ],
    [
      "an old generation signs nothing, and there is a secret",
      { provider: providerOf([scheme], { unsigned }), message: messageOf() },
      "invalid absent absent signature-missing",
    ],
    ["an old generation signs nothing, and this one did", { provider: providerOf([scheme], { unsigned }) }, "valid ok ok -"],
    ["it cannot be checked", { provider: providerOf([], { unverifiable }) }, "unknown-scheme absent not-covered certificate-needed"],
    [
      "it cannot be checked, or by another scheme",
      { provider: providerOf([scheme], { unverifiable }), message: messageOf() },
      "unknown-scheme absent absent signature-missing",
    ],
    ["it cannot be checked, but by the scheme it has", { provider: providerOf([scheme], { unverifiable }) }, "valid ok ok -"],
    [
      "no scheme fits",
      { provider: providerOf([{ ...scheme, when: [{ place: { in: "method" }, equals: "PUT" }] }]) },
      "unknown-scheme absent not-covered no-scheme",
    ],
    ["there is no scheme at all", { provider: providerOf([]) }, "unknown-scheme absent not-covered no-scheme"],
    [
      "it is a handshake that is not signed",
      { provider: { ...provider, handshakes: [handshake] }, message: messageOf() },
      "unsigned absent absent unsigned-handshake",
    ],
    [
      "it is a handshake that should be signed",
      { provider: { ...provider, handshakes: [{ ...handshake, signed: true }] }, message: messageOf() },
      "invalid absent absent signature-missing",
    ],
    ["it is a handshake that need not be signed, and is", { provider: { ...provider, handshakes: [handshake] } }, "valid ok ok -"],
    [
      "it is a handshake that need not be signed, and is wrong",
      { provider: { ...provider, handshakes: [handshake] }, secrets: ["other"] },
      "invalid bad ok no-match",
    ],
  ])("when %s", (_, input, expected) => {
    expect(summary(input)).toBe(expected);
  });

  it("of a time in the wrong unit says which", () => {
    const at = (unit: "s" | "ms", text: string): string => {
      const headers = ["X-Time", text, "X-Signature", createHmac("sha256", SECRET).update(`${text}.{}`).digest("hex")];
      const one = providerOf([
        { ...scheme, time: { place: { in: "header", name: "X-Time" }, unit, tolerance: { old: 300, future: 300 } } },
      ]);
      return summary({ provider: one, message: messageOf({ headers, body: "{}" }) });
    };
    expect(at("s", String(NOW))).toBe("invalid ok future timestamp-unit");
    expect(at("ms", String(NOW / 1_000))).toBe("invalid ok stale timestamp-unit");
    expect(at("s", "9".repeat(30))).toBe("invalid ok absent timestamp-malformed");
    expect(at("s", "-1")).toBe("invalid ok absent timestamp-malformed");
    expect(at("s", "")).toBe("invalid ok absent timestamp-malformed");
  });

  it("of a token that has ended does not speak of an age", () => {
    const text = [{ alg: "HS256" }, { exp: NOW / 1_000 - 10 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const headers = ["X-Signature", `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`];
    const jwt = providerOf([schemeOf({ algorithm: "jwt-hs256", encoding: "jwt", signed: "" })]);
    expect(judged({ provider: jwt, message: messageOf({ headers }) })).toMatchObject({
      verdict: "invalid",
      time: "stale",
      ageSeconds: null,
      reason: { code: "stale", message: "The token that holds the signature has expired" },
    });
  });

  it("shows no control characters of a request, and not all of a long one", () => {
    const { reason } = judged({ message: messageOf({ headers: ["X-Signature", `\u001b[31mé\x9b${"x".repeat(10_000)}`] }) });
    expect(reason?.message).toMatch(/^[\x20-\x7e…]{20,200}$/);
  });
});

describe("nothing makes it throw", () => {
  const { providers } = createCatalogue();
  const pem = P256.publicKey.export({ format: "pem", type: "spki" }).toString();
  const jwks = JSON.stringify({
    keys: [ED25519, P256, RSA].map(({ publicKey }, index) => ({ ...publicKey.export({ format: "jwk" }), kid: `k${index}` })),
  });
  const header = fc.array(fc.integer({ min: 0, max: 0xff }), { maxLength: 30 }).map((bytes) => String.fromCharCode(...bytes));
  const token = ["eyJhbGciOiJIUzI1NiJ9.e30.AA", "eyJhbGciOiJFUzI1NiJ9.e30.AA", "..", "a.b.c"];
  const value = fc.oneof(
    header,
    fc.constantFrom(
      "",
      "0",
      "-1",
      "1795269751",
      "1795269751000",
      "9".repeat(31),
      "NaN",
      "2026-11-21T14:02:31Z",
      "Sat, 21 Nov 2026 14:02:31 GMT",
      "00".repeat(32),
      "00".repeat(64),
      "AA==",
      ...token,
      `t=1795269751,v1=${"00".repeat(32)}`,
      `v1,${"A".repeat(43)}=`,
      `sha256=${"0".repeat(64)}`,
      `v0=${"0".repeat(64)}`,
    ),
  );
  const scalar = fc.oneof(fc.string({ unit: CHARACTER }), fc.integer(), fc.constantFrom(null, true, 1e30, -0));
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.constantFrom("", "{", "[[[[", "null", "a=1&b=%", `${"[".repeat(600)}`, '{"type":').map((text) => Buffer.from(text)),
  );
  const input = fc.record({
    values: fc.array(value, { minLength: 8, maxLength: 8 }),
    members: fc.array(scalar, { minLength: 4, maxLength: 4 }),
    body,
    fill: fc.boolean(),
    form: fc.boolean(),
    url: fc.constantFrom(
      undefined,
      "",
      "x",
      "https://a.example",
      "https://a.example/%E0%A4%A?bodySHA256=00&x=%zz#",
      "https://a.example/\xff\xfe?hub.mode=subscribe&hub.challenge=%00",
    ),
    method: fc.constantFrom("POST", "GET", "", "é"),
    secrets: fc.array(
      fc.oneof(fc.string({ unit: CHARACTER }), fc.constantFrom(SECRET, pem, jwks, "00ff", "whsec_bWFkZS11cA==", "whpk_AAAA")),
      { maxLength: 2 },
    ),
    now: fc.constantFrom(NOW, 0, -1, 8.64e15, Number.NaN, Number.POSITIVE_INFINITY),
    streamed: fc.boolean(),
  });

  it.each(providers.map((one) => ({ id: one.id, one })))("a request that is $id's or not", ({ one }) => {
    const places: readonly Place[] = one.signing.schemes
      .flatMap(({ signature, time, messageId, bodyDigest, when = [], extraHeaders = [] }) => [
        ...signature,
        time?.place,
        messageId,
        bodyDigest?.place,
        ...when.map(({ place }) => (place.in === "method" ? undefined : place)),
        ...extraHeaders.map(([name]): Place => ({ in: "header", name })),
      ])
      .concat(one.event.type, one.event.id, one.event.derivedId ?? [])
      .filter((place) => place !== undefined);
    const names = [
      ...new Set(places.flatMap((place) => (place.in === "header" ? [place.numbered === true ? `${place.name}1` : place.name] : []))),
    ];
    const paths = [...new Set(places.flatMap((place) => (place.in === "body" ? [place.path] : [])))];
    fc.assert(
      fc.property(input, (made) => {
        const headers = names.flatMap((name, index) => [name, made.values[index % 8] ?? ""]);
        const members = paths.map((path, index) => [path, made.members[index % 4]] as const);
        const whole = made.fill ? Buffer.from(JSON.stringify(nested(members))) : made.body;
        const message = messageOf({
          method: made.method,
          url: made.url,
          headers: made.form ? [...headers, "content-type", "application/x-www-form-urlencoded"] : headers,
          body: whole,
        });
        const { verification } = judge({
          message,
          provider: one,
          secrets: made.secrets,
          now: made.now,
          ...(made.streamed && { streamed: () => undefined }),
        });
        expect(["invalid", "unsigned", "no-secret", "unknown-scheme"]).toContain(verification.verdict);
        expect(JSON.parse(JSON.stringify(verification))).toMatchObject({ verdict: verification.verdict, provider: one.id });
      }),
      { numRuns: 8 },
    );
  });

  it("a body of 25 MB, of any kind", () => {
    const bodies = [Buffer.alloc(25_000_000, "["), Buffer.from(`{"id":"${"x".repeat(25_000_000)}"}`)];
    const all = [...["upmoltwork", "twilio"].map((id) => createCatalogue().find(id) ?? provider), provider];
    for (const large of bodies) {
      for (const one of all) {
        const message = messageOf({
          headers: ["X-Hub-Signature-256", `sha256=${"0".repeat(64)}`, "X-Signature", "0".repeat(64), "X-Time", "1"],
          body: large,
        });
        expect(judge({ message, provider: one, secrets: [SECRET], now: NOW }).verification.verdict).not.toBe("valid");
      }
    }
  });
});

type Nested = { [name: string]: unknown };

function isNested(value: unknown): value is Nested {
  return typeof value === "object" && value !== null;
}

/** An object with these members, by paths. */
function nested(members: readonly (readonly [string, unknown])[]): unknown {
  const root: Nested = {};
  for (const [path, value] of members) {
    const segments = path.split(".");
    let at = root;
    for (const segment of segments.slice(0, -1)) {
      const inner = at[segment];
      const next: Nested = isNested(inner) ? inner : {};
      at[segment] = next;
      at = next;
    }
    at[segments.at(-1) ?? ""] = value;
  }
  return root;
}
