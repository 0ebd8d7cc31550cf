import type { Command } from "commander";
import { z } from "zod";
import { DevhookError } from "../../shared/errors.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { requireToken, storeToken } from "../settings/credentials.ts";
import { resolvePaths } from "../settings/paths.ts";
import { RELAY_ORIGIN_RULE, requireRelayOrigin, requireSecureRelay } from "../settings/relay-origin.ts";
import { setDefaultServer } from "../settings/user-config.ts";
import { askRelay } from "./ask-relay.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { readToken } from "./read-token.ts";

/** Adds `devhook login`. */
export function registerLogin(program: Command, context: CommandContext): void {
  explain(program.command("login"), {
    summary: "store a relay's token and make it the default relay",
    description:
      "Asks for a token (prompt, or stdin), has the relay check it, keeps it in a file that only you can read, and makes this relay the default.",
    examples: ["devhook login https://relay.example.com", "devhook login https://relay.example.com < token-file"],
  })
    .argument("<url>", RELAY_ORIGIN_RULE)
    .option("--insecure", "accept a self-signed certificate of the relay")
    .action(async (url: string, { insecure = false }: { insecure?: boolean }) => login(url, { insecure, context }));
}

const whoami = z.object({ label: z.string().nullish(), admin: z.boolean().optional() });

async function login(text: string, { insecure, context }: { insecure: boolean; context: CommandContext }): Promise<void> {
  const relay = requireRelayOrigin(text);
  requireSecureRelay(relay);
  const token = await readToken(context);
  requireToken(token, "this");
  const { label, admin } = await verify(relay, { token, insecure, context });

  const { credentialsFile, userConfigFile } = resolvePaths(context);
  await storeToken(credentialsFile, { relay, token, clock: context.clock });
  await setDefaultServer(userConfigFile, { server: relay, clock: context.clock });
  const who = typeof label === "string" ? ` as ${sanitizeLine(label, 80)}` : "";
  context.stdout.write(`logged in to ${relay.origin}${who}${admin === true ? " (admin)" : ""}\n`);
  context.stderr.write(`  it is the default relay now: devhook start 8000${insecure ? " --insecure" : ""}\n`);
}

async function verify(
  relay: URL,
  { token, insecure, context }: { token: string; insecure: boolean; context: CommandContext },
): Promise<z.infer<typeof whoami>> {
  const { status, body } = await askRelay({ relay, path: "/_devhook/token", token, insecure, clock: context.clock });
  if (status === 401 || status === 403) {
    throw new DevhookError("token-refused", {
      what: `${relay.origin} does not know this token`,
      why: "it belongs to another relay, or has been revoked; nothing has been stored",
      fix: "get a new one on the relay: devhook relay token add LABEL",
    });
  }
  const answer = whoami.safeParse(body);
  if (status === 200 && answer.success) return answer.data;
  throw new DevhookError("relay-unreachable", {
    what: `${relay.origin} is not a devhook relay`,
    why: `it answered ${status} to GET /_devhook/token; nothing has been stored`,
    fix: "check the address and port of the relay",
  });
}
