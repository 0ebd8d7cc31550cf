import type { KnownSecret } from "../export/find-secrets.ts";
import { readTokens } from "../settings/credentials.ts";
import { resolvePaths } from "../settings/paths.ts";
import { parseSecrets, readSecrets } from "../settings/secrets.ts";
import type { CommandContext } from "./context.ts";

const SECRET_VARIABLE = "DEVHOOK_SECRET_";

/** Every secret that devhook knows of: signing secrets and tokens, of the files and of the environment. @throws {DevhookError} `config-invalid` */
export async function knownSecrets(context: CommandContext): Promise<readonly KnownSecret[]> {
  const paths = resolvePaths(context);
  const stored = Object.entries(await readSecrets(paths.secretsFile)).flatMap(([owner, secrets]) => ownedBy(owner, secrets));
  const tokens = Object.entries(await readTokens(paths.credentialsFile)).flatMap(([relay, token]) => ownedBy(relay, [token]));
  const given = Object.entries(context.env).flatMap(([name, text = ""]) => {
    if (name === "DEVHOOK_TOKEN") return ownedBy(name, [text.trim()]);
    // a JSON array is a secret as well as a list of them: either may stand in a body
    return name.startsWith(SECRET_VARIABLE) ? ownedBy(name, [...parseSecrets(text), text.trim()]) : [];
  });
  return [...stored, ...tokens, ...given];
}

function ownedBy(owner: string, secrets: readonly string[]): readonly KnownSecret[] {
  return secrets.filter((secret) => secret !== "").map((secret) => ({ owner, secret }));
}
