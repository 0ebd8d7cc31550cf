import { passesContent } from "./evaluate.ts";
import type { ContentTest, Expression, FilterContent, NumberRange, Test, Trait } from "./expression.ts";
import { spanOf } from "./ranges.ts";
import { likeText, type TextPattern } from "./text-pattern.ts";

/** A filter as a database takes it. */
export type CompiledFilter = {
  /** condition on a row `d` of the table deliveries, whose `state` is the one that is shown; a `?` for each parameter */
  readonly where: string;
  readonly parameters: readonly (string | number)[];
  /** what SQL cannot decide: to be asked of the rows that `where` lets through */
  readonly rest: ContentCheck | undefined;
};

/** The part of a filter that looks into headers and bodies. */
export type ContentCheck = {
  readonly needs: { readonly headers: boolean; readonly body: boolean };
  readonly passes: (content: FilterContent) => boolean;
};

/** A condition with its parameters. */
type Sql = { readonly text: string; readonly parameters: readonly (string | number)[] };

const COLUMNS = { provider: "d.provider", event: "d.event", method: "d.method", path: "d.path", tunnel: "d.tunnel" } as const;
const NUMBERS = { ms: "d.ms", bytes: "d.body_bytes", attempts: "d.attempts" } as const;

const TRAIT_SQL: Readonly<Record<Trait, string>> = {
  failed: "(d.state IN ('failed', 'interrupted') OR (d.state = 'answered' AND d.status >= 400))",
  pending: "d.state = 'pending'",
  held: "d.held = 1",
  resend: "EXISTS (SELECT 1 FROM attempts a WHERE a.delivery = d.seq AND a.kind = 'resend')",
  edited: "EXISTS (SELECT 1 FROM attempts a WHERE a.delivery = d.seq AND a.request IS NOT NULL)",
  test: "EXISTS (SELECT 1 FROM attempts a WHERE a.delivery = d.seq AND a.kind = 'trigger')",
  marked: "d.marked = 1",
  dup: "d.duplicate_of IS NOT NULL",
};

/**
 * The filter as SQL, which agrees with evaluate.ts on every delivery. What the user typed is in the parameters alone.
 * @param now milliseconds since 1970
 */
export function compile(expression: Expression, now: number): CompiledFilter {
  const conditions: Sql[] = [];
  const checks: { readonly test: ContentTest; readonly isNegated: boolean }[] = [];
  for (const { test, isNegated } of expression) {
    if (test.kind === "header" || test.kind === "member" || test.kind === "body") checks.push({ test, isNegated });
    else conditions.push(isNegated ? not(sqlOf(test, now)) : sqlOf(test, now));
  }
  const { text, parameters } = joined(conditions, "AND");
  if (checks.length === 0) return { where: text, parameters, rest: undefined };
  const rest = {
    needs: { headers: checks.some(({ test }) => test.kind === "header"), body: checks.some(({ test }) => test.kind !== "header") },
    passes: (content: FilterContent) => checks.every(({ test, isNegated }) => passesContent(test, content) !== isNegated),
  };
  return { where: text, parameters, rest };
}

function sqlOf(test: Exclude<Test, ContentTest>, now: number): Sql {
  switch (test.kind) {
    case "text":
      return like([COLUMNS[test.field]], test.patterns);
    case "id":
      return joined([like(["d.id"], test.begins), like(["d.event_id"], test.whole)], "OR");
    case "anywhere":
      return like(["d.event", "d.path", "d.provider", "d.id", "d.event_id"], test.patterns);
    case "note": {
      const { text, parameters } = like(["n.text"], test.patterns);
      return { text: `EXISTS (SELECT 1 FROM notes n WHERE n.delivery = d.seq AND ${text})`, parameters };
    }
    case "number":
      return within(NUMBERS[test.field], test.ranges);
    case "status": {
      const none: Sql = { text: "(d.status IS NULL AND d.state <> 'pending')", parameters: [] };
      return joined([within("d.status", test.ranges), ...(test.orNone ? [none] : [])], "OR");
    }
    case "age": {
      const ranges = test.ranges.map((range) => timesOf(range, now));
      return within("d.received_at", ranges);
    }
    case "at": {
      const spans = test.ranges.map((range) => spanOf(range, now));
      return within(
        "d.received_at",
        spans.map(({ from, to }) => ({ from, below: to })),
      );
    }
    case "verdict":
      return joined(
        test.verdicts.map((verdict) => ({ text: "d.verdict = ?", parameters: [verdict] })),
        "OR",
      );
    case "is":
      return joined(
        test.traits.map((trait) => ({ text: TRAIT_SQL[trait], parameters: [] })),
        "OR",
      );
  }
}

/** The times of receipt that a range of ages means. */
function timesOf({ from, to, above, below }: NumberRange, now: number): NumberRange {
  return {
    ...(from !== undefined && { to: now - from }),
    ...(to !== undefined && { from: now - to }),
    ...(above !== undefined && { below: now - above }),
    ...(below !== undefined && { above: now - below }),
  };
}

function like(columns: readonly string[], patterns: readonly TextPattern[]): Sql {
  const conditions = patterns.flatMap((pattern) =>
    columns.map((column): Sql => ({ text: `${column} LIKE ? ESCAPE '\\'`, parameters: [likeText(pattern)] })),
  );
  return joined(conditions, "OR");
}

function within(column: string, ranges: readonly NumberRange[]): Sql {
  const conditions = ranges.map(({ from, to, above, below }) => {
    const ends: Sql[] = [];
    const add = (operator: string, value: number | undefined): void => {
      if (value !== undefined && Number.isFinite(value)) ends.push({ text: `${column} ${operator} ?`, parameters: [value] });
    };
    add(">=", from);
    add("<=", to);
    add(">", above);
    add("<", below);
    return joined(ends, "AND");
  });
  return joined(conditions, "OR");
}

/** What is not known is not so: `-ms:>500` takes a delivery without a time. */
function not({ text, parameters }: Sql): Sql {
  return { text: `(${text}) IS NOT TRUE`, parameters };
}

/** Halves of halves: SQLite reads a chain of a thousand as a tree of that depth, and refuses it. */
function joined(conditions: readonly Sql[], operator: "AND" | "OR"): Sql {
  const [only] = conditions;
  if (only === undefined) return { text: operator === "AND" ? "TRUE" : "FALSE", parameters: [] };
  if (conditions.length === 1) return only;
  const middle = conditions.length >> 1;
  const [left, right] = [joined(conditions.slice(0, middle), operator), joined(conditions.slice(middle), operator)];
  return { text: `(${left.text} ${operator} ${right.text})`, parameters: [...left.parameters, ...right.parameters] };
}
