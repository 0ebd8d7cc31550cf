import {
  type DescribedFact,
  describeProvider,
  deadlineText,
  retriesText,
  signingText,
  sourceText,
} from "../../../shared/catalogue/describe.ts";
import type { EventKind, Provider } from "../../../shared/signatures/provider.ts";

const HEAD = `# Providers

Every sender that devhook knows, with the source of each fact, its evidence and the day it was read. This page is made from shared/providers; \`devhook providers\`
prints the same, with your own providers among them. docs/signatures.md explains the words.

Evidence: \`official-source\` the provider's own code; \`official-doc\` its documents; \`package\` the behaviour of its package, run; \`third-party\` somebody else's word;
\`assumed\` nobody's. "not found": it was looked for, and no source states it.
`;

/** The text of docs/providers.md. */
export function providersPage(providers: readonly Provider[]): string {
  const rows = providers.map(
    (one) =>
      `| [${one.id}](#${anchorOf(one)}) | ${cell(one.name)} | ${cell(signingText(one))} | ${deadlineText(one.delivery)} | ${retriesText(one.delivery)} |`,
  );
  const table = ["| id | name | signs | deadline | retries |", "|---|---|---|---|---|", ...rows].join("\n");
  return `${[HEAD, table, "", ...providers.map(providerText)].join("\n")}\n`;
}

function providerText(provider: Provider): string {
  const sections = describeProvider(provider).map(({ title, source, facts }) =>
    [`**${title}**${source === undefined ? "" : ` (${sourceText(source)})`}`, "", ...facts.map(factLine), ""].join("\n"),
  );
  return [`## ${headingOf(provider)}`, "", ...sections, ...(provider.events ?? []).map(sampleText)].join("\n");
}

function factLine({ label, text, source }: DescribedFact): string {
  const from = source === undefined ? "" : ` (${sourceText(source)})`;
  return label === "" ? `- ${text}${from}` : `- ${label}: ${CODE.has(label) ? code(text) : text}${from}`;
}

/** Facts that are no prose. */
const CODE = new Set(["signed text", "sent beside"]);

function sampleText({ type, variant, fields, sample }: EventKind): string {
  const name = variant === undefined ? type : `${type} (${variant})`;
  const rows = fields.map(
    ({ path, type: kind, optional, note = "" }) => `| \`${path}\` | ${kind}${optional === true ? ", optional" : ""} | ${cell(note)} |`,
  );
  const table = rows.length === 0 ? [] : ["| field | type | |", "|---|---|---|", ...rows, ""];
  return [`### ${name}`, "", ...table, "```json", sample, "```", ""].join("\n");
}

function code(text: string): string {
  return `\`${text.replaceAll("\n", "\\n")}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function headingOf({ name, id }: Provider): string {
  return `${name} (${id})`;
}

/** As GitHub makes it of a heading. */
function anchorOf(provider: Provider): string {
  return headingOf(provider)
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}
