import { DevhookError } from "../../shared/errors.ts";
import { askHidden } from "./ask-hidden.ts";
import type { CommandContext } from "./context.ts";

/** A token has 61 characters; whatever is longer than this is a file that was given by mistake. */
const INPUT_LIMIT = 4096;

/**
 * A token from the keyboard (never shown) or, where stdin is no terminal, its first line. Never from the arguments, which every process of the
 * machine can read.
 * @throws {DevhookError} `interrupted` on ctrl-c, `token-missing` when nothing came
 */
export async function readToken(context: CommandContext): Promise<string> {
  const question = { name: "Token", limit: INPUT_LIMIT, interrupted: "login was interrupted; nothing has been stored" };
  const text = context.isTTY.stdin ? (await askHidden(context, question)).trim() : await firstLine(context);
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
