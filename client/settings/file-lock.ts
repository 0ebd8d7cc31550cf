import { randomBytes } from "node:crypto";
import { link, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError, errorCodeOf, messageOf } from "../../shared/errors.ts";
import { requirePrivateFolder, writeNew } from "./private-file.ts";

/** What runs under a lock reads and writes one small file: after this many milliseconds its process has died. */
const STALE_MS = 10_000;
/** Longer than {@link STALE_MS}, so that a lock that somebody left behind is taken over before anyone gives up. */
const PATIENCE_MS = 15_000;
const POLL_MS = 10;

/**
 * Runs `work` while no other devhook process does so for the same `path`. The lock is the file `path.lock`; one that its owner left behind is
 * taken over after 10 s.
 * @throws {DevhookError} `data-dir-unwritable` when the lock cannot be made, or is never free for 15 s
 */
export async function withFileLock<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  requirePrivateFolder(dirname(path));
  const deadline = clock.monotonic() + PATIENCE_MS;
  while (!(await take(lock))) {
    await removeStale(lock, clock);
    if (clock.monotonic() > deadline) {
      throw new DevhookError("data-dir-unwritable", {
        what: `cannot write ${path}`,
        why: "another devhook process has kept it locked for 15 s",
        fix: `remove ${lock} when no devhook runs`,
      });
    }
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await writeNew(lock, "");
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "EEXIST") return false;
    throw new DevhookError("data-dir-unwritable", {
      what: `cannot write ${lock}`,
      why: messageOf(error),
      fix: "make the folder writable, or choose another with DEVHOOK_DATA_DIR (data) or XDG_CONFIG_HOME (configuration)",
      cause: error,
    });
  }
}

/** Two processes may find the same stale lock: it is moved away first, and given back when it turns out to be a fresh one. */
async function removeStale(lock: string, clock: Clock): Promise<void> {
  const found = await stat(lock).catch(() => undefined);
  if (found === undefined || clock.now() - found.mtimeMs < STALE_MS) return;
  const aside = `${lock}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(lock, aside);
    const moved = await stat(aside);
    if (moved.ino !== found.ino || moved.mtimeMs !== found.mtimeMs) await link(aside, lock);
  } catch {
    // somebody else was faster: the next try sees what is there now
  } finally {
    await rm(aside, { force: true });
  }
}
