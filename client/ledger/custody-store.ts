import type { Database } from "../../shared/sqlite/open.ts";
import { outcomeOf, type Outcome } from "./final-status.ts";
import { LEASE_MS } from "./limits.ts";
import type { Acceptance, HeldDelivery, NewAttempt, OwedCount, OwedRow } from "./records.ts";
import type { Runs } from "./runs.ts";
import type { LedgerWriter } from "./write.ts";

type CustodyOptions = {
  readonly writer: LedgerWriter;
  readonly runs: Pick<Runs, "id" | "renew">;
  /** milliseconds since 1970 */
  readonly now: () => number;
};

/** What is owed to the app, on an open database. Every function that writes is one transaction, on disk when it returns; it throws SQLite's errors. */
export type CustodyStore = {
  /** Takes deliveries over: all of them or, when it throws, none. */
  readonly accept: (deliveries: readonly HeldDelivery[]) => readonly Acceptance[];
  /** Makes this process the one that works on a tunnel, or keeps it so. @returns whether it is */
  readonly hold: (tunnel: string) => boolean;
  readonly release: (tunnel: string) => void;
  /** In the order of receipt. */
  readonly owedOf: (tunnel: string) => readonly OwedRow[];
  /** Says when an owed delivery is tried next, with the attempt that is over. @returns whether it is owed */
  readonly setDue: (row: OwedRow, attempt: NewAttempt | undefined) => boolean;
  /** Says what became of an owed delivery, with the attempt that settled it. @returns whether it was owed */
  readonly settle: (id: string, outcome: Outcome, attempt: NewAttempt | undefined) => boolean;
};

/** How long a delivery that the app is just busy with is left alone: a live answer is waited for no longer. Milliseconds. */
const UNDER_WAY_MS = 60_000;

type KnownRow = OwedRow & { readonly seq: number; readonly owed: number; readonly outcome: Outcome | null };

/** @returns a {@link CustodyStore} with its statements prepared */
export function createCustodyStore(database: Database, { writer, runs, now }: CustodyOptions): CustodyStore {
  const sql = prepare(database);

  function accept({ request, body, facts }: HeldDelivery): Acceptance {
    const { id } = request;
    const known = sql.find.get(id);
    if (known?.owed === 1) return { kind: "already-owed", owed: { id, dueAt: known.dueAt, failures: known.failures } };
    if (known !== undefined && known.outcome !== null) return { kind: "already-answered" };
    const outcome = known === undefined ? undefined : answerTo(known.seq);
    if (known !== undefined && outcome !== undefined) {
      sql.answered.run(outcome, outcome === "failed" ? 1 : 0, known.seq);
      return { kind: "already-answered" };
    }
    const at = now();
    const isUnderWay = known !== undefined && sql.underWay.get(known.seq, at - LEASE_MS) !== undefined;
    const dueAt = isUnderWay ? at + UNDER_WAY_MS : at;
    writer.putWhole(request, body);
    sql.owe.run(dueAt, id);
    if (facts !== undefined) writer.setFacts(id, facts);
    return { kind: "stored", owed: { id, dueAt, failures: 0 } };
  }

  /** What the app has made of a delivery already: one 2xx is enough, else the newest answer counts. */
  function answerTo(seq: number): Outcome | undefined {
    const outcomes = sql.statuses.all(seq).map(outcomeOf);
    return outcomes.includes("delivered") ? "delivered" : outcomes.at(-1);
  }

  function hold(tunnel: string): boolean {
    // so that the lease is whole from now on
    runs.renew();
    return sql.takeTunnel.run(tunnel, runs.id, runs.id, now() - LEASE_MS).changes === 1;
  }

  function record(id: string, attempt: NewAttempt | undefined): void {
    if (attempt !== undefined) writer.addAttempt(id, attempt);
  }

  const acceptAll = database.transaction((deliveries: readonly HeldDelivery[]) => deliveries.map(accept));
  const holdTunnel = database.transaction(hold);
  const setDue = database.transaction(({ id, dueAt, failures }: OwedRow, attempt: NewAttempt | undefined): boolean => {
    record(id, attempt);
    return sql.setDue.run(dueAt, failures, id).changes === 1;
  });
  const settle = database.transaction((id: string, outcome: Outcome, attempt: NewAttempt | undefined): boolean => {
    record(id, attempt);
    const failed = outcome === "failed" ? 1 : 0;
    const failures = attempt === undefined ? 0 : failed;
    return sql.settle.run(outcome, failed, failures, failed === 1 ? "failed" : "answered", id).changes === 1;
  });

  return {
    accept: (deliveries) => acceptAll.immediate(deliveries),
    hold: (tunnel) => holdTunnel.immediate(tunnel),
    release: (tunnel) => void sql.leaveTunnel.run(tunnel, runs.id),
    owedOf: (tunnel) => sql.owedOf.all(tunnel),
    setDue: (row, attempt) => setDue.immediate(row, attempt),
    settle: (id, outcome, attempt) => settle.immediate(id, outcome, attempt),
  };
}

