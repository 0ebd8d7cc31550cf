import { type JsonNode, type JsonObject, type JsonText, lastMember, nodeAt, stringOf, withoutMember } from "./json-text.ts";

/**
 * The ways in which programs write the same JSON value. Each takes the value as it was read and writes it as that program would; the bytes differ, so
 * a signature holds for one of them only.
 * - `compact`: JSON.stringify(JSON.parse(…)) of JavaScript. `pretty-2`, `pretty-4`: with that indentation.
 * - `minified`: white space taken out, digits and escapes kept.
 * - `python`: json.dumps with its defaults; `python-unicode`: ensure_ascii=False; `python-compact`: separators=(",", ":").
 * - `sorted`: members by name, compact (RFC 8785 for the values that webhooks hold). `python-sorted`: sort_keys=True.
 * - `jsonb`: PostgreSQL's jsonb as text: members by the length of their name, then its bytes; of equal names the last one.
 * - `php`: json_encode: `/` and everything beyond ASCII escaped. `go`: encoding/json of a map: members by name, `<`, `>` and `&` escaped.
 * - `escaped`: compact, everything beyond ASCII escaped.
 */
export const JSON_FORMS = [
  "compact",
  "minified",
  "pretty-2",
  "pretty-4",
  "python",
  "python-unicode",
  "python-compact",
  "python-sorted",
  "sorted",
  "jsonb",
  "php",
  "go",
  "escaped",
] as const;
export type JsonForm = (typeof JSON_FORMS)[number];

/** Ways to take one top-level member out of a body: `cut` from the bytes, `blank` its value to "", to `null`, or write the rest in a {@link JsonForm}. */
export const WITHOUT_FORMS = ["cut", "blank", "null", ...JSON_FORMS] as const;
export type WithoutForm = (typeof WITHOUT_FORMS)[number];
/** Ways to write one member alone: its bytes as they stand, or a {@link JsonForm}. */
export const ONLY_FORMS = ["raw", ...JSON_FORMS] as const;
export type OnlyForm = (typeof ONLY_FORMS)[number];

/** Writes a JSON body in another form. */
export function rewriteJson({ root }: JsonText, form: JsonForm): Buffer {
  return Buffer.from(write(root, STYLES[form], ""), "utf8");
}

/** The body without a top-level member. @returns undefined when the member is not there */
export function bodyWithout(json: JsonText, name: string, form: WithoutForm): Buffer | undefined {
  if (json.root.kind !== "object") return undefined;
  const member = lastMember(json.root.members, name);
  if (member === undefined) return undefined;
  if (form === "cut") return withoutMember(json, name);
  if (form === "blank" || form === "null") {
    const { start, end } = member.value;
    return Buffer.from(`${json.text.slice(0, start)}${form === "null" ? "null" : '""'}${json.text.slice(end)}`, "latin1");
  }
  const members = json.root.members.filter((one) => one.name !== name);
  return Buffer.from(write({ ...json.root, members }, STYLES[form], ""), "utf8");
}

/** One member of the body alone. @returns undefined when it is not there */
export function bodyOnly(json: JsonText, path: string, form: OnlyForm): Buffer | undefined {
  const node = nodeAt(json.root, path);
  if (node === undefined) return undefined;
  if (form === "raw") return Buffer.from(json.text.slice(node.start, node.end), "latin1");
  return Buffer.from(write(node, STYLES[form], ""), "utf8");
}

type Style = {
  readonly comma: string;
  readonly colon: string;
  /** one level; members and items stand on lines of their own when it is not empty */
  readonly indent: string;
  readonly order: "written" | "javascript" | "names" | "jsonb";
  readonly number: (token: string) => string;
  readonly string: (token: string) => string;
};

