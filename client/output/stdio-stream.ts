import { constants, fstatSync, openSync, write } from "node:fs";
import { Writable } from "node:stream";
import { isatty } from "node:tty";
import { errorCodeOf } from "../../shared/errors.ts";

/** How long a reader that takes nothing is left alone, milliseconds: a person who types ctrl-q does not notice it. */
const RETRY_MS = 10;

/**
 * A stream onto stdout or stderr that never blocks the process. Node writes to terminals, files and (on Linux) pipes synchronously, so that a paused
 * terminal or a reader that stands still would stop every delivery. This one opens terminal or pipe a second time, non-blocking, which leaves the mode
 * of the descriptor that we share with others alone; what gathers while a write is under way goes out in one call.
 * @returns undefined where that cannot be done (sockets; no /proc, as on macOS, and no controlling terminal)
 */
export function openStdioStream(fd: 1 | 2): Writable | undefined {
  const own = nonBlocking(fd);
  return own === undefined ? undefined : descriptorStream(own);
}

function nonBlocking(fd: 1 | 2): number | undefined {
  if (isatty(fd)) return reopen(`/proc/self/fd/${fd}`) ?? reopen("/dev/tty");
  try {
    const stat = fstatSync(fd);
    if (stat.isFIFO()) return reopen(`/proc/self/fd/${fd}`);
    // files and /dev/null take what they are given; a second descriptor would have a position of its own
    return stat.isFile() || stat.isCharacterDevice() ? fd : undefined;
  } catch {
    // closed (`>&-`): Node's own stream puts up with that
    return undefined;
  }
}

function descriptorStream(fd: number): Writable {
  function put(bytes: Buffer, offset: number, done: (error?: Error | null) => void): void {
    write(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error !== null && errorCodeOf(error) === "EAGAIN") setTimeout(put, RETRY_MS, bytes, offset, done);
      else if (error !== null) done(error);
      else if (offset + written < bytes.length) put(bytes, offset + written, done);
      else done();
    });
  }

  return new Writable({
    write: (chunk: Buffer, _encoding, done) => put(chunk, 0, done),
    writev: (chunks, done) => put(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), 0, done),
  });
}

function reopen(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}
