import { setTimeout as delay } from "node:timers/promises";
import { type Command, Option } from "commander";
import type { Clock } from "../../shared/clock.ts";
import { DevhookError, ERROR_EXIT_CODES } from "../../shared/errors.ts";
import { openPruning, type Pruning } from "../ledger/prune.ts";
import { shortSize } from "../output/short-size.ts";
import { resolvePaths } from "../settings/paths.ts";
import { askYes } from "./ask-yes.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { parseDuration } from "./parse-option.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook prune`. */
export function registerPrune(program: Command, context: CommandContext): void {
  explain(program.command("prune"), {
    summary: "remove old deliveries from the history",
    description:
      "Removes what was recorded longer ago than that, and gives the room back to the disk. Deliveries that are pinned, still owed to your app or still without an answer stay. A running tunnel goes on recording meanwhile.",
    examples: ["devhook prune", "devhook prune --older-than 1h --yes"],
  })
    .addOption(new Option("--older-than <duration>", "age: 90s, 30m, 1h, 2d").argParser(parseDuration).default(DEFAULT_AGE_MS, "7d"))
    .option("--yes", "do not ask")
    .option("--json", "one JSON document: {removed, bytes, freed}; needs --yes")
    .action(async (flags: PruneFlags) => prune(flags, context));
}

type PruneFlags = {
  /** milliseconds */
  readonly olderThan: number;
  readonly yes?: boolean;
  readonly json?: boolean;
};

const DEFAULT_AGE_MS = 7 * 86_400_000;

async function prune(flags: PruneFlags, context: CommandContext): Promise<void> {
  const before = context.clock.now() - flags.olderThan;
  const pruning = openPruning(resolvePaths(context).databaseFile, before);
  try {
    if (pruning !== undefined && pruning.found.deliveries > 0) await confirm(pruning, flags, context);
    const result = pruning === undefined ? NOTHING : await work(pruning, context);
    await writeResult(context.stdout, `${flags.json === true ? JSON.stringify(result) : sentenceOf(result)}\n`);
  } finally {
    pruning?.close();
  }
}

type Result = {
  /** deliveries */
  readonly removed: number;
  /** of their headers and bodies */
  readonly bytes: number;
  /** by which the database is smaller */
  readonly freed: number;
};

const NOTHING: Result = { removed: 0, bytes: 0, freed: 0 };

async function work(pruning: Pruning, context: CommandContext): Promise<Result> {
  let interrupted = false;
  const ignore = context.onSignal(() => {
    interrupted = true;
  });
  try {
    const before = pruning.fileBytes();
    let removed = 0;
    let bytes = 0;
    const remove = (): boolean => {
      const step = pruning.step();
      removed += step.deliveries;
      bytes += step.bytes;
      return step.deliveries > 0;
    };
    for (const hasMore of [remove, pruning.shrink]) while (!interrupted && (await withPause(hasMore, context.clock)));
    if (interrupted) context.outcome.code = ERROR_EXIT_CODES.interrupted;
    return { removed, bytes, freed: Math.max(0, before - pruning.fileBytes()) };
  } finally {
    ignore();
  }
}

/** As long a pause as the step took: whoever records waits for the lock in longer and longer naps, and must find it free. */
async function withPause(step: () => boolean, clock: Clock): Promise<boolean> {
  const began = clock.monotonic();
  const hasMore = step();
  await delay(clock.monotonic() - began);
  return hasMore;
}

async function confirm({ found }: Pruning, { yes, json }: PruneFlags, context: CommandContext): Promise<void> {
  if (yes === true) return;
  const what = `${countOf(found.deliveries)} with ${shortSize(found.bytes)} of headers and bodies`;
  if (json === true || !context.isTTY.stdin || !context.isTTY.stderr) {
    throw new DevhookError("usage", {
      what: `nothing has been removed: ${what} would go`,
      why: "nobody is here to be asked",
      fix: "add --yes if you mean it",
    });
  }
  if (await askYes(context, `Remove ${what}? [y/N] `)) return;
  throw new DevhookError("interrupted", { what: "nothing has been removed" });
}

function sentenceOf({ removed, bytes, freed }: Result): string {
  if (removed === 0) return "nothing is that old";
  return `${countOf(removed)} removed, ${shortSize(bytes)} of headers and bodies; the database is ${shortSize(freed)} smaller`;
}

function countOf(deliveries: number): string {
  return deliveries === 1 ? "1 delivery" : `${deliveries} deliveries`;
}
