import type { Writable } from "node:stream";

/** Writes lines to somebody who may have stopped reading. */
export type LineWriter = {
  /** `line` without its newline, at once, and what waits before it; dropped when the reader is too far behind */
  readonly write: (line: string) => void;
  /** As `write`, but the line may wait for company: for what comes thousands of times a second. */
  readonly writeSoon: (line: string) => void;
};

/** Bytes that may wait for a reader: some 10,000 lines, and nothing beside the 120 MB that an idle devhook may take. */
const BACKLOG_BYTES = 1024 * 1024;
/** Milliseconds that a line waits for company: nobody sees them, and a system call for each of many lines costs more than the lines. */
const SOON_MS = 20;
/** Characters of the lines that wait for company. */
const SOON_CHARACTERS = 65_536;

/**
 * A {@link LineWriter} on `stream`. While more than 1 MiB waits, further lines are dropped; once the reader has caught up, the line that
 * `notice` makes says how many.
 * @param notice the line (without newline) for `dropped` lines, 1 or more
 * @param limit bytes that may wait
 */
export function createLineWriter(stream: Writable, notice: (dropped: number) => string, limit: number = BACKLOG_BYTES): LineWriter {
  let dropped = 0;
  let gathered = "";
  let timer: NodeJS.Timeout | undefined;

  function sayDropped(): void {
    if (dropped === 0) return;
    const line = notice(dropped);
    dropped = 0;
    stream.write(`${line}\n`);
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered === "") return;
    const lines = gathered;
    gathered = "";
    stream.write(lines);
  }

  function writeSoon(line: string): void {
    if (stream.writableLength + gathered.length >= limit) {
      flush();
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
    gathered += `${line}\n`;
    if (gathered.length >= SOON_CHARACTERS) flush();
    else timer ??= setTimeout(flush, SOON_MS);
  }

  function write(line: string): void {
    writeSoon(line);
    flush();
  }

  return { write, writeSoon };
}
