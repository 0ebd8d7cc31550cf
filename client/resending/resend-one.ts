import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import type { History } from "../ledger/history.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import type { Caller } from "./call-app.ts";
import { type Changes, outgoingOf, targetFor } from "./outgoing.ts";
import { changeSince, type ResendResult } from "./resend-result.ts";
import type { Signers } from "./resign.ts";

/** What one delivery is sent again with. */
export type Resender = {
  readonly history: Pick<History, "get" | "recordAttempt">;
  readonly call: Caller;
  readonly clock: Pick<Clock, "now">;
  readonly signers: Signers;
  /** the longest wait for the app, milliseconds */
  readonly timeoutMs: number;
};

/** One delivery that is sent again. */
export type Resend = {
  readonly id: string;
  readonly target: AppTarget;
  /** left out: none */
  readonly changes?: Changes;
  /** what a person has made of it, in the place of everything but the signature */
  readonly edited?: SentRequest;
  /** ends the call; the attempt is recorded in any case */
  readonly stop: AbortSignal;
};

/**
 * Sends a recorded delivery to an app, and records the attempt. What goes wrong with the app is in the result.
 * @throws {DevhookError} before anything is sent: as {@link requireSendable} and {@link outgoingOf}; afterwards: when the attempt cannot be recorded
 */
export async function resendOne(
  { history, call, clock, signers, timeoutMs }: Resender,
  { id, target: app, changes = {}, edited, stop }: Resend,
): Promise<ResendResult> {
  const delivery = requireSendable(history, id);
  const at = clock.now();
  const outgoing = outgoingOf(delivery, { changes, signers, now: at, ...(edited !== undefined && { edited }) });
  const { request, isEdited, isResigned } = outgoing;
  const target = targetFor(app, outgoing);
  const attempt = (delivery.attempts.at(-1)?.n ?? 0) + 1;
  const result = await call(requestOf(delivery, request), request.body, { target, attempt, timeoutMs, stop });
  const called = target.url.origin + target.path + request.target;
  const { head, body, timings, error } = result;
  const n = history.recordAttempt(id, {
    kind: "resend",
    at,
    target: called,
    ...((isEdited || isResigned) && { request }),
    ...(head !== undefined && { head, body }),
    timings,
    ...(error !== undefined && { error }),
  });
  const change = changeSince(delivery.attempts, result);
  return { id, attempt: n, at, called, app: target.url.origin + target.path, request, isEdited, isResigned, result, change };
}

/** The delivery as if it had come like this. */
function requestOf(delivery: Delivery, { method, target, headers }: SentRequest): CapturedRequest {
  const { id, receivedAt, tunnel, base, forwarded, upgrade } = delivery;
  return { id, receivedAt, tunnel, method, target, base, headers, forwarded, upgrade };
}

/** The delivery, when it can be sent again at all. @throws {DevhookError} `body-truncated`, `usage`, `not-found` */
export function requireSendable(history: Pick<History, "get">, id: string): Delivery {
  const delivery = history.get(id);
  if (delivery === undefined) throw new DevhookError("not-found", { what: `delivery ${id} has been removed from the history meanwhile` });
  if (delivery.upgrade) {
    throw new DevhookError("usage", {
      what: `delivery ${id} asked for a WebSocket`,
      why: "what followed is not recorded, so it cannot be sent again",
    });
  }
  const { body, complete } = delivery;
  if (!body.truncated && complete) return delivery;
  throw new DevhookError("body-truncated", {
    what: `delivery ${id} cannot be sent again: its body is not whole`,
    why: body.truncated ? `${body.bytes.length} of ${body.total} bytes are recorded` : "the sender broke off, or is still sending",
    fix: "have the sender send it again",
  });
}

/**
 * Origin and path prefix that the last attempt went to: its URL without the request target at the end.
 * @returns undefined when the delivery was never sent to an app
 */
export function lastTarget({ target: received, attempts }: Delivery): URL | undefined {
  const last = attempts.at(-1);
  if (last === undefined) return undefined;
  const { target: called, request } = last;
  const target = request?.target ?? received;
  return new URL(called.endsWith(target) ? called.slice(0, called.length - target.length) : called);
}
