import { type BodyLine, type BodyLines, type LineOptions, NOTHING_FOLDED, type SegmentStyle } from "./body-lines.ts";
import { findText } from "./find-text.ts";
import { type JsonScan, scalarEnd, scanJson, skipSpace, stringEnd } from "./json-scan.ts";
import type { LineMarks, LineStart } from "./line-marks.ts";
import { LineWriter } from "./line-writer.ts";

/** One line of the pretty print, by offsets: an optional name, then a value, the beginning of one, or the end of one. */
type JsonLine = {
  readonly depth: number;
  /** of the name, 0 when there is none */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly start: number;
  readonly end: number;
  /** `open` begins a container, `closed` ends one, `empty` is one */
  readonly kind: "scalar" | "open" | "closed" | "empty";
  readonly hasComma: boolean;
  readonly next: LineStart | undefined;
};

/** What folding a container hides. */
type Fold = {
  readonly line: number;
  /** lines that are not shown */
  readonly hidden: number;
  readonly end: number;
  readonly children: number;
};

/** What in a text that is cut short may be the beginning of a number, a literal or an escape. */
const BEGUN_TOKEN = /^(?:[-.eE+\w]{0,6}|\\u?[0-9a-fA-F]{0,3})$/;

/** Reads a whole JSON text. A byte order mark is not part of JSON. */
export function scanDocument(text: string): JsonScan {
  const scan = scanJson(text, skipSpace(text, 0));
  if (scan.expected !== undefined) return scan;
  const end = skipSpace(text, scan.end);
  return end === text.length ? scan : { ...scan, end, expected: "nothing more" };
}

/** Whether a text that is not JSON would be if its missing end came. */
export function isBegunJson(text: string, { end }: JsonScan): boolean {
  return text.length - end <= 6 && BEGUN_TOKEN.test(text.slice(end));
}

/**
 * JSON with each member and item on a line of its own. Tokens stand as they were written: the digits of numbers, escapes, order, and
 * names that come twice. The text may end early: `scan` says how far it is JSON.
 */
export function jsonLines(text: string, { marks, expected }: JsonScan): BodyLines {
  const known = new Map<number, Fold | undefined>();

  function foldAt(place: number): Fold | undefined {
    if (!known.has(place)) known.set(place, findFold(text, marks, place));
    return known.get(place);
  }

  /** The folds that show, in order: not those within another. */
  function shownFolds(folded: ReadonlySet<number>): readonly Fold[] {
    if (folded.size === 0) return [];
    const all = [...folded].flatMap((place) => foldAt(place) ?? []).sort((a, b) => a.line - b.line);
    let covered = -1;
    return all.filter(({ line, hidden }) => {
      if (line <= covered) return false;
      covered = line + hidden;
      return true;
    });
  }

  return {
    places: text.length + 1,
    total: (folded = NOTHING_FOLDED) => shownFolds(folded).reduce((left, { hidden }) => left - hidden, marks.total),
    lines(from, count, options) {
      let number = from;
      for (const { line, hidden } of shownFolds(options.folded ?? NOTHING_FOLDED)) if (line < number) number += hidden;
      let start = lineStart(text, marks, number);
      const shown: BodyLine[] = [];
      while (start !== undefined && shown.length < count) {
        const line = readLine(text, start);
        const fold = line.kind === "open" && options.folded?.has(line.start) === true ? foldAt(line.start) : undefined;
        shown.push(writeLine(line, fold, options));
        start = fold === undefined ? line.next : tail(text, fold.end, line.depth).next;
      }
      return shown;
    },
    lineOf(place, folded = NOTHING_FOLDED) {
      let number = lineAt(text, marks, place)[0];
      let hiddenBefore = 0;
      for (const { line, hidden } of shownFolds(folded)) {
        if (line >= number) break;
        if (number <= line + hidden) number = line;
        else hiddenBefore += hidden;
      }
      return number - hiddenBefore;
    },
    find: findText(() => text),
  };

  function writeLine(line: JsonLine, fold: Fold | undefined, options: LineOptions): BodyLine {
    const writer = new LineWriter(options);
    const { nameStart, nameEnd, start, end, kind } = line;
    writer.indent(line.depth);
    if (nameEnd > 0) {
      writer.push("key", text, nameStart, nameEnd);
      // a text that ends with a name has no more than that
      if (start > nameEnd) writer.push("punctuation", ": ");
    }
    let hasComma = line.hasComma;
    if (fold !== undefined) {
      const isObject = text[start] === "{";
      const thing = isObject ? "key" : "item";
      writer.push("punctuation", isObject ? "{…}" : "[…]");
      hasComma = tail(text, fold.end, line.depth).hasComma;
      if (hasComma) writer.push("punctuation", ",");
      writer.push("dim", ` ${fold.children} ${fold.children === 1 ? thing : `${thing}s`}`);
      return writer.line(start);
    }
    if (kind === "scalar") writer.push(styleOf(text, start), text, start, end);
    else writer.push("punctuation", kind === "empty" ? (text[start] === "{" ? "{}" : "[]") : (text[start] ?? ""));
    if (hasComma) writer.push("punctuation", ",");
    if (expected !== undefined && line.next === undefined) writer.push("dim", " …");
    return kind === "open" ? writer.line(start) : writer.line();
  }
}

