import { safePieces } from "../sanitize.ts";
import type { BodyLine, LineOptions, Segment, SegmentStyle } from "./body-lines.ts";
import { addExtent, type Extent, shownByte, skipShown, TAB } from "./shown-units.ts";

/** Nesting that is shown by indentation. Deeper, lines would begin beyond the right edge. */
const MOST_INDENT = 40;
const NO_SEGMENTS: readonly Segment[] = [];

/**
 * Takes the parts of one line and keeps what is to be seen of it. All text of bodies goes through here: no control, no bidi and no invisible
 * character comes out. What lies to the right of the line costs nothing.
 */
export class LineWriter {
  readonly #segments: { text: string; readonly style: SegmentStyle }[] = [];
  #skip: number;
  #room: number;
  #isCut = false;
  #start: number;
  /** undefined: the line is to be shown, not measured */
  readonly #extent: Extent | undefined;
  readonly #isWhole: boolean;

  constructor({ width, skip = 0, wholeEnd = false, measured = false }: LineOptions) {
    this.#skip = skip;
    this.#start = skip;
    this.#room = width;
    this.#isWhole = wholeEnd;
    this.#extent = measured ? { units: 0, cells: 0, isFlat: true } : undefined;
  }

  /** Units from here on that can still be seen. */
  get reach(): number {
    if (this.#extent !== undefined) return Infinity;
    return this.#room <= 0 ? 0 : this.#skip + this.#room;
  }

  indent(depth: number): void {
    this.push("plain", "  ".repeat(Math.min(depth, MOST_INDENT)));
  }

  /** `text` from `from` up to `to`: offsets, so that nobody copies a megabyte to show its beginning. */
  push(style: SegmentStyle, text: string, from = 0, to: number = text.length): void {
    if (from >= to) return;
    if (this.#extent !== undefined) {
      addExtent(this.#extent, text, from, to);
      return;
    }
    if (this.#skip > 0) {
      const [at, left] = skipShown(text, from, to, this.#skip);
      this.#skip = left;
      this.#show(style, text, at, to);
    } else {
      this.#show(style, text, from, to);
    }
  }

  #show(style: SegmentStyle, text: string, from: number, to: number): void {
    if (from >= to) return;
    // nothing is shown shorter than it is written; the spare unit is the second half of a character at the edge
    const end = Math.min(to, from + this.#skip + Math.max(this.#room, 0) + 2);
    if (this.#room > 0) {
      for (const { text: shown, code } of safePieces(text.slice(from, end))) {
        if (code === undefined) this.#put(style, shown);
        else if (code === 0x09) this.#put(style, TAB);
        else this.#put("escape", shownByte(code) ?? shown);
      }
    } else {
      this.#isCut = true;
    }
    if (end < to) this.#isCut = true;
  }

  line(fold?: number): BodyLine {
    if (this.#extent !== undefined) return { segments: NO_SEGMENTS, isCut: false, extent: this.#extent };
    const line = { segments: this.#segments, isCut: this.#isCut, ...(this.#start > 0 && { start: this.#start }) };
    return fold === undefined ? line : { ...line, fold };
  }

  #put(style: SegmentStyle, text: string): void {
    if (this.#skip >= text.length) {
      this.#skip -= text.length;
      return;
    }
    const isWithin = isWithinCharacter(text, this.#skip);
    const from = isWithin ? this.#skip + 1 : this.#skip;
    if (isWithin) {
      this.#start++;
      if (this.#isWhole) this.#room--;
    }
    this.#skip = 0;
    let to = Math.min(text.length, from + this.#room);
    if (isWithinCharacter(text, to)) to += this.#isWhole ? 1 : -1;
    if (to < text.length) this.#isCut = true;
    // a character that does not fit whole ends the line: nothing narrower may take its place
    this.#room = to < text.length ? 0 : this.#room - (to - from);
    if (to <= from) return;
    const last = this.#segments.at(-1);
    if (last?.style === style) last.text += text.slice(from, to);
    else this.#segments.push({ text: text.slice(from, to), style });
  }
}

function isWithinCharacter(text: string, at: number): boolean {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
