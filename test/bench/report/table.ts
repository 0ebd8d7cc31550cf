/** Columns under their headings: the first and every other text to the left, figures to the right. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows];
  const widths = heading.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? "").length)));
  const right = heading.map((_, at) => rows.every((row) => /^[-\d. x]*$/.test(row[at] ?? "")));
  return lines
    .map((line) =>
      `  ${line.map((cell, at) => (right[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join("  ")}`.trimEnd(),
    )
    .join("\n");
}
