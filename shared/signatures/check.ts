import { createHash } from "node:crypto";
import { decodeSignature, encodeDigest, equalTexts, isMac, isPublic, macLength, macOf, verifyPublic } from "./algorithms.ts";
import { type Jwt, readJwt } from "./jwt.ts";
import { type Key, readKey } from "./keys.ts";
import type { Message } from "./message.ts";
import { firstValue, holds, isInBody, latin1Of, onWire, readPlace } from "./places.ts";
import type { Provider } from "./provider.ts";
import type { Scheme } from "./scheme.ts";
import { contentBytes, placeholdersOf, render } from "./template.ts";
import { ageOf, judgeAge, readTime } from "./time.ts";
import { urlSpellings } from "./url-spellings.ts";
import type { TimeFact } from "./verification.ts";

/** What is checked with what. */
export type CheckInput = {
  readonly message: Message;
  readonly provider: Pick<Provider, "signing">;
  /** as the user copied them; any of them may match */
  readonly secrets: readonly string[];
  /** milliseconds since 1970 */
  readonly now: number;
  /** digests of a body that is not kept, computed while it streamed */
  readonly streamed?: StreamedDigests;
};

/** The hash of a scheme's content for one secret and one spelling of the URL; undefined when it was not computed. */
export type StreamedDigests = (scheme: Scheme, secret: string, url: string | undefined) => Buffer | undefined;

/** What became of the signature of one scheme. */
type SignatureFinding =
  | { readonly kind: "ok"; readonly secretIndex: number }
  | { readonly kind: "absent" }
  /** something stands in its place that is no signature */
  | { readonly kind: "malformed"; readonly texts: readonly string[] }
  /** the signed text needs a value that this message does not have */
  | { readonly kind: "incomplete"; readonly placeholder: string }
  | { readonly kind: "no-secret" }
  | { readonly kind: "unusable-secret"; readonly why: string }
  | { readonly kind: "body-not-kept" }
  /** the signature holds, and the digest of the body inside it does not */
  | { readonly kind: "body-digest"; readonly secretIndex: number }
  | { readonly kind: "bad" };

type TimeFinding = {
  readonly fact: TimeFact;
  /** the timestamp as it stands in the message */
  readonly text: string | undefined;
  readonly ageMs: number | undefined;
};

/** The facts about one scheme in one message. */
export type Finding = {
  readonly scheme: Scheme;
  readonly signature: SignatureFinding;
  readonly time: TimeFinding;
  /** the signature texts that were compared */
  readonly signatures: readonly string[];
};

/**
 * Checks a message against a provider's schemes: the first one whose signature is present decides, together with those that read the same places (readings of
 * one signature). Without any signature the first scheme that applies is reported as absent. Never throws.
 * @returns undefined when the provider has no scheme for this message
 */
export function check(input: CheckInput): Finding | undefined {
  const { message, streamed, provider } = input;
  const schemes = provider.signing.schemes.filter(({ when = [] }) =>
    // what stood in a body that is not kept may have been anything
    holds(message, streamed === undefined ? when : when.filter(({ place }) => !isInBody(place))),
  );
  const present =
    schemes.find((scheme) => isPresent(message, scheme)) ??
    (streamed === undefined ? undefined : schemes.find(({ signature }) => signature.some(isInBody)));
  if (present === undefined) {
    const [first] = schemes;
    return first === undefined ? undefined : checkScheme(first, input);
  }
  let decided: Finding | undefined;
  for (const scheme of schemes) {
    if (!readsSamePlaces(scheme, present)) continue;
    const finding = checkScheme(scheme, input);
    // of several readings that match, the one whose time can be read as such is meant
    if (finding.signature.kind === "ok" && (finding.time.fact === "ok" || finding.time.fact === "not-covered")) return finding;
    decided = preferred(decided, finding);
  }
  return decided;
}

