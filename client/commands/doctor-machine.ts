import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DevhookError, messageOf } from "../../shared/errors.ts";
import { openDatabase } from "../../shared/sqlite/open.ts";
import { wantsColour } from "../output/colours.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import type { Finding } from "./doctor-finding.ts";

/** The first Node that devhook runs on, as in package.json. */
const LEAST_NODE = [20, 19] as const;
/** The smallest terminal that the screen fits into. */
const LEAST_TERMINAL = { columns: 40, rows: 8 } as const;

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const fits = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  if (fits) return { id: "node", result: "ok", message: `Node ${version}` };
  return { id: "node", result: "fail", message: `Node ${version} is too old`, fix: `install Node ${LEAST_NODE.join(".")} or newer` };
}

/** Whether the data folder is, or can be made, writable. */
export async function checkDataFolder(context: CommandContext): Promise<Finding> {
  const { dataDir } = resolvePaths(context);
  const present = await nearestFolder(dataDir);
  try {
    await access(present, constants.W_OK | constants.X_OK);
    if (!(await stat(present)).isDirectory()) throw new Error("it is a file");
    return { id: "data", result: "ok", message: dataDir };
  } catch (error) {
    return {
      id: "data",
      result: "fail",
      message: `cannot write ${present}: ${messageOf(error)}`,
      fix: "make it writable, or set DEVHOOK_DATA_DIR",
    };
  }
}

/** Whether SQLite loads, and whether the history is whole. */
export function checkDatabase(context: CommandContext): Finding {
  const path = resolvePaths(context).databaseFile;
  try {
    const database = openDatabase(path, { readonly: true });
    try {
      const verdict = String(database.pragma("quick_check(1)", { simple: true }));
      const bytes = Number(database.pragma("page_count", { simple: true })) * Number(database.pragma("page_size", { simple: true }));
      if (verdict === "ok") return { id: "database", result: "ok", message: `${path}, ${(bytes / 1024 ** 2).toFixed(1)} MB, whole` };
      return { id: "database", result: "fail", message: `${path} is damaged: ${verdict}`, fix: `move it away: mv ${path} ${path}.damaged` };
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof DevhookError)) throw error;
    if (error.code === "not-found") return { id: "database", result: "ok", message: "SQLite loads; there is no history yet" };
    const message = error.why === undefined ? error.message : `${error.message} ${error.why}`;
    return { id: "database", result: "fail", message, ...(error.fix !== undefined && { fix: error.fix }) };
  }
}

export function checkTerminal({ terminal, isTTY, env }: CommandContext): Finding {
  if (!isTTY.stdout || terminal === undefined)
    return { id: "terminal", result: "ok", message: "stdout is no terminal: start prints lines" };
  const size = `${terminal.columns}x${terminal.rows}`;
  const colour = wantsColour({ isTTY: true, env }) ? "colour" : "no colour";
  if (terminal.columns >= LEAST_TERMINAL.columns && terminal.rows >= LEAST_TERMINAL.rows) {
    return { id: "terminal", result: "ok", message: `${size}, ${colour}` };
  }
  return { id: "terminal", result: "warn", message: `${size} is small, ${colour}`, fix: "make the window 40x8 or larger" };
}

async function nearestFolder(path: string): Promise<string> {
  const present = await stat(path).catch(() => undefined);
  return present !== undefined || dirname(path) === path ? path : nearestFolder(dirname(path));
}
