import { fitLine } from "../../terminal/cut-line.ts";
import { keyed } from "../frame/keyed.ts";
import { safeText } from "../frame/safe-text.ts";
import { wrapWords } from "../frame/wrap-words.ts";
import type { Look, PaneSize, Row } from "../model.ts";
import { rowLine, rowPlan, rowTitles } from "./row-line.ts";

/** What the list shows at the moment. */
export type ListView = {
  /** those in view, in the order of display: at most {@link rowsInView} */
  readonly rows: readonly Row[];
  /** id of the selected delivery, which need not be in view */
  readonly selected: string | undefined;
  /** whether keys go to the list */
  readonly focused: boolean;
  /** the filter as it was written; undefined: there is none */
  readonly filter: string | undefined;
  /** deliveries without the filter */
  readonly total: number;
};

/** Rows of a pane from which one of them is spent on the titles of the columns. */
const WITH_TITLES = 6;

/** How many deliveries a pane shows at once. */
export function rowsInView({ rows }: PaneSize): number {
  return rows >= WITH_TITLES ? rows - 1 : rows;
}

/** The list: titles where there is room, the rows, and blank lines; or, when no delivery passes the filter, how to get out of that. */
export function listLines(view: ListView, look: Look, size: PaneSize): readonly string[] {
  const { columns, rows } = size;
  const plan = rowPlan(columns);
  const lines = rows >= WITH_TITLES ? [rowTitles(plan, look.theme)] : [];
  if (view.rows.length === 0 && view.filter !== undefined) lines.push(...noMatchLines(view, look, size));
  for (const row of view.rows.slice(0, rowsInView(size))) {
    const state = row.id !== view.selected ? "plain" : view.focused ? "focused" : "selected";
    lines.push(rowLine(row, plan, look, state));
  }
  const blank = " ".repeat(columns);
  return Array.from({ length: rows }, (_, at) => lines[at] ?? blank);
}

function noMatchLines({ filter = "", total }: ListView, look: Look, { columns }: PaneSize): readonly string[] {
  const { theme } = look;
  const margin = "  ";
  const keys = [
    keyed(look, "back", (key) => `${key} clears the filter`),
    keyed(look, "filter", (key) => `${key} changes it`),
    keyed(look, "quick-filter", (key) => `${key} takes the next quick one`),
  ].filter((text) => text !== "");
  const sentences = [
    `No delivery matches: ${safeText(filter, theme)}`,
    `${total} ${total === 1 ? "delivery is" : "deliveries are"} here without it. ${keys.join(", ")}.`,
  ];
  return sentences.flatMap((text) => wrapWords(text, columns - 2 * margin.length, theme)).map((line) => fitLine(margin + line, columns));
}
