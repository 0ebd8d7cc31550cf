import type { Clock } from "../../shared/clock.ts";
import type { AttemptError, AttemptTimings, CapturedRequest, ResponseHead } from "../../shared/http/exchange.ts";
import type { AppTarget } from "../forwarder/app-target.ts";
import { createForwarder } from "../forwarder/forward.ts";

/** What one call of the app gave. */
export type CallResult = {
  /** undefined: no answer */
  readonly head?: ResponseHead;
  /** what came of the answer's body */
  readonly body: Buffer;
  readonly timings: AttemptTimings;
  readonly error?: AttemptError;
};

/**
 * Sends a recorded request to an app and waits for the whole answer; what goes wrong is in the result. `stop` ends the call: the result is
 * then what came until now, with the error `stopped`.
 */
export type Caller = (
  request: CapturedRequest,
  body: Buffer,
  options: { readonly target: AppTarget; readonly attempt: number; readonly timeoutMs: number; readonly stop: AbortSignal },
) => Promise<CallResult>;

/** Memory for one answer: far more than a webhook's, and an endless one (SSE) comes to its end here. Bytes. */
const ANSWER_LIMIT = 64 * 1024 * 1024;

/** @returns a {@link Caller} that uses the same forwarder as a running tunnel, without waiting for an app that is down */
export function createCaller(clock: Clock): Caller {
  return function call(request, body, { target, attempt, timeoutMs, stop }) {
    const forwarder = createForwarder({ target, clock, maxConnections: 1, graceMs: 0, timeoutMs });
    const startedAt = clock.monotonic();
    return new Promise<CallResult>((resolve) => {
      let head: ResponseHead | undefined;
      let headMs: number | undefined;
      let bytes = 0;
      const parts: Buffer[] = [];

      function end(error?: AttemptError): void {
        stop.removeEventListener("abort", forwarder.close);
        forwarder.close();
        const timings = { ...(headMs !== undefined && { head: headMs }), total: clock.monotonic() - startedAt };
        resolve({ ...(head !== undefined && { head }), body: Buffer.concat(parts), timings, ...(error !== undefined && { error }) });
      }

      forwarder.call(request, body, attempt, {
        information: () => undefined,
        handedOn: () => undefined,
        head: (received) => {
          head = received;
          headMs = clock.monotonic() - startedAt;
        },
        data: (part) => {
          bytes += part.length;
          // what is read is ours during the call only
          if (bytes <= ANSWER_LIMIT) parts.push(Buffer.from(part));
          else
            end({
              code: "cut-short",
              message: "the answer is larger than 64 MiB",
              hint: "call your app with curl for an answer of this size",
            });
          return true;
        },
        end: () => end(),
        failed: (error) => end(error),
      });
      if (stop.aborted) forwarder.close();
      else stop.addEventListener("abort", forwarder.close, { once: true });
    });
  };
}
