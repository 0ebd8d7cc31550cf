import { JSON_FORMS, type JsonForm, rewriteJson } from "../json-forms.ts";
import type { Form } from "./cause.ts";
import type { Evidence } from "./evidence.ts";

/** What each form is, and who writes so. */
const WRITERS: Readonly<Record<JsonForm, readonly [what: string, who: string]>> = {
  compact: ["compact JSON", "JSON.stringify writes it"],
  minified: ["JSON without white space", "a minifier leaves it"],
  "pretty-2": ["JSON indented by 2", "JSON.stringify(…, null, 2) and json.dumps(…, indent=2) of Python write it"],
  "pretty-4": ["JSON indented by 4", "JSON.stringify(…, null, 4) and json.dumps(…, indent=4) of Python write it"],
  "pretty-tab": ["JSON indented by tabs", 'JSON.stringify(…, null, "\\t") writes it'],
  python: ["JSON with a blank after , and :", "json.dumps of Python writes it"],
  "python-unicode": ["JSON with a blank after , and :", "json.dumps(…, ensure_ascii=False) of Python writes it"],
  "python-compact": ["compact JSON", 'json.dumps(…, separators=(",", ":")) of Python writes it'],
  "python-sorted": ["JSON with its members sorted by name", "json.dumps(…, sort_keys=True) of Python writes it"],
  "python-sorted-compact": [
    "compact JSON with its members sorted by name",
    'json.dumps(…, sort_keys=True, separators=(",", ":")) of Python writes it',
  ],
  "python-compact-unicode": [
    "compact JSON",
    'json.dumps(…, separators=(",", ":"), ensure_ascii=False) of Python and JSONResponse of FastAPI write it',
  ],
  "python-sorted-unicode": [
    "JSON with its members sorted by name",
    "json.dumps(…, sort_keys=True, ensure_ascii=False) of Python writes it",
  ],
  "python-sorted-compact-unicode": [
    "compact JSON with its members sorted by name",
    'json.dumps(…, sort_keys=True, separators=(",", ":"), ensure_ascii=False) of Python writes it',
  ],
  "python-pretty-2": ["JSON indented by 2 and ASCII alone", "json.dumps(…, indent=2) of Python writes it"],
  "python-pretty-2-unicode": ["JSON indented by 2", "json.dumps(…, indent=2, ensure_ascii=False) of Python writes it"],
  "python-pretty-4": ["JSON indented by 4 and ASCII alone", "json.dumps(…, indent=4) of Python writes it"],
  "python-pretty-4-unicode": ["JSON indented by 4", "json.dumps(…, indent=4, ensure_ascii=False) of Python writes it"],
  "python-repr": ["the text of a dict", "str(…) of Python writes it, which is no JSON"],
  sorted: ["compact JSON with its members sorted by name", "canonical JSON has it (RFC 8785)"],
  jsonb: ["JSON with its members sorted by length and name", "a jsonb column of PostgreSQL gives it"],
  php: ["JSON with / and everything beyond ASCII escaped", "json_encode of PHP writes it"],
  "php-unicode": ["JSON with / escaped", "json_encode(…, JSON_UNESCAPED_UNICODE) of PHP writes it"],
  "php-pretty": ["indented JSON with / escaped", "json_encode(…, JSON_PRETTY_PRINT) of PHP writes it"],
  go: ["JSON with its members sorted and < > & escaped", "encoding/json of Go writes a map"],
  "go-struct": ["JSON with < > & escaped", "encoding/json of Go and to_json of Rails write it"],
  gson: ["JSON with < > & = ' escaped", "Gson of Java writes it"],
  dotnet: ["JSON with < > & ' + and everything beyond ASCII escaped", "System.Text.Json of .NET writes it"],
  "dotnet-pretty": ["indented JSON with everything beyond ASCII escaped", "WriteIndented of System.Text.Json of .NET gives it"],
  escaped: ["compact JSON with everything beyond ASCII escaped", "json_encode(…, JSON_UNESCAPED_SLASHES) of PHP writes it"],
};

