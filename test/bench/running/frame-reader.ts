/** One update of the terminal, as client/terminal/frame-writer.ts writes it. */
export type Frame = {
  readonly bytes: number;
  /** new text of some rows, from 0; text and SGR sequences */
  readonly rows: ReadonlyMap<number, string>;
};

/** Reads what a screen writes; see {@link createFrameReader}. */
export type FrameReader = {
  readonly feed: (text: string) => void;
  /** how often the terminal was told to forget what it shows */
  readonly clears: () => number;
};

const BEGIN = "\u001b[?2026h";
const END = "\u001b[?2026l";
const CLEARS = /\u001b(?:\[[23]?J|c)/g;
const ROW = /\u001b\[(\d+);1H(?:\u001b\[K)?/;

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

function rowsOf(update: string): ReadonlyMap<number, string> {
  const parts = update.split(ROW);
  const rows = new Map<number, string>();
  // text before the first row, then number and text in turn
  for (let at = 1; at < parts.length; at += 2) rows.set(Number(parts[at]) - 1, parts[at + 1] ?? "");
  return rows;
}
