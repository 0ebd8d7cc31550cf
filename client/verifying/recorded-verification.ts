import type { Verification } from "../../shared/signatures/verification.ts";
import type { Duplicate } from "./delivery-facts.ts";

/** A signature check as it is recorded. */
export type RecordedVerification = Verification & { readonly duplicate: Duplicate | null };

/** The check of a delivery when it came, from its record; undefined when there was none. */
export function recordedVerification({ verification }: { readonly verification: string | undefined }): RecordedVerification | undefined {
  // records of the first versions do not say how much of the body was covered
  return verification === undefined ? undefined : { covers: null, ...(JSON.parse(verification) as Omit<RecordedVerification, "covers">) };
}
