/** The thread that writes the journal: everything that waits for the disk waits here. Started by journal.ts, built as a program of its own. */
import { statSync } from "node:fs";
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads";
import { systemClock } from "../../shared/clock.ts";
import { errorCodeOf } from "../../shared/errors.ts";
import { databaseFault } from "../../shared/sqlite/fault.ts";
import { migrate } from "../../shared/sqlite/migrate.ts";
import { openDatabase, type Database } from "../../shared/sqlite/open.ts";
import type { Answer, Ask, Change, FromThread, Look, StoredRow, ThreadData, ToThread, TunnelFigures } from "./messages.ts";
import { JOURNAL_MIGRATIONS } from "./schema.ts";
import { createStore, type JournalStore } from "./store.ts";
import { toThreadFault, type ThreadFault } from "./thread-fault.ts";

/** Changes of one transaction at most, and their bytes: what comes first must not wait long for what comes last. */
const BATCH_CHANGES = 512;
const BATCH_BYTES = 8 * 1_048_576;

/** Bytes of a page: webhooks of 2 KB were held at a higher rate than with 4 KiB, of which each fills a page alone, and than with 16 KiB, of which each commit writes more. */
const PAGE_SIZE = 8_192;
/** Free pages that stay in the file, so that the next deliveries need not grow it again: 16 MiB. */
const FREE_PAGES = 2_048;
/** Pages given back to the disk in one step: 4 MiB. */
const VACUUM_PAGES = 512;
/** A database is read whole at its start to find damage before senders are told yes; one larger than this (bytes) would delay the start by seconds. */
const CHECKED_BYTES = 256 * 1_048_576;

/** After these the connection is as good as before: the transaction was undone and nothing is unknown about the files. */
const HARMLESS = /^SQLITE_(?:FULL|BUSY|LOCKED|CONSTRAINT)/;

type Open = {
  readonly database: Database;
  readonly store: JournalStore;
  /** of the file: another one means that it was moved away under us */
  readonly inode: number;
  /** PRAGMA data_version: another one means that another process has written */
  version: unknown;
};

if (parentPort !== null) serve(parentPort, workerData as ThreadData);

