import type { Verification } from "../../shared/signatures/verification.ts";

/** What devhook has found out about a delivery besides its bytes. Null: not known (yet), or nothing to know. */
export type DeliveryFacts = {
  /** provider id */
  readonly provider: string | null;
  /** type of the event, as the provider names it */
  readonly event: string | null;
  readonly eventId: string | null;
  readonly verification: Verification | null;
  /** the delivery that carried the same event before */
  readonly duplicate: Duplicate | null;
  /** whether nothing more will be found out: no body is on its way, no cause is searched for */
  readonly final: boolean;
};

/** The facts as the history keeps them. */
export function recordedFacts({ provider, event, eventId, verification, duplicate }: DeliveryFacts): {
  readonly provider: string | null;
  readonly event: string | null;
  readonly eventId: string | null;
  readonly verdict: string | null;
  readonly duplicateOf: string | null;
  readonly verification: string | null;
} {
  return {
    provider,
    event,
    eventId,
    verdict: verification?.verdict ?? null,
    duplicateOf: duplicate?.of ?? null,
    verification: verification === null ? null : JSON.stringify({ ...verification, duplicate }),
  };
}

export type Duplicate = {
  /** id of the first delivery with this event id */
  readonly of: string;
  /** whether both have the same body; null when the first one's is not known any more */
  readonly sameBytes: boolean | null;
};

/** Of a delivery that no provider was recognised for. */
export const NO_FACTS: DeliveryFacts = { provider: null, event: null, eventId: null, verification: null, duplicate: null, final: true };
