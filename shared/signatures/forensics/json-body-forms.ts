import { JSON_FORMS, type JsonForm, rewriteJson } from "../json-forms.ts";
import { shown } from "../reasons.ts";
import type { Form } from "./cause.ts";
import type { Evidence } from "./evidence.ts";

/** What each form is, and who writes so. */
const WRITERS: Readonly<Record<JsonForm, readonly [what: string, who: string]>> = {
  compact: ["compact JSON", "JSON.stringify"],
  minified: ["JSON without white space, its numbers and escapes as they came,", "a minifier"],
  "pretty-2": ["JSON indented by 2", "JSON.stringify(…, null, 2)"],
  "pretty-4": ["JSON indented by 4", "JSON.stringify(…, null, 4) or json.dumps(…, indent=4) of Python"],
  "pretty-tab": ["JSON indented by tabs", 'JSON.stringify(…, null, "\\t")'],
  python: ["JSON with a blank after , and :", "json.dumps of Python"],
  "python-unicode": ["JSON with a blank after , and :", "json.dumps(…, ensure_ascii=False) of Python"],
  "python-compact": ["compact JSON", 'json.dumps(…, separators=(",", ":")) of Python'],
  "python-sorted": ["JSON with its members sorted by name", "json.dumps(…, sort_keys=True) of Python"],
  "python-sorted-compact": [
    "compact JSON with its members sorted by name",
    'json.dumps(…, sort_keys=True, separators=(",", ":")) of Python',
  ],
  "python-repr": ["the text of a dict", "str(…) of Python, which is no JSON"],
  sorted: ["compact JSON with its members sorted by name", "a canonical form (RFC 8785)"],
  jsonb: ["JSON with its members sorted by length and name", "a jsonb column of PostgreSQL"],
  php: ["JSON with / and everything beyond ASCII escaped", "json_encode of PHP"],
  "php-unicode": ["JSON with / escaped", "json_encode(…, JSON_UNESCAPED_UNICODE) of PHP"],
  "php-pretty": ["indented JSON with / escaped", "json_encode(…, JSON_PRETTY_PRINT) of PHP"],
  go: ["JSON with its members sorted and < > & escaped", "encoding/json of Go for a map"],
  "go-struct": ["JSON with < > & escaped", "encoding/json of Go or to_json of Rails"],
  gson: ["JSON with < > & = ' escaped", "Gson of Java"],
  dotnet: ["JSON with < > & ' + and everything beyond ASCII escaped", "System.Text.Json of .NET"],
  escaped: ["compact JSON with everything beyond ASCII escaped", "json_encode(…, JSON_UNESCAPED_SLASHES) of PHP"],
};

/** The likeliest first: a large body does not get through them all. */
const LIKELIEST: readonly JsonForm[] = [
  "compact",
  "python",
  "pretty-2",
  "sorted",
  "jsonb",
  "python-sorted",
  "python-sorted-compact",
  "php",
];
const ORDER: readonly JsonForm[] = [...LIKELIEST, ...JSON_FORMS.filter((form) => !LIKELIEST.includes(form))];

const HINT = "sign and send the same bytes: write the JSON once; if you do, look for a proxy or framework that reads it and writes it anew";

/** The body in every form of JSON, as the program that signed it may have written it. */
export function* rewrittenBodies({ message, json: read, spendWriting }: Evidence): Generator<Form<Buffer>> {
  const json = read();
  if (json === undefined) return;
  for (const form of ORDER) {
    if (!spendWriting()) return;
    const value = rewriteJson(json, form);
    if (value === undefined || value.equals(message.body)) continue;
    const [what, who] = WRITERS[form];
    const found = `the body was re-serialised (${what} matches, written by ${who})`;
    yield { value, causes: [{ code: "body-reserialised", found, hint: HINT }] };
  }
}

/** Who may have written the body that arrived, as a clause; undefined when no form is like it. */
export function arrivedAs({ message, json: read, spendWriting }: Evidence): string | undefined {
  const json = read();
  if (json === undefined) return undefined;
  const isWritten = (form: JsonForm): boolean => spendWriting() && rewriteJson(json, form)?.equals(message.body) === true;
  const form = ORDER.find(isWritten);
  return form === undefined ? undefined : `the one that arrived looks written by ${WRITERS[form][1]}`;
}

/** Bodies with the line feed that encoders and files end in. */
export function* withLineFeed(bodies: Iterable<Form<Buffer>>): Generator<Form<Buffer>> {
  for (const { value, causes } of bodies) {
    yield {
      value: Buffer.concat([value, Buffer.from("\n")]),
      causes: causes.map((cause) => ({ ...cause, found: `${cause.found}, with a line feed at the end` })),
    };
  }
}

/** Where two bodies differ first, with a few characters of each: `at byte 57 arrived "142.50", signed was "142.5"`. */
export function differenceText(arrived: Buffer, signed: Buffer): string {
  let at = 0;
  while (at < arrived.length && at < signed.length && arrived[at] === signed[at]) at++;
  const from = Math.max(0, at - BEFORE);
  const piece = (bytes: Buffer): string => shown(bytes.toString("utf8", from, at + AFTER));
  return `at byte ${at} ${piece(arrived)} arrived, and ${piece(signed)} was signed`;
}
/** Bytes that are shown on both sides of a difference. */
const BEFORE = 8;
const AFTER = 12;
