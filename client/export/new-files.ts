import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DevhookError, errorCodeOf } from "../../shared/errors.ts";
import type { FixtureFile } from "./fixture.ts";
import { writeFault } from "./write-fault.ts";

/** Where something new goes. */
export type NewPlace = {
  /** absolute, there already */
  readonly folder: string;
  /** `devhook-127`: a number follows when it is taken */
  readonly stem: string;
  /** `.har`; empty for a folder */
  readonly suffix: string;
  /** what to do when it cannot be written there */
  readonly fix: string;
};

/** What was written. */
export type NewFiles = { readonly path: string; readonly bytes: number };

/** Names that are tried. */
const MOST_NAMES = 1_000;

/**
 * Writes a file (0600) under a name that nothing has; when it cannot be finished, it goes again.
 * @throws {DevhookError} `usage` when it cannot be written, and what `pieces` throws
 */
export async function writeNewFile(pieces: Iterable<string | Buffer>, place: NewPlace): Promise<NewFiles> {
  const { path, made } = await makeNew(place, (wanted) => open(wanted, "wx", 0o600));
  return orRemoved(path, async () => ({ path, bytes: await fill(made, pieces, { path, fix: place.fix }) }));
}

/**
 * Makes a folder (0700) with these files (0600) under a name that nothing has; when it cannot be finished, it goes again.
 * @throws {DevhookError} `usage` when it cannot be written, and what `files` throws
 */
export async function writeNewFolder(files: Iterable<FixtureFile>, place: NewPlace): Promise<NewFiles> {
  const { path: folder } = await makeNew(place, (wanted) => mkdir(wanted, { mode: 0o700 }));
  return orRemoved(folder, async () => {
    let bytes = 0;
    for (const { name, bytes: content } of files) {
      const path = join(folder, name);
      const file = await orFault({ path, fix: place.fix }, async () => {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        return open(path, "wx", 0o600);
      });
      bytes += await fill(file, [content], { path, fix: place.fix });
    }
    return { path: folder, bytes };
  });
}

type Made<T> = { readonly path: string; readonly made: T };

/** @param make fails with EEXIST when there is anything of that name, be it a link that leads nowhere */
async function makeNew<T>({ folder, stem, suffix, fix }: NewPlace, make: (path: string) => Promise<T>): Promise<Made<T>> {
  for (let n = 1; n <= MOST_NAMES; n++) {
    const path = join(folder, `${stem}${n === 1 ? "" : `-${n}`}${suffix}`);
    try {
      return { path, made: await make(path) };
    } catch (error) {
      if (errorCodeOf(error) !== "EEXIST") throw writeFault(path, error, fix);
    }
  }
  const what = `cannot write ${JSON.stringify(join(folder, stem + suffix))}`;
  throw new DevhookError("usage", { what, why: `${MOST_NAMES} names like it are taken`, fix });
}

type Named = { readonly path: string; readonly fix: string };

/** Writes a file and closes it. @returns its bytes */
async function fill(file: FileHandle, pieces: Iterable<string | Buffer>, named: Named): Promise<number> {
  let bytes = 0;
  try {
    for (const piece of pieces) {
      // appends: the handle keeps its position
      await orFault(named, () => file.writeFile(piece));
      bytes += Buffer.byteLength(piece);
    }
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
  // some disks tell only now that they are full
  await orFault(named, () => file.close());
  return bytes;
}

async function orFault<T>({ path, fix }: Named, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw writeFault(path, error, fix);
  }
}

async function orRemoved<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}
