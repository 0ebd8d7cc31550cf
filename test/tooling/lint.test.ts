import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const FIXTURE = join(import.meta.dirname, "lint-fixture");

/** What oxlint names no rule for. */
const UNUSED_DIRECTIVE = "unused-directive";

const folder = mkdtempSync(join(tmpdir(), "devhook-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** @returns `file:line rule` for each finding, in the fixture copied to where the configuration does not pass it over. */
function lintFixture(): readonly string[] {
  cpSync(FIXTURE, folder, { recursive: true });
  for (const name of [".oxlintrc.json", "tsconfig.json"]) cpSync(join(ROOT, name), join(folder, name));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const oxlint = join(ROOT, "node_modules/.bin/oxlint");
  const { stdout } = spawnSync(oxlint, ["--format", "json", ...readdirSync(FIXTURE)], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly {
      readonly filename: string;
      readonly code?: string;
      readonly labels: readonly { readonly span: { readonly line: number } }[];
    }[];
  };
  return diagnostics.map(({ filename, code, labels }) => `${filename}:${labels[0]?.span.line} ${code ?? UNUSED_DIRECTIVE}`);
}

/** The same from the fixture's own words: `// expect RULE` speaks of its line, or of the next one when it stands alone. */
function expectedFindings(): readonly string[] {
  const files = readdirSync(FIXTURE, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  return files.flatMap((file) =>
    readFileSync(join(FIXTURE, file), "utf8")
      .split("\n")
      .flatMap((line, index) => {
        const [, before, rule] = /^(.*)\/\/ expect (\S+\(\S+\)|unused-directive)$/.exec(line) ?? [];
        if (before === undefined) return [];
        return `${file}:${index + (before.trim() === "" ? 2 : 1)} ${rule}`;
      }),
  );
}

/** Rule names that .oxlintrc.json switches on by name, without their plugin. */
function configuredRules(): readonly string[] {
  const config = readFileSync(join(ROOT, ".oxlintrc.json"), "utf8").replaceAll(/^\s*\/\/.*$/gm, "");
  const { rules } = JSON.parse(config) as { readonly rules: Readonly<Record<string, unknown>> };
  return Object.entries(rules)
    .filter(([, level]) => level !== "off")
    .map(([name]) => name.slice(name.indexOf("/") + 1));
}

const found = lintFixture();

it("finds each violation of the fixture, at its line, and nothing else", () => {
  expect([...found].sort()).toEqual([...expectedFindings()].sort());
});

it("has a violation for each rule that the configuration names", () => {
  const fired = new Set(found.map((finding) => /\((.+)\)$/.exec(finding)?.[1]));
  expect(configuredRules().filter((rule) => !fired.has(rule))).toEqual([]);
});
