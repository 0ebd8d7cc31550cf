import { LINE_LIMIT } from "../../inspect/sanitize.ts";
import { safeText } from "../frame/safe-text.ts";
import { wrapWords } from "../frame/wrap-words.ts";
import type { Look, PaneSize } from "../model.ts";
import { BOX_COLUMNS, BOX_ROWS, boxLines } from "./box-lines.ts";
import { keyHints } from "./key-hints.ts";

/** A question before something that cannot be undone. Texts may hold untrusted parts. */
export type AskView = {
  readonly question: string;
  /** what will be, in a sentence; empty for none */
  readonly consequence: string;
};

/** The question, what follows from it, and the keys that answer. */
export function askLines({ question, consequence }: AskView, { columns, rows }: PaneSize, look: Look): readonly string[] {
  const { theme } = look;
  const cells = Math.max(1, columns - BOX_COLUMNS);
  const wrapped = (text: string): readonly string[] => wrapWords(safeText(text, theme, LINE_LIMIT), cells, theme);
  const words = [...wrapped(question).map(theme.style.bold), ...wrapped(consequence)];
  // the answers are never what gives way
  const room = Math.max(0, rows - BOX_ROWS - 1);
  const gap = words.length < room ? [""] : [];
  const answers = keyHints(
    [
      ["yes", "yes"],
      ["no", "no"],
    ],
    look,
  );
  return boxLines({ title: "Confirm", lines: [...words.slice(0, room), ...gap, answers] }, columns, look);
}
