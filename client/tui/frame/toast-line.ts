import { fitText } from "../../terminal/cut-line.ts";
import type { Look, Message } from "../model.ts";
import type { Theme } from "../theme.ts";
import { spreadLine } from "./spread-line.ts";

/** What devhook has to say, in one line: a sign of its kind, and as much of the text as fits. */
export function toastLine({ kind, text }: Message, { theme }: Pick<Look, "theme">, columns: number): string {
  const [sign, paint] = signOf(kind, theme);
  return spreadLine(`${paint(sign)} ${fitText(text, Math.max(0, columns - 4), { ascii: theme.ascii })}`, "", columns);
}

function signOf(kind: Message["kind"], { style, glyphs }: Theme): readonly [string, (text: string) => string] {
  switch (kind) {
    case "ok":
      return [glyphs.ok, style.ok];
    case "info":
      return [glyphs.dot, style.dim];
    case "warning":
      return [glyphs.warn, style.warn];
    case "error":
      return [glyphs.bad, style.bad];
  }
}
