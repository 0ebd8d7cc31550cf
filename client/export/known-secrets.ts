import { readTokens } from "../settings/credentials.ts";
import type { Paths } from "../settings/paths.ts";
import { parseSecrets, readSecrets } from "../settings/secrets.ts";
import type { KnownSecret } from "./find-secrets.ts";

const SECRET_VARIABLE = "DEVHOOK_SECRET_";

/** Every secret that devhook knows of: signing secrets and tokens, of the files and of the environment. @throws {DevhookError} `config-invalid` */
export async function knownSecrets(
  { secretsFile, credentialsFile }: Pick<Paths, "secretsFile" | "credentialsFile">,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly KnownSecret[]> {
  const stored = Object.entries(await readSecrets(secretsFile)).flatMap(([owner, secrets]) => ownedBy(owner, secrets));
  const tokens = Object.entries(await readTokens(credentialsFile)).flatMap(([relay, token]) => ownedBy(relay, [token]));
  const given = Object.entries(env).flatMap(([name, text = ""]) => {
    if (name === "DEVHOOK_TOKEN") return ownedBy(name, [text.trim()]);
    // a JSON array is a secret as well as a list of them: either may stand in a body
    return name.startsWith(SECRET_VARIABLE) ? ownedBy(name, [...parseSecrets(text), text.trim()]) : [];
  });
  return [...stored, ...tokens, ...given];
}

function ownedBy(owner: string, secrets: readonly string[]): readonly KnownSecret[] {
  return secrets.filter((secret) => secret !== "").map((secret) => ({ owner, secret }));
}
