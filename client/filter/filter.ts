import { compile, type CompiledFilter } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import type { FilterSubject } from "./expression.ts";
import { parse } from "./parse.ts";

/** Which deliveries somebody wants to see, by docs/filters.md. Times are milliseconds since 1970. */
export type Filter = {
  /** as it was typed */
  readonly text: string;
  /** whether a delivery matches now */
  readonly matches: (subject: FilterSubject, now: number) => boolean;
  /** the same for the rows of a database */
  readonly compile: (now: number) => CompiledFilter;
};

/** @throws FilterError: a DevhookError `usage` that names the column and what was expected there */
export function createFilter(text: string): Filter {
  const expression = parse(text);
  return {
    text,
    matches: (subject, now) => evaluate(expression, subject, now),
    compile: (now) => compile(expression, now),
  };
}
