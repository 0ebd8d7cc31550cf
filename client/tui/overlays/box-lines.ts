import { cellsOf, clipLine, fitLine } from "../../terminal/cut-line.ts";
import type { Look } from "../model.ts";

/** A box and what is in it. */
export type Box = {
  /** in the line above, at the left; styled or not, safe */
  readonly title: string;
  /** in the line above, at the right; left out where there is no room */
  readonly hint?: string;
  /** in the line below, at the right */
  readonly place?: string;
  /** styled and safe; cut at the box */
  readonly lines: readonly string[];
};

/** Columns and rows that the box itself takes. */
export const BOX_COLUMNS = 4;
export const BOX_ROWS = 2;

/** What an overlay that scrolls shows, and what keys that scroll it go by. */
export type ScrolledBox = {
  readonly lines: readonly string[];
  /** lines that there are to scroll through */
  readonly count: number;
  /** how many of them are seen at once */
  readonly rows: number;
};

/** A box of exactly `columns` cells, two rows higher than its lines. */
export function boxLines({ title, hint = "", place = "", lines }: Box, columns: number, { theme }: Pick<Look, "theme">): readonly string[] {
  const { topLeft, topRight, bottomLeft, bottomRight, vertical } = theme.glyphs;
  const inner = Math.max(0, columns - BOX_COLUMNS);
  return [
    topLeft + edge(theme.style.bold(title), hint, columns - 2, theme.glyphs.horizontal) + topRight,
    ...lines.map((line) => `${vertical} ${fitLine(line, inner)} ${vertical}`),
    bottomLeft + edge("", place, columns - 2, theme.glyphs.horizontal) + bottomRight,
  ].map((line) => fitLine(line, columns));
}

/** A line of a box with a text of its own at either end. */
function edge(left: string, right: string, cells: number, horizontal: string): string {
  const start = left === "" ? "" : ` ${clipLine(left, Math.max(0, cells - 3))} `;
  const end = right === "" ? "" : ` ${right} ${horizontal}`;
  const room = cells - cellsOf(start);
  if (cellsOf(end) > room) return start + horizontal.repeat(Math.max(0, room));
  return start + horizontal.repeat(room - cellsOf(end)) + end;
}

/** The part of a box's content that is seen. @param scroll the first line, as far as there are so many; @param rows of the box with its edges */
export function scrolledBox(
  { fixed = [], lines, ...box }: Box & { readonly fixed?: readonly string[] },
  { scroll, columns, rows }: { readonly scroll: number; readonly columns: number; readonly rows: number },
  look: Pick<Look, "theme">,
): ScrolledBox {
  const room = Math.max(1, rows - BOX_ROWS - fixed.length);
  const first = Math.max(0, Math.min(scroll, lines.length - room));
  const seen = lines.slice(first, first + room);
  const dash = look.theme.ascii ? "-" : "–";
  const place = lines.length > room ? `${first + 1}${dash}${first + seen.length} of ${lines.length}` : "";
  return { lines: boxLines({ ...box, place, lines: [...fixed, ...seen] }, columns, look), count: lines.length, rows: room };
}
