import type { CommandContext } from "./context.ts";

/** Asks a yes-or-no question on the terminal; anything but y or yes is no. */
export async function askYes({ stdin, stderr }: CommandContext, question: string): Promise<boolean> {
  stderr.write(question);
  let text = "";
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    text += chunk.toString();
    if (text.includes("\n")) break;
  }
  return /^\s*y(es)?\s*$/i.test(text.split("\n")[0] ?? "");
}
