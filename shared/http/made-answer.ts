import type { ResponseHead } from "./exchange.ts";

/** What devhook says when it answers a sender itself. */
export type MadeReason = {
  readonly status: number;
  /** stable: what scripts look at */
  readonly code: string;
  /** one sentence: what failed and why */
  readonly message: string;
  /** what to do; omitted where only the sender could do anything */
  readonly hint?: string;
  /** the delivery's id, once there is one */
  readonly delivery?: string;
  /** what became of the request: `not-delivered`, or `unknown` when the app may have had it */
  readonly outcome: "not-delivered" | "unknown";
  /** seconds after which the sender may try again */
  readonly retryAfter?: number;
};

/** Reason phrases of the statuses that devhook itself gives (RFC 9110 section 15, RFC 6585). */
const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  417: "Expectation Failed",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/**
 * An answer that devhook makes: a JSON reason that says what to do, and `devhook-outcome`, by which a sender's log tells it from the app's own answer.
 * All text in it is ours: nothing of the request is repeated.
 */
export function madeAnswer(reason: MadeReason): { readonly head: ResponseHead; readonly body: Buffer } {
  const { code, message, hint, delivery } = reason;
  const body = Buffer.from(`${JSON.stringify({ error: { code, message, hint }, delivery })}\n`, "utf8");
  const headers = ["Content-Type", "application/json; charset=utf-8", "Content-Length", String(body.length), "Cache-Control", "no-store"];
  headers.push("devhook-outcome", reason.outcome);
  if (reason.retryAfter !== undefined) headers.push("Retry-After", String(reason.retryAfter));
  return { head: { status: reason.status, reason: PHRASES[reason.status] ?? "", headers }, body };
}
