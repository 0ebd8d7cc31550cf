import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ERROR_EXIT_CODES } from "../../../shared/errors.ts";

const rows = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8")
  .split("\n")
  .map((line) => /^\| `([a-z-]+)` \| (\d+) \| (\S.*\.) \| (\S.*\.) \|$/.exec(line))
  .filter((row) => row !== null);

it("docs/errors.md has one line for each code, in the same order and with the same exit code", () => {
  expect(rows.map(([, code, exit]) => [code, Number(exit)])).toEqual(Object.entries(ERROR_EXIT_CODES));
});

it("docs/errors.md has no table line that this test cannot read", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");
  expect(text.match(/^\| `/gm)).toHaveLength(rows.length);
});
