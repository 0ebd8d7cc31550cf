import { existsSync } from "node:fs";
import { DevhookError, messageOf } from "../../shared/errors.ts";
import { embeddedRelayConfig, relayDataDir } from "../config.ts";
import { openRegistry } from "../tunnels/open-registry.ts";
import type { Registry } from "../tunnels/registry.ts";
import type { RelayCommandContext } from "./context.ts";

/** The flags that all commands on a relay's data have. */
export type DataFlags = { readonly dataDir?: string; readonly json?: boolean };

/**
 * What `action` makes of the registry of the relay whose data folder the flags name; it may run meanwhile. The registry is closed behind it.
 * @param options `create` makes folder and database when they are not there
 * @throws DevhookError `not-found` when they are not, and not to be made; else as openRegistry
 */
export function withRegistry<T>(
  flags: DataFlags,
  context: RelayCommandContext,
  options: { readonly create: boolean },
  action: (registry: Registry) => T,
): T {
  const dataDir = relayDataDir(flags.dataDir, context.env);
  if (!options.create && !existsSync(dataDir)) throw noData(dataDir);
  const registry = openOrExplain(dataDir, context, options);
  try {
    return action(registry);
  } finally {
    registry.close();
  }
}

function openOrExplain(dataDir: string, context: RelayCommandContext, { create }: { readonly create: boolean }): Registry {
  const onFault = (error: unknown): void => void context.stderr.write(`${messageOf(error)}\n`);
  try {
    return openRegistry({ dataDir, namesPerToken: embeddedRelayConfig.namesPerToken }, { clock: context.clock, onFault, create });
  } catch (error) {
    throw error instanceof DevhookError && error.code === "not-found" ? noData(dataDir) : error;
  }
}

function noData(dataDir: string): DevhookError {
  return new DevhookError("not-found", {
    what: `There is no relay's data in ${dataDir}.`,
    why: "No relay has run with this folder, and no token was added.",
    fix: "Give the relay's folder with --data-dir DIR, or begin with: devhook relay token add LABEL",
  });
}