/** Checks a message against one scheme. Never throws. */
export function checkScheme(scheme: Scheme, input: CheckInput): Finding {
  const { message, secrets, now, streamed } = input;
  const found = scheme.signature.map((place) => {
    const { values, malformed } = readPlace(message, place);
    return { values: values.map((value) => onWire(value, place)), malformed };
  });
  const signatures = found.flatMap(({ values }) => values).slice(0, MOST_SIGNATURES);
  const jwt = scheme.encoding === "jwt" ? readJwt(signatures[0] ?? "") : undefined;
  const time = findTime(scheme, { message, jwt, now });
  const facts = { scheme, time, signatures };
  if (signatures.length === 0) {
    if (streamed !== undefined && scheme.signature.some(isInBody)) return { ...facts, signature: { kind: "body-not-kept" } };
    const texts = found.flatMap(({ malformed }) => malformed);
    return { ...facts, signature: texts.length === 0 ? { kind: "absent" } : { kind: "malformed", texts } };
  }
  if (!signatures.some((text) => isWellFormed(text, scheme))) return { ...facts, signature: { kind: "malformed", texts: signatures } };
  if (secrets.length === 0) return { ...facts, signature: { kind: "no-secret" } };
  const signature = compare(scheme, { ...input, signatures, jwt, timestamp: time.text });
  // the time has gone with the body
  if (signature.kind === "ok" && streamed !== undefined && scheme.time !== undefined && isInBody(scheme.time.place))
    return { ...facts, signature: { kind: "body-not-kept" } };
  return { ...facts, signature };
}

/** Signatures compared of one message: a sender rotates a few keys, an attacker could list thousands. */
const MOST_SIGNATURES = 20;

type Comparison = CheckInput & {
  readonly signatures: readonly string[];
  readonly jwt: Jwt | undefined;
  readonly timestamp: string | undefined;
};

function compare(scheme: Scheme, { message, secrets, streamed, signatures, jwt, timestamp }: Comparison): SignatureFinding {
  let worst: SignatureFinding = { kind: "bad" };
  const id = signedId(scheme, message);
  const urls = urlSpellings(message, scheme);
  for (const [secretIndex, secret] of secrets.entries()) {
    const key = readKey(secret, scheme);
    if (key.kind === "unusable") {
      worst = { kind: "unusable-secret", why: key.why };
      continue;
    }
    if (scheme.algorithm === "token") {
      if (signatures.some((text) => equalTexts(text, latin1Of(secret)))) return { kind: "ok", secretIndex };
      continue;
    }
    for (const url of urls) {
      const digest = streamed?.(scheme, secret, url);
      const isSame =
        digest === undefined
          ? sameByContent(scheme, { message, key, url, timestamp, id, jwt, signatures, notKept: streamed !== undefined })
          : matchesDigest(digest, signatures, scheme);
      if (typeof isSame !== "boolean") {
        worst = isSame;
        continue;
      }
      if (!isSame) continue;
      if (streamed !== undefined && scheme.bodyDigest !== undefined) return { kind: "body-not-kept" };
      if (!digestHolds(scheme, message, jwt)) return { kind: "body-digest", secretIndex };
      return { kind: "ok", secretIndex };
    }
  }
  return worst;
}

type ContentComparison = {
  readonly message: Message;
  readonly key: Exclude<Key, { kind: "unusable" }>;
  readonly url: string | undefined;
  readonly timestamp: string | undefined;
  readonly id: string | undefined;
  readonly jwt: Jwt | undefined;
  readonly signatures: readonly string[];
  readonly notKept: boolean;
};

