import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { DevhookError, messageOf } from "../../shared/errors.ts";
import { shortSize } from "../output/short-size.ts";
import type { CommandContext } from "./context.ts";

/** What is read, for errors, and how much of it there may be. */
export type InputLimits = {
  /** as in "the body" */
  readonly what: string;
  /** bytes */
  readonly limit: number;
};

/** All of stdin. @throws {DevhookError} `usage` when it is longer than the limit */
export function readStdin({ stdin }: Pick<CommandContext, "stdin">, limits: InputLimits): Promise<Buffer> {
  return collect(stdin as AsyncIterable<Buffer | string>, limits);
}

/** All of a file; `path` is taken from the working directory. @throws {DevhookError} `usage` when it cannot be read, or is longer than the limit */
export async function readInputFile(path: string, { cwd }: Pick<CommandContext, "cwd">, limits: InputLimits): Promise<Buffer> {
  try {
    return await collect(createReadStream(resolve(cwd, path)) as AsyncIterable<Buffer>, limits);
  } catch (error) {
    if (error instanceof DevhookError) throw error;
    throw new DevhookError("usage", { what: `cannot read ${limits.what} from ${JSON.stringify(path)}`, why: messageOf(error) });
  }
}

/** Stops at the limit: a pipe or a device may have no end. */
async function collect(chunks: AsyncIterable<Buffer | string>, { what, limit }: InputLimits): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const part = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    bytes += part.length;
    if (bytes > limit) throw new DevhookError("usage", { what: `${what} is too large`, why: `${shortSize(limit)} is the most` });
    parts.push(part);
  }
  return Buffer.concat(parts);
}
