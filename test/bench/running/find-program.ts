import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Where Debian keeps servers; often not on an ordinary user's PATH. */
const SERVER_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** @returns the path of a program by its name, or undefined when this machine has none */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(":").filter((folder) => folder !== ""), ...SERVER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
