import type { AttemptError, AttemptKind } from "../../shared/http/exchange.ts";
import type { Verification } from "../../shared/signatures/verification.ts";

/** The tunnel is open: the URL may be handed out. `at` is milliseconds since 1970 in every event. */
export type ReadyEvent = {
  readonly at: number;
  /** what senders call */
  readonly url: string;
  /** the app: origin and path prefix */
  readonly target: string;
  readonly tunnel: string;
  /** origin of the relay */
  readonly relay: string;
  /** whether the relay runs inside this process, so that the URL is reachable from this machine only */
  readonly embedded: boolean;
};

/** A request has arrived. */
export type DeliveryEvent = {
  readonly at: number;
  /** UUIDv7 */
  readonly id: string;
  readonly method: string;
  /** raw request target, untrusted */
  readonly path: string;
  /** provider id, null while none is recognised; so for `event` and `verdict` */
  readonly provider: string | null;
  readonly event: string | null;
  readonly verdict: string | null;
  /** whether devhook answered it itself and owes it to the app */
  readonly held: boolean;
  /** id of the delivery that carried the same event before */
  readonly duplicateOf: string | null;
  /** whether that one had the same body; null when there is none, or it is not known */
  readonly sameBytes: boolean | null;
  /** the scheme by which it is valid, where that is not the sender's usual one; null otherwise */
  readonly scheme: string | null;
  /** what the provider calls it when it is a test of the endpoint */
  readonly handshake: string | null;
};

/** More is known of a delivery: its verdict came later than its head, or is not `valid` and has a reason. */
export type VerificationEvent = Pick<DeliveryEvent, "at" | "provider" | "event" | "duplicateOf" | "sameBytes" | "scheme" | "handshake"> & {
  /** id of the delivery */
  readonly delivery: string;
  readonly eventId: string | null;
  readonly verification: Verification;
};

/** One call of the app is over, well or not. */
export type AttemptEvent = {
  readonly at: number;
  readonly id: string;
  /** id of the delivery */
  readonly delivery: string;
  readonly kind: AttemptKind;
  /** status of the app's answer, null when there was none */
  readonly status: number | null;
  /** milliseconds until the last byte of the answer, or the failure */
  readonly ms: number;
  readonly error: AttemptError | null;
  /** seconds that the sender waits for the answer, when at least half of them were used; left out otherwise, and where its limit is not known */
  readonly deadline?: number;
};

/** The connection to the relay has changed. */
export type LinkEvent = {
  readonly at: number;
  readonly state: "connected" | "reconnecting" | "offline";
  /** which try this is; 0 when connected at once */
  readonly attempt: number;
  /** why it was lost, or could not be made; empty when there is nothing to say */
  readonly reason: string;
};

/** Something the user should know, while devhook goes on. */
export type WarningEvent = {
  readonly at: number;
  /** stable: a code of shared/errors.ts, or one of its own (`app-down`, `output-dropped`) */
  readonly code: string;
  /** one sentence, with what to do about it */
  readonly message: string;
  /** `error`: a delivery or a record is lost or refused until somebody acts. `warning` when left out */
  readonly severity?: "warning" | "error";
};

/** The tunnel is closed; nothing comes after it. */
export type ClosedEvent = {
  readonly at: number;
  /** `stopped`, or the code of the fault that ended it */
  readonly reason: string;
  /** deliveries received by this run */
  readonly deliveries: number;
  /** those of them that the app answered with 400 or more, or not at all */
  readonly failed: number;
  /** deliveries that still have to reach the app */
  readonly owed: number;
};
