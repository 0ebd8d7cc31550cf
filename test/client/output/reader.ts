import { Writable } from "node:stream";

/** A stream whose reader can stop: what it was given so far, and `resume`, which lets the rest through. */
export type Reader = {
  readonly stream: Writable;
  readonly text: () => string;
  readonly lines: () => readonly string[];
  readonly resume: () => void;
};

/** Takes everything at once, unless `stalled`: then nothing until `resume`. */
export function createReader({ stalled = false }: { readonly stalled?: boolean } = {}): Reader {
  let text = "";
  let held: (() => void) | undefined;
  let stopped = stalled;
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const take = (): void => {
        text += chunk.toString("utf8");
        done();
      };
      if (stopped) held = take;
      else take();
    },
  });
  return {
    stream,
    text: () => text,
    lines: () => text.split("\n").slice(0, -1),
    resume: () => {
      stopped = false;
      held?.();
      held = undefined;
    },
  };
}
