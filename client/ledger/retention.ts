import type { Database } from "../../shared/sqlite/open.ts";

export type RetentionOptions = {
  readonly keepMs: number;
  readonly keepCount: number;
  readonly keepBytes: number;
  /** milliseconds since 1970, never set forward by a clock that jumps: a jump must not empty the history */
  readonly now: () => number;
  /** milliseconds, for the time that a step may take */
  readonly monotonic: () => number;
};

/** Forgets what is too old, too many or too much. */
export type Retention = {
  /** Does a little of the work, in one short transaction. @returns whether there is more */
  readonly step: () => boolean;
};

/** A step ends after this long (milliseconds): the batches of the trunk wait behind it. */
const STEP_MS = 10;
/** Rows of one step at most. */
const STEP_ROWS = 256;
/** The oldest rows that are asked for their age: more than one, since the clock may have been ahead when one of them was recorded. */
const PROBE_ROWS = 16;
/** Free pages that stay in the file, so that the next deliveries need not grow it again: 16 MiB. */
const FREE_PAGES = 1_024;
/** Pages given back to the disk in one step: 4 MiB. */
export const VACUUM_PAGES = 256;
/** Deliveries are counted one by one this often, milliseconds; in between the count follows from the numbers of the newest row. */
const RECOUNT_MS = 60_000;
/** Refusals are small, and a relay hands over at most 1,000 a tunnel. */
const KEEP_REFUSALS = 10_000;

/** Condition on a delivery that may be forgotten. What is never forgotten: owed, pinned, failed for good and not seen yet; nor what still waits for its answer. */
export const EVICTABLE = "pinned = 0 AND owed = 0 AND unseen = 0 AND state <> 'pending'";

/** A delivery that may be forgotten, with the time of its recording. */
type Candidate = { readonly seq: number; readonly at: number };

/** @returns a {@link Retention} for one open database */
export function createRetention(database: Database, { keepMs, keepCount, keepBytes, now, monotonic }: RetentionOptions): Retention {
  const oldest = database.prepare<[number], Candidate>(
    `SELECT seq, recorded_at AS at FROM deliveries WHERE ${EVICTABLE} ORDER BY seq LIMIT ?`,
  );
  const countAll = database.prepare<[], number>("SELECT count(*) FROM deliveries").pluck();
  const newestSeq = database.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM deliveries").pluck();
  const forget = database.prepare("DELETE FROM deliveries WHERE seq = ?");
  let counted: { readonly at: number; readonly newest: number; deliveries: number } | undefined;
  const forgetRefusals = database.prepare("DELETE FROM refusals WHERE at < ? OR id <= (SELECT max(id) FROM refusals) - ?");

  function pages(name: "page_count" | "freelist_count" | "page_size"): number {
    return database.pragma(name, { simple: true }) as number;
  }

  /** How many deliveries there are, of all processes; counting a full history for each step cost more than all its inserts. */
  function count(): number {
    const newest = newestSeq.get() ?? 0;
    if (counted === undefined || monotonic() - counted.at > RECOUNT_MS) {
      counted = { at: monotonic(), newest, deliveries: countAll.get() ?? 0 };
    }
    return counted.deliveries + Math.max(0, newest - counted.newest);
  }

  function candidates(): readonly Candidate[] {
    // times rise with seq, unless a clock was set back: what is old stands among the first, and nobody looks through all 100,000 for it
    const first = oldest.all(PROBE_ROWS);
    const oldestAt = now() - keepMs;
    if (first.some(({ at }) => at < oldestAt)) return oldest.all(STEP_ROWS).filter(({ at }) => at < oldestAt);
    const excess = count() - keepCount;
    if (excess > 0) return oldest.all(Math.min(excess, STEP_ROWS));
    const used = (pages("page_count") - pages("freelist_count")) * pages("page_size");
    // few at a time: how much room each one gives back is only known afterwards
    return used > keepBytes ? oldest.all(STEP_ROWS / 8) : [];
  }

  const evict = database.transaction((): boolean => {
    const until = monotonic() + STEP_MS;
    const found = candidates();
    for (const { seq } of found) {
      forget.run(seq);
      if (counted !== undefined) counted.deliveries -= 1;
      if (monotonic() > until) break;
    }
    if (found.length === 0) forgetRefusals.run(now() - keepMs, KEEP_REFUSALS);
    return found.length > 0;
  });

  return {
    step() {
      if (evict.immediate()) return true;
      if (pages("freelist_count") <= FREE_PAGES) return false;
      database.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
      return true;
    },
  };
}
