import type { Command } from "commander";
import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import { DevhookError } from "../../shared/errors.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { createColours } from "../output/colours.ts";
import { secretHint, secretText } from "../output/words/secret-hint.ts";
import { resolvePaths } from "../settings/paths.ts";
import { requireProvider } from "../settings/require-provider.ts";
import { secretDoubts } from "../settings/secret-doubts.ts";
import { parseSecrets, readSecrets, removeSecrets, secretVariable, storeSecrets, type StoredSecrets } from "../settings/secrets.ts";
import { askHidden } from "./ask-hidden.ts";
import { columnLines } from "./column-lines.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { openCatalogue } from "./open-catalogue.ts";
import { readStdin } from "./read-input.ts";

/** Adds `devhook secrets set | list | remove`. */
export function registerSecrets(program: Command, context: CommandContext): void {
  const secrets = explain(program.command("secrets"), {
    summary: "keep the signing secrets of your senders",
    description:
      "Keeps secrets in a file that only you can read. DEVHOOK_SECRET_ID in the environment wins over it; nothing prints a secret whole.",
    examples: ["devhook secrets set stripe", "devhook secrets list"],
  });
  explain(secrets.command("set"), {
    summary: "store the secret of a sender, from a prompt or stdin",
    description:
      "Asks for the secret, or reads all of stdin: a text, a PEM, a JWK or JWKS, or a JSON array of texts where several are valid at once. Takes the place of what was stored.",
    examples: ["devhook secrets set stripe", "devhook secrets set discord < public-key.pem"],
  })
    .argument("<id>", "the sender: an id of `devhook providers`")
    .option("--json", "one JSON document: {id, secrets: [{length, ends}]}")
    .action(async (id: string, { json = false }: { json?: boolean }) => setSecrets(id, { json, context }));
  explain(secrets.command("list"), {
    summary: "list whose secrets there are, and where they come from",
    description: "Lists the secrets of the file and of the environment by their length and last four characters.",
    examples: ["devhook secrets list", "devhook secrets list --json"],
  })
    .option("--json", "one JSON document: [{id, from, used, secrets: [{length, ends}]}]")
    .action(async ({ json = false }: { json?: boolean }) => listSecrets({ json, context }));
  explain(secrets.command("remove"), {
    summary: "forget the stored secrets of a sender",
    description: "Removes them from the file; a variable in the environment stays. Exit 1 when none was stored.",
    examples: ["devhook secrets remove stripe", "devhook secrets remove stripe --json"],
  })
    .argument("<id>", "the sender")
    .option("--json", "one JSON document: {id, removed}")
    .action(async (id: string, { json = false }: { json?: boolean }) => remove(id, { json, context }));
}

type Surroundings = { readonly json: boolean; readonly context: CommandContext };

/** A set of public keys fits many times over; what is larger is another file. Bytes. */
const INPUT_LIMIT = 65_536;

async function setSecrets(id: string, { json, context }: Surroundings): Promise<void> {
  const provider = requireProvider(await openCatalogue(context), id);
  const text = await readSecretText(provider, context);
  const secrets = parseSecrets(text);
  if (secrets.length === 0) {
    throw new DevhookError("usage", {
      what: "no secret was given",
      why: context.isTTY.stdin ? "the line was empty" : "stdin was empty",
      fix: `paste it at the prompt, or pipe it: devhook secrets set ${provider.id} < secret-file`,
    });
  }
  const { clock } = context;
  await storeSecrets(resolvePaths(context).secretsFile, { provider: provider.id, secrets, clock });
  const { warn } = createColours({ isTTY: context.isTTY.stderr, env: context.env });
  for (const doubt of secretDoubts({ provider, text, secrets })) context.stderr.write(`${warn("!")} ${sanitizeLine(doubt)}\n`);
  if (context.env[secretVariable(provider.id)] !== undefined)
    context.stderr.write(`${warn("!")} ${secretVariable(provider.id)} is set and wins over what is stored\n`);
  const count = secrets.length === 1 ? "the secret" : `${secrets.length} secrets`;
  const line = `stored ${count} of ${sanitizeLine(provider.name, 100)} (${secrets.map((secret) => secretText(secretHint(secret))).join("; ")})`;
  context.stdout.write(`${json ? JSON.stringify({ id: provider.id, secrets: secrets.map(secretHint) }) : line}\n`);
}

