import { DevhookError } from "../../shared/errors.ts";
import { createMessage, type Message } from "../../shared/signatures/message.ts";
import type { CommandContext } from "./context.ts";
import { readHeaderFile } from "./header-file.ts";
import { readInputFile, readStdin } from "./read-input.ts";

/** What flags say about a message beside its body. */
export type MessageFlags = {
  readonly url?: string;
  readonly method?: string;
  /** a file */
  readonly headers?: string;
};

/** As much as a relay lets through. Bytes. */
const BODY_LIMIT = 104_857_600;
/** Far more than any server takes. Bytes. */
const HEADER_LIMIT = 1_048_576;

/**
 * The bytes that `@file` or `-` (stdin) means.
 * @returns undefined when the argument is neither
 * @throws {DevhookError} `usage`
 */
export async function readBodyArgument(argument: string, context: CommandContext): Promise<Buffer | undefined> {
  const limits = { what: "the body", limit: BODY_LIMIT };
  if (argument === "-") return readStdin(context, limits);
  if (!argument.startsWith("@")) return undefined;
  if (argument === "@") throw new DevhookError("usage", { what: "@ needs the name of a file", fix: "as in @body.json" });
  return readInputFile(argument.slice(1), context, limits);
}

/** A message of which nothing but the body is known: a POST without headers. */
export function messageOfBody(body: Buffer): Message {
  return createMessage({ method: "POST", url: undefined, headers: [], body });
}

/** A message with what the flags say in the place of its own. @throws {DevhookError} `usage` */
export async function withFlags(message: Message, { url, method, headers }: MessageFlags, context: CommandContext): Promise<Message> {
  const limits = { what: "the headers", limit: HEADER_LIMIT };
  const file = headers === undefined ? undefined : readHeaderFile(await readInputFile(headers, context, limits), headers);
  return createMessage({
    method: method ?? file?.method ?? message.method,
    url: url ?? file?.url ?? message.url,
    urlAlso: url !== undefined ? undefined : file?.url !== undefined ? file.urlAlso : message.urlAlso,
    headers: file?.headers ?? message.headers,
    body: message.body,
  });
}
