import type { Clock } from "../../shared/clock.ts";
import type { KnownSecret } from "../export/find-secrets.ts";
import { secretHint } from "../output/words/secret-hint.ts";
import {
  openSecrets,
  type ProviderNames,
  readSecrets,
  type Secrets,
  secretsOf,
  secretVariable,
  type StoredSecrets,
} from "../settings/secrets.ts";
import type { SecretFacts } from "../tui/detail/content.ts";
import type { ScreenData } from "./messages.ts";

/** The signing secrets of this run, for the screen. They never become part of what it shows. */
export type KnownSecrets = {
  /** as the user copied them; empty when there are none, or until they have been read */
  readonly of: (provider: ProviderNames) => readonly string[];
  readonly isAny: () => boolean;
  /** What may be told of them, and where they come from. */
  readonly facts: (provider: ProviderNames) => readonly SecretFacts[];
  /** all of them, so that they can be taken out of what leaves this machine */
  readonly all: () => readonly KnownSecret[];
  /** Reads what is stored again. */
  readonly refresh: () => Promise<void>;
};

const VARIABLE = "DEVHOOK_SECRET_";

/** Reads the secrets of this run in the background. */
export function createKnownSecrets(
  { secrets: flags, env, secretsFile: file }: Pick<ScreenData, "secrets" | "env" | "secretsFile">,
  { clock, onFault, onRead }: { readonly clock: Clock; readonly onFault: (text: string) => void; readonly onRead: () => void },
): KnownSecrets {
  let opened: Secrets | undefined;
  let stored: StoredSecrets = {};

  async function refresh(): Promise<void> {
    try {
      stored = await readSecrets(file);
      opened = await openSecrets({ flags, env, file }, { clock, warn: onFault });
      onRead();
    } catch (error) {
      onFault(error instanceof Error ? error.message : String(error));
    }
  }

  function of(provider: ProviderNames): readonly string[] {
    return opened?.of(provider) ?? secretsOf(provider, { flags, env }, {});
  }

  function originOf({ id, aliases = [] }: ProviderNames): string {
    const names = [id, ...aliases];
    if (names.some((name) => flags[name] !== undefined)) return "--secret";
    const variable = names.map(secretVariable).find((name) => (env[name] ?? "").trim() !== "");
    return variable ?? "secrets.json";
  }

  void refresh();
  return {
    of,
    facts: (provider) => of(provider).map((secret) => ({ ...secretHint(secret), origin: originOf(provider) })),
    isAny: () =>
      Object.keys(flags).length + Object.keys(stored).length > 0 ||
      Object.entries(env).some(([name, text = ""]) => name.startsWith(VARIABLE) && text.trim() !== ""),
    all: () => {
      const given = Object.entries(env).flatMap(([name, text = ""]) => (name.startsWith(VARIABLE) ? [[name, [text.trim()]] as const] : []));
      return [...Object.entries(flags), ...Object.entries(stored), ...given].flatMap(([owner, secrets]) =>
        secrets.filter((secret) => secret !== "").map((secret) => ({ owner, secret })),
      );
    },
    refresh,
  };
}
