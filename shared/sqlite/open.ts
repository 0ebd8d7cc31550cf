import { chmodSync, closeSync, existsSync, fchmodSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import type BetterSqlite3 from "better-sqlite3";
import { DevhookError, errorCodeOf, messageOf } from "../errors.ts";
import { makePrivateFolder } from "../private-folder.ts";
import { databaseFault } from "./fault.ts";

/** An open database; `close()` ends it. */
export type Database = BetterSqlite3.Database;

export type OpenOptions = {
  /** make the file, and its folder, when there is none (default false) */
  readonly create?: boolean;
  /** refuse every write on this connection (default false) */
  readonly readonly?: boolean;
  /** bytes; only a new file takes it, 16 KiB unless told: doubles the rate of batched writes against 4 KiB */
  readonly pageSize?: number;
  /** how long a call waits for another process's lock, blocking its thread; milliseconds */
  readonly busyTimeoutMs?: number;
  /** memory for the page cache, KiB */
  readonly cacheKib?: number;
  /** the file may not grow beyond this many pages: more is SQLITE_FULL, as on a full disk */
  readonly maxPages?: number;
};

const PAGE_SIZE = 16_384;
/** Longer than any transaction of ours, short enough that a person waits for the message. */
const BUSY_TIMEOUT_MS = 2_000;
/** SQLite takes 16 MB a connection unless told; our queries touch few pages. */
const CACHE_KIB = 4_096;
/** After a checkpoint the -wal file is cut back to this many bytes, so that one burst does not keep its room for ever. */
const JOURNAL_SIZE_LIMIT = 33_554_432;
/** Pause between two tries of a statement whose lock SQLite does not wait for itself; milliseconds. */
const RETRY_MS = 10;

/**
 * Opens a database in WAL mode with every commit fsynced: synchronous=FULL is set, because this build of SQLite falls back to NORMAL in
 * WAL mode, where a commit that was acknowledged can be lost with the power. The file is 0600, and a folder made for it 0700; an
 * existing folder keeps its mode.
 * @throws DevhookError: `not-found` (no file, and not to be created), `data-dir-unwritable`, `database-corrupt`, `database-busy`,
 *   `database-io`, `database-unavailable` (the native module cannot be loaded)
 */
export function openDatabase(file: string, options: OpenOptions = {}): Database {
  const path = resolve(file);
  const Sqlite = loadSqlite();
  try {
    if (options.create === true) createFile(path);
    else if (!existsSync(path)) throw new DevhookError("not-found", { what: `There is no database ${path}.` });
    const timeout = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
    const database = new Sqlite(path, { readonly: options.readonly ?? false, fileMustExist: true, timeout });
    try {
      configure(database, path, options, timeout);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw databaseFault(error, path);
  }
}

function configure(database: Database, path: string, options: OpenOptions, timeout: number): void {
  database.pragma(`cache_size = -${options.cacheKib ?? CACHE_KIB}`);
  database.pragma("foreign_keys = ON");
  if (options.readonly === true) {
    // the first read of the file: says whether it is a database
    database.pragma("schema_version");
    return;
  }
  // these two mean something only before the first page is written
  database.pragma(`page_size = ${options.pageSize ?? PAGE_SIZE}`);
  database.pragma("auto_vacuum = INCREMENTAL");
  retryBusy(timeout, () => database.pragma("journal_mode = WAL"));
  database.pragma("synchronous = FULL");
  database.pragma(`journal_size_limit = ${JOURNAL_SIZE_LIMIT}`);
  if (options.maxPages !== undefined) database.pragma(`max_page_count = ${options.maxPages}`);
  // a file that an older umask or a copy left readable to others; -wal and -shm take their mode from it
  for (const name of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(name)) chmodSync(name, 0o600);
}

/** The file is made by us before SQLite sees it: SQLite would give it 0644, and -wal and -shm follow the mode of the file. */
function createFile(path: string): void {
  makePrivateFolder(dirname(path));
  if (existsSync(path)) return;
  const fd = openSync(path, "a", 0o600);
  try {
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
}

/** Two processes that turn a new file to WAL at once: SQLite refuses one of them without asking the busy handler. */
function retryBusy(timeout: number, action: () => void): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      action();
      return;
    } catch (error) {
      if (!(errorCodeOf(error) ?? "").startsWith("SQLITE_BUSY") || waited >= timeout) throw error;
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
  }
}

/**
 * The module is loaded when it is first needed, so that everything else of devhook works on a machine where it was never compiled.
 * Opening a database in memory makes it load its native half, which is the part that fails.
 */
function loadSqlite(): typeof BetterSqlite3 {
  try {
    const Sqlite = createRequire(import.meta.url)("better-sqlite3") as typeof BetterSqlite3;
    new Sqlite(":memory:").close();
    return Sqlite;
  } catch (error) {
    throw new DevhookError("database-unavailable", {
      what: "The SQLite module (better-sqlite3) cannot be loaded, so nothing can be stored.",
      why: messageOf(error).split("\n", 1)[0] ?? "",
      fix: "Build it again with: npm rebuild better-sqlite3 (a build needs the Debian packages python3 make g++).",
      cause: error,
    });
  }
}
