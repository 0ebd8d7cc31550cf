import { DevhookError } from "../errors.ts";
import { databaseFault } from "./fault.ts";
import type { Database } from "./open.ts";

/**
 * Brings a database to the newest schema. Migration n is entry n - 1 of the list; `PRAGMA user_version` says how many are done. Each
 * runs in one transaction together with that number, so that a process killed in between leaves the old schema whole, and the version
 * is read again under the write lock, so that of two processes at once only one migrates.
 * @param migrations SQL texts in order; released ones never change, new ones are appended
 * @throws DevhookError: `database-newer` when the file knows more migrations than this program, else as openDatabase
 */
export function migrate(database: Database, migrations: readonly string[]): void {
  try {
    while (versionOf(database, migrations.length) < migrations.length) step(database, migrations);
  } catch (error) {
    throw databaseFault(error, database.name);
  }
}

function step(database: Database, migrations: readonly string[]): void {
  const run = database.transaction(() => {
    const version = versionOf(database, migrations.length);
    const sql = migrations[version];
    if (sql === undefined) return;
    database.exec(sql);
    database.pragma(`user_version = ${version + 1}`);
  });
  run.immediate();
}

function versionOf(database: Database, known: number): number {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version <= known) return version;
  throw new DevhookError("database-newer", {
    what: `The database ${database.name} was written by a newer devhook.`,
    why: `Its schema has number ${version}; this version knows up to ${known}.`,
    fix: "Update with: npm install -g devhook@latest; or choose another folder: DEVHOOK_DATA_DIR, for a relay --data-dir.",
  });
}
