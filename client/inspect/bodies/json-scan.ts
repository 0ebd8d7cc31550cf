import { LineMarks } from "./line-marks.ts";

/** What a reading of JSON found. */
export type JsonScan = {
  /** the lines of its pretty print */
  readonly marks: LineMarks;
  /** offset behind the value; with a fault, where that is */
  readonly end: number;
  /** members or items of the outermost value */
  readonly children: number;
  /** what should stand at `end` and does not */
  readonly expected: string | undefined;
};

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** `"`, `\\`, `/`, b, f, n, r, t: what a backslash may stand before, besides u. */
const ESCAPED = [QUOTE, BACKSLASH, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74];

/**
 * Reads one JSON value by RFC 8259, from an offset that is not white space, and counts the lines it is printed on. Nesting has no limit: no
 * call stack grows with it.
 */
export function scanJson(text: string, from: number): JsonScan {
  const marks = new LineMarks();
  // of each open container, whether it is an object
  let kinds = new Uint8Array(64);
  let depth = 0;
  let children = 0;
  let at = from;
  marks.add(at, 0, 0);

  const fault = (expected: string): JsonScan => ({ marks, end: Math.min(at, text.length), children, expected });

  for (;;) {
    // a value, after its name when it is a member
    if (depth > 0 && kinds[depth - 1] === 1) {
      if (text.charCodeAt(at) !== QUOTE) return fault("a name in quotes");
      const nameEnd = stringEnd(text, at);
      at = Math.abs(nameEnd);
      if (nameEnd < 0) return fault(STRING_FAULT);
      at = skipSpace(text, at);
      if (text.charCodeAt(at) !== COLON) return fault("“:”");
      at = skipSpace(text, at + 1);
    }
    const code = text.charCodeAt(at);
    let isOver = true;
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      at = skipSpace(text, at + 1);
      if (text.charCodeAt(at) === code + 2) {
        at++;
      } else {
        if (depth === kinds.length) kinds = grown(kinds);
        kinds[depth++] = code === OPEN_OBJECT ? 1 : 0;
        if (depth === 1) children++;
        marks.add(at, depth, 0);
        isOver = false;
      }
    } else if (code === QUOTE) {
      const end = stringEnd(text, at);
      at = Math.abs(end);
      if (end < 0) return fault(STRING_FAULT);
    } else {
      const end = scalarEnd(text, at);
      if (end === at) return fault("a value");
      at = end;
    }
    // what follows a value: the next one, or the end of what holds it
    while (isOver) {
      if (depth === 0) return { marks, end: at, children, expected: undefined };
      at = skipSpace(text, at);
      const next = text.charCodeAt(at);
      if (next === COMMA) {
        at = skipSpace(text, at + 1);
        if (depth === 1) children++;
        marks.add(at, depth, 0);
        break;
      }
      const isObject = kinds[depth - 1] === 1;
      if (next !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return fault(isObject ? "“,” or “}”" : "“,” or “]”");
      depth--;
      marks.add(at, depth, 0);
      at++;
    }
  }
}

const STRING_FAULT = "the rest of a string: no control characters, only known escapes, a quote at its end";

/** Offset behind a string that begins at `at`; where it is wrong, the negative offset of that. */
export function stringEnd(text: string, at: number): number {
  for (let i = at + 1; ; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) {
      const length = escapeLength(text, i);
      if (length === 0) return -i;
      i += length - 1;
    } else if (!(code >= 0x20)) {
      // a control character, or the end of the text (NaN)
      return -i;
    }
  }
}

function escapeLength(text: string, at: number): number {
  const code = text.charCodeAt(at + 1);
  if (code !== LOWER_U) return ESCAPED.includes(code) ? 2 : 0;
  for (let i = at + 2; i < at + 6; i++) if (!isHexDigit(text.charCodeAt(i))) return 0;
  return 6;
}

/** Offset behind a number or literal, `at` when there is none. */
export function scalarEnd(text: string, at: number): number {
  switch (text.charCodeAt(at)) {
    case 0x74:
      return text.startsWith("true", at) ? at + 4 : at;
    case 0x66:
      return text.startsWith("false", at) ? at + 5 : at;
    case 0x6e:
      return text.startsWith("null", at) ? at + 4 : at;
    default:
      return numberEnd(text, at);
  }
}

/** By hand, as everything here: a pattern takes ten times as long, and a body may be half a million numbers. */
function numberEnd(text: string, from: number): number {
  const first = text.charCodeAt(from) === MINUS ? from + 1 : from;
  let at = text.charCodeAt(first) === ZERO ? first + 1 : skipDigits(text, first);
  if (at === first) return from;
  if (text.charCodeAt(at) === POINT) {
    const end = skipDigits(text, at + 1);
    if (end === at + 1) return at;
    at = end;
  }
  if ((text.charCodeAt(at) | 0x20) === LOWER_E) {
    const sign = text.charCodeAt(at + 1);
    const digits = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
    const end = skipDigits(text, digits);
    return end === digits ? at : end;
  }
  return at;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= NINE) at++;
  return at;
}

function isHexDigit(code: number): boolean {
  return (code >= ZERO && code <= NINE) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

export function skipSpace(text: string, at: number): number {
  for (let i = at; ; i++) {
    const code = text.charCodeAt(i);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return i;
  }
}

function grown(kinds: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(kinds.length * 2);
  larger.set(kinds);
  return larger;
}
