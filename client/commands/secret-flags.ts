import { DevhookError } from "../../shared/errors.ts";
import { parseSecrets, type StoredSecrets } from "../settings/secrets.ts";
import type { CommandContext } from "./context.ts";

/**
 * The secrets of `--secret ID=SECRET` flags, several of one provider kept all. Says on a terminal that other users of the machine can read them there.
 * @throws {DevhookError} `usage`; the message never holds the secret
 */
export function secretFlags(flags: readonly string[], { isTTY, stderr }: Pick<CommandContext, "isTTY" | "stderr">): StoredSecrets {
  const secrets: Record<string, readonly string[]> = {};
  for (const flag of flags) {
    const [, id = "", text = ""] = /^([A-Za-z0-9][A-Za-z0-9.-]{0,63})=([\s\S]+)$/.exec(flag) ?? [];
    if (id === "") {
      throw new DevhookError("usage", {
        what: "--secret does not accept this",
        why: "accepted: a provider id, =, and the secret",
        fix: "store it instead: devhook secrets set ID",
      });
    }
    const name = id.toLowerCase();
    secrets[name] = [...(secrets[name] ?? []), ...parseSecrets(text)];
  }
  if (flags.length > 0 && isTTY.stderr) {
    stderr.write(
      "! --secret can be read by every process of this machine, and stays in the history of your shell. Better: devhook secrets set ID\n",
    );
  }
  return secrets;
}