function sameByContent(
  scheme: Scheme,
  { message, key, url, timestamp, id, jwt, signatures, notKept }: ContentComparison,
): boolean | SignatureFinding {
  if (scheme.encoding === "jwt") return jwt !== undefined && jwtHolds(scheme, jwt, key);
  const secret = key.kind === "bytes" ? key.bytes : Buffer.alloc(0);
  const rendered = render(scheme.signed, { message, url, timestamp, id, secret, jwt });
  if (rendered.kind === "missing")
    return notKept && isFromBody(scheme, rendered.placeholder)
      ? { kind: "body-not-kept" }
      : { kind: "incomplete", placeholder: rendered.placeholder };
  if (notKept && readsBody(scheme)) return { kind: "body-not-kept" };
  const content = contentBytes(rendered.pieces, message.body);
  const { algorithm } = scheme;
  if (isMac(algorithm)) return key.kind === "bytes" && matchesDigest(macOf(algorithm, key.bytes, content), signatures, scheme);
  if (!isPublic(algorithm) || key.kind !== "public") return false;
  return signatures.some((text) => {
    const signature = decodeSignature(text, scheme);
    return signature !== undefined && verifyPublic(algorithm, key, content, signature);
  });
}

function matchesDigest(digest: Buffer, signatures: readonly string[], { encoding, hexCase }: Scheme): boolean {
  const expected = encodeDigest(digest, encoding);
  const isAnyCase = encoding === "hex" && hexCase === "any";
  // every one is compared, also after a match: the time tells nothing
  let matches = false;
  for (const text of signatures) if (equalTexts(isAnyCase ? text.toLowerCase() : text, expected)) matches = true;
  return matches;
}

function jwtHolds(scheme: Scheme, jwt: Jwt, key: ContentComparison["key"]): boolean {
  const { claims = {} } = scheme;
  if (Object.entries(claims).some(([name, value]) => jwt.claims[name] !== value)) return false;
  // the algorithm is the scheme's: a token that names another is refused, whatever its header says
  if (scheme.algorithm === "jwt-hs256") {
    if (jwt.algorithm !== "HS256" || key.kind !== "bytes") return false;
    return equalTexts(macOf("hmac-sha256", key.bytes, jwt.signed).toString("base64url"), jwt.signature.toString("base64url"));
  }
  if (jwt.algorithm !== "ES256" || key.kind !== "public") return false;
  const named = key.keys.filter(({ id }) => id === undefined || jwt.keyId === undefined || id === jwt.keyId);
  return verifyPublic("ecdsa-p256-p1363", { kind: "public", keys: named }, jwt.signed, jwt.signature);
}

/** Whether the digest of the body that stands elsewhere in the message is that of the body. */
function digestHolds({ bodyDigest }: Scheme, message: Message, jwt: Jwt | undefined): boolean {
  if (bodyDigest === undefined) return true;
  const stated = firstValue(message, bodyDigest.place, jwt);
  return stated !== undefined && equalTexts(stated, createHash(bodyDigest.hash).update(message.body).digest(bodyDigest.encoding));
}

/** Whether the bytes of the body are needed to check the scheme. */
function readsBody(scheme: Scheme): boolean {
  if (scheme.bodyDigest !== undefined) return true;
  return [...placeholdersOf(scheme.signed)].some((name) => !BODILESS.has(name));
}

/** Whether the value of a placeholder is taken from the body. */
function isFromBody({ time, messageId }: Scheme, placeholder: string): boolean {
  if (placeholder === "timestamp") return time !== undefined && isInBody(time.place);
  if (placeholder === "id") return messageId !== undefined && isInBody(messageId);
  return !BODILESS.has(placeholder.split(":", 1)[0] ?? "");
}
const BODILESS = new Set(["timestamp", "id", "method", "url", "target", "path", "secret", "header", "query", "claim"]);

function findTime(
  scheme: Scheme,
  { message, jwt, now }: { readonly message: Message; readonly jwt: Jwt | undefined; readonly now: number },
): TimeFinding {
  const rule = scheme.time;
  if (rule === undefined) return { fact: expiryOf(jwt, now) ?? "not-covered", text: undefined, ageMs: undefined };
  const text = firstValue(message, rule.place, jwt);
  const at = text === undefined ? undefined : readTime(text, rule.unit);
  const ageMs = at === undefined ? undefined : ageOf(at, now, rule.unit);
  if (!coversTime(scheme)) return { fact: "not-covered", text, ageMs };
  if (ageMs === undefined) return { fact: "absent", text, ageMs };
  return { fact: expiryOf(jwt, now) ?? mistakenUnit(text, rule.unit) ?? judgeAge(ageMs, rule), text, ageMs };
}

