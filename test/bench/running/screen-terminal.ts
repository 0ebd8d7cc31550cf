import { type IPty, spawn } from "node-pty";
import type { BenchSetup } from "./bench-setup.ts";
import type { Command } from "./children.ts";
import { createFrameReader, type Frame, withEnd } from "./frame-reader.ts";

/** Cells. */
export type ScreenSize = { readonly columns: number; readonly rows: number };

/** What a screen has written so far. */
type ScreenTotals = { readonly frames: number; readonly bytes: number; readonly clears: number };

/** A pseudo-terminal with a screen in it, which is looked at frame by frame. */
export type ScreenTerminal = {
  readonly pid: number;
  /** when its program was started: of performance.now() */
  readonly startedAt: number;
  /** the rows as they are shown now: text and SGR sequences */
  readonly rows: () => readonly string[];
  readonly totals: () => ScreenTotals;
  readonly press: (keys: string) => void;
  /**
   * Waits for a frame that shows something; what is shown already counts.
   * @returns when the last byte of that frame was here: of performance.now()
   * @throws when it does not come in time, or the program ends
   */
  readonly shows: (what: (rows: readonly string[]) => boolean, about: string) => Promise<number>;
  /** Stops reading, as a terminal does whose window is held. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly end: () => Promise<void>;
};

const SHOWN_WITHIN_MS = 15_000;
const END_WITHIN_MS = 10_000;

/** Starts a program in a terminal of its own. */
export function openScreenTerminal(
  { children }: Pick<BenchSetup, "children">,
  { name, program, args, env, cwd }: Command,
  size: ScreenSize,
): ScreenTerminal {
  const rows: string[] = Array.from({ length: size.rows }, () => "");
  const waiting = new Set<(at: number) => void>();
  let frames = 0;
  let bytes = 0;
  let isOver = false;
  const reader = createFrameReader((frame: Frame) => {
    frames += 1;
    bytes += frame.bytes;
    for (const [row, end] of frame.rows) rows[row] = withEnd(rows[row] ?? "", end);
    const at = performance.now();
    for (const look of waiting) look(at);
  });

  const startedAt = performance.now();
  const pty: IPty = spawn(program, [...args], {
    cols: size.columns,
    rows: size.rows,
    cwd: cwd ?? process.cwd(),
    env: { ...env, TERM: "xterm-256color", LANG: "C.UTF-8" },
  });
  pty.onData(reader.feed);
  const ended = new Promise<void>((resolve) => {
    pty.onExit(() => {
      isOver = true;
      resolve();
    });
  });
  const forget = children.adopt(stop);

  async function stop(): Promise<void> {
    forget();
    if (isOver) return;
    pty.resume();
    pty.kill("SIGTERM");
    const timer = setTimeout(() => pty.kill("SIGKILL"), END_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }

  return {
    pid: pty.pid,
    startedAt,
    rows: () => rows,
    totals: () => ({ frames, bytes, clears: reader.clears() }),
    press: (keys) => pty.write(keys),
    shows: (what, about) =>
      new Promise((resolve, reject) => {
        const look = (at: number): void => {
          if (what(rows)) settle(() => resolve(at));
        };
        const timer = setTimeout(() => settle(() => reject(missing(`not shown within ${SHOWN_WITHIN_MS} ms`))), SHOWN_WITHIN_MS);
        const settle = (then: () => void): void => {
          waiting.delete(look);
          clearTimeout(timer);
          then();
        };
        const missing = (why: string): Error => new Error(`${name}: ${about}: ${why}\n${rows.map(plainOf).join("\n")}`);
        waiting.add(look);
        void ended.then(() => settle(() => reject(missing("the program has ended"))));
        look(performance.now());
      }),
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    end: stop,
  };
}

/** A row without its styles. */
export function plainOf(row: string): string {
  return row.replaceAll(/\u001b\[[\d;:]*m/g, "");
}
