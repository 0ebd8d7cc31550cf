import { DevhookError } from "../../shared/errors.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { originalOf } from "../resending/outgoing.ts";
import { resign, type Signers } from "../resending/resign.ts";
import { recordedVerification } from "../verifying/recorded-verification.ts";
import { type ResignPolicy, shouldResign } from "./should-resign.ts";

/** What is sent for an owed delivery. */
export type Signing = {
  /** undefined: the delivery goes out as it came */
  readonly request?: SentRequest;
  /** one sentence for the user, when there is something to say */
  readonly note?: string;
};

/** Decides whether an owed delivery is signed anew, and does it. `now`: milliseconds since 1970. Never throws for what cannot be signed. */
export type SignAgain = (delivery: Delivery, now: number) => Signing;

/** @returns {@link SignAgain} for the deliveries of one tunnel */
export function createSignAgain({ policy, signers }: { readonly policy: ResignPolicy; readonly signers: Signers }): SignAgain {
  return function signAgain(delivery, now) {
    const { receivedAt } = delivery;
    const checked = recordedVerification(delivery);
    const provider = checked?.provider ?? undefined;
    const schemes = provider === undefined ? [] : (signers.catalogue.find(provider)?.signing.schemes ?? []);
    const scheme = schemes.find(({ id }) => id === checked?.scheme);
    const age = checked?.ageSeconds ?? null;
    const { resign: wanted, doubt } = shouldResign({
      verdictAtReceipt: checked?.verdict,
      receivedAt,
      ...(age !== null && { signedAt: receivedAt - age * 1_000 }),
      now,
      tolerance: scheme?.time?.tolerance?.old,
      policy,
    });
    if (!wanted) return {};
    try {
      const request = resign(delivery, originalOf(delivery), signers, now);
      return { request, ...(doubt !== undefined && { note: doubt }) };
    } catch (error) {
      if (!(error instanceof DevhookError)) throw error;
      return { note: `sent with its old signature: ${error.message}` };
    }
  };
}