/** The likeliest first: a large body does not get through them all. */
const LIKELIEST: readonly JsonForm[] = [
  "compact",
  "python",
  "pretty-2",
  "sorted",
  "python-compact-unicode",
  "python-sorted",
  "jsonb",
  "php",
  "python-unicode",
  "python-sorted-compact",
];
const OTHERS: readonly JsonForm[] = JSON_FORMS.filter((form) => !LIKELIEST.includes(form));

const HINT = "sign and send the same bytes: write the JSON once; if you do, look for a proxy or framework that reads it and writes it anew";

/** The body in other forms of JSON, as the program that signed it may have written it. */
export function* rewrittenBodies({ message, json: read, spendWriting }: Evidence, kind: "likely" | "rare"): Generator<Form<Buffer>> {
  const json = read();
  if (json === undefined) return;
  for (const form of kind === "likely" ? LIKELIEST : OTHERS) {
    if (!spendWriting()) return;
    const value = rewriteJson(json, form);
    if (value === undefined || value.equals(message.body)) continue;
    const [what, who] = WRITERS[form];
    const found = `the body was re-serialised (${what} matches, as ${who})`;
    yield { value, causes: [{ code: "body-reserialised", found, hint: HINT }] };
  }
}

/** Forms by which a writer is known: the others are too much like one another. */
const TELLING: readonly JsonForm[] = [
  "compact",
  "pretty-2",
  "pretty-4",
  "python",
  "python-unicode",
  "python-repr",
  "php",
  "php-pretty",
  "go-struct",
];

/** Who may have written the body that arrived, as a clause; undefined when no form is like it. */
export function arrivedAs({ message, json: read, spendWriting }: Evidence): string | undefined {
  const json = read();
  if (json === undefined) return undefined;
  const isWritten = (form: JsonForm): boolean => spendWriting() && rewriteJson(json, form)?.equals(message.body) === true;
  const form = TELLING.find(isWritten);
  return form === undefined ? undefined : `the one that arrived is as ${WRITERS[form][1]}`;
}

/** Bodies with the line ends that encoders and files give them: a line feed at the end, and, when they have several lines, those of Windows. */
export function* withLineEnds(bodies: Iterable<Form<Buffer>>): Generator<Form<Buffer>> {
  for (const { value, causes } of bodies) {
    const told = (how: string): Form<Buffer>["causes"] => causes.map((cause) => ({ ...cause, found: `${cause.found}, with ${how}` }));
    yield { value: Buffer.concat([value, Buffer.from("\n")]), causes: told("a line feed at the end") };
    if (!value.includes("\n")) continue;
    yield { value: Buffer.from(value.toString("latin1").replaceAll("\n", "\r\n"), "latin1"), causes: told("line ends CR LF") };
  }
}

/**
 * Where two bodies differ first, with a few characters of each: ``at byte 15 `t":142.50}` arrived and `t":142.5}` was signed``.
 * @returns undefined when they have nothing in common to begin with, or are no text
 */
export function differenceText(arrived: Buffer, signed: Buffer): string | undefined {
  let at = 0;
  while (at < arrived.length && at < signed.length && arrived[at] === signed[at]) at++;
  const from = Math.max(0, at - BEFORE);
  const pieces = [arrived, signed].map((bytes) => printable(bytes.toString("utf8", from, at + AFTER)));
  const [one = "", other = ""] = pieces.map((piece, index) => ([arrived, signed][index]?.length === at ? "the end" : `\`${piece}\``));
  return at === 0 || pieces.some((piece) => UNPRINTABLE.test(piece)) ? undefined : `at byte ${at} ${one} arrived and ${other} was signed`;
}
/** Bytes that are shown on both sides of a difference. */
const BEFORE = 8;
const AFTER = 12;

const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

function printable(text: string): string {
  return text.replace(/[\n\r\t\ufeff]/g, (character) => ESCAPES[character] ?? "");
}
const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\ufeff": "\\ufeff" };
