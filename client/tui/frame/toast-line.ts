import { fitText } from "../../terminal/cut-line.ts";
import type { Look, Message } from "../model.ts";
import { messageSign } from "./message-sign.ts";
import { spreadLine } from "./spread-line.ts";

/** What devhook has to say, in one line: a sign of its kind, and as much of the text as fits. */
export function toastLine({ kind, text }: Message, { theme }: Pick<Look, "theme">, columns: number): string {
  return spreadLine(`${messageSign(kind, theme)} ${fitText(text, Math.max(0, columns - 4), { ascii: theme.ascii })}`, "", columns);
}
