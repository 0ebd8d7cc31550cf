import { cellsOf, fitText } from "../../terminal/cut-line.ts";
import { safeText } from "../frame/safe-text.ts";
import type { Look, PaneSize } from "../model.ts";
import { BOX_COLUMNS, BOX_ROWS, boxLines } from "./box-lines.ts";

/** A list to choose from. Texts are untrusted. */
export type MenuView = {
  readonly title: string;
  readonly items: readonly MenuEntry[];
  /** the selected one, from 0 */
  readonly index: number;
};

/** A line to choose. */
export type MenuEntry = {
  readonly label: string;
  /** what it is about, dim; empty for none */
  readonly hint: string;
};

/** The part of the width that labels may take; hints have the rest. */
const LABEL_SHARE = 0.6;

/** The entries around the selected one. */
export function menuLines({ title, items, index }: MenuView, { columns, rows }: PaneSize, look: Look): readonly string[] {
  const inner = Math.max(1, columns - BOX_COLUMNS);
  const lines = entryLines({ items, index, empty: "there is nothing to choose" }, { columns: inner, rows: rows - BOX_ROWS }, look);
  const place = lines.length < items.length ? `${selectedOf(items, index) + 1} of ${items.length}` : "";
  return boxLines({ title: safeText(title, look.theme, inner), place, lines }, columns, look);
}

/** Entries without a box, the selected one in sight; one dim line that says `empty` where there are none. */
export function entryLines(
  { items, index, empty }: Pick<MenuView, "items" | "index"> & { readonly empty: string },
  { columns, rows }: PaneSize,
  { theme }: Pick<Look, "theme">,
): readonly string[] {
  if (items.length === 0) return [theme.style.dim(fitText(empty, columns, theme))];
  const room = Math.max(1, rows);
  const selected = selectedOf(items, index);
  const first = Math.max(0, Math.min(selected - Math.floor(room / 2), items.length - room));
  const seen = items.slice(first, first + room);
  const most = items.every(({ hint }) => hint === "") ? columns - 2 : Math.floor((columns - 2) * LABEL_SHARE);
  const label = Math.min(most, Math.max(...items.map((item) => cellsOf(safeText(item.label, theme, most)))));
  const hint = Math.max(0, columns - 2 - label - 2);
  return seen.map((item, at) => {
    const [name, about] = [fitText(item.label, label, theme), fitText(item.hint, hint, theme)];
    if (first + at !== selected) return `  ${name}  ${theme.style.dim(about)}`;
    return theme.style.selected(`${theme.glyphs.selected} ${name}  ${about}`);
  });
}

/** The place that an index means, as the nearest there is. */
export function selectedOf(items: readonly MenuEntry[], index: number): number {
  return Math.max(0, Math.min(index, items.length - 1));
}
