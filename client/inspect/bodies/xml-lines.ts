import type { BodyLines } from "./body-lines.ts";
import { findText } from "./find-text.ts";
import { LineMarks, type LineStart } from "./line-marks.ts";
import type { LineWriter } from "./line-writer.ts";
import { markedLines } from "./marked-lines.ts";
import { XmlLine } from "./xml-line.ts";
import { behind, behindText, isSameName, nameEnd, skipSpace } from "./xml-tokens.ts";

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
  if (first === text.length) return { marks, fault: undefined };
  const line = new XmlLine(text, { at: first, depth: 0, until: 0 });
  do {
    marks.add(line.at, line.depth, line.until);
    const { at, token, endTag } = line;
    if (token === "unfinished" && !isCut) return fault(text.length, "the end of what begins with “<”");
    if ((token === "start" || token === "short" || token === "single") && nameEnd(text, at + 1) === at + 1) return fault(at + 1, "a name");
    if (token === "start" || token === "short") open.push(at + 1);
    if (token === "end" || token === "short") {
      const name = open.pop();
      if (name === undefined) return fault(at, "no end tag here");
      if (!isSameName(text, name, endTag + 2)) return fault(endTag, `</${text.slice(name, nameEnd(text, name))}>`);
    }
  } while (line.next());
  const left = open.at(-1);
  if (left === undefined || isCut) return { marks, fault: undefined };
  return fault(text.length, `</${text.slice(left, nameEnd(text, left))}>`);
}

/**
 * Well-formed XML, each tag on a line of its own unless an element holds nothing but a line of text. Text, comments and CDATA of several
 * lines keep theirs.
 */
export function xmlLines(text: string, { marks }: XmlScan): BodyLines {
  return markedLines({ marks, step, write }, { places: text.length + 1, find: findText(() => text) });

  function step(start: LineStart): LineStart | undefined {
    const line = new XmlLine(text, start);
    return line.next() ? { at: line.at, depth: line.depth, until: line.until } : undefined;
  }

  function write(start: LineStart, writer: LineWriter): void {
    const { end } = new XmlLine(text, start);
    if (start.until > 0) {
      const isComment = text.startsWith("-->", start.until - 3) || text.startsWith("?>", start.until - 2);
      writer.push(isComment ? "dim" : "plain", text, start.at, withoutReturn(text, end));
      return;
    }
    writer.indent(start.depth);
    paint(text, start.at, withoutReturn(text, end), writer);
  }
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
