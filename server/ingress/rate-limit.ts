/** requests that may come at once however low the rate is: a page of webhooks after a pause is no flood */
const LEAST_BURST = 10;
/** keys remembered at once: a flood from more addresses than this is nothing that a limit for one address could stop */
const MAX_KEYS = 100_000;

/** What is left of a key's burst. */
type Bucket = { tokens: number; at: number };

/**
 * A token bucket for each key: so many requests a second, and a burst of one second's worth. Memory is bounded: a bucket that has had time to fill up says
 * nothing that a new one would not, and is forgotten.
 */
export class RateLimit {
  readonly #rate: number;
  readonly #burst: number;
  readonly #monotonic: () => number;
  /** buckets are looked at in two generations: what was not used while the younger one grew up is full again */
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();
  #bornAt: number;

  /**
   * @param rate requests a second
   * @param monotonic milliseconds
   */
  constructor(rate: number, monotonic: () => number) {
    this.#rate = rate;
    this.#burst = Math.max(LEAST_BURST, rate);
    this.#monotonic = monotonic;
    this.#bornAt = monotonic();
  }

  /** keys that are remembered */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Counts one request of `key`. @returns 0 when it may pass, else whole seconds after which the next one will */
  take(key: string): number {
    const now = this.#monotonic();
    this.#forget(now);
    const bucket = this.#young.get(key) ?? this.#old.get(key) ?? { tokens: this.#burst, at: now };
    this.#old.delete(key);
    this.#young.set(key, bucket);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) * this.#rate) / 1_000);
    bucket.at = now;
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / this.#rate));
    bucket.tokens -= 1;
    return 0;
  }

  #forget(now: number): void {
    const age = now - this.#bornAt;
    const fillsWithin = (this.#burst / this.#rate) * 1_000;
    if (age < fillsWithin && this.#young.size < MAX_KEYS) return;
    this.#old = age < fillsWithin * 2 ? this.#young : new Map<string, Bucket>();
    this.#young = new Map();
    this.#bornAt = now;
  }
}
