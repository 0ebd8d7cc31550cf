import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = import.meta.dirname;
/** The lockfile that the installed packages were installed from: npm's own record of them cannot be compared with it. */
const STAMP = join(FOLDER, "node_modules", ".installed-lock.json");

/**
 * Installs the packages of this folder from its lockfile, once. They are apart from devhook's own: large, and needed by nothing but these tests.
 * No install script of theirs runs.
 * @throws Error when npm cannot install them
 */
export function setup(): void {
  const lock = readFileSync(join(FOLDER, "package-lock.json"), "utf8");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === lock) return;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--loglevel=error"];
  const { status, error } = spawnSync("npm", args, { cwd: FOLDER, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) {
    throw new Error(
      `test/oracles: the providers' packages could not be installed (npm ci: ${error?.message ?? `status ${status}`}). They come from the npm registry; ` +
        "see npm's own words above. Without a network, the other tests still run: npm run test:unit, npm run test:e2e.",
    );
  }
  writeFileSync(STAMP, lock);
}
