import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Builds dist/ once before the first test: tests run the built programs, and the ledger its built worker. */
export function setup(): void {
  const root = join(import.meta.dirname, "../../..");
  execFileSync(process.execPath, [join(root, "esbuild.config.mjs")], { cwd: root, stdio: "inherit" });
}
