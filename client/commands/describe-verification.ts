import { toleranceText } from "../../shared/catalogue/describe.ts";
import type { Coverage } from "../../shared/signatures/coverage.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { TimeRule } from "../../shared/signatures/scheme.ts";
import { durationText } from "../../shared/signatures/time.ts";
import type { Verdict, Verification } from "../../shared/signatures/verification.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import type { Colours } from "../output/colours.ts";
import { secretText } from "./describe-secret.ts";

/** What the words about a verification depend on. */
export type VerificationView = {
  /** the record that was used, for its name and tolerance; undefined: nobody knows it any more */
  readonly provider: Provider | undefined;
  /** those that were tried; undefined: they are not at hand */
  readonly secrets: readonly string[] | undefined;
  /** what the age counts from */
  readonly clock: "now" | "receipt" | "given";
  readonly colours: Colours;
};

/** A verification for a person, the verdict first. Safe to print. */
export function describeVerification(verification: Verification, view: VerificationView): readonly string[] {
  const { verdict, scheme, reason, handshake } = verification;
  const { provider, colours } = view;
  const id = verification.provider;
  const from =
    id === null ? "" : `  ${provider === undefined ? id : `${provider.name} (${id})`}${scheme === null ? "" : `, scheme ${scheme}`}`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["signature", signatureText(verification, view)],
    ["covers", verification.covers === null ? undefined : COVERS[verification.covers]],
    ["time", timeText(verification, view)],
    ["why", reason === null ? undefined : `${reason.message} (${reason.code})`],
    ["hint", reason?.hint],
    ["event", eventText(verification)],
    ["handshake", handshake ?? undefined],
  ];
  return [
    `${PAINTS[verdict](colours)} ${sanitizeLine(from.trimStart(), 300)}`.trimEnd(),
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(11)}${sanitizeLine(value, 1_000)}`])),
  ];
}

const PAINTS: Readonly<Record<Verdict, (colours: Colours) => string>> = {
  valid: ({ ok }) => ok("✓ valid"),
  invalid: ({ bad }) => bad("✗ invalid"),
  unsigned: ({ warn }) => warn("! unsigned"),
  "no-secret": ({ warn }) => warn("? no-secret"),
  "unknown-scheme": ({ warn }) => warn("? unknown-scheme"),
};

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

function signatureText({ signature, secretIndex }: Verification, { secrets }: VerificationView): string {
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
const SINCE: Readonly<Record<VerificationView["clock"], readonly [before: string, after: string]>> = {
  now: ["ago", "in the future"],
  receipt: ["before it was received", "after it was received"],
  given: ["before the time of --at", "after the time of --at"],
};

function timeText({ time, ageSeconds, scheme }: Verification, { provider, clock }: VerificationView): string | undefined {
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
