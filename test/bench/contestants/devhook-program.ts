import { join } from "node:path";
import type { BenchSetup } from "../running/bench-setup.ts";
import type { Command } from "../running/children.ts";

/**
 * A call of the built `devhook`, with every file of it in one folder.
 * @param home an empty folder
 */
export function devhookCommand(
  { root }: Pick<BenchSetup, "root">,
  home: string,
  args: readonly string[],
  extra: { readonly env?: NodeJS.ProcessEnv; readonly node?: readonly string[] } = {},
): Command {
  const own = Object.entries(process.env).filter(([name]) => !/^(DEVHOOK_|XDG_)/.test(name));
  return {
    name: `devhook ${args[0] ?? ""}`.trim(),
    program: process.execPath,
    args: [...(extra.node ?? []), join(root, "dist/devhook.js"), ...args],
    env: {
      ...Object.fromEntries(own),
      HOME: home,
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_DATA_HOME: join(home, "share"),
      DEVHOOK_DATA_DIR: join(home, "data"),
      ...extra.env,
    },
    cwd: home,
  };
}

/** Reads the `ready` line of `devhook relay --json` and `devhook start --json`. */
export function readyUrl(line: string): string | undefined {
  if (!line.includes(`"type":"ready"`)) return undefined;
  const event: unknown = JSON.parse(line);
  return typeof event === "object" && event !== null && "url" in event && typeof event.url === "string" ? event.url : undefined;
}
