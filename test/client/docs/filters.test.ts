import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { TRAITS } from "../../../client/filter/expression.ts";
import { FilterError } from "../../../client/filter/filter-error.ts";
import { createFilter } from "../../../client/filter/filter.ts";

const text = readFileSync(join(import.meta.dirname, "../../../docs/filters.md"), "utf8");

/** What stands in backquotes and is a whole expression: a word with a key, or with a minus. */
const inTables = text
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code))
  .filter((code) => /^-?[a-z.-]+[A-Za-z.0-9-]*:./.test(code));
const inCommands = [...text.matchAll(/--filter (?:'([^']+)'|([^\s'`|]+:\S+))/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

it("docs/filters.md has examples that this test finds", () => {
  expect(inTables.length).toBeGreaterThan(50);
  expect(inCommands).toHaveLength(5);
});

it.each([...new Set([...inTables, ...inCommands])])("docs/filters.md: %s is an expression", (expression) => {
  expect(createFilter(expression).text).toBe(expression);
});

it("docs/filters.md names all keys, as the parser does, and all traits", () => {
  const named = [...text.matchAll(/^\| `([a-zA-Z.]+):` \|/gm)].map(([, key]) => key);
  expect(`one of ${named.filter((key) => !/^[hb]\./.test(key ?? "")).join(", ")}`).toBe(keysOfParser().replace(", h.NAME, b.PATH", ""));
  expect([...text.matchAll(/^\| `is:([a-z]+)` \|/gm)].map(([, trait]) => trait)).toEqual([...TRAITS]);
});

/** What the parser expects where it finds an unknown key. */
function keysOfParser(): string {
  try {
    createFilter("nokey:x");
    return "";
  } catch (error) {
    return error instanceof FilterError ? (error.why ?? "").replace("expected: ", "") : "";
  }
}
