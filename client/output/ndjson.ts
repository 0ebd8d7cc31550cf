import type { Writable } from "node:stream";
import { createLineWriter } from "./line-writer.ts";
import type { Output } from "./output.ts";

/**
 * One JSON object a line, each with `type` and `at` (ISO 8601, UTC): the contract for scripts. Nothing else goes to this stream.
 * @param now milliseconds since 1970, for the one line that has no event: the notice about lines that were dropped
 */
export function createNdjsonOutput({ stdout, now }: { readonly stdout: Writable; readonly now: () => number }): Output {
  const iso = createIsoClock();
  const lines = createLineWriter(stdout, (dropped) => {
    const message = `${dropped} lines are missing here: whatever reads this output stopped reading. The deliveries are recorded: devhook events`;
    return JSON.stringify({ type: "warning", at: iso(now()), code: "output-dropped", message });
  });
  const write = (line: object): void => lines.write(JSON.stringify(line));

  // each line is written out member by member: copying events into others showed in the profile of a busy tunnel
  return {
    ready: ({ at, url, target, tunnel, relay, embedded }) => write({ type: "ready", at: iso(at), url, target, tunnel, relay, embedded }),
    delivery: ({ at, id, method, path, provider, event, verdict, held, duplicateOf, sameBytes, scheme, handshake }) => {
      const line = { type: "delivery", at: iso(at), id, method, path, provider, event, verdict, held, duplicateOf };
      const isPlain = duplicateOf === null && handshake === null && scheme === null;
      lines.writeSoon(JSON.stringify(isPlain ? line : { ...line, sameBytes, scheme, handshake }));
    },
    verification: ({ at, delivery, provider, event, eventId, duplicateOf, sameBytes, handshake, verification }) => {
      const { verdict, scheme, signature, time, ageSeconds, reason } = verification;
      const found = { provider, event, eventId, duplicateOf, sameBytes, handshake, verdict, scheme, signature, time, ageSeconds, reason };
      lines.writeSoon(JSON.stringify({ type: "verification", at: iso(at), delivery, ...found }));
    },
    attempt: ({ at, id, delivery, kind, status, ms, error, deadline }) =>
      lines.writeSoon(JSON.stringify({ type: "attempt", at: iso(at), id, delivery, kind, status, ms, error, deadline })),
    link: ({ at, state, attempt, reason }) => write({ type: "link", at: iso(at), state, attempt, reason }),
    warning: ({ at, code, message }) => write({ type: "warning", at: iso(at), code, message }),
    closed: ({ at, reason, deliveries, owed }) => write({ type: "closed", at: iso(at), reason, deliveries, owed }),
  };
}

/** Milliseconds since 1970 as ISO 8601; several events of one millisecond are formatted once. */
function createIsoClock(): (at: number) => string {
  let last = Number.NaN;
  let text = "";
  return (at) => {
    if (at !== last) {
      last = at;
      text = new Date(at).toISOString();
    }
    return text;
  };
}
