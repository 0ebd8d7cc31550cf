import type { AttemptEnd } from "../../../client/ledger/records.ts";
import type { CapturedRequest } from "../../../shared/http/exchange.ts";
import { createIdSource } from "../../../shared/ids.ts";

const ids = createIdSource();

/** A request as the relay captures it, with an id of its own. */
export function sampleRequest(change: Partial<CapturedRequest> = {}): CapturedRequest {
  const receivedAt = change.receivedAt ?? Date.now();
  return {
    id: ids.next(receivedAt),
    receivedAt,
    tunnel: "shop",
    method: "POST",
    target: "/hooks/stripe?x=1&x=2",
    base: "/shop",
    headers: ["Host", "relay.example", "X-Twice", "a", "x-twice", "b"],
    forwarded: { for: "203.0.113.7", proto: "https", host: "relay.example" },
    upgrade: false,
    ...change,
  };
}

/** The end of a first attempt that the app answered with 200. */
export function sampleEnd(change: Partial<AttemptEnd> = {}): AttemptEnd {
  return {
    n: 1,
    kind: "live",
    at: 1_790_000_000_000,
    target: "http://localhost:8000/hooks/stripe?x=1&x=2",
    head: { status: 200, reason: "OK", headers: ["Content-Type", "application/json"] },
    body: Buffer.from('{"ok":true}'),
    timings: { head: 1.5, total: 2.25 },
    ...change,
  };
}
