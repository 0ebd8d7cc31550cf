import { isPublic } from "./algorithms.ts";
import type { Finding } from "./check.ts";
import type { Handshake, Provider } from "./provider.ts";
import type { Place, Scheme } from "./scheme.ts";
import { durationText, judgeAge } from "./time.ts";
import type { Reason, ReasonCode, Verdict } from "./verification.ts";

/** What a reason depends on besides the finding. */
export type ReasonSurroundings = {
  readonly provider: Provider;
  readonly handshake: Handshake | undefined;
  /** never shown: a reason is stored and sent */
  readonly secrets: readonly string[];
  /** whether the body was hashed on its way and is not kept */
  readonly streamed: boolean;
};

/** Shorter secrets would be found in texts by chance. */
const TELLING_LENGTH = 6;

/** The reason that can be told without a search. */
export function reasonOf(
  verdict: Exclude<Verdict, "valid">,
  finding: Finding | undefined,
  { provider, handshake, secrets, streamed }: ReasonSurroundings,
): Reason {
  if (verdict === "unsigned") return unsignedReason(provider, handshake);
  if (finding === undefined) {
    const { unverifiable } = provider.signing;
    return unverifiable === undefined
      ? reason(
          "no-scheme",
          `No signature scheme of ${provider.name} fits this request`,
          "name the sender with --provider, or describe its scheme in devhook.config.json",
        )
      : reason("certificate-needed", unverifiable.reason, "check it in your app, with the provider's own library");
  }
  const { scheme, signature, time } = finding;
  const secretName = provider.secret?.called ?? "secret";
  switch (signature.kind) {
    case "absent":
      return reason(
        "signature-missing",
        `${provider.name} signs its deliveries, and ${placesText(scheme)} is not there`,
        "if the provider did send this, look for a proxy that drops the header; otherwise somebody else called your URL",
      );
    case "malformed":
      if (secrets.some((secret) => secret.length >= TELLING_LENGTH && signature.texts.some((text) => text.includes(secret)))) {
        return reason(
          "secret-sent",
          `${placesText(scheme)} holds your ${secretName} itself, not a signature made with it`,
          `whoever reads the request has it now: make a new one, and send ${formText(scheme)}`,
        );
      }
      return reason(
        "signature-malformed",
        `${placesText(scheme)} holds ${shown(signature.texts[0] ?? "")}, which is no signature of this scheme`,
        `expected: ${formText(scheme)}`,
      );
    case "incomplete":
      return incompleteReason(scheme, signature.placeholder, time.text);
    case "no-secret":
      return reason(
        "no-secret",
        `devhook has no ${secretName} of ${provider.name}, so it cannot check the signature`,
        `store it: devhook secrets set ${provider.id}${provider.secret?.where === undefined ? "" : ` (you find it here: ${provider.secret.where})`}`,
      );
    case "unusable-secret":
      return reason(
        "secret-unusable",
        `The ${secretName} cannot be used: ${signature.why}`,
        `copy it again, whole, and store it: devhook secrets set ${provider.id}`,
      );
    case "body-not-kept":
      return reason(
        "body-not-kept",
        "The body is larger than what devhook keeps, so the signature could not be checked afterwards",
        "set the secret before the delivery comes: then large bodies are checked while they stream",
      );
    case "body-digest":
      return reason(
        "body-digest",
        "The signature itself holds, but the digest of the body that it covers is that of another body",
        "something changed the body after it was signed: a proxy, or a framework that parsed it and wrote it anew",
      );
    case "bad":
      if (streamed) {
        return reason(
          "no-match",
          "The signature does not match; the body is over 10 MiB and not kept whole, so nothing more can be tried",
          "the bytes or the secret differ: send the same event with a smaller body to find out which",
        );
      }
      return reason(
        "no-match",
        `${noMatchText(scheme)}: nothing that devhook tried explains it`,
        `compare the last 4 characters of your ${secretName} with those at ${provider.name}, and send a test event from there`,
      );
    case "ok":
      return time.fact === "absent" ? incompleteReason(scheme, "timestamp", time.text) : timeReason(scheme, time);
  }
}

function noMatchText({ algorithm }: Scheme): string {
  if (algorithm === "token") return "The token is another one than your secret";
  return `The signature was made with another ${isPublic(algorithm) ? "key" : "secret"}, or of other bytes`;
}

/** Puts a reason together. */
export function reason(code: ReasonCode, message: string, hint: string): Reason {
  return { code, message, hint };
}