/** Seconds have ten digits from 2001 to 2286, milliseconds thirteen: a number of the other unit is no time that anybody signed at. */
function mistakenUnit(text: string | undefined, unit: "s" | "ms" | "iso" | "http-date"): "stale" | "future" | undefined {
  if (text === undefined) return undefined;
  if (unit === "ms" && text.length <= 11) return "stale";
  return unit === "s" && text.length >= 12 ? "future" : undefined;
}

/** Claims of RFC 7519 that end or begin a token's life, whatever the tolerance for its age. What is no number ends it, or never begins it. */
function expiryOf(jwt: Jwt | undefined, now: number): "stale" | "future" | undefined {
  const { exp, nbf } = jwt?.claims ?? {};
  if (exp !== undefined && !(typeof exp === "number" && now < exp * 1_000)) return "stale";
  return nbf === undefined || (typeof nbf === "number" && now >= nbf * 1_000) ? undefined : "future";
}

/** The message id as templates take it, one character a byte. */
export function signedId({ messageId }: Pick<Scheme, "messageId">, message: Message): string | undefined {
  const id = messageId === undefined ? undefined : firstValue(message, messageId);
  return id === undefined || messageId === undefined ? undefined : onWire(id, messageId);
}

/** Whether the time stands in what is signed. */
export function coversTime({ time, signed, encoding }: Scheme): boolean {
  if (time === undefined) return false;
  const holes = placeholdersOf(signed);
  if (holes.has("timestamp") || (encoding === "jwt" && time.place.in === "claim")) return true;
  if (time.place.in === "body" || time.place.in === "form") return [...holes].some((name) => !BODILESS.has(name));
  if (time.place.in === "query") return holes.has("url") || holes.has("target");
  // Contentful's canonical request holds the headers that it lists, this one among them
  return time.place.in === "header" && (holes.has("contentful") || signed.includes(`{header:${time.place.name}}`));
}

function isPresent(message: Message, scheme: Scheme): boolean {
  return scheme.signature.some((place) => {
    const { values, malformed } = readPlace(message, place);
    return values.length > 0 || malformed.length > 0;
  });
}

/** Whether two schemes are readings of one signature. */
export function readsSamePlaces(one: Pick<Scheme, "signature">, other: Pick<Scheme, "signature">): boolean {
  return JSON.stringify(one.signature.map(placeKey)) === JSON.stringify(other.signature.map(placeKey));
}

/** Readings of one signature share the place; prefix and field belong to the reading. */
function placeKey(place: Scheme["signature"][number]): string {
  return place.in === "body" ? `body ${place.path}` : `${place.in} ${place.name.toLowerCase()}`;
}

/** Which of two failed readings says more: one whose form fits before one whose form does not; of equals the earlier. */
function preferred(a: Finding | undefined, b: Finding): Finding {
  if (a === undefined) return b;
  return RANK[b.signature.kind] < RANK[a.signature.kind] ? b : a;
}
const RANK: Readonly<Record<SignatureFinding["kind"], number>> = {
  ok: 0,
  "body-digest": 1,
  bad: 2,
  "body-not-kept": 3,
  "unusable-secret": 4,
  "no-secret": 5,
  incomplete: 6,
  malformed: 7,
  absent: 8,
};

/** Whether a text could be a signature of the scheme. */
function isWellFormed(text: string, scheme: Scheme): boolean {
  const { algorithm, encoding } = scheme;
  if (algorithm === "token") return text !== "";
  if (encoding === "jwt") return readJwt(text) !== undefined;
  const bytes = decodeSignature(text, scheme);
  if (bytes === undefined) return false;
  return isMac(algorithm) ? bytes.length === macLength(algorithm) : true;
}
