import { CLOSE } from "../../shared/wire/constants.ts";
import type { GoAway, Welcome } from "../../shared/wire/frames.ts";

/** Why a dial got no link. */
export type DialFailure =
  /** the relay's own answer; its text is not to be trusted */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs: number | undefined;
    }
  /** no answer, or none of a relay; `code` is the system's (ECONNREFUSED, ENOTFOUND, a TLS code) or empty */
  | { readonly kind: "unreachable"; readonly code: string; readonly message: string };

/** Why a session ends for good: dialling again could not help. */
export type SessionEnd =
  | { readonly kind: "refused"; readonly failure: DialFailure & { readonly kind: "refused" } }
  | { readonly kind: "taken-over"; readonly message: string }
  | { readonly kind: "revoked"; readonly message: string }
  | { readonly kind: "stopped" };

/** Where a session stands. Only `online` may be shown as connected. */
export type SessionState =
  | { readonly kind: "dialling"; readonly attempt: number }
  /** the socket is open, WELCOME is awaited */
  | { readonly kind: "greeting"; readonly attempt: number; readonly since: number }
  | { readonly kind: "online"; readonly since: number; readonly welcome: Welcome; readonly goaway: GoAway | undefined }
  | { readonly kind: "waiting"; readonly attempt: number; readonly reason: string }
  | { readonly kind: "ended"; readonly end: SessionEnd };

/** What happens to a session. Times are monotonic milliseconds. */
export type SessionEvent =
  | { readonly kind: "dial-opened"; readonly now: number }
  | { readonly kind: "dial-failed"; readonly failure: DialFailure }
  | { readonly kind: "welcomed"; readonly welcome: Welcome; readonly now: number }
  | { readonly kind: "goaway"; readonly goaway: GoAway }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string; readonly now: number }
  | { readonly kind: "wait-over" }
  | { readonly kind: "stop" };

/** What is to be done after an event. */
export type SessionEffect =
  | { readonly kind: "dial" }
  /** `atLeastMs` is the relay's wish; `lastedMs` how long the link had been there, undefined when there was none */
  | { readonly kind: "wait"; readonly atLeastMs: number; readonly lastedMs: number | undefined }
  | { readonly kind: "ended"; readonly end: SessionEnd };

/** Refusals (spec.md section 1) that a later try may get past: the relay stops, is too busy, or cannot read its registry. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The state before anything has happened, and what to do first. */
export const FIRST_STATE: SessionState = { kind: "dialling", attempt: 1 };

/**
 * The session's state machine: pure, without time or sockets of its own. Events that do not fit the state (a late answer of a socket given up) change
 * nothing.
 */
export function step(
  state: SessionState,
  event: SessionEvent,
): { readonly state: SessionState; readonly effects: readonly SessionEffect[] } {
  if (state.kind === "ended") return { state, effects: [] };
  switch (event.kind) {
    case "stop":
      return ended({ kind: "stopped" });
    case "dial-opened":
      if (state.kind !== "dialling") return same(state);
      return { state: { kind: "greeting", attempt: state.attempt, since: event.now }, effects: [] };
    case "dial-failed":
      if (state.kind !== "dialling") return same(state);
      return dialFailed(state.attempt, event.failure);
    case "welcomed":
      if (state.kind !== "greeting") return same(state);
      return { state: { kind: "online", since: event.now, welcome: event.welcome, goaway: undefined }, effects: [] };
    case "goaway":
      if (state.kind !== "online") return same(state);
      return { state: { ...state, goaway: event.goaway }, effects: [] };
    case "closed":
      return closed(state, event);
    case "wait-over":
      if (state.kind !== "waiting") return same(state);
      return { state: { kind: "dialling", attempt: state.attempt }, effects: [{ kind: "dial" }] };
  }
}

function same(state: SessionState): { readonly state: SessionState; readonly effects: readonly SessionEffect[] } {
  return { state, effects: [] };
}

function ended(end: SessionEnd): { readonly state: SessionState; readonly effects: readonly SessionEffect[] } {
  return { state: { kind: "ended", end }, effects: [{ kind: "ended", end }] };
}

function dialFailed(attempt: number, failure: DialFailure): ReturnType<typeof step> {
  if (failure.kind === "refused" && !PASSING_STATUSES.has(failure.status)) return ended({ kind: "refused", failure });
  const atLeastMs = failure.kind === "refused" ? (failure.retryAfterMs ?? 0) : 0;
  const reason = failure.kind === "refused" ? `the relay answered ${failure.status}: ${failure.message}` : failure.message;
  return { state: { kind: "waiting", attempt: attempt + 1, reason }, effects: [{ kind: "wait", atLeastMs, lastedMs: undefined }] };
}

function closed(state: SessionState, event: SessionEvent & { readonly kind: "closed" }): ReturnType<typeof step> {
  if (state.kind !== "online" && state.kind !== "greeting") return same(state);
  const goaway = state.kind === "online" ? state.goaway : undefined;
  // the codes alone would do; GOAWAY adds the words
  if (goaway?.reason === "taken-over" || (event.code === CLOSE.TAKEN_OVER && goaway === undefined)) {
    return ended({ kind: "taken-over", message: goaway?.message ?? "a newer client has this tunnel" });
  }
  if (goaway?.reason === "revoked" || event.code === CLOSE.REVOKED) {
    return ended({ kind: "revoked", message: goaway?.message ?? "the relay has withdrawn the token or the name" });
  }
  const reason = event.reason === "" ? `the link was closed (${event.code})` : `the link was closed (${event.code}, ${event.reason})`;
  const attempt = state.kind === "online" ? 1 : state.attempt + 1;
  const lastedMs = state.kind === "online" ? event.now - state.since : undefined;
  return { state: { kind: "waiting", attempt, reason }, effects: [{ kind: "wait", atLeastMs: goaway?.retryAfterMs ?? 0, lastedMs }] };
}
