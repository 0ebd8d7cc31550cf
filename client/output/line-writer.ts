import type { Writable } from "node:stream";

/** Writes lines to somebody who may have stopped reading. */
export type LineWriter = {
  /** `line` without its newline; dropped when the reader is too far behind */
  readonly write: (line: string) => void;
};

/** Bytes that may wait for a reader: some 10,000 lines, and nothing beside the 120 MB that an idle devhook may take. */
const BACKLOG_BYTES = 1024 * 1024;

/**
 * A {@link LineWriter} on `stream`. While more than 1 MiB waits, further lines are dropped; once the reader has caught up, the line that
 * `notice` makes says how many.
 * @param notice the line (without newline) for `dropped` lines, 1 or more
 * @param limit bytes that may wait
 */
export function createLineWriter(stream: Writable, notice: (dropped: number) => string, limit: number = BACKLOG_BYTES): LineWriter {
  let dropped = 0;

  function sayDropped(): void {
    if (dropped === 0) return;
    const line = notice(dropped);
    dropped = 0;
    stream.write(`${line}\n`);
  }

  function write(line: string): void {
    if (stream.writableLength >= limit) {
      // the stream is above its own mark, so a drain follows once it is read again
      if (dropped === 0) stream.once("drain", sayDropped);
      dropped += 1;
      return;
    }
    if (dropped > 0) {
      // what was dropped stood before this line
      stream.off("drain", sayDropped);
      sayDropped();
    }
    stream.write(`${line}\n`);
  }

  return { write };
}
