import type { AttemptError } from "../../shared/http/exchange.ts";
import type { AnswerFailure } from "./app-connection.ts";
import type { ConnectFailure } from "./connect-failure.ts";

/** What a person is told when there is no connection to the app at `url`. */
export function connectFault(failure: ConnectFailure, url: URL): AttemptError {
  if (failure.kind === "refused") {
    return {
      code: "app-refused",
      message: `nothing listens on ${failure.tried}`,
      hint: "start your app there, or point devhook at where it listens: devhook start PORT",
    };
  }
  const secure = url.protocol === "https:" && !/ENOTFOUND|EAI_AGAIN|within/.test(failure.message);
  return {
    code: "app-unreachable",
    message: `no connection to the app at ${failure.tried}: ${failure.message}`,
    hint: secure
      ? "if its certificate is self-signed, start devhook with --insecure"
      : "check the host and port that devhook start was given",
  };
}

/** What a person is told when the app's answer is not whole. */
export function answerFault(failure: AnswerFailure): AttemptError {
  if (failure.kind === "malformed") {
    return {
      code: "app-malformed",
      message: failure.message,
      hint: "look at how your app writes its response: clients elsewhere would refuse it as well",
    };
  }
  return { code: "app-reset", message: failure.message, hint: "your app may have crashed or restarted on this request: look at its log" };
}

/** What a person is told when the app takes too long. `begun`: its head had come. */
export function timeoutFault(milliseconds: number, state: { readonly begun: boolean }): AttemptError {
  const limit = `${milliseconds / 1_000} s`;
  if (state.begun) {
    return {
      code: "app-stalled",
      message: `the app sent nothing for ${limit} in the middle of its answer`,
      hint: "look for what your app waits for while it writes",
    };
  }
  return {
    code: "app-timeout",
    message: `the app did not answer within ${limit}`,
    hint: "answer first and work afterwards: platforms wait 5 to 30 s; --timeout SECONDS moves devhook's own limit",
  };
}

/** What a person is told when no connection to the app became free in time: the request has not been sent. */
export function busyFault(milliseconds: number, connections: number): AttemptError {
  return {
    code: "app-busy",
    message: `all ${connections} connections to the app were in use for ${milliseconds / 1_000} s`,
    hint: "answer first and work afterwards, or let more in at once with --max-connections",
  };
}

/** What a person is told of a call that devhook itself ended. */
export const STOPPED: AttemptError = {
  code: "stopped",
  message: "devhook was stopped before the app's answer was complete",
  hint: "send it again with: devhook resend",
};
