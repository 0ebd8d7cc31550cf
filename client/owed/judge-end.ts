import type { AttemptError, ResponseHead } from "../../shared/http/exchange.ts";
import { firstHeader } from "../../shared/http/headers.ts";
import { readTime } from "../../shared/signatures/time.ts";
import { outcomeOf } from "../ledger/final-status.ts";
import type { CallEnd } from "./states.ts";

/** A call that found every connection to the app in use is tried again after this long, milliseconds. */
const BUSY_MS = 5_000;

/**
 * What the end of a call means for a delivery that is owed. A head decides, whatever became of the answer's body: an app that said 2xx has taken the delivery.
 * @param now milliseconds since 1970, for a Retry-After that names a date
 */
export function judgeEnd({ head, error }: { readonly head?: ResponseHead; readonly error?: AttemptError }, now: number): CallEnd {
  if (head !== undefined) {
    const outcome = outcomeOf(head.status);
    if (outcome !== undefined) return { kind: outcome === "delivered" ? "delivered" : "refused" };
    return { kind: "failed", afterMs: retryAfterMs(head, now) };
  }
  switch (error?.code) {
    case "app-refused":
    case "app-unreachable":
      return { kind: "app-down" };
    case "app-busy":
      return { kind: "not-called", afterMs: BUSY_MS };
    case "stopped":
      return { kind: "cut-off" };
    case "unsendable":
      return { kind: "refused" };
    default:
      return { kind: "failed", afterMs: 0 };
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date. @returns 0 when there is none, or one that cannot be read */
function retryAfterMs({ headers }: ResponseHead, now: number): number {
  const text = firstHeader(headers, "retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = readTime(text, "http-date");
  return at === undefined ? 0 : Math.max(0, at - now);
}
