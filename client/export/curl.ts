import { firstHeader, headerPairs } from "../../shared/http/headers.ts";
import type { Delivery } from "../ledger/records.ts";
import { publicUrl } from "./public-url.ts";
import { printfs, quoted, shellWord } from "./shell-text.ts";

/** A longer body is easier to look through one printf a line. Bytes. */
const INLINE_LIMIT = 4_000;
/** What may stand in a URL that every curl takes as it is; anything else is given apart from the URL. */
const PLAIN_TARGET = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*$/;
/** Seconds. */
const HEAD_PATIENCE = 10;

/**
 * The command that sends a delivery to where it went last, or to its public URL if it went nowhere: method, target, header lines and body bytes as
 * they came. Host comes first, where curl puts it; a Content-Length that is not the body's is curl's own.
 * @returns printable ASCII, several lines, the last one without its end
 */
export function curlCommand(delivery: Delivery): string {
  const { method, headers } = delivery;
  const body = delivery.body.bytes;
  const isChunked = firstHeader(headers, "transfer-encoding") !== undefined;
  const hasData = body.length > 0 || isChunked;
  const { url, target } = addressOf(delivery);

  // --disable, first of all: nothing of ~/.curlrc; --globoff: brackets and braces mean themselves
  const words = ["curl --disable --silent --show-error --globoff --path-as-is --http1.1"];
  if (method === "HEAD" && !hasData) words.push("--head");
  else words.push(`--request ${shellWord(method)}`);
  // told that it is a GET by another name, curl waits for the body that an answer to HEAD announces and never has
  if (method === "HEAD" && hasData) words.push(`--max-time ${HEAD_PATIENCE}`);
  for (const line of headerLines(delivery, { hasData, isChunked })) words.push(`--header ${shellWord(line)}`);

  const inline = inlineBody(body);
  if (hasData) words.push(`--data-binary ${inline ?? "@-"}`);
  if (target !== undefined) words.push(`--request-target ${shellWord(target)}`);
  words.push(shellWord(url));
  const command = words.join(" \\\n  ");
  return inline === undefined && body.length > 0 ? `{\n${printfs(body).join("\n")}\n} | ${command}` : command;
}

/** The lines as they came, and the names of those that curl would add. */
function headerLines({ headers, body }: Delivery, { hasData, isChunked }: { hasData: boolean; isChunked: boolean }): readonly string[] {
  const lines: string[] = [];
  for (const [name, value] of headerPairs(headers)) {
    if (name.toLowerCase() === "content-length" && (isChunked || value !== String(body.bytes.length))) continue;
    // "Name:" would take the line out
    lines.push(value === "" ? `${name};` : `${name}: ${value}`);
  }
  const added = ["User-Agent", "Accept", ...(hasData ? ["Content-Type", "Expect"] : [])];
  return [...lines, ...added.filter((name) => firstHeader(headers, name) === undefined).map((name) => `${name}:`)];
}

/** The body as one quoted word; undefined when it is long, or not what everybody can read. */
function inlineBody(body: Buffer): string | undefined {
  const text = body.toString("latin1");
  // at its beginning, @ names a file
  const isReadable = /^(?!@)[\n\x20-\x7e]*$/.test(text) && !(text.includes("'") && text.includes("!"));
  return isReadable && text.length <= INLINE_LIMIT ? quoted(text) : undefined;
}

/** The URL, and the request target where it cannot stand in one. */
function addressOf(delivery: Delivery): { readonly url: string; readonly target: string | undefined } {
  const base = baseOf(delivery);
  if (PLAIN_TARGET.test(delivery.target)) return { url: base + delivery.target, target: undefined };
  const [, origin = base, prefix = ""] = /^(https?:\/\/[^/?#]*)(.*)$/s.exec(base) ?? [];
  return { url: `${origin}/`, target: prefix + delivery.target };
}

/** Origin and path prefix that the newest attempt went to: its URL without the target at its end. */
function baseOf(delivery: Delivery): string {
  const last = delivery.attempts.at(-1);
  const called = last?.target ?? publicUrl(delivery);
  const target = last?.request?.target ?? delivery.target;
  if (called.endsWith(target)) return called.slice(0, called.length - target.length);
  return /^https?:\/\/[^/?#]*/.exec(called)?.[0] ?? called;
}
