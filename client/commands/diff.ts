import type { Command } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import type { BodyDifference } from "../compare/compare-bodies.ts";
import { type Change, compareDeliveries, type Comparison } from "../compare/compare-deliveries.ts";
import type { HeaderDifference } from "../compare/compare-headers.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { openHistory } from "../ledger/history.ts";
import type { Delivery } from "../ledger/records.ts";
import { clockTime } from "../output/clock-time.ts";
import { type Colours, createColours } from "../output/colours.ts";
import { shortSize } from "../output/short-size.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";
import { writeResult } from "./write-result.ts";

/** Adds `devhook diff`. */
export function registerDiff(program: Command, context: CommandContext): void {
  explain(program.command("diff"), {
    summary: "compare the requests of two deliveries",
    description:
      "Compares method, target, header lines and body: JSON by its members with values as they were written, text by its lines, anything else by its bytes. Exit 0 when the requests are the same, 1 when they are not.",
    examples: ["devhook diff latest~1 latest", "devhook diff 0193a1b2-c3d4 latest --json"],
  })
    .argument("<before>", "an id, the unique beginning of one, latest, or latest~N")
    .argument("<after>", "another one")
    .option("--json", "one JSON document")
    .action(async (before: string, after: string, flags: DiffFlags) => diff([before, after], flags, context));
}

type DiffFlags = { readonly json?: boolean };

/** Differences of one kind that a person reads; --json has all. */
const SHOWN = 200;
/** Characters of one value. */
const VALUE_LIMIT = 200;

async function diff([first, second]: readonly [string, string], { json }: DiffFlags, context: CommandContext): Promise<void> {
  const [before, after] = readBoth(first, second, context);
  const comparison = compareDeliveries(before, after);
  if (!comparison.equal) context.outcome.code = 1;
  if (comparison.partial) context.stderr.write("! a body is not recorded whole: what is missing was not compared\n");
  if (json === true) return writeResult(context.stdout, `${JSON.stringify(comparisonJson(before, after, comparison))}\n`);
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  await writeResult(context.stdout, `${describe(before, after, { comparison, colours }).join("\n")}\n`);
}

function readBoth(first: string, second: string, context: CommandContext): readonly [Delivery, Delivery] {
  const history = openHistory(resolvePaths(context).databaseFile, { clock: context.clock });
  try {
    const read = (argument: string): Delivery => {
      const delivery = history.get(history.resolve(argument));
      if (delivery !== undefined) return delivery;
      throw new DevhookError("not-found", { what: `delivery ${argument} has been removed from the history meanwhile` });
    };
    return [read(first), read(second)];
  } finally {
    history.close();
  }
}

/** The JSON contract of `diff`; what does not differ is null or empty. */
function comparisonJson(before: Delivery, after: Delivery, { equal, method, target, headers, body, partial }: Comparison): object {
  const { added, removed, changed, order } = headers;
  return {
    equal,
    partial,
    before: before.id,
    after: after.id,
    method: method ?? null,
    target: target ?? null,
    headers: { added, removed, changed, order },
    body: { ...body, bytes: { before: before.body.total, after: after.body.total } },
  };
}

type View = { readonly comparison: Comparison; readonly colours: Colours };

function describe(before: Delivery, after: Delivery, { comparison, colours }: View): readonly string[] {
  const { equal, method, target, headers, body } = comparison;
  const sizes =
    before.body.total === after.body.total
      ? shortSize(before.body.total)
      : `${shortSize(before.body.total)} → ${shortSize(after.body.total)}`;
  return [
    colours.bad(`--- ${before.id} ${clockTime(before.receivedAt)}`),
    colours.ok(`+++ ${after.id} ${clockTime(after.receivedAt)}`),
    ...(equal ? ["the same request"] : []),
    ...changeLine("method", method),
    ...changeLine("target", target),
    ...headerLines(headers, colours),
    ...bodyLines(body, sizes, colours),
  ];
}

function changeLine(name: string, change: Change<string> | undefined): readonly string[] {
  return change === undefined ? [] : [`${name}: ${safe(change.before)} → ${safe(change.after)}`];
}

function headerLines({ equal, added, removed, changed, order }: HeaderDifference, colours: Colours): readonly string[] {
  if (equal) return [];
  const gone = (lines: typeof removed): readonly string[] => lines.map(([name, value]) => minus(`${name}: ${value}`, colours));
  const come = (lines: typeof added): readonly string[] => lines.map(([name, value]) => plus(`${name}: ${value}`, colours));
  const lines = [...gone(removed), ...changed.flatMap((one) => [...gone(one.before), ...come(one.after)]), ...come(added)];
  return ["headers:", ...shown(lines), ...(order ? ["  they stand in another order"] : [])];
}

function bodyLines(body: BodyDifference, sizes: string, colours: Colours): readonly string[] {
  if (body.kind === "same") return [];
  if (body.kind === "binary") return [`body (${sizes}): differs from byte ${body.offset} on`];
  if (body.kind === "text") {
    const lines = body.lines.map(({ side, number, text }) => {
      const line = `${String(number).padStart(4)} ${text.replace(/\r?\n$/, "")}`;
      return side === "before" ? minus(line, colours) : plus(line, colours);
    });
    return [`body (text, ${sizes}):`, ...shown(lines)];
  }
  const name = (path: string): string => (path === "" ? "all of it" : path);
  const lines = [
    ...body.changed.map(({ path, before, after }) => `  ${colours.warn("~")} ${safe(name(path))}: ${safe(before)} → ${safe(after)}`),
    ...body.removed.map(({ path, value }) => minus(`${name(path)}: ${value}`, colours)),
    ...body.added.map(({ path, value }) => plus(`${name(path)}: ${value}`, colours)),
  ];
  if (lines.length === 0) return [`body (JSON, ${sizes}): the same values, written otherwise`];
  return [`body (JSON, ${sizes}):`, ...shown(lines)];
}

function shown(lines: readonly string[]): readonly string[] {
  return lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `  … ${lines.length - SHOWN} more: --json has all`];
}

function minus(text: string, colours: Colours): string {
  return `  ${colours.bad("-")} ${safe(text)}`;
}

function plus(text: string, colours: Colours): string {
  return `  ${colours.ok("+")} ${safe(text)}`;
}

function safe(text: string): string {
  return sanitizeLine(text.replaceAll("\t", "    "), VALUE_LIMIT);
}
