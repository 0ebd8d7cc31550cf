import { existsSync } from "node:fs";
import type { Clock } from "../../shared/clock.ts";
import { databaseFault } from "../../shared/sqlite/fault.ts";
import { migrate } from "../../shared/sqlite/migrate.ts";
import { openDatabase, type Database } from "../../shared/sqlite/open.ts";
import { LEDGER_LIMITS } from "./limits.ts";
import { createReader, type ReadDelivery } from "./read.ts";
import type { Delivery, DeliverySummary, ImportedDelivery, ImportIds, NewAttempt, RefusalRecord } from "./records.ts";
import { ambiguous, notFound, parseIdArgument } from "./resolve.ts";
import { LEDGER_MIGRATIONS } from "./schema.ts";
import { createSearch, type ListQuery, type Search } from "./search.ts";
import { createWriter, type LedgerWriter } from "./write.ts";

/** What is recorded, for any process; every call is synchronous and short. Where nothing was ever recorded the history is empty. */
export interface History {
  /**
   * The id that an argument means: a whole id, a prefix that only one delivery has, `latest`, or `latest~N` (N recorded after it).
   * @throws DevhookError `not-found`, `ambiguous` (naming candidates)
   */
  readonly resolve: (argument: string) => string;
  readonly get: (id: string) => Delivery | undefined;
  readonly list: (query: ListQuery) => readonly DeliverySummary[];
  /** Newest first. */
  readonly refusals: (query: { readonly sinceMs?: number; readonly limit: number }) => readonly RefusalRecord[];
  /** A number that changes when another process, or the recorder of this one, has written. */
  readonly dataVersion: () => number;
  /**
   * Adds an attempt that is over, with the next free number.
   * @returns its n
   * @throws DevhookError `not-found` when there is no such delivery
   */
  readonly recordAttempt: (deliveryId: string, attempt: NewAttempt) => number;
  readonly close: () => void;
}

/** The history of a database file, which others' deliveries can be put into. */
export type StoredHistory = History & {
  /**
   * Adds deliveries that stood in a file: all of them or none, in one transaction, as the newest of the record. Makes the database when there is none.
   * @returns the ids that they have got, in their order
   */
  readonly importDeliveries: (deliveries: readonly ImportedDelivery[], ids: ImportIds) => readonly string[];
};

type Open = { readonly database: Database; readonly read: ReadDelivery; readonly search: Search; readonly writer: LedgerWriter };

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

  within(undefined, () => undefined);
  return {
    resolve,
    get: (id) => within(undefined, ({ read }) => read(id)),
    list: (query) => within([], ({ search }) => search.list(query)),
    refusals: (query) => within([], ({ search }) => search.refusals(query)),
    dataVersion: () => within(0, ({ database }) => database.pragma("data_version", { simple: true }) as number),
    recordAttempt(deliveryId, attempt) {
      const n = within(undefined, ({ writer }) => writer.addAttempt(deliveryId, attempt));
      if (n === undefined) throw notFound(deliveryId);
      return n;
    },
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
      read: createReader(database, clock.now),
      search: createSearch(database, clock.now),
      writer: createWriter(database, { now: clock.now, bodyBytes: LEDGER_LIMITS.bodyBytes }),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
