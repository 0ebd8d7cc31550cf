import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import { parseToken } from "../../shared/tokens.ts";
import type { Source } from "./config.ts";
import { withFileLock } from "./file-lock.ts";
import { readOwnFile, writePrivateFile } from "./private-file.ts";

/** Which token a relay gets. */
export type RelayToken =
  | { readonly kind: "token"; readonly token: string; readonly from: "environment" | "stored" }
  | {
      readonly kind: "none";
      /** whether DEVHOOK_TOKEN is set and was kept back, because a project file names this relay */
      readonly withheld: boolean;
    };

/** What decides about the token. */
export type TokenQuestion = {
  /** where the token would go */
  readonly relay: URL;
  /** who named that relay */
  readonly source: Source;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly credentialsFile: string;
};

/**
 * The token for a relay: DEVHOOK_TOKEN, unless a project file names the relay (somebody else's repository must not collect tokens), else the one
 * that `devhook login` stored for exactly this origin.
 * @throws {DevhookError} `token-malformed`, `config-invalid`
 */
export async function tokenFor({ relay, source, env, credentialsFile }: TokenQuestion): Promise<RelayToken> {
  const given = env["DEVHOOK_TOKEN"]?.trim();
  const isGiven = given !== undefined && given !== "";
  if (isGiven && source !== "project") {
    requireToken(given, "DEVHOOK_TOKEN");
    return { kind: "token", token: given, from: "environment" };
  }
  const stored = (await readTokens(credentialsFile))[relay.origin];
  return stored === undefined ? { kind: "none", withheld: isGiven } : { kind: "token", token: stored, from: "stored" };
}

/** Refuses a text that cannot be a token, before it is sent anywhere. @throws {DevhookError} `token-malformed` */
export function requireToken(text: string, origin: string): void {
  const parsed = parseToken(text);
  if (parsed.kind === "token") return;
  throw new DevhookError("token-malformed", {
    what: `${origin} is not a devhook token`,
    why: parsed.kind === "malformed" ? parsed.why : "it is the key that a client makes for itself (dk_…)",
    fix: "copy it again from the output of `devhook relay token add LABEL` on the relay",
  });
}

/** Keeps `token` for `relay` (file 0600), replacing the one before. @throws {DevhookError} `data-dir-unwritable`, `config-invalid` */
export async function storeToken(file: string, { relay, token, clock }: { relay: URL; token: string; clock: Clock }): Promise<void> {
  await withFileLock(file, clock, async () => writeTokens(file, { ...(await readTokens(file)), [relay.origin]: token }));
}

/** Forgets the token for `relay`. @returns whether there was one */
export async function removeToken(file: string, { relay, clock }: { relay: URL; clock: Clock }): Promise<boolean> {
  if ((await readTokens(file))[relay.origin] === undefined) return false;
  return withFileLock(file, clock, async () => {
    const { [relay.origin]: removed, ...others } = await readTokens(file);
    await writeTokens(file, others);
    return removed !== undefined;
  });
}

async function writeTokens(file: string, tokens: Readonly<Record<string, string>>): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`);
}

/** The stored tokens by the origin of their relay. @throws {DevhookError} `config-invalid` */
export async function readTokens(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readOwnFile(file);
  if (text === undefined) return {};
  const { credentialsSchema } = await import("./stored-schemas.ts");
  try {
    return credentialsSchema.parse(JSON.parse(text)).tokens;
  } catch {
    // without the cause: it could quote the file, which holds tokens
    throw new DevhookError("config-invalid", {
      what: `${file} is damaged`,
      why: "it does not hold what devhook login writes",
      fix: `remove it, then run: devhook login URL`,
    });
  }
}
