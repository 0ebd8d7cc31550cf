import { dirname, join } from "node:path";
import { type Command, Option } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import { EXPORT_FORMS, type ExportForm, requireExportable } from "../export/export-form.ts";
import { exportPieces } from "../export/export-pieces.ts";
import { createSecretFinder } from "../export/find-secrets.ts";
import { type FixtureFile, fixtureFiles, REPLAY_COMMAND } from "../export/fixture.ts";
import { knownSecrets } from "../export/known-secrets.ts";
import { rawRequest } from "../export/raw-request.ts";
import { createRedaction } from "../export/redaction.ts";
import { requireDelivery } from "../export/write-export.ts";
import { createFilter, type Filter } from "../filter/filter.ts";
import { isPlainText } from "../inspect/plain-text.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { type History, openHistory } from "../ledger/history.ts";
import type { Delivery } from "../ledger/records.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { FILTER_HELP } from "./filter-help.ts";
import { fileSink, makeResultFolder, type ResultSink, stdoutSink, writeResultFile } from "./result-file.ts";

/** Adds `devhook export`. */
export function registerExport(program: Command, context: CommandContext): void {
  explain(program.command("export"), {
    summary: "write deliveries as curl commands, HAR, JSON lines, raw HTTP or a test",
    description:
      "Writes recorded deliveries for other tools. Credentials (Authorization, cookies, tokens) and the secrets that you have stored are taken out unless you say --with-secrets; what was taken out is said on stderr. Files can only be read by you.",
    examples: ["devhook export latest --as curl", "devhook export --filter 'status:5xx age:<1h' --as har --out failed.har"],
  })
    .argument("[id...]", "ids, unique beginnings of ids, latest, or latest~N")
    .addOption(new Option("--as <format>", "how it is written").choices(EXPORT_FORMS).makeOptionMandatory())
    .option("--filter <expression>", FILTER_HELP, createFilter)
    .option("--out <path>", "a file, or with --as fixture a folder (default: stdout)")
    .option("--with-secrets", "take nothing out")
    .action(async (ids: readonly string[], flags: ExportFlags) => exportDeliveries(ids, flags, context));
}

/** Characters of a note. */
const NOTE_LIMIT = 4_000;

type ExportFlags = { readonly as: ExportForm; readonly filter?: Filter; readonly out?: string; readonly withSecrets?: boolean };

async function exportDeliveries(given: readonly string[], flags: ExportFlags, context: CommandContext): Promise<void> {
  const { as, out } = flags;
  if (as === "fixture" && out === undefined)
    throw new DevhookError("usage", { what: "a fixture is several files", fix: "name a folder for them: --out DIR" });
  const paths = resolvePaths(context);
  const secrets = flags.withSecrets === true ? undefined : createSecretFinder(await knownSecrets(paths, context.env));
  const history = openHistory(paths.databaseFile, { clock: context.clock });
  try {
    const ids = chosen(given, flags.filter, history);
    // all are looked at before the first is written: half a file helps nobody
    for (const id of ids) requireWritable(requireDelivery(history, id), flags, context);
    const { clean, notes } = createRedaction(secrets);
    const read = (id: string): Delivery => clean(requireDelivery(history, id));
    if (as !== "fixture") await writeAll(exportPieces(ids, as, { read, version: context.version }), { out, context });
    else if (out !== undefined) {
      await writeFixtures(fixtureFiles(ids, read), out, context);
      context.stderr.write(`${ids.length} in ${sanitizeLine(out)}: ${REPLAY_COMMAND}\n`);
    }
    for (const line of notes()) context.stderr.write(`${sanitizeLine(line, NOTE_LIMIT)}\n`);
  } finally {
    history.close();
  }
}

/** The deliveries that the arguments or the filter mean, each once, the oldest first. @throws {DevhookError} `usage`, `not-found`, `ambiguous` */
function chosen(given: readonly string[], filter: Filter | undefined, history: History): readonly string[] {
  if (filter !== undefined && given.length > 0) {
    throw new DevhookError("usage", {
      what: "ids and --filter both say what to export",
      fix: "give one of them; id:0193a1b2 is a filter, too",
    });
  }
  if (filter !== undefined) {
    const found = history.list({ filter, order: "oldest", limit: Number.MAX_SAFE_INTEGER }).map(({ id }) => id);
    if (found.length > 0) return found;
    throw new DevhookError("not-found", { what: "no recorded delivery matches the filter", fix: "see what there is: devhook events" });
  }
  if (given.length === 0)
    throw new DevhookError("usage", {
      what: "nothing is chosen",
      fix: "name what to export: devhook export latest …, or --filter EXPRESSION",
    });
  return [...new Set(given.map((id) => history.resolve(id)))];
}

/** @throws {DevhookError} `body-truncated`, `usage` */
function requireWritable(delivery: Delivery, { as, out }: ExportFlags, { isTTY }: CommandContext): void {
  requireExportable(delivery, as);
  if (as === "raw" && out === undefined && isTTY.stdout && !isPlainText(rawRequest(delivery))) {
    throw new DevhookError("usage", {
      what: "these bytes hold control characters that your terminal would act on",
      why: "they come from the sender as they are",
      fix: `send them elsewhere: devhook export ${delivery.id} --as raw --out FILE`,
    });
  }
}

type Destination = { readonly out: string | undefined; readonly context: CommandContext };

async function writeAll(pieces: Iterable<string | Buffer>, { out, context }: Destination): Promise<void> {
  const sink: ResultSink = out === undefined ? stdoutSink(context) : await fileSink(out, context);
  try {
    for (const piece of pieces) await sink.write(piece);
    await sink.done();
  } catch (error) {
    await sink.drop();
    throw error;
  }
}

async function writeFixtures(files: Iterable<FixtureFile>, folder: string, context: CommandContext): Promise<void> {
  for (const { name, bytes } of files) {
    const path = join(folder, name);
    await makeResultFolder(dirname(path), context);
    await writeResultFile(path, bytes, context);
  }
}
