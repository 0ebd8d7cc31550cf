import { sanitizeLine } from "../../inspect/sanitize.ts";
import { takeText } from "../../terminal/cut-line.ts";
import type { Theme } from "../theme.ts";

/** A part of a line: text that is safe to print, and what it means; undefined: nothing special. */
export type Piece = { readonly text: string; readonly style?: Meaning | undefined };

/** What a text means, as the theme paints it. */
export type Meaning = keyof Theme["style"];

/** A part of a line from text that nobody has looked at. */
export function piece(text: string, style?: Meaning): Piece {
  return { text: sanitizeLine(text.replaceAll("\t", "    "), Infinity), style };
}

/** The text of a line. */
export function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join("");
}

/**
 * The pieces as one line of at most `cells` cells, cut with a sign when they are longer.
 * @param isCut whether more would follow them
 */
export function paintLine(pieces: readonly Piece[], cells: number, theme: Theme, isCut = false): string {
  const whole = paint(pieces, cells, theme);
  if (whole.isAll && !isCut) return whole.line;
  if (cells < 1) return "";
  return paint(pieces, cells - 1, theme).line + theme.glyphs.cut;
}

function paint(pieces: readonly Piece[], cells: number, { style, ascii }: Theme): { readonly line: string; readonly isAll: boolean } {
  let line = "";
  let room = cells;
  for (const { text, style: meaning } of pieces) {
    const taken = takeText(text, room, { ascii });
    line += meaning === undefined ? taken.shown : style[meaning](taken.shown);
    room -= taken.cells;
    if (taken.end < text.length) return { line, isAll: false };
  }
  return { line, isAll: true };
}

/**
 * The pieces on as many lines of `cells` cells as they need, broken at spaces where there are some.
 * @param hang cells that lines after the first are indented by
 * @param ascii whether everything beyond ASCII is shown as `.`
 */
export function wrapPieces(
  pieces: readonly Piece[],
  cells: number,
  { hang, ascii }: { readonly hang: number; readonly ascii: boolean },
): readonly Line[] {
  const text = textOf(pieces);
  const indent = Math.min(hang, Math.floor(cells / 2));
  const lines: Line[] = [];
  let from = 0;
  do {
    const isFirst = lines.length === 0;
    const end = lineEnd(text, from, isFirst ? cells : cells - indent, ascii);
    // the space that a line is broken at may stand beyond its last cell
    const shownEnd = end < text.length && text[end - 1] === " " ? end - 1 : end;
    const part = slicePieces(pieces, from, shownEnd);
    lines.push({ from, pieces: isFirst || indent === 0 ? part : [{ text: " ".repeat(indent) }, ...part] });
    from = end;
  } while (from < text.length);
  return lines;
}

/** A line of a longer text, which begins at offset `from` of it. */
export type Line = { readonly from: number; readonly pieces: readonly Piece[] };

/** Of a line, how much at its end may stay empty so that a word is not broken. */
const MOST_EMPTY = 0.5;

function lineEnd(text: string, from: number, cells: number, ascii: boolean): number {
  const { end } = takeText(text, cells, { from, ascii });
  if (end >= text.length) return text.length;
  // not even one character fits: it is on a line of its own nevertheless, cut
  if (end === from) return from + String.fromCodePoint(text.codePointAt(from) ?? 0).length;
  // a space that would be the first of the next line is left at the end of this one
  const space = text.slice(from, end + 1).lastIndexOf(" ");
  return space > (end - from) * MOST_EMPTY ? from + space + 1 : end;
}

/** What of the pieces stands from one offset of their text up to another. */
export function slicePieces(pieces: readonly Piece[], from: number, to: number): readonly Piece[] {
  const sliced: Piece[] = [];
  let at = 0;
  for (const { text, style } of pieces) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part !== "") sliced.push({ text: part, style });
    at += text.length;
    if (at >= to) break;
  }
  return sliced;
}
