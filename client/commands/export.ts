import { join } from "node:path";
import { type Command, Option } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import { firstHeader } from "../../shared/http/headers.ts";
import { curlCommand } from "../export/curl.ts";
import { deliveryLine, LINE_LIMIT } from "../export/delivery-line.ts";
import { createSecretFinder, type SecretFinder } from "../export/find-secrets.ts";
import { fixtureFiles, REPLAY_FILE, REPLAY_TEST } from "../export/fixture.ts";
import { HAR_TAIL, harEntries, harHead } from "../export/har.ts";
import { redact } from "../export/redact.ts";
import { createFilter, type Filter } from "../filter/filter.ts";
import { isPlainText } from "../inspect/plain-text.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { type History, openHistory } from "../ledger/history.ts";
import type { Delivery } from "../ledger/records.ts";
import { shortSize } from "../output/short-size.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { FILTER_HELP } from "./filter-help.ts";
import { messageBytes } from "./http-bytes.ts";
import { knownSecrets } from "./known-secrets.ts";
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
    .addOption(new Option("--as <format>", "how it is written").choices(FORMATS).makeOptionMandatory())
    .option("--filter <expression>", FILTER_HELP, createFilter)
    .option("--out <path>", "a file, or with --as fixture a folder (default: stdout)")
    .option("--with-secrets", "take nothing out")
    .action(async (ids: readonly string[], flags: ExportFlags) => exportDeliveries(ids, flags, context));
}

const FORMATS = ["curl", "har", "jsonl", "raw", "fixture"] as const;
type Format = (typeof FORMATS)[number];

type ExportFlags = { readonly as: Format; readonly filter?: Filter; readonly out?: string; readonly withSecrets?: boolean };

/** Gives a recorded delivery as it may leave this machine. */
type Reader = (id: string) => Delivery;

