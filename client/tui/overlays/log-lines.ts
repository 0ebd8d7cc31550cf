import { LINE_LIMIT } from "../../inspect/sanitize.ts";
import { clockTime } from "../../output/clock-time.ts";
import { messageSign } from "../frame/message-sign.ts";
import { safeText } from "../frame/safe-text.ts";
import { wrapWords } from "../frame/wrap-words.ts";
import type { Look, Message, PaneSize } from "../model.ts";
import { BOX_COLUMNS, type ScrolledBox, scrolledBox } from "./box-lines.ts";

/** What devhook has said. */
export type LogView = {
  /** the oldest first */
  readonly messages: readonly Message[];
  /** first line that is seen, as far as there are so many; Infinity: the newest in sight */
  readonly scroll: number;
};

/** Cells of `14:02:31 ✓ ` in front of a message. */
const INDENT = 11;

/** All messages whole, with their times, the newest last. */
export function logLines({ messages, scroll }: LogView, { columns, rows }: PaneSize, look: Look): ScrolledBox {
  const { theme } = look;
  const cells = Math.max(1, columns - BOX_COLUMNS - INDENT);
  const lines = messages.flatMap(({ at, kind, text, remedy, whole }) =>
    wrapWords(
      safeText(whole ?? (remedy === undefined ? text : `${text} ${theme.glyphs.dot} ${remedy}`), theme, LINE_LIMIT),
      cells,
      theme,
    ).map((line, index) =>
      index === 0 ? `${theme.style.dim(clockTime(at))} ${messageSign(kind, theme)} ${line}` : " ".repeat(INDENT) + line,
    ),
  );
  return scrolledBox(
    { title: "Log", lines: lines.length === 0 ? [theme.style.dim("nothing has been said yet")] : lines },
    { scroll, columns, rows },
    look,
  );
}
