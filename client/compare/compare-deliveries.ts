import type { Delivery } from "../ledger/records.ts";
import { type BodyDifference, compareBodies } from "./compare-bodies.ts";
import { compareHeaders, type HeaderDifference } from "./compare-headers.ts";

/** Something that is not the same on both sides. */
export type Change<T> = { readonly before: T; readonly after: T };

/** How the request of one delivery differs from that of another: what the sender sent, and nothing of what was found out about it. */
export type Comparison = {
  readonly equal: boolean;
  readonly method: Change<string> | undefined;
  /** as it stood in the request line */
  readonly target: Change<string> | undefined;
  readonly headers: HeaderDifference;
  readonly body: BodyDifference;
  /** whether a body is not recorded whole: then only what is recorded was compared */
  readonly partial: boolean;
};

/**
 * Compares two requests, byte for byte in the end: `equal` means that nobody could tell them apart.
 * @param mostBytes larger bodies are compared by their bytes alone: members and lines of some megabytes take seconds
 */
export function compareDeliveries(before: Delivery, after: Delivery, { mostBytes = Infinity } = {}): Comparison {
  const method = changeOf(before.method, after.method);
  const target = changeOf(before.target, after.target);
  const headers = compareHeaders(before.headers, after.headers);
  const body = compareBodies(before.body, after.body, { mostBytes });
  const equal = method === undefined && target === undefined && headers.equal && body.kind === "same";
  const partial = [before, after].some((one) => one.body.truncated || !one.complete);
  return { equal, method, target, headers, body, partial };
}

function changeOf(before: string, after: string): Change<string> | undefined {
  return before === after ? undefined : { before, after };
}