function serve(port: MessagePort, { path, limits }: ThreadData): void {
  const changes: Change[] = [];
  const looks: Look[] = [];
  let open: Open;
  /** after a fault of the disk it is not known what the files hold: they are opened anew before the next use */
  let broken = false;
  /** whether the figures that were said may be others by now: of all tunnels, not only of those that a batch changes */
  let stale = false;
  let failing = false;
  let closing = false;
  let tidying: NodeJS.Immediate | undefined;
  /** whether the database file becomes smaller when the -wal file is emptied */
  let vacuumed = false;

  const say = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

  function openStore(): Open {
    const database = openDatabase(path, {
      create: true,
      pageSize: PAGE_SIZE,
      busyTimeoutMs: limits.busyMs,
      ...(limits.maxPages === undefined ? {} : { maxPages: limits.maxPages }),
    });
    try {
      migrate(database, JOURNAL_MIGRATIONS);
      check(database);
      const store = createStore(database, { expiriesKept: limits.expiriesKept, monotonic: systemClock.monotonic });
      return { database, store, inode: statSync(path).ino, version: versionOf(database) };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Makes the files ready for use. */
  function prepare(): void {
    if (broken || moved()) {
      broken = true;
      stale = true;
      open.database.close();
      open = openStore();
      // a page that was not written may look as if it were: everything goes to the database file once more, and the -wal file begins anew
      if (!emptyWal(open.database)) throw Object.assign(new Error("the -wal file is in use"), { code: "SQLITE_BUSY" });
      broken = false;
    }
    const version = versionOf(open.database);
    if (version === open.version) return;
    stale = true;
    open.version = version;
  }

  /** Answers, with what is held now by the tunnels that `changed`. */
  function answer(answers: readonly Answer[], changed: readonly TunnelFigures[], transfer: readonly ArrayBuffer[] = []): void {
    say({ type: "answers", answers, figures: stale ? open.store.figures() : changed, all: stale }, transfer);
    stale = false;
  }

  function refuse(asked: readonly Ask[], fault: ThreadFault): void {
    say({ type: "answers", answers: asked.map(({ n }) => ({ n, ok: false, fault })), figures: [], all: false });
  }

  /** Somebody moved the file aside or deleted it: what we went on writing into it would be held by nobody. */
  function moved(): boolean {
    return statSync(path, { throwIfNoEntry: false })?.ino !== open.inode;
  }

  /** Puts the blame where it belongs, and says it once. */
  function failed(error: unknown): ThreadFault {
    if (!HARMLESS.test(errorCodeOf(error) ?? "")) broken = true;
    const fault = toThreadFault(databaseFault(error, path), `Writing ${path} failed.`);
    if (!failing) say({ type: "failing", fault });
    failing = true;
    return fault;
  }

  function worked(): void {
    if (!failing) return;
    failing = false;
    say({ type: "working" });
  }

  function commit(batch: readonly Change[]): void {
    try {
      prepare();
      const { values, figures } = open.store.change(batch);
      worked();
      answer(
        batch.map(({ n }, i): Answer => ({ n, ok: true, value: values[i] ?? true })),
        figures,
      );
    } catch (error) {
      const fault = failed(error);
      // one that is too large for the room left, or that cannot be stored at all, must not take the others with it
      if (batch.length > 1 && /^SQLITE_(?:FULL|CONSTRAINT)/.test(errorCodeOf(error) ?? "")) for (const one of batch) commit([one]);
      else refuse(batch, fault);
    }
  }

  function serveLook(look: Look): void {
    try {
      prepare();
      const value = open.store.look(look);
      const bodies = look.type === "next" ? (value as readonly StoredRow[]).map(({ body }) => body.buffer) : [];
      answer([{ n: look.n, ok: true, value }], [], bodies);
    } catch (error) {
      refuse([look], failed(error));
    }
  }

  /** All that waits at the port, so that one fsync serves it. */
  function receive(): void {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) take(next.message as ToThread);
  }

  function take(message: ToThread): void {
    switch (message.type) {
      case "close":
        closing = true;
        break;
      case "next":
      case "expired":
      case "tunnels":
        looks.push(message);
        break;
      default:
        changes.push(message);
    }
  }

  /** Changes first, since senders wait for them; one look between two batches. */
  function work(): void {
    for (receive(); changes.length > 0 || looks.length > 0; receive()) {
      if (changes.length > 0) commit(changes.splice(0, batchLength()));
      const look = looks.shift();
      if (look !== undefined) serveLook(look);
    }
    if (closing) close();
    else tidying ??= setImmediate(tidy);
  }

  function batchLength(): number {
    let length = 0;
    let bytes = 0;
    for (const change of changes) {
      if (length >= BATCH_CHANGES || bytes >= BATCH_BYTES) break;
      length++;
      if (change.type === "hold") bytes += change.row.size;
    }
    return length;
  }

  /** When nobody waits: gives the room of what was forgotten back to the disk, a little at a time. */
  function tidy(): void {
    tidying = undefined;
    if (broken) return;
    const { database } = open;
    try {
      const wal = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
      const free = database.pragma("freelist_count", { simple: true }) as number;
      if (free <= FREE_PAGES && wal <= limits.walBytes && !vacuumed) return;
      // somebody may read or write for long: nobody shall wait for them because of this
      database.pragma("busy_timeout = 0");
      if (free > FREE_PAGES) {
        database.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
        vacuumed = true;
        tidying = setImmediate(tidy);
      } else {
        emptyWal(database);
        vacuumed = false;
      }
    } catch (error) {
      // what is in use now is tidied after the next batch
      if (!HARMLESS.test(errorCodeOf(error) ?? "")) failed(error);
    } finally {
      database.pragma(`busy_timeout = ${limits.busyMs}`);
    }
  }

  function close(): void {
    clearImmediate(tidying);
    // with the last connection SQLite empties the -wal file and removes it
    open.database.close();
    port.close();
  }

  try {
    open = openStore();
    emptyWal(open.database);
    say({ type: "ready", figures: open.store.figures() });
  } catch (error) {
    say({ type: "refused", fault: toThreadFault(databaseFault(error, path), `Opening ${path} failed.`) });
    port.close();
    return;
  }
  port.on("message", (message: ToThread) => {
    take(message);
    work();
  });
}

/** Moves everything into the database file, which is then on disk. @returns whether nobody was in the way */
function emptyWal(database: Database): boolean {
  const [result] = database.pragma("wal_checkpoint(TRUNCATE)") as readonly { readonly busy: number }[];
  return result?.busy === 0;
}

function versionOf(database: Database): unknown {
  return database.pragma("data_version", { simple: true });
}

function check(database: Database): void {
  const bytes = (database.pragma("page_count", { simple: true }) as number) * (database.pragma("page_size", { simple: true }) as number);
  if (bytes > CHECKED_BYTES) return;
  const found = database.pragma("quick_check(1)", { simple: true });
  if (found !== "ok") throw Object.assign(new Error(String(found)), { code: "SQLITE_CORRUPT" });
}
