import type { BodyLine, BodyLines, Segment } from "../../inspect/bodies/body-lines.ts";
import type { Extent } from "../../inspect/bodies/shown-units.ts";
import { SEGMENT_MEANINGS } from "../../output/words/segment-meanings.ts";
import type { Part } from "./document.ts";
import { paintLine, type Piece, slicePieces, textOf } from "./piece.ts";
import type { RowOptions } from "./rows.ts";

/** How a body is shown. */
export type BodyOptions = RowOptions & {
  /** places of what is folded */
  readonly folded: ReadonlySet<number>;
};

/** Lines that are wrapped: to measure more takes longer than a key may take. Those below are cut. */
export const MOST_WRAPPED = 10_000;
/** Matches that are asked for at a time. */
const MATCHES = 10_000;

/** A body as lines of a document. */
export function bodyPart(whole: BodyLines, options: BodyOptions): Part {
  const body = fitting(whole, options);
  return options.wrap ? wrappedPart(body, options) : cutPart(body, options);
}

/** A body in the form that fits, where it has several. */
export function fitting(body: BodyLines, { columns }: Pick<BodyOptions, "columns">): BodyLines {
  return body.within?.(columns) ?? body;
}

function cutPart(body: BodyLines, { columns, folded, look }: BodyOptions): Part {
  const read = (from: number, count: number): readonly BodyLine[] => body.lines(from, count, { width: columns, folded });
  return {
    count: body.total(folded),
    lines: (from, count) => read(from, count).map(({ segments, isCut }) => paintLine(piecesOf(segments), columns, look.theme, isCut)),
    foldOf: (line) => read(line, 1)[0]?.fold,
    find: (needle, most) => linesWith(body, needle, { folded, most }),
  };
}

/** Rows of a line have the same number of units each, so that each is found without those above it. */
function wrappedPart(body: BodyLines, { columns, folded, look }: BodyOptions): Part {
  const total = body.total(folded);
  const wrapped = Math.min(total, MOST_WRAPPED);
  /** number of the first row of each line, and of what follows the last that is wrapped */
  const firsts = new Uint32Array(wrapped + 1);
  const widths = new Uint32Array(wrapped);
  for (const [line, { extent }] of body.lines(0, wrapped, { width: 0, folded, measured: true }).entries()) {
    const width = rowUnits(extent, columns);
    widths[line] = width;
    firsts[line + 1] = (firsts[line] ?? 0) + Math.max(1, Math.ceil((extent?.units ?? 0) / width));
  }
  const rows = firsts[wrapped] ?? 0;
  const rest = cutPart(body, { columns, folded, look, wrap: false });

  /** the line that a row belongs to */
  function lineOf(row: number): number {
    let [low, high] = [0, wrapped - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((firsts[middle] ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** some rows of one line */
  function rowsOf(line: number, from: number, count: number): readonly string[] {
    const width = widths[line] ?? columns;
    const skip = from * width;
    const [shown] = body.lines(line, 1, { width: width * count, skip, folded, wholeEnd: true });
    if (shown === undefined) return [];
    const pieces = piecesOf(shown.segments);
    const text = textOf(pieces);
    // where the text begins, counted from where it should
    const start = (shown.start ?? skip) - skip;
    const edge = (row: number): number => {
      const at = row * width - start;
      return isWithinCharacter(text, at) ? at + 1 : at;
    };
    return Array.from({ length: count }, (_, row) =>
      paintLine(slicePieces(pieces, Math.max(0, edge(row)), edge(row + 1)), columns, look.theme),
    );
  }

  return {
    count: rows + total - wrapped,
    lines(from, count) {
      const lines: string[] = [];
      for (let row = from; row < rows && lines.length < count;) {
        const line = lineOf(row);
        const most = Math.min((firsts[line + 1] ?? 0) - row, count - lines.length);
        lines.push(...rowsOf(line, row - (firsts[line] ?? 0), most));
        row += most;
      }
      const left = count - lines.length;
      return left > 0 && total > wrapped ? [...lines, ...rest.lines(Math.max(from, rows) - rows + wrapped, left)] : lines;
    },
    foldOf: (row) => rest.foldOf(row < rows ? lineOf(row) : row - rows + wrapped),
    find(needle, most) {
      const found: number[] = [];
      for (const line of linesWith(body, needle, { folded, most })) {
        if (found.length >= most) break;
        if (line >= wrapped) found.push(rows + line - wrapped);
        else found.push(...rowsWith(line, needle).slice(0, most - found.length));
      }
      return found;
    },
  };

  /** The rows of a line that a match begins on. */
  function rowsWith(line: number, needle: string): readonly number[] {
    const first = firsts[line] ?? 0;
    const count = (firsts[line + 1] ?? 0) - first;
    if (count < 2) return [first];
    const width = widths[line] ?? columns;
    const [shown] = body.lines(line, 1, { width: width * count, folded });
    const text = textOf(piecesOf(shown?.segments ?? [])).toLowerCase();
    const wanted = needle.toLowerCase();
    const found: number[] = [];
    for (let at = text.indexOf(wanted); at !== -1;) {
      const row = Math.floor(at / width);
      found.push(first + row);
      // the next row that has one
      at = text.indexOf(wanted, (row + 1) * width);
    }
    // what is written and what is shown may differ: an escape, the white space of JSON
    return found.length === 0 ? [first] : found;
  }
}

/** Units of a line that fit on a row, whatever they are; all of them when they do. */
function rowUnits(extent: Extent | undefined, columns: number): number {
  if (extent === undefined || extent.cells <= columns) return Math.max(extent?.units ?? 0, 1);
  if (extent.isFlat) return columns;
  // a character of two units may stand across the edge; one of two cells may be one unit
  return Math.max(1, extent.cells > extent.units ? Math.floor(columns / 2) : columns - 1);
}

/** Lines that hold a text. Many matches may stand on one line, and to ask for each of their lines takes long: it is looked for where the next line begins. */
function linesWith(
  body: BodyLines,
  needle: string,
  { folded, most }: { readonly folded: ReadonlySet<number>; readonly most: number },
): readonly number[] {
  const lines: number[] = [];
  for (let from = 0; lines.length < most;) {
    const places = body.find(needle, from, MATCHES).map(({ place }) => place);
    const lineAt = (index: number): number => body.lineOf(places[index] ?? 0, folded);
    for (let index = 0; index < places.length && lines.length < most;) {
      const line = lineAt(index);
      if (lines.at(-1) !== line) lines.push(line);
      let [same, other] = [index, index + 1];
      for (let step = 1; other < places.length && lineAt(other) === line; step *= 2) [same, other] = [other, other + step];
      other = Math.min(other, places.length);
      while (other - same > 1) {
        const middle = Math.floor((same + other) / 2);
        if (lineAt(middle) === line) same = middle;
        else other = middle;
      }
      index = other;
    }
    const last = places.at(-1);
    if (last === undefined || places.length < MATCHES) break;
    from = last + 1;
  }
  return lines;
}

function piecesOf(segments: readonly Segment[]): readonly Piece[] {
  return segments.map(({ text, style }) => ({ text, style: SEGMENT_MEANINGS[style] }));
}

function isWithinCharacter(text: string, at: number): boolean {
  return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
