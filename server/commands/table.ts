/** Blanks between two columns. */
const GAP = "  ";

/** Lines of aligned columns, the heading first, each ended by a newline and without blanks before it. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => (row[column] ?? "").padEnd(width))
      .join(GAP)
      .trimEnd();
  return all.map((row) => `${line(row)}\n`).join("");
}
