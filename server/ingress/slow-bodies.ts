import { BODY_WINDOW_BYTES, BODY_WINDOW_MS } from "./limits.ts";

/** A body that is being read. The reader counts; the watch looks. */
export type WatchedBody = {
  /** bytes of the current window */
  windowBytes: number;
  /** windows are only counted while we do read: backpressure of ours is no fault of the sender */
  paused: boolean;
  /** monotonic milliseconds */
  windowBegan: number;
  /** monotonic milliseconds at which it must be whole; undefined for one that holds no memory */
  wholeBy: number | undefined;
  readonly tooSlow: () => void;
};

/** milliseconds between two looks */
const LOOK_MS = 1_000;

/** Finds senders whose bodies come in too slowly (limits.ts): one timer for all of them, which runs only while there are some. */
export class SlowBodies {
  readonly #monotonic: () => number;
  readonly #bodies = new Set<WatchedBody>();
  #timer: NodeJS.Timeout | undefined;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Watches a body from now on. @param withinMs milliseconds that it may take in all, undefined for as long as it keeps coming */
  watch(tooSlow: () => void, withinMs: number | undefined): WatchedBody {
    const now = this.#monotonic();
    const wholeBy = withinMs === undefined ? undefined : now + withinMs;
    const body: WatchedBody = { windowBytes: 0, paused: false, windowBegan: now, wholeBy, tooSlow };
    this.#bodies.add(body);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return body;
  }

  /** The body is whole, or given up. */
  done(body: WatchedBody): void {
    this.#bodies.delete(body);
  }

  #look(): void {
    if (this.#bodies.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = this.#monotonic();
    for (const body of this.#bodies) {
      if (body.wholeBy !== undefined && now >= body.wholeBy) {
        this.#bodies.delete(body);
        body.tooSlow();
      } else if (body.paused) {
        body.windowBegan = now;
        body.windowBytes = 0;
      } else if (now - body.windowBegan >= BODY_WINDOW_MS) {
        if (body.windowBytes < BODY_WINDOW_BYTES) {
          this.#bodies.delete(body);
          body.tooSlow();
        }
        body.windowBegan = now;
        body.windowBytes = 0;
      }
    }
  }
}
