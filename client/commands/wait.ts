import { type Command, Option } from "commander";
import { ERROR_EXIT_CODES } from "../../shared/errors.ts";
import { createFilter, type Filter } from "../filter/filter.ts";
import { type History, openHistory } from "../ledger/history.ts";
import type { DeliverySummary } from "../ledger/records.ts";
import type { ListQuery } from "../ledger/search.ts";
import { createColours } from "../output/colours.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import { deliveryRow, type EventRow, rowJson } from "./event-row.ts";
import { createTable } from "./events-table.ts";
import { explain } from "./explain.ts";
import { FILTER_HELP } from "./filter-help.ts";
import { parseCount, parseSeconds } from "./parse-option.ts";
import { newestOf, watchHistory } from "./watch-history.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook wait`. */
export function registerWait(program: Command, context: CommandContext): void {
  explain(program.command("wait"), {
    summary: "wait until deliveries have come, for tests and scripts",
    description:
      "Waits until enough recorded deliveries match, and prints them, the oldest first. A delivery matches as soon as its record does: with status:200 once your app has answered. Exit 1 when the time is over; then stderr has what came instead.",
    examples: [
      "devhook wait --filter 'type:job.* status:2xx' --count 2 --json",
      "devhook wait --after 0193a1b2-c3d4 --filter b.data.taskId:task_1",
    ],
  })
    .option("--filter <expression>", FILTER_HELP, createFilter)
    .option("--count <n>", "how many", parseCount, 1)
    .addOption(new Option("--timeout <seconds>", "how long").argParser(parseSeconds).default(DEFAULT_TIMEOUT_MS, "30"))
    .option("--after <id>", "only those recorded after this one; latest: only new ones (default: every recorded one counts)")
    .option("--json", "one JSON object a line (NDJSON), as events --json")
    .action(async (flags: WaitFlags) => wait(flags, context));
}

type WaitFlags = {
  readonly filter?: Filter;
  readonly count: number;
  /** milliseconds */
  readonly timeout: number;
  readonly after?: string;
  readonly json?: boolean;
};

const DEFAULT_TIMEOUT_MS = 30_000;
/** What came instead is a hint, not a list. */
const SHOWN_OTHERS = 10;

async function wait(flags: WaitFlags, context: CommandContext): Promise<void> {
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  const stop = new AbortController();
  let interrupted = false;
  const ignore = context.onSignal(() => {
    interrupted = true;
    stop.abort();
  });
  const timer = setTimeout(() => stop.abort(), flags.timeout);
  try {
    const newest = newestOf(history);
    const after = flags.after === undefined ? undefined : startOf(history, flags.after, newest);
    const found = createFound(history, flags, after);
    const print = createPrinter(flags, context);
    const look = async (): Promise<boolean> => {
      await print(found.look());
      return found.count() >= flags.count;
    };
    await watchHistory(history, context.clock, { look, changesWithTime: () => true, stop: stop.signal });
    // what came in the last moment came in time
    if (!interrupted && (found.count() >= flags.count || (await look()))) return;
    context.outcome.code = interrupted ? ERROR_EXIT_CODES.interrupted : 1;
    if (interrupted) return;
    const base = flags.after === undefined ? newest : after;
    context.stderr.write(`${missing(found, { history, flags, base, context }).join("\n")}\n`);
  } finally {
    clearTimeout(timer);
    ignore();
    history.close();
  }
}

/** A delivery behind which others count. */
type Start = { readonly seq: number; readonly id: string };

/** @returns undefined when nothing has come yet @throws DevhookError `not-found`, `ambiguous` */
function startOf(history: History, argument: string, newest: Start | undefined): Start | undefined {
  return argument === "latest" ? newest : history.get(history.resolve(argument));
}

/** Deliveries that were recorded behind `start`, of all when there is none. */
function listAfter(
  history: History,
  start: Start | undefined,
  query: Pick<ListQuery, "filter" | "limit" | "order">,
): readonly DeliverySummary[] {
  if (start === undefined) return history.list(query);
  const { seq, id } = start;
  const isThere = history.list({ afterSeq: seq - 1, upToSeq: seq, order: "oldest", limit: 1 })[0]?.id === id;
  if (isThere) return history.list({ ...query, afterSeq: seq });
  // it has been removed, and perhaps all others: then their numbers have begun anew, while ids rise for ever
  const later = history.list({ ...query, limit: Number.MAX_SAFE_INTEGER }).filter((delivery) => delivery.id > id);
  return later.slice(0, query.limit);
}

/** The deliveries that have matched. */
type Found = {
  /** @returns those that match for the first time, in the order of their recording */
  readonly look: () => readonly DeliverySummary[];
  readonly count: () => number;
  readonly has: (id: string) => boolean;
};

function createFound(history: History, { filter, count }: WaitFlags, after: Start | undefined): Found {
  const ids = new Set<string>();
  return {
    look() {
      const fresh = listAfter(history, after, { filter, order: "oldest", limit: count }).filter(({ id }) => !ids.has(id));
      const taken = fresh.slice(0, count - ids.size);
      for (const { id } of taken) ids.add(id);
      return taken;
    },
    count: () => ids.size,
    has: (id) => ids.has(id),
  };
}

/** Prints matches as they come, below one title. */
function createPrinter({ json }: WaitFlags, context: CommandContext): (found: readonly DeliverySummary[]) => Promise<void> {
  let lineOf: ((row: EventRow) => string) | undefined = json === true ? rowJson : undefined;
  return async (found) => {
    if (found.length === 0) return;
    const rows = found.map(deliveryRow);
    const lines: string[] = [];
    if (lineOf === undefined) {
      const table = tableOf(rows, context, "stdout");
      lines.push(table.title);
      lineOf = table.line;
    }
    lines.push(...rows.map(lineOf));
    await writeResult(context.stdout, `${lines.join("\n")}\n`);
  };
}

type Surroundings = {
  readonly history: History;
  readonly flags: WaitFlags;
  /** what came after it came while somebody waited */
  readonly base: Start | undefined;
  readonly context: CommandContext;
};

/** How much is missing, and what came instead. */
function missing(found: Found, { history, flags, base, context }: Surroundings): readonly string[] {
  const others = listAfter(history, base, { order: "newest", limit: SHOWN_OTHERS + flags.count })
    .filter(({ id }) => !found.has(id))
    .slice(0, SHOWN_OTHERS)
    .toReversed();
  const head = `${found.count()} of ${flags.count} came within ${flags.timeout / 1000} s; `;
  if (others.length === 0) return [`${head}nothing else came`];
  const rows = others.map(deliveryRow);
  const table = tableOf(rows, context, "stderr");
  return [`${head}what came besides, the newest last:`, table.title, ...rows.map(table.line)];
}

function tableOf(rows: readonly EventRow[], { isTTY, env, terminal, clock }: CommandContext, stream: "stdout" | "stderr") {
  return createTable(rows, { width: terminal?.columns, colours: createColours({ isTTY: isTTY[stream], env }), now: clock.now() });
}
