import { check, type CheckInput, type Finding } from "./check.ts";
import { coverageOf } from "./coverage.ts";
import { type DeliveryEvent, handshakeOf, readEvent } from "./event.ts";
import { explainBytes, type ExplainInput, isExplainable } from "./forensics/explain.ts";
import type { Handshake, Provider } from "./provider.ts";
import { reasonOf } from "./reasons.ts";
import type { Reason, SignatureFact, Verdict, Verification } from "./verification.ts";

export type VerifyInput = Omit<CheckInput, "provider"> &
  // what the search for the cause tries too
  Pick<ExplainInput, "otherSecrets" | "otherProviders" | "otherUrls"> & { readonly provider: Provider };

/** A verification, and whether its cause can still be searched for: see {@link explain}. */
export type Judgement = { readonly verification: Verification; readonly explainable: boolean };

/**
 * Checks a request as its provider's record says, and searches for the cause when the signature does not hold. Never throws; takes about a millisecond for a
 * valid delivery of 1 MB, up to half a second for the search on an invalid one: see {@link judge} where that is too long.
 */
export function verify(input: VerifyInput): Verification {
  const { verification, explainable } = judge(input);
  return explainable ? { ...verification, reason: explain(input) ?? verification.reason } : verification;
}

/** Checks a request without the search for a cause: the reason of a signature that does not hold is `no-match`, and `explainable`. */
export function judge(input: VerifyInput): Judgement {
  const { message, provider } = input;
  const event = readEvent(message, provider);
  const handshake = handshakeOf(message, provider);
  const finding = check(input);
  const facts = factsOf(finding, { provider, event, handshake });
  const verdict = verdictOf(finding, input, handshake);
  const reason =
    verdict === "valid"
      ? null
      : reasonOf(verdict, finding, { provider, handshake, secrets: input.secrets, streamed: input.streamed !== undefined });
  return {
    verification: { ...facts, verdict, reason },
    explainable: finding !== undefined && verdict === "invalid" && reason?.code !== "secret-sent" && isExplainable(finding, input),
  };
}

/** Searches for the cause of a signature that does not hold. @returns undefined when the signature holds, or nothing that was tried explains it */
export function explain(input: VerifyInput): Reason | undefined {
  const finding = check(input);
  return finding === undefined ? undefined : explainBytes(finding, input);
}

function factsOf(
  finding: Finding | undefined,
  about: { readonly provider: Provider; readonly event: DeliveryEvent; readonly handshake: Handshake | undefined },
): Omit<Verification, "verdict" | "reason"> {
  const ageMs = finding?.time.ageMs;
  return {
    provider: about.provider.id,
    scheme: finding?.scheme.id ?? null,
    signature: finding === undefined ? "absent" : SIGNATURE_FACTS[finding.signature.kind],
    time: finding?.time.fact ?? "not-covered",
    covers: finding === undefined || finding.signature.kind === "absent" ? null : coverageOf(finding.scheme),
    ageSeconds: ageMs === undefined ? null : Math.round(ageMs) / 1_000,
    secretIndex: finding?.signature.kind === "ok" ? finding.signature.secretIndex : null,
    eventType: about.event.type,
    eventId: about.event.id,
    handshake: about.handshake?.id ?? null,
  };
}

const SIGNATURE_FACTS: Readonly<Record<Finding["signature"]["kind"], SignatureFact>> = {
  ok: "ok",
  absent: "absent",
  malformed: "bad",
  incomplete: "unchecked",
  "no-secret": "unchecked",
  "unusable-secret": "unchecked",
  "body-not-kept": "unchecked",
  "body-digest": "bad",
  bad: "bad",
};

function verdictOf(finding: Finding | undefined, { provider, secrets }: VerifyInput, handshake: Handshake | undefined): Verdict {
  const { unsigned, unverifiable } = provider.signing;
  if (finding === undefined) return unsigned === undefined ? "unknown-scheme" : "unsigned";
  const { kind } = finding.signature;
  if (kind === "ok") return finding.time.fact === "ok" || finding.time.fact === "not-covered" ? "valid" : "invalid";
  if (kind === "absent") {
    if (handshake?.signed === false) return "unsigned";
    // a generation without signatures exists; whoever has a secret expects the other one
    if (unsigned !== undefined && secrets.length === 0) return "unsigned";
    return unverifiable === undefined ? "invalid" : "unknown-scheme";
  }
  return kind === "no-secret" ? "no-secret" : "invalid";
}
