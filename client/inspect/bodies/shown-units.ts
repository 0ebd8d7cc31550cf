import { safePieces } from "../sanitize.ts";

/** How much room a text takes when all of it is shown. */
export type Extent = {
  /** UTF-16 units of what is shown, escapes included */
  readonly units: number;
  /** cells of a terminal, or more: never less */
  readonly cells: number;
  /** whether each unit is a character of one cell */
  readonly isFlat: boolean;
};

/** What a tab is shown as. */
export const TAB = "    ";

/**
 * Blocks of the basic plane with letters of two cells (Unicode 16, East_Asian_Width W and F), each taken for wide as a whole: what is thought too wide only
 * ends a line early.
 */
const WIDE: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x11ff],
  [0x231a, 0x23ff],
  [0x25fd, 0x27bf],
  [0x2b1b, 0x2b55],
  [0x2e80, 0xd7ff],
  [0xf900, 0xfaff],
  [0xfe10, 0xffff],
];
const PAGE = 256;
/** Set beside the number of units of a character of two cells. */
const IS_WIDE = 0x80;
/** For each character the number of units that it is shown as; pages are made when a text has a character of them. */
const pages: Uint8Array[] = [];

/** Adds what is shown of `text` from `from` up to `to`. A walk by numbers: a body of a megabyte may be all escapes, or half a million lines. */
export function addExtent(sum: { -readonly [Fact in keyof Extent]: Extent[Fact] }, text: string, from: number, to: number): void {
  let { units, cells, isFlat } = sum;
  for (let at = from; at < to;) {
    const code = text.charCodeAt(at);
    if (code >= 0x20 && code < 0x7f) {
      units++;
      cells++;
      at++;
      continue;
    }
    const shown = shownAt(text, at, to);
    const isPair = isPairAt(text, at, to);
    units += shown & ~IS_WIDE;
    cells += (shown & IS_WIDE) === 0 ? shown : 2;
    isFlat &&= shown < IS_WIDE && !isPair;
    at += isPair ? 2 : 1;
  }
  sum.units = units;
  sum.cells = cells;
  sum.isFlat = isFlat;
}

/** Goes over as many whole characters from `from` on as are shown in `units`. @returns the offset behind them, and the units that are left */
export function skipShown(text: string, from: number, to: number, units: number): readonly [at: number, left: number] {
  let at = from;
  let left = units;
  while (at < to && left > 0) {
    const code = text.charCodeAt(at);
    const shown = code >= 0x20 && code < 0x7f ? 1 : shownAt(text, at, to) & ~IS_WIDE;
    if (shown > left) break;
    left -= shown;
    at += isPairAt(text, at, to) ? 2 : 1;
  }
  return [at, left];
}

function isPairAt(text: string, at: number, to: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && at + 1 < to && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

function shownAt(text: string, at: number, to: number): number {
  const code = text.charCodeAt(at);
  const point = isPairAt(text, at, to) ? (text.codePointAt(at) ?? code) : code;
  const number = Math.floor(point / PAGE);
  return (pages[number] ??= pageOf(number))[point % PAGE] ?? 1;
}

function pageOf(number: number): Uint8Array {
  return Uint8Array.from({ length: PAGE }, (_, index) => {
    const code = number * PAGE + index;
    const shown = shownLength(String.fromCodePoint(code));
    return shown === 1 && WIDE.some(([from, to]) => code >= from && code <= to) ? IS_WIDE + 1 : shown;
  });
}

function shownLength(character: string): number {
  if (character === "\t") return TAB.length;
  return [...safePieces(character)].reduce((length, { text, code }) => length + (shownByte(code) ?? text).length, 0);
}

/** U+DC80 to U+DCFF stand for bytes that mean nothing in a text. @returns undefined for all others */
export function shownByte(code: number | undefined): string | undefined {
  return code !== undefined && code >= 0xdc80 && code <= 0xdcff ? `\\x${(code - 0xdc00).toString(16)}` : undefined;
}
