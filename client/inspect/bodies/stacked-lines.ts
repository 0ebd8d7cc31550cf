import type { BodyLine, BodyLines, BodyMatch } from "./body-lines.ts";
import { NOTHING_FOLDED } from "./body-lines.ts";

/** Bodies one below the other, as the parts of a multipart body. Places count on from one to the next. */
export function stackedLines(blocks: readonly BodyLines[]): BodyLines {
  let places = 0;
  const floors = blocks.map((block) => {
    const base = places;
    places += block.places;
    return { block, base };
  });

  /** what is folded, block by block */
  function foldsOf(folded: ReadonlySet<number>): readonly ReadonlySet<number>[] {
    if (folded.size === 0) return blocks.map(() => NOTHING_FOLDED);
    const all = [...folded];
    return floors.map(
      ({ block, base }) => new Set(all.filter((place) => place >= base && place < base + block.places).map((p) => p - base)),
    );
  }

  function floorOf(place: number): number {
    return Math.max(
      floors.findLastIndex(({ base }) => base <= place),
      0,
    );
  }

  return {
    places,
    total(folded = NOTHING_FOLDED) {
      const folds = foldsOf(folded);
      return blocks.reduce((sum, block, index) => sum + block.total(folds[index]), 0);
    },
    lines(from, count, options) {
      const folds = foldsOf(options.folded ?? NOTHING_FOLDED);
      const shown: BodyLine[] = [];
      let first = 0;
      for (const [index, { block, base }] of floors.entries()) {
        const own = { ...options, folded: folds[index] ?? NOTHING_FOLDED };
        const total = block.total(own.folded);
        const start = Math.max(from - first, 0);
        const left = count - shown.length;
        if (left <= 0) break;
        if (start < total) {
          const lines = block.lines(start, left, own);
          shown.push(...lines.map((line) => (line.fold === undefined ? line : { ...line, fold: line.fold + base })));
        }
        first += total;
      }
      return shown;
    },
    lineOf(place, folded = NOTHING_FOLDED) {
      const folds = foldsOf(folded);
      const floor = floorOf(place);
      const above = floors.slice(0, floor).reduce((sum, { block }, index) => sum + block.total(folds[index]), 0);
      const own = floors[floor];
      return own === undefined ? 0 : above + own.block.lineOf(place - own.base, folds[floor]);
    },
    find(needle, from, most) {
      const matches: BodyMatch[] = [];
      for (const { block, base } of floors.slice(floorOf(from))) {
        if (matches.length >= most) break;
        const own = block.find(needle, Math.max(from - base, 0), most - matches.length);
        matches.push(...own.map(({ place, length }) => ({ place: place + base, length })));
      }
      return matches;
    },
    within: (columns) => stackedLines(blocks.map((block) => block.within?.(columns) ?? block)),
  };
}
