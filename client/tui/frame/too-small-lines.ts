import { fitLine } from "../../terminal/cut-line.ts";
import type { Look, PaneSize } from "../model.ts";
import { LEAST } from "./layout.ts";
import { wrapWords } from "./wrap-words.ts";

/** What a terminal shows that is too small for everything else. @param events how many deliveries there are: nothing is lost meanwhile */
export function tooSmallLines(events: number, { theme, keymap }: Look, { columns, rows }: PaneSize): readonly string[] {
  const key = keymap.keysOf("quit") || keymap.keysOf("quit-anywhere");
  const text = `Too small (need ${LEAST.columns}x${LEAST.rows}). Still capturing: ${events} ${events === 1 ? "event" : "events"}. ${key} quits`;
  const lines = wrapWords(text, columns, theme);
  return Array.from({ length: rows }, (_, row) => fitLine(lines[row] ?? "", columns));
}
