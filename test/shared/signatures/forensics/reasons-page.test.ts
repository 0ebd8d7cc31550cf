import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REASON_CODES } from "../../../../shared/signatures/verification.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/signatures.md"), "utf8");
const section = page.split("\n## Causes\n")[1]?.split("\n## ")[0] ?? "";
const rows = [...section.matchAll(/^\| `([a-z-]+)` \| (.+) \| (.+) \|$/gm)];

test("docs/signatures.md has a row for each reason, in the order of the list", () => {
  expect(rows.map(([, code]) => code)).toEqual([...REASON_CODES]);
});

test("each row says what a reason means and what to do", () => {
  for (const [, , means = "", todo = ""] of rows) expect(Math.min(means.length, todo.length)).toBeGreaterThan(10);
});
