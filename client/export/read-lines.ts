import { LINE_LIMIT } from "./delivery-line.ts";

/** A line with its number, 1 being the first; or what is wrong with it, in words that follow "line 3: ". */
export type NumberedLine = { readonly number: number; readonly text: string } | { readonly number: number; readonly problem: string };

const NEWLINE = 0x0a;

/**
 * The lines of a file, one at a time, those with nothing in them left out; it ends with the first that is too long or no UTF-8.
 * @param limit bytes of a line
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, limit: number = LINE_LIMIT): AsyncGenerator<NumberedLine> {
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let parts: Buffer[] = [];
  let bytes = 0;
  let number = 1;

  function line(): NumberedLine | undefined {
    const whole = Buffer.concat(parts, bytes);
    parts = [];
    bytes = 0;
    try {
      const text = utf8.decode(whole);
      return text.trim() === "" ? undefined : { number, text };
    } catch {
      return { number, problem: "it is not UTF-8" };
    }
  }

  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const end = chunk.indexOf(NEWLINE, from);
      const part = chunk.subarray(from, end === -1 ? chunk.length : end);
      from += part.length + 1;
      parts.push(part);
      bytes += part.length;
      if (bytes > limit) {
        yield { number, problem: `it is longer than ${limit} bytes` };
        return;
      }
      if (end === -1) continue;
      const found = line();
      if (found !== undefined) yield found;
      if (found !== undefined && "problem" in found) return;
      number++;
    }
  }
  const last = line();
  if (last !== undefined) yield last;
}
