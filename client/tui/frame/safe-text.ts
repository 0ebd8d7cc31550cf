import { fitText } from "../../terminal/cut-line.ts";
import type { Theme } from "../theme.ts";

/** Cells of one untrusted value within a sentence: more of it would push the sentence out of sight. */
const VALUE_CELLS = 200;

/** Untrusted text as part of a sentence of ours: safe to show, in as many cells as it takes, `cells` at most. */
export function safeText(text: string, { ascii }: Pick<Theme, "ascii">, cells: number = VALUE_CELLS): string {
  return fitText(text, cells, { ascii }).trimEnd();
}
