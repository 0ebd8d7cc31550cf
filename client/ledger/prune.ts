import { existsSync } from "node:fs";
import { databaseFault } from "../../shared/sqlite/fault.ts";
import { migrate } from "../../shared/sqlite/migrate.ts";
import { type Database, openDatabase } from "../../shared/sqlite/open.ts";
import { EVICTABLE, VACUUM_PAGES } from "./retention.ts";
import { LEDGER_MIGRATIONS } from "./schema.ts";

/** The work of forgetting everything that was recorded before a moment. Each call is one short transaction, so that recording goes on meanwhile. */
export type Pruning = {
  /** what there is to remove */
  readonly found: Removed;
  /** Removes some, the oldest first; none when none is left. */
  readonly step: () => Removed;
  /** Gives some of the free room back to the disk. @returns whether there is more */
  readonly shrink: () => boolean;
  /** of the database, without what is free inside, as it will be when no reader needs the old state any more */
  readonly fileBytes: () => number;
  readonly close: () => void;
};

/** `bytes` are those of headers and bodies. */
type Removed = { readonly deliveries: number; readonly bytes: number };

const BYTES_SQL = `length(headers) + body_kept + (
  SELECT coalesce(sum(coalesce(length(a.headers), 0) + a.body_kept + coalesce(length(a.request_body), 0)), 0) FROM attempts a WHERE a.delivery = seq)`;

/** Deliveries of one step: some ten milliseconds. */
const STEP_ROWS = 256;

/**
 * Owed, pinned, unseen and unanswered deliveries stay, whatever their age.
 * @param before milliseconds since 1970, by this machine's clock
 * @returns undefined when nothing was ever recorded
 * @throws DevhookError as openDatabase and migrate, here and from any call later on
 */
export function openPruning(path: string, before: number): Pruning | undefined {
  if (!existsSync(path)) return undefined;
  const database = openDatabase(path);
  try {
    migrate(database, LEDGER_MIGRATIONS);
    return createPruning(database, path, before);
  } catch (error) {
    database.close();
    throw databaseFault(error, path);
  }
}

function createPruning(database: Database, path: string, before: number): Pruning {
  const condition = `${EVICTABLE} AND recorded_at < ?`;
  const count = database.prepare<[number], Removed>(
    `SELECT count(*) AS deliveries, coalesce(sum(${BYTES_SQL}), 0) AS bytes FROM deliveries WHERE ${condition}`,
  );
  const oldest = database.prepare<[number], { readonly seq: number; readonly bytes: number }>(
    `SELECT seq, ${BYTES_SQL} AS bytes FROM deliveries WHERE ${condition} ORDER BY seq LIMIT ${STEP_ROWS}`,
  );
  const remove = database.prepare("DELETE FROM deliveries WHERE seq = ?");
  const removeRefusals = database.prepare("DELETE FROM refusals WHERE at < ?");
  const pragma = (name: string): number => database.pragma(name, { simple: true }) as number;

  function within<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw databaseFault(error, path);
    }
  }

  const step = database.transaction((): Removed => {
    const rows = oldest.all(before);
    for (const { seq } of rows) remove.run(seq);
    if (rows.length === 0) removeRefusals.run(before);
    return { deliveries: rows.length, bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0) };
  });

  function shrink(): boolean {
    if (pragma("freelist_count") > 0) {
      database.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
      return true;
    }
    // the file itself becomes smaller here, unless a reader is in the way: then when the next process does this
    database.pragma("busy_timeout = 0");
    database.pragma("wal_checkpoint(TRUNCATE)");
    return false;
  }

  return {
    found: count.get(before) ?? { deliveries: 0, bytes: 0 },
    step: () => within(() => step.immediate()),
    shrink: () => within(shrink),
    fileBytes: () => within(() => pragma("page_count") * pragma("page_size")),
    close: () => database.close(),
  };
}
