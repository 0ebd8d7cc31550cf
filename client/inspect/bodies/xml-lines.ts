import type { BodyLines } from "./body-lines.ts";
import { findText } from "./find-text.ts";
import { LineMarks, type LineStart } from "./line-marks.ts";
import type { LineWriter } from "./line-writer.ts";
import { markedLines } from "./marked-lines.ts";
import { behind, isSameName, nameEnd, tokenEnd } from "./xml-tokens.ts";

/** What a reading of XML found. */
export type XmlScan = {
  readonly marks: LineMarks;
  /** where it is not well-formed, and what should stand there */
  readonly fault: { readonly at: number; readonly expected: string } | undefined;
};

/**
 * Reads XML and counts the lines it is shown on. Tags have to be closed in the order they were opened, which is all that indentation needs:
 * entities, attributes and types are nobody's business here, and nothing is expanded or fetched.
 * @param isCut whether the end may be missing
 */
export function scanXml(text: string, { isCut }: { readonly isCut: boolean }): XmlScan {
  const marks = new LineMarks();
  // offsets of the names of open elements
  const open: number[] = [];
  const fault = (at: number, expected: string): XmlScan => ({ marks, fault: { at, expected } });
  const first = skipSpace(text, 0);
  let start: LineStart | undefined = first < text.length ? { at: first, depth: 0, until: 0 } : undefined;
  while (start !== undefined) {
    const { at }: LineStart = start;
    marks.add(at, start.depth, start.until);
    const { token, endTag, next }: XmlLine = readLine(text, start);
    if (token === "unfinished" && !isCut) return fault(text.length, "the end of what begins with “<”");
    if ((token === "start" || token === "short" || token === "single") && nameEnd(text, at + 1) === at + 1) return fault(at + 1, "a name");
    if (token === "start" || token === "short") open.push(at + 1);
    if (token === "end" || token === "short") {
      const name = open.pop();
      if (name === undefined) return fault(at, "no end tag here");
      if (!isSameName(text, name, endTag + 2)) return fault(endTag, `</${text.slice(name, nameEnd(text, name))}>`);
    }
    start = next;
  }
  const left = open.at(-1);
  if (left === undefined || isCut) return { marks, fault: undefined };
  return fault(text.length, `</${text.slice(left, nameEnd(text, left))}>`);
}

/**
 * Well-formed XML, each tag on a line of its own unless an element holds nothing but a line of text. Text, comments and CDATA of several
 * lines keep theirs.
 */
export function xmlLines(text: string, { marks }: XmlScan): BodyLines {
  const step = (start: LineStart): LineStart | undefined => readLine(text, start).next;
  return markedLines({ marks, step, write }, { places: text.length + 1, find: findText(() => text) });

  function write(start: LineStart, writer: LineWriter): void {
    const { end, isWithin } = readLine(text, start);
    if (isWithin) {
      const isComment = text.startsWith("-->", start.until - 3) || text.startsWith("?>", start.until - 2);
      writer.push(isComment ? "dim" : "plain", text, start.at, withoutReturn(text, end));
      return;
    }
    writer.indent(start.depth);
    paint(text, start.at, withoutReturn(text, end), writer);
  }
}

type Token = {
  readonly end: number;
  /** `single` is an empty element, `short` one with a line of text, `other` needs no check */
  readonly token: "start" | "end" | "single" | "short" | "unfinished" | "other";
  /** where the end tag begins, of `end` and `short` */
  readonly endTag: number;
};

type XmlLine = Token & {
  /** whether the line begins within a token */
  readonly isWithin: boolean;
  /** where the next line begins */
  readonly next: LineStart | undefined;
};

function readLine(text: string, { at, depth, until }: LineStart): XmlLine {
  const isWithin = until > 0;
  const { end, token, endTag }: Token = isWithin ? { end: until, token: "other", endTag: 0 } : tokenAt(text, at);
  // a tag stands on one line however it was written
  const isTag = token !== "other" && token !== "unfinished";
  const newline = isTag ? end : newlineBefore(text, at, end);
  const isLast = newline === end;
  const next = isLast ? tokenFrom(text, end, token === "start" ? depth + 1 : depth) : { at: newline + 1, depth, until: end };
  return { end: newline, token, endTag, isWithin, next };
}

function tokenAt(text: string, at: number): Token {
  if (text[at] !== "<") {
    let end = behindText(text, at);
    while (isSpace(text.charCodeAt(end - 1))) end--;
    return { end, token: "other", endTag: 0 };
  }
  const end = tokenEnd(text, at);
  if (end === -1) return { end: text.length, token: "unfinished", endTag: 0 };
  const next = text[at + 1];
  if (next === "/") return { end, token: "end", endTag: at };
  if (next === "!" || next === "?") return { end, token: "other", endTag: 0 };
  if (text[end - 2] === "/") return { end, token: "single", endTag: 0 };
  // the end tag, when nothing but text on the same line stands before it
  const endTag = text.indexOf("<", end);
  if (endTag === -1 || text[endTag + 1] !== "/" || newlineBefore(text, end, endTag) < endTag) return { end, token: "start", endTag: 0 };
  const behindAll = behind(text, ">", endTag);
  return behindAll === -1 ? { end, token: "start", endTag: 0 } : { end: behindAll, token: "short", endTag };
}

function tokenFrom(text: string, from: number, depth: number): LineStart | undefined {
  const at = skipSpace(text, from);
  if (at >= text.length) return undefined;
  return { at, depth: text.startsWith("</", at) ? Math.max(depth - 1, 0) : depth, until: 0 };
}

/** One line of tags and text in colours. */
function paint(text: string, from: number, to: number, writer: LineWriter): void {
  let at = from;
  while (at < to && writer.reach > 0) {
    const markup = text[at] === "<" ? at : Math.min(behindText(text, at), to);
    if (markup > at) {
      writer.push("plain", text, at, markup);
      at = markup;
    } else if (text[at + 1] === "!" || text[at + 1] === "?") {
      writer.push(text.startsWith("<![", at) ? "plain" : "dim", text, at, to);
      return;
    } else {
      at = paintTag(text, at, to, writer);
    }
  }
  writer.push("plain", text, at, to);
}

/** The first line feed, or `end`. Not by indexOf: that would read on to the end of the text, for each of its tokens. */
function newlineBefore(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) !== 0x0a) at++;
  return at;
}

function behindText(text: string, at: number): number {
  const markup = text.indexOf("<", at);
  return markup === -1 ? text.length : markup;
}

const SPACES = /\s*/y;

function paintTag(text: string, from: number, to: number, writer: LineWriter): number {
  let at = from + (text[from + 1] === "/" ? 2 : 1);
  writer.push("punctuation", text, from, at);
  const name = Math.min(nameEnd(text, at), to);
  writer.push("key", text, at, name);
  at = name;
  while (at < to && writer.reach > 0) {
    const character = text[at];
    const quoted = character === '"' || character === "'" ? behind(text, character, at + 1) : 0;
    SPACES.lastIndex = at;
    const space = SPACES.test(text) ? SPACES.lastIndex : at;
    const attribute = nameEnd(text, at);
    const end = Math.min(to, quoted === 0 ? Math.max(space, attribute, at + 1) : quoted === -1 ? to : quoted);
    writer.push(quoted !== 0 ? "string" : space > at ? "plain" : attribute > at ? "literal" : "punctuation", text, at, end);
    at = end;
    if (character === ">") break;
  }
  return at;
}

function withoutReturn(text: string, end: number): number {
  return text[end] === "\n" && text[end - 1] === "\r" ? end - 1 : end;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}
