import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { DevhookError, messageOf } from "../../shared/errors.ts";
import { createIdSource } from "../../shared/ids.ts";
import { type InputItem, readHar, readJsonLines } from "../export/read-input.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { openHistory, type StoredHistory } from "../ledger/history.ts";
import type { ImportedDelivery, ImportIds } from "../ledger/records.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { readInputFile } from "./read-input.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook import`. */
export function registerImport(program: Command, context: CommandContext): void {
  explain(program.command("import"), {
    summary: "add deliveries from a HAR file or JSON lines to the history",
    description:
      "Adds what devhook export or a browser has written. All of the file is read first: when a line or an entry is wrong, nothing is added. Nothing that is added is sent anywhere by itself; an id that is taken is replaced by a new one.",
    examples: ["devhook import deliveries.jsonl", "devhook import browser.har --json"],
  })
    .argument("<file>", "its name ends with .har or .jsonl")
    .option("--json", "one JSON document: {imported, ids, renamed: {old: new}}")
    .action(async (file: string, flags: ImportFlags) => importFile(file, flags, context));
}

type ImportFlags = { readonly json?: boolean };

/** A HAR file is one JSON document, which is read whole; Node's texts end at twice as much. Bytes. */
const HAR_LIMIT = 256 * 1024 * 1024;
/** One transaction: long enough to be quick, short enough that a running tunnel does not wait for it. */
const BATCH = { deliveries: 200, bytes: 4 * 1024 * 1024 };
/** New ids that are named one by one. */
const NAMED = 5;

async function importFile(file: string, { json = false }: ImportFlags, context: CommandContext): Promise<void> {
  const source = createIdSource();
  const newId = (receivedAt: number): string => source.next(receivedAt);
  const items = await openItems(file, { newId, context });
  let expected = 0;
  for await (const item of items()) {
    if ("problem" in item) throw wrongInput(file, item.problem, "nothing has been imported");
    expected++;
  }
  if (expected === 0) context.stderr.write("there is none in the file\n");
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  try {
    const renamed = new Map<string, string>();
    const ids = await writeItems(items(), { file, history, ids: { newId, renamed } });
    if (renamed.size > 0) context.stderr.write(`${renamedLine(renamed)}\n`);
    const text = json
      ? JSON.stringify({ imported: ids.length, ids, renamed: Object.fromEntries(renamed) })
      : `imported ${ids.length} ${ids.length === 1 ? "delivery" : "deliveries"} from ${sanitizeLine(file)}`;
    await writeResult(context.stdout, `${text}\n`);
  } finally {
    history.close();
  }
}

function renamedLine(renamed: ReadonlyMap<string, string>): string {
  const named = [...renamed].slice(0, NAMED).map(([old, fresh]) => `${old} is ${fresh}`);
  const taken = renamed.size === 1 ? "1 id was taken" : `${renamed.size} ids were taken`;
  return `! ${taken}, and new ones took their place: ${named.join(", ")}${renamed.size > NAMED ? ", …" : ""}`;
}

type Writing = { readonly file: string; readonly history: StoredHistory; readonly ids: ImportIds };

/** @returns the ids that the deliveries have got, in their order */
async function writeItems(items: AsyncIterable<InputItem>, { file, history, ids }: Writing): Promise<readonly string[]> {
  const written: string[] = [];
  let batch: ImportedDelivery[] = [];
  let bytes = 0;

  function flush(): void {
    written.push(...history.importDeliveries(batch, ids));
    batch = [];
    bytes = 0;
  }

  for await (const item of items) {
    if ("problem" in item) throw wrongInput(file, item.problem, `it has changed while it was read: ${written.length} have been imported`);
    batch.push(item.delivery);
    bytes += item.delivery.attempts.reduce((sum, one) => sum + one.body.bytes.length, item.delivery.body.bytes.length);
    if (batch.length >= BATCH.deliveries || bytes >= BATCH.bytes) flush();
  }
  if (batch.length > 0) flush();
  return written;
}

/** What reads the file from its beginning, as often as it is called. @throws {DevhookError} `usage` */
async function openItems(
  file: string,
  { newId, context }: { readonly newId: (receivedAt: number) => string; readonly context: CommandContext },
): Promise<() => AsyncIterable<InputItem>> {
  const path = resolve(context.cwd, file);
  if (/\.har$/i.test(file)) {
    const bytes = await readInputFile(file, context, { what: "the HAR file", limit: HAR_LIMIT });
    return () => readHar(bytes, newId);
  }
  if (!/\.jsonl$/i.test(file)) {
    throw new DevhookError("usage", {
      what: `${JSON.stringify(file)} is of no known form`,
      why: "accepted: a name that ends with .har or .jsonl",
    });
  }
  const found = await stat(path).catch((error: unknown) => {
    throw new DevhookError("usage", { what: `cannot read ${JSON.stringify(file)}`, why: messageOf(error) });
  });
  // it is read twice
  if (!found.isFile()) throw new DevhookError("usage", { what: `cannot read ${JSON.stringify(file)}`, why: "it is no ordinary file" });
  return () => readJsonLines(createReadStream(path) as AsyncIterable<Buffer>);
}

function wrongInput(file: string, problem: string, consequence: string): DevhookError {
  return new DevhookError("usage", { what: `cannot import ${JSON.stringify(file)}: ${problem}`, why: consequence });
}
