import { cellsOf, clipLine, fitLine } from "../../terminal/cut-line.ts";

/** Cells between what stands at the left and what stands at the right. */
const GAP = 2;

/**
 * A line of two styled texts, one at each end, with a cell of margin on both sides: consoles of Windows scroll when the last cell of the last row is
 * written. Where both do not fit, the left one is clipped.
 */
export function spreadLine(left: string, right: string, columns: number): string {
  if (columns < 3) return " ".repeat(columns);
  const end = clipLine(right, columns - 2);
  const room = columns - 2 - cellsOf(end) - (end === "" ? 0 : GAP);
  if (room < 1) return ` ${fitLine(end, columns - 2)} `;
  return ` ${fitLine(left, room)}${end === "" ? "" : " ".repeat(GAP) + end} `;
}
