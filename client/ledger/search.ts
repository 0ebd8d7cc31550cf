import { flatHeaders } from "../../shared/http/headers.ts";
import type { Database } from "../../shared/sqlite/open.ts";
import type { ContentCheck } from "../filter/compile.ts";
import type { Filter } from "../filter/filter.ts";
import { createBodyReader } from "./body-reader.ts";
import { LEASE_MS } from "./limits.ts";
import type { DeliveryState, DeliverySummary, RefusalRecord } from "./records.ts";
import { ABANDONED_SQL } from "./runs.ts";

/** Which deliveries a list shows. */
export type ListQuery = {
  /** received at this time or later, milliseconds since 1970 */
  readonly sinceMs?: number;
  /** recorded after the delivery with this seq */
  readonly afterSeq?: number;
  /** recorded no later than the delivery with this seq */
  readonly upToSeq?: number;
  readonly filter?: Filter | undefined;
  /** how many of those that match */
  readonly limit: number;
  /** order of recording */
  readonly order: "newest" | "oldest";
};

/** The columns of a summary, from `deliveries d`. Parameter: as ABANDONED_SQL. */
export const SUMMARY_SQL = `d.seq, d.id, d.received_at, d.tunnel, d.method, d.path, d.provider, d.event, d.event_id, d.verdict, d.held, d.attempts,
  d.status, d.ms, d.body_bytes, d.duplicate_of, CASE WHEN ${ABANDONED_SQL} THEN 'interrupted' ELSE d.state END AS state`;

/** The same columns of a row that has the state already. */
const SUMMARY_COLUMNS = `d.seq, d.id, d.received_at, d.tunnel, d.method, d.path, d.provider, d.event, d.event_id, d.verdict, d.held, d.attempts,
  d.status, d.ms, d.body_bytes, d.duplicate_of, d.state`;

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

/** What a filter looks into besides the summary. */
type ContentRow = {
  readonly seq: number;
  readonly headers?: string;
  readonly body?: Buffer | null;
  readonly body_kept?: number;
};

/** @param now milliseconds since 1970: a delivery whose process has not been heard of for 15 s shows as interrupted */
export function createSearch(database: Database, now: () => number): Search {
  const bodyOf = createBodyReader(database);
  const bySeq = database.prepare<[number, number], SummaryRow>(`SELECT ${SUMMARY_SQL} FROM deliveries d WHERE d.seq = ?`);
  const refusals = database.prepare<[number, number], RefusalRecord>(
    "SELECT relay, tunnel, relay_seq AS seq, at, method, path, status, reason FROM refusals WHERE at >= ? ORDER BY at DESC, id DESC LIMIT ?",
  );

  function list({ sinceMs = 0, afterSeq = 0, upToSeq = Number.MAX_SAFE_INTEGER, filter, limit, order }: ListQuery): readonly SummaryRow[] {
    const compiled = filter?.compile(now());
    // the outer query sees the state that is shown; SQLite makes one query of both
    const from = `FROM (SELECT ${SUMMARY_SQL}, d.marked, d.headers, d.body, d.body_kept FROM deliveries d) d
      WHERE d.received_at >= ? AND d.seq > ? AND d.seq <= ? AND ${compiled?.where ?? "TRUE"} ORDER BY d.seq ${order === "newest" ? "DESC" : "ASC"}`;
    const alive = now() - LEASE_MS;
    const parameters = [alive, sinceMs, afterSeq, upToSeq, ...(compiled?.parameters ?? [])];
    if (compiled?.rest === undefined) {
      return database.prepare<(string | number)[], SummaryRow>(`SELECT ${SUMMARY_COLUMNS} ${from} LIMIT ?`).all(...parameters, limit);
    }
    return contentMatches(compiled.rest, { from, parameters, limit }).flatMap((seq) => bySeq.get(alive, seq) ?? []);
  }

  /** Reads no more columns than the check needs: half of the time goes into carrying them over from SQLite. @returns seqs */
  function contentMatches(
    rest: ContentCheck,
    { from, parameters, limit }: { readonly from: string; readonly parameters: readonly (string | number)[]; readonly limit: number },
  ): readonly number[] {
    const columns = `d.seq${rest.needs.headers ? ", d.headers" : ""}${rest.needs.body ? ", d.body, d.body_kept" : ""}`;
    const found: number[] = [];
    for (const row of database.prepare<(string | number)[], ContentRow>(`SELECT ${columns} ${from}`).iterate(...parameters)) {
      if (!passes(rest, row)) continue;
      found.push(row.seq);
      if (found.length >= limit) break;
    }
    return found;
  }

  function passes(rest: ContentCheck, { seq, headers = "[]", body, body_kept: kept = 0 }: ContentRow): boolean {
    return rest.passes({
      get headers() {
        return flatHeaders(JSON.parse(headers) as [string, string][]);
      },
      get body() {
        return bodyOf(seq, 0, body ?? null, kept);
      },
    });
  }

  // one transaction: matches and their summaries belong to the same moment
  const listNow = database.transaction(list);
  return {
    list: (query) => listNow(query).map(summaryOf),
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
