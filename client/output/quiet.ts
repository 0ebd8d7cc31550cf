import type { Writable } from "node:stream";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { clockTime } from "./clock-time.ts";
import { createLineWriter } from "./line-writer.ts";
import type { Output } from "./output.ts";
import { createRunNumbers } from "./run-numbers.ts";

/** Errors only, on stderr: attempts without an answer, the relay being gone, and warnings that somebody must act on. */
export function createQuietOutput({ stderr }: { readonly stderr: Writable }): Output {
  const lines = createLineWriter(stderr, (dropped) => `✗ ${dropped} errors are missing here: this output was not read`);
  const numbers = createRunNumbers();

  return {
    ready: () => undefined,
    delivery: (event) => void numbers.add(event),
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
