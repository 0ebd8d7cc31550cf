import type { Writable } from "node:stream";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { clockTime } from "./clock-time.ts";
import { createLineWriter } from "./line-writer.ts";
import type { Output } from "./output.ts";
import { createRunNumbers } from "./run-numbers.ts";

/** Errors only, on stderr: attempts without an answer, signatures that do not hold, the relay being gone, and warnings that somebody must act on. */
export function createQuietOutput({ stderr }: { readonly stderr: Writable }): Output {
  const lines = createLineWriter(stderr, (dropped) => `✗ ${dropped} errors are missing here: this output was not read`);
  const numbers = createRunNumbers();

  return {
    ready: () => undefined,
    delivery: (event) => void numbers.add(event),
    verification: ({ at, delivery, verification: { verdict, reason } }) => {
      if (verdict !== "invalid" || reason === null) return;
      const { number } = numbers.find(delivery);
      lines.write(`✗ ${clockTime(at)} ${number} signature: ${sanitizeLine(reason.message)}`);
    },
    attempt: ({ at, delivery, error }) => {
      if (error === null) return;
      const { number } = numbers.find(delivery);
      lines.write(`✗ ${clockTime(at)} ${number} ${sanitizeLine(error.code)}: ${sanitizeLine(error.message)}`);
    },
    link: ({ at, state, reason }) => {
      if (state === "offline") lines.write(`✗ ${clockTime(at)} offline: ${sanitizeLine(reason)}`);
    },
    warning: ({ message, severity }) => {
      if (severity === "error") lines.write(`✗ ${sanitizeLine(message)}`);
    },
    closed: () => undefined,
  };
}
