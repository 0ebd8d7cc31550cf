/** Lines from one mark to the next: few enough to walk for each screen, many enough that marks are no burden (a tenth of a byte a line). */
const STRIDE = 128;

/** Where a line begins. */
export type LineStart = {
  /** offset in the text */
  readonly at: number;
  readonly depth: number;
  /** offset where the token ends that the line is in the middle of; 0 when it begins with a token */
  readonly until: number;
};

/** Remembers where every 128th line of a text begins; the lines between are found from there. */
export class LineMarks {
  readonly #marks: LineStart[] = [];
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Tells the next line. Its offset is not below that of the line before. */
  add(at: number, depth: number, until: number): void {
    if (this.#total % STRIDE === 0) this.#marks.push({ at, depth, until });
    this.#total++;
  }

  /** The last remembered line at or before number `line`. */
  beforeLine(line: number): readonly [number: number, start: LineStart] {
    return this.#mark(Math.min(Math.floor(line / STRIDE), this.#marks.length - 1));
  }

  /** The last remembered line that begins at or before an offset. */
  beforeOffset(at: number): readonly [number: number, start: LineStart] {
    let low = 0;
    let high = this.#marks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#marks[middle]?.at ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return this.#mark(low);
  }

  #mark(index: number): readonly [number: number, start: LineStart] {
    return [Math.max(index, 0) * STRIDE, this.#marks[index] ?? { at: 0, depth: 0, until: 0 }];
  }
}
