import type { CheckInput, Finding } from "../check.ts";
import type { Reason } from "../verification.ts";

/** A secret that devhook has for some provider. */
export type KnownSecret = { readonly provider: string; readonly secret: string };

/** Searches for the cause of a signature that does not hold. @returns undefined when nothing that was tried explains it */
export function explainBytes(
  _finding: Finding,
  _input: CheckInput & { readonly otherSecrets?: readonly KnownSecret[] },
): Reason | undefined {
  return undefined;
}
