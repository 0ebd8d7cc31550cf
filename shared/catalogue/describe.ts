import type { DeliveryFacts, Disable, EventKind, Fact, Handshake, Provider, Retries } from "../signatures/provider.ts";
import { placeText } from "../signatures/reasons.ts";
import type { Condition, Place, Scheme, Source, TimeRule } from "../signatures/scheme.ts";
import { durationText } from "../signatures/time.ts";

/** One fact of a record in words, with its source where it has one of its own. */
export type DescribedFact = { readonly label: string; readonly text: string; readonly source?: Source };

/** Facts that belong together. A source of the section stands for all facts in it that have none. */
export type DescribedSection = { readonly title: string; readonly source?: Source; readonly facts: readonly DescribedFact[] };

/** Everything that a record says, in words: for the terminal and for docs/providers.md. The samples of its events are left out. */
export function describeProvider(provider: Provider): readonly DescribedSection[] {
  const { signing, delivery, handshakes, events = [], notes = [] } = provider;
  const sections: readonly DescribedSection[] = [
    { title: "Identity", facts: identityFacts(provider) },
    ...signing.schemes.map((scheme) => ({ title: `Scheme ${scheme.id}`, source: scheme.source, facts: schemeFacts(scheme) })),
    { title: "Without a check", facts: uncheckedFacts(provider) },
    ...secretSections(provider),
    { title: "Event", source: provider.event.source, facts: eventFacts(provider) },
    { title: "Handshakes", facts: handshakes.map(handshakeFact) },
    { title: "Delivery", facts: deliveryFacts(delivery) },
    { title: "Events", facts: events.map(kindFact) },
    { title: "Notes", facts: notes.map((text) => ({ label: "", text })) },
  ];
  return sections.filter(({ facts }) => facts.length > 0);
}

/** How a provider signs, in a few words: `HMAC-SHA256, with time`. */
export function signingText({ signing: { schemes, unsigned, unverifiable } }: Pick<Provider, "signing">): string {
  if (schemes.length === 0)
    return unverifiable !== undefined ? "signed; devhook cannot check it" : unsigned !== undefined ? "not signed" : "not found";
  const algorithms = [...new Set(schemes.map(({ algorithm }) => ALGORITHMS[algorithm]))].join(" or ");
  const timed = schemes.filter(({ time }) => time !== undefined).length;
  const time = timed === 0 ? "" : timed === schemes.length ? ", with time" : ", partly with time";
  return `${algorithms}${time}${unsigned === undefined ? "" : "; partly not signed"}`;
}

/** `10 s`, or `not found`. */
export function deadlineText({ deadline }: Pick<DeliveryFacts, "deadline">): string {
  return factText(deadline, secondsText);
}

/** `8 tries over 27 h`, `for 3 days`, or `not found`: without the single waits. */
export function retriesText({ retries }: Pick<DeliveryFacts, "retries">): string {
  return factText(retries, ({ attempts, overSeconds }) => {
    if (attempts !== undefined) return attempts === 1 ? "none" : `${attempts} tries`;
    return overSeconds === undefined ? "see its note" : `for ${secondsText(overSeconds)}`;
  });
}

/** `5 min old, 5 min ahead`: how far the time of a delivery may be from the clock. */
export function toleranceText({ tolerance, inclusive = true }: Pick<TimeRule, "tolerance" | "inclusive">): string {
  if (tolerance === undefined) return "not found";
  const { old, future } = tolerance;
  if (old === null && future === null) return "unlimited";
  const limit = (seconds: number | null, side: string): string =>
    seconds === null ? `any time ${side}` : `${secondsText(seconds)} ${side}`;
  return `${limit(old, "old")}, ${limit(future, "ahead")}${inclusive ? "" : ", the limit itself excluded"}`;
}

/** `official-doc: docs.svix.com/retries, 2026-11-21`: evidence, place and date. */
export function sourceText({ grade, from, date }: Source): string {
  // a user's own record has no source beside itself
  return from === "devhook.config.json" ? from : `${grade}: ${from}, ${date}`;
}

const ALGORITHMS: Readonly<Record<Scheme["algorithm"], string>> = {
  "hmac-sha1": "HMAC-SHA1",
  "hmac-sha256": "HMAC-SHA256",
  "hmac-sha512": "HMAC-SHA512",
  sha256: "SHA-256 with the secret",
  ed25519: "Ed25519",
  "ecdsa-p256-der": "ECDSA P-256",
  "ecdsa-p256-p1363": "ECDSA P-256",
  "rsa-sha1": "RSA with SHA-1",
  "rsa-sha256": "RSA with SHA-256",
  "jwt-hs256": "JWT (HS256)",
  "jwt-es256": "JWT (ES256)",
  token: "shared token",
};

