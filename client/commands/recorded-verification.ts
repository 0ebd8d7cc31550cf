import type { Verification } from "../../shared/signatures/verification.ts";
import type { Delivery } from "../ledger/records.ts";
import type { Duplicate } from "../verifying/delivery-facts.ts";

/** A signature check as it is recorded. */
export type RecordedVerification = Verification & { readonly duplicate: Duplicate | null };

/** The check of a delivery when it came; undefined when there was none. */
export function recordedVerification({ verification }: Pick<Delivery, "verification">): RecordedVerification | undefined {
  // records of the first versions do not say how much of the body was covered
  return verification === undefined ? undefined : { covers: null, ...(JSON.parse(verification) as Omit<RecordedVerification, "covers">) };
}
