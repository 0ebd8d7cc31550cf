import type { Verdict } from "../../shared/signatures/verification.ts";

/** Whether owed deliveries are signed anew: when their time has run out, in no case, or each. */
export type ResignPolicy = "auto" | "never" | "always";

/** What a decision about one delivery rests on. Times are milliseconds since 1970. */
export type ResignCase = {
  /** what the signature check found when the delivery came; undefined: nothing was found out about it */
  readonly verdictAtReceipt: Verdict | undefined;
  readonly receivedAt: number;
  /** when the sender signed it, where it says so; else the time of receipt counts */
  readonly signedAt?: number | undefined;
  readonly now: number;
  /** seconds that the scheme lets a delivery be old; null or undefined: no limit, or none that is known */
  readonly tolerance: number | null | undefined;
  readonly policy: ResignPolicy;
};

/** `doubt`: one sentence for the user, when a signature is made for what had no good one. */
export type ResignDecision = { readonly resign: boolean; readonly doubt?: string };

/**
 * Whether an owed delivery gets a fresh signature. `auto` makes one only where a good one has become too old on the way: a forgery must not be laundered, nor
 * anything that nobody could check. `always` is somebody's own wish, who hears what it does.
 */
export function shouldResign({ verdictAtReceipt, receivedAt, signedAt = receivedAt, now, tolerance, policy }: ResignCase): ResignDecision {
  switch (policy) {
    case "never":
      return { resign: false };
    case "always":
      if (verdictAtReceipt === "valid") return { resign: true };
      return {
        resign: true,
        doubt: `${verdictAtReceipt === undefined ? "its signature was never checked" : `its verdict at receipt was ${verdictAtReceipt}`}, and --resign always has given it a good signature: your app will take it for genuine`,
      };
    case "auto":
      if (verdictAtReceipt !== "valid" || tolerance === null || tolerance === undefined) return { resign: false };
      return { resign: now - signedAt > tolerance * 1_000 };
  }
}
