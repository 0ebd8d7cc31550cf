import { constants, openSync, write } from "node:fs";
import { Writable } from "node:stream";
import { errorCodeOf } from "../../shared/errors.ts";

/** How long a terminal that takes nothing is left alone, milliseconds: a person who types ctrl-q does not notice it. */
const RETRY_MS = 10;

/**
 * A stream onto the terminal behind `fd` that never blocks the process. Node writes to terminals synchronously, so that a paused one
 * (ctrl-s, a stuck SSH session) would stop every delivery. This one opens the terminal a second time, non-blocking, which leaves the mode of
 * the descriptor that we share with the shell alone.
 * @returns undefined where the terminal cannot be opened again (no /proc, as on macOS, and no controlling terminal)
 */
export function openTerminalStream(fd: 1 | 2): Writable | undefined {
  const own = reopen(`/proc/self/fd/${fd}`) ?? reopen("/dev/tty");
  if (own === undefined) return undefined;

  function put(bytes: Buffer, offset: number, done: (error?: Error | null) => void): void {
    write(own as number, bytes, offset, bytes.length - offset, null, (error, written) => {
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
