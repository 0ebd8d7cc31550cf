import { existsSync } from "node:fs";
import type { Clock } from "../../shared/clock.ts";
import { databaseFault } from "../../shared/sqlite/fault.ts";
import { migrate } from "../../shared/sqlite/migrate.ts";
import { openDatabase, type Database } from "../../shared/sqlite/open.ts";
import { checkNote, type ClearQuery, createCurator, type Curator } from "./curate.ts";
import { createOwedCounter } from "./custody-store.ts";
import { LEDGER_LIMITS } from "./limits.ts";
import { createReader, type Reader } from "./read.ts";
import type {
  Clearing,
  Delivery,
  DeliveryHead,
  DeliverySummary,
  FoundFacts,
  ImportedDelivery,
  ImportIds,
  ListedDelivery,
  NewAttempt,
  OwedCount,
  RecordedBody,
  RefusalRecord,
  Removal,
} from "./records.ts";
import { ambiguous, notFound, parseIdArgument } from "./resolve.ts";
import { LEDGER_MIGRATIONS } from "./schema.ts";
import { createSearch, type ListQuery, type MarkQuery, type RowsQuery, type Search } from "./search.ts";
import { createWriter, type LedgerWriter } from "./write.ts";

/** What is recorded, for any process; every call is synchronous and short. Where nothing was ever recorded the history is empty. */
export interface History {
  /**
   * The id that an argument means: a whole id, a prefix that only one delivery has, `latest`, or `latest~N` (N recorded after it).
   * @throws DevhookError `not-found`, `ambiguous` (naming candidates)
   */
  readonly resolve: (argument: string) => string;
  readonly get: (id: string) => Delivery | undefined;
  /** A delivery without the bytes of its bodies: what it costs does not grow with them. */
  readonly head: (id: string) => DeliveryHead | undefined;
  /** The body that was received. */
  readonly body: (id: string) => RecordedBody | undefined;
  /** The body of what the app answered to attempt `n`; undefined when there is no such attempt. */
  readonly answerBody: (id: string, n: number) => RecordedBody | undefined;
  /** The body that attempt `n` sent, undefined when it sent what was received. */
  readonly sentBody: (id: string, n: number) => RecordedBody | undefined;
  readonly list: (query: ListQuery) => readonly DeliverySummary[];
  /** The same with what a list to look through shows besides; with `ids`, those of them that are there, whatever their number. */
  readonly rows: (query: RowsQuery) => readonly ListedDelivery[];
  /** Newest first. */
  readonly refusals: (query: { readonly sinceMs?: number; readonly limit: number }) => readonly RefusalRecord[];
  /** A number that changes when another process, or the recorder of this one, has written. */
  readonly dataVersion: () => number;
  /**
   * A text that is another one when a list of the newest deliveries would be: unlike {@link History.dataVersion}, it stays the same when a process only says that it
   * is alive. Reads all of them: some milliseconds for 10,000.
   */
  readonly changeMark: (query: MarkQuery) => string;
  /**
   * Adds an attempt that is over, with the next free number.
   * @returns its n
   * @throws DevhookError `not-found` when there is no such delivery
   */
  readonly recordAttempt: (deliveryId: string, attempt: NewAttempt) => number;
  /**
   * Something has been found out about a delivery, as by a check with a new secret; takes the place of what was known.
   * @throws DevhookError `not-found`
   */
  readonly recordFacts: (deliveryId: string, facts: FoundFacts) => void;
  /** Keeps deliveries whatever their age, or no more. An id of none is passed over. */
  readonly setPinned: (ids: readonly string[], on: boolean) => void;
  /** Marks deliveries, or takes their marks away. An id of none is passed over. */
  readonly setMarked: (ids: readonly string[], on: boolean) => void;
  /**
   * Writes the one note of a delivery; an empty text removes it.
   * @throws DevhookError `usage` when it is longer than 2,000 characters, `not-found`
   */
  readonly setNote: (deliveryId: string, text: string) => void;
  /** Deletes deliveries, in several transactions when there are many; what is owed to the app stays. An id of none is passed over. */
  readonly remove: (ids: readonly string[]) => Removal;
  /** Begins to delete everything but what is pinned, owed or pending: nothing is deleted before the first step. */
  readonly clear: (query: ClearQuery) => Clearing;
  readonly close: () => void;
}

/** The history of a database file, which others' deliveries can be put into, and which can owe. */
export type StoredHistory = History & {
  /** What is owed to the app of a tunnel. */
  readonly owedCount: (tunnel: string) => OwedCount;
  /** Somebody has looked at deliveries that failed for good: they are kept no longer than others. An id of none is passed over. */
  readonly setSeen: (ids: readonly string[]) => void;
  /**
   * Adds deliveries that stood in a file: all of them or none, in one transaction, as the newest of the record. Makes the database when there is none.
   * @returns the ids that they have got, in their order
   */
  readonly importDeliveries: (deliveries: readonly ImportedDelivery[], ids: ImportIds) => readonly string[];
};

