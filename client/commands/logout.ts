import type { Command } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import { readConfigFile } from "../settings/config-file.ts";
import { removeToken } from "../settings/credentials.ts";
import { resolvePaths } from "../settings/paths.ts";
import { requireRelayOrigin } from "../settings/relay-origin.ts";
import { setDefaultServer } from "../settings/user-config.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";

/** Adds `devhook logout`. */
export function registerLogout(program: Command, context: CommandContext): void {
  explain(program.command("logout"), {
    summary: "forget a relay's token",
    description:
      "Removes the stored token of a relay, and the relay as the default. On the relay the token stays valid until `devhook relay token revoke ID`.",
    examples: ["devhook logout", "devhook logout https://relay.example.com"],
  })
    .argument("[url]", "the relay (default: the one that login made the default)")
    .action(async (url: string | undefined) => logout(url, context));
}

async function logout(text: string | undefined, context: CommandContext): Promise<void> {
  const { credentialsFile, userConfigFile } = resolvePaths(context);
  const { values } = await readConfigFile("user", userConfigFile);
  const relay = text === undefined ? values.server : requireRelayOrigin(text);
  if (relay === undefined) {
    throw new DevhookError("not-found", { what: "there is no default relay to log out from", fix: "name it: devhook logout URL" });
  }
  const removed = await removeToken(credentialsFile, { relay, clock: context.clock });
  if (values.server?.origin === relay.origin) await setDefaultServer(userConfigFile, { server: undefined, clock: context.clock });
  if (!removed) throw new DevhookError("not-found", { what: `no token is stored for ${relay.origin}` });
  context.stdout.write(`logged out from ${relay.origin}\n`);
}
