import { rename } from "node:fs/promises";
import type { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { randomName } from "../../shared/names.ts";
import { withFileLock } from "./file-lock.ts";
import { readOwnFile, writePrivateFile } from "./private-file.ts";
import type { tunnelsSchema } from "./stored-schemas.ts";

/** Which tunnel: one for each relay and app. */
export type TunnelKey = {
  /** origin of the relay, or `embedded` */
  readonly relay: string;
  /** origin of the app */
  readonly target: string;
};

/** What is remembered of a tunnel, so that the next start has the same URL. */
export type RememberedTunnel = {
  readonly name: string;
  readonly url?: string | undefined;
  /** port of the embedded relay */
  readonly port?: number | undefined;
};

/** What remembering needs. */
export type TunnelMemory = {
  /** `tunnels.json` in the data folder */
  readonly file: string;
  readonly clock: Clock;
  /** takes one sentence; called when a damaged file has been put aside */
  readonly warn: (message: string) => void;
};

/** Tunnels kept; those that were used longest ago go first. A file of this size is still read in a millisecond. */
const KEPT = 1000;

type Entry = z.infer<typeof tunnelsSchema>["tunnels"][number];

/**
 * What is remembered for `key`; a new random name, remembered at once, when there is nothing yet. Two processes that ask at the same time get
 * the same name.
 * @throws {DevhookError} `data-dir-unwritable`
 */
export async function recallTunnel(memory: TunnelMemory, key: TunnelKey): Promise<RememberedTunnel> {
  const known = find(await read(memory), key);
  if (known !== undefined) return known;
  return change(memory, key, (current) => current ?? { ...key, name: randomName() });
}

/**
 * Keeps the URL and port that a tunnel got. A name that the user chose for one run is not for here: it would change the default.
 * @throws {DevhookError} `data-dir-unwritable`
 */
export async function rememberTunnel(memory: TunnelMemory, key: TunnelKey, facts: RememberedTunnel): Promise<void> {
  const known = find(await read(memory), key);
  if (known !== undefined && known.name === facts.name && known.url === facts.url && known.port === facts.port) return;
  await change(memory, key, () => ({ ...key, name: facts.name, url: facts.url, port: facts.port }));
}

async function change(memory: TunnelMemory, key: TunnelKey, next: (current: Entry | undefined) => Entry): Promise<Entry> {
  return withFileLock(memory.file, memory.clock, async () => {
    const all = await read(memory, { putAside: true });
    const changed = next(find(all, key));
    const others = all.filter((each) => each.relay !== key.relay || each.target !== key.target);
    const tunnels = [...others, changed].slice(-KEPT);
    await writePrivateFile(memory.file, `${JSON.stringify({ version: 1, tunnels }, null, 2)}\n`);
    return changed;
  });
}

function find(tunnels: readonly Entry[], key: TunnelKey): Entry | undefined {
  return tunnels.find(({ relay, target }) => relay === key.relay && target === key.target);
}

/** A damaged file reads as empty; whoever holds the lock moves it aside, so that nothing of it is overwritten. */
async function read(memory: TunnelMemory, { putAside = false } = {}): Promise<readonly Entry[]> {
  const text = await readOwnFile(memory.file);
  if (text === undefined) return [];
  const stored = await import("./stored-schemas.ts");
  try {
    return stored.tunnelsSchema.parse(JSON.parse(text)).tunnels;
  } catch {
    if (!putAside) return [];
    const aside = `${memory.file}.damaged-${memory.clock.now()}`;
    await rename(memory.file, aside);
    memory.warn(`${memory.file} was damaged and is now ${aside}: tunnels without a --name get new URLs`);
    return [];
  }
}