type Open = {
  readonly database: Database;
  readonly reader: Reader;
  readonly search: Search;
  readonly writer: LedgerWriter;
  readonly curator: Curator;
  readonly owedCount: (tunnel: string) => OwedCount;
};

/** Candidates that an ambiguous prefix shows. */
const CANDIDATES = 5;

/**
 * Opens the history of a database file. The file may come into being later: until then everything is empty.
 * @throws DevhookError as openDatabase and migrate, here when the file exists and from any call later on
 */
export function openHistory(path: string, { clock }: { readonly clock: Clock }): StoredHistory {
  let opened: Open | undefined;
  let closed = false;

  function connection(): Open | undefined {
    if (closed) throw new Error("the history is closed");
    if (opened === undefined && existsSync(path)) opened = openLedger(path, clock, { create: false });
    return opened;
  }

  function importDeliveries(deliveries: readonly ImportedDelivery[], ids: ImportIds): readonly string[] {
    try {
      opened = connection() ?? openLedger(path, clock, { create: true });
      return opened.writer.addImported(deliveries, ids);
    } catch (error) {
      throw databaseFault(error, path);
    }
  }

  function within<T>(empty: T, action: (open: Open) => T): T {
    try {
      const open = connection();
      return open === undefined ? empty : action(open);
    } catch (error) {
      throw databaseFault(error, path);
    }
  }

  function resolve(argument: string): string {
    const wanted = parseIdArgument(argument);
    const found = within<readonly string[]>([], ({ database }) =>
      wanted.back === undefined
        ? database
            .prepare<[string, string, number], string>("SELECT id FROM deliveries WHERE id >= ? AND id < ? ORDER BY id LIMIT ?")
            .pluck()
            .all(wanted.prefix, `${wanted.prefix}g`, CANDIDATES + 1)
        : database.prepare<[number], string>("SELECT id FROM deliveries ORDER BY seq DESC LIMIT 1 OFFSET ?").pluck().all(wanted.back),
    );
    const [first] = found;
    if (first === undefined) throw notFound(argument);
    if (found.length > 1) throw ambiguous(argument, found.slice(0, CANDIDATES), { more: found.length > CANDIDATES });
    return first;
  }

  function clear(query: ClearQuery): Clearing {
    const clearing = within(undefined, ({ curator }) => curator.clear(query));
    return { found: clearing?.found ?? 0, step: () => within(0, () => clearing?.step() ?? 0) };
  }

  within(undefined, () => undefined);
  return {
    resolve,
    get: (id) => within(undefined, ({ reader }) => reader.get(id)),
    head: (id) => within(undefined, ({ reader }) => reader.head(id)),
    body: (id) => within(undefined, ({ reader }) => reader.body(id)),
    answerBody: (id, n) => within(undefined, ({ reader }) => reader.answerBody(id, n)),
    sentBody: (id, n) => within(undefined, ({ reader }) => reader.sentBody(id, n)),
    list: (query) => within([], ({ search }) => search.list(query)),
    rows: (query) => within([], ({ search }) => search.rows(query)),
    refusals: (query) => within([], ({ search }) => search.refusals(query)),
    changeMark: (query) => within("", ({ search }) => search.mark(query)),
    dataVersion: () => within(0, ({ database }) => database.pragma("data_version", { simple: true }) as number),
    recordAttempt(deliveryId, attempt) {
      const n = within(undefined, ({ writer }) => writer.addAttempt(deliveryId, attempt));
      if (n === undefined) throw notFound(deliveryId);
      return n;
    },
    recordFacts(deliveryId, facts) {
      if (!within(false, ({ writer }) => writer.setFacts(deliveryId, facts))) throw notFound(deliveryId);
    },
    setPinned: (ids, on) => within(undefined, ({ curator }) => curator.setPinned(ids, on)),
    setMarked: (ids, on) => within(undefined, ({ curator }) => curator.setMarked(ids, on)),
    setNote(deliveryId, text) {
      checkNote(text);
      if (!within(false, ({ curator }) => curator.setNote(deliveryId, text))) throw notFound(deliveryId);
    },
    remove: (ids) => within({ removed: [], kept: [] }, ({ curator }) => curator.remove(ids)),
    clear,
    owedCount: (tunnel) => within({ count: 0, oldestAt: undefined, failed: 0 }, ({ owedCount }) => owedCount(tunnel)),
    setSeen: (ids) => within(undefined, ({ curator }) => curator.setSeen(ids)),
    importDeliveries,
    close() {
      closed = true;
      opened?.database.close();
    },
  };
}

function openLedger(path: string, clock: Clock, { create }: { readonly create: boolean }): Open {
  const database = openDatabase(path, { create });
  try {
    migrate(database, LEDGER_MIGRATIONS);
    return {
      database,
      reader: createReader(database, clock.now),
      search: createSearch(database, clock.now),
      writer: createWriter(database, { now: clock.now, bodyBytes: LEDGER_LIMITS.bodyBytes }),
      curator: createCurator(database, clock),
      owedCount: createOwedCounter(database),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
