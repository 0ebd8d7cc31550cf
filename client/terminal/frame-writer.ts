import type { Writable } from "node:stream";
import { clipLine, isPlain } from "./cut-line.ts";

/** Of a terminal, in cells. */
export type TerminalSize = { readonly columns: number; readonly rows: number };

/** Paints whole frames; see {@link createFrameWriter}. */
export type FrameWriter = {
  /** Shows a frame: one line of text and SGR sequences for each row. Rows without a line are empty, lines without a row are not shown. */
  readonly paint: (lines: readonly string[]) => void;
  /** Clears the screen and paints the newest frame whole: nobody knows any more what the terminal shows. */
  readonly repaint: () => void;
  /**
   * Begins no more frames; the newest is kept.
   * @returns resolves when the frame in flight, if there is one, has left
   */
  readonly hold: () => Promise<void>;
  /** Goes on after {@link FrameWriter.hold}, with a repaint. A writer begins on hold. */
  readonly release: () => void;
};

/** Terminals that know mode 2026 show what is in between at once; others ignore it. */
const BEGIN_UPDATE = "\u001b[?2026h";
const END_UPDATE = "\u001b[?2026l";
const CLEAR = "\u001b[0m\u001b[2J";

/**
 * Paints frames onto a terminal and never waits for it: one write is in flight at a time, and of the frames that come meanwhile only the newest
 * counts. Only rows that have changed are written, by absolute addresses, and of them what comes after an unchanged beginning. Lines are clipped to the terminal; its last cell stays empty, because
 * writing there makes some consoles scroll.
 * @param output takes a frame in one write and calls back once it has left, as a stream from stdio-stream.ts does (parts and EAGAIN are its matter).
 *   After an error nothing is painted any more; whoever owns the stream hears of it.
 * @param size as it is now; when it has changed, the next frame clears the screen
 */
export function createFrameWriter(output: Writable, size: () => TerminalSize): FrameWriter {
  let newest: readonly string[] | undefined;
  /** what the terminal shows once the write in flight is through; undefined: unknown */
  let shown: { readonly lines: readonly string[]; readonly size: TerminalSize } | undefined;
  let onHold = true;
  let isWriting = false;
  let isBroken = false;
  const waiting: (() => void)[] = [];

  function flush(): void {
    if (onHold || isWriting || isBroken || newest === undefined) return;
    const now = size();
    const isSameSize = shown?.size.columns === now.columns && shown.size.rows === now.rows;
    const update = difference(newest, isSameSize ? shown?.lines : undefined, now);
    shown = { lines: newest, size: { columns: now.columns, rows: now.rows } };
    if (update === "") return;
    isWriting = true;
    output.write(BEGIN_UPDATE + update + END_UPDATE, (error) => {
      isWriting = false;
      isBroken ||= error !== null && error !== undefined;
      for (const resolve of waiting.splice(0)) resolve();
      flush();
    });
  }

  return {
    paint: (lines) => {
      newest = lines;
      flush();
    },
    repaint: () => {
      shown = undefined;
      flush();
    },
    hold: () => {
      onHold = true;
      return isWriting ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve();
    },
    release: () => {
      onHold = false;
      shown = undefined;
      flush();
    },
  };
}

/** What makes a terminal that shows `before` (undefined: anything) show `lines`. */
function difference(lines: readonly string[], before: readonly string[] | undefined, { columns, rows }: TerminalSize): string {
  let update = before === undefined ? CLEAR : "";
  for (let row = 0; row < rows; row++) {
    const line = lines[row] ?? "";
    if (line === (before === undefined ? "" : (before[row] ?? ""))) continue;
    const same = before === undefined ? NOTHING : unchangedStart(line, before[row] ?? "");
    // erased first: behind a full line the cursor still stands on its last cell
    const erase = before === undefined ? "" : "\u001b[K";
    const cells = (row === rows - 1 ? columns - 1 : columns) - same.cells;
    // beyond the terminal only: nothing of it is seen
    if (cells <= 0) continue;
    update += `\u001b[${row + 1};${same.cells + 1}H${erase}${clipLine(line.slice(same.end), cells)}`;
  }
  return update;
}

/** The beginning of a line: where it ends in the text, and its cells. */
type Start = { readonly end: number; readonly cells: number };

const NOTHING: Start = { end: 0, cells: 0 };
const SGR = /\u001b\[([\d;:]*)m/y;
/** SGR numbers that begin a style of ours, and the one that ends it. */
const ENDS: readonly (readonly [from: number, to: number, end: number])[] = [
  [1, 2, 22],
  [3, 3, 23],
  [4, 4, 24],
  [7, 7, 27],
  [9, 9, 29],
  [30, 37, 39],
  [40, 47, 49],
  [90, 97, 39],
  [100, 107, 49],
];

/**
 * What two lines have in common at their beginning, as far as it takes a cell a letter, with no style open at its end. The last letter of it is not counted: what
 * follows may belong to it.
 */
function unchangedStart(line: string, before: string): Start {
  const open = new Set<number>();
  let start = NOTHING;
  let cells = 0;
  for (let end = 0; end < line.length && line[end] === before[end];) {
    if (isPlain(line.charAt(end))) {
      if (open.size === 0) start = { end, cells };
      end += 1;
      cells += 1;
      continue;
    }
    SGR.lastIndex = end;
    const [sequence = "", numbers = ""] = SGR.exec(line) ?? [];
    if (sequence === "" || !before.startsWith(sequence, end) || !takeIn(open, numbers)) break;
    end += sequence.length;
  }
  return start;
}

/** Takes a sequence in: which numbers would end what is open. @returns false for a style that is none of ours */
function takeIn(open: Set<number>, numbers: string): boolean {
  for (const each of numbers.split(";").map(Number)) {
    const end = ENDS.find(([from, to]) => each >= from && each <= to)?.[2];
    if (end !== undefined) open.add(end);
    else if (each === 0) open.clear();
    else if (!open.delete(each)) return false;
  }
  return true;
}
