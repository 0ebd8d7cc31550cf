import { reason } from "../reasons.ts";
import type { Reason, ReasonCode } from "../verification.ts";

/** One way in which a message differs from what its scheme says. */
export type Cause = {
  readonly code: ReasonCode;
  /** a sentence without capital and full stop: what was found */
  readonly found: string;
  /** a sentence without capital and full stop: what mends it */
  readonly hint: string;
};

/** A part of a hypothesis. No causes: as the scheme says. */
export type Form<T> = { readonly value: T; readonly causes: readonly Cause[] };

/** Something that is as the scheme says. */
export function asIs<T>(value: T): Form<T> {
  return { value, causes: [] };
}

/** Puts the causes of a match together: the first one gives the code. @returns undefined when there are none */
export function reasonOfCauses(causes: readonly Cause[]): Reason | undefined {
  const [first, second] = causes;
  if (first === undefined) return undefined;
  if (second === undefined) return reason(first.code, capital(first.found), first.hint);
  const list = (texts: readonly string[]): string => texts.map((text, index) => `(${index + 1}) ${text}`).join("; ");
  return reason(
    first.code,
    `${causes.length === 2 ? "Two" : "Several"} things differ: ${list(causes.map(({ found }) => found))}`,
    list(causes.map(({ hint }) => hint)),
  );
}

/** A secret as it may be shown: by its length, and its last 4 characters when they are a small part of it. */
export function secretText(secret: string): string {
  const end = secret.length >= 16 && /^[\x21-\x7e]{4}$/.test(secret.slice(-4)) ? `, ends in ${secret.slice(-4)}` : "";
  return `${secret.length} characters${end}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
