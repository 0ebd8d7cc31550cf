import { DevhookError, messageOf, type ErrorCode } from "../../shared/errors.ts";

/** A {@link DevhookError} on its way between threads, which pass values and no errors of our own. */
export type ThreadFault = {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string | undefined;
  readonly fix: string | undefined;
};

/**
 * @param fault anything that was thrown
 * @param what failed, in one line, should `fault` be none that was expected
 */
export function toThreadFault(fault: unknown, what: string): ThreadFault {
  if (fault instanceof DevhookError) return { code: fault.code, what: fault.message, why: fault.why, fix: fault.fix };
  return { code: "internal", what, why: messageOf(fault), fix: undefined };
}

/** The error that the other thread had. */
export function fromThreadFault({ code, what, why, fix }: ThreadFault): DevhookError {
  return new DevhookError(code, { what, ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) });
}
