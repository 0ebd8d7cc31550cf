import type { StartTimer } from "../../../client/terminal/timer.ts";

/** Timers that end when a test says so. */
export function createManualTimer(): {
  readonly startTimer: StartTimer;
  readonly waits: () => readonly number[];
  readonly fire: () => void;
} {
  let running: { readonly callback: () => void; readonly ms: number }[] = [];
  return {
    startTimer: (callback, ms) => {
      const timer = { callback, ms };
      running.push(timer);
      return () => {
        running = running.filter((each) => each !== timer);
      };
    },
    /** milliseconds of those that run */
    waits: () => running.map(({ ms }) => ms),
    /** ends all of them now */
    fire: () => {
      for (const { callback } of running.splice(0)) callback();
    },
  };
}
