/** The only place that reads the time. Everything that depends on time takes a {@link Clock}, so that tests own it. */
export type Clock = {
  /** wall clock, milliseconds since 1970 (UTC); may jump */
  readonly now: () => number;
  /** milliseconds since an arbitrary start; never goes back, stands for durations and deadlines */
  readonly monotonic: () => number;
};

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
