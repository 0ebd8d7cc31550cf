import type { AttemptKind } from "../../shared/http/exchange.ts";
import { flatHeaders, type HeaderList } from "../../shared/http/headers.ts";
import type { Database } from "../../shared/sqlite/open.ts";
import { createBodyReader } from "./body-reader.ts";
import { LEASE_MS } from "./limits.ts";
import type { Attempt, AttemptHead, BodySize, Delivery, DeliveryHead, RecordedBody } from "./records.ts";
import { SUMMARY_SQL, summaryOf, type SummaryValues } from "./search.ts";

/** What a delivery has besides its summary. */
type HeadRow = {
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
  readonly body_bytes: number;
  readonly body_kept: number;
};

type AttemptHeadRow = {
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
  readonly request_bytes: number;
  readonly headers: string | null;
};

/** A delivery without its attempts. */
type Base = Omit<DeliveryHead, "attempts">;

/** A body as its row holds it. */
type BodyRow = {
  readonly body: Buffer | null;
  readonly body_kept: number;
  readonly body_bytes: number;
  readonly truncated: number;
};

type AttemptRow = AttemptHeadRow & BodyRow & { readonly request_body: Buffer | null };

/** Reads single deliveries, each call as of one moment. Undefined stands for a delivery, an attempt or a body that is not there. */
export type Reader = {
  /** One delivery whole, with its attempts and bodies. */
  readonly get: (id: string) => Delivery | undefined;
  /** The same without the bytes of bodies. */
  readonly head: (id: string) => DeliveryHead | undefined;
  /** The body that was received. */
  readonly body: (id: string) => RecordedBody | undefined;
  /** What the app answered to attempt `n`. */
  readonly answerBody: (id: string, n: number) => RecordedBody | undefined;
  /** What attempt `n` sent, when that was not what was received. */
  readonly sentBody: (id: string, n: number) => RecordedBody | undefined;
};

const HEAD_SQL = `forwarded_for, forwarded_proto, forwarded_host, base, upgrade, complete, truncated, target, headers, verification, owed, pinned,
  body_bytes, body_kept`;

/** Columns of an attempt but for its bodies: of those SQLite reads the length without their pages. */
const ATTEMPT_SQL = `n, kind, at, target, status, reason, head_ms, total_ms, error_code, error_message, error_hint, late, truncated, body_bytes,
  body_kept, request, coalesce(length(request_body), 0) AS request_bytes, headers`;

