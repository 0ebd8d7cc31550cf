import type { JournalLimits } from "./limits.ts";
import type { TunnelFigures } from "./messages.ts";

/** A limit that would be passed. */
export type QuotaRefusal = "tunnel-deliveries" | "tunnel-bytes" | "relay-bytes" | "overloaded";

/** What is held, and what is on its way to the disk: both count, so that no limit is passed by requests that wait. */
export type Quota = {
  /** Takes room for one delivery, until `settle`. @returns why there is none, and takes nothing then */
  readonly reserve: (tunnel: string, bytes: number) => QuotaRefusal | undefined;
  /** What was reserved is on disk, and then among the figures, or will never be. */
  readonly settle: (tunnel: string, bytes: number) => void;
  /** Takes over what is on disk for these tunnels; with `all`, nothing for any other. */
  readonly update: (figures: readonly TunnelFigures[], all: boolean) => void;
  /** on disk for a tunnel */
  readonly of: (tunnel: string) => TunnelFigures;
  /** on disk for all of them */
  readonly sum: () => { readonly tunnels: number; readonly count: number; readonly bytes: number };
};

type Amount = { count: number; bytes: number };

type QuotaLimits = Pick<JournalLimits, "tunnelDeliveries" | "tunnelBytes" | "totalBytes" | "waitingBytes">;

/** @returns a {@link Quota} of which nothing is taken */
export function createQuota(limits: QuotaLimits): Quota {
  const stored = new Map<string, TunnelFigures>();
  const storedSum: Amount = { count: 0, bytes: 0 };
  const waiting = new Map<string, Amount>();
  let waitingBytes = 0;

  function of(tunnel: string): TunnelFigures {
    return stored.get(tunnel) ?? { tunnel, count: 0, bytes: 0, oldestAt: undefined };
  }

  function reserve(tunnel: string, bytes: number): QuotaRefusal | undefined {
    const { count: storedCount, bytes: storedBytes } = of(tunnel);
    const own = waiting.get(tunnel) ?? { count: 0, bytes: 0 };
    if (storedCount + own.count + 1 > limits.tunnelDeliveries) return "tunnel-deliveries";
    if (storedBytes + own.bytes + bytes > limits.tunnelBytes) return "tunnel-bytes";
    if (storedSum.bytes + waitingBytes + bytes > limits.totalBytes) return "relay-bytes";
    if (waitingBytes + bytes > limits.waitingBytes) return "overloaded";
    own.count += 1;
    own.bytes += bytes;
    waitingBytes += bytes;
    waiting.set(tunnel, own);
    return undefined;
  }

  function settle(tunnel: string, bytes: number): void {
    const own = waiting.get(tunnel);
    if (own === undefined) return;
    own.count -= 1;
    own.bytes -= bytes;
    waitingBytes -= bytes;
    if (own.count === 0) waiting.delete(tunnel);
  }

  function set(figures: TunnelFigures): void {
    const before = of(figures.tunnel);
    storedSum.count += figures.count - before.count;
    storedSum.bytes += figures.bytes - before.bytes;
    if (figures.count === 0) stored.delete(figures.tunnel);
    else stored.set(figures.tunnel, figures);
  }

  function update(figures: readonly TunnelFigures[], all: boolean): void {
    if (all) {
      stored.clear();
      storedSum.count = 0;
      storedSum.bytes = 0;
    }
    for (const one of figures) set(one);
  }

  return { reserve, settle, update, of, sum: () => ({ tunnels: stored.size, ...storedSum }) };
}
