import type { Writable } from "node:stream";
import { createLineWriter } from "./line-writer.ts";
import type { Output } from "./output.ts";

/**
 * One JSON object a line, each with `type` and `at` (ISO 8601, UTC): the contract for scripts. Nothing else goes to this stream.
 * @param now milliseconds since 1970, for the one line that has no event: the notice about lines that were dropped
 */
export function createNdjsonOutput({ stdout, now }: { readonly stdout: Writable; readonly now: () => number }): Output {
  const lines = createLineWriter(stdout, (dropped) =>
    json("warning", now(), {
      code: "output-dropped",
      message: `${dropped} lines are missing here: whatever reads this output stopped reading. The deliveries are recorded: devhook events`,
    }),
  );
  const write = (type: string, at: number, fields: object): void => lines.write(json(type, at, fields));
  const writeSoon = (type: string, at: number, fields: object): void => lines.writeSoon(json(type, at, fields));

  return {
    ready: ({ at, url, target, tunnel, relay, embedded }) => write("ready", at, { url, target, tunnel, relay, embedded }),
    delivery: ({ at, id, method, path, provider, event, verdict, held, duplicateOf }) =>
      writeSoon("delivery", at, { id, method, path, provider, event, verdict, held, duplicateOf }),
    attempt: ({ at, id, delivery, kind, status, ms, error }) => writeSoon("attempt", at, { id, delivery, kind, status, ms, error }),
    link: ({ at, state, attempt, reason }) => write("link", at, { state, attempt, reason }),
    warning: ({ at, code, message }) => write("warning", at, { code, message }),
    closed: ({ at, reason, deliveries, owed }) => write("closed", at, { reason, deliveries, owed }),
  };
}

function json(type: string, at: number, fields: object): string {
  return JSON.stringify({ type, at: new Date(at).toISOString(), ...fields });
}
