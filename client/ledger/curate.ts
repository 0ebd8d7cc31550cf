import { DevhookError } from "../../shared/errors.ts";
import type { Database } from "../../shared/sqlite/open.ts";
import { LEASE_MS, NOTE_CHARACTERS } from "./limits.ts";
import type { Clearing, Removal } from "./records.ts";
import { ABANDONED_SQL } from "./runs.ts";

/** Which deliveries are cleared away: of all those, what is pinned, owed or pending stays. */
export type ClearQuery = {
  /** received for this tunnel; undefined: for any */
  readonly tunnel?: string | undefined;
  /** recorded no later than the delivery with this seq: what comes meanwhile stays */
  readonly upToSeq: number;
};

/** What people do to deliveries that are recorded. An id of none is passed over. */
export type Curator = {
  readonly setPinned: (ids: readonly string[], on: boolean) => void;
  readonly setMarked: (ids: readonly string[], on: boolean) => void;
  /** Takes the mark away of those that failed for good. */
  readonly setSeen: (ids: readonly string[]) => void;
  /** @param text takes the place of the note that is there; empty: none. @returns whether there is such a delivery */
  readonly setNote: (id: string, text: string) => boolean;
  readonly remove: (ids: readonly string[]) => Removal;
  readonly clear: (query: ClearQuery) => Clearing;
};

/** Deliveries of one transaction at most. */
const SLICE_ROWS = 256;
/** A transaction ends after this long (milliseconds): the batches of the trunk wait behind it. */
const SLICE_MS = 10;

/** @throws DevhookError `usage` for a note that is too long */
export function checkNote(text: string): void {
  if (text.length <= NOTE_CHARACTERS) return;
  throw new DevhookError("usage", {
    what: `The note has ${text.length} characters.`,
    why: `A note has ${NOTE_CHARACTERS} at most.`,
    fix: "Make it shorter.",
  });
}

export type CuratorOptions = {
  /** milliseconds since 1970 */
  readonly now: () => number;
  /** milliseconds, for the time that a transaction may take */
  readonly monotonic: () => number;
};

/** @returns a {@link Curator} for one open database; it throws SQLite's errors */
export function createCurator(database: Database, { now, monotonic }: CuratorOptions): Curator {
  const setFlag = (column: "pinned" | "marked") =>
    database.prepare<[number, string]>(`UPDATE deliveries SET ${column} = ? WHERE id IN (SELECT value FROM json_each(?))`);
  const pin = setFlag("pinned");
  const mark = setFlag("marked");
  const see = database.prepare<[string]>("UPDATE deliveries SET unseen = 0 WHERE unseen = 1 AND id IN (SELECT value FROM json_each(?))");
  const find = database.prepare<[string], { readonly seq: number; readonly owed: number }>("SELECT seq, owed FROM deliveries WHERE id = ?");
  const removeNotes = database.prepare<[number]>("DELETE FROM notes WHERE delivery = ?");
  const insertNote = database.prepare<[number, number, string]>("INSERT INTO notes (delivery, at, text) VALUES (?, ?, ?)");
  const removeDelivery = database.prepare<[number]>("DELETE FROM deliveries WHERE seq = ?");
  const clearable = `FROM deliveries d WHERE d.tunnel = coalesce(?, d.tunnel) AND d.seq > ? AND d.seq <= ? AND d.pinned = 0 AND d.owed = 0
    AND (d.state <> 'pending' OR (${ABANDONED_SQL}))`;
  type Bounds = [tunnel: string | null, afterSeq: number, upToSeq: number, alive: number];
  const countClearable = database.prepare<Bounds, number>(`SELECT count(*) ${clearable}`).pluck();
  const nextClearable = database.prepare<[...Bounds, limit: number], number>(`SELECT d.seq ${clearable} ORDER BY d.seq LIMIT ?`).pluck();

  const setNote = database.transaction((id: string, text: string): boolean => {
    const found = find.get(id);
    if (found === undefined) return false;
    removeNotes.run(found.seq);
    if (text !== "") insertNote.run(found.seq, now(), text);
    return true;
  });

  /** Goes through a list until its time is over. @returns how far it came */
  function slice<T>(list: readonly T[], action: (each: T) => void): number {
    const until = monotonic() + SLICE_MS;
    let done = 0;
    for (const each of list.slice(0, SLICE_ROWS)) {
      action(each);
      done++;
      if (monotonic() > until) break;
    }
    return done;
  }

  const removeSome = database.transaction((ids: readonly string[], removed: string[], kept: string[]): number =>
    slice(ids, (id) => {
      const found = find.get(id);
      if (found === undefined) return;
      if (found.owed === 1) return void kept.push(id);
      removeDelivery.run(found.seq);
      removed.push(id);
    }),
  );

  function remove(ids: readonly string[]): Removal {
    const removed: string[] = [];
    const kept: string[] = [];
    for (let left = [...new Set(ids)]; left.length > 0;) left = left.slice(removeSome.immediate(left, removed, kept));
    return { removed, kept };
  }

  function clear({ tunnel, upToSeq }: ClearQuery): Clearing {
    let afterSeq = 0;
    const bounds = (): Bounds => [tunnel ?? null, afterSeq, upToSeq, now() - LEASE_MS];
    const removeNext = database.transaction((): readonly number[] => {
      const next = nextClearable.all(...bounds(), SLICE_ROWS);
      return next.slice(
        0,
        slice(next, (seq) => removeDelivery.run(seq)),
      );
    });
    function step(): number {
      const seqs = removeNext.immediate();
      // what stays is not looked at again; only now, since the transaction may have failed
      afterSeq = seqs.at(-1) ?? afterSeq;
      return seqs.length;
    }
    return { found: countClearable.get(...bounds()) ?? 0, step };
  }

  return {
    setPinned: (ids, on) => void pin.run(on ? 1 : 0, JSON.stringify(ids)),
    setMarked: (ids, on) => void mark.run(on ? 1 : 0, JSON.stringify(ids)),
    setSeen: (ids) => void see.run(JSON.stringify(ids)),
    setNote: (id, text) => setNote.immediate(id, text),
    remove,
    clear,
  };
}
