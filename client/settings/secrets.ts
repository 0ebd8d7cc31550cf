import { stat } from "node:fs/promises";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import { withFileLock } from "./file-lock.ts";
import { readOwnFile, writePrivateFile } from "./private-file.ts";

/** Secrets by provider id, several where one is being replaced by another. */
export type StoredSecrets = Readonly<Record<string, readonly string[]>>;

/** Where the secrets of a run come from, the strongest first; one that has any for a provider hides the others. */
export type SecretOrigins = {
  /** of --secret */
  readonly flags: StoredSecrets;
  /** DEVHOOK_SECRET_<ID> */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** secrets.json */
  readonly file: string;
};

/** The names under which a provider's secrets may stand. */
export type ProviderNames = { readonly id: string; readonly aliases?: readonly string[] };

/** The secrets of a run, as they are now: what `devhook secrets set` stores meanwhile is seen within a second. */
export type Secrets = {
  /** as the user copied them; empty when there are none. Never waits. */
  readonly of: (provider: ProviderNames) => readonly string[];
  /** Reads the file again now, for what has just been stored. Never throws: what is wrong is warned of. */
  readonly refresh: () => Promise<void>;
};

/** A secret of one provider at most this often is looked up again on disk, milliseconds. */
const FRESH_MS = 1_000;
/** Rotation needs two; a set of public keys is one text. */
const MOST_SECRETS = 20;

/**
 * Reads the secrets of a run.
 * @param warn takes one sentence, when the file cannot be read later on
 * @throws {DevhookError} `config-invalid` when the file is damaged
 */
export async function openSecrets(
  origins: SecretOrigins,
  { clock, warn }: { readonly clock: Clock; readonly warn: (message: string) => void },
): Promise<Secrets> {
  let stored = await readSecrets(origins.file);
  let version = await versionOf(origins.file);
  let looked = clock.monotonic();
  let looking = 0;
  let reading = Promise.resolve();

  async function look(): Promise<void> {
    const now = await versionOf(origins.file);
    if (now === version) return;
    // first: a damaged file is told of once, not at each delivery
    version = now;
    stored = await readSecrets(origins.file);
  }

  /** One look after the other: the last one sees what was stored before it. */
  function refresh(): Promise<void> {
    looking += 1;
    reading = reading
      .then(look)
      .catch((error: unknown) =>
        warn(
          error instanceof DevhookError
            ? `${error.message}: the secrets from before are used. ${error.fix ?? ""}`
            : `cannot read ${origins.file}`,
        ),
      )
      .finally(() => {
        looked = clock.monotonic();
        looking -= 1;
      });
    return reading;
  }

  return {
    of(provider) {
      if (looking === 0 && clock.monotonic() - looked >= FRESH_MS) void refresh();
      return secretsOf(provider, origins, stored);
    },
    refresh,
  };
}

/** The secrets of one provider: flags before environment before file. */
export function secretsOf(
  { id, aliases = [] }: ProviderNames,
  { flags, env }: Omit<SecretOrigins, "file">,
  stored: StoredSecrets,
): readonly string[] {
  const names = [id, ...aliases];
  for (const name of names) if (flags[name] !== undefined) return flags[name];
  for (const name of names) {
    const text = env[secretVariable(name)];
    if (text !== undefined && text.trim() !== "") return parseSecrets(text);
  }
  for (const name of names) if (stored[name] !== undefined) return stored[name];
  return [];
}

/** `cal.com` -> `DEVHOOK_SECRET_CAL_COM` */
export function secretVariable(id: string): string {
  return `DEVHOOK_SECRET_${id.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

/** One secret, or several as a JSON array of texts. White space around it is not part of a secret. */
export function parseSecrets(text: string): readonly string[] {
  const trimmed = text.trim();
  if (!trimmed.startsWith("[")) return trimmed === "" ? [] : [trimmed];
  try {
    const parsed: unknown = JSON.parse(trimmed);
    if (Array.isArray(parsed) && parsed.length <= MOST_SECRETS && parsed.every((one) => typeof one === "string" && one !== ""))
      return parsed as string[];
  } catch {
    // a secret may begin with a bracket
  }
  return [trimmed];
}

/** The stored secrets. @throws {DevhookError} `config-invalid` */
export async function readSecrets(file: string): Promise<StoredSecrets> {
  const text = await readOwnFile(file);
  if (text === undefined) return {};
  const { secretsSchema } = await import("./stored-schemas.ts");
  try {
    return secretsSchema.parse(JSON.parse(text)).secrets;
  } catch {
    // without the cause: it could quote the file
    throw new DevhookError("config-invalid", {
      what: `${file} is damaged`,
      why: "it does not hold what devhook secrets writes",
      fix: "remove it, then store each secret again: devhook secrets set ID",
    });
  }
}

/** Keeps the secrets of a provider (file 0600), replacing those before. @throws {DevhookError} `data-dir-unwritable`, `config-invalid` */
export async function storeSecrets(
  file: string,
  { provider, secrets, clock }: { provider: string; secrets: readonly string[]; clock: Clock },
): Promise<void> {
  await withFileLock(file, clock, async () => writeSecrets(file, { ...(await readSecrets(file)), [provider]: secrets }));
}

/** Forgets the secrets of a provider. @returns whether there were any */
export async function removeSecrets(file: string, { provider, clock }: { provider: string; clock: Clock }): Promise<boolean> {
  if ((await readSecrets(file))[provider] === undefined) return false;
  return withFileLock(file, clock, async () => {
    const { [provider]: removed, ...others } = await readSecrets(file);
    await writeSecrets(file, others);
    return removed !== undefined;
  });
}

async function writeSecrets(file: string, secrets: StoredSecrets): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify({ version: 1, secrets }, null, 2)}\n`);
}

/** Changes whenever the file does: it is always replaced, never written into. */
async function versionOf(file: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(file);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return "absent";
  }
}
