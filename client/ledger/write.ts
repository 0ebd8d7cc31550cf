import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { headerPairs, type HeaderList } from "../../shared/http/headers.ts";
import type { Database } from "../../shared/sqlite/open.ts";
import { outcomeOf } from "./final-status.ts";
import { PIECE_BYTES } from "./limits.ts";
import type {
  Attempt,
  AttemptEnd,
  AttemptStart,
  FoundFacts,
  ImportedDelivery,
  ImportIds,
  LedgerRow,
  NewAttempt,
  SentRequest,
} from "./records.ts";

export type WriterOptions = {
  /** runs.id of the process that records; undefined for one that only adds attempts, or what stood in a file */
  readonly run?: number | undefined;
  /** milliseconds since 1970 */
  readonly now: () => number;
  /** recorded of one body, bytes */
  readonly bodyBytes: number;
};

/** Synchronous writes on an open database. Every function is one transaction, and throws SQLite's errors with nothing written. */
export type LedgerWriter = {
  /** Writes the rows of a batch. A row about a delivery that is not recorded is passed over. */
  readonly apply: (rows: readonly LedgerRow[]) => void;
  /** Adds an attempt that is over. @returns its n, or undefined when there is no such delivery */
  readonly addAttempt: (deliveryId: string, attempt: NewAttempt) => number | undefined;
  /** Something has been found out about a delivery; takes the place of what was known. @returns whether there is such a delivery */
  readonly setFacts: (deliveryId: string, facts: FoundFacts) => boolean;
  /** Adds a delivery with the whole of its body, whatever its size, that waits for its answer. One that is there gets this body in place of its own. */
  readonly putWhole: (request: CapturedRequest, body: Buffer) => void;
  /** Adds deliveries as they are. @returns the ids they have got, in their order */
  readonly addImported: (deliveries: readonly ImportedDelivery[], ids: ImportIds) => readonly string[];
};

type ReceivedRow = Extract<LedgerRow, { type: "received" }>;
type AnsweredRow = Extract<LedgerRow, { type: "answered" }>;

/** A body that arrives piece by piece. */
type OpenBody = {
  readonly seq: number;
  /** 0: the request's; else the attempt's n, as it is recorded */
  readonly n: number;
  part: number;
  pieces: Buffer[];
  bytes: number;
};

/** Pieces from here on are worth a row of their own: putting them together would copy every byte of a download again. */
const SMALL_PIECE_BYTES = 32_768;

/** Stands for the seq of a body that is recorded already: its pieces are passed over. */
const REPEATED = -1;

