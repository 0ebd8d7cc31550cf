import type { Writable } from "node:stream";
import { DevhookError, ERROR_EXIT_CODES, messageOf } from "../../shared/errors.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { createColours } from "../output/colours.ts";

/** Where a failure is reported, and what decides how much of it. */
export type FailureSurroundings = {
  readonly stderr: Writable;
  readonly isTTY: { readonly stderr: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** Characters of one line of an error: a URL or a path fits, a page of text does not. */
const ERROR_LINE_LIMIT = 1000;

/**
 * Says on stderr what ended a command: a {@link DevhookError} in three lines at most, anything else in one sentence. The stack only with
 * DEVHOOK_DEBUG=1.
 * @returns the exit code
 */
export function reportFailure(error: unknown, { stderr, isTTY, env }: FailureSurroundings): number {
  const mark = createColours({ isTTY: isTTY.stderr, env }).bad("✗");
  const debug = env["DEVHOOK_DEBUG"] === "1";
  if (error instanceof DevhookError) {
    const [what, ...rest] = error.lines.map((line) => sanitizeLine(line, ERROR_LINE_LIMIT));
    stderr.write([`${mark} ${what}`, ...rest.map((line) => `  ${line}`), ""].join("\n"));
    if (debug) stderr.write(`${stackOf(error)}\n`);
    return error.exitCode;
  }
  const advice = debug ? "" : " (DEVHOOK_DEBUG=1 shows where)";
  stderr.write(`${mark} devhook failed unexpectedly: ${sanitizeLine(messageOf(error), ERROR_LINE_LIMIT)}${advice}\n`);
  if (debug) stderr.write(`${stackOf(error)}\n`);
  return ERROR_EXIT_CODES.internal;
}

/** Stacks of the error and of its causes. */
function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (let each: unknown = error, depth = 0; each !== undefined && depth < 5; depth++) {
    parts.push(each instanceof Error ? (each.stack ?? each.message) : messageOf(each));
    each = each instanceof Error ? each.cause : undefined;
  }
  return parts.join("\ncaused by: ");
}
