import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { DevhookError } from "../../shared/errors.ts";
import type { CommandContext, StopSignal } from "./context.ts";

/** The surroundings of an editor. */
type EditorContext = Pick<CommandContext, "env" | "cwd" | "isTTY" | "onSignal">;

/** Editors that machines without a chosen one usually have, the easier one first. */
const USUAL_EDITORS = ["nano", "vi"];

/**
 * The user's editor as a command line, from VISUAL, else EDITOR, else the first usual one on the PATH.
 * @throws {DevhookError} `usage` when there is none of them
 */
export function requireEditor({ env }: Pick<CommandContext, "env">): string {
  const editor = [env["VISUAL"], env["EDITOR"]].find((text) => text !== undefined && text.trim() !== "");
  const found = editor ?? USUAL_EDITORS.find((name) => isOnPath(name, env["PATH"] ?? ""));
  if (found !== undefined) return found;
  throw new DevhookError("usage", {
    what: "no editor is known",
    why: "neither VISUAL nor EDITOR is set, and nano and vi are not on the PATH",
    fix: "name one in EDITOR, as in: export EDITOR=nano",
  });
}

function isOnPath(name: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return isAbsolute(folder);
    } catch {
      return false;
    }
  });
}

/**
 * Opens a file in an editor and waits for its end. Ctrl-c is the editor's alone.
 * @param editor a command line of the user's, as in `code --wait`; the path goes behind it as an argument
 * @throws {DevhookError} `usage` when it fails, `interrupted` when devhook is to end
 */
export async function runEditor(editor: string, path: string, { env, cwd, isTTY, onSignal }: EditorContext): Promise<void> {
  // in the shell's place, so that a signal reaches the editor itself
  const exec = /[=;&|<>()\n]/.test(editor) ? "" : "exec ";
  // stdout may be somebody's pipe
  const child = spawn("sh", ["-c", `${exec}${editor} "$@"`, "sh", path], { stdio: ["inherit", isTTY.stdout ? 1 : 2, 2], env, cwd });
  let ending: StopSignal | undefined;
  const ignore = onSignal((signal) => {
    if (signal === "SIGINT") return;
    ending = signal;
    child.kill(signal);
  });
  try {
    const end = await new Promise<string | undefined>((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("close", (code, signal) => resolve(code === 0 ? undefined : `it ended with ${code ?? signal}`));
    });
    if (ending !== undefined) throw new DevhookError("interrupted", { what: "nothing has been sent" });
    if (end === undefined) return;
    throw new DevhookError("usage", { what: `the editor failed, and nothing has been sent: ${end}`, why: `it was started as: ${editor}` });
  } finally {
    ignore();
  }
}