/** @returns a {@link LedgerWriter} with its statements prepared */
export function createWriter(database: Database, { run, now, bodyBytes }: WriterOptions): LedgerWriter {
  const sql = prepare(database);
  /** delivery id -> seq, within one transaction: between two of them another process may remove a delivery */
  const known = new Map<string, number>();
  /** `${seq}/${n asked for}` -> where its pieces go */
  const open = new Map<string, OpenBody>();

  function seqOf(id: string): number | undefined {
    const seq = known.get(id);
    if (seq !== undefined) return seq;
    const found = sql.seqOf.get(id);
    if (found !== undefined) known.set(id, found);
    return found;
  }

  /** Of deliveries that were removed in the middle of a body. */
  function forgetRemoved(): void {
    for (const [key, { seq }] of open) if (seq !== REPEATED && sql.isThere.get(seq) === undefined) open.delete(key);
  }

  /** @returns whether the row is new */
  function insertDelivery({ request, body, bodyBytes: total, truncated }: ReceivedRow, answer: AnsweredRow | undefined): boolean {
    const cut = request.target.indexOf("?");
    const whole = body === undefined ? 0 : 1;
    const end = answer?.end;
    const result = sql.insertDelivery.run(
      request.id,
      run ?? null,
      end === undefined ? "pending" : stateAfter(end),
      request.receivedAt,
      now(),
      request.tunnel,
      request.method,
      cut === -1 ? request.target : request.target.slice(0, cut),
      end?.n ?? 0,
      end?.head?.status ?? null,
      end?.timings.total ?? null,
      request.forwarded.for,
      request.forwarded.proto,
      request.forwarded.host,
      request.base,
      request.upgrade ? 1 : 0,
      whole,
      truncated ? 1 : 0,
      total,
      body?.length ?? 0,
      request.target,
      headersJson(request.headers),
      body === undefined || body.length === 0 ? null : body,
    );
    if (result.changes === 1) {
      known.set(request.id, Number(result.lastInsertRowid));
      return true;
    }
    // what follows must not be added to the body that is there
    if (body === undefined) open.set(`${seqOf(request.id)}/0`, { seq: REPEATED, n: 0, part: 0, pieces: [], bytes: 0 });
    return false;
  }

  function bodyOf(seq: number, n: number): OpenBody {
    const key = `${seq}/${n}`;
    let body = open.get(key);
    if (body === undefined) {
      body = { seq, n, part: sql.nextPart.get(seq, n) ?? 1, pieces: [], bytes: 0 };
      open.set(key, body);
    }
    return body;
  }

  function addPiece(body: OpenBody, bytes: Buffer): void {
    if (body.seq === REPEATED) return;
    if (bytes.length >= SMALL_PIECE_BYTES || body.bytes + bytes.length > PIECE_BYTES) writePieces(body);
    if (bytes.length >= SMALL_PIECE_BYTES) {
      writePart(body, bytes);
      return;
    }
    body.pieces.push(bytes);
    body.bytes += bytes.length;
  }

  /** The small pieces of one batch become one row. */
  function writePieces(body: OpenBody): void {
    if (body.bytes === 0) return;
    const [first] = body.pieces;
    writePart(body, first !== undefined && body.pieces.length === 1 ? first : Buffer.concat(body.pieces, body.bytes));
    body.pieces = [];
    body.bytes = 0;
  }

  function writePart(body: OpenBody, bytes: Buffer): void {
    const { seq, n } = body;
    sql.insertPart.run(seq, n, body.part++, bytes);
    if (n === 0) sql.growRequest.run(bytes.length, bytes.length, seq);
    else sql.growAnswer.run(bytes.length, bytes.length, seq, n);
  }

  function closeBody(seq: number, n: number): void {
    const key = `${seq}/${n}`;
    const body = open.get(key);
    if (body === undefined) return;
    writePieces(body);
    open.delete(key);
  }

  /** Another process may have added attempts to the same delivery: then this one takes the next free number. */
  function startAttempt(seq: number, start: AttemptStart): void {
    if (sql.insertStart.run(seq, start.n, start.kind, start.at, start.target).changes === 0) {
      const n = sql.nextN.get(seq) ?? start.n;
      sql.insertStart.run(seq, n, start.kind, start.at, start.target);
      open.set(`${seq}/${start.n}`, { seq, n, part: 1, pieces: [], bytes: 0 });
    }
    sql.startDelivery.run(start.n, seq);
  }

  function endAttempt(seq: number, { end, bodyBytes: total, truncated }: AnsweredRow, recorded: { readonly withDelivery: boolean }): void {
    const moved = open.get(`${seq}/${end.n}`)?.n ?? end.n;
    closeBody(seq, end.n);
    let n = moved;
    if (upsertAttempt(seq, n, end, total, truncated) === 0) {
      n = sql.nextN.get(seq) ?? n;
      upsertAttempt(seq, n, end, total, truncated);
    }
    if (end.kind === "live" && !recorded.withDelivery) answerOwed(seq, end.head?.status);
    if (!recorded.withDelivery || n !== end.n) sql.endDelivery.run(n, end.head?.status ?? null, end.timings.total, stateAfter(end), seq, n);
  }

  /** The app was still busy with a delivery when it became owed, as after a lost link: what it has answered now counts. */
  function answerOwed(seq: number, status: number | undefined): void {
    const outcome = status === undefined ? undefined : outcomeOf(status);
    if (outcome === undefined) sql.hastenOwed.run(now(), seq);
    else sql.settleOwed.run(outcome, outcome === "failed" ? 1 : 0, seq);
  }

  /** @returns 0 when that n belongs to another attempt */
  function upsertAttempt(seq: number, n: number, end: AttemptEnd, total: number, truncated: boolean): number {
    const { head, error, timings, body } = end;
    const { changes } = sql.upsertAttempt.run(
      seq,
      n,
      end.kind,
      end.at,
      end.target,
      head?.status ?? null,
      head?.reason ?? null,
      timings.head ?? null,
      timings.total,
      error?.code ?? null,
      error?.message ?? null,
      error?.hint ?? null,
      end.late === true ? 1 : 0,
      truncated ? 1 : 0,
      total,
      body?.length ?? 0,
      head === undefined ? null : headersJson(head.headers),
      body === undefined || body.length === 0 ? null : body,
    );
    if (body === undefined && changes > 0) sql.sumAnswer.run(seq, n, seq, n);
    return changes;
  }

  function applyRows(rows: readonly LedgerRow[]): void {
    forgetRemoved();
    // most deliveries come with their answer in the same batch: then the row is written once
    const answers = new Map<string, AnsweredRow>();
    for (const row of rows) if (row.type === "answered") answers.set(row.id, row);
    const written = new Set<AnsweredRow>();
    for (const row of rows) {
      if (row.type === "refused") {
        for (const { relay, tunnel, seq, at, method, path, status, reason } of row.refusals) {
          sql.insertRefusal.run(relay, tunnel, seq, at, method, path, status, reason);
        }
        continue;
      }
      if (row.type === "received") {
        const answer = answers.get(row.request.id);
        if (insertDelivery(row, answer) && answer !== undefined) written.add(answer);
        continue;
      }
      const seq = seqOf(row.id);
      if (seq === undefined) continue;
      switch (row.type) {
        case "request-part":
          addPiece(bodyOf(seq, 0), row.bytes);
          break;
        case "request-ended":
          endRequest(seq, row.bodyBytes, row);
          break;
        case "verified":
          writeFacts(seq, row.facts);
          break;
        case "attempt-started":
          startAttempt(seq, row.start);
          break;
        case "response-part":
          addPiece(bodyOf(seq, row.n), row.bytes);
          break;
        case "answered":
          endAttempt(seq, row, { withDelivery: written.has(row) });
          break;
      }
    }
    for (const body of open.values()) writePieces(body);
  }

  function writeFacts(seq: number, { provider, event, eventId, verdict, duplicateOf, verification }: FoundFacts): void {
    sql.setFacts.run(provider, event, eventId, verdict, duplicateOf, verification, seq);
  }

  function setFacts(deliveryId: string, facts: FoundFacts): boolean {
    const seq = sql.seqOf.get(deliveryId);
    if (seq === undefined) return false;
    writeFacts(seq, facts);
    return true;
  }

  function endRequest(seq: number, total: number, flags: { readonly complete: boolean; readonly truncated: boolean }): void {
    const repeated = open.get(`${seq}/0`)?.seq === REPEATED;
    closeBody(seq, 0);
    if (!repeated) sql.endRequest.run(total, flags.complete ? 1 : 0, flags.truncated ? 1 : 0, seq);
  }

  function insertAttempt(deliveryId: string, attempt: NewAttempt): number | undefined {
    const seq = sql.seqOf.get(deliveryId);
    if (seq === undefined) return undefined;
    const n = sql.nextN.get(seq) ?? 1;
    writeAttempt(seq, n, attempt, { total: attempt.body?.length ?? 0, truncated: false });
    sql.endDelivery.run(n, attempt.head?.status ?? null, attempt.timings.total, stateAfter(attempt), seq, n);
    return n;
  }

  /** An attempt that is over, with its whole body. @param answer how much of a body there was, and whether its end is missing already */
  function writeAttempt(
    seq: number,
    n: number,
    attempt: NewAttempt,
    answer: { readonly total: number; readonly truncated: boolean },
  ): void {
    const whole = attempt.body ?? Buffer.alloc(0);
    const kept = whole.subarray(0, bodyBytes);
    const truncated = answer.truncated || kept.length < whole.length;
    upsertAttempt(seq, n, { ...attempt, n, body: kept.subarray(0, PIECE_BYTES) }, answer.total, truncated);
    writeRest({ seq, n, part: 1, pieces: [], bytes: 0 }, kept);
    if (attempt.request !== undefined) sql.setRequest.run(requestJson(attempt.request), attempt.request.body, seq, n);
  }

  /** What follows the first piece of a body, which stands in its row. */
  function writeRest(body: OpenBody, kept: Buffer): void {
    for (let from = PIECE_BYTES; from < kept.length; from += PIECE_BYTES) writePart(body, kept.subarray(from, from + PIECE_BYTES));
  }

  function writeWhole(request: CapturedRequest, body: Buffer): void {
    const found = sql.seqOf.get(request.id);
    const first = body.subarray(0, PIECE_BYTES);
    if (found === undefined) {
      insertDelivery({ type: "received", request, body: first, bodyBytes: body.length, truncated: false }, undefined);
    } else {
      open.delete(`${found}/0`);
      sql.removeParts.run(found, 0);
      sql.setBody.run(first.length === 0 ? null : first, first.length, found);
    }
    const seq = found ?? sql.seqOf.get(request.id);
    if (seq === undefined) throw new Error(`delivery ${request.id} has just been written and is not there`);
    writeRest({ seq, n: 0, part: 1, pieces: [], bytes: 0 }, body);
    sql.endRequest.run(body.length, 1, 0, seq);
  }

  function insertImported(delivery: ImportedDelivery, { newId, renamed }: ImportIds): string {
    const id = sql.seqOf.get(delivery.id) === undefined ? delivery.id : newId(delivery.receivedAt);
    if (id !== delivery.id) renamed.set(delivery.id, id);
    const kept = delivery.body.bytes.subarray(0, bodyBytes);
    const truncated = delivery.body.truncated || kept.length < delivery.body.bytes.length;
    const first = kept.subarray(0, PIECE_BYTES);
    insertDelivery({ type: "received", request: { ...delivery, id }, body: first, bodyBytes: delivery.body.total, truncated }, undefined);
    const seq = sql.seqOf.get(id);
    if (seq === undefined) throw new Error(`delivery ${id} has just been written and is not there`);
    writeRest({ seq, n: 0, part: 1, pieces: [], bytes: 0 }, kept);
    sql.endRequest.run(delivery.body.total, delivery.complete ? 1 : 0, truncated ? 1 : 0, seq);
    for (const attempt of delivery.attempts) writeImportedAttempt(seq, attempt);
    const last = delivery.attempts.at(-1);
    // nobody here works on it: what was under way there never ends
    const state = delivery.state === "pending" ? "interrupted" : delivery.state;
    const { provider, event, eventId, verdict, duplicateOf = "", verification } = delivery;
    const repeats = renamed.get(duplicateOf) ?? delivery.duplicateOf;
    const facts = [provider, event, eventId, verdict, repeats, verification].map((fact) => fact ?? null);
    sql.setImported.run(
      state,
      delivery.held ? 1 : 0,
      last?.n ?? 0,
      last?.head?.status ?? null,
      last?.timings?.total ?? null,
      ...facts,
      seq,
    );
    return id;
  }

  function writeImportedAttempt(seq: number, { n, kind, at, target, request, head, body, timings, error, late }: Attempt): void {
    if (timings === undefined) {
      sql.insertStart.run(seq, n, kind, at, target);
      return;
    }
    const end = { kind, at, target, timings, late, body: body.bytes };
    const rest = { ...(request !== undefined && { request }), ...(head !== undefined && { head }), ...(error !== undefined && { error }) };
    writeAttempt(seq, n, { ...end, ...rest }, body);
  }

  const applyAll = database.transaction(applyRows);
  const addAttempt = database.transaction(insertAttempt);
  const factsOf = database.transaction(setFacts);
  const putWhole = database.transaction(writeWhole);
  const addImported = database.transaction((deliveries: readonly ImportedDelivery[], ids: ImportIds) =>
    deliveries.map((delivery) => insertImported(delivery, ids)),
  );

  function remembering<T>(write: () => T): T {
    known.clear();
    try {
      return write();
    } catch (error) {
      // what was remembered may have been rolled back
      open.clear();
      throw error;
    }
  }

  return {
    apply: (rows) => remembering(() => applyAll.immediate(rows)),
    addAttempt: (deliveryId, attempt) => addAttempt.immediate(deliveryId, attempt),
    setFacts: (deliveryId, facts) => factsOf.immediate(deliveryId, facts),
    putWhole: (request, body) => remembering(() => putWhole.immediate(request, body)),
    addImported: (deliveries, ids) => remembering(() => addImported.immediate(deliveries, ids)),
  };
}

