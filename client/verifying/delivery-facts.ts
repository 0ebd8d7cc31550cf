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
};

export type Duplicate = {
  /** id of the first delivery with this event id */
  readonly of: string;
  /** whether both have the same body; null when the first one's is not known any more */
  readonly sameBytes: boolean | null;
};

/** Of a delivery that no provider was recognised for. */
export const NO_FACTS: DeliveryFacts = { provider: null, event: null, eventId: null, verification: null, duplicate: null };
