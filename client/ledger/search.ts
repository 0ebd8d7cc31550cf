import type { Database } from "../../shared/sqlite/open.ts";
import { LEASE_MS } from "./limits.ts";
import type { DeliveryState, DeliverySummary, RefusalRecord } from "./records.ts";
import { ABANDONED_SQL } from "./runs.ts";

/** Which deliveries a list shows. */
export type ListQuery = {
  /** received at this time or later, milliseconds since 1970 */
  readonly sinceMs?: number;
  /** recorded after the delivery with this seq */
  readonly afterSeq?: number;
  readonly limit: number;
  /** order of recording */
  readonly order: "newest" | "oldest";
};

/** The columns of a summary, from `deliveries d`. Parameter: as ABANDONED_SQL. */
export const SUMMARY_SQL = `d.seq, d.id, d.received_at, d.tunnel, d.method, d.path, d.provider, d.event, d.event_id, d.verdict, d.held, d.attempts,
  d.status, d.ms, d.body_bytes, d.duplicate_of, CASE WHEN ${ABANDONED_SQL} THEN 'interrupted' ELSE d.state END AS state`;

/** A row of {@link SUMMARY_SQL}. */
export type SummaryRow = {
  readonly seq: number;
  readonly id: string;
  readonly received_at: number;
  readonly tunnel: string;
  readonly method: string;
  readonly path: string;
  readonly provider: string | null;
  readonly event: string | null;
  readonly event_id: string | null;
  readonly verdict: string | null;
  readonly held: number;
  readonly attempts: number;
  readonly status: number | null;
  readonly ms: number | null;
  readonly body_bytes: number;
  readonly duplicate_of: string | null;
  readonly state: DeliveryState;
};

/** Lists of what is recorded, on an open database. */
export type Search = {
  readonly list: (query: ListQuery) => readonly DeliverySummary[];
  /** Newest first. */
  readonly refusals: (query: { readonly sinceMs?: number; readonly limit: number }) => readonly RefusalRecord[];
};

/** @param now milliseconds since 1970: a delivery whose process has not been heard of for 15 s shows as interrupted */
export function createSearch(database: Database, now: () => number): Search {
  const select = `SELECT ${SUMMARY_SQL} FROM deliveries d WHERE d.received_at >= ? AND d.seq > ? ORDER BY d.seq`;
  const newest = database.prepare<[number, number, number, number], SummaryRow>(`${select} DESC LIMIT ?`);
  const oldest = database.prepare<[number, number, number, number], SummaryRow>(`${select} LIMIT ?`);
  const refusals = database.prepare<[number, number], RefusalRecord>(
    "SELECT relay, tunnel, relay_seq AS seq, at, method, path, status, reason FROM refusals WHERE at >= ? ORDER BY at DESC, id DESC LIMIT ?",
  );
  return {
    list({ sinceMs = 0, afterSeq = 0, limit, order }) {
      const rows = (order === "newest" ? newest : oldest).all(now() - LEASE_MS, sinceMs, afterSeq, limit);
      return rows.map((row) => summaryOf(row));
    },
    refusals: ({ sinceMs = 0, limit }) => refusals.all(sinceMs, limit),
  };
}

/** The record of a row. */
export function summaryOf(row: SummaryRow): DeliverySummary {
  return {
    seq: row.seq,
    id: row.id,
    receivedAt: row.received_at,
    tunnel: row.tunnel,
    method: row.method,
    path: row.path,
    provider: row.provider ?? undefined,
    event: row.event ?? undefined,
    eventId: row.event_id ?? undefined,
    verdict: row.verdict ?? undefined,
    held: row.held === 1,
    state: row.state,
    attempts: row.attempts,
    status: row.status ?? undefined,
    ms: row.ms ?? undefined,
    bytes: row.body_bytes,
    duplicateOf: row.duplicate_of ?? undefined,
  };
}
