import type { Extent } from "./shown-units.ts";

/** What a part of a line is, for those who colour it; `escape` stands in place of a character or byte that cannot be shown. */
export type SegmentStyle = "key" | "string" | "number" | "literal" | "punctuation" | "plain" | "dim" | "escape";

/** Text that is safe to print. */
export type Segment = { readonly text: string; readonly style: SegmentStyle };

export type BodyLine = {
  readonly segments: readonly Segment[];
  /** whether the line goes on to the right of what is shown */
  readonly isCut: boolean;
  /** the place of the object or array that begins on this line: put it into `folded` to fold it */
  readonly fold?: number;
  /** units of the line to the left of what is shown, where something is left out: one more than asked for when half of a character stood there */
  readonly start?: number;
  /** all of the line, in place of its segments, when it was to be measured */
  readonly extent?: Extent;
};

export type LineOptions = {
  /** most of a line, UTF-16 units of what is shown */
  readonly width: number;
  /** units on the left that are left out; 0 by default */
  readonly skip?: number;
  /** a character across the right edge is shown, so that windows side by side show each character once; else it is left out */
  readonly wholeEnd?: boolean;
  /** only measure the lines: `width` and `skip` do not count */
  readonly measured?: boolean;
  /** places of what is folded */
  readonly folded?: ReadonlySet<number>;
};

/** Where a searched text stands. */
export type BodyMatch = { readonly place: number; readonly length: number };

/**
 * A body as lines that are made when they are asked for. A place is a number that says where something stands; only the body that gave it
 * out knows what it counts.
 */
export interface BodyLines {
  /** no place is as high as this */
  readonly places: number;
  /** how many lines there are */
  readonly total: (folded?: ReadonlySet<number>) => number;
  /** `count` lines from number `from` on (the first is 0), or as many as there are. */
  readonly lines: (from: number, count: number, options: LineOptions) => readonly BodyLine[];
  /** The number of the line that shows a place. */
  readonly lineOf: (place: number, folded?: ReadonlySet<number>) => number;
  /** The first `most` matches at or behind the place `from`, without regard to upper and lower case. An empty needle matches nothing. */
  readonly find: (needle: string, from: number, most: number) => readonly BodyMatch[];
  /** The same body in shorter lines where its own are wider than this many columns; absent: it has only one form. Places stay what they are. */
  readonly within?: (columns: number) => BodyLines;
}

export const NOTHING_FOLDED: ReadonlySet<number> = new Set();
