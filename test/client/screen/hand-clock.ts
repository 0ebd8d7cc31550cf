import type { StartTimer } from "../../../client/terminal/timer.ts";
import type { Clock } from "../../../shared/clock.ts";

/** Time that goes on when a test says so. */
export type HandClock = {
  readonly clock: Clock;
  readonly startTimer: StartTimer;
  /** Goes on by `ms` milliseconds: timers call back in their order, those that they start too. */
  readonly pass: (ms: number) => void;
  /** milliseconds of the timers that run */
  readonly waits: () => readonly number[];
};

/** A clock that stands at `start`, milliseconds since 1970. */
export function createHandClock(start: number = Date.now()): HandClock {
  let now = 0;
  let running: { readonly callback: () => void; readonly at: number }[] = [];
  return {
    clock: { now: () => start + now, monotonic: () => now },
    startTimer: (callback, ms) => {
      const timer = { callback, at: now + ms };
      running.push(timer);
      return () => {
        running = running.filter((each) => each !== timer);
      };
    },
    pass: (ms) => {
      const end = now + ms;
      for (;;) {
        const next = running.toSorted((a, b) => a.at - b.at).find(({ at }) => at <= end);
        if (next === undefined) break;
        running = running.filter((each) => each !== next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
    waits: () => running.map(({ at }) => at - now),
  };
}
