import { createHash } from "node:crypto";
import type { Duplicate } from "./delivery-facts.ts";

/** The events that have been seen, by provider and event id. */
export type Duplicates = {
  /** Notes an event of an earlier run; its body is asked for when it is needed. */
  readonly recall: (event: SeenEvent & { readonly body: () => Buffer | undefined }) => void;
  /**
   * Notes a delivery's event, unless its signature is wrong: a forged one must not be what the genuine one repeats.
   * @returns the first delivery that had it, when there was one
   */
  readonly note: (event: SeenEvent & { readonly bodyHash: string | undefined; readonly forged?: boolean }) => Duplicate | null;
};

type SeenEvent = { readonly provider: string; readonly eventId: string; readonly delivery: string };
type First = { readonly delivery: string; bodyHash: string | undefined; readonly body?: () => Buffer | undefined };

/** Events remembered; a platform repeats an event for days at most, and each takes some 200 bytes. */
const KEPT = 20_000;

/** Remembers the newest 20,000 events. A repeated one stays with its first delivery, so that a chain of repeats has one beginning. */
export function createDuplicates(): Duplicates {
  const seen = new Map<string, First>();

  function keep(key: string, first: First): void {
    seen.set(key, first);
    if (seen.size <= KEPT) return;
    const oldest = seen.keys().next();
    if (oldest.done !== true) seen.delete(oldest.value);
  }

  return {
    recall: ({ provider, eventId, delivery, body }) => {
      const key = keyOf(provider, eventId);
      if (!seen.has(key)) keep(key, { delivery, bodyHash: undefined, body });
    },
    note: ({ provider, eventId, delivery, bodyHash, forged = false }) => {
      const key = keyOf(provider, eventId);
      const first = seen.get(key);
      if (first === undefined) {
        if (!forged) keep(key, { delivery, bodyHash });
        return null;
      }
      if (first.delivery === delivery) return null;
      if (first.bodyHash === undefined) {
        const body = first.body?.();
        if (body !== undefined) first.bodyHash = hashOfBody(body);
      }
      const isKnown = first.bodyHash !== undefined && bodyHash !== undefined;
      return { of: first.delivery, sameBytes: isKnown ? first.bodyHash === bodyHash : null };
    },
  };
}

/** What tells two bodies apart. */
export function hashOfBody(body: Buffer): string {
  return createHash("sha256").update(body).digest("base64url");
}

function keyOf(provider: string, eventId: string): string {
  return `${provider}\n${eventId}`;
}
