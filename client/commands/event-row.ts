import type { DeliverySummary, RefusalRecord } from "../ledger/records.ts";

/** One line of `devhook events`: a delivery, or what a relay refused while nobody was there to take it. Names as in the JSON contract. */
export type EventRow = {
  readonly id: string | null;
  /** milliseconds since 1970 */
  readonly receivedAt: number;
  readonly tunnel: string;
  readonly method: string;
  readonly path: string;
  readonly provider: string | null;
  readonly event: string | null;
  readonly eventId: string | null;
  readonly verdict: string | null;
  readonly held: boolean;
  readonly state: string;
  readonly attempts: number;
  readonly status: number | null;
  readonly ms: number | null;
  readonly bytes: number | null;
  readonly duplicateOf: string | null;
};

export function deliveryRow(delivery: DeliverySummary): EventRow {
  return {
    id: delivery.id,
    receivedAt: delivery.receivedAt,
    tunnel: delivery.tunnel,
    method: delivery.method,
    path: delivery.path,
    provider: delivery.provider ?? null,
    event: delivery.event ?? null,
    eventId: delivery.eventId ?? null,
    verdict: delivery.verdict ?? null,
    held: delivery.held,
    state: delivery.state,
    attempts: delivery.attempts,
    status: delivery.status ?? null,
    ms: delivery.ms ?? null,
    bytes: delivery.bytes,
    duplicateOf: delivery.duplicateOf ?? null,
  };
}

/** A refusal never became a delivery: it has no id, and its status is what the relay answered (null: the sender had gone). */
export function refusalRow(refusal: RefusalRecord): EventRow {
  return {
    id: null,
    receivedAt: refusal.at,
    tunnel: refusal.tunnel,
    method: refusal.method,
    path: refusal.path,
    provider: null,
    event: null,
    eventId: null,
    verdict: null,
    held: false,
    state: "refused",
    attempts: 0,
    status: refusal.status === 0 ? null : refusal.status,
    ms: null,
    bytes: null,
    duplicateOf: null,
  };
}

/** The row as one line of NDJSON, without its newline; times as ISO 8601. */
export function rowJson(row: EventRow): string {
  return JSON.stringify({ ...row, receivedAt: new Date(row.receivedAt).toISOString() });
}
