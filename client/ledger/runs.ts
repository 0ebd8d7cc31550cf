import type { Database } from "../../shared/sqlite/open.ts";
import { LEASE_MS } from "./limits.ts";

export type RunsOptions = {
  readonly pid: number;
  readonly host: string;
  /** milliseconds since 1970 */
  readonly now: () => number;
  /** whether a process of this machine lives */
  readonly isAlive: (pid: number) => boolean;
};

/** What the processes that record know of each other. */
export type Runs = {
  /** runs.id of this process */
  readonly id: number;
  /** Says that this process lives, and marks the pending deliveries of those that do not as interrupted. */
  readonly renew: () => void;
  /** The clean end: nothing stays pending. */
  readonly end: () => void;
};

type OpenRun = { readonly id: number; readonly pid: number; readonly host: string; readonly renewed_at: number };

/** Condition on a delivery `d` that waits for a process that is gone. Parameter: milliseconds since 1970 before which a lease has run out. */
export const ABANDONED_SQL =
  "d.state = 'pending' AND d.owed = 0 AND d.run IN (SELECT id FROM runs WHERE ended_at IS NOT NULL OR renewed_at < ?)";

/** An ended run is of no use when every delivery of its time is forgotten; milliseconds. */
const FORGET_MS = 30 * 86_400_000;

/**
 * Registers this process as one that records, or goes on as run `id` of the same process. A process is gone when it ended, when its lease
 * has run out, or when it ran on this machine and is no more. Should one come back after all (a laptop that slept), its answers are recorded
 * as ever.
 */
export function openRun(database: Database, { pid, host, now, isAlive }: RunsOptions, resume?: number): Runs {
  const insert = database.prepare("INSERT INTO runs (pid, host, started_at, renewed_at) VALUES (?, ?, ?, ?)");
  const renewRun = database.prepare("UPDATE runs SET renewed_at = ?, ended_at = NULL WHERE id = ?");
  const others = database.prepare<[number], OpenRun>("SELECT id, pid, host, renewed_at FROM runs WHERE ended_at IS NULL AND id <> ?");
  const endRun = database.prepare("UPDATE runs SET ended_at = ? WHERE id = ?");
  const interrupt = database.prepare("UPDATE deliveries SET state = 'interrupted' WHERE state = 'pending' AND owed = 0 AND run = ?");
  const forget = database.prepare("DELETE FROM runs WHERE ended_at < ?");

  function sweep(id: number): void {
    for (const other of others.all(id)) {
      const gone = other.renewed_at < now() - LEASE_MS || (other.host === host && other.pid !== pid && !isAlive(other.pid));
      if (!gone) continue;
      interrupt.run(other.id);
      endRun.run(other.renewed_at, other.id);
    }
    forget.run(now() - FORGET_MS);
  }

  const begin = database.transaction(() => {
    const known = resume !== undefined && renewRun.run(now(), resume).changes === 1;
    const id = known ? resume : Number(insert.run(pid, host, now(), now()).lastInsertRowid);
    sweep(id);
    return id;
  });
  const id = begin.immediate();

  const renew = database.transaction(() => {
    renewRun.run(now(), id);
    sweep(id);
  });
  const end = database.transaction(() => {
    interrupt.run(id);
    endRun.run(now(), id);
  });
  return { id, renew: () => renew.immediate(), end: () => end.immediate() };
}