function styleOf(text: string, at: number): SegmentStyle {
  const first = text[at];
  if (first === '"') return "string";
  return first === "t" || first === "f" || first === "n" ? "literal" : "number";
}

function readLine(text: string, { at, depth }: LineStart): JsonLine {
  const first = text[at];
  if (first === "}" || first === "]") return wholeLine(text, { depth, nameStart: at, nameEnd: 0, start: at, end: at + 1, kind: "closed" });
  let start = at;
  let nameEnd = 0;
  if (first === '"') {
    const end = endOfString(text, at);
    const colon = skipSpace(text, end);
    if (text[colon] === ":") {
      nameEnd = end;
      start = skipSpace(text, colon + 1);
    }
  }
  const opening = text[start];
  if (opening === "{" || opening === "[") {
    const inside = skipSpace(text, start + 1);
    const isEmpty = text[inside] === (opening === "{" ? "}" : "]");
    if (isEmpty) return wholeLine(text, { depth, nameStart: at, nameEnd, start, end: inside + 1, kind: "empty" });
    const next = { at: inside, depth: depth + 1, until: 0 };
    return { depth, nameStart: at, nameEnd, start, end: start + 1, kind: "open", hasComma: false, next };
  }
  const end = opening === '"' ? endOfString(text, start) : scalarEnd(text, start);
  return wholeLine(text, { depth, nameStart: at, nameEnd, start, end, kind: "scalar" });
}

/** A line with what follows it. Each member by its name: there may be half a million, and to spread objects takes ten times as long. */
function wholeLine(text: string, { depth, nameStart, nameEnd, start, end, kind }: Omit<JsonLine, "hasComma" | "next">): JsonLine {
  const { hasComma, next } = tail(text, end, depth);
  return { depth, nameStart, nameEnd, start, end, kind, hasComma, next };
}

/** What follows a value that ends at `at`. */
function tail(text: string, at: number, depth: number): Pick<JsonLine, "hasComma" | "next"> {
  const behind = skipSpace(text, at);
  const code = text[behind];
  if (depth > 0 && code === ",") {
    return { hasComma: true, next: { at: skipSpace(text, behind + 1), depth, until: 0 } };
  }
  const isEnd = depth > 0 && (code === "}" || code === "]");
  return { hasComma: false, next: isEnd ? { at: behind, depth: depth - 1, until: 0 } : undefined };
}

/** In a text that ends early, a string may have no end. */
function endOfString(text: string, at: number): number {
  const end = stringEnd(text, at);
  return end < 0 ? text.length : end;
}

function lineStart(text: string, marks: LineMarks, number: number): LineStart | undefined {
  const [first, mark] = marks.beforeLine(number);
  let start: LineStart | undefined = mark;
  for (let line = first; start !== undefined && line < number; line++) start = readLine(text, start).next;
  return start;
}

/** The line that an offset stands on, and its number. */
function lineAt(text: string, marks: LineMarks, at: number): readonly [number: number, line: JsonLine] {
  let [number, start] = marks.beforeOffset(at);
  for (;;) {
    const line = readLine(text, start);
    if (line.next === undefined || line.next.at > at) return [number, line];
    start = line.next;
    number++;
  }
}

/** @returns undefined when no container with content begins at this place */
function findFold(text: string, marks: LineMarks, place: number): Fold | undefined {
  const [number, line] = lineAt(text, marks, place);
  if (line.kind !== "open" || line.start !== place) return undefined;
  const { marks: inside, end, children } = scanJson(text, place);
  return { line: number, hidden: inside.total - 1, end, children };
}
