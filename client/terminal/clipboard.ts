import type { StartTimer } from "./timer.ts";

/** How a text got to the user: a name for the message, and whether it is known to have arrived. */
export type CopyRoute =
  | { readonly kind: "tool"; readonly name: string }
  | { readonly kind: "tmux" }
  /** sent to the terminal, which says nothing about what it did */
  | { readonly kind: "terminal" }
  | { readonly kind: "file"; readonly path: string };

/** A process that takes text on its input, as node:child_process starts it. */
type CopyProcess = {
  readonly stdin: { readonly end: (bytes: Buffer) => unknown; readonly on: (event: "error", listener: () => void) => unknown } | null;
  readonly on: (event: "error" | "exit", listener: (code: unknown) => void) => unknown;
  readonly kill: () => unknown;
};

/** What copying needs of the world around. */
export type CopyDoors = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** Its output is ignored: tools that stay in the background keep it open. */
  readonly spawn: (file: string, args: readonly string[], options: { readonly stdio: ["pipe", "ignore", "ignore"] }) => CopyProcess;
  /** Sends a sequence to the terminal, between two frames. */
  readonly send: (sequence: string) => void;
  /** Keeps the text in a file that only the user can read. @returns its path */
  readonly save: (text: string) => Promise<string>;
  readonly startTimer: StartTimer;
};

/** Longest OSC 52 sequence, bytes: more is cut or refused by many terminals. */
const OSC_LIMIT = 100_000;
/** A tool that has not ended by then is not going to, milliseconds. */
const TOOL_MS = 2000;

type Tool = { readonly file: string; readonly args: readonly string[]; readonly encoding?: BufferEncoding };

/**
 * Copies a text by the first route that works: a tool of this machine (not over SSH, where it would reach the wrong one), the buffer of tmux, which
 * passes it on, the terminal itself (OSC 52), a file. The mark that ends a bracketed paste is made harmless, so that a captured text cannot break out
 * of one where it is pasted.
 * @throws what `save` throws, when nothing else worked
 */
export async function copyText(text: string, doors: CopyDoors): Promise<CopyRoute> {
  const { env, send, save } = doors;
  const safe = text.replaceAll(/(?:\u001b\[|\u009b)(?=201~)/g, "␛[");
  for (const tool of toolsOf(doors)) {
    if (await runTool(tool, safe, doors)) return { kind: "tool", name: tool.file };
  }
  if (isSet(env["TMUX"])) {
    // -w, since tmux 3.2, passes it on to the terminal around
    for (const flags of [["-w"], []]) {
      if (await runTool({ file: "tmux", args: ["load-buffer", ...flags, "-"] }, safe, doors)) return { kind: "tmux" };
    }
  }
  const sequence = `\u001b]52;c;${Buffer.from(safe).toString("base64")}\u0007`;
  // GNU screen keeps it to itself
  if (sequence.length <= OSC_LIMIT && !isSet(env["STY"])) {
    send(sequence);
    return { kind: "terminal" };
  }
  return { kind: "file", path: await save(safe) };
}

/** Tools that reach the clipboard of the desktop that the user looks at. */
function toolsOf({ env, platform }: CopyDoors): readonly Tool[] {
  if (["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].some((name) => isSet(env[name]))) return [];
  if (platform === "darwin") return [{ file: "pbcopy", args: [] }];
  // clip takes two-byte text, and anything else for the code page of the console
  if (platform === "win32") return [{ file: "clip", args: [], encoding: "utf16le" }];
  const tools: Tool[] = [];
  if (isSet(env["WSL_DISTRO_NAME"])) tools.push({ file: "clip.exe", args: [], encoding: "utf16le" });
  if (isSet(env["WAYLAND_DISPLAY"])) tools.push({ file: "wl-copy", args: [] });
  if (isSet(env["DISPLAY"])) tools.push({ file: "xclip", args: ["-selection", "clipboard"] });
  return tools;
}

/** @returns whether it ended well */
function runTool({ file, args, encoding = "utf8" }: Tool, text: string, { spawn, startTimer }: CopyDoors): Promise<boolean> {
  return new Promise((resolve) => {
    let child: CopyProcess | undefined;
    const cancel = startTimer(() => {
      child?.kill();
      resolve(false);
    }, TOOL_MS);
    const end = (isWell: boolean): void => {
      cancel();
      resolve(isWell);
    };
    try {
      child = spawn(file, args, { stdio: ["pipe", "ignore", "ignore"] });
      child.on("error", () => end(false));
      child.on("exit", (code) => end(code === 0));
      // it may end before it has read everything
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(Buffer.from(text, encoding));
    } catch {
      end(false);
    }
  });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