/** @returns counts what is owed to a tunnel's app */
export function createOwedCounter(database: Database): (tunnel: string) => OwedCount {
  const owed = database.prepare<[string], { readonly count: number; readonly oldest: number | null }>(
    "SELECT count(*) AS count, min(received_at) AS oldest FROM deliveries WHERE tunnel = ? AND owed = 1",
  );
  const failed = database.prepare<[string], number>("SELECT count(*) FROM deliveries WHERE tunnel = ? AND unseen = 1").pluck();
  return database.transaction((tunnel: string): OwedCount => {
    const { count, oldest } = owed.get(tunnel) ?? { count: 0, oldest: null };
    return { count, oldestAt: oldest ?? undefined, failed: failed.get(tunnel) ?? 0 };
  });
}

const OWED_SQL = "id, coalesce(due_at, 0) AS dueAt, failures";

function prepare(database: Database) {
  return {
    find: database.prepare<[string], KnownRow>(`SELECT seq, owed, outcome, ${OWED_SQL} FROM deliveries WHERE id = ?`),
    statuses: database
      .prepare<[number], number>("SELECT status FROM attempts WHERE delivery = ? AND status IS NOT NULL ORDER BY n")
      .pluck(),
    // the process that called may be gone: then nobody hears the answer
    underWay: database.prepare<[number, number], unknown>(`
      SELECT 1 FROM deliveries d JOIN runs r ON r.id = d.run JOIN attempts a ON a.delivery = d.seq
      WHERE d.seq = ? AND a.total_ms IS NULL AND r.ended_at IS NULL AND r.renewed_at >= ?`),
    owe: database.prepare(
      "UPDATE deliveries SET owed = 1, held = 1, state = 'pending', due_at = ?, failures = 0, outcome = NULL, unseen = 0 WHERE id = ?",
    ),
    answered: database.prepare("UPDATE deliveries SET held = 1, outcome = ?, unseen = ? WHERE seq = ?"),
    owedOf: database.prepare<[string], OwedRow>(`SELECT ${OWED_SQL} FROM deliveries WHERE tunnel = ? AND owed = 1 ORDER BY id`),
    setDue: database.prepare("UPDATE deliveries SET due_at = ?, failures = ? WHERE id = ? AND owed = 1"),
    settle: database.prepare(`
      UPDATE deliveries SET owed = 0, due_at = NULL, outcome = ?, unseen = ?, failures = failures + ?,
        state = CASE state WHEN 'pending' THEN ? ELSE state END
      WHERE id = ? AND owed = 1`),
    takeTunnel: database.prepare(`
      INSERT INTO custodians (tunnel, run) VALUES (?, ?) ON CONFLICT (tunnel) DO UPDATE SET run = excluded.run
      WHERE run = ? OR run NOT IN (SELECT id FROM runs WHERE ended_at IS NULL AND renewed_at >= ?)`),
    leaveTunnel: database.prepare("DELETE FROM custodians WHERE tunnel = ? AND run = ?"),
  };
}
