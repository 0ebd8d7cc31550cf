import type { Coverage } from "./coverage.ts";

/** What the signature check found; the words are a contract (docs/signatures.md). Only `valid` is ever shown as good. */
export type Verdict = "valid" | "invalid" | "unsigned" | "no-secret" | "unknown-scheme";

/** The signature itself. `unchecked`: one is there, and nothing to check it with. */
export type SignatureFact = "ok" | "bad" | "absent" | "unchecked";
/** The time of signing. `not-covered`: the scheme signs none, so that a copy can be sent again at any time; `absent`: it should be there and is not. */
export type TimeFact = "ok" | "stale" | "future" | "not-covered" | "absent";

/** Why a verdict is not `valid`. The list is closed: docs/signatures.md has a sentence for each, and a test compares. */
export const REASON_CODES = [
  // nothing to check, or nothing to check with
  "unsigned-provider",
  "unsigned-handshake",
  "no-secret",
  "no-scheme",
  "certificate-needed",
  "body-not-kept",
  // the form
  "signature-missing",
  "signature-malformed",
  "wrong-header",
  "wrong-prefix",
  "digest-encoding",
  "digest-case",
  "wrong-algorithm",
  "timestamp-missing",
  "timestamp-malformed",
  "timestamp-unit",
  "id-missing",
  // the time
  "stale",
  "future",
  // the secret
  "secret-masked",
  "secret-encoding",
  "secret-whitespace",
  "secret-unusable",
  "secret-sent",
  "secret-kind",
  "other-secret",
  "other-provider",
  // the bytes
  "body-reserialised",
  "body-reencoded",
  "body-newline",
  "body-bom",
  "body-empty",
  "body-cut",
  "body-digest",
  "signed-content",
  "other-url",
  "other-method",
  // none of them
  "no-match",
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export type Reason = {
  readonly code: ReasonCode;
  /** one sentence: what was found */
  readonly message: string;
  /** one sentence: what mends it */
  readonly hint: string;
};

/** The result of checking one request: the object of `devhook verify --json` and of the record. */
export type Verification = {
  readonly verdict: Verdict;
  /** provider id, null when none was recognised */
  readonly provider: string | null;
  /** id of the scheme that matched, or that was expected */
  readonly scheme: string | null;
  readonly signature: SignatureFact;
  readonly time: TimeFact;
  /** how much of the body the signature covers; null when none was found */
  readonly covers: Coverage | null;
  /** clock minus the time of signing; null when there is none to read. Negative: in the future. */
  readonly ageSeconds: number | null;
  /** null only for `valid` */
  readonly reason: Reason | null;
  /** which of several secrets matched, 0 being the first; null when none did */
  readonly secretIndex: number | null;
  readonly eventType: string | null;
  readonly eventId: string | null;
  /** id of the handshake that the request is, null for a delivery */
  readonly handshake: string | null;
};
