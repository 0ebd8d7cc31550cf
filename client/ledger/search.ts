import type { AttemptKind } from "../../shared/http/exchange.ts";
import { flatHeaders } from "../../shared/http/headers.ts";
import type { Database } from "../../shared/sqlite/open.ts";
import type { ContentCheck } from "../filter/compile.ts";
import type { Filter } from "../filter/filter.ts";
import { createBodyReader } from "./body-reader.ts";
import { LEASE_MS } from "./limits.ts";
import type { DeliveryState, DeliverySummary, ListedDelivery, RefusalRecord } from "./records.ts";
import { ABANDONED_SQL } from "./runs.ts";

/** Which deliveries a list shows. */
export type ListQuery = {
  /** received at this time or later, milliseconds since 1970 */
  readonly sinceMs?: number;
  /** received for this tunnel; undefined: for any */
  readonly tunnel?: string | undefined;
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

/** Which deliveries rows are asked of: those with `ids`, which may not be there, or any. */
export type RowsQuery = ListQuery & { readonly ids?: readonly string[] };

/** The columns of a summary, in the order of {@link SummaryValues}. */
const summaryColumns = (state: string): string => `d.seq, d.id, d.received_at, d.tunnel, d.method, d.path, d.provider, d.event, d.event_id,
  d.verdict, d.held, ${state} AS state, d.attempts, d.status, d.ms, d.body_bytes, d.duplicate_of`;

/** The columns of a summary, from `deliveries d`. Parameter: as ABANDONED_SQL. */
export const SUMMARY_SQL = summaryColumns(`CASE WHEN ${ABANDONED_SQL} THEN 'interrupted' ELSE d.state END`);

/** The values of {@link SUMMARY_SQL}, by place: thousands of rows by the names of their columns take twice as long. */
export type SummaryValues = readonly [
  seq: number,
  id: string,
  receivedAt: number,
  tunnel: string,
  method: string,
  path: string,
  provider: string | null,
  event: string | null,
  eventId: string | null,
  verdict: string | null,
  held: number,
  state: DeliveryState,
  attempts: number,
  status: number | null,
  ms: number | null,
  bytes: number,
  duplicateOf: string | null,
];

/** The columns of a summary of which the state is found already. */
const SUMMARY_COLUMNS = summaryColumns("d.state");

/**
 * The columns of a listed delivery. SQLite finds the two members of a verification faster than it hands the text over, and need not look where they
 * cannot be.
 */
const LISTED_COLUMNS = `${SUMMARY_COLUMNS}, d.pinned, d.marked, (SELECT n.text FROM notes n WHERE n.delivery = d.seq ORDER BY n.id DESC LIMIT 1),
  a.kind, a.error_code, a.request IS NOT NULL, CASE WHEN d.duplicate_of IS NOT NULL THEN d.verification ->> '$.duplicate.sameBytes' END,
  CASE WHEN d.verdict <> 'valid' THEN d.verification ->> '$.reason.code' END`;

/** The values of {@link LISTED_COLUMNS}. */
type ListedValues = readonly [
  ...summary: SummaryValues,
  pinned: number,
  marked: number,
  note: string | null,
  lastKind: AttemptKind | null,
  lastError: string | null,
  edited: number,
  sameBytes: number | null,
  reason: string | null,
];

/**
 * Deliveries `d` with the state that is shown, and their newest attempt `a`. SQLite makes one query of it and what stands around it, and leaves out the
 * attempt where nobody asks for it. Parameter: as ABANDONED_SQL.
 */
const SOURCE = `FROM (SELECT ${SUMMARY_SQL}, d.pinned, d.marked, d.verification, d.headers, d.body, d.body_kept FROM deliveries d) d
  LEFT JOIN attempts a ON a.delivery = d.seq AND a.n = d.attempts`;

/** Which of the newest deliveries a mark is made of. */
export type MarkQuery = { readonly tunnel?: string | undefined; readonly limit: number };

/** Lists of what is recorded, on an open database. */
export type Search = {
  readonly list: (query: ListQuery) => readonly DeliverySummary[];
  readonly rows: (query: RowsQuery) => readonly ListedDelivery[];
  readonly mark: (query: MarkQuery) => string;
  /** Newest first. */
  readonly refusals: (query: { readonly sinceMs?: number; readonly limit: number }) => readonly RefusalRecord[];
};

/** A condition on a row of {@link SOURCE}. */
type Condition = { readonly where: string; readonly parameters: readonly (string | number)[] };

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
  const refusals = database.prepare<[number, number], RefusalRecord>(
    "SELECT relay, tunnel, relay_seq AS seq, at, method, path, status, reason FROM refusals WHERE at >= ? ORDER BY at DESC, id DESC LIMIT ?",
  );

  function select<Values>(columns: string, query: RowsQuery): readonly Values[] {
    const compiled = query.filter?.compile(now());
    const alive = now() - LEASE_MS;
    const range = rangeOf(query);
    const { order, limit } = query;
    const from = `${SOURCE} WHERE ${range.where} AND ${compiled?.where ?? "TRUE"} ORDER BY d.seq ${order === "newest" ? "DESC" : "ASC"}`;
    const parameters = [alive, ...range.parameters, ...(compiled?.parameters ?? [])];
    if (compiled?.rest === undefined) {
      return database
        .prepare<(string | number)[], Values>(`SELECT ${columns} ${from} LIMIT ?`)
        .raw()
        .all(...parameters, limit);
    }
    const bySeq = database.prepare<[number, number], Values>(`SELECT ${columns} ${SOURCE} WHERE d.seq = ?`).raw();
    const seqs = contentMatches(compiled.rest, { from, parameters, limit });
    return seqs.map((seq) => bySeq.get(alive, seq)).filter((values) => values !== undefined);
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

  // one transaction: matches and what is shown of them belong to the same moment
  const list = database.transaction((query: ListQuery) => select<SummaryValues>(SUMMARY_COLUMNS, query));
  const rows = database.transaction((query: RowsQuery) => select<ListedValues>(LISTED_COLUMNS, query));
  // only columns that stand before the large ones: those need not be read
  const marks = database
    .prepare<[string | null, string | null, number], string>(
      `SELECT json_array(COUNT(*), MAX(seq), SUM(seq), SUM(attempts), TOTAL(ms), SUM(status), SUM(pinned), SUM(marked), SUM(unicode(state)), SUM(length(verdict)),
        COUNT(verdict), (SELECT json_array(COUNT(*), MAX(id), SUM(length(text))) FROM notes))
      FROM (SELECT * FROM deliveries WHERE (? IS NULL OR tunnel = ?) ORDER BY seq DESC LIMIT ?)`,
    )
    .pluck();

  return {
    mark: ({ tunnel = null, limit }) => marks.get(tunnel ?? null, tunnel ?? null, limit) ?? "",
    list: (query) => list(query).map(summaryOf),
    rows: (query) => rows(query).map(listedOf),
    refusals: ({ sinceMs = 0, limit }) => refusals.all(sinceMs, limit),
  };
}

/** Everything but the filter. A border that nobody asks for is left out: SQLite would rather go along it than look up a few ids. */
function rangeOf({ ids, tunnel, sinceMs, afterSeq, upToSeq }: RowsQuery): Condition {
  const conditions: string[] = ["TRUE"];
  const parameters: (string | number)[] = [];
  const add = (condition: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    parameters.push(value);
  };
  add("d.id IN (SELECT value FROM json_each(?))", ids === undefined ? undefined : JSON.stringify(ids));
  add("d.tunnel = ?", tunnel);
  add("d.received_at >= ?", sinceMs);
  add("d.seq > ?", afterSeq);
  add("d.seq <= ?", upToSeq);
  return { where: conditions.join(" AND "), parameters };
}

/** The record of a row. */
export function summaryOf(values: SummaryValues | ListedValues): DeliverySummary {
  return {
    seq: values[0],
    id: values[1],
    receivedAt: values[2],
    tunnel: values[3],
    method: values[4],
    path: values[5],
    provider: values[6] ?? undefined,
    event: values[7] ?? undefined,
    eventId: values[8] ?? undefined,
    verdict: values[9] ?? undefined,
    held: values[10] === 1,
    state: values[11],
    attempts: values[12],
    status: values[13] ?? undefined,
    ms: values[14] ?? undefined,
    bytes: values[15],
    duplicateOf: values[16] ?? undefined,
  };
}

function listedOf(values: ListedValues): ListedDelivery {
  // as a spread it took sixty times as long, more than the query
  return Object.assign(summaryOf(values), {
    pinned: values[17] === 1,
    marked: values[18] === 1,
    note: values[19] ?? undefined,
    lastKind: values[20] ?? undefined,
    lastError: values[21] ?? undefined,
    edited: values[22] === 1,
    sameBytes: values[23] === null ? undefined : values[23] === 1,
    reason: values[24] ?? undefined,
  });
}
