import { nodeAt, scalarOf } from "../json-text.ts";
import { base64Bytes } from "../keys.ts";
import { type Message, queryValues } from "../message.ts";
import { placeText, shown } from "../reasons.ts";
import type { Place, Scheme } from "../scheme.ts";
import type { Cause, Form } from "./cause.ts";

/** The bytes that a message's texts may be a signature of, with how each text differs from what the scheme writes. */
export type Readings = {
  /** of texts where the scheme's signature belongs */
  readonly own: readonly Form<Buffer>[];
  /** of texts elsewhere in the message */
  readonly elsewhere: readonly Form<Buffer>[];
  /** Looks a digest up. @returns how its text differs; undefined when no text stands for it */
  readonly find: (digest: Buffer) => readonly Cause[] | undefined;
};

/** Texts of one place, and of one message, that are read; more are no sender's. */
const MOST_TEXTS = 40;
/** Longer texts are no signatures: 4,096 bits of RSA in hex have 1,024 digits. */
const MOST_LENGTH = 1_400;
/** A run of letters and digits that is long enough for a digest of 16 bytes in base64. */
const RUN = /[A-Za-z0-9+/_-]{22,}={0,2}/g;
/** Names of an algorithm or version that a hyphen or slash joins to a digest, as in `sha256-…`. */
const JOINED = /^(?:hmac-?)?(?:sha-?\d{1,3}|v\d|md5)[-_/]/i;
/** Headers with long random texts of their own. */
const OTHER_USES =
  /^(?:etag|if-none-match|cookie|trace(?:parent|state)|b3|x-b3-.*|x-amzn-trace-id|x-cloud-trace-context|(?:content-|repr-)?digest|content-md5)$/i;

/** Reads everything in a message that may be its signature. @param notations other schemes, which write the signature of the same text otherwise */
export function readingsOf(message: Message, scheme: Scheme, notations: readonly Scheme[] = []): Readings {
  const own = [scheme, ...notations].flatMap((one) =>
    one.signature.flatMap((place) => textsAt(message, place).flatMap((text) => readText(text, labelOf(place), one))),
  );
  const elsewhere = otherTexts(message, scheme).flatMap(({ text, where }) =>
    runsIn(text).flatMap(({ run }) => bytesOf(run).map(({ bytes }) => ({ value: bytes, causes: [wrongPlace(where, scheme)] }))),
  );
  const kept = { own: nearest(own).slice(0, MOST_TEXTS), elsewhere: nearest(elsewhere).slice(0, MOST_TEXTS) };
  const byDigest = new Map(nearest([...kept.own, ...kept.elsewhere]).map(({ value, causes }) => [value.toString("latin1"), causes]));
  return { ...kept, find: (digest) => byDigest.get(digest.toString("latin1")) };
}

/** Of several readings of the same bytes, the one that needs the fewest causes. */
function nearest(readings: readonly Form<Buffer>[]): readonly Form<Buffer>[] {
  const byBytes = new Map<string, Form<Buffer>>();
  for (const reading of readings) {
    const key = reading.value.toString("latin1");
    const known = byBytes.get(key);
    if (known === undefined || known.causes.length > reading.causes.length) byBytes.set(key, reading);
  }
  return [...byBytes.values()];
}

/** What stands in front of a signature: the whole text there, or the name of its member. */
type Label = { readonly text: string; readonly member: boolean; readonly optional: boolean };

function labelOf(place: Place): Label {
  if (place.in === "header" && place.field !== undefined)
    return { text: place.field.name + place.field.assign, member: true, optional: false };
  const prefix = place.in === "header" || place.in === "body" ? place.prefix : undefined;
  return { text: prefix ?? "", member: false, optional: place.in === "header" && place.prefixOptional === true };
}

function textsAt(message: Message, place: Place): readonly string[] {
  switch (place.in) {
    case "header": {
      const isName = (name: string): boolean =>
        place.numbered === true ? /^\d+$/.test(name.slice(place.name.length)) : name.length === place.name.length;
      const wanted = place.name.toLowerCase();
      const texts: string[] = [];
      for (let i = 0; i + 1 < message.headers.length; i += 2) {
        const name = (message.headers[i] ?? "").toLowerCase();
        if (name.startsWith(wanted) && isName(name)) texts.push(message.headers[i + 1] ?? "");
      }
      return texts;
    }
    case "body": {
      const json = message.json();
      const text = json === undefined ? undefined : scalarOf(nodeAt(json.root, place.path));
      return text === undefined ? [] : [text];
    }
    case "query":
      return message.url === undefined ? [] : queryValues(message.url, place.name);
    case "form":
      return (message.form() ?? []).flatMap(([name, value]) => (name === place.name ? [value] : []));
    case "claim":
      return [];
  }
}

function otherTexts(message: Message, { signature }: Scheme): readonly { readonly text: string; readonly where: string }[] {
  const own = signature.flatMap((place) => (place.in === "header" ? place.name.toLowerCase() : []));
  const texts: { readonly text: string; readonly where: string }[] = [];
  for (let i = 0; i + 1 < message.headers.length && texts.length < MOST_TEXTS; i += 2) {
    const name = message.headers[i] ?? "";
    if (own.some((one) => name.toLowerCase().startsWith(one) && /^\d*$/.test(name.slice(one.length))) || OTHER_USES.test(name)) continue;
    const text = message.headers[i + 1] ?? "";
    if (text.length >= 22 && text.length <= MOST_LENGTH) texts.push({ text, where: `header ${name}` });
  }
  for (const name of ["signature", "sig", "hmac"]) {
    for (const text of message.url === undefined ? [] : queryValues(message.url, name))
      texts.push({ text, where: `query parameter ${name}` });
  }
  return texts;
}

