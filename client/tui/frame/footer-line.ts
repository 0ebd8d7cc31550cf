import type { Given } from "../keymap.ts";
import type { Context } from "../keys.ts";
import type { Look } from "../model.ts";
import { PIECE_GAP } from "./shrink-to-fit.ts";
import { spreadLine } from "./spread-line.ts";

/** Hints that always stand at the right end, where they are looked for. */
const AT_END: readonly string[] = ["help", "close", "quit"];

/** The keys that matter where `context` has the focus: as many as fit, help and the way out at the right end. */
export function footerLine(context: Context, given: Given, { theme, keymap }: Look, columns: number): string {
  const hints = keymap.footer(context, given, columns - 2);
  const textOf = (atEnd: boolean): string =>
    hints
      .filter(({ label }) => AT_END.includes(label) === atEnd)
      .map(({ keys, label }) => `${theme.style.bold(keys)} ${label}`)
      .join(" ".repeat(PIECE_GAP));
  return spreadLine(textOf(false), textOf(true), columns);
}
