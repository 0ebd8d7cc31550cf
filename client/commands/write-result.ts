import type { Writable } from "node:stream";

/** Writes a result and waits until the reader can take more, so that a large one does not pile up in memory. Rejects when the reader is gone. */
export function writeResult(stdout: Writable, chunk: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(chunk, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}
