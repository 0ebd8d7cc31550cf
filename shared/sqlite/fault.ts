import { dirname, join } from "node:path";
import { DevhookError, errorCodeOf, messageOf } from "../errors.ts";

/** Codes of node:fs that mean the disk, not the rights. */
const DISK_CODES: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EIO"]);

/**
 * What a failed call of SQLite, or of the file system around it, means to the user.
 * @param path the database file, named in the text
 * @returns a DevhookError of code `database-corrupt`, `database-busy`, `database-io` or `data-dir-unwritable`; a DevhookError that
 *   comes in comes back, and so does anything that is neither SQLite's nor the file system's (a fault of ours)
 */
export function databaseFault(error: unknown, path: string): unknown {
  if (error instanceof DevhookError) return error;
  const code = errorCodeOf(error);
  if (code === undefined) return error;
  const why = `${code}: ${messageOf(error)}`;
  if (is(code, "SQLITE_NOTADB") || is(code, "SQLITE_CORRUPT")) {
    return new DevhookError("database-corrupt", {
      what: `The database ${path} is damaged, or is no SQLite database.`,
      why,
      fix: `Move it aside and run the command again: ${moveAside(path)}`,
      cause: error,
    });
  }
  if (is(code, "SQLITE_BUSY") || is(code, "SQLITE_LOCKED")) {
    return new DevhookError("database-busy", {
      what: `Another process holds the database ${path}.`,
      why,
      fix: `Find it with: lsof ${quoted(path)}; then run the command again.`,
      cause: error,
    });
  }
  if (is(code, "SQLITE_FULL") || is(code, "SQLITE_IOERR") || DISK_CODES.has(code)) {
    return new DevhookError("database-io", {
      what: is(code, "SQLITE_FULL") || code === "ENOSPC" ? `There is no room left to write ${path}.` : `Reading or writing ${path} failed.`,
      why,
      fix: `Free some room (df -h ${quoted(dirname(path))}), or choose a folder on another disk: DEVHOOK_DATA_DIR, for a relay --data-dir.`,
      cause: error,
    });
  }
  if (
    is(code, "SQLITE_CANTOPEN") ||
    is(code, "SQLITE_READONLY") ||
    is(code, "SQLITE_PERM") ||
    is(code, "SQLITE_AUTH") ||
    /^E[A-Z]+$/.test(code)
  ) {
    return new DevhookError("data-dir-unwritable", {
      what: `The database ${path} cannot be made or written.`,
      why,
      fix: `Look at the rights (ls -ld ${quoted(dirname(path))}), or choose another folder: DEVHOOK_DATA_DIR, for a relay --data-dir.`,
      cause: error,
    });
  }
  return error;
}

/** SQLite's extended codes begin with the plain one: SQLITE_IOERR_WRITE is an SQLITE_IOERR. */
function is(code: string, plain: string): boolean {
  return code === plain || code.startsWith(`${plain}_`);
}

/** The shell line that moves a database away together with its -wal and -shm files, which mean nothing without it. */
function moveAside(path: string): string {
  const folder = quoted(join(dirname(path), "damaged"));
  return `mkdir -p ${folder} && mv ${quoted(path)}* ${folder}`;
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