function stateAfter(end: Pick<AttemptEnd, "head" | "error">): "answered" | "failed" {
  return end.head !== undefined && end.error === undefined ? "answered" : "failed";
}

function headersJson(headers: HeaderList): string {
  return JSON.stringify(headerPairs(headers));
}

function requestJson({ method, target, headers }: SentRequest): string {
  return JSON.stringify({ method, target, headers: headerPairs(headers) });
}

function prepare(database: Database) {
  return {
    seqOf: database.prepare<[string], number>("SELECT seq FROM deliveries WHERE id = ?").pluck(),
    isThere: database.prepare<[number], number>("SELECT 1 FROM deliveries WHERE seq = ?").pluck(),
    insertDelivery: database.prepare(`
      INSERT INTO deliveries (seq, id, run, state, received_at, recorded_at, tunnel, method, path, attempts, status, ms, forwarded_for,
        forwarded_proto, forwarded_host, base, upgrade, complete, truncated, body_bytes, body_kept, target, headers, body)
      VALUES (1 + max((SELECT coalesce(max(seq), 0) FROM deliveries), (SELECT seq FROM last_removed)),
        ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`),
    endRequest: database.prepare("UPDATE deliveries SET body_bytes = ?, complete = ?, truncated = ? WHERE seq = ?"),
    growRequest: database.prepare("UPDATE deliveries SET body_kept = body_kept + ?, body_bytes = body_bytes + ? WHERE seq = ?"),
    growAnswer: database.prepare(
      "UPDATE attempts SET body_kept = body_kept + ?, body_bytes = max(body_bytes, body_kept + ?) WHERE delivery = ? AND n = ?",
    ),
    startDelivery: database.prepare("UPDATE deliveries SET attempts = max(attempts, ?) WHERE seq = ?"),
    // an answer that comes late must not hide what a newer attempt found
    endDelivery: database.prepare("UPDATE deliveries SET attempts = ?, status = ?, ms = ?, state = ? WHERE seq = ? AND attempts <= ?"),
    insertStart: database.prepare(
      "INSERT INTO attempts (delivery, n, kind, at, target) VALUES (?, ?, ?, ?, ?) ON CONFLICT (delivery, n) DO UPDATE SET target = excluded.target WHERE at = excluded.at AND kind = excluded.kind",
    ),
    sumAnswer: database.prepare(`
      UPDATE attempts SET body_kept = (SELECT coalesce(sum(length(bytes)), 0) FROM body_parts WHERE delivery = ? AND n = ?)
      WHERE delivery = ? AND n = ?`),
    upsertAttempt: database.prepare(`
      INSERT INTO attempts (delivery, n, kind, at, target, status, reason, head_ms, total_ms, error_code, error_message, error_hint,
        late, truncated, body_bytes, body_kept, headers, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (delivery, n) DO UPDATE SET status = excluded.status, reason = excluded.reason, head_ms = excluded.head_ms,
        total_ms = excluded.total_ms, error_code = excluded.error_code, error_message = excluded.error_message,
        error_hint = excluded.error_hint, late = excluded.late, truncated = excluded.truncated, body_bytes = excluded.body_bytes,
        body_kept = excluded.body_kept, headers = excluded.headers, body = excluded.body
      WHERE at = excluded.at AND kind = excluded.kind`),
    setFacts: database.prepare(
      "UPDATE deliveries SET provider = ?, event = ?, event_id = ?, verdict = ?, duplicate_of = ?, verification = ? WHERE seq = ?",
    ),
    setImported: database.prepare(`
      UPDATE deliveries SET state = ?, held = ?, attempts = ?, status = ?, ms = ?, provider = ?, event = ?, event_id = ?, verdict = ?,
        duplicate_of = ?, verification = ? WHERE seq = ?`),
    setRequest: database.prepare("UPDATE attempts SET request = ?, request_body = ? WHERE delivery = ? AND n = ?"),
    settleOwed: database.prepare("UPDATE deliveries SET owed = 0, outcome = ?, unseen = ?, due_at = NULL WHERE seq = ? AND owed = 1"),
    hastenOwed: database.prepare("UPDATE deliveries SET due_at = min(due_at, ?) WHERE seq = ? AND owed = 1 AND failures = 0"),
    removeParts: database.prepare("DELETE FROM body_parts WHERE delivery = ? AND n = ?"),
    setBody: database.prepare("UPDATE deliveries SET body = ?, body_kept = ? WHERE seq = ?"),
    nextN: database.prepare<[number], number>("SELECT coalesce(max(n), 0) + 1 FROM attempts WHERE delivery = ?").pluck(),
    nextPart: database
      .prepare<[number, number], number>("SELECT coalesce(max(part), 0) + 1 FROM body_parts WHERE delivery = ? AND n = ?")
      .pluck(),
    insertPart: database.prepare("INSERT INTO body_parts (delivery, n, part, bytes) VALUES (?, ?, ?, ?)"),
    insertRefusal: database.prepare(`
      INSERT INTO refusals (relay, tunnel, relay_seq, at, method, path, status, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (relay, tunnel, relay_seq) DO NOTHING`),
  };
}
