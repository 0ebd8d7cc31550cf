import type { AttemptError } from "../../shared/http/exchange.ts";
import type { AttemptHead, SentRequest } from "../ledger/records.ts";
import type { CallResult } from "./call-app.ts";

/** What became of a delivery, compared with its last attempt. */
export type ResendChange = "fixed" | "still-failing" | "regressed" | "same";

/** What one resend gave. */
export type ResendResult = {
  readonly id: string;
  /** number of the attempt */
  readonly attempt: number;
  /** milliseconds since 1970 */
  readonly at: number;
  /** URL that was called */
  readonly called: string;
  /** origin and path prefix of the app */
  readonly app: string;
  readonly request: SentRequest;
  readonly isEdited: boolean;
  readonly isResigned: boolean;
  readonly result: CallResult;
  /** undefined: there is nothing to compare with, or it was stopped */
  readonly change: ResendChange | undefined;
};

/** Errors that say that there is no app, rather than that it answered badly. */
const UNREACHABLE = new Set(["app-refused", "app-unreachable"]);

/** `ok`: a whole answer with 2xx. `answered`: another answer. `failed`: none, or not whole. */
export type ResendEnd = "ok" | "answered" | "unreachable" | "failed";

export function endOf({ head, error }: Pick<AttemptHead, "head" | "error"> | Pick<CallResult, "head" | "error">): ResendEnd {
  if (error !== undefined) return UNREACHABLE.has(error.code) ? "unreachable" : "failed";
  return head !== undefined && head.status >= 200 && head.status < 300 ? "ok" : "answered";
}

/** What an ended call and one that was recorded have in common. */
type Ended = Pick<AttemptHead, "head" | "timings" | "error">;

/** Compares a call with the newest attempt before it that says anything: not one that devhook ended itself, or that never ended. */
export function changeSince(earlier: readonly Ended[], result: Pick<CallResult, "head" | "error">): ResendChange | undefined {
  const last = earlier.findLast(({ timings, error }) => timings !== undefined && !isStopped(error));
  if (last === undefined || isStopped(result.error)) return undefined;
  const [before, after] = [endOf(last) === "ok", endOf(result) === "ok"];
  if (after) return before ? "same" : "fixed";
  return before ? "regressed" : "still-failing";
}

/** What became of a delivery by each of its attempts, by their numbers; nothing for one that there is nothing to compare with. */
export function changesBetween(attempts: readonly AttemptHead[]): ReadonlyMap<number, ResendChange> {
  const changes = new Map<number, ResendChange>();
  for (const [at, { n, head, timings, error }] of attempts.entries()) {
    if (timings === undefined) continue;
    const change = changeSince(attempts.slice(0, at), { ...(head !== undefined && { head }), ...(error !== undefined && { error }) });
    if (change !== undefined) changes.set(n, change);
  }
  return changes;
}

function isStopped(error: AttemptError | undefined): boolean {
  return error?.code === "stopped";
}
