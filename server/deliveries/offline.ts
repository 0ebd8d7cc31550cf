import type { Owners } from "../links/owners.ts";

/** milliseconds after the loss of a client in which its return is worth waiting for */
const RECENTLY_MS = 10_000;
/** milliseconds that a request waits for it */
const PARKED_MS = 5_000;
/** requests that may wait for one tunnel at once: their heads are in memory, their sockets unread */
const MAX_PARKED = 256;

/** Requests that wait for a client to come back. */
export class Parking {
  readonly #owners: Owners;
  readonly #monotonic: () => number;
  readonly #parked = new Map<string, number>();

  constructor(owners: Owners, monotonic: () => number) {
    this.#owners = owners;
    this.#monotonic = monotonic;
  }

  /**
   * Waits for a client of `tunnel`, if one was there a moment ago: `arrived` or `missed` is called once, `missed` at once when there is nothing to
   * wait for.
   * @returns ends the wait, because the sender has gone; neither is called then
   */
  wait(tunnel: string, arrived: () => void, missed: () => void): () => void {
    const leftAt = this.#owners.leftAt(tunnel);
    const parked = this.#parked.get(tunnel) ?? 0;
    if (leftAt === undefined || this.#monotonic() - leftAt > RECENTLY_MS || parked >= MAX_PARKED) {
      missed();
      return () => {};
    }
    this.#parked.set(tunnel, parked + 1);
    const stop = (): void => {
      clearTimeout(timer);
      ended();
      const left = (this.#parked.get(tunnel) ?? 1) - 1;
      if (left === 0) this.#parked.delete(tunnel);
      else this.#parked.set(tunnel, left);
    };
    const timer = setTimeout(() => {
      stop();
      missed();
    }, PARKED_MS);
    const ended = this.#owners.onArrival(tunnel, () => {
      stop();
      arrived();
    });
    return stop;
  }
}
