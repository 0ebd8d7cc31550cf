import { cellsOf } from "../../terminal/cut-line.ts";
import type { Look, PaneDocument } from "../model.ts";
import type { Part } from "./document.ts";
import { type Line, paintLine, type Piece, piece, textOf, wrapPieces } from "./piece.ts";

/** What is said on one line, or on as many as it needs. */
export type Row = {
  readonly pieces: readonly Piece[];
  /** cells that lines after the first are indented by; a row without is cut at the right, unless all are to be wrapped */
  readonly hang?: number;
  /** a word at the right that is never cut */
  readonly tail?: Piece | undefined;
  /** number of the attempt that it tells of */
  readonly attempt?: number;
};

/** How rows are put on lines. */
export type RowOptions = {
  readonly columns: number;
  /** whether rows that would be cut go on below */
  readonly wrap: boolean;
  readonly look: Look;
};

/** Cells of the names that stand before values. */
const LABEL_CELLS = 12;
const INDENT = "   ";

/** An empty line. */
export const EMPTY: Row = { pieces: [] };

/** A sentence on as many lines as it needs. */
export function sentence(...pieces: readonly Piece[]): Row {
  return { pieces: [{ text: " " }, ...pieces], hang: 3 };
}

/** `   name        value`, on as many lines as it needs. */
export function fact(name: string, ...values: readonly Piece[]): Row {
  return { pieces: [piece(INDENT), piece(`${name} `.padEnd(LABEL_CELLS), "dim"), ...values], hang: INDENT.length + LABEL_CELLS };
}

/** Facts whose value is known. */
export function facts(all: readonly (readonly [name: string, value: string | undefined])[]): readonly Row[] {
  return all.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [fact(name, piece(value))]));
}

/** A title above some rows. */
export function heading(title: string, { theme }: Look): Row {
  const line = theme.glyphs.horizontal.repeat(2);
  return { pieces: [piece(` ${line} ${title} ${line}`, "dim")] };
}

/** Rows as lines of a document. */
export function rowsPart(rows: readonly Row[], { columns, wrap, look }: RowOptions): Part & Required<Pick<PaneDocument, "attemptAt">> {
  const { theme } = look;
  const lines: (Line & Pick<Row, "tail">)[] = [];
  /** number of the first line of each row */
  const firsts: number[] = [];
  for (const { pieces, hang, tail } of rows) {
    firsts.push(lines.length);
    const all = tail === undefined ? pieces : [...pieces, tail];
    if (hang === undefined && !wrap) lines.push({ from: 0, pieces, tail });
    else lines.push(...wrapPieces(all, columns, { hang: hang ?? 2, ascii: theme.ascii }));
  }
  return {
    count: lines.length,
    lines: (from, count) =>
      lines.slice(Math.max(0, from), Math.max(0, from + count)).map(({ pieces, tail }) => {
        if (tail === undefined) return paintLine(pieces, columns, theme);
        const cells = Math.min(columns, cellsOf(tail.text));
        return paintLine(pieces, columns - cells, theme) + paintLine([tail], cells, theme);
      }),
    foldOf: () => undefined,
    attemptAt: (line) => (line < lines.length ? rows[firsts.findLastIndex((first) => first <= line)]?.attempt : undefined),
    find(needle, most) {
      if (needle === "") return [];
      const wanted = needle.toLowerCase();
      const found: number[] = [];
      for (const [index, { pieces }] of rows.entries()) {
        const first = firsts[index] ?? 0;
        const own = lines.slice(first, firsts[index + 1] ?? lines.length);
        const text = textOf(pieces).toLowerCase();
        for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
          const line =
            first +
            Math.max(
              0,
              own.findLastIndex(({ from }) => from <= at),
            );
          if (found.length >= most) return found;
          if (found.at(-1) !== line) found.push(line);
        }
      }
      return found;
    },
  };
}
