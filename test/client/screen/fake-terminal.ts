import { PassThrough, Writable } from "node:stream";
import type { TerminalDoors } from "../../../client/terminal/terminal-session.ts";
import type { StartTimer } from "../../../client/terminal/timer.ts";

/** A terminal that a test plays. */
export type FakeTerminal = {
  readonly doors: TerminalDoors;
  /** types something */
  readonly type: (text: string) => void;
  readonly resize: () => void;
  /** what has been written to it */
  readonly written: () => string;
  /** whether it takes keys one by one */
  readonly isRaw: () => boolean;
};

/** A terminal whose process is told to stop, and goes on at once. */
export function createFakeTerminal(startTimer: StartTimer): FakeTerminal {
  let written = "";
  let isRaw = false;
  const resizes = new Set<() => void>();
  const input = Object.assign(new PassThrough(), {
    setRawMode: (on: boolean) => {
      isRaw = on;
    },
  });
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString();
      done();
    },
  });
  const never = () => () => undefined;
  return {
    doors: {
      input,
      output,
      writeNow: (text) => {
        written += text;
      },
      onResize: (listener) => {
        resizes.add(listener);
        return () => void resizes.delete(listener);
      },
      onStopRequest: never,
      onContinue: never,
      onExit: never,
      stop: () => {
        written += "[stopped]";
      },
      startTimer,
    },
    type: (text) => input.write(text),
    resize: () => {
      for (const listener of resizes) listener();
    },
    written: () => written,
    isRaw: () => isRaw,
  };
}
