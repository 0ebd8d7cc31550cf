import { LINE_LIMIT } from "../../inspect/sanitize.ts";
import { shortSize } from "../../output/short-size.ts";
import { cellsOf, fitText } from "../../terminal/cut-line.ts";
import { safeText } from "../frame/safe-text.ts";
import { wrapWords } from "../frame/wrap-words.ts";
import type { Look, PaneSize } from "../model.ts";
import type { Theme } from "../theme.ts";
import { BOX_COLUMNS, BOX_ROWS, boxLines } from "./box-lines.ts";
import { keyHints } from "./key-hints.ts";

/** A delivery that is edited and sent again. Texts are untrusted. */
export type EditForm = {
  /** `Edit & resend #0127` */
  readonly title: string;
  /** `POST http://localhost:8000/hook` */
  readonly request: string;
  /** what can be done anew, as far as it can: the signature, its time, the id of the event */
  readonly ticks: readonly { readonly label: string; readonly on: boolean }[];
  /** what cannot be chosen, and why: said where there is room */
  readonly fixed: readonly { readonly label: string; readonly on: boolean; readonly why: string }[];
  /** the tick that the keys are at, from 0 */
  readonly index: number;
  /** header lines */
  readonly headers: { readonly changed: number; readonly all: number };
  /** bytes */
  readonly body: { readonly before: number; readonly after: number };
  /** whether the edited body is JSON; `none`: it never was */
  readonly json: "ok" | "broken" | "none";
  /** what has changed in the body */
  readonly diff: readonly { readonly sign: "-" | "+"; readonly text: string }[];
  /** what such lines cannot say of it; undefined: nothing */
  readonly remark: string | undefined;
  /** why the last edit could not be taken over */
  readonly fault: string | undefined;
};

/** Lines that a fault may take. */
const FAULT_ROWS = 4;
/** Cells between what stands at the left and what stands at the right. */
const LEAST_GAP = 2;

/** The form. Where rows are few, lines of the difference give way, and their number stands there; in the end what is at the top does. */
export function formLines(form: EditForm, { columns, rows }: PaneSize, look: Look): readonly string[] {
  const { theme } = look;
  const { style, glyphs } = theme;
  const cells = Math.max(1, columns - BOX_COLUMNS);
  const above = [
    style.bold(fitText(form.request, cells, theme)),
    ...tickLines(form, cells, theme),
    both(headersText(form), keyHints([["edit-headers", "edit"]], look), cells),
    both(bodyText(form, theme), keyHints([["edit-body", "$EDITOR"]], look), cells),
  ];
  const most = Math.max(0, rows - BOX_ROWS - 1);
  const fault =
    form.fault === undefined
      ? []
      : wrapWords(safeText(`${glyphs.bad} ${form.fault}`, theme, LINE_LIMIT), cells, theme)
          .slice(0, Math.max(1, Math.min(FAULT_ROWS, most - above.length)))
          .map(style.bad);
  const keys = keysLine(cells, look);
  const room = Math.max(0, most - fault.length);
  const remark = form.remark === undefined ? [] : [style.dim(`  ${safeText(form.remark, theme, Math.max(1, cells - 2))}`)];
  const about = remark.slice(0, Math.max(0, room - above.length));
  const diff = diffLines(form.diff, { columns: cells, rows: room - above.length - about.length }, theme);
  const fixed = fixedLines(form, cells, theme).slice(0, Math.max(0, room - above.length - about.length - diff.length));
  const lines = [...above.slice(Math.max(0, above.length - room)), ...diff, ...about, ...fixed, ...fault, keys];
  return boxLines({ title: safeText(form.title, theme, cells), lines }, columns, look);
}

/** `[x] recompute signature   [ ] new event id`, on as many lines as it takes. */
function tickLines({ ticks, index }: EditForm, cells: number, theme: Theme): readonly string[] {
  const lines: { text: string; used: number }[] = [];
  for (const [at, { label, on }] of ticks.entries()) {
    const words = `[${on ? "x" : " "}] ${safeText(label, theme, Math.max(1, cells - 5))}`;
    const text = at === index ? theme.style.selected(theme.glyphs.selected + words) : ` ${words}`;
    const line = lines.at(-1);
    const width = cellsOf(text);
    if (line === undefined || line.used + 1 + width > cells) lines.push({ text, used: width });
    else {
      line.text += ` ${text}`;
      line.used += 1 + width;
    }
  }
  return lines.map(({ text }) => text);
}

/** `[ ] new timestamp: its signature knows no time`, a line for each. */
function fixedLines({ fixed }: EditForm, cells: number, theme: Theme): readonly string[] {
  return fixed.map(({ label, on, why }) => theme.style.dim(safeText(` [${on ? "x" : " "}] ${label}: ${why}`, theme, cells)));
}

function headersText({ headers: { changed, all } }: EditForm): string {
  return `Headers  ${changed === 0 ? `${all}, as received` : `${changed} changed of ${all}`}`;
}

function bodyText({ body: { before, after }, json, diff, remark }: EditForm, { style, glyphs }: Theme): string {
  const isSame = before === after && diff.length === 0 && remark === undefined;
  const size = isSame ? `${shortSize(before)}, as received` : `${shortSize(before)} ${glyphs.to} ${shortSize(after)}`;
  const judged = { ok: `  JSON ${style.ok(glyphs.ok)}`, broken: `  ${style.bad(`JSON ${glyphs.bad} broken`)}`, none: "" };
  return `Body     ${size}${judged[json]}`;
}

function diffLines(diff: EditForm["diff"], { columns, rows }: PaneSize, theme: Theme): readonly string[] {
  const isCut = diff.length > rows;
  const seen = diff.slice(0, Math.max(0, isCut ? rows - 1 : rows)).map(({ sign, text }) => {
    const paint = sign === "-" ? theme.style.bad : theme.style.ok;
    return paint(`  ${sign} ${fitText(text, Math.max(0, columns - 4), theme)}`);
  });
  return isCut && rows > 0 ? [...seen, theme.style.dim(`  ${theme.glyphs.cut} ${diff.length - seen.length} more`)] : seen;
}

function keysLine(cells: number, look: Look): string {
  const [send, defaults, curl, cancel] = [
    ["form-send", "send"],
    ["form-defaults", "defaults"],
    ["form-curl", "view as curl"],
    ["back", "cancel"],
  ] as const;
  const [left, right] = [keyHints([send, defaults, curl], look), keyHints([cancel], look)];
  const isWide = cellsOf(left) + cellsOf(right) + LEAST_GAP <= cells;
  return isWide ? both(left, right, cells) : keyHints([send, defaults, cancel], look);
}

/** A text at either end; the right one only where there is room for both. */
function both(left: string, right: string, cells: number): string {
  const gap = cells - cellsOf(left) - cellsOf(right);
  return gap < LEAST_GAP ? left : left + " ".repeat(gap) + right;
}
