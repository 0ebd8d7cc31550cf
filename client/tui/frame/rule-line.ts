import type { Glyphs } from "../theme.ts";

/** A horizontal line over the whole width. @param tee what stands in column `at` (the first is 0) instead: where a vertical line meets it */
export function ruleLine(columns: number, glyphs: Glyphs, tee?: { readonly at: number; readonly sign: "teeDown" | "teeUp" }): string {
  if (tee === undefined || tee.at >= columns) return glyphs.horizontal.repeat(columns);
  return glyphs.horizontal.repeat(tee.at) + glyphs[tee.sign] + glyphs.horizontal.repeat(columns - tee.at - 1);
}
