import { DevhookError } from "../../shared/errors.ts";
import type { CommandContext } from "./context.ts";

/** How a question is asked whose answer nobody should see. */
export type HiddenQuestion = {
  /** as in "Token" */
  readonly name: string;
  /** longest answer in characters; what is typed beyond it is dropped */
  readonly limit: number;
  /** what ctrl-c ends, as in "login was interrupted; nothing has been stored" */
  readonly interrupted: string;
};

/**
 * Asks for a line on the terminal without showing it; corrections with backspace and ctrl-u work. The lines of a PEM, which come as a paste, count as one.
 * @throws {DevhookError} `interrupted` on ctrl-c
 */
export function askHidden({ stdin, stderr }: CommandContext, { name, limit, interrupted }: HiddenQuestion): Promise<string> {
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
      end(() => resolve(typed));
    }
    function read(chunk: Buffer | string): void {
      for (const character of withoutEscapes(chunk.toString())) {
        const isLineEnd = character === "\r" || character === "\n";
        if (character === "\u0004" || (isLineEnd && !isOpenPem(typed))) return ended();
        if (character === "\u0003") return end(() => reject(new DevhookError("interrupted", { what: interrupted })));
        if (character === "\u007f" || character === "\b") typed = typed.slice(0, -1);
        else if (character === "\u0015") typed = "";
        else if (typed.length < limit && (isLineEnd || character >= " ")) typed += isLineEnd ? "\n" : character;
      }
    }

    stderr.write(`${name} (it is not shown): `);
    stdin.setRawMode?.(true);
    stdin.on("data", read);
    stdin.on("end", ended);
    stdin.resume();
  });
}

/** Whether a PEM has begun and not ended. */
function isOpenPem(typed: string): boolean {
  return typed.startsWith("-----BEGIN ") && !/\n-----END [^\n]*-----\s*$/.test(typed);
}

/** Arrow keys and the marks around a paste are not part of an answer. */
function withoutEscapes(text: string): string {
  return text.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.)?/g, "");
}
