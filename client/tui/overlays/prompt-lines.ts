import { LINE_LIMIT } from "../../inspect/sanitize.ts";
import { safeText } from "../frame/safe-text.ts";
import { wrapWords } from "../frame/wrap-words.ts";
import type { Look, PaneSize } from "../model.ts";
import { fieldLine, type TextField } from "../typing/text-field.ts";
import { BOX_COLUMNS, BOX_ROWS, boxLines } from "./box-lines.ts";
import { keyHints } from "./key-hints.ts";

/** One line that is asked for. Texts may hold untrusted parts. */
export type PromptView = {
  readonly title: string;
  readonly field: TextField;
  /** a secret: what is typed is not to be seen */
  readonly hidden: boolean;
  /** empty for none */
  readonly hint: string;
  /** why the last answer was not taken */
  readonly fault: string | undefined;
};

/** The field, why its text was not taken, what it is for, and the keys. */
export function promptLines({ title, field, hidden, hint, fault }: PromptView, { columns, rows }: PaneSize, look: Look): readonly string[] {
  const { theme } = look;
  const cells = Math.max(1, columns - BOX_COLUMNS);
  const wrapped = (text: string): readonly string[] => wrapWords(safeText(text, theme, LINE_LIMIT), cells, theme);
  const words = [
    ...(fault === undefined ? [] : wrapped(`${theme.glyphs.bad} ${fault}`).map(theme.style.bad)),
    ...wrapped(hint).map(theme.style.dim),
  ];
  const room = Math.max(0, rows - BOX_ROWS - 2);
  const keys = keyHints(
    [
      ["submit", "accept"],
      ["back", "cancel"],
    ],
    look,
  );
  const lines = [fieldLine(field, cells, { theme, hidden }), ...words.slice(0, room), keys];
  return boxLines({ title: safeText(title, theme, cells), lines }, columns, look);
}
