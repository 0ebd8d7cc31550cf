import { isAscii, isUtf8 } from "node:buffer";
import { brotliDecompressSync, gunzipSync, gzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { firstHeader } from "../../http/headers.ts";
import type { Message } from "../message.ts";
import type { ReasonCode } from "../verification.ts";
import { LOOK, LOOK_BEYOND_ASCII, RECODE } from "./budget.ts";
import type { Form } from "./cause.ts";
import type { Evidence } from "./evidence.ts";

export type BodyKind = "edges" | "text" | "rare";

/** One way in which a body may have changed between signing and arriving, without its JSON being read. */
type BodyForm = {
  readonly code: ReasonCode;
  /** the body as it was signed; undefined when this cannot have happened to it */
  readonly signed: (message: Message) => Buffer | undefined;
  readonly found: string;
  readonly hint: string;
  /** whether it can happen to any bytes, and not to text alone */
  readonly anyBytes?: true;
  /** `edges`: cheap to try, and tried first; `text` when left out, after the likely forms of JSON; `rare`: last */
  readonly kind?: BodyKind;
};

/** Inflated bodies beyond this many times the compressed one, or this size, are not tried, bytes. */
const MOST_GROWTH = 20;
const MOST_INFLATED = 4_194_304;

const LINE_ENDS =
  "sign the bytes that are sent: something adds or removes line ends between signing and sending (an editor, a shell, a template)";
const CHARSET = "sign the UTF-8 bytes that are sent: Buffer.from(text) in Node, text.encode() in Python";
const ESCAPES = "sign the text that is sent, with the same escapes";

/** The likeliest first. */
const FORMS: readonly BodyForm[] = [
  {
    code: "body-newline",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => (body.at(-1) === LF && body.at(-2) !== CR ? body.subarray(0, -1) : undefined),
    found: "the body ends in a line feed that was not signed",
    hint: "send the body as it was signed: curl --data-binary and printf leave it alone, echo and editors add a line feed",
  },
  {
    code: "body-newline",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => (body.at(-1) === LF && body.at(-2) === CR ? body.subarray(0, -2) : undefined),
    found: "the body ends in CR LF that was not signed",
    hint: "send the body as it was signed: an editor or a shell adds the line ends of Windows; curl --data-binary leaves it alone",
  },
  {
    code: "body-newline",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => Buffer.concat([body, Buffer.from("\n")]),
    found: "the body was signed with a line feed at its end, which is not there",
    hint: "something takes it off after signing, as curl -d @file does: use --data-binary",
  },
  {
    code: "body-newline",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => Buffer.concat([body, Buffer.from("\r\n")]),
    found: "the body was signed with CR LF at its end, which is not there",
    hint: LINE_ENDS,
  },
  {
    code: "body-newline",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => replaced(body, "\r\n", "\n"),
    found: "the body has line ends CR LF and was signed with LF alone",
    hint: LINE_ENDS,
  },
  {
    code: "body-newline",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => (replaced(body, "\r\n", "\n") === undefined ? replaced(body, "\n", "\r\n") : undefined),
    found: "the body has line ends LF and was signed with CR LF",
    hint: LINE_ENDS,
  },
  {
    code: "body-newline",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => replaced(body, "\r\n", "") ?? replaced(body, "\n", ""),
    found: "the body was signed without its line ends",
    hint: LINE_ENDS,
  },
  {
    code: "body-newline",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => trimmed(body),
    found: "the body was signed without the white space around it",
    hint: LINE_ENDS,
  },
  {
    code: "body-bom",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => (body.subarray(0, 3).equals(BOM) ? body.subarray(3) : undefined),
    found: "the body begins with a byte order mark that was not signed",
    hint: "write the file without one (UTF-8, not UTF-8 with BOM)",
  },
  {
    code: "body-bom",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => (body.subarray(0, 3).equals(BOM) ? undefined : Buffer.concat([BOM, body])),
    found: "the body was signed with a byte order mark, which is not there",
    hint: "write the file without one (UTF-8, not UTF-8 with BOM)",
  },
  {
    code: "body-empty",
    kind: "edges",
    anyBytes: true,
    signed: ({ body }) => (body.length === 0 ? undefined : Buffer.alloc(0)),
    found: "an empty body was signed, and this one is not",
    hint: "the sender signs before it has the body, or reads a stream that is used up: sign the bytes that are sent",
  },
  ...["{}", "null", "undefined", "[object Object]", '""'].map((text): BodyForm => ({
    code: text === "[object Object]" ? "body-reserialised" : "body-empty",
    kind: "edges",
    signed: ({ body }) => (body.equals(Buffer.from(text)) ? undefined : Buffer.from(text)),
    found: `the text ${text} was signed in place of the body`,
    hint:
      text === "[object Object]"
        ? "the sender signs an object: write it as JSON once, and sign and send that text"
        : "the sender signs a body that it has not got: sign the bytes that are sent",
  })),
  {
    code: "body-reencoded",
    anyBytes: true,
    signed: ({ body }) => (isAscii(body) ? undefined : Buffer.from(body.toString("latin1"), "utf8")),
    found: "the body was signed encoded twice: its UTF-8 bytes, taken for latin1, encoded once more",
    hint: CHARSET,
  },
  {
    code: "body-reencoded",
    signed: ({ body }) => (isAscii(body) ? undefined : utf8Of(latin1Of(body))),
    found: "the body arrived encoded twice, and what was signed is its text encoded once",
    hint: "something took UTF-8 for latin1 and encoded it again: handle the body as bytes",
  },
  {
    code: "body-reencoded",
    signed: ({ body }) => (isAscii(body) ? undefined : latin1Of(body)),
    found: "the body is UTF-8, and what was signed is the same text in latin1",
    hint: CHARSET,
  },
  {
    code: "body-reencoded",
    anyBytes: true,
    signed: ({ body }) => (isAscii(body) ? undefined : unlike(body, Buffer.from(body.toString("utf8"), "utf8"))),
    found: "the body holds bytes that are no UTF-8, and it was signed with a replacement character for each",
    hint: "handle the body as bytes, not as text",
  },
  {
    code: "body-reencoded",
    signed: ({ body }) => escapedBeyondAscii(body, hex4),
    found: "the body was signed with everything beyond ASCII written as \\u escapes, in small digits",
    hint: "Meta signs so and sends UTF-8; for another sender: sign the text that is sent",
  },
  {
    code: "body-reencoded",
    kind: "rare",
    signed: ({ body }) => metaEscaped(body),
    found: "the body was signed with \\u escapes beyond ASCII and with / < % @ escaped, as Meta does it",
    hint: ESCAPES,
  },
  {
    code: "body-reencoded",
    kind: "rare",
    signed: ({ body }) => escapedBeyondAscii(body, (code) => hex4(code).toUpperCase()),
    found: "the body was signed with everything beyond ASCII written as \\u escapes, in capital digits",
    hint: ESCAPES,
  },
  {
    code: "body-reencoded",
    signed: ({ body }) => unescaped(body),
    found: "the body holds \\u escapes and was signed with the characters themselves",
    hint: ESCAPES,
  },
  {
    code: "body-reencoded",
    signed: ({ body }) => replaced(body, "\\/", "/"),
    found: "the body holds \\/ and was signed with /",
    hint: "json_encode of PHP writes \\/ without JSON_UNESCAPED_SLASHES: sign the text that is sent",
  },
  {
    code: "body-reencoded",
    signed: ({ body }) => (body.includes("\\/") ? undefined : replaced(body, "/", "\\/")),
    found: "the body holds / and was signed with \\/",
    hint: "json_encode of PHP writes \\/ without JSON_UNESCAPED_SLASHES: sign the text that is sent",
  },
  ...(["NFC", "NFD"] as const).map((form): BodyForm => ({
    code: "body-reencoded",
    kind: "rare",
    signed: ({ body }) => (isAscii(body) ? undefined : unlike(body, Buffer.from(body.toString("utf8").normalize(form), "utf8"))),
    found: `the body was signed in Unicode's form ${form}`,
    hint: "sign the text that is sent, not a normalised one",
  })),
  {
    code: "body-reserialised",
    kind: "rare",
    signed: ({ body }) => (body.at(0) === QUOTE ? jsonString(body) : undefined),
    found: "the body is a JSON string, and what was signed is its content",
    hint: "the sender writes JSON twice: JSON.stringify of a text. Send the text itself",
  },
  {
    code: "body-reserialised",
    kind: "rare",
    signed: ({ body }) => Buffer.from(JSON.stringify(body.toString("utf8")), "utf8"),
    found: "what was signed is the body as a JSON string: it was written as JSON twice",
    hint: "the sender calls JSON.stringify on a text: sign the text itself",
  },
  {
    code: "body-reencoded",
    anyBytes: true,
    signed: inflated,
    found: "the body is compressed, and what was signed is the plain text",
    hint: "the sender signs before its client compresses; sign what is sent, or send without Content-Encoding",
  },
  {
    code: "body-reencoded",
    kind: "rare",
    anyBytes: true,
    signed: ({ headers, body }) => (firstHeader(headers, "content-encoding") === undefined ? undefined : gzipSync(body)),
    found: "the compressed body was signed, and the plain text arrived",
    hint: "something unpacks the body on its way: sign before compressing, or keep the proxy from it",
  },
  {
    code: "body-reencoded",
    kind: "rare",
    anyBytes: true,
    signed: ({ body }) => Buffer.from(body.toString("base64")),
    found: "the base64 of the body was signed",
    hint: "API gateways hand bodies over in base64: decode first, then sign",
  },
  {
    code: "body-reencoded",
    kind: "rare",
    signed: ({ body }) =>
      /^[A-Za-z0-9+/\r\n]{16,}={0,2}\s*$/.test(body.toString("latin1", 0, 1_048_576))
        ? Buffer.from(body.toString("latin1"), "base64")
        : undefined,
    found: "the body is base64, and what was signed is what it stands for",
    hint: "send the body as it was signed",
  },
  {
    code: "body-reencoded",
    kind: "rare",
    signed: ({ body }) => Buffer.from(body.toString("utf8"), "utf16le"),
    found: "the body was signed as UTF-16, which is Encoding.Unicode in .NET",
    hint: "use Encoding.UTF8: sign the bytes that are sent",
  },
  {
    code: "body-reencoded",
    signed: (message) => formText(message, (fields) => fields.map((field) => field.map(decoded).join("=")).join("&")),
    found: "the form was signed with its fields decoded",
    hint: "sign the body as it is sent, before it is decoded",
  },
  {
    code: "body-reencoded",
    signed: (message) =>
      formText(message, (fields) => new URLSearchParams(fields.map((field) => field.map(decoded) as [string, string])).toString()),
    found: "the form was signed in another percent-encoding (blanks as +, as browsers write it)",
    hint: "sign the body as it is sent; a framework decoded and encoded it again",
  },
  {
    code: "body-reencoded",
    kind: "rare",
    signed: (message) =>
      formText(message, (fields) => fields.map((field) => field.map((text) => encodeURIComponent(decoded(text))).join("=")).join("&")),
    found: "the form was signed in another percent-encoding (blanks as %20, as encodeURIComponent writes it)",
    hint: "sign the body as it is sent; a framework decoded and encoded it again",
  },
  {
    code: "body-reencoded",
    kind: "rare",
    signed: (message) =>
      formText(message, (fields) =>
        fields
          .toSorted(byName)
          .map((field) => field.join("="))
          .join("&"),
      ),
    found: "the form was signed with its fields sorted by name",
    hint: "sign the body as it is sent, in its order",
  },
  {
    code: "body-reserialised",
    signed: (message) =>
      formText(message, (fields) => JSON.stringify(Object.fromEntries(fields.map((field) => field.map(decoded) as [string, string])))),
    found: "the form was signed as JSON: JSON.stringify of its fields",
    hint: "sign the body as it is sent, not what a parser such as express.urlencoded made of it",
  },
  {
    code: "body-reserialised",
    signed: (message) => formText(message, (fields) => fields.map((field) => field.map(decoded)).find(([name]) => name === "payload")?.[1]),
    found: "what was signed is the form field payload alone, decoded",
    hint: "sign the whole body as it is sent",
  },
  {
    code: "body-cut",
    signed: ({ body }) => closedJson(body),
    found: "the body breaks off before its end: with the brackets that are missing, it matches",
    hint: "the sender's Content-Length may count characters in place of bytes: use Buffer.byteLength",
  },
  {
    code: "body-cut",
    signed: ({ body }) => {
      const { length } = body.toString("utf8");
      return length < body.length ? body.subarray(0, length) : undefined;
    },
    found: "only a part of the body was signed: as many bytes as it has characters",
    hint: "the sender counts characters in place of bytes: use Buffer.byteLength",
  },
];

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The bodies that may have been signed in place of the one that arrived. Each is made when it is asked for, and costs its share of the budget. */
export function* changedBodies({ message, budget }: Evidence, wanted: BodyKind): Generator<Form<Buffer>> {
  const { body } = message;
  const isText = isUtf8(body);
  const look = body.length * (wanted === "edges" || isAscii(body) ? LOOK : LOOK_BEYOND_ASCII);
  for (const { code, signed, found, hint, anyBytes, kind = "text" } of FORMS) {
    if (kind !== wanted || (!isText && anyBytes !== true)) continue;
    if (!budget.spend(look)) return;
    const value = signed(message);
    if (value === undefined || value.equals(body)) continue;
    if (!budget.spend((wanted === "edges" ? LOOK : RECODE) * value.length)) return;
    yield { value, causes: [{ code, found, hint }] };
  }
}

function replaced(body: Buffer, from: string, to: string): Buffer | undefined {
  return body.includes(from) ? Buffer.from(body.toString("latin1").replaceAll(from, to), "latin1") : undefined;
}

function trimmed(body: Buffer): Buffer | undefined {
  const isSpace = (byte: number | undefined): boolean => byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
  let [start, end] = [0, body.length];
  while (start < end && isSpace(body[start])) start++;
  while (end > start && isSpace(body[end - 1])) end--;
  return end - start === body.length ? undefined : body.subarray(start, end);
}

function unlike(body: Buffer, other: Buffer): Buffer | undefined {
  return other.equals(body) ? undefined : other;
}

function latin1Of(body: Buffer): Buffer | undefined {
  const text = body.toString("utf8");
  return /[^\x00-\xff]/.test(text) ? undefined : Buffer.from(text, "latin1");
}

function utf8Of(bytes: Buffer | undefined): Buffer | undefined {
  return bytes !== undefined && isUtf8(bytes) ? bytes : undefined;
}

function hex4(code: number): string {
  return code.toString(16).padStart(4, "0");
}

function escapedBeyondAscii(body: Buffer, digits: (code: number) => string): Buffer | undefined {
  if (isAscii(body)) return undefined;
  return Buffer.from(
    body.toString("utf8").replace(/[\x80-\uffff]/g, (character) => `\\u${digits(character.charCodeAt(0))}`),
    "latin1",
  );
}

/** Meta's documents of webhooks: an escaped Unicode version of the payload, with lower-case digits; older ones add / as \/, < as \u003C, % as \u0025 and @ as \u0040. */
function metaEscaped(body: Buffer): Buffer | undefined {
  const escaped = escapedBeyondAscii(body, hex4) ?? body;
  const text = escaped.toString("latin1").replace(/(?<!\\)\//g, "\\/");
  return unlike(body, Buffer.from(text.replaceAll("<", "\\u003C").replaceAll("%", "\\u0025").replaceAll("@", "\\u0040"), "latin1"));
}

function unescaped(body: Buffer): Buffer | undefined {
  if (!body.includes("\\u")) return undefined;
  const text = body.toString("utf8").replace(/(?<!\\)((?:\\\\)*)\\u([0-9a-fA-F]{4})/g, (escape, slashes: string, digits: string) => {
    const code = Number.parseInt(digits, 16);
    // what JSON must escape stays
    return code < 0x20 || code === QUOTE || code === 0x5c ? escape : slashes + String.fromCharCode(code);
  });
  return Buffer.from(text, "utf8");
}

function jsonString(body: Buffer): Buffer | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "string" ? Buffer.from(value, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

/** A compressed body never grows beyond the bound while it is unpacked: zlib stops there. */
function inflated({ headers, body }: Message): Buffer | undefined {
  const maxOutputLength = Math.min(Math.max(body.length * MOST_GROWTH, 65_536), MOST_INFLATED);
  const encoding = firstHeader(headers, "content-encoding")?.trim().toLowerCase() ?? "";
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  if (!isGzip && encoding === "" && (body[0] !== 0x78 || body.length < 8)) return undefined;
  const ways = isGzip ? [gunzipSync] : encoding === "br" ? [brotliDecompressSync] : [inflateSync, inflateRawSync];
  for (const unpack of ways) {
    try {
      return unpack(body, { maxOutputLength });
    } catch {
      // not packed like this, or too large
    }
  }
  return undefined;
}

type Field = readonly string[];

function formText(message: Message, write: (fields: readonly Field[]) => string | undefined): Buffer | undefined {
  if (message.form() === undefined) return undefined;
  const fields = message.body
    .toString("latin1")
    .split("&")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    });
  const text = write(fields);
  return text === undefined ? undefined : Buffer.from(text, "utf8");
}

function decoded(text: string): string {
  const blanks = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(blanks);
  } catch {
    return blanks;
  }
}

function byName([a = ""]: Field, [b = ""]: Field): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON that breaks off, closed with the quote and brackets that are open; undefined when nothing is. */
export function closedJson(body: Buffer): Buffer | undefined {
  const open: number[] = [];
  let isText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (isText) {
      if (byte === 0x5c) i++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === 0x7b || byte === 0x5b) open.push(byte + 2);
    else if ((byte === 0x7d || byte === 0x5d) && open.pop() !== byte) return undefined;
    if (open.length > MOST_OPEN) return undefined;
  }
  if (open.length === 0) return undefined;
  return Buffer.concat([body, Buffer.from(isText ? '"' : ""), Buffer.from(open.toReversed())]);
}
/** Deeper JSON is not closed: it would be read by nobody. */
const MOST_OPEN = 500;