const ASIS = (token: string): string => token;
const RAW_STRING = (token: string): string => Buffer.from(token, "latin1").toString("utf8");
const JS_STRING = (token: string): string => JSON.stringify(stringOf(token));
const COMPACT: Style = { comma: ",", colon: ":", indent: "", order: "javascript", number: jsNumber, string: JS_STRING };
const PYTHON: Style = { comma: ", ", colon: ": ", indent: "", order: "written", number: pythonNumber, string: pythonAscii };
/** Names that JavaScript takes for array indexes: an object lists them first, by number. */
const INDEX = /^(?:0|[1-9]\d{0,8})$/;

const STYLES: Readonly<Record<JsonForm, Style>> = {
  compact: COMPACT,
  minified: { ...COMPACT, order: "written", number: ASIS, string: RAW_STRING },
  "pretty-2": { ...COMPACT, colon: ": ", indent: "  " },
  "pretty-4": { ...COMPACT, colon: ": ", indent: "    " },
  python: PYTHON,
  "python-unicode": { ...PYTHON, string: JS_STRING },
  "python-compact": { ...PYTHON, comma: ",", colon: ":" },
  "python-sorted": { ...PYTHON, order: "names" },
  sorted: { ...COMPACT, order: "names" },
  jsonb: { ...PYTHON, order: "jsonb", number: ASIS, string: JS_STRING },
  php: { ...COMPACT, order: "written", string: (token) => escapeBeyondAscii(JS_STRING(token)).replaceAll("/", "\\/") },
  go: { ...COMPACT, order: "names", string: goString },
  escaped: { ...COMPACT, string: (token) => escapeBeyondAscii(JS_STRING(token)) },
};

function write(node: JsonNode, style: Style, margin: string): string {
  const inner = margin + style.indent;
  switch (node.kind) {
    case "number":
      return style.number(node.token);
    case "string":
      return style.string(node.token);
    case "literal":
      return node.token;
    case "array":
      return enclose(
        ["[", "]"],
        node.items.map((item) => write(item, style, inner)),
        style,
        margin,
      );
    case "object": {
      const members = membersOf(node, style).map(([name, value]) => style.string(name) + style.colon + write(value, style, inner));
      return enclose(["{", "}"], members, style, margin);
    }
  }
}

function enclose([open, close]: readonly [string, string], parts: readonly string[], { comma, indent }: Style, margin: string): string {
  if (parts.length === 0) return open + close;
  if (indent === "") return open + parts.join(comma) + close;
  const inner = `\n${margin}${indent}`;
  return `${open}${inner}${parts.join(`,${inner}`)}\n${margin}${close}`;
}

/** Name tokens and values in the style's order; of equal names the last value counts, at the place of the first, as in JavaScript and Python. */
function membersOf(node: JsonObject, { order }: Style): readonly (readonly [string, JsonNode])[] {
  const byName = new Map<string, JsonNode>();
  for (const { name, value } of node.members) byName.set(name, value);
  const names = [...byName.keys()];
  if (order === "names") names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (order === "jsonb") names.sort(jsonbOrder);
  if (order === "javascript") names.sort(indexesFirst);
  return names.map((name) => [Buffer.from(JSON.stringify(name), "utf8").toString("latin1"), byName.get(name) ?? node]);
}

function jsonbOrder(a: string, b: string): number {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length - right.length || left.compare(right);
}

function indexesFirst(a: string, b: string): number {
  const [left, right] = [INDEX.test(a), INDEX.test(b)];
  if (left && right) return Number(a) - Number(b);
  return Number(right) - Number(left);
}

function jsNumber(token: string): string {
  return JSON.stringify(Number(token));
}

/** As Python's json: integers keep all their digits, other numbers become the shortest text of the double. */
function pythonNumber(token: string): string {
  if (/^-?\d+$/.test(token)) return token;
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

function pythonAscii(token: string): string {
  return escapeBeyondAscii(JS_STRING(token)).replaceAll("\x7f", "\\u007f");
}

function goString(token: string): string {
  return JS_STRING(token).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
}

function escapeBeyondAscii(text: string): string {
  return text.replace(/[\x80-\uffff]/g, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
