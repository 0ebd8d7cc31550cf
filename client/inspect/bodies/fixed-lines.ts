import type { BodyLines, Segment } from "./body-lines.ts";
import { findText } from "./find-text.ts";
import { LineWriter } from "./line-writer.ts";

/** A few lines that are known beforehand: titles, facts. */
export function fixedLines(rows: readonly (readonly Segment[])[]): BodyLines {
  const texts = rows.map((row) => row.map(({ text }) => text).join(""));
  const text = texts.join("\n");
  return {
    places: text.length + 1,
    total: () => rows.length,
    lines: (from, count, options) =>
      rows.slice(from, from + count).map((row) => {
        const writer = new LineWriter(options);
        for (const segment of row) writer.push(segment.style, segment.text);
        return writer.line();
      }),
    lineOf(place) {
      let end = 0;
      const line = texts.findIndex((each) => (end += each.length + 1) > place);
      return line === -1 ? Math.max(rows.length - 1, 0) : line;
    },
    find: findText(() => text),
  };
}
