import type { Database } from "../../shared/sqlite/open.ts";
import { capped } from "./refusal.ts";
import { REFUSALS_KEPT, type LoggedRefusal, type RefusedRequest } from "./registry.ts";

/** The refusals in SQLite, written in batches. */
export type RefusalLog = {
  readonly add: (refusal: RefusedRequest) => void;
  readonly unread: (tunnel: string) => readonly LoggedRefusal[];
  readonly seen: (tunnel: string, seq: number) => void;
  /** writes what is pending */
  readonly flush: () => void;
};

/** A refusal is on disk within this many milliseconds: one fsync then serves all of them. */
const FLUSH_AFTER_MS = 250;
/** Rows written at once at most: about 5 ms of work, so that a flood of refusals does not hold up webhooks for longer. */
const BATCH = 512;

/**
 * @param onFault hears when a batch could not be written; those refusals are gone, for they are a log and nothing that is owed
 */
export function createRefusalLog(database: Database, onFault: (error: unknown) => void): RefusalLog {
  const insert = database.prepare(
    "INSERT INTO refusals (tunnel, at, method, path, status, reason) VALUES (@tunnel, @at, @method, @path, @status, @reason)",
  );
  const prune = database.prepare(
    `DELETE FROM refusals WHERE tunnel = @tunnel AND seq <= (SELECT seq FROM refusals WHERE tunnel = @tunnel ORDER BY seq DESC LIMIT 1 OFFSET ${REFUSALS_KEPT})`,
  );
  const select = database.prepare<[string], LoggedRefusal>(
    "SELECT tunnel, at, method, path, status, reason, seq FROM refusals WHERE tunnel = ? ORDER BY seq",
  );
  const remove = database.prepare("DELETE FROM refusals WHERE tunnel = ? AND seq <= ?");
  const write = database.transaction((rows: readonly RefusedRequest[]) => {
    for (const row of rows) insert.run(row);
    for (const tunnel of new Set(rows.map((row) => row.tunnel))) prune.run({ tunnel });
  });
  let pending: RefusedRequest[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (pending.length === 0) return;
    const rows = pending;
    pending = [];
    try {
      write.immediate(rows);
    } catch (error) {
      onFault(error);
    }
  }

  function add(refusal: RefusedRequest): void {
    pending.push(capped(refusal));
    if (pending.length >= BATCH) flush();
    else timer ??= setTimeout(flush, FLUSH_AFTER_MS);
  }

  function unread(tunnel: string): readonly LoggedRefusal[] {
    flush();
    return select.all(tunnel);
  }

  function seen(tunnel: string, seq: number): void {
    remove.run(tunnel, seq);
  }

  return { add, unread, seen, flush };
}
