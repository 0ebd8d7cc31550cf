import { toleranceText } from "../../../shared/catalogue/describe.ts";
import type { Coverage } from "../../../shared/signatures/coverage.ts";
import type { Provider } from "../../../shared/signatures/provider.ts";
import type { TimeRule } from "../../../shared/signatures/scheme.ts";
import { durationText } from "../../../shared/signatures/time.ts";
import type { Verification } from "../../../shared/signatures/verification.ts";
import { type SecretHint, secretText } from "./secret-hint.ts";

/** What the words about a verification depend on. */
export type VerificationSurroundings = {
  /** the record that was used, for its name and tolerance; undefined: nobody knows it any more */
  readonly provider: Pick<Provider, "name" | "signing"> | undefined;
  /** those that were tried; undefined: they are not at hand */
  readonly secrets: readonly SecretHint[] | undefined;
  /** what the age counts from */
  readonly clock: "now" | "receipt" | "given";
};

/** What a verification says, by the names of its rows; what it does not say is undefined. None of it is sanitised. */
export type VerificationWords = Readonly<
  Record<"from" | "signature" | "covers" | "time" | "why" | "hint" | "code" | "event" | "handshake", string | undefined>
>;

/** A verification in words, for the lines of a command as for the screen. */
export function verificationWords(verification: Verification, surroundings: VerificationSurroundings): VerificationWords {
  const { covers, reason, handshake } = verification;
  return {
    from: fromText(verification, surroundings),
    signature: signatureText(verification, surroundings),
    covers: covers === null ? undefined : COVERS[covers],
    time: timeText(verification, surroundings),
    why: reason?.message,
    hint: reason?.hint,
    code: reason?.code,
    event: eventText(verification),
    handshake: handshake ?? undefined,
  };
}

function fromText({ provider: id, scheme }: Verification, { provider }: VerificationSurroundings): string | undefined {
  if (id === null) return undefined;
  return `${provider === undefined ? id : `${provider.name} (${id})`}${scheme === null ? "" : `, scheme ${scheme}`}`;
}

const COVERS: Readonly<Record<Coverage, string | undefined>> = {
  // as everybody expects
  whole: undefined,
  part: "some members of the body: anybody who has seen a delivery can change the others",
  none: "nothing of the body: whoever has seen a delivery can send another body with it",
};

const SIGNATURES: Readonly<Record<Verification["signature"], string>> = {
  ok: "ok",
  bad: "bad: it does not hold",
  absent: "absent",
  unchecked: "unchecked",
};

function signatureText({ signature, secretIndex }: Verification, { secrets }: VerificationSurroundings): string {
  const words = SIGNATURES[signature];
  if (secretIndex === null) return words;
  const secret = secrets?.[secretIndex];
  if (secret !== undefined) {
    const which = secrets?.length === 1 ? "the secret" : `secret ${secretIndex + 1} of ${secrets?.length}`;
    return `${words}, by ${which} (${secretText(secret)})`;
  }
  return secretIndex === 0 ? words : `${words}, by secret ${secretIndex + 1}`;
}

/** Words for a time before and after the one that it is compared with. */
const SINCE: Readonly<Record<VerificationSurroundings["clock"], readonly [before: string, after: string]>> = {
  now: ["ago", "in the future"],
  receipt: ["before it was received", "after it was received"],
  given: ["before the time of --at", "after the time of --at"],
};

function timeText({ time, ageSeconds, scheme }: Verification, { provider, clock }: VerificationSurroundings): string | undefined {
  if (scheme === null) return undefined;
  if (time === "not-covered") return "not covered: a copy can be sent again at any time";
  if (ageSeconds === null) return time;
  const rule: TimeRule | undefined = provider?.signing.schemes.find(({ id }) => id === scheme)?.time;
  const tolerance = rule === undefined ? "" : `; tolerance: ${toleranceText(rule)}`;
  return `${time}: signed ${durationText(ageSeconds * 1_000)} ${SINCE[clock][ageSeconds < 0 ? 1 : 0]}${tolerance}`;
}

function eventText({ eventType, eventId }: Verification): string | undefined {
  if (eventType === null && eventId === null) return undefined;
  return `${eventType ?? "of no type"}${eventId === null ? "" : `, id ${eventId}`}`;
}
