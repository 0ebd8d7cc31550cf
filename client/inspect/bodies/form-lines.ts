import type { BodyLines } from "./body-lines.ts";
import { decodeText } from "./decode-text.ts";
import { fixedLines } from "./fixed-lines.ts";
import { jsonLines, scanDocument } from "./json-lines.ts";
import { LineMarks, type LineStart } from "./line-marks.ts";
import type { LineWriter } from "./line-writer.ts";
import { markAll, markedLines } from "./marked-lines.ts";
import { stackedLines } from "./stacked-lines.ts";
import { textLines } from "./text-lines.ts";

/** Values that may be JSON: senders that do this send one (`payload=…`). */
const MOST_JSON = 20;
const JSON_VALUE = /(?:^|&)([^=&]*)=(?=%7b|\{|%5b|\[)/gi;
/** Raw units that stand for one unit of text at most: `%E2%82%AC`. */
const ESCAPED = 9;

/**
 * A form (application/x-www-form-urlencoded) as `name = value`, decoded, in its order; a value that is JSON with its lines below the name.
 * @param charset of what the escapes stand for, UTF-8 by default
 */
export function formLines(bytes: Buffer, charset: string | undefined): BodyLines {
  // one unit a byte: escapes and characters that stand for themselves are put together before they are read
  const raw = bytes.toString("latin1").replace(/[\r\n]+$/, "");
  const textOf: TextOf = (component, options) => decodeText(bytesOf(component, options), charset, { isCut: false, isPart: true }).text;
  const blocks: BodyLines[] = [];
  let at = 0;
  let tries = 0;
  for (const { 0: head, 1: name = "", index } of raw.matchAll(JSON_VALUE)) {
    if (tries++ === MOST_JSON) break;
    const start = index + head.length;
    const end = endOfPair(raw, start);
    const value = textOf(raw.slice(start, end));
    const scan = scanDocument(value);
    if (scan.expected !== undefined) continue;
    if (index > at) blocks.push(pairLines(raw.slice(at, index), textOf));
    blocks.push(
      fixedLines([
        [
          { text: textOf(name), style: "key" },
          { text: " =", style: "punctuation" },
        ],
      ]),
      jsonLines(value, scan),
    );
    at = Math.min(end + 1, raw.length);
  }
  if (blocks.length === 0) return pairLines(raw, textOf);
  if (at < raw.length) blocks.push(pairLines(raw.slice(at), textOf));
  return stackedLines(blocks);
}

type TextOf = (component: string, options?: { readonly ofPairs: boolean }) => string;

function pairLines(raw: string, textOf: TextOf): BodyLines {
  const marks = new LineMarks();
  const step = ({ at }: LineStart): LineStart | undefined => {
    const end = raw.indexOf("&", at);
    return end === -1 ? undefined : { at: end + 1, depth: 0, until: 0 };
  };
  markAll(marks, step);
  // only who searches needs all of it decoded
  let decoded: BodyLines | undefined;
  const text = (): BodyLines => (decoded ??= textLines(textOf(raw, { ofPairs: true })));
  return markedLines(
    { marks, step, write },
    {
      // decoding only shortens
      places: raw.length + 1,
      find: (needle, from, most) => text().find(needle, from, most),
      lineOf: (place) => text().lineOf(place),
    },
  );

  function write({ at }: LineStart, writer: LineWriter): void {
    const end = endOfPair(raw, at);
    const sign = raw.indexOf("=", at);
    const nameEnd = sign === -1 || sign > end ? end : sign;
    const part = (from: number, to: number): string => textOf(raw.slice(from, Math.min(to, from + (writer.reach + 2) * ESCAPED)));
    writer.push("key", part(at, nameEnd));
    if (nameEnd === end) return;
    writer.push("punctuation", " = ");
    writer.push("string", part(nameEnd + 1, end));
  }
}

function endOfPair(raw: string, at: number): number {
  const end = raw.indexOf("&", at);
  return end === -1 ? raw.length : end;
}

const LF = 0x0a;
const SPACE = 0x20;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const PERCENT = 0x25;

/**
 * The bytes of a component: `+` is a space, `%XX` a byte; what is no escape stays.
 * @param ofPairs many components, one a line then: line feeds within them become spaces
 */
function bytesOf(component: string, { ofPairs = false } = {}): Buffer {
  const bytes = Buffer.from(component, "latin1");
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const escaped = byte === PERCENT ? hexDigit(bytes[at + 1]) * 16 + hexDigit(bytes[at + 2]) : Number.NaN;
    const isEscape = !Number.isNaN(escaped);
    if (isEscape) at += 2;
    const value = isEscape ? escaped : byte === PLUS ? SPACE : byte;
    if (ofPairs && value === LF) bytes[size++] = SPACE;
    else bytes[size++] = ofPairs && byte === AMPERSAND ? LF : value;
  }
  return bytes.subarray(0, size);
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return Number.NaN;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}
