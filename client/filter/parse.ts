import { type Expression, type MemberPattern, type NumberField, type Test, type TextField, type Trait, TRAITS } from "./expression.ts";
import { FilterError } from "./filter-error.ts";
import { readAge, readMomentRange, readPlainNumber, readRange, readSize, readStatusRange } from "./ranges.ts";
import { createInnerPattern, createPattern, wireText } from "./text-pattern.ts";
import { splitWords, type WrittenValue, type WrittenWord } from "./words.ts";

/** Makes the test of a key from its values. */
type ReadTest = (word: WrittenWord) => Test;

/** The verdicts by both of their names. */
const VERDICTS: Readonly<Record<string, string>> = {
  valid: "valid",
  ok: "valid",
  invalid: "invalid",
  bad: "invalid",
  unsigned: "unsigned",
  none: "unsigned",
  "no-secret": "no-secret",
  key: "no-secret",
  "unknown-scheme": "unknown-scheme",
  unknown: "unknown-scheme",
};

const KEYS: ReadonlyMap<string, ReadTest> = new Map<string, ReadTest>([
  ["status", statusTest],
  ["sig", verdictTest],
  ["from", (word) => textTest("provider", word)],
  ["type", (word) => textTest("event", word)],
  ["method", (word) => textTest("method", word)],
  ["path", (word) => textTest("path", word)],
  ["ms", (word) => numberTest("ms", word, readPlainNumber, "milliseconds as >500, <=20 or 100..500")],
  ["size", (word) => numberTest("bytes", word, readSize, "a size as >64k, <=10mb or 1k..4k (powers of 1024)")],
  ["age", ageTest],
  ["at", atTest],
  ["try", (word) => numberTest("attempts", word, readPlainNumber, "a number of attempts as 2, >1 or 2..5")],
  ["id", idTest],
  ["tunnel", (word) => textTest("tunnel", word)],
  ["is", isTest],
  ["body", ({ values }) => ({ kind: "body", patterns: values.map(({ pieces }) => createInnerPattern(pieces.map(wireText))) })],
  ["note", ({ values }) => ({ kind: "note", patterns: values.map(({ pieces }) => createInnerPattern(pieces)) })],
]);

const ALL_KEYS = [...KEYS.keys(), "h.NAME", "b.PATH"].join(", ");

/**
 * Reads an expression of docs/filters.md.
 * @throws FilterError
 */
export function parse(text: string): Expression {
  const words = splitWords(text);
  if (words.length === 0) throw new FilterError(1, "it is empty", `a word to search for, or a key with a value as status:5xx`);
  return words.map((word) => ({ isNegated: word.isNegated, test: readTest(word) }));
}

function readTest(word: WrittenWord): Test {
  const { key, values, column, isNegated } = word;
  if (key === undefined) return { kind: "anywhere", patterns: values.map(({ pieces }) => createInnerPattern(pieces)) };
  const read = KEYS.get(key.toLowerCase());
  if (read !== undefined) return read(word);
  const keyColumn = isNegated ? column + 1 : column;
  const [, prefix, rest = ""] = /^([hb])\.(.*)$/is.exec(key) ?? [];
  if (prefix === undefined) throw new FilterError(keyColumn, `there is no key ${JSON.stringify(key)}`, `one of ${ALL_KEYS}`);
  return prefix.toLowerCase() === "h" ? headerTest(rest, word, keyColumn + 2) : memberTest(rest, word, keyColumn + 2);
}

function textTest(field: TextField, { values }: WrittenWord): Test {
  return { kind: "text", field, patterns: values.map(({ pieces }) => createPattern(pieces)) };
}

function idTest({ values }: WrittenWord): Test {
  const pieces = values.map((value) => value.pieces);
  return { kind: "id", begins: pieces.map((each) => createPattern([...each, ""])), whole: pieces.map((each) => createPattern(each)) };
}

function numberTest(field: NumberField, word: WrittenWord, read: (text: string) => number | undefined, expected: string): Test {
  return { kind: "number", field, ranges: readAll(word, (text) => readRange(text, read), expected) };
}

function statusTest(word: WrittenWord): Test {
  const read = (text: string) => (text.toLowerCase() === "err" ? "err" : readStatusRange(text));
  const found = readAll(word, read, "a status as 200 or 5xx, err for no answer, or a comparison as >=400 or 400..499");
  return { kind: "status", ranges: found.filter((each) => each !== "err"), orNone: found.includes("err") };
}

function verdictTest(word: WrittenWord): Test {
  const expected = "valid, invalid, unsigned, no-secret or unknown-scheme (in short ok, bad, none, key, unknown)";
  const read = (text: string) => (Object.hasOwn(VERDICTS, text.toLowerCase()) ? VERDICTS[text.toLowerCase()] : undefined);
  return { kind: "verdict", verdicts: readAll(word, read, expected) };
}

function ageTest(word: WrittenWord): Test {
  const read = (text: string) => (/^[<>]|\.\./.test(text) ? readRange(text, readAge) : undefined);
  return { kind: "age", ranges: readAll(word, read, "an age as <5m, >2h or 1d..2d (s, m, h, d)") };
}

function atTest(word: WrittenWord): Test {
  const expected = "a time as 14:02, 14:02..14:10, 2026-11-21 or 2026-11-21T14:02Z..";
  return { kind: "at", ranges: readAll(word, readMomentRange, expected) };
}

function isTest(word: WrittenWord): Test {
  const read = (text: string): Trait | undefined => TRAITS.find((trait) => trait === text.toLowerCase());
  return { kind: "is", traits: readAll(word, read, TRAITS.join(", ")) };
}

function headerTest(name: string, { values }: WrittenWord, column: number): Test {
  if (name === "") throw new FilterError(column, "there is no header name", "a name as h.user-agent:*bot*");
  return { kind: "header", name, patterns: values.map(({ pieces }) => createPattern(pieces)) };
}

function memberTest(path: string, { values }: WrittenWord, column: number): Test {
  if (path === "" || path.split(".").includes("")) {
    throw new FilterError(column, "the path into the body is not whole", "names and indexes joined by dots, as b.data.items.0.id:x");
  }
  return { kind: "member", path, patterns: values.map(memberPattern) };
}

function memberPattern({ pieces }: WrittenValue): MemberPattern {
  const longest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), "");
  return { value: createPattern(pieces), trace: createInnerPattern([wireText(longest)]) };
}

/** @throws FilterError at the first value that `read` does not understand */
function readAll<T>(word: WrittenWord, read: (text: string) => T | undefined, expected: string): readonly T[] {
  return word.values.map(({ text, column }) => {
    const found = read(text);
    if (found === undefined) throw new FilterError(column, `${word.key}: does not take ${JSON.stringify(text)}`, expected);
    return found;
  });
}
