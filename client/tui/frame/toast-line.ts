import { cellsOf, fitText } from "../../terminal/cut-line.ts";
import type { Look, Message } from "../model.ts";
import { messageSign } from "./message-sign.ts";
import { safeText } from "./safe-text.ts";
import { spreadLine } from "./spread-line.ts";

/** Cells around a message: a margin at either end, its sign, and a space behind that. */
const AROUND = 4;
/** Cells that say what it is about, whatever there is to do. */
const LEAST_TEXT = 16;

/** What devhook has to say, in one line: a sign of its kind, as much of the text as fits, and what to do, which the text gives way to. */
export function toastLine({ kind, text, remedy }: Message, { theme }: Pick<Look, "theme">, columns: number): string {
  const room = Math.max(0, columns - AROUND);
  const dot = ` ${theme.glyphs.dot} `;
  const way = remedy === undefined ? "" : safeText(remedy, theme, Math.max(0, room - LEAST_TEXT - cellsOf(dot)));
  const end = way === "" ? "" : dot + way;
  const words = end === "" ? fitText(text, room, theme) : safeText(text, theme, room - cellsOf(end));
  return spreadLine(`${messageSign(kind, theme)} ${words}${end}`, "", columns);
}
