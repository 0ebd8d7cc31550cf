import type { Row, TunnelView } from "../tui/model.ts";

/** Counts deliveries by time; see {@link createPace}. */
export type Pace = {
  /** Counts those that were not counted before. @param now milliseconds since 1970 */
  readonly add: (rows: readonly Pick<Row, "seq" | "receivedAt">[], now: number) => void;
  readonly view: (now: number) => TunnelView["pace"];
};

/** Length of a slot, milliseconds: twenty of them are five minutes, which is as far as one remembers what one was doing. */
const SLOT_MS = 15_000;
const SLOTS = 20;
const MINUTE_MS = 60_000;

/** How many deliveries came when, over the last minutes. */
export function createPace(): Pace {
  const slots = new Map<number, number>();
  let counted = 0;

  function forget(now: number): void {
    const oldest = Math.floor(now / SLOT_MS) - SLOTS;
    for (const slot of slots.keys()) if (slot <= oldest) slots.delete(slot);
  }

  return {
    add: (rows, now) => {
      let newest = counted;
      for (const { seq, receivedAt } of rows) {
        newest = Math.max(newest, seq);
        const slot = Math.floor(receivedAt / SLOT_MS);
        if (seq > counted) slots.set(slot, (slots.get(slot) ?? 0) + 1);
      }
      counted = newest;
      forget(now);
    },
    view: (now) => {
      forget(now);
      const last = Math.floor(now / SLOT_MS);
      const counts = Array.from({ length: SLOTS }, (_, at) => slots.get(last - SLOTS + 1 + at) ?? 0);
      const perMinute = counts.slice(-Math.round(MINUTE_MS / SLOT_MS)).reduce((sum, each) => sum + each, 0);
      return { slots: counts, perMinute };
    },
  };
}
