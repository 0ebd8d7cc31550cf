import type { Database } from "../../shared/sqlite/open.ts";
import type { Change, ExpiryRecord, HeldRow, Look, NextQuery, Questions, Step, StoredRow, TunnelFigures } from "./messages.ts";

/** What can be done to the rows of one open database. All calls throw SQLite's errors. */
export type JournalStore = {
  /** Does all of it in one transaction. @returns the answers in order, and the tunnels that have changed */
  readonly change: (changes: readonly Change[]) => {
    readonly values: readonly Questions[Change["type"]]["answer"][];
    readonly figures: readonly TunnelFigures[];
  };
  readonly look: (look: Look) => Questions[Look["type"]]["answer"];
  /** of every tunnel that has something */
  readonly figures: () => readonly TunnelFigures[];
};

export type StoreOptions = {
  readonly expiriesKept: number;
  /** milliseconds, for the time that a step may take */
  readonly monotonic: () => number;
};

/** A step ends after this long (milliseconds): requests wait behind it. */
const STEP_MS = 10;
/** Rows of one step at most. */
const STEP_ROWS = 256;
/** Characters of a target that a record of expiry keeps: longer than any webhook's path. */
const PATH_CHARACTERS = 2_048;

const ROW_COLUMNS = `id, tunnel, received_at AS receivedAt, status, size, method, target, base, headers, forwarded_for AS forwardedFor,
  forwarded_proto AS forwardedProto, forwarded_host AS forwardedHost, upgrade, body`;
const FIGURE_COLUMNS = `tunnel, count(*) AS count, sum(size) AS bytes,
  (SELECT received_at FROM held AS first WHERE first.tunnel = held.tunnel ORDER BY seq LIMIT 1) AS oldestAt`;

type Old = { readonly seq: number; readonly tunnel: string };

/** @returns the {@link JournalStore} of a migrated database */
export function createStore(database: Database, { expiriesKept, monotonic }: StoreOptions): JournalStore {
  const insert = database.prepare<[HeldRow]>(
    `INSERT INTO held (id, tunnel, received_at, status, size, method, target, base, headers, forwarded_for, forwarded_proto, forwarded_host, upgrade, body)
     VALUES (@id, @tunnel, @receivedAt, @status, @size, @method, @target, @base, @headers, @forwardedFor, @forwardedProto, @forwardedHost, @upgrade, @body)`,
  );
  const removeId = database.prepare<[string, string]>("DELETE FROM held WHERE id = ? AND tunnel = ?");
  const removeSeq = database.prepare<[number]>("DELETE FROM held WHERE seq = ?");
  const older = database.prepare<[number, number], Old>("SELECT seq, tunnel FROM held WHERE received_at < ? ORDER BY received_at LIMIT ?");
  const ofTunnel = database.prepare<[string, number], Old>("SELECT seq, tunnel FROM held WHERE tunnel = ? ORDER BY seq LIMIT ?");
  const recordExpiry = database.prepare<[number, number]>(
    `INSERT INTO expired (tunnel, id, received_at, at, method, path, status, reason)
     SELECT tunnel, id, received_at, ?, method, substr(target, 1, ${PATH_CHARACTERS}), status, 'expired' FROM held WHERE seq = ?`,
  );
  const pruneExpired = database.prepare<{ readonly tunnel: string; readonly keep: number }>(
    `DELETE FROM expired WHERE tunnel = @tunnel AND seq <= (SELECT seq FROM expired WHERE tunnel = @tunnel ORDER BY seq DESC LIMIT 1 OFFSET @keep)`,
  );
  const removeExpired = database.prepare<[string, number]>("DELETE FROM expired WHERE tunnel = ? AND seq <= ?");
  const removeAllExpired = database.prepare<[string]>("DELETE FROM expired WHERE tunnel = ?");
  const selectExpired = database.prepare<[string], ExpiryRecord>(
    "SELECT seq, tunnel, id, received_at AS receivedAt, at, method, path, status, reason FROM expired WHERE tunnel = ? ORDER BY seq",
  );
  const sizes = database.prepare<[string, number, number], { readonly seq: number; readonly size: number }>(
    "SELECT seq, size FROM held WHERE tunnel = ? AND seq > ? ORDER BY seq LIMIT ?",
  );
  const selectRow = database.prepare<[number], StoredRow>(`SELECT seq, ${ROW_COLUMNS} FROM held WHERE seq = ?`);
  const tunnels = database.prepare<[], string>("SELECT tunnel FROM held UNION SELECT tunnel FROM expired").pluck();
  const allFigures = database.prepare<[], TunnelFigures>(`SELECT ${FIGURE_COLUMNS} FROM held GROUP BY tunnel`);
  const oneFigure = database.prepare<[string], TunnelFigures>(`SELECT ${FIGURE_COLUMNS} FROM held WHERE tunnel = ? GROUP BY tunnel`);

  /** Goes through rows until its time is over. */
  function step(rows: readonly Old[], action: (row: Old) => void): Step {
    const until = monotonic() + STEP_MS;
    const gone = new Map<string, number>();
    let done = 0;
    for (const row of rows) {
      action(row);
      removeSeq.run(row.seq);
      gone.set(row.tunnel, (gone.get(row.tunnel) ?? 0) + 1);
      done++;
      if (monotonic() > until) break;
    }
    return { gone: [...gone], more: done < rows.length || rows.length === STEP_ROWS };
  }

  function expire(before: number, at: number): Step {
    const done = step(older.all(before, STEP_ROWS), ({ seq }) => recordExpiry.run(at, seq));
    for (const [tunnel] of done.gone) pruneExpired.run({ tunnel, keep: expiriesKept });
    return done;
  }

  function release(tunnel: string): Step {
    removeAllExpired.run(tunnel);
    return step(ofTunnel.all(tunnel, STEP_ROWS), () => undefined);
  }

  function apply(change: Change, changed: Set<string>): Questions[Change["type"]]["answer"] {
    switch (change.type) {
      case "hold":
        insert.run(change.row);
        changed.add(change.row.tunnel);
        return true;
      case "forget":
        for (const id of change.ids) removeId.run(id, change.tunnel);
        changed.add(change.tunnel);
        return true;
      case "expire":
      case "release": {
        const done = change.type === "expire" ? expire(change.before, change.at) : release(change.tunnel);
        for (const [tunnel] of done.gone) changed.add(tunnel);
        return done;
      }
      case "seen":
        removeExpired.run(change.tunnel, change.seq);
        return true;
    }
  }

  const change = database.transaction((changes: readonly Change[]) => {
    const changed = new Set<string>();
    const values = changes.map((one) => apply(one, changed));
    return { values, figures: [...changed].map(figuresOf) };
  });

  function figuresOf(tunnel: string): TunnelFigures {
    return oneFigure.get(tunnel) ?? { tunnel, count: 0, bytes: 0, oldestAt: undefined };
  }

  const next = database.transaction((tunnel: string, { after, limit, maxBytes }: NextQuery): readonly StoredRow[] => {
    const rows: StoredRow[] = [];
    let bytes = 0;
    for (const { seq, size } of sizes.all(tunnel, after, limit)) {
      bytes += size;
      if (rows.length > 0 && bytes > maxBytes) break;
      const row = selectRow.get(seq);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  });

  function look(question: Look): Questions[Look["type"]]["answer"] {
    switch (question.type) {
      case "next":
        return next.deferred(question.tunnel, question);
      case "expired":
        return selectExpired.all(question.tunnel);
      case "tunnels":
        return tunnels.all();
    }
  }

  return { change: (changes) => change.immediate(changes), look, figures: () => allFigures.all() };
}
