import { sanitizeLine } from "../../inspect/sanitize.ts";
import { cellsOf, fitLine, fitText } from "../../terminal/cut-line.ts";
import type { ActionId } from "../keys.ts";
import type { Look } from "../model.ts";
import type { Theme } from "../theme.ts";

/** One line that somebody types. */
export type TextField = {
  readonly text: string;
  /** where the next character goes: UTF-16 units from the beginning, always between two clusters */
  readonly caret: number;
};

/** How a field is shown. */
export type FieldLook = Pick<Look, "theme"> & {
  /** a secret: one sign for each cluster, and for a long one no more than {@link HIDDEN_SIGNS} */
  readonly hidden?: boolean;
};

/** A field as it is shown. */
export type FieldView = {
  /** styled, exactly as wide as was asked for */
  readonly line: string;
  /** the cell where the character at `offset` (UTF-16 units) is seen; the nearest when it is not. The first cell is 0 */
  readonly cellOf: (offset: number) => number;
};

export const EMPTY_FIELD: TextField = { text: "", caret: 0 };

/** UTF-16 units of a field: as much as a filter takes, and more than anybody types. */
export const FIELD_LIMIT = 8192;
/** Signs that a secret is shown as, at most: its length says much about it, and that something has been typed is all one wants to see. */
const HIDDEN_SIGNS = 12;
const HIDDEN_SIGN = "*";
/** UTF-16 units of one cluster that are looked at: a letter under a thousand marks is nobody's letter. */
const CLUSTER_LIMIT = 64;
/** UTF-16 units that are looked at for each cell to fill: what people type has fewer. */
const UNITS_PER_CELL = 4;

const CLUSTERS = new Intl.Segmenter("en", { granularity: "grapheme" });
const ASCII = /^[\u0020-\u007e]*$/;

/** A field with this text, the caret behind it. */
export function fieldOf(text: string): TextField {
  return typeInto(EMPTY_FIELD, text);
}

/**
 * Types or pastes text at the caret: ends of lines and tabs become spaces, other control characters and halves of surrogate pairs stay out, and of what would
 * go beyond `limit` UTF-16 units only whole clusters come in.
 */
export function typeInto({ text, caret }: TextField, typed: string, limit: number = FIELD_LIMIT): TextField {
  const room = Math.max(0, limit - text.length);
  // a few units more than there is room for: what is cut is cut between clusters
  const fresh = cleaned(typed).slice(0, room + CLUSTER_LIMIT);
  const fits = fresh.length <= room ? fresh : fresh.slice(0, boundaryBefore(fresh, room + 1));
  const whole = text.slice(0, caret) + fits + text.slice(caret);
  // what was typed may have become one cluster with what stands behind it
  return { text: whole, caret: boundaryFrom(whole, caret + fits.length) };
}

/** Whether all of a text that is typed or pasted comes in. */
export function hasRoomFor({ text }: TextField, typed: string, limit: number = FIELD_LIMIT): boolean {
  return text.length + cleaned(typed).length <= limit;
}

/** Does what a key asks for; a key that means something else changes nothing. */
export function editField(field: TextField, edit: ActionId): TextField {
  const { text, caret } = field;
  const without = (from: number, to: number): TextField => {
    const rest = text.slice(0, from) + text.slice(to);
    return { text: rest, caret: boundaryFrom(rest, from) };
  };
  switch (edit) {
    case "caret-left":
      return { text, caret: boundaryBefore(text, caret) };
    case "caret-right":
      return { text, caret: boundaryFrom(text, caret + 1) };
    case "caret-home":
      return { text, caret: 0 };
    case "caret-end":
      return { text, caret: text.length };
    case "erase-left":
      return without(boundaryBefore(text, caret), caret);
    case "erase-right":
      return without(caret, boundaryFrom(text, caret + 1));
    case "erase-word":
      return without(text.slice(0, caret).trimEnd().lastIndexOf(" ") + 1, caret);
    case "erase-all":
      return EMPTY_FIELD;
    default:
      return field;
  }
}

/** The field in exactly `columns` cells, the caret in sight as an inverse cell, `…` where more stands at either side. */
export function fieldLine(field: TextField, columns: number, look: FieldLook): string {
  return fieldView(field, columns, look).line;
}

/** As {@link fieldLine}, for those who point at something in the text. */
export function fieldView(field: TextField, columns: number, { theme, hidden = false }: FieldLook): FieldView {
  const cells = hidden ? hiddenCells(field, theme) : shownCells(field, columns, theme);
  const [from, to] = windowAround(cells, columns);
  const more = theme.style.dim(theme.glyphs.cut);
  const shown = cells.slice(from, to);
  const line = shown.map(({ sign, isCaret }) => (isCaret ? theme.style.selected(sign) : sign)).join("");
  const start = from > 0 ? 1 : 0;
  const room = Math.max(0, columns - start - (to < cells.length ? 1 : 0));
  return {
    line: fitLine(`${from > 0 ? more : ""}${fitLine(line, room)}${to < cells.length ? more : ""}`, columns),
    cellOf: (offset) => {
      const before = shown.filter((cell) => cell.offset < offset);
      return Math.max(0, Math.min(start + widthOf(before), columns - 1));
    },
  };
}

