import { cellsOf, fitLine, fitText } from "../../terminal/cut-line.ts";
import { safeText } from "../frame/safe-text.ts";
import type { Look } from "../model.ts";
import { fieldView, type FieldView, type TextField } from "../typing/text-field.ts";

/** The filter while it is typed. */
export type FilterBarView = {
  readonly field: TextField;
  /** what is wrong with it; `column` counts UTF-16 units from 1. The list keeps the last filter that meant something */
  readonly fault: { readonly message: string; readonly column: number | undefined } | undefined;
  /** deliveries that the list shows, and all there are */
  readonly shown: number;
  readonly all: number;
  /** keys of the filter language: `status:` */
  readonly keys: readonly string[];
};

/** The search in the detail while it is typed. */
export type SearchBarView = {
  readonly field: TextField;
  /** what it does, in a few words */
  readonly hint: string;
};

/** Cells in front of the text: margin, sign, gap. */
const START = 3;
/** Cells that a text needs to be typed; what stands at its right gives way. */
const LEAST_FIELD = 16;

/** Two lines: what is typed and how much it lets through; below it what is wrong, under the column where it is, or what can be asked for. */
export function filterBar({ field, fault, shown, all, keys }: FilterBarView, columns: number, look: Look): readonly string[] {
  const { line, view } = typedLine(field, `${shown} of ${all}`, columns, look);
  const { style } = look.theme;
  if (fault === undefined) return [line, style.dim(fitText(`   ${keys.join(" ")}`, columns, look.theme))];
  return [line, faultLine(fault, view, columns, look)];
}

/** Two lines: what is searched for, and what that does. */
export function searchBar({ field, hint }: SearchBarView, columns: number, look: Look): readonly string[] {
  return [typedLine(field, "", columns, look).line, look.theme.style.dim(fitText(`   ${hint}`, columns, look.theme))];
}

function typedLine(field: TextField, right: string, columns: number, { theme }: Look): { readonly line: string; readonly view: FieldView } {
  const room = columns - START - 1;
  const isShown = right !== "" && room - cellsOf(right) - 2 >= LEAST_FIELD;
  const end = isShown ? `  ${theme.style.dim(right)}` : "";
  const view = fieldView(field, Math.max(0, room - cellsOf(end)), { theme });
  return { line: fitLine(` ${theme.style.bold("/")} ${view.line}${end}`, columns), view };
}

/** A mark under the column, and the message beside it, where there is more room for it. */
function faultLine(
  { message, column }: NonNullable<FilterBarView["fault"]>,
  { cellOf }: FieldView,
  columns: number,
  { theme }: Look,
): string {
  const { style, glyphs } = theme;
  if (column === undefined) return style.bad(fitText(`   ${glyphs.bad} ${message}`, columns, theme));
  const cell = START + cellOf(column - 1);
  const behind = columns - cell - 3;
  const words = safeText(message, theme, Math.max(behind, cell - 2, 1));
  const isBehind = behind >= cell - 2 || behind >= cellsOf(words);
  if (isBehind) return fitLine(" ".repeat(cell) + style.bad(`^ ${words}`), columns);
  return fitLine(style.bad(`${" ".repeat(cell - 1 - cellsOf(words))}${words} ^`), columns);
}