const UNITS: Readonly<Record<TimeRule["unit"], string>> = {
  s: "seconds since 1970",
  ms: "milliseconds since 1970",
  iso: "ISO 8601",
  "http-date": "HTTP date",
};

function identityFacts({ id, aliases = [], sameAs, recognise }: Provider): readonly DescribedFact[] {
  const ways = recognise.map((conditions) => conditions.map(conditionText).join(", and "));
  return known([
    ["id", [id, ...aliases].join(", also ")],
    ["recognised by", ways.length === 0 ? "nothing: name it with --provider" : ways.join("; or ")],
    ["same headers as", sameAs],
  ]);
}

function schemeFacts(scheme: Scheme): readonly DescribedFact[] {
  const { note, when = [], signature, signed, messageId, time, bodyDigest, claims = {}, urlVariants = [], extraHeaders = [] } = scheme;
  return known([
    ["in short", note],
    ["only when", when.length === 0 ? undefined : when.map(conditionText).join(", and ")],
    ["signature", signature.map(placeDetail).join("; or ")],
    ["algorithm", `${ALGORITHMS[scheme.algorithm]}${encodingText(scheme)}`],
    ["key", keyText(scheme)],
    ["signed text", signed === "" ? signedNothing(scheme) : signed],
    ["message id", messageId === undefined ? undefined : placeDetail(messageId)],
    ["time", time === undefined ? "none: a copy can be sent again at any time" : `${placeDetail(time.place)}, ${UNITS[time.unit]}`],
    ["tolerance", time === undefined ? undefined : toleranceText(time)],
    ["its own verifier", time?.officialVerifier],
    [
      "body digest",
      bodyDigest === undefined ? undefined : `${placeDetail(bodyDigest.place)}, SHA-256 of the body as ${bodyDigest.encoding}`,
    ],
    [
      "claims",
      Object.keys(claims).length === 0
        ? undefined
        : Object.entries(claims)
            .map(([name, value]) => `${name} = ${value}`)
            .join(", "),
    ],
    ["also tries URLs", urlVariants.length === 0 ? undefined : urlVariants.join(", ")],
    ["sent beside", extraHeaders.length === 0 ? undefined : extraHeaders.map(([name, value]) => `${name}: ${value}`).join("; ")],
  ]);
}

function uncheckedFacts({ signing: { unsigned, unverifiable } }: Provider): readonly DescribedFact[] {
  return [
    ...(unsigned === undefined ? [] : [{ label: "not signed", text: unsigned.note, source: unsigned.source }]),
    ...(unverifiable === undefined ? [] : [{ label: "not checkable", text: unverifiable.reason, source: unverifiable.source }]),
  ];
}

function secretSections({ secret }: Provider): readonly DescribedSection[] {
  if (secret === undefined) return [];
  const { called, where, prefix, source } = secret;
  return [
    {
      title: "Secret",
      source,
      facts: known([
        ["called", called],
        ["found", where],
        ["begins with", prefix],
      ]),
    },
  ];
}

function eventFacts({ event }: Provider): readonly DescribedFact[] {
  const { type, id, derivedId = [], attempt, attemptCounts, batch, callbackUrl } = event;
  const numbers = attemptCounts === "retries" ? " (counts repeats only)" : "";
  return known([
    ["type", type.length === 0 ? "none" : type.map(placeDetail).join(", then ")],
    ["id", id.length === 0 ? "none" : id.map(placeDetail).join(", else ")],
    ["id is made of", derivedId.length === 0 ? undefined : derivedId.map(placeDetail).join(" : ")],
    ["number of the try", attempt === undefined ? undefined : `${placeDetail(attempt)}${numbers}`],
    ["several at once", batch === undefined ? undefined : "one delivery may hold several events; the first one is shown"],
    ["callback URL", callbackUrl === undefined ? undefined : `${placeDetail(callbackUrl)}: the app calls it about the event`],
  ]);
}

function handshakeFact({ id, match, signed, answer, note, source }: Handshake): DescribedFact {
  const wanted =
    answer === undefined
      ? ""
      : ` Answer: ${answer.status}${answer.contentType === undefined ? "" : ` ${answer.contentType}`} ${answer.body}`;
  const sentences = `${note} It is ${signed ? "signed" : "not signed"}; known by ${match.map(conditionText).join(", and ")}.${wanted}`;
  return { label: id, text: sentences.trim(), source };
}

