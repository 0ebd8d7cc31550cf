import { headerPairs } from "../../shared/http/headers.ts";
import type { Attempt, Delivery } from "../ledger/records.ts";

/** The version of a line; an import takes no other. */
export const LINE_FORMAT = "devhook-delivery/1";

/** Bytes of a line. One with bodies of 10 MiB has room for a dozen answers of that size; Node's texts end at twice as much. */
export const LINE_LIMIT = 256 * 1024 * 1024;

/** A delivery with all its attempts as one line of JSON, its end included: everything that an import needs to have it again. */
export function deliveryLine(delivery: Delivery): string {
  const { id, receivedAt, tunnel, base, forwarded, upgrade, method, target, headers, body, complete } = delivery;
  return `${JSON.stringify({
    format: LINE_FORMAT,
    id,
    receivedAt: new Date(receivedAt).toISOString(),
    tunnel,
    base,
    forwarded,
    upgrade,
    provider: delivery.provider ?? null,
    event: delivery.event ?? null,
    eventId: delivery.eventId ?? null,
    held: delivery.held,
    state: delivery.state,
    duplicateOf: delivery.duplicateOf ?? null,
    request: {
      method,
      target,
      headers: headerPairs(headers),
      bodyBase64: body.bytes.toString("base64"),
      bytes: body.total,
      truncated: body.truncated,
      complete,
    },
    verdict: delivery.verdict ?? null,
    verification: delivery.verification === undefined ? null : (JSON.parse(delivery.verification) as unknown),
    attempts: delivery.attempts.map(attemptOf),
  })}\n`;
}

function attemptOf({ n, kind, at, target, request, head, body, timings, error, late }: Attempt): object {
  return {
    n,
    kind,
    at: new Date(at).toISOString(),
    target,
    request:
      request === undefined
        ? null
        : {
            method: request.method,
            target: request.target,
            headers: headerPairs(request.headers),
            bodyBase64: request.body.toString("base64"),
          },
    status: head?.status ?? null,
    reason: head?.reason ?? null,
    headers: head === undefined ? null : headerPairs(head.headers),
    bodyBase64: body.bytes.toString("base64"),
    bytes: body.total,
    truncated: body.truncated,
    headMs: timings?.head ?? null,
    ms: timings?.total ?? null,
    error: error ?? null,
    late,
  };
}
