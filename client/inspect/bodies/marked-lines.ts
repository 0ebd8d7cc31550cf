import type { BodyLine, BodyLines } from "./body-lines.ts";
import type { LineMarks, LineStart } from "./line-marks.ts";
import { LineWriter } from "./line-writer.ts";

/** How the lines of a text follow each other, and what each shows. */
export type LineReading = {
  readonly marks: LineMarks;
  /** Where the next line begins, undefined behind the last one. */
  readonly step: (start: LineStart) => LineStart | undefined;
  readonly write: (start: LineStart, writer: LineWriter) => void;
};

/** Marks all lines from the one on that begins at `first`. */
export function markAll(marks: LineMarks, step: LineReading["step"], first = 0): void {
  for (let start: LineStart | undefined = { at: first, depth: 0, until: 0 }; start !== undefined; start = step(start)) {
    marks.add(start.at, start.depth, start.until);
  }
}

/** Lines without folds, whose places are offsets in a text. */
export function markedLines(
  { marks, step, write }: LineReading,
  search: Pick<BodyLines, "places" | "find"> & Partial<Pick<BodyLines, "lineOf">>,
): BodyLines {
  return {
    lineOf(place) {
      const [first, mark] = marks.beforeOffset(place);
      let line = first;
      for (let next = step(mark); next !== undefined && next.at <= place; next = step(next)) line++;
      return line;
    },
    ...search,
    total: () => marks.total,
    lines(from, count, options) {
      const shown: BodyLine[] = [];
      const [first, mark] = marks.beforeLine(from);
      let start: LineStart | undefined = mark;
      for (let line = first; start !== undefined && line < Math.min(from + count, marks.total); line++) {
        if (line >= from) {
          const writer = new LineWriter(options);
          write(start, writer);
          shown.push(writer.line());
        }
        start = step(start);
      }
      return shown;
    },
  };
}
