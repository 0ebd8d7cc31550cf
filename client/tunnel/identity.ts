import { DevhookError } from "../../shared/errors.ts";
import { loadClientKey } from "../settings/client-key.ts";
import type { ResolvedSettings, Settings } from "../settings/config.ts";
import { tokenFor } from "../settings/credentials.ts";
import type { Paths } from "../settings/paths.ts";
import { rememberTunnel, type RememberedTunnel, type TunnelKey, type TunnelMemory } from "../settings/tunnels-memory.ts";

/** As whom a tunnel is claimed. */
export type Credential = {
  /** `dh_…`, or the `dk_…` of this user where there is no token */
  readonly token: string;
  /** whether DEVHOOK_TOKEN was kept back, because a project file names the relay */
  readonly withheld: boolean;
};

/**
 * The token for `relay`, else this user's own key.
 * @throws DevhookError `token-malformed`, `config-invalid`, `data-dir-unwritable`
 */
export async function credentialFor(
  relay: URL,
  { settings, sources }: ResolvedSettings,
  { env, paths }: { readonly env: Readonly<Record<string, string | undefined>>; readonly paths: Paths },
): Promise<Credential> {
  if (settings.server === undefined) return { token: await loadClientKey(paths.clientKeyFile), withheld: false };
  const found = await tokenFor({ relay, source: sources.server, env, credentialsFile: paths.credentialsFile });
  if (found.kind === "token") return { token: found.token, withheld: false };
  return { token: await loadClientKey(paths.clientKeyFile), withheld: found.withheld };
}

/**
 * Keeps what makes the next start print the same URL. A name or port given for this run is not that, nor a port that stood in for a busy one. A
 * failure is told and costs nothing else.
 */
export async function rememberUrl(
  memory: TunnelMemory,
  key: TunnelKey,
  run: {
    readonly settings: Settings;
    readonly remembered: RememberedTunnel;
    readonly url: string;
    /** of the embedded relay */
    readonly port: number | undefined;
  },
): Promise<void> {
  const { settings, remembered } = run;
  if (settings.name !== undefined || settings.port !== undefined) return;
  if (remembered.port !== undefined && remembered.port !== run.port) return;
  try {
    await rememberTunnel(memory, key, { name: remembered.name, url: run.url, port: run.port });
  } catch (error) {
    memory.warn(`the URL will not be remembered: ${error instanceof DevhookError ? error.message : String(error)}`);
  }
}
