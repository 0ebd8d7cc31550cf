import type { Command } from "commander";
import { ERROR_EXIT_CODES } from "../../shared/errors.ts";
import { createFilter, type Filter } from "../filter/filter.ts";
import { type History, openHistory } from "../ledger/history.ts";
import { createColours } from "../output/colours.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import { deliveryRow, type EventRow, refusalRow, rowJson } from "./event-row.ts";
import { createTable } from "./events-table.ts";
import { explain } from "./explain.ts";
import { FILTER_HELP } from "./filter-help.ts";
import { createFollower, type Follower } from "./follow-history.ts";
import { parseCount, parseDuration } from "./parse-option.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook events`. */
export function registerEvents(program: Command, context: CommandContext): void {
  explain(program.command("events"), {
    summary: "list the recorded deliveries",
    description: "Lists what was received, the newest last, and what the relay refused while no client was connected.",
    examples: ["devhook events --since 1h --filter 'status:5xx,err from:stripe'", "devhook events --follow --json"],
  })
    .option("--filter <expression>", FILTER_HELP, createFilter)
    .option("--since <duration>", "only what was received since then: 90s, 30m, 1h, 2d", parseDuration)
    .option("--limit <n>", "how many, the newest ones", parseCount, DEFAULT_LIMIT)
    .option("--follow", "go on: print each new delivery once its first attempt is over")
    .option("--json", "one JSON object a line (NDJSON)")
    .action(async (flags: EventsFlags) => listEvents(flags, context));
}

type EventsFlags = {
  readonly filter?: Filter;
  /** milliseconds */
  readonly since?: number;
  readonly limit: number;
  readonly follow?: boolean;
  readonly json?: boolean;
};

const DEFAULT_LIMIT = 50;

async function listEvents(flags: EventsFlags, context: CommandContext): Promise<void> {
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  try {
    const follower = flags.follow === true ? createFollower(history, { clock: context.clock, filter: flags.filter }) : undefined;
    const rows = newest(history, flags, { now: context.clock.now(), upToSeq: follower?.afterSeq ?? Number.MAX_SAFE_INTEGER });
    const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
    const table = createTable(rows, { width: context.terminal?.columns, colours, now: context.clock.now() });
    const isTable = flags.json !== true;
    const lineOf = isTable ? table.line : rowJson;

    const lines = rows.map(lineOf);
    if (isTable && (rows.length > 0 || follower !== undefined)) lines.unshift(table.title);
    if (lines.length > 0) await writeResult(context.stdout, `${lines.join("\n")}\n`);
    if (rows.length === 0) {
      const when = flags.since === undefined ? "yet" : "in that time";
      const none = `no deliveries ${when}: devhook start 8000 gives your app a URL\n`;
      context.stderr.write(flags.filter === undefined ? none : "no recorded delivery matches the filter\n");
    }
    if (follower !== undefined) await follow(follower, { context, lineOf });
  } finally {
    history.close();
  }
}

/** The newest rows of both kinds, oldest first; a filter is about deliveries, so with one there are no refusals. */
function newest(
  history: History,
  { filter, since, limit }: EventsFlags,
  { now, upToSeq }: { readonly now: number; readonly upToSeq: number },
): readonly EventRow[] {
  const query = { limit, ...(since !== undefined && { sinceMs: now - since }) };
  const deliveries = history.list({ ...query, filter, upToSeq, order: "newest" });
  const refusals = filter === undefined ? history.refusals(query) : [];
  // the sort is stable: deliveries of one moment stay in the order of their recording
  return [...deliveries.toReversed().map(deliveryRow), ...refusals.toReversed().map(refusalRow)]
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
    .slice(-limit);
}

/** Prints what comes until a signal ends it: there is no end of its own, so it ends as interrupted. */
async function follow(
  follower: Follower,
  { context, lineOf }: { context: CommandContext; lineOf: (row: EventRow) => string },
): Promise<void> {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve(), { once: true }));
  const ignore = context.onSignal(() => stop.abort());
  try {
    // a reader that stands still is waited for, but not beyond a signal
    await follower.run((row) => Promise.race([writeResult(context.stdout, `${lineOf(row)}\n`), stopped]), stop.signal);
    context.outcome.code = ERROR_EXIT_CODES.interrupted;
  } finally {
    ignore();
  }
}
