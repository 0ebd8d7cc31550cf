import type { CapturedRequest } from "../../shared/http/exchange.ts";
import type { AttemptEnd } from "../ledger/records.ts";
import { createServe, type ServeOptions } from "./serve.ts";

/**
 * Serves a request that this process has made up as if it had come over the link, which need not be there: judged, recorded (as `trigger`), sent to the
 * app.
 * @param body whole
 * @returns its attempt, when it is over
 */
export type Inject = (request: CapturedRequest, body: Buffer) => Promise<AttemptEnd>;

/** @param options those of the trunk that serves what comes over the link */
export function createInject(options: Omit<ServeOptions, "kind">): Inject {
  return (request, body) =>
    new Promise((resolve) => {
      const serve = createServe({
        ...options,
        kind: "trigger",
        onAnswered: (answered, end) => {
          options.onAnswered(answered, end);
          resolve(end);
        },
      });
      // nobody reads the answer but the record
      serve({
        request,
        body,
        listen: () => {},
        handedOn: () => {},
        information: () => {},
        respond: () => {},
        write: () => true,
        end: () => {},
        reset: () => {},
      });
    });
}
