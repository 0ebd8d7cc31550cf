import type { z } from "zod";
import { flatHeaders, type HeaderList } from "../../shared/http/headers.ts";
import type { ImportedDelivery } from "../ledger/records.ts";
import type { lineSchema } from "./input-schemas.ts";

type Line = z.infer<typeof lineSchema>;

/** The delivery of a line that {@link lineSchema} has accepted. */
export function deliveryOfLine(line: Line): ImportedDelivery {
  const { id, tunnel, base, forwarded, upgrade, request, held, state, verification } = line;
  return {
    id,
    receivedAt: Date.parse(line.receivedAt),
    tunnel,
    method: request.method,
    target: request.target,
    base,
    headers: flatHeaders(request.headers),
    forwarded,
    upgrade,
    provider: line.provider ?? undefined,
    event: line.event ?? undefined,
    eventId: line.eventId ?? undefined,
    verdict: line.verdict ?? undefined,
    verification: verification === null ? undefined : JSON.stringify(verification),
    duplicateOf: line.duplicateOf ?? undefined,
    held,
    state,
    body: bodyOf(request),
    complete: request.complete,
    attempts: line.attempts.map(attemptOf),
  };
}

function attemptOf(attempt: Line["attempts"][number]): ImportedDelivery["attempts"][number] {
  const { n, kind, target, request, status, reason, error, late } = attempt;
  const timings = attempt.ms === null ? undefined : { ...(attempt.headMs !== null && { head: attempt.headMs }), total: attempt.ms };
  return {
    n,
    kind,
    at: Date.parse(attempt.at),
    target,
    request: request === null ? undefined : sentRequest(request),
    head: status === null ? undefined : { status, reason: reason ?? "", headers: flatHeaders(attempt.headers ?? []) },
    body: bodyOf(attempt),
    timings,
    error: error ?? undefined,
    late,
  };
}

function sentRequest(request: NonNullable<Line["attempts"][number]["request"]>): {
  method: string;
  target: string;
  headers: HeaderList;
  body: Buffer;
} {
  const { method, target, headers, bodyBase64 } = request;
  return { method, target, headers: flatHeaders(headers), body: Buffer.from(bodyBase64, "base64") };
}

function bodyOf({
  bodyBase64,
  bytes: total,
  truncated,
}: {
  bodyBase64: string;
  bytes: number;
  truncated: boolean;
}): ImportedDelivery["body"] {
  const bytes = Buffer.from(bodyBase64, "base64");
  return { bytes, total: Math.max(total, bytes.length), truncated: truncated || total > bytes.length };
}
