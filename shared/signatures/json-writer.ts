import type { JsonForm } from "./json-forms.ts";
import { type JsonNode, type JsonObject, type JsonText, stringOf } from "./json-text.ts";

/** How a program writes JSON. */
export type JsonStyle = {
  readonly comma: string;
  readonly colon: string;
  /** one level; members and items stand on lines of their own when it is not empty */
  readonly indent: string;
  readonly order: Order;
  readonly number: (token: string) => string;
  /** for strings that hold more than letters, digits and harmless signs */
  readonly string: (token: string) => string;
  /** the quote of all other strings */
  readonly quote?: "'";
  readonly literal?: (token: string) => string;
};
/** `names`: by UTF-16 code units, as JavaScript sorts and RFC 8785 wants it; `code-points`: as Python, and Go by its UTF-8. */
type Order = "written" | "javascript" | "names" | "code-points" | "jsonb";

const ASIS = (token: string): string => token;
const RAW_STRING = (token: string): string => Buffer.from(token, "latin1").toString("utf8");
const JS_STRING = (token: string): string => JSON.stringify(stringOf(token));
const COMPACT: JsonStyle = { comma: ",", colon: ":", indent: "", order: "javascript", number: jsNumber, string: JS_STRING };
const PYTHON: JsonStyle = { comma: ", ", colon: ": ", indent: "", order: "written", number: pythonNumber, string: pythonAscii };
const PYTHON_COMPACT: JsonStyle = { ...PYTHON, comma: ",", colon: ":" };
const UNICODE: Pick<JsonStyle, "string"> = { string: JS_STRING };
const SORTED: Pick<JsonStyle, "order"> = { order: "code-points" };
const DOTNET: JsonStyle = { ...COMPACT, order: "written", number: ASIS, string: dotnetString };
const PHP: JsonStyle = { ...COMPACT, order: "written", number: phpNumber, string: (token) => escapeBeyondAscii(phpString(token)) };

