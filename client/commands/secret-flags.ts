import { DevhookError } from "../../shared/errors.ts";
import { parseSecrets, type StoredSecrets } from "../settings/secrets.ts";
import type { CommandContext } from "./context.ts";

/**
 * The secrets of `--secret ID=SECRET` flags, several of one provider kept all. Says on a terminal that other users of the machine can read them there.
 * @throws {DevhookError} `usage`; the message never holds the secret
 */
export function secretFlags(flags: readonly string[], context: Pick<CommandContext, "isTTY" | "stderr">): StoredSecrets {
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
  if (flags.length > 0) warnOfSecretFlag(context);
  return secrets;
}

/** Says on a terminal what a secret among the arguments means. */
export function warnOfSecretFlag({ isTTY, stderr }: Pick<CommandContext, "isTTY" | "stderr">): void {
  if (!isTTY.stderr) return;
  stderr.write(
    "! --secret can be read by every process of this machine, and stays in the history of your shell. Better: devhook secrets set ID\n",
  );
}

/** The secrets in the variable that `--secret-env` names. @throws {DevhookError} `usage` when there is none */
export function secretOfVariable(name: string, { env }: Pick<CommandContext, "env">): readonly string[] {
  const secrets = parseSecrets(env[name] ?? "");
  if (secrets.length > 0) return secrets;
  // what does not look like a variable may be the secret itself
  const shown = /^[A-Z][A-Z0-9_]*$/.test(name) ? ` ${name}` : "";
  throw new DevhookError("usage", {
    what: `the variable${shown} of --secret-env is ${env[name] === undefined ? "not set" : "empty"}`,
    why: "the flag takes the name of a variable, not the secret itself",
    fix: "set it for this command: NAME=… devhook …, or store the secret: devhook secrets set ID",
  });
}
