/** Milliseconds that each further try may wait at most: at once, then soon, then every few seconds, for ever. */
const LADDER_MS = [0, 100, 1_000, 5_000] as const;
/** milliseconds that a relay may make us wait; beyond 2^31 a timer would fire at once */
const MAX_WISH_MS = 3_600_000;
/** milliseconds that a link must have lasted for its loss to count as the first again */
const STABLE_MS = 10_000;

/**
 * How long to wait before each dial: a ladder with full jitter, so that a thousand clients do not come back to a restarted relay in step. It begins
 * again only after a link that has lasted, or a relay that admits and drops would be hammered.
 */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** @param random numbers from 0 to below 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** tries since the last link that lasted */
  get failures(): number {
    return this.#failures;
  }

  /**
   * The wait before the next dial, in milliseconds.
   * @param atLeastMs what the relay asked for
   */
  next(atLeastMs = 0): number {
    const cap = LADDER_MS[Math.min(this.#failures, LADDER_MS.length - 1)] ?? 0;
    this.#failures += 1;
    const wish = Math.min(atLeastMs, MAX_WISH_MS);
    // a relay's wish is jittered upwards, it names the earliest moment; it lengthens the wait, or a relay could have itself hammered
    return wish + Math.max(cap, wish) * this.#random();
  }

  /** Says that a link ended after `lastedMs`. */
  linkEnded(lastedMs: number): void {
    if (lastedMs >= STABLE_MS) this.#failures = 0;
  }
}