function deliveryFacts({ deadline, success, retries, disable }: DeliveryFacts): readonly DescribedFact[] {
  return [
    deliveryFact("deadline", deadline, secondsText),
    deliveryFact("success", success, (value) => (value === "200-or-204" ? "200 or 204" : value)),
    deliveryFact("retries", retries, retriesDetail),
    deliveryFact("disabled", disable, disableText),
  ];
}

function deliveryFact<T>(label: string, fact: Fact<T>, textOf: (value: T) => string): DescribedFact {
  if (fact === "not found") return { label, text: fact };
  const text = [textOf(fact.value), fact.note].filter((part) => part !== undefined && part !== "").join(". ");
  return { label, text, source: fact.source };
}

function retriesDetail({ attempts, waits = [], overSeconds }: Retries): string {
  return [
    attempts === undefined ? "" : `${attempts} in all`,
    waits.length === 0 ? "" : `waits: ${waits.map(secondsText).join(", ")}`,
    overSeconds === undefined ? "" : `over ${secondsText(overSeconds)}`,
  ]
    .filter((part) => part !== "")
    .join("; ");
}

function disableText({ failures, of = "deliveries", consecutive }: Disable): string {
  if (failures === undefined) return "";
  return `after ${failures} failed ${of}${consecutive === true ? " in a row" : ""}`;
}

/** Where the sample comes from, and where the event has been seen. */
function kindFact({ type, variant, summary, evidence, seen, source }: EventKind): DescribedFact {
  const label = variant === undefined ? type : `${type} (${variant})`;
  return { label, text: `${summary} [${seen}; sample ${EVIDENCE[evidence]}]`, source };
}

const EVIDENCE: Readonly<Record<EventKind["evidence"], string>> = {
  published: "published",
  "fields-published": "with published fields and invented values",
  invented: "invented",
};

function encodingText({ encoding, hexCase, algorithm }: Scheme): string {
  if (encoding === "text" || encoding === "jwt") return "";
  const ecdsa = algorithm === "ecdsa-p256-der" ? " of the DER form" : algorithm === "ecdsa-p256-p1363" ? " of r and s" : "";
  const digits = encoding === "hex" && hexCase === "any" ? " in either case" : "";
  return `, written as ${encoding}${digits}${ecdsa}`;
}

function keyText({ key, algorithm }: Scheme): string | undefined {
  if (algorithm === "token") return undefined;
  const prefix = "prefix" in key && key.prefix !== undefined ? ` after ${key.prefix}` : "";
  if (key.form === "public") return `a public key${prefix}`;
  return key.form === "text" ? "the secret's bytes as they are" : `the secret${prefix}, decoded from ${key.form}`;
}

function signedNothing({ algorithm }: Scheme): string {
  return algorithm === "token" ? "nothing: the place holds the secret itself" : "the token's own header and claims";
}

/** Where a value stands, with what stands around it there. */
function placeDetail(place: Place): string {
  const text = `${placeText(place)}${place.in === "header" && place.numbered === true ? " and so on" : ""}`;
  if (place.in === "header" && place.field !== undefined) return `${text}, as ${place.field.name}${place.field.assign}…`;
  if (!("prefix" in place) || place.prefix === undefined) return text;
  const optional = place.in === "header" && place.prefixOptional === true ? " (which may be missing)" : "";
  return `${text}, after ${JSON.stringify(place.prefix)}${optional}`;
}

function conditionText({ place, equals, startsWith }: Condition): string {
  const where = place.in === "method" ? "the method" : placeDetail(place);
  if (equals !== undefined) {
    const all = typeof equals === "string" ? [equals] : equals;
    const shown = all.slice(0, MOST_VALUES).join(", ");
    return `${where} is ${all.length === 1 ? "" : "one of "}${shown}${all.length > MOST_VALUES ? ` and ${all.length - MOST_VALUES} more` : ""}`;
  }
  return startsWith === undefined ? where : `${where} begins with ${startsWith}`;
}

/** Values of a condition that are listed; more are the names of all events. */
const MOST_VALUES = 6;

function factText<T>(fact: Fact<T>, textOf: (value: T) => string): string {
  return fact === "not found" ? fact : textOf(fact.value);
}

function secondsText(seconds: number): string {
  return durationText(seconds * 1_000);
}

function known(all: readonly (readonly [label: string, text: string | undefined])[]): readonly DescribedFact[] {
  return all.flatMap(([label, text]) => (text === undefined || text === "" ? [] : [{ label, text }]));
}
