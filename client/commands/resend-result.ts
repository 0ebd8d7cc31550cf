import type { Clock } from "../../shared/clock.ts";
import type { AttemptError } from "../../shared/http/exchange.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import type { Attempt, SentRequest } from "../ledger/records.ts";
import { clockTime } from "../output/clock-time.ts";
import type { Colours } from "../output/colours.ts";
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

/** The JSON contract of `resend`, one line. */
export function resultJson({ id, attempt, called, result, change, isEdited, isResigned }: ResendResult): string {
  return JSON.stringify({
    id,
    attempt,
    target: called,
    status: result.head?.status ?? null,
    ms: result.timings.total,
    error: result.error ?? null,
    change: change ?? null,
    ...(isEdited && { edited: true }),
    ...(isResigned && { resigned: true }),
  });
}

/** `14:02:31 0193a1b2-c3d4 200 4ms POST /webhooks/x → http://localhost:8000 (signed anew) fixed` */
export function resultLine({ id, at, app, request, result, change, isEdited, isResigned }: ResendResult, colours: Colours): string {
  const { head, timings, error } = result;
  const paint = head === undefined || head.status >= 500 ? colours.bad : head.status >= 400 ? colours.warn : colours.ok;
  const asked = `${sanitizeLine(request.method, 20)} ${sanitizeLine(request.target, 160)}`;
  const marks = [...(isEdited ? ["edited"] : []), ...(isResigned ? ["signed anew"] : [])].join(", ");
  const words = { fixed: colours.ok, "still-failing": colours.bad, regressed: colours.bad, same: colours.dim };
  return [
    `${clockTime(at)} ${id.slice(0, 18)} ${paint(String(head?.status ?? "ERR"))} ${Math.round(timings.total)}ms ${asked} → ${app}`,
    ...(marks === "" ? [] : [`(${marks})`]),
    ...(change === undefined ? [] : [words[change](change.replace("-", " "))]),
    ...(error === undefined ? [] : [`${colours.bad(`${error.code}: ${sanitizeLine(error.message)}`)}; ${sanitizeLine(error.hint)}`]),
  ].join(" ");
}

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 2_000;

/** Counts what is over. */
export type ResendCount = {
  readonly add: (end: ResendEnd) => void;
  readonly of: (end: ResendEnd) => number;
  /** `40 of 200 sent`, when the last such line is some seconds old */
  readonly progress: () => string | undefined;
  /** `12 sent: 10 answered 2xx, 1 otherwise, 1 failed` */
  readonly summary: () => string;
};

export function createResendCount(total: number, clock: Pick<Clock, "monotonic">): ResendCount {
  const counts = { ok: 0, answered: 0, unreachable: 0, failed: 0 };
  let toldAt = clock.monotonic();
  const sent = (): number => counts.ok + counts.answered + counts.unreachable + counts.failed;
  return {
    add: (end) => void (counts[end] += 1),
    of: (end) => counts[end],
    progress() {
      if (sent() === total || clock.monotonic() - toldAt < PROGRESS_MS) return undefined;
      toldAt = clock.monotonic();
      return `${sent()} of ${total} sent`;
    },
    summary() {
      const { ok, answered, unreachable, failed } = counts;
      const rest = total - sent();
      return `${sent()} sent: ${ok} answered 2xx, ${answered} otherwise, ${unreachable + failed} failed${rest > 0 ? `; ${rest} not sent` : ""}`;
    },
  };
}
