import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { createMemoryRegistry } from "./memory-registry.ts";
import type { Registry } from "./registry.ts";
import { openSqliteRegistry } from "./sqlite-registry.ts";

/** What {@link openRegistry} needs; a RelayConfig fits. */
export type RegistryPlace = {
  /** the relay's data folder; undefined keeps everything in memory */
  readonly dataDir: string | undefined;
  /** how many names one owner may have */
  readonly namesPerToken: number;
};

/** The database of tokens and names within a relay's data folder. */
const FILE = "relay.db";

/**
 * The registry of the relay whose data are in `place.dataDir`, or one in memory.
 * @param options `onFault` hears of a database that fails while the relay runs; `create: false` refuses a folder without a database
 * @throws DevhookError as openDatabase and migrate
 */
export function openRegistry(
  place: RegistryPlace,
  options: { readonly clock: Clock; readonly onFault: (error: unknown) => void; readonly create?: boolean },
): Registry {
  const { namesPerToken } = place;
  if (place.dataDir === undefined) return createMemoryRegistry({ clock: options.clock, namesPerToken });
  return openSqliteRegistry(join(place.dataDir, FILE), { ...options, namesPerToken });
}
