import { cellsOf } from "../../terminal/cut-line.ts";

/** What one place of a line says: all of it first, then shorter forms for less room; an empty form leaves it out. Styled texts. */
export type Forms = readonly string[];

/** Cells between two texts of the line. */
export const PIECE_GAP = 2;

/**
 * Chooses forms that fit into one line together, with {@link PIECE_GAP} between any two.
 * @param pieces as they stand in the line
 * @param order pieces in the order in which they give way; each mention makes one a form shorter, as far as it has one
 * @returns the form of each piece; when none can give way any more, together they may still be too wide
 */
export function shrinkToFit(pieces: readonly Forms[], order: readonly Forms[], cells: number): readonly string[] {
  const steps = new Map<Forms, number>();
  const chosen = (): readonly string[] => pieces.map((forms) => forms[Math.min(steps.get(forms) ?? 0, forms.length - 1)] ?? "");
  const fits = (): boolean => {
    const shown = chosen().filter((text) => text !== "");
    return shown.reduce((sum, text) => sum + cellsOf(text) + PIECE_GAP, -PIECE_GAP) <= cells;
  };
  for (const forms of order) {
    if (fits()) break;
    steps.set(forms, (steps.get(forms) ?? 0) + 1);
  }
  return chosen();
}