/** A cluster as it is shown, or the caret behind the last one. */
type Cell = {
  readonly sign: string;
  readonly width: number;
  /** where in the text it begins */
  readonly offset: number;
  readonly isCaret: boolean;
};

function shownCells({ text, caret }: TextField, columns: number, theme: Theme): readonly Cell[] {
  // to find the clusters of a long text takes longer than to paint a screen: only those near the caret can be seen
  const reach = columns * UNITS_PER_CELL;
  const start = boundaryBefore(text, caret - reach + 1);
  const end = boundaryFrom(text, caret + reach);
  const cells: Cell[] = start > 0 ? [cutCell(0, theme)] : [];
  for (const { segment, index } of clustersOf(text.slice(start, end))) {
    const [sign, width] = signOf(segment, theme);
    cells.push({ sign, width, offset: start + index, isCaret: start + index === caret });
  }
  if (caret === text.length) cells.push(endCell(caret, theme));
  if (end < text.length) cells.push(cutCell(end, theme));
  return cells;
}

function hiddenCells({ text, caret }: TextField, theme: Theme): readonly Cell[] {
  const starts: number[] = [];
  for (const { index } of clustersOf(text)) {
    if (starts.length === HIDDEN_SIGNS) break;
    starts.push(index);
  }
  const isInside = caret < text.length;
  const place = Math.min(starts.filter((index) => index < caret).length, starts.length - 1);
  const cells = starts.map((_, at): Cell => ({ sign: HIDDEN_SIGN, width: 1, offset: at, isCaret: isInside && at === place }));
  return isInside ? cells : [...cells, endCell(starts.length, theme)];
}

function cutCell(offset: number, { style, glyphs }: Theme): Cell {
  return { sign: style.dim(glyphs.cut), width: 1, offset, isCaret: false };
}

function endCell(offset: number, { glyphs }: Theme): Cell {
  return { sign: glyphs.caret, width: 1, offset, isCaret: true };
}

/** @returns what is shown of a cluster, and its cells */
function signOf(cluster: string, { ascii }: Theme): readonly [string, number] {
  if (ASCII.test(cluster)) return [cluster, cluster.length];
  const safe = sanitizeLine(cluster, CLUSTER_LIMIT);
  const width = Math.max(1, cellsOf(safe));
  return [fitText(safe, width, { ascii }), width];
}

/** What of the cells is seen: the caret, up to a third of the room behind it, and all that fits in front. */
function windowAround(cells: readonly Cell[], columns: number): readonly [from: number, to: number] {
  if (widthOf(cells) <= columns) return [0, cells.length];
  const caret = cells.findIndex(({ isCaret }) => isCaret);
  let from = caret;
  let to = caret + 1;
  let used = cells[caret]?.width ?? 0;
  const takes = (cell: Cell | undefined, within: number): boolean => {
    if (cell === undefined || used + cell.width > within) return false;
    used += cell.width;
    return true;
  };
  // a cell at either side is for the sign that there is more
  const room = columns - 2;
  const ahead = used + Math.floor(room / 3);
  while (takes(cells[to], Math.min(ahead, room))) to++;
  while (takes(cells[from - 1], room)) from--;
  while (takes(cells[to], room)) to++;
  return [from, to];
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

function cleaned(typed: string): string {
  return typed.replace(/\r\n?|[\n\t\v\f\u0085\u2028\u2029]/g, " ").replace(/[\p{Cc}\p{Cs}]/gu, "");
}

/** The last place between two clusters that is less than `offset`; 0 when there is none. */
function boundaryBefore(text: string, offset: number): number {
  return offset < 1 ? 0 : (CLUSTERS.segment(text).containing(offset - 1)?.index ?? text.length);
}

/** The first place between two clusters that is `offset` or more. */
function boundaryFrom(text: string, offset: number): number {
  const cluster = CLUSTERS.segment(text).containing(offset);
  if (cluster === undefined) return text.length;
  return cluster.index === offset ? offset : cluster.index + cluster.segment.length;
}

function* clustersOf(text: string): Generator<{ readonly segment: string; readonly index: number }> {
  if (!ASCII.test(text)) yield* CLUSTERS.segment(text);
  else for (let index = 0; index < text.length; index++) yield { segment: text.charAt(index), index };
}
