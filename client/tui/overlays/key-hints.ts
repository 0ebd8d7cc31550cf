import { cellsOf, fitText } from "../../terminal/cut-line.ts";
import type { ActionId } from "../keys.ts";
import type { Look } from "../model.ts";

/** Keys and what they do, three cells apart; without those that this user has taken the keys of. */
export function keyHints(hints: readonly (readonly [ActionId, string])[], { theme, keymap }: Look): string {
  return hints
    .map(([id, label]) => [keymap.keysOf(id), label] as const)
    .filter(([keys]) => keys !== "")
    .map(([keys, label]) => `${theme.style.bold(fitText(keys, cellsOf(keys), theme))} ${label}`)
    .join("   ");
}
