import { BODY_WINDOW_BYTES, BODY_WINDOW_MS } from "./limits.ts";

/** A body that is being read. The reader counts; the watch looks. */
export type WatchedBody = {
  /** bytes of the current window */
  windowBytes: number;
  /** windows are only counted while we do read: backpressure of ours is no fault of the sender */
  paused: boolean;
  /** monotonic milliseconds */
  windowBegan: number;
  /** what happens when the body is not whole in time; undefined for one that may take as long as it keeps coming */
  deadline: { readonly at: number; readonly passed: () => void } | undefined;
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

  /** Watches a body from now on. */
  watch(tooSlow: () => void): WatchedBody {
    const body: WatchedBody = { windowBytes: 0, paused: false, windowBegan: this.#monotonic(), deadline: undefined, tooSlow };
    this.#bodies.add(body);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return body;
  }

  /** Calls `passed` once when the body is still being read `milliseconds` from now. */
  limit(body: WatchedBody, milliseconds: number, passed: () => void): void {
    body.deadline = { at: this.#monotonic() + milliseconds, passed };
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
      if (body.deadline !== undefined && now >= body.deadline.at) {
        const { passed } = body.deadline;
        body.deadline = undefined;
        passed();
      }
      if (body.paused) {
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
