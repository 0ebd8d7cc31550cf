import type { HeaderList } from "./headers.ts";

/** Where a request came from, as the app is told in X-Forwarded-*: decided by the relay, never by the sender. */
export type Forwarded = {
  /** value of X-Forwarded-For: one address, or a list when a trusted proxy gave the beginning */
  readonly for: string;
  readonly proto: "http" | "https";
  /** value of X-Forwarded-Host: the Host that the sender used */
  readonly host: string;
};

/**
 * One request received for a tunnel. Immutable: what is learnt later stands in records of its own. Bodies travel beside it, because
 * they may still be on their way.
 */
export type CapturedRequest = {
  /** UUIDv7 */
  readonly id: string;
  /** milliseconds since 1970, by the relay's clock */
  readonly receivedAt: number;
  readonly tunnel: string;
  readonly method: string;
  /** the raw request target that the app sees (latin1, never normalised) */
  readonly target: string;
  /** the path prefix that the relay took off the target: `/name` in path form, empty in host form */
  readonly base: string;
  /** exactly the sender's header lines */
  readonly headers: HeaderList;
  readonly forwarded: Forwarded;
  /** whether the sender asks for a WebSocket: what follows a 101 are raw bytes in both directions */
  readonly upgrade: boolean;
};

/** The head of an answer, as the app gave it or as devhook made it. */
export type ResponseHead = {
  readonly status: number;
  /** reason phrase, latin1, may be empty */
  readonly reason: string;
  readonly headers: HeaderList;
};

/** How an attempt came about. */
export type AttemptKind = "live" | "held" | "retry" | "resend" | "trigger";

/** Why an attempt has no (whole) answer from the app. */
export type AttemptError = {
  /** stable: `app-refused`, `app-busy`, `app-timeout`, `app-reset`, `app-malformed`, `sender-gone`, `link-lost`, `cut-short`, `stopped` */
  readonly code: string;
  /** one sentence */
  readonly message: string;
  /** what to do about it */
  readonly hint: string;
};

/** Milliseconds of an attempt, from its start. Absent where that point was never reached. */
export type AttemptTimings = {
  /** until the head of the answer was there */
  readonly head?: number;
  /** until the last byte, or the failure */
  readonly total: number;
};
