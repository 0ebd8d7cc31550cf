import type { Command } from "commander";
import {
  deadlineText,
  describeProvider,
  type DescribedFact,
  retriesText,
  signingText,
  sourceText,
} from "../../shared/catalogue/describe.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { type Colours, createColours } from "../output/colours.ts";
import { requireProvider } from "../settings/require-provider.ts";
import { secretVariable } from "../settings/secrets.ts";
import { columnLines } from "./column-lines.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { openCatalogue } from "./open-catalogue.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook providers`. */
export function registerProviders(program: Command, context: CommandContext): void {
  explain(program.command("providers"), {
    summary: "list the senders that devhook knows, or one with all its facts",
    description:
      "Lists who signs how, how long they wait and how often they try again; with an id everything that is known of one, with evidence and date.",
    examples: ["devhook providers", "devhook providers moltify"],
  })
    .argument("[id]", "one of them")
    .option("--json", "one JSON document: the records")
    .action(async (id: string | undefined, { json = false }: { json?: boolean }) => showProviders(id, { json, context }));
}

async function showProviders(id: string | undefined, { json, context }: { json: boolean; context: CommandContext }): Promise<void> {
  const catalogue = await openCatalogue(context);
  const one = id === undefined ? undefined : requireProvider(catalogue, id);
  if (json) return writeResult(context.stdout, `${JSON.stringify(one ?? catalogue.providers)}\n`);
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  const lines = one === undefined ? listLines(catalogue.providers, colours) : detailLines(one, colours);
  await writeResult(context.stdout, `${lines.join("\n")}\n`);
}

function listLines(providers: readonly Provider[], colours: Colours): readonly string[] {
  const rows = providers.map((provider) => [
    provider.id,
    sanitizeLine(provider.name, 60),
    signingText(provider),
    deadlineText(provider.delivery),
    retriesText(provider.delivery),
  ]);
  const [title = "", ...lines] = columnLines([["ID", "NAME", "SIGNS", "DEADLINE", "RETRIES"], ...rows]);
  return [colours.dim(title), ...lines];
}

function detailLines(provider: Provider, colours: Colours): readonly string[] {
  const { id, name } = provider;
  const lines = [colours.bold(sanitizeLine(name, 100))];
  for (const { title, source, facts } of describeProvider(provider)) {
    const from = source === undefined ? "" : `  ${colours.dim(`[${sanitizeLine(sourceText(source))}]`)}`;
    lines.push("", `${colours.bold(sanitizeLine(title, 100))}${from}`);
    const width = Math.max(...facts.map(({ label }) => label.length));
    for (const fact of facts) lines.push(factLine(fact, { width, colours }));
  }
  lines.push("", `Store its secret with: devhook secrets set ${id}, or in ${secretVariable(id)}`);
  if (provider.events !== undefined) lines.push(`Fields and samples of its events: devhook providers ${id} --json`);
  return lines;
}

/** Characters of one fact: the longest of the catalogue's own is a third of it. */
const FACT_LIMIT = 2_000;

function factLine({ label, text, source }: DescribedFact, { width, colours }: { width: number; colours: Colours }): string {
  const from = source === undefined ? "" : `  ${colours.dim(`[${sanitizeLine(sourceText(source))}]`)}`;
  const name = label === "" ? "-" : sanitizeLine(label, 100).padEnd(width);
  return `  ${name}${label === "" ? " " : "  "}${sanitizeLine(text, FACT_LIMIT)}${from}`;
}
