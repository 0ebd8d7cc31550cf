import { clockTime } from "../../output/clock-time.ts";
import { fitText } from "../../terminal/cut-line.ts";
import type { Look, Row } from "../model.ts";
import type { Theme } from "../theme.ts";
import { rowNote } from "./row-note.ts";
import { signatureSign } from "./signature-sign.ts";

/** Cells of the columns of the list; 0: left out. Code and signature always stay. */
export type RowPlan = {
  readonly columns: number;
  /** whether a space stands between the sign of the signature and its word */
  readonly spaced: boolean;
  readonly from: number;
  readonly event: number;
  readonly ms: number;
  readonly note: number;
  /** whether the method stands before the path of a delivery that has no event type */
  readonly method: boolean;
};

/** How a row stands in the list: `focused`: keys act on it; `selected`: it is shown in the pane that has the focus. */
export type RowState = "plain" | "selected" | "focused";

/** Cells of columns that do not change, each with the space behind it; the last cell of a line stays empty. */
const MARKS = 2;
const TIME = 8 + 1;
const CODE = 4 + 1;
const SIGN = { tight: 5 + 1, spaced: 6 + 1 };
const MS = { tight: 5, spaced: 6 };
const MARGIN = 1;
/** Columns of a pane from which there are milliseconds, the provider, spaces, the note, and room to spare. */
const WITH_MS = 48;
const WITH_FROM = 56;
const SPACED = 64;
const WITH_NOTE = 76;
const WIDE = 100;
/** Largest part of the event: beyond it the milliseconds would be far from what they belong to, and the note has more use for the cells. */
const EVENT_SHARE = 0.4;

/** Which columns a pane of this width has room for. */
export function rowPlan(columns: number): RowPlan {
  const spaced = columns >= SPACED;
  const from = columns >= WIDE ? 12 : columns >= WITH_FROM ? 10 : 0;
  const ms = columns >= SPACED ? MS.spaced : columns >= WITH_MS ? MS.tight : 0;
  const hasNote = columns >= WITH_NOTE;
  const taken = MARKS + TIME + CODE + (spaced ? SIGN.spaced : SIGN.tight) + (from > 0 ? from + 1 : 0) + (ms > 0 ? ms + 1 : 0) + MARGIN;
  const free = columns - taken;
  if (!hasNote) return { columns, spaced, from, event: Math.max(1, free), ms, note: 0, method: false };
  const least = columns >= WIDE ? 18 : 12;
  const event = Math.min(free - least - 2, Math.floor(columns * EVENT_SHARE));
  return { columns, spaced, from, event, ms, note: free - event - 2, method: true };
}

/** The line above the rows. */
export function rowTitles(plan: RowPlan, { style }: Theme): string {
  const sign = (plan.spaced ? SIGN.spaced : SIGN.tight) - 1;
  const cells = [
    "TIME".padEnd(TIME - 1),
    "CODE",
    "SIG".padEnd(sign),
    ...(plan.from > 0 ? ["FROM".padEnd(plan.from)] : []),
    fitText("EVENT", plan.event),
    ...(plan.ms > 0 ? ["MS".padStart(plan.ms)] : []),
    ...(plan.note > 0 ? [` ${"NOTE".padEnd(plan.note)}`] : []),
  ];
  return style.dim(`${" ".repeat(MARKS)}${cells.join(" ")}${" ".repeat(MARGIN)}`);
}

const same = (text: string): string => text;
/** Within an inverse row: other colours would be patches of background, of which some cannot be read. */
const UNPAINTED: Theme["style"] = { ok: same, bad: same, warn: same, link: same, dim: same, bold: same, selected: same };

/** One delivery in exactly `plan.columns` cells. */
export function rowLine(row: Row, plan: RowPlan, { theme }: Pick<Look, "theme">, state: RowState = "plain"): string {
  const { glyphs, ascii } = theme;
  const style = state === "focused" ? UNPAINTED : theme.style;
  const pointer = state === "plain" ? " " : style.bold(glyphs.selected);
  const mark = row.marked ? style.bold(glyphs.marked) : row.pinned ? "*" : " ";

  const { glyph, word, meaning } = signatureSign(row);
  const sign = style[meaning](`${glyphs[glyph]}${plan.spaced ? " " : ""}${word}`.padEnd((plan.spaced ? SIGN.spaced : SIGN.tight) - 1));
  let line = `${pointer}${mark}${style.dim(clockTime(row.receivedAt))} ${codeCell(row, glyphs, style)} ${sign} `;

  if (plan.from > 0) line += `${row.provider === undefined ? glyphs.none.padEnd(plan.from) : fitText(row.provider, plan.from, { ascii })} `;
  line += fitText(row.event ?? (plan.method ? `${row.method} ${row.path}` : row.path), plan.event, { ascii });
  if (plan.ms > 0) line += ` ${msCell(row.ms, plan.ms, glyphs)}`;
  if (plan.note > 0) {
    const note = rowNote(row, plan.note);
    const text = fitText(note.text, plan.note, { ascii });
    line += `  ${note.meaning === "plain" || note.text === "" ? text : style[note.meaning](text)}`;
  }
  line += " ".repeat(MARGIN);
  return state === "focused" ? theme.style.selected(line) : line;
}

function codeCell({ status, state }: Row, glyphs: Theme["glyphs"], style: Theme["style"]): string {
  if (status === undefined) return state === "pending" ? style.dim(glyphs.waiting.padEnd(CODE - 1)) : style.bad("ERR".padEnd(CODE - 1));
  const text = fitText(String(status), CODE - 1);
  if (status >= 500 || state === "failed" || state === "interrupted") return style.bad(text);
  return status >= 400 ? style.warn(text) : style.ok(text);
}

function msCell(ms: number | undefined, cells: number, glyphs: Theme["glyphs"]): string {
  if (ms === undefined) return glyphs.none.padStart(cells);
  const whole = String(Math.round(ms));
  return (whole.length <= cells ? whole : fitText(`${Math.round(ms / 1_000)}s`, cells)).padStart(cells);
}