async function exportDeliveries(given: readonly string[], flags: ExportFlags, context: CommandContext): Promise<void> {
  const { as, out } = flags;
  if (as === "fixture" && out === undefined)
    throw new DevhookError("usage", { what: "a fixture is several files", fix: "name a folder for them: --out DIR" });
  const secrets = flags.withSecrets === true ? undefined : createSecretFinder(await knownSecrets(context));
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  try {
    const ids = chosen(given, flags.filter, history);
    // all are looked at before the first is written: half a file helps nobody
    for (const id of ids) requireWritable(requireDelivery(history, id), flags, context);
    const notes = createNotes(secrets);
    const read: Reader = (id) => notes.read(requireDelivery(history, id));
    if (as === "fixture" && out !== undefined) await writeFixtures(ids, { read, folder: out, context });
    else await writeAll(ids, { read, as, out, context });
    for (const line of notes.lines()) context.stderr.write(`${sanitizeLine(line, NOTE_LIMIT)}\n`);
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

function requireDelivery(history: History, id: string): Delivery {
  const delivery = history.get(id);
  if (delivery !== undefined) return delivery;
  throw new DevhookError("not-found", { what: `delivery ${id} has been removed from the history meanwhile` });
}

/** @throws {DevhookError} `body-truncated`, `usage` */
function requireWritable(delivery: Delivery, { as, out }: ExportFlags, { isTTY }: CommandContext): void {
  const { id, body, complete } = delivery;
  const needsWhole = as === "curl" || as === "raw" || as === "fixture";
  if (needsWhole && (body.truncated || !complete)) {
    throw new DevhookError("body-truncated", {
      what: `delivery ${id} cannot be written with --as ${as}: its body is not whole`,
      why: body.truncated ? `${body.bytes.length} of ${body.total} bytes are recorded` : "the sender broke off, or is still sending",
      fix: "--as har and --as jsonl take what there is",
    });
  }
  if (as === "jsonl" && lineBytes(delivery) > LINE_LIMIT) {
    throw new DevhookError("usage", { what: `delivery ${id} is too large for one line`, why: `${shortSize(LINE_LIMIT)} is the most` });
  }
  if (as === "raw" && out === undefined && isTTY.stdout && !isPlainText(rawRequest(delivery))) {
    throw new DevhookError("usage", {
      what: "these bytes hold control characters that your terminal would act on",
      why: "they come from the sender as they are",
      fix: `send them elsewhere: devhook export ${id} --as raw --out FILE`,
    });
  }
}

/** At least what the bodies take, in Base64. */
function lineBytes({ body, attempts }: Delivery): number {
  const bytes = attempts.reduce((sum, one) => sum + one.body.bytes.length + (one.request?.body.length ?? 0), body.bytes.length);
  return (bytes * 4) / 3;
}

type WriteAll = { readonly read: Reader; readonly as: Format; readonly out: string | undefined; readonly context: CommandContext };

async function writeAll(ids: readonly string[], { read, as, out, context }: WriteAll): Promise<void> {
  const sink: ResultSink = out === undefined ? stdoutSink(context) : await fileSink(out, context);
  try {
    if (as === "har") await sink.write(harHead(context.version));
    let before = as === "har" ? "\n" : "";
    for (const id of ids) {
      const delivery = read(id);
      if (as === "curl") await sink.write(`${curlCommand(delivery)}\n`);
      else if (as === "jsonl") await sink.write(deliveryLine(delivery));
      else if (as === "raw") await sink.write(rawRequest(delivery));
      else {
        for (const entry of harEntries(delivery)) {
          await sink.write(before + JSON.stringify(entry));
          before = ",\n";
        }
      }
    }
    if (as === "har") await sink.write(HAR_TAIL);
    await sink.done();
  } catch (error) {
    await sink.drop();
    throw error;
  }
}

/** The request as HTTP/1.1; a body that came in chunks is one chunk, since nobody recorded where they ended. */
function rawRequest({ method, target, headers, body }: Delivery): Buffer {
  const isChunked = firstHeader(headers, "transfer-encoding") !== undefined;
  const end = Buffer.from("0\r\n\r\n");
  const size = Buffer.from(`${body.bytes.length.toString(16)}\r\n`);
  const chunk = body.bytes.length === 0 ? [end] : [size, body.bytes, Buffer.from("\r\n"), end];
  return messageBytes(`${method} ${target} HTTP/1.1`, headers, isChunked ? Buffer.concat(chunk) : body.bytes);
}

async function writeFixtures(
  ids: readonly string[],
  { read, folder, context }: { readonly read: Reader; readonly folder: string; readonly context: CommandContext },
): Promise<void> {
  for (const id of ids) {
    const own = join(folder, id);
    await makeResultFolder(own, context);
    for (const { name, bytes } of fixtureFiles(read(id))) await writeResultFile(join(own, name), bytes, context);
  }
  await writeResultFile(join(folder, REPLAY_FILE), Buffer.from(REPLAY_TEST), context);
  context.stderr.write(`${ids.length} in ${sanitizeLine(folder)}: APP_URL=http://localhost:3000 npx vitest run ${REPLAY_FILE}\n`);
}

/** Characters of a note. */
const NOTE_LIMIT = 4_000;
/** Deliveries that a note about changed bodies names. */
const NAMED = 3;
/** Different things that a note about what was taken out lists. */
const LISTED = 20;

/** Takes out what is not to leave, and remembers what it was. */
function createNotes(secrets: SecretFinder | undefined): {
  readonly read: (delivery: Delivery) => Delivery;
  readonly lines: () => readonly string[];
} {
  const counts = new Map<string, number>();
  const changed: string[] = [];

  function read(delivery: Delivery): Delivery {
    if (secrets === undefined) return delivery;
    const clean = redact(delivery, secrets);
    for (const what of clean.found) counts.set(what, (counts.get(what) ?? 0) + 1);
    if (clean.bodyChanged) changed.push(delivery.id);
    return clean.delivery;
  }

  function lines(): readonly string[] {
    const what = [...counts].slice(0, LISTED).map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`));
    const more = counts.size > LISTED ? ", …" : "";
    const others = changed.length > NAMED ? ` and ${changed.length - NAMED} more` : "";
    const one = changed.length === 1;
    return [
      ...(what.length === 0 ? [] : [`redacted: ${what.join(", ")}${more}; --with-secrets keeps everything`]),
      ...(changed.length === 0
        ? []
        : [
            `! the ${one ? "body" : "bodies"} of ${changed.slice(0, NAMED).join(", ")}${others} ${one ? "has" : "have"} changed: signatures over ${one ? "it" : "them"} do not hold any more`,
          ]),
      ...(secrets?.tooShort ?? []).map((owner) => `! the secret of ${owner} is too short to be looked for`),
    ];
  }

  return { read, lines };
}
