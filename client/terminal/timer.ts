/**
 * Calls back once after `ms` milliseconds. A parameter wherever keys or the terminal wait, so that tests own the time.
 * @returns takes it back; does nothing once it has called
 */
export type StartTimer = (callback: () => void, ms: number) => () => void;

/** The event loop's own timer. */
export const startTimer: StartTimer = (callback, ms) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};
