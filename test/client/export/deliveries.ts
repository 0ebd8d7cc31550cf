import type { Attempt, Delivery } from "../../../client/ledger/records.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";

/** An attempt as the record gives it, answered with 200 unless told. */
export function sampleAttempt(change: Partial<Attempt> = {}): Attempt {
  const { n, kind, at, target, head, timings } = sampleEnd();
  const bytes = Buffer.from('{"ok":true}');
  const body = { bytes, total: bytes.length, truncated: false };
  return { n, kind, at, target, request: undefined, head, body, timings, error: undefined, late: false, ...change };
}

/** A delivery as the record gives it, with nothing in it that is a secret. */
export function sampleDelivery(change: Partial<Delivery> = {}): Delivery {
  const bytes = Buffer.from('{"hello":"world"}');
  const attempts = [sampleAttempt()];
  const request = sampleRequest();
  return {
    ...request,
    seq: 1,
    path: "/hooks/stripe",
    provider: undefined,
    event: undefined,
    eventId: undefined,
    verdict: undefined,
    held: false,
    state: "answered",
    status: 200,
    ms: 2.25,
    bytes: bytes.length,
    duplicateOf: undefined,
    body: { bytes, total: bytes.length, truncated: false },
    complete: true,
    owed: false,
    pinned: false,
    verification: undefined,
    attempts,
    ...change,
  };
}