/** What is wrong with the time of a message whose signature holds. */
function timeReason(scheme: Scheme, { fact, ageMs, text = "" }: Finding["time"]): Reason {
  const unit = scheme.time?.unit;
  const { old = null, future = null } = scheme.time?.tolerance ?? {};
  // seconds have ten digits until 2286, milliseconds thirteen
  if (unit === "ms" && text.length <= 11) {
    return reason(
      "timestamp-unit",
      `The timestamp ${shown(text)} is in seconds, and this scheme counts milliseconds`,
      "sign with milliseconds, which is what the clock of JavaScript counts; in Python: time.time_ns() // 1_000_000",
    );
  }
  if (unit === "s" && text.length >= 12) {
    return reason(
      "timestamp-unit",
      `The timestamp ${shown(text)} is in milliseconds, and this scheme counts seconds`,
      "sign with seconds: divide the clock of JavaScript by 1000 and round down; in Python: int(time.time())",
    );
  }
  // the claims of a token end its life before the tolerance does, or where there is none
  if (ageMs === undefined || judgeAge(ageMs, scheme.time ?? {}) !== fact) {
    return fact === "stale"
      ? reason("stale", "The token that holds the signature has expired", "if it came just now, compare the clocks: devhook doctor")
      : reason(
          "future",
          "The token that holds the signature is not valid yet",
          "the clock of the sender or of this machine is wrong: devhook doctor",
        );
  }
  if (fact === "stale") {
    return reason(
      "stale",
      `Signed ${durationText(ageMs)} ago${old === null ? "" : `; the tolerance is ${durationText(old * 1_000)}`}`,
      "a recorded delivery is sent again with a fresh signature by: devhook resend ID --resign. If it came just now, compare the clocks: devhook doctor",
    );
  }
  return reason(
    "future",
    `Signed ${durationText(ageMs)} in the future${future === null ? "" : `; the tolerance is ${durationText(future * 1_000)}`}`,
    "the clock of the sender or of this machine is wrong: devhook doctor",
  );
}

function incompleteReason(scheme: Scheme, placeholder: string, text: string | undefined): Reason {
  const { time, messageId } = scheme;
  if (placeholder === "timestamp" && time !== undefined) {
    return text === undefined
      ? reason(
          "timestamp-missing",
          `${memberText(time.place)} is not there, and the signature covers it`,
          "if the provider did send this, look for a proxy that drops the header",
        )
      : reason("timestamp-malformed", `${memberText(time.place)} holds ${shown(text)}, which is no time`, `expected: ${UNITS[time.unit]}`);
  }
  if (placeholder === "id" && messageId !== undefined) {
    return reason(
      "id-missing",
      `${memberText(messageId)} is not there, and the signature covers it`,
      "if the provider did send this, look for a proxy that drops the header",
    );
  }
  if (["url", "target", "path"].includes(placeholder)) {
    return reason("other-url", "The signature covers the public URL, and it is not known", "name it: --url https://…");
  }
  return reason(
    "signed-content",
    `The signature covers {${placeholder}}, which this request does not have`,
    "look whether the sender is the provider that you named, and whether the body came whole",
  );
}

function unsignedReason({ name, signing }: Provider, handshake: Handshake | undefined): Reason {
  if (handshake?.signed === false)
    return reason("unsigned-handshake", `${name} does not sign this handshake (${handshake.id})`, handshake.note);
  const note = signing.unsigned?.note ?? `${name} documents no signature`;
  return reason(
    "unsigned-provider",
    note,
    "anybody who knows your URL can send this: keep the URL secret and check what it says through the provider's API",
  );
}

const UNITS = {
  s: "seconds since 1970, as in 1767225600",
  ms: "milliseconds since 1970, as in 1767225600000",
  iso: "ISO 8601, as in 2026-01-01T00:00:00.000Z",
  "http-date": "an HTTP date, as in Thu, 01 Jan 2026 00:00:00 GMT",
} as const;

/** `64 hex digits after "sha256="`: what a signature of the scheme looks like. */
export function formText({ algorithm, encoding, hexCase, signature }: Scheme): string {
  const [place] = signature;
  const prefix = place === undefined ? undefined : "prefix" in place ? place.prefix : undefined;
  const field = place?.in === "header" && place.field !== undefined ? ` as ${place.field.name}${place.field.assign}…` : "";
  const after = `${prefix === undefined ? "" : ` after ${JSON.stringify(prefix)}`}${field}`;
  if (algorithm === "token") return `the secret itself${after}`;
  if (encoding === "jwt") return `a JSON Web Token${after}`;
  if (encoding !== "hex") return `${encoding}${after}`;
  const digits = { "hmac-sha1": 40, "hmac-sha512": 128 }[algorithm as string] ?? (algorithm === "ed25519" ? 128 : 64);
  return `${digits} ${hexCase === "any" ? "" : "lower-case "}hex digits${after}`;
}

/** `header X-Hub-Signature-256`, `member signature of the body`: where something stands, for people. */
export function placeText(place: Place): string {
  switch (place.in) {
    case "header":
      return `header ${place.name}${place.numbered === true ? "1" : ""}`;
    case "body":
      return `member ${place.path} of the body`;
    case "query":
      return `query parameter ${place.name}`;
    case "form":
      return `form field ${place.name}`;
    case "claim":
      return `claim ${place.name}`;
  }
}

/** `t in header Stripe-Signature`: also which member of a list it is. */
function memberText(place: Place): string {
  return place.in === "header" && place.field !== undefined ? `${place.field.name} in ${placeText(place)}` : placeText(place);
}

function placesText({ signature }: Scheme): string {
  return [...new Set(signature.map(placeText))].join(" or ");
}

/** A value as it may be shown: a piece of it, in quotes. */
export function shown(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, "?");
  return JSON.stringify(printable.length > 80 ? `${printable.slice(0, 79)}…` : printable);
}