/** @param now milliseconds since 1970, as in createSearch */
export function createReader(database: Database, now: () => number): Reader {
  const bytesOf = createBodyReader(database);
  const selectSummary = database.prepare<[number, string], SummaryValues>(`SELECT ${SUMMARY_SQL} FROM deliveries d WHERE d.id = ?`).raw();
  const selectHead = database.prepare<[number], HeadRow>(`SELECT ${HEAD_SQL} FROM deliveries WHERE seq = ?`);
  const selectBody = database.prepare<[number], BodyRow>("SELECT body, body_kept, body_bytes, truncated FROM deliveries WHERE seq = ?");
  const selectAttemptHeads = database.prepare<[number], AttemptHeadRow>(
    `SELECT ${ATTEMPT_SQL} FROM attempts WHERE delivery = ? ORDER BY n`,
  );
  const selectAttempts = database.prepare<[number], AttemptRow>(
    `SELECT ${ATTEMPT_SQL}, request_body, body FROM attempts WHERE delivery = ? ORDER BY n`,
  );
  const selectAnswer = database.prepare<[number, number], BodyRow>(
    "SELECT body, body_kept, body_bytes, truncated FROM attempts WHERE delivery = ? AND n = ?",
  );
  const selectSent = database
    .prepare<[number, number], Buffer>(
      "SELECT coalesce(request_body, x'') FROM attempts WHERE delivery = ? AND n = ? AND request IS NOT NULL",
    )
    .pluck();
  const seqOf = database.prepare<[string], number>("SELECT seq FROM deliveries WHERE id = ?").pluck();

  function bodyOf(seq: number, n: number, row: BodyRow): RecordedBody {
    return { bytes: bytesOf(seq, n, row.body, row.body_kept), total: row.body_bytes, truncated: row.truncated === 1 };
  }

  function baseOf(id: string): Base | undefined {
    const summary = selectSummary.get(now() - LEASE_MS, id);
    const row = summary === undefined ? undefined : selectHead.get(summary[0]);
    if (summary === undefined || row === undefined) return undefined;
    return {
      ...summaryOf(summary),
      target: row.target,
      base: row.base,
      headers: headersOf(row.headers),
      forwarded: { for: row.forwarded_for, proto: row.forwarded_proto === "https" ? "https" : "http", host: row.forwarded_host },
      upgrade: row.upgrade === 1,
      body: bodySizeOf(row),
      complete: row.complete === 1,
      owed: row.owed === 1,
      pinned: row.pinned === 1,
      verification: row.verification ?? undefined,
    };
  }

  function head(id: string): DeliveryHead | undefined {
    const base = baseOf(id);
    return base === undefined ? undefined : { ...base, attempts: selectAttemptHeads.all(base.seq).map(attemptHeadOf) };
  }

  function get(id: string): Delivery | undefined {
    const base = baseOf(id);
    const row = base === undefined ? undefined : selectBody.get(base.seq);
    if (base === undefined || row === undefined) return undefined;
    const { seq } = base;
    return { ...base, body: bodyOf(seq, 0, row), attempts: selectAttempts.all(seq).map((attempt) => attemptOf(seq, attempt)) };
  }

  function attemptOf(seq: number, row: AttemptRow): Attempt {
    const { request, ...rest } = attemptHeadOf(row);
    const sent = request === undefined ? undefined : { ...request, body: row.request_body ?? Buffer.alloc(0) };
    return { ...rest, request: sent, body: bodyOf(seq, row.n, row) };
  }

  /** @param read what to read of the delivery with this seq */
  function within<Rest extends readonly unknown[]>(
    read: (seq: number, ...rest: Rest) => RecordedBody | undefined,
  ): (id: string, ...rest: Rest) => RecordedBody | undefined {
    return (id, ...rest) => {
      const seq = seqOf.get(id);
      return seq === undefined ? undefined : read(seq, ...rest);
    };
  }

  function body(seq: number): RecordedBody | undefined {
    const row = selectBody.get(seq);
    return row === undefined ? undefined : bodyOf(seq, 0, row);
  }

  function answerBody(seq: number, n: number): RecordedBody | undefined {
    const row = selectAnswer.get(seq, n);
    return row === undefined ? undefined : bodyOf(seq, n, row);
  }

  function sentBody(seq: number, n: number): RecordedBody | undefined {
    const bytes = selectSent.get(seq, n);
    return bytes === undefined ? undefined : { bytes, total: bytes.length, truncated: false };
  }

  // each in one transaction: a row, its attempts and its parts belong to the same moment
  return {
    get: database.transaction(get),
    head: database.transaction(head),
    body: database.transaction(within(body)),
    answerBody: database.transaction(within(answerBody)),
    sentBody: database.transaction(within(sentBody)),
  };
}

function attemptHeadOf(row: AttemptHeadRow): AttemptHead {
  return {
    n: row.n,
    kind: row.kind,
    at: row.at,
    target: row.target,
    request: row.request === null ? undefined : sentHead(row.request, row.request_bytes),
    head: row.status === null ? undefined : { status: row.status, reason: row.reason ?? "", headers: headersOf(row.headers ?? "[]") },
    body: bodySizeOf(row),
    timings:
      row.total_ms === null ? undefined : row.head_ms === null ? { total: row.total_ms } : { head: row.head_ms, total: row.total_ms },
    error: row.error_code === null ? undefined : { code: row.error_code, message: row.error_message ?? "", hint: row.error_hint ?? "" },
    late: row.late === 1,
  };
}

function bodySizeOf(row: Omit<BodyRow, "body">): BodySize {
  return { total: row.body_bytes, truncated: row.truncated === 1, kept: row.body_kept };
}

function headersOf(json: string): HeaderList {
  return flatHeaders(JSON.parse(json) as [string, string][]);
}

function sentHead(json: string, bytes: number): AttemptHead["request"] {
  const { method, target, headers } = JSON.parse(json) as { method: string; target: string; headers: [string, string][] };
  return { method, target, headers: flatHeaders(headers), body: { total: bytes, truncated: false, kept: bytes } };
}
