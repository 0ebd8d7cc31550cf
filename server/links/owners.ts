import type { Link } from "./link.ts";

/** milliseconds for which the loss of a client is remembered: longer than anybody waits for its return */
const DEPARTURES_KEPT_MS = 60_000;

/** Which link serves which tunnel: the newest, and none other (design: takeover). */
export class Owners {
  readonly #links = new Map<string, Link>();
  readonly #epochs = new Map<string, number>();
  /** monotonic milliseconds at which the last link of a tunnel went */
  readonly #leftAt = new Map<string, number>();
  readonly #arrivals = new Map<string, Set<() => void>>();

  /** links that are connected */
  get size(): number {
    return this.#links.size;
  }

  /** The link that takes new requests of `tunnel`, or undefined. */
  linkOf(tunnel: string): Link | undefined {
    const link = this.#links.get(tunnel);
    return link?.accepting === true ? link : undefined;
  }

  /** All links, whether they take new requests or not. */
  all(): readonly Link[] {
    return [...this.#links.values()];
  }

  /** The number of the next link of `tunnel`, from 1. */
  nextEpoch(tunnel: string): number {
    const epoch = (this.#epochs.get(tunnel) ?? 0) + 1;
    this.#epochs.set(tunnel, epoch);
    return epoch;
  }

  /** Makes `link` the tunnel's. @returns the link that it replaces */
  take(link: Link): Link | undefined {
    const { tunnel } = link.identity;
    const former = this.#links.get(tunnel);
    this.#links.set(tunnel, link);
    this.#leftAt.delete(tunnel);
    const waiting = this.#arrivals.get(tunnel);
    this.#arrivals.delete(tunnel);
    for (const arrived of waiting ?? []) arrived();
    return former;
  }

  /** Notes that `link` serves no more; one that said so is not waited for. @returns whether it was the tunnel's */
  leave(link: Link, now: number): boolean {
    const { tunnel } = link.identity;
    if (this.#links.get(tunnel) !== link) return false;
    this.#links.delete(tunnel);
    if (!link.left) this.#leftAt.set(tunnel, now);
    // in the order of departure: the long gone stand in front
    for (const [former, at] of this.#leftAt) {
      if (now - at < DEPARTURES_KEPT_MS) break;
      this.#leftAt.delete(former);
    }
    return true;
  }

  /** Monotonic milliseconds at which the tunnel lost its client; undefined when it has one, never had one, or lost it long ago. */
  leftAt(tunnel: string): number | undefined {
    return this.#leftAt.get(tunnel);
  }

  /** Calls `arrived` once when a client of `tunnel` connects. @returns ends the wait */
  onArrival(tunnel: string, arrived: () => void): () => void {
    let waiting = this.#arrivals.get(tunnel);
    if (waiting === undefined) this.#arrivals.set(tunnel, (waiting = new Set()));
    waiting.add(arrived);
    return () => {
      waiting.delete(arrived);
      if (waiting.size === 0 && this.#arrivals.get(tunnel) === waiting) this.#arrivals.delete(tunnel);
    };
  }
}
