import type { AttemptKind } from "../../shared/http/exchange.ts";
import { flatHeaders, type HeaderList } from "../../shared/http/headers.ts";
import type { Database } from "../../shared/sqlite/open.ts";
import { createBodyReader } from "./body-reader.ts";
import { LEASE_MS } from "./limits.ts";
import type { Attempt, Delivery, SentRequest } from "./records.ts";
import { SUMMARY_SQL, summaryOf, type SummaryRow } from "./search.ts";

type DeliveryRow = SummaryRow & {
  readonly forwarded_for: string;
  readonly forwarded_proto: string;
  readonly forwarded_host: string;
  readonly base: string;
  readonly upgrade: number;
  readonly complete: number;
  readonly truncated: number;
  readonly target: string;
  readonly headers: string;
  readonly verification: string | null;
  readonly owed: number;
  readonly pinned: number;
  readonly body: Buffer | null;
  readonly body_kept: number;
};

type AttemptRow = {
  readonly n: number;
  readonly kind: AttemptKind;
  readonly at: number;
  readonly target: string;
  readonly status: number | null;
  readonly reason: string | null;
  readonly head_ms: number | null;
  readonly total_ms: number | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly error_hint: string | null;
  readonly late: number;
  readonly truncated: number;
  readonly body_bytes: number;
  readonly body_kept: number;
  readonly request: string | null;
  readonly request_body: Buffer | null;
  readonly headers: string | null;
  readonly body: Buffer | null;
};

/** Reads one delivery whole, with its attempts and bodies, as of one moment. @returns undefined when there is none of this id */
export type ReadDelivery = (id: string) => Delivery | undefined;

/** @param now milliseconds since 1970, as in createSearch */
export function createReader(database: Database, now: () => number): ReadDelivery {
  const selectDelivery = database.prepare<[number, string], DeliveryRow>(`
    SELECT ${SUMMARY_SQL}, d.forwarded_for, d.forwarded_proto, d.forwarded_host, d.base, d.upgrade, d.complete, d.truncated, d.target,
      d.headers, d.verification, d.owed, d.pinned, d.body, d.body_kept
    FROM deliveries d WHERE d.id = ?`);
  const selectAttempts = database.prepare<[number], AttemptRow>("SELECT * FROM attempts WHERE delivery = ? ORDER BY n");
  const bytesOf = createBodyReader(database);

  function attemptOf(seq: number, row: AttemptRow): Attempt {
    return {
      n: row.n,
      kind: row.kind,
      at: row.at,
      target: row.target,
      request: row.request === null ? undefined : sentRequest(row.request, row.request_body),
      head: row.status === null ? undefined : { status: row.status, reason: row.reason ?? "", headers: headersOf(row.headers ?? "[]") },
      body: { bytes: bytesOf(seq, row.n, row.body, row.body_kept), total: row.body_bytes, truncated: row.truncated === 1 },
      timings:
        row.total_ms === null ? undefined : row.head_ms === null ? { total: row.total_ms } : { head: row.head_ms, total: row.total_ms },
      error: row.error_code === null ? undefined : { code: row.error_code, message: row.error_message ?? "", hint: row.error_hint ?? "" },
      late: row.late === 1,
    };
  }

  function read(id: string): Delivery | undefined {
    const row = selectDelivery.get(now() - LEASE_MS, id);
    if (row === undefined) return undefined;
    return {
      ...summaryOf(row),
      target: row.target,
      base: row.base,
      headers: headersOf(row.headers),
      forwarded: { for: row.forwarded_for, proto: row.forwarded_proto === "https" ? "https" : "http", host: row.forwarded_host },
      upgrade: row.upgrade === 1,
      body: { bytes: bytesOf(row.seq, 0, row.body, row.body_kept), total: row.body_bytes, truncated: row.truncated === 1 },
      complete: row.complete === 1,
      owed: row.owed === 1,
      pinned: row.pinned === 1,
      verification: row.verification ?? undefined,
      attempts: selectAttempts.all(row.seq).map((attempt) => attemptOf(row.seq, attempt)),
    };
  }

  // one transaction: the row, its attempts and its parts belong to the same moment
  return database.transaction(read);
}

function headersOf(json: string): HeaderList {
  return flatHeaders(JSON.parse(json) as [string, string][]);
}

function sentRequest(json: string, body: Buffer | null): SentRequest {
  const { method, target, headers } = JSON.parse(json) as { method: string; target: string; headers: [string, string][] };
  return { method, target, headers: flatHeaders(headers), body: body ?? Buffer.alloc(0) };
}