export const STYLES: Readonly<Record<JsonForm, JsonStyle>> = {
  compact: COMPACT,
  minified: { ...COMPACT, order: "written", number: ASIS, string: RAW_STRING },
  "pretty-2": { ...COMPACT, colon: ": ", indent: "  " },
  "pretty-4": { ...COMPACT, colon: ": ", indent: "    " },
  "pretty-tab": { ...COMPACT, colon: ": ", indent: "\t" },
  python: PYTHON,
  "python-unicode": { ...PYTHON, ...UNICODE },
  "python-compact": PYTHON_COMPACT,
  "python-compact-unicode": { ...PYTHON_COMPACT, ...UNICODE },
  "python-sorted": { ...PYTHON, ...SORTED },
  "python-sorted-unicode": { ...PYTHON, ...SORTED, ...UNICODE },
  "python-sorted-compact": { ...PYTHON_COMPACT, ...SORTED },
  "python-sorted-compact-unicode": { ...PYTHON_COMPACT, ...SORTED, ...UNICODE },
  "python-pretty-2": { ...PYTHON, indent: "  " },
  "python-pretty-2-unicode": { ...PYTHON, ...UNICODE, indent: "  " },
  "python-pretty-4": { ...PYTHON, indent: "    " },
  "python-pretty-4-unicode": { ...PYTHON, ...UNICODE, indent: "    " },
  "python-repr": {
    ...PYTHON,
    number: (token) => pythonNumber(token).replace("Infinity", "inf"),
    quote: "'",
    string: pythonRepr,
    literal: (token) => PYTHON_LITERALS[token] ?? token,
  },
  sorted: { ...COMPACT, order: "names" },
  jsonb: { ...PYTHON, order: "jsonb", number: jsonbNumber, string: JS_STRING },
  php: PHP,
  "php-unicode": { ...PHP, string: phpString },
  "php-pretty": { ...PHP, colon: ": ", indent: "    " },
  go: { ...COMPACT, order: "code-points", string: goString },
  "go-struct": { ...COMPACT, order: "written", string: goString },
  gson: { ...COMPACT, order: "written", number: ASIS, string: (token) => JS_STRING(token).replace(/[<>&='\u2028\u2029]/g, unicodeEscape) },
  dotnet: DOTNET,
  "dotnet-pretty": { ...DOTNET, colon: ": ", indent: "  " },
  escaped: { ...COMPACT, string: (token) => escapeBeyondAscii(JS_STRING(token)) },
};

/** What no style writes otherwise: letters, digits, blanks and most signs. By byte. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[\w !#$%()*,.:;?@[\]^{|}~-]/.test(String.fromCharCode(byte))));
/** Integers with fewer digits are written alike by everyone. */
const MOST_PLAIN_DIGITS = 15;
/** Names that JavaScript takes for array indexes: an object lists them first, by number. */
const INDEX = /^(?:0|[1-9]\d{0,9})$/;
const LAST_INDEX = 2 ** 32 - 2;
/** Indentation grows with the square of the depth: no program that signs webhooks writes more than this many times what it read, or bytes. */
const MOST_GROWTH = 8;
const MOST_GROWTH_BYTES = 65_536;
/** Bytes from which a call into Node copies or fills faster than a loop. */
const LONG = 64;

/** Kinds of tokens. */
const PLAIN_STRING = 1;
const STRING = 2;
const PLAIN_TOKEN = 3;
const NUMBER = 4;
const LITERAL = 5;
const OPEN = 6;
const CLOSE = 7;
const KIND = 0b111;
/** Beside the kind: a comma stands in front, a colon behind. */
const AFTER_COMMA = 0b1000;
const NAME = 0b1_0000;

/** A value as the tokens that are to be written, in one order of its members. Typed lists, because a body of 1 MB has up to half a million of them. */
class Tokens {
  kinds = new Uint8Array(FIRST_TOKENS);
  starts = new Uint32Array(FIRST_TOKENS);
  ends = new Uint32Array(FIRST_TOKENS);
  length = 0;
  /** whether an object of JavaScript would have the members in another order */
  hasIndexNames = false;

  add(kind: number, start: number, end: number): void {
    if (this.length === this.kinds.length) this.#grow();
    this.kinds[this.length] = kind;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.length++;
  }

  #grow(): void {
    const { kinds, starts, ends, length } = this;
    this.kinds = new Uint8Array(length * 2);
    this.starts = new Uint32Array(length * 2);
    this.ends = new Uint32Array(length * 2);
    this.kinds.set(kinds);
    this.starts.set(starts);
    this.ends.set(ends);
  }
}
const FIRST_TOKENS = 64;

/** The tokens of whole texts: the search for a cause writes one body in twenty forms. */
const known = new WeakMap<JsonText, { readonly source: Buffer; readonly orders: Map<Order, Tokens> }>();

/**
 * Writes a value of a JSON text in a style. Takes some 10 ms for 1 MB of ordinary JSON.
 * @returns undefined when the result would be eight times as large as the text
 */
export function writeJson(json: JsonText, node: JsonNode, style: JsonStyle): Buffer | undefined {
  const { source } = wholeOf(json);
  const tokens = node === json.root ? wholeTokens(json, style.order) : tokensOf(node, source, style.order);
  return write(tokens, json.text, source, style);
}

/** How much there is to write: tokens, and those that not everyone writes alike. */
export function tokenCounts(json: JsonText): { readonly tokens: number; readonly special: number; readonly specialBytes: number } {
  const { kinds, starts, ends, length } = wholeTokens(json, "written");
  let special = 0;
  let specialBytes = 0;
  for (let i = 0; i < length; i++) {
    const kind = (kinds[i] as number) & KIND;
    if (kind !== STRING && kind !== NUMBER) continue;
    special++;
    specialBytes += (ends[i] as number) - (starts[i] as number);
  }
  return { tokens: length, special, specialBytes };
}

function wholeTokens(json: JsonText, order: Order): Tokens {
  const { source, orders } = wholeOf(json);
  const written = orders.get("written") ?? tokensOf(json.root, source, "written");
  orders.set("written", written);
  if (order === "javascript" && !written.hasIndexNames) return written;
  const tokens = orders.get(order) ?? tokensOf(json.root, source, order);
  orders.set(order, tokens);
  return tokens;
}

function wholeOf(json: JsonText): { readonly source: Buffer; readonly orders: Map<Order, Tokens> } {
  const whole = known.get(json) ?? { source: Buffer.from(json.text, "latin1"), orders: new Map<Order, Tokens>() };
  known.set(json, whole);
  return whole;
}

function tokensOf(root: JsonNode, source: Buffer, order: Order): Tokens {
  const tokens = new Tokens();
  addValue(tokens, root, { source, order, flags: 0 });
  return tokens;
}

type Adding = { readonly source: Buffer; readonly order: Order };

function addValue(tokens: Tokens, node: JsonNode, { source, order, flags }: Adding & { readonly flags: number }): void {
  const { start, end } = node;
  switch (node.kind) {
    case "string":
      return tokens.add(stringKind(source, start, end) | flags, start, end);
    case "number":
      return tokens.add((isPlainInteger(source, start, end) ? PLAIN_TOKEN : NUMBER) | flags, start, end);
    case "literal":
      return tokens.add(LITERAL | flags, start, end);
    case "array": {
      tokens.add(OPEN | flags, start, start + 1);
      const [first, later] = [
        { source, order, flags: 0 },
        { source, order, flags: AFTER_COMMA },
      ];
      let at = first;
      for (const item of node.items) {
        addValue(tokens, item, at);
        at = later;
      }
      return tokens.add(CLOSE, end - 1, end);
    }
    case "object": {
      tokens.add(OPEN | flags, start, start + 1);
      const inner = { source, order, flags: 0 };
      let comma = 0;
      for (const { name, start: at, nameEnd, value } of membersOf(node, order)) {
        if (INDEX.test(name)) tokens.hasIndexNames = true;
        tokens.add(stringKind(source, at, nameEnd) | NAME | comma, at, nameEnd);
        addValue(tokens, value, inner);
        comma = AFTER_COMMA;
      }
      return tokens.add(CLOSE, end - 1, end);
    }
  }
}

function write({ kinds, starts, ends, length }: Tokens, text: string, source: Buffer, style: JsonStyle): Buffer | undefined {
  const most = Math.max(source.length * MOST_GROWTH, MOST_GROWTH_BYTES);
  let out = Buffer.allocUnsafe(source.length + (source.length >> 1) + 64);
  let at = 0;
  let depth = 0;
  const reserve = (bytes: number): void => {
    if (at + bytes <= out.length) return;
    const larger = Buffer.allocUnsafe((at + bytes) * 2);
    out.copy(larger, 0, 0, at);
    out = larger;
  };
  const copy = (start: number, end: number): void => {
    reserve(end - start);
    if (end - start > LONG) at += source.copy(out, at, start, end);
    else for (let i = start; i < end; i++) out[at++] = source[i] as number;
  };
  const put = (written: string): void => {
    reserve(written.length * 3);
    // a call into Node for each comma would take longer than all the rest
    for (let i = 0; i < written.length; i++) {
      const code = written.charCodeAt(i);
      if (code > 0x7e) {
        at += out.write(written.slice(i), at, "utf8");
        return;
      }
      out[at++] = code;
    }
  };
  const margin = style.indent.charCodeAt(0);
  const newLine = (): void => {
    if (style.indent === "") return;
    const width = style.indent.length * depth;
    reserve(1 + width);
    out[at++] = 0x0a;
    if (width > LONG) out.fill(margin, at, at + width);
    else for (let i = 0; i < width; i++) out[at + i] = margin;
    at += width;
  };
  const comma = style.indent === "" ? style.comma : ",";
  let isEmpty = false;
  for (let i = 0; i < length; i++) {
    const token = kinds[i] as number;
    const start = starts[i] as number;
    const end = ends[i] as number;
    const kind = token & KIND;
    if ((token & AFTER_COMMA) !== 0) put(comma);
    if (kind === CLOSE) depth--;
    // a line of its own, but not for a whole text and not inside empty brackets
    if (i > 0 && ((kinds[i - 1] as number) & NAME) === 0 && !(isEmpty && kind === CLOSE)) newLine();
    isEmpty = kind === OPEN;
    switch (kind) {
      case PLAIN_STRING:
        copy(start, end);
        if (style.quote !== undefined) out[at - 1] = out[at - (end - start)] = style.quote.charCodeAt(0);
        break;
      case STRING:
        put(style.string(text.slice(start, end)));
        break;
      case NUMBER:
        put(style.number(text.slice(start, end)));
        break;
      case LITERAL:
        if (style.literal === undefined) copy(start, end);
        else put(style.literal(text.slice(start, end)));
        break;
      default:
        copy(start, end);
    }
    if (kind === OPEN) depth++;
    if ((token & NAME) !== 0) put(style.colon);
    if (at > most) return undefined;
  }
  return out.subarray(0, at);
}

function stringKind(source: Buffer, start: number, end: number): number {
  return isPlain(source, start + 1, end - 1) ? PLAIN_STRING : STRING;
}

function isPlain(source: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (PLAIN[source[i] as number] === 0) return false;
  return true;
}

function isPlainInteger(source: Buffer, start: number, end: number): boolean {
  if (end - start > MOST_PLAIN_DIGITS) return false;
  for (let i = start; i < end; i++) {
    const byte = source[i] as number;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}

/** Members in a style's order; of equal names the last value counts, at the place of the first, as in JavaScript and Python. */
function membersOf({ members }: JsonObject, order: Order): JsonObject["members"] {
  const unique = hasRepeats(members) ? withoutRepeats(members) : members;
  switch (order) {
    case "written":
      return unique;
    case "javascript":
      return unique.some(({ name }) => isIndex(name)) ? unique.toSorted(indexesFirst) : unique;
    case "names":
      return unique.toSorted(({ name: a }, { name: b }) => (a < b ? -1 : a > b ? 1 : 0));
    case "code-points":
      return unique.toSorted(codePointOrder);
    case "jsonb":
      return unique.toSorted(jsonbOrder);
  }
}

/** Objects of webhooks are small: comparing a few names with one another is faster than a set. */
const FEW = 10;

function hasRepeats(members: JsonObject["members"]): boolean {
  if (members.length > FEW) return new Set(members.map(({ name }) => name)).size < members.length;
  for (let i = 1; i < members.length; i++) for (let j = 0; j < i; j++) if (members[i]?.name === members[j]?.name) return true;
  return false;
}

function withoutRepeats(members: JsonObject["members"]): JsonObject["members"] {
  const byName = new Map<string, JsonObject["members"][number]>();
  for (const member of members) byName.set(member.name, member);
  return [...byName.values()];
}

type Named = { readonly name: string };

/** As JavaScript compares, but for characters of two units: they come after all others. */
function codePointOrder({ name: a }: Named, { name: b }: Named): number {
  if (!/[\ud800-\udfff]/.test(a + b)) return a < b ? -1 : a > b ? 1 : 0;
  const left = Array.from(a, (character) => character.codePointAt(0) ?? 0);
  const right = Array.from(b, (character) => character.codePointAt(0) ?? 0);
  const at = left.findIndex((code, index) => code !== right[index]);
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

function jsonbOrder({ name: a }: Named, { name: b }: Named): number {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length - right.length || left.compare(right);
}

function indexesFirst({ name: a }: Named, { name: b }: Named): number {
  const [left, right] = [isIndex(a), isIndex(b)];
  if (left && right) return Number(a) - Number(b);
  return Number(right) - Number(left);
}

function isIndex(name: string): boolean {
  return INDEX.test(name) && Number(name) <= LAST_INDEX;
}

function jsNumber(token: string): string {
  return JSON.stringify(Number(token));
}

/** As Python's json: integers keep all their digits, other numbers become the shortest text of the double. */
function pythonNumber(token: string): string {
  if (/^-?\d+$/.test(token)) return token === "-0" ? "0" : token;
  const value = Number(token);
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  const size = Math.abs(value);
  // repr() changes to an exponent below 1e-4 and from 1e16 on; JavaScript does below 1e-6 and from 1e21 on
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    return `${digits}e${exponent.startsWith("-") ? "-" : "+"}${exponent.slice(1).padStart(2, "0")}`;
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/** PHP keeps whole numbers of 64 bits; larger ones become doubles. */
function phpNumber(token: string): string {
  if (!/^-?\d{1,19}$/.test(token) || token === "-0") return jsNumber(token);
  return BigInt.asIntN(64, BigInt(token)) === BigInt(token) ? token : jsNumber(token);
}

/** Larger exponents are in no webhook, and would be written out. */
const MOST_EXPONENT = 400;

/** As numeric of PostgreSQL: digits are kept, exponents are written out, and zero has no sign. */
function jsonbNumber(token: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const shift = Number(exponent);
  if (Math.abs(shift) > MOST_EXPONENT) return token;
  // the point stands after `at` of these digits
  const at = whole.length + shift;
  const digits = (whole + fraction).padEnd(at, "0").padStart((whole + fraction).length + Math.max(0, 1 - at), "0");
  const split = Math.max(at, 1);
  const text = `${digits.slice(0, split).replace(/^0+(?=\d)/, "")}${digits.length > split ? `.${digits.slice(split)}` : ""}`;
  return /[1-9]/.test(text) ? sign + text : text;
}

function pythonAscii(token: string): string {
  return escapeBeyondAscii(JS_STRING(token)).replaceAll("\x7f", "\\u007f");
}

const PYTHON_LITERALS: Readonly<Record<string, string>> = { true: "True", false: "False", null: "None" };

/** repr() of a str: in single quotes, unless it holds one and no double quote; what cannot be seen is escaped. */
function pythonRepr(token: string): string {
  const text = stringOf(token);
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text.replace(/[\\\p{C}\p{Z}]/gu, (character) => PYTHON_ESCAPES[character] ?? pythonEscape(character));
  return quote + (quote === "'" ? inside.replaceAll("'", "\\'") : inside) + quote;
}

const PYTHON_ESCAPES: Readonly<Record<string, string>> = { " ": " ", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function pythonEscape(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

function phpString(token: string): string {
  return JS_STRING(token).replaceAll("/", "\\/");
}

function goString(token: string): string {
  return JS_STRING(token).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
}

function dotnetString(token: string): string {
  return JS_STRING(token)
    .replaceAll('\\"', "\\u0022")
    .replace(/[&'+<>`\x7f-\uffff]/g, (character) => `\\u${hexOf(character).toUpperCase()}`)
    .replace(/\\u00[01][0-9a-f]/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`);
}

function escapeBeyondAscii(text: string): string {
  return text.replace(/[\x80-\uffff]/g, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${hexOf(character)}`;
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
