import { DevhookError } from "../../shared/errors.ts";
import type { CommandContext } from "./context.ts";

/** A token has 61 characters; whatever is longer than this is a file that was given by mistake. */
const INPUT_LIMIT = 4096;

/**
 * A token from the keyboard (never shown) or, where stdin is no terminal, its first line. Never from the arguments, which every process of the
 * machine can read.
 * @throws {DevhookError} `interrupted` on ctrl-c, `token-missing` when nothing came
 */
export async function readToken(context: CommandContext): Promise<string> {
  const text = context.isTTY.stdin ? await promptToken(context) : await firstLine(context);
  if (text !== "") return text;
  throw new DevhookError("token-missing", {
    what: "no token was given",
    why: context.isTTY.stdin ? "the line was empty" : "stdin was empty",
    fix: "paste it at the prompt, or pipe it: devhook login URL < token-file",
  });
}

async function firstLine({ stdin }: CommandContext): Promise<string> {
  let text = "";
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    text += chunk.toString();
    if (text.includes("\n") || text.length > INPUT_LIMIT) break;
  }
  return (text.split("\n")[0] ?? "").trim();
}

function promptToken({ stdin, stderr }: CommandContext): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = "";

    function end(settle: () => void): void {
      stdin.off("data", read);
      stdin.off("end", ended);
      stdin.setRawMode?.(false);
      stdin.pause();
      stderr.write("\n");
      settle();
    }
    function ended(): void {
      end(() => resolve(typed.trim()));
    }
    function read(chunk: Buffer | string): void {
      for (const character of withoutEscapes(chunk.toString())) {
        if (character === "\r" || character === "\n" || character === "\u0004") return ended();
        if (character === "\u0003")
          return end(() => reject(new DevhookError("interrupted", { what: "login was interrupted; nothing has been stored" })));
        if (character === "\u007f" || character === "\b") typed = typed.slice(0, -1);
        else if (character === "\u0015") typed = "";
        else if (character >= " " && typed.length < INPUT_LIMIT) typed += character;
      }
    }

    stderr.write("Token (it is not shown): ");
    stdin.setRawMode?.(true);
    stdin.on("data", read);
    stdin.on("end", ended);
    stdin.resume();
  });
}

/** Arrow keys and the marks around a paste are not part of a token. */
function withoutEscapes(text: string): string {
  return text.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.)?/g, "");
}