/** As it was typed or piped, without the end of its last line. @throws {DevhookError} `interrupted`, `usage` */
async function readSecretText({ name, secret }: Provider, context: CommandContext): Promise<string> {
  if (context.isTTY.stdin) {
    const called = `${secret?.called ?? "secret"} of ${name}`;
    return askHidden(context, { name: sanitizeLine(called, 100), limit: INPUT_LIMIT, interrupted: "nothing has been stored" });
  }
  const bytes = await readStdin(context, { what: "the secret", limit: INPUT_LIMIT });
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text.replace(/\r?\n$/, "");
  } catch {
    // the same refusal
  }
  throw new DevhookError("usage", {
    what: "this is no text",
    why: "a secret is one; a key in binary form (DER) is not taken",
    fix: "give the key as PEM, JWK or base64",
  });
}

/** What one origin has of one sender. */
type Row = {
  readonly id: string;
  /** `stored`, or the variable */
  readonly from: string;
  /** false: another origin wins */
  readonly used: boolean;
  readonly secrets: readonly string[];
};

async function listSecrets({ json, context }: Surroundings): Promise<void> {
  const catalogue = await openCatalogue(context);
  const stored = await readSecrets(resolvePaths(context).secretsFile);
  const { rows, strangers } = rowsOf(catalogue, stored, context.env);
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  for (const variable of strangers) context.stderr.write(`! ${sanitizeLine(variable, 100)} belongs to no provider: devhook providers\n`);
  if (json) {
    const document = rows.map(({ secrets, ...row }) => ({ ...row, secrets: secrets.map(secretHint) }));
    context.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  if (rows.length === 0) {
    context.stderr.write("no secrets yet: devhook secrets set ID\n");
    return;
  }
  const cells = rows.map(({ id, from, used, secrets }) => [
    sanitizeLine(id, 100),
    used ? from : `${from} (not used)`,
    String(secrets.length),
    secrets.map((secret) => secretText(secretHint(secret))).join("; "),
  ]);
  const [title = "", ...lines] = columnLines([["ID", "FROM", "COUNT", "SECRETS"], ...cells]);
  context.stdout.write(`${[colours.dim(title), ...lines].join("\n")}\n`);
}

/** The rows by id, and the variables whose name fits no provider. */
function rowsOf(
  { providers }: Catalogue,
  stored: StoredSecrets,
  env: CommandContext["env"],
): { readonly rows: readonly Row[]; readonly strangers: readonly string[] } {
  const set = Object.keys(env).filter((name) => name.startsWith(secretVariable("")) && parseSecrets(env[name] ?? "").length > 0);
  const names = new Map(providers.flatMap(({ id, aliases = [] }) => [id, ...aliases].map((name) => [name, id] as const)));
  for (const name of Object.keys(stored)) if (!names.has(name)) names.set(name, name);
  const rows: Row[] = [];
  /** the first origin of a sender is the one that counts */
  const taken = new Set<string>();
  const add = (id: string, from: string, secrets: readonly string[]): void => {
    // an alias may have the same variable: trigger.dev and trigger-dev
    if (rows.some((row) => row.id === id && row.from === from)) return;
    rows.push({ id, from, used: !taken.has(id), secrets });
    taken.add(id);
  };
  for (const [name, id] of names) {
    const variable = secretVariable(name);
    if (set.includes(variable)) add(id, variable, parseSecrets(env[variable] ?? ""));
  }
  for (const [name, id] of names) {
    const secrets = Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (secrets !== undefined) add(id, "stored", secrets);
  }
  const known = new Set([...names.keys()].map(secretVariable));
  return { rows: rows.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)), strangers: set.filter((name) => !known.has(name)) };
}

async function remove(id: string, { json, context }: Surroundings): Promise<void> {
  const { secretsFile } = resolvePaths(context);
  const stored = await readSecrets(secretsFile);
  // a sender that was described once may be stored without being known any more
  const provider = Object.hasOwn(stored, id) ? id : requireProvider(await openCatalogue(context), id).id;
  const isRemoved = await removeSecrets(secretsFile, { provider, clock: context.clock });
  const variable = secretVariable(provider);
  const isInEnv = context.env[variable] !== undefined;
  if (!isRemoved) {
    throw new DevhookError("not-found", {
      what: `no secret of ${provider} is stored`,
      ...(isInEnv && { why: `the one that is used stands in ${variable}` }),
      fix: "see what there is: devhook secrets list",
    });
  }
  if (isInEnv) context.stderr.write(`! ${variable} is still set\n`);
  context.stdout.write(
    `${json ? JSON.stringify({ id: provider, removed: true }) : `removed the secret of ${sanitizeLine(provider, 100)}`}\n`,
  );
}
