import { clockTime } from "../../output/clock-time.ts";
import { cellsOf } from "../../terminal/cut-line.ts";
import type { LinkView, Look } from "../model.ts";
import { keyed } from "./keyed.ts";
import { safeText } from "./safe-text.ts";
import { PIECE_GAP } from "./shrink-to-fit.ts";
import { spreadLine } from "./spread-line.ts";

/** Why the relay is not there, and since when; undefined while it is, or there is nothing to say. */
export function linkLine({ state, reason, at }: LinkView, { theme, keymap }: Look, columns: number): string | undefined {
  if (state === "online" || state === "closing" || reason === "") return undefined;
  const log = keyed({ keymap }, "log", (key) => `${theme.style.bold(key)} log`);
  const sign = (state === "offline" ? theme.style.bad : theme.style.warn)(theme.glyphs.offline);
  // the reason gives way, not the time
  const since = ` (${clockTime(at)})`;
  const room = columns - 4 - since.length - (log === "" ? 0 : cellsOf(log) + PIECE_GAP);
  return spreadLine(`${sign} ${safeText(reason, theme, Math.max(1, room))}${theme.style.dim(since)}`, log, columns);
}
