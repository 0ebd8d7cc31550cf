import { DevhookError } from "../../shared/errors.ts";
import type { Changes } from "../resending/outgoing.ts";
import { fields } from "../settings/fields.ts";
import type { CommandContext } from "./context.ts";
import { readBodyArgument } from "./read-message.ts";

/** Flags that say what is sent in place of what came. */
export type ChangeFlags = {
  readonly header?: readonly string[];
  readonly body?: string;
  readonly callbackUrl?: string;
  readonly resign?: boolean;
};

/** What they ask for, read and accepted. @throws {DevhookError} `usage` */
export async function readChanges({ header, body, callbackUrl, resign: all }: ChangeFlags, context: CommandContext): Promise<Changes> {
  const headers = header === undefined ? [] : fields.headers.parse(header);
  if (headers === undefined)
    throw new DevhookError("usage", { what: `-H does not accept ${JSON.stringify(header)}`, why: `accepted: ${fields.headers.accepts}` });
  const bytes = body === undefined ? undefined : await readBodyArgument(body, context);
  if (body !== undefined && bytes === undefined)
    throw new DevhookError("usage", { what: `--body does not accept ${JSON.stringify(body)}`, why: "accepted: @file, or - for stdin" });
  return { headers, ...(bytes !== undefined && { body: bytes }), ...(callbackUrl !== undefined && { callbackUrl }), resign: all === true };
}
