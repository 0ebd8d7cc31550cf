import type { Command } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import type { NewToken, TokenRecord } from "../tunnels/registry.ts";
import type { RelayCommandContext } from "./context.ts";
import { withRegistry, type DataFlags } from "./data.ts";
import { findToken } from "./find-token.ts";
import { table } from "./table.ts";

/** Adds `token add | list | rotate | revoke` to `devhook relay`. */
export function registerTokenCommands(relay: Command, context: RelayCommandContext): void {
  const token = relay.command("token").description("Manage the tokens that admit clients to this relay; works while it runs.");

  withDataFlags(token.command("add"))
    .description("Make a token and print it, once: only its SHA-256 is kept.")
    .argument("<label>", "whose token it is, for lists and logs")
    .option("--admin", "let its holder read the metrics from another machine")
    .addHelpText("after", "\nExamples:\n  devhook relay token add laptop-of-ana\n  devhook relay token add prometheus --admin --json\n")
    .action(function addToken(this: Command, label: string) {
      const flags = this.optsWithGlobals<DataFlags & { readonly admin?: boolean }>();
      const made = withRegistry(flags, context, { create: true }, (registry) => registry.addToken(label, { admin: flags.admin === true }));
      showNew(made, flags, context);
    });

  withDataFlags(token.command("list"))
    .description("List the tokens with their ids and how many names each owns.")
    .addHelpText("after", "\nExamples:\n  devhook relay token list\n  devhook relay token list --json --data-dir /srv/relay\n")
    .action(function listTokens(this: Command) {
      const flags = this.optsWithGlobals<DataFlags>();
      const tokens = withRegistry(flags, context, { create: false }, (registry) => registry.listTokens());
      if (flags.json === true) return void context.stdout.write(`${JSON.stringify(tokens.map(jsonOf))}\n`);
      if (tokens.length === 0) return void context.stderr.write("No tokens yet. Make one with: devhook relay token add LABEL\n");
      const heading = ["ID", "LABEL", "ADMIN", "NAMES", "CREATED", "ROTATED", "REVOKED"];
      context.stdout.write(table(heading, tokens.map(rowOf)));
    });

  withDataFlags(token.command("rotate"))
    .description("Replace the secret of a token and print the new one; it keeps its id and its tunnel names.")
    .argument("<id>", "id, a beginning of it, or latest")
    .addHelpText("after", "\nExamples:\n  devhook relay token rotate k3v7qz2m\n  devhook relay token rotate k3 --json\n")
    .action(function rotateToken(this: Command, id: string) {
      const flags = this.optsWithGlobals<DataFlags>();
      const made = withRegistry(flags, context, { create: false }, (registry) => {
        const found = findToken(registry.listTokens(), id);
        return registry.rotateToken(found.id) ?? refuseRevoked(found);
      });
      showNew(made, flags, context);
    });

  withDataFlags(token.command("revoke"))
    .description("End a token for good and close its sessions within 5 s; its tunnel names stay closed to others.")
    .argument("<id>", "id, a beginning of it, or latest")
    .addHelpText("after", "\nExamples:\n  devhook relay token revoke k3v7qz2m\n  devhook relay token revoke latest\n")
    .action(function revokeToken(this: Command, id: string) {
      const flags = this.optsWithGlobals<DataFlags>();
      const revoked = withRegistry(flags, context, { create: false }, (registry) => {
        const found = findToken(registry.listTokens(), id);
        if (!registry.revokeToken(found.id)) refuseRevoked(found);
        return found;
      });
      if (flags.json === true) context.stdout.write(`${JSON.stringify({ id: revoked.id, label: revoked.label, revoked: true })}\n`);
      else context.stderr.write(`Token ${revoked.id} (${revoked.label}) is revoked. Its sessions end within 5 s.\n`);
    });
}

/** The options of every command on a relay's data. */
export function withDataFlags(command: Command): Command {
  return command
    .option("--data-dir <dir>", "data folder of the relay (default: $XDG_DATA_HOME/devhook/relay)")
    .option("--json", "print JSON");
}

function showNew(made: NewToken, flags: DataFlags, context: RelayCommandContext): void {
  const { id, label, token } = made;
  if (flags.json === true) return void context.stdout.write(`${JSON.stringify({ id, label, token })}\n`);
  context.stderr.write(`Token ${id} for ${label}. It is shown this once; on the client: devhook login URL\n`);
  context.stdout.write(`${token}\n`);
}

function refuseRevoked(found: TokenRecord): never {
  throw new DevhookError("not-found", {
    what: `The token ${found.id} (${found.label}) was revoked before.`,
    fix: "Make another with: devhook relay token add LABEL",
  });
}

function jsonOf(token: TokenRecord): object {
  const { id, label, admin, names } = token;
  return { id, label, admin, names, createdAt: iso(token.createdAt), rotatedAt: iso(token.rotatedAt), revokedAt: iso(token.revokedAt) };
}

function rowOf(token: TokenRecord): readonly string[] {
  const days = [token.createdAt, token.rotatedAt, token.revokedAt].map((at) => iso(at)?.slice(0, 10) ?? "-");
  return [token.id, token.label, token.admin ? "yes" : "no", String(token.names), ...days];
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
