import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string };

const folder = mkdtempSync(join(tmpdir(), "devhook-package-"));
const devhook = join(folder, "prefix/bin/devhook");
const installed = join(folder, "prefix/lib/node_modules/devhook");
let packed: readonly string[] = [];

function npm(...args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

// Compiling better-sqlite3 takes a minute, so its scripts stay off and the module that npm ci compiled here is put in place;
// test/system installs with everything that belongs to it.
beforeAll(() => {
  const [tarball] = JSON.parse(npm("pack", "--json", "--ignore-scripts", "--pack-destination", folder)) as readonly [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  packed = tarball.files.map(({ path }) => path);
  npm("install", "--global", "--prefix", join(folder, "prefix"), "--ignore-scripts", "--prefer-offline", join(folder, tarball.filename));
  const compiled = "node_modules/better-sqlite3/build/Release/better_sqlite3.node";
  cpSync(join(ROOT, compiled), join(installed, compiled));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("packs the programs and the papers, no sources and no tests", () => {
  const expected =
    /^(?:package\.json|README\.md|LICENSE|docs\/[^/]+\.md|docs\/examples\/[^/]+|dist\/[a-z0-9-]+\.js|dist\/chunk-[A-Z0-9]+\.js|dist\/THIRD-PARTY-NOTICES\.txt)$/;
  expect(packed.filter((path) => !expected.test(path))).toEqual([]);
  expect(packed).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE", "dist/devhook.js", "dist/ledger-writer.js"]));
});

it("carries the licence of every package that it contains", () => {
  const notices = readFileSync(join(installed, "dist/THIRD-PARTY-NOTICES.txt"), "utf8");
  for (const name of ["ws", "hono", "@hono/node-server", "commander", "zod", "pino", "prom-client"]) {
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
  }
});

it("installs globally and runs as devhook", () => {
  expect(execFileSync(devhook, ["--version"], { encoding: "utf8" })).toBe(`${manifest.version}\n`);
});

it("finds the native module that was installed beside it", () => {
  const data = join(folder, "data");
  const env = { ...process.env, DEVHOOK_DATA_DIR: data, XDG_CONFIG_HOME: join(folder, "config") };
  expect(execFileSync(devhook, ["events", "--json"], { encoding: "utf8", env })).toBe("");
});
