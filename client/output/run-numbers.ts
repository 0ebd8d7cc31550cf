import type { DeliveryEvent } from "./events.ts";

/** A delivery as lines name it: `#0127`, and what is known about it. */
export type Numbered = {
  readonly number: string;
  readonly delivery?: DeliveryEvent;
};

/** Numbers the deliveries of one run. */
export type RunNumbers = {
  readonly add: (delivery: DeliveryEvent) => Numbered;
  /** the delivery with this id; one that this run has not seen gets the next number */
  readonly find: (id: string) => Numbered;
  /** the number of a delivery of this run, undefined for any other */
  readonly numberOf: (id: string) => string | undefined;
  /** what has been found out about a delivery since it was added */
  readonly update: (id: string, known: Partial<DeliveryEvent>) => Numbered;
};

/** Deliveries kept for the lines of their later attempts: at some 300 bytes each, 3 MB. */
const KEPT = 10_000;

export function createRunNumbers(): RunNumbers {
  const kept = new Map<string, Numbered>();
  let last = 0;

  function keep(id: string, delivery?: DeliveryEvent): Numbered {
    last += 1;
    const number = `#${String(last).padStart(4, "0")}`;
    const numbered = delivery === undefined ? { number } : { number, delivery };
    kept.set(id, numbered);
    if (kept.size > KEPT) {
      const oldest = kept.keys().next();
      if (oldest.done !== true) kept.delete(oldest.value);
    }
    return numbered;
  }

  return {
    add: (delivery) => keep(delivery.id, delivery),
    find: (id) => kept.get(id) ?? keep(id),
    numberOf: (id) => kept.get(id)?.number,
    update: (id, known) => {
      const before = kept.get(id) ?? keep(id);
      if (before.delivery === undefined) return before;
      const updated = { ...before, delivery: { ...before.delivery, ...known } };
      kept.set(id, updated);
      return updated;
    },
  };
}
