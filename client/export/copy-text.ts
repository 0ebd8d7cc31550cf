import { isUtf8 } from "node:buffer";
import { DevhookError } from "../../shared/errors.ts";
import { firstHeader, headerPairs, type HeaderList } from "../../shared/http/headers.ts";
import { decodeText } from "../inspect/bodies/decode-text.ts";
import { parseContentType } from "../inspect/content-type.ts";
import { safePieces, sanitizeLine } from "../inspect/sanitize.ts";
import type { Delivery } from "../ledger/records.ts";
import { curlCommand } from "./curl.ts";
import { requireExportable } from "./export-form.ts";
import { publicUrl } from "./public-url.ts";

/** What of a delivery can be copied as text. */
export type CopyWhat = "curl" | "body" | "headers" | "answer" | "id" | "url" | "path";

const TAKES_WHAT_THERE_IS = "export it as har or jsonl: they take what there is";

/**
 * The text of a delivery for the user's clipboard. Nothing is taken out of it: it stays on this machine until its owner pastes it, and a command
 * without the credentials, or with another body, would not do what the request did. What is to be given to others is exported.
 *
 * `curl` is {@link curlCommand}; `id`, `url` (that the sender called) and `path` are one line of printable ASCII; `headers` are one line each, with
 * visible escapes for whatever else a terminal acts on. `body`, and `answer` (of the newest attempt), are text only, in the charset that they came in,
 * without line ends behind them. So a paste never ends a line by itself, and holds no control but tabs and the line ends within a text: those a shell
 * without bracketed paste takes for Enter.
 * @throws {DevhookError} `usage` when it is not text, `body-truncated` when it is not whole, `not-found` when there is none
 */
export function copyTextOf(delivery: Delivery, what: CopyWhat): string {
  switch (what) {
    case "curl":
      requireExportable(delivery, "curl");
      return curlCommand(delivery);
    case "body":
      return bodyText(delivery);
    case "headers":
      return headerLines(delivery);
    case "answer":
      return answerText(delivery);
    case "id":
      return delivery.id;
    case "url":
      return inAscii(publicUrl(delivery));
    case "path":
      return inAscii(delivery.path);
  }
}

function bodyText({ id, headers, body, complete }: Delivery): string {
  const name = `the body of ${id}`;
  if (body.truncated || !complete) {
    const why = body.truncated ? `${body.bytes.length} of ${body.total} bytes are recorded` : "the sender broke off, or is still sending";
    throw new DevhookError("body-truncated", { what: `${name} is not whole`, why, fix: TAKES_WHAT_THERE_IS });
  }
  return textOf(body.bytes, headers, { name, fix: "export it as raw" });
}

function answerText({ id, attempts }: Delivery): string {
  const last = attempts.at(-1);
  const name = `the answer to ${id}`;
  if (last?.head === undefined) {
    const why = last === undefined ? "your app has not been called" : (last.error?.message ?? "your app has not answered yet");
    throw new DevhookError("not-found", { what: `there is no answer to ${id}`, why });
  }
  const { head, body, error } = last;
  if (body.truncated || error !== undefined) {
    const why = body.truncated ? `${body.bytes.length} of ${body.total} bytes are recorded` : error?.message;
    throw new DevhookError("body-truncated", { what: `${name} is not whole`, ...(why !== undefined && { why }), fix: TAKES_WHAT_THERE_IS });
  }
  return textOf(body.bytes, head.headers, { name, fix: "export it as fixture: response.body has the bytes" });
}

/** The text of a whole body. @param fix how else to have its bytes */
function textOf(bytes: Buffer, headers: HeaderList, { name, fix }: { readonly name: string; readonly fix: string }): string {
  const { charset } = parseContentType(firstHeader(headers, "content-type"));
  const { text, broken } = decodeText(bytes, charset, { isCut: false });
  if (broken > 0 || /[^\P{Cc}\t\r\n]/u.test(text)) {
    const coding = firstHeader(headers, "content-encoding");
    const why =
      coding === undefined ? "some of its bytes stand for no character" : `it came with Content-Encoding: ${sanitizeLine(coding, 40)}`;
    throw new DevhookError("usage", { what: `${name} is not text`, why, fix });
  }
  let end = text.length;
  while (text[end - 1] === "\n" || text[end - 1] === "\r") end--;
  if (end === 0) throw new DevhookError("not-found", { what: `${name} is empty` });
  return text.slice(0, end);
}

function headerLines({ id, headers }: Delivery): string {
  const lines = headerPairs(headers).map(([name, value]) => {
    const bytes = Buffer.from(`${name}: ${value}`, "latin1");
    const pieces = safePieces(isUtf8(bytes) ? bytes.toString("utf8") : bytes.toString("latin1"));
    return Array.from(pieces, ({ text }) => text).join("");
  });
  if (lines.length === 0) throw new DevhookError("not-found", { what: `${id} came without headers` });
  return lines.join("\n");
}

/** A URL of latin1 characters with all that is not printable ASCII in it escaped. */
function inAscii(url: string): string {
  return url.replaceAll(/[^\x21-\x7e]/g, (character) =>
    Array.from(Buffer.from(character, "latin1"), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
