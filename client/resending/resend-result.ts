import type { AttemptError } from "../../shared/http/exchange.ts";
import type { Attempt, SentRequest } from "../ledger/records.ts";
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

export function endOf({ head, error }: Pick<Attempt, "head" | "error"> | CallResult): ResendEnd {
  if (error !== undefined) return UNREACHABLE.has(error.code) ? "unreachable" : "failed";
  return head !== undefined && head.status >= 200 && head.status < 300 ? "ok" : "answered";
}

/** Compares a call with the newest attempt before it that says anything: not one that devhook ended itself, or that never ended. */
export function changeSince(earlier: readonly Attempt[], result: CallResult): ResendChange | undefined {
  const last = earlier.findLast(({ timings, error }) => timings !== undefined && !isStopped(error));
  if (last === undefined || isStopped(result.error)) return undefined;
  const [before, after] = [endOf(last) === "ok", endOf(result) === "ok"];
  if (after) return before ? "same" : "fixed";
  return before ? "regressed" : "still-failing";
}

function isStopped(error: AttemptError | undefined): boolean {
  return error?.code === "stopped";
}
