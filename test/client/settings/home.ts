import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A user with nothing yet: a fresh home and working directory, and the environment that points to them. */
export type Home = {
  readonly root: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  readonly configDir: string;
  /** writes a file below the home (text as it is, anything else as JSON) and gives its path */
  readonly write: (path: string, content: unknown) => Promise<string>;
  readonly remove: () => void;
};

export async function createHome(): Promise<Home> {
  const root = mkdtempSync(join(tmpdir(), "devhook-home-"));
  const cwd = join(root, "work", "project");
  await mkdir(cwd, { recursive: true });
  return {
    root,
    cwd,
    env: { HOME: root, XDG_CONFIG_HOME: join(root, "config"), XDG_DATA_HOME: join(root, "data") },
    dataDir: join(root, "data", "devhook"),
    configDir: join(root, "config", "devhook"),
    write: async (path, content) => {
      const full = join(root, path);
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, typeof content === "string" ? content : JSON.stringify(content));
      return full;
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}