function readText(text: string, label: Label, scheme: Scheme): readonly Form<Buffer>[] {
  // in a query or form, + stands for a blank
  const whole =
    scheme.encoding === "base64" && /^[A-Za-z0-9+/ ]{20,}={0,2}$/.test(text) && text.includes(" ") ? [text.replaceAll(" ", "+")] : [];
  const repaired = whole.flatMap((one) => bytesOf(one).map(({ bytes }) => ({ value: bytes, causes: [PLUS] })));
  const read = runsIn(text).flatMap(({ before, run, after }) =>
    bytesOf(run).map(({ bytes, written }) => ({
      value: bytes,
      causes: [...aroundCauses(before, after, label), ...encodingCauses(run, bytes, written, scheme)],
    })),
  );
  return [...repaired, ...read];
}

const PLUS: Cause = {
  code: "digest-encoding",
  found: "the signature's + became blanks on the way",
  hint: "percent-encode the signature (+ as %2B) where it is put into a query or form",
};

type Run = { readonly before: string; readonly run: string; readonly after: string };

function runsIn(text: string): readonly Run[] {
  const runs: Run[] = [];
  let end = 0;
  for (const match of text.slice(0, 16_384).matchAll(RUN)) {
    if (match[0].length > MOST_LENGTH || runs.length >= MOST_TEXTS) continue;
    const joined = JOINED.exec(match[0])?.[0].length ?? 0;
    const next = match.index + match[0].length;
    runs.push({
      before: text.slice(end, match.index + joined),
      run: match[0].slice(joined),
      after: /^[^,;\s]*/.exec(text.slice(next, next + 20))?.[0] ?? "",
    });
    end = next;
  }
  return runs;
}

type Written = "hex" | "base64" | "base64 of hex";

/** The bytes that a text may stand for. */
function bytesOf(run: string): readonly { readonly bytes: Buffer; readonly written: Written }[] {
  const plain = run.replace(/=+$/, "");
  if (/^(?:[0-9a-fA-F]{2}){16,}$/.test(plain)) return [{ bytes: Buffer.from(plain, "hex"), written: "hex" }];
  const bytes = base64Bytes(run);
  if (bytes === undefined) return [];
  const text = bytes.toString("latin1");
  return /^(?:[0-9a-fA-F]{2}){16,}$/.test(text)
    ? [{ bytes: Buffer.from(text, "hex"), written: "base64 of hex" }]
    : [{ bytes, written: "base64" }];
}

function aroundCauses(before: string, after: string, { text, member, optional }: Label): readonly Cause[] {
  const hint = text === "" ? "write the signature alone" : `write it as ${text}…`;
  const isThere = member ? before.endsWith(text) && /^$|[,;\s]$/.test(before.slice(0, -text.length)) : before === text;
  if (isThere || (optional && before === "")) {
    if (after === "") return [];
    return [{ code: "wrong-prefix", found: `${shown(after)} stands behind the signature`, hint }];
  }
  if (before === "") return [{ code: "wrong-prefix", found: `${shown(text)} is missing in front of the signature`, hint }];
  const there = shown(/[A-Za-z][\w.-]{0,20}[=:,]\s?["']?$/.exec(before)?.[0] ?? before.replace(/^[,;\s]+/, ""));
  const found =
    text === ""
      ? `the signature has ${there} in front, which this scheme does not write`
      : `the signature has ${there} in front, where this scheme writes ${shown(text)}`;
  return [{ code: "wrong-prefix", found, hint }];
}

const HOW: Readonly<Record<string, string>> = {
  hex: 'digest("hex") in Node, hexdigest() in Python, hash_hmac(…) in PHP',
  base64: 'digest("base64") in Node, base64.b64encode(mac.digest()) in Python, base64_encode(hash_hmac(…, true)) in PHP',
  base64url: 'digest("base64url") in Node, base64.urlsafe_b64encode(…) without = in Python',
};

function encodingCauses(run: string, bytes: Buffer, written: Written, { encoding, hexCase }: Scheme): readonly Cause[] {
  const hint = `write the digest as ${encoding}: ${HOW[encoding] ?? ""}`;
  if (written === "hex" && encoding === "hex") {
    if (hexCase === "any" || run === run.toLowerCase()) return [];
    return [
      {
        code: "digest-case",
        found: "the signature is written in capital hex digits, and this scheme writes small ones",
        hint: "write the digits in lower case; verifiers compare the text",
      },
    ];
  }
  if (written === "base64 of hex") {
    return [
      {
        code: "digest-encoding",
        found: `the signature is the base64 of hex digits, and this scheme writes ${encoding}`,
        hint,
      },
    ];
  }
  if (written === "base64" && (encoding === "base64" || encoding === "base64url")) {
    if (bytes.toString(encoding) === run) return [];
    const other = encoding === "base64" ? "base64url" : "base64";
    const isOther = bytes.toString(other) === run;
    const padding = encoding === "base64" ? "without its = at the end" : "with = at its end";
    return [
      { code: "digest-encoding", found: `the signature is ${isOther ? other : `${encoding} ${padding}`}, ${expected(encoding)}`, hint },
    ];
  }
  return [{ code: "digest-encoding", found: `the signature is ${written}, ${expected(encoding)}`, hint }];
}

function expected(encoding: Scheme["encoding"]): string {
  return `and this scheme writes ${encoding}`;
}

function wrongPlace(where: string, { signature }: Scheme): Cause {
  const right = [...new Set(signature.map(placeText))].join(" or ");
  return {
    code: "wrong-header",
    found: `the signature stands in ${where}, and this scheme has it in ${right}`,
    hint: `send it in ${right}; if the sender is another than you named, say which: --provider`,
  };
}
