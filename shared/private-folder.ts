import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { errorCodeOf } from "./errors.ts";

/**
 * Makes a folder (0700) with its parents; what is there is left as it is. One level at a time: Node's recursive mkdir never returns where a parent
 * refuses with ENOENT, as /proc does.
 * @throws the system's error
 */
export function makePrivateFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makePrivateFolder(parent);
  try {
    mkdirSync(folder, 0o700);
    // not subject to the umask
    chmodSync(folder, 0o700);
  } catch (error) {
    // another process was faster
    if (errorCodeOf(error) !== "EEXIST") throw error;
  }
}
