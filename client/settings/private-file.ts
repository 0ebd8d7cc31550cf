import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { DevhookError, errorCodeOf, messageOf } from "../../shared/errors.ts";
import { makePrivateFolder } from "../../shared/private-folder.ts";

/** Bytes of a file of ours that are read at most: the largest has some 100 bytes for each of 1,000 tunnels. */
const FILE_LIMIT = 1024 * 1024;

/**
 * Replaces `path` by `text` in one step (0600, on disk before it takes the name), so that a reader sees the old or the new file and never a
 * piece. Makes the folder (0700).
 * @throws {DevhookError} `data-dir-unwritable`
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  requirePrivateFolder(dirname(path));
  const fresh = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    await writeNew(fresh, text);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw unwritable(path, error);
  }
}

/**
 * Writes a file that must not be there yet (0600), and waits until it is on disk.
 * @throws a system error, `EEXIST` when it is there
 */
export async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a folder (0700) with its parents; one that is there is left as it is. @throws {DevhookError} `data-dir-unwritable` */
export function requirePrivateFolder(path: string): void {
  try {
    makePrivateFolder(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * The text of a file of ours, without a byte order mark.
 * @returns undefined when it is not there
 * @throws {DevhookError} `config-invalid` when it cannot be read or is far too large
 */
export async function readOwnFile(path: string): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT" || errorCodeOf(error) === "ENOTDIR") return undefined;
    throw new DevhookError("config-invalid", {
      what: `cannot read ${path}`,
      why: messageOf(error),
      fix: "make it a file that you can read, or remove it",
      cause: error,
    });
  }
  if (bytes.length > FILE_LIMIT) {
    throw new DevhookError("config-invalid", { what: `${path} is too large`, why: `${bytes.length} bytes, 1 MiB is the most` });
  }
  return bytes.toString("utf8").replace(/^\ufeff/, "");
}

function unwritable(path: string, error: unknown): DevhookError {
  if (error instanceof DevhookError) return error;
  return new DevhookError("data-dir-unwritable", {
    what: `cannot write ${path}`,
    why: messageOf(error),
    fix: "make the folder writable, or choose another with DEVHOOK_DATA_DIR (data) or XDG_CONFIG_HOME (configuration)",
    cause: error,
  });
}
