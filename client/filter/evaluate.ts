import { allHeaders } from "../../shared/http/headers.ts";
import { nodeAt, readJson, scalarOf, stringOf } from "../../shared/signatures/json-text.ts";
import type { ContentTest, Expression, FilterContent, FilterSubject, MemberPattern, NumberRange, Test, Trait } from "./expression.ts";
import { spanOf } from "./ranges.ts";
import { type TextPattern, wireText } from "./text-pattern.ts";

/** Whether a recorded delivery matches. @param now milliseconds since 1970 */
export function evaluate(expression: Expression, subject: FilterSubject, now: number): boolean {
  return expression.every(({ test, isNegated }) => passes(test, subject, now) !== isNegated);
}

/** Whether headers and body say yes. */
export function passesContent(test: ContentTest, content: FilterContent): boolean {
  switch (test.kind) {
    case "header":
      return allHeaders(content.headers, test.name).some((value) => fitsHeader(test.patterns, value));
    case "member":
      return fitsMember(test.path, test.patterns, content.body);
    case "body": {
      const text = content.body.toString("latin1");
      return test.patterns.some(({ fits }) => fits(text));
    }
  }
}

function passes(test: Test, subject: FilterSubject, now: number): boolean {
  switch (test.kind) {
    case "text":
      return fitsColumn(test.patterns, subject[test.field]);
    case "id":
      return fitsColumn(test.begins, subject.id) || fitsColumn(test.whole, subject.eventId);
    case "anywhere":
      return [subject.event, subject.path, subject.provider, subject.id, subject.eventId].some((text) => fitsColumn(test.patterns, text));
    case "note":
      return subject.notes.some((note) => fitsColumn(test.patterns, note));
    case "number":
      return isWithin(test.ranges, subject[test.field]);
    case "status":
      return isWithin(test.ranges, subject.status) || (test.orNone && subject.status === undefined && subject.state !== "pending");
    case "age":
      return isWithin(test.ranges, now - subject.receivedAt);
    case "at":
      return test.ranges.some((range) => {
        const { from, to } = spanOf(range, now);
        return subject.receivedAt >= from && subject.receivedAt < to;
      });
    case "verdict":
      return subject.verdict !== undefined && test.verdicts.includes(subject.verdict);
    case "is":
      return test.traits.some((trait) => hasTrait(trait, subject));
    case "header":
    case "member":
    case "body":
      return passesContent(test, subject);
  }
}

function hasTrait(trait: Trait, subject: FilterSubject): boolean {
  switch (trait) {
    case "failed":
      if (subject.state === "answered") return (subject.status ?? 0) >= 400;
      return subject.state === "failed" || subject.state === "interrupted";
    case "pending":
      return subject.state === "pending";
    case "held":
      return subject.held;
    case "resend":
      return subject.kinds.includes("resend");
    case "edited":
      return subject.edited;
    case "test":
      return subject.kinds.includes("trigger");
    case "marked":
      return subject.marked;
    case "dup":
      return subject.duplicateOf !== undefined;
  }
}

function isWithin(ranges: readonly NumberRange[], value: number | undefined): boolean {
  if (value === undefined) return false;
  return ranges.some(
    ({ from = -Infinity, to = Infinity, above = -Infinity, below = Infinity }) =>
      value >= from && value <= to && value > above && value < below,
  );
}

/** A text of a column of the database: LIKE sees it up to its first NUL, which names of events may hold. */
function fitsColumn(patterns: readonly TextPattern[], text: string | undefined): boolean {
  if (text === undefined) return false;
  const nul = text.indexOf("\0");
  const seen = nul === -1 ? text : text.slice(0, nul);
  return patterns.some(({ fits }) => fits(seen));
}

/** Senders write beyond ASCII in latin1 or in UTF-8. */
function fitsHeader(patterns: readonly TextPattern[], value: string): boolean {
  if (patterns.some(({ fits }) => fits(value))) return true;
  if (!/[\x80-\xff]/.test(value)) return false;
  const text = Buffer.from(value, "latin1").toString("utf8");
  return patterns.some(({ fits }) => fits(text));
}

function fitsMember(path: string, patterns: readonly MemberPattern[], body: Buffer): boolean {
  // a body without escapes says in a tenth of the time whether it is worth reading as JSON
  if (!body.includes("\\") && !mayHold(body.toString("latin1"), path, patterns)) return false;
  const json = readJson(body);
  const value = json === undefined ? undefined : scalarOf(nodeAt(json.root, path));
  return value !== undefined && patterns.some((pattern) => pattern.value.fits(value));
}

/** A value as it stands behind a name. */
const VALUE_TOKEN = /\s*:\s*(?:"([^"]*)"|([^\s",[\]{}]+))/y;

/** Whether a member with the last name of `path` has a fitting value somewhere in a JSON text of bytes without escapes. */
function mayHold(text: string, path: string, patterns: readonly MemberPattern[]): boolean {
  const name = path.slice(path.lastIndexOf(".") + 1);
  // perhaps an index, which no text has
  if (/^\d+$/.test(name)) return patterns.some(({ trace }) => trace.fits(text));
  const token = `"${wireText(name)}"`;
  for (let at = text.indexOf(token); at !== -1; at = text.indexOf(token, at + 1)) {
    VALUE_TOKEN.lastIndex = at + token.length;
    const [, quoted, plain] = VALUE_TOKEN.exec(text) ?? [];
    const value = quoted === undefined ? plain : stringOf(`"${quoted}"`);
    if (value !== undefined && patterns.some((pattern) => pattern.value.fits(value))) return true;
  }
  return false;
}
