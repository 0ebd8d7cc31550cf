/** One update of the terminal, as client/terminal/frame-writer.ts writes it. */
export type Frame = {
  readonly bytes: number;
  /** what is new of some rows, from a cell on to the end of the row; both from 0 */
  readonly rows: ReadonlyMap<number, RowEnd>;
};

/** Text and SGR sequences from a cell on. */
export type RowEnd = { readonly cell: number; readonly text: string };

/** Reads what a screen writes; see {@link createFrameReader}. */
export type FrameReader = {
  readonly feed: (text: string) => void;
  /** how often the terminal was told to forget what it shows */
  readonly clears: () => number;
};

const BEGIN = "\u001b[?2026h";
const END = "\u001b[?2026l";
const CLEARS = /\u001b(?:\[[23]?J|c)/g;
const ROW = /\u001b\[(\d+);(\d+)H(?:\u001b\[K)?/;
const SGR_OR_LETTER = /\u001b\[[\d;:]*m|[^]/g;

/**
 * Finds the frames in a terminal's input by the marks around them, at a fraction of the cost of a terminal: a driver that takes CPU time from what it measures
 * measures itself.
 * @param onFrame is called when the last byte of a frame is there
 */
export function createFrameReader(onFrame: (frame: Frame) => void): FrameReader {
  let rest = "";
  let clears = 0;

  function count(text: string): void {
    clears += text.match(CLEARS)?.length ?? 0;
  }

  return {
    feed: (text) => {
      rest += text;
      for (;;) {
        const end = rest.indexOf(END);
        if (end === -1) return;
        const begin = rest.lastIndexOf(BEGIN, end);
        const whole = rest.slice(Math.max(0, begin), end + END.length);
        count(rest.slice(0, end));
        rest = rest.slice(end + END.length);
        if (begin !== -1) onFrame({ bytes: Buffer.byteLength(whole), rows: rowsOf(whole.slice(BEGIN.length, -END.length)) });
      }
    },
    clears: () => clears,
  };
}

function rowsOf(update: string): ReadonlyMap<number, RowEnd> {
  const parts = update.split(ROW);
  const rows = new Map<number, RowEnd>();
  // text before the first row, then two numbers and a text in turn
  for (let at = 1; at < parts.length; at += 3) {
    rows.set(Number(parts[at]) - 1, { cell: Number(parts[at + 1]) - 1, text: parts[at + 2] ?? "" });
  }
  return rows;
}

/** A row with another end. What stays of it takes a cell a letter: others are never left alone. */
export function withEnd(row: string, { cell, text }: RowEnd): string {
  let start = "";
  let cells = 0;
  for (const [piece] of row.matchAll(SGR_OR_LETTER)) {
    if (cells === cell) break;
    start += piece;
    if (piece.length === 1) cells += 1;
  }
  return start + text;
}
