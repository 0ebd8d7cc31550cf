import type { Clock } from "../../shared/clock.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { clockTime } from "../output/clock-time.ts";
import type { Colours } from "../output/colours.ts";
import type { ResendEnd, ResendResult } from "../resending/resend-result.ts";

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
