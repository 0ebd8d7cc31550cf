import type { PaneDocument } from "../model.ts";

/** Lines that are made when somebody looks at them: all of a document, or a part that others stand above and below. */
export type Part = Omit<PaneDocument, "title">;

/** Parts one below the other. */
export function joinParts(title: string, parts: readonly Part[]): PaneDocument {
  let count = 0;
  const floors = parts.map((part) => {
    const first = count;
    count += part.count;
    return { part, first };
  });
  return {
    title,
    count,
    lines(from, most) {
      const lines: string[] = [];
      for (const { part, first } of floors) {
        const left = most - lines.length;
        if (left <= 0) break;
        const start = Math.max(0, from - first);
        if (start < part.count) lines.push(...part.lines(start, Math.min(left, part.count - start)));
      }
      return lines;
    },
    foldOf(line) {
      const floor = floors.findLast(({ first }) => first <= line);
      return floor === undefined || line - floor.first >= floor.part.count ? undefined : floor.part.foldOf(line - floor.first);
    },
    find(needle, most) {
      const found: number[] = [];
      for (const { part, first } of floors) {
        if (found.length >= most) break;
        found.push(...part.find(needle, most - found.length).map((line) => line + first));
      }
      return found;
    },
  };
}
