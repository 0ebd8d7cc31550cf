import type { Command } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import { NAME_QUARANTINE_MS, type NameRecord } from "../tunnels/registry.ts";
import type { RelayCommandContext } from "./context.ts";
import { withRegistry, type DataFlags } from "./data.ts";
import { table } from "./table.ts";
import { withDataFlags } from "./token.ts";

/** Characters shown of an anonymous owner: the beginning of its key's hash, enough to tell owners apart. */
const OWNER_SHOWN = 12;

/** Adds `name list | release` to `devhook relay`. */
export function registerNameCommands(relay: Command, context: RelayCommandContext): void {
  const name = relay.command("name").description("Manage the tunnel names of this relay; works while it runs.");

  withDataFlags(name.command("list"))
    .description("List the tunnel names and whose they are.")
    .addHelpText("after", "\nExamples:\n  devhook relay name list\n  devhook relay name list --json --data-dir /srv/relay\n")
    .action(function listNames(this: Command) {
      const flags = this.optsWithGlobals<DataFlags>();
      const names = withRegistry(flags, context, { create: false }, (registry) => registry.listNames());
      if (flags.json === true) return void context.stdout.write(`${JSON.stringify(names.map(jsonOf))}\n`);
      if (names.length === 0) return void context.stderr.write("No tunnel has been opened yet.\n");
      context.stdout.write(table(["NAME", "OWNER", "CLAIMED", "CLOSED UNTIL"], names.map(rowOf)));
    });

  withDataFlags(name.command("release"))
    .description("Take a tunnel name from its owner. For 30 days nobody else can claim it.")
    .argument("<name>", "the tunnel name, whole")
    .addHelpText("after", "\nExamples:\n  devhook relay name release shop\n  devhook relay name release shop --data-dir /srv/relay\n")
    .action(function releaseName(this: Command, wanted: string) {
      const flags = this.optsWithGlobals<DataFlags>();
      const released = withRegistry(flags, context, { create: false }, (registry) => registry.releaseName(wanted));
      if (!released) {
        throw new DevhookError("not-found", {
          what: `Nobody owns a tunnel named ${JSON.stringify(wanted)}.`,
          fix: "List them with: devhook relay name list",
        });
      }
      if (flags.json === true) context.stdout.write(`${JSON.stringify({ name: wanted, released: true })}\n`);
      else context.stderr.write(`The name ${wanted} is released. For 30 days only its former owner can claim it.\n`);
    });
}

function jsonOf(row: NameRecord): object {
  const { name, ownerKind, ownerId } = row;
  return {
    name,
    ownerKind,
    ownerId,
    ownerLabel: row.ownerLabel ?? null,
    claimedAt: iso(row.claimedAt),
    closedUntil: iso(closedUntil(row)),
  };
}

function rowOf(row: NameRecord): readonly string[] {
  const owner = row.ownerKind === "token" ? `${row.ownerId} (${row.ownerLabel ?? "?"})` : `anonymous ${row.ownerId.slice(0, OWNER_SHOWN)}`;
  return [row.name, owner, day(row.claimedAt), day(closedUntil(row))];
}

/** Until when a released name is closed to all but its former owner. */
function closedUntil(row: NameRecord): number | undefined {
  return row.releasedAt === undefined ? undefined : row.releasedAt + NAME_QUARANTINE_MS;
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

function day(at: number | undefined): string {
  return iso(at)?.slice(0, 10) ?? "-";
}
