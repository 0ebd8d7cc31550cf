import type { z } from "zod";
import { firstHeader, type HeaderList, isHeaderValue, isToken } from "../../shared/http/headers.ts";
import type { Attempt, ImportedDelivery, RecordedBody } from "../ledger/records.ts";
import type { entrySchema } from "./input-schemas.ts";

type Entry = z.infer<typeof entrySchema>;

/** An entry that cannot become a delivery, in words that follow "entry 3: ". */
export type Refused = { readonly problem: string };

/**
 * The delivery of an entry that the schema has accepted: the request as received, the answer as its only attempt.
 * @param newId makes an id for an entry of another program
 */
export function deliveryOfEntry(entry: Entry, newId: (receivedAt: number) => string): ImportedDelivery | Refused {
  const { request, response, _devhook: extra } = entry;
  const at = Date.parse(entry.startedDateTime);
  const receivedAt = extra === undefined ? at : Date.parse(extra.receivedAt);
  const address = addressOf(request.url);
  const headers = headerList(request.headers, address.host);
  const answerHeaders = headerList(response.headers, undefined);
  if ("problem" in headers) return { problem: `request.headers: ${headers.problem}` };
  if ("problem" in answerHeaders) return { problem: `response.headers: ${answerHeaders.problem}` };
  const bytes = requestBytes(request.postData);
  const answer = decoded(response.content?.text ?? "", response.content?.encoding);
  if (bytes === undefined) return { problem: "request.postData.text is not Base64" };
  if (answer === undefined) return { problem: "response.content.text is not Base64" };

  const body = bodyOf(bytes, extra === undefined ? missingBytes(bytes, headers.list) : extra.requestBytes);
  const hasAnswer = response.status >= 100;
  const total = Math.max(0, entry.time ?? 0);
  const wait = entry.timings?.wait;
  const error = extra?.error ?? (hasAnswer ? undefined : noAnswer(response._error));
  const attempt: Attempt = {
    n: 1,
    kind: extra?.kind ?? "live",
    at,
    target: request.url,
    request: undefined,
    head: hasAnswer ? { status: response.status, reason: reasonOf(response.statusText), headers: answerHeaders.list } : undefined,
    body: hasAnswer ? bodyOf(answer, extra?.responseBytes ?? null) : bodyOf(Buffer.alloc(0), null),
    timings: { ...(hasAnswer && { head: Math.min(total, Math.max(0, wait ?? total)) }), total },
    error,
    late: false,
  };
  // an entry of ours without a call stands for a delivery that never reached an app
  const wasCalled = extra === undefined || extra.kind !== null;
  return {
    id: extra?.id ?? newId(receivedAt),
    receivedAt,
    tunnel: extra?.tunnel ?? "",
    method: request.method,
    target: extra?.target ?? address.target,
    base: extra?.base ?? "",
    headers: headers.list,
    forwarded: extra?.forwarded ?? { for: "", proto: address.proto, host: address.host },
    upgrade: false,
    provider: undefined,
    event: undefined,
    eventId: undefined,
    verdict: undefined,
    verification: undefined,
    duplicateOf: undefined,
    held: false,
    state: !wasCalled ? "interrupted" : hasAnswer && error === undefined ? "answered" : "failed",
    body,
    complete: !body.truncated,
    attempts: wasCalled ? [attempt] : [],
  };
}

/** The parts of a URL as the request line and Host have them. What may not stand there is escaped. */
function addressOf(url: string): { readonly proto: "http" | "https"; readonly host: string; readonly target: string } {
  const [, scheme = "http", authority = "", rest = ""] = /^(https?):\/\/([^/?#]*)([^#]*)/is.exec(url) ?? [];
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  return {
    proto: scheme.toLowerCase() === "https" ? "https" : "http",
    host: escaped(authority.slice(authority.lastIndexOf("@") + 1)),
    target: escaped(path),
  };
}

function escaped(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, (part) =>
    Array.from(Buffer.from(part), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** Header lines; those of HTTP/2 that are none (`:path`) are left out, except that `:authority` is the Host. */
function headerList(
  lines: readonly { readonly name: string; readonly value: string }[],
  host: string | undefined,
): { readonly list: HeaderList } | Refused {
  const list: string[] = [];
  for (const { name, value } of lines) {
    if (name.startsWith(":")) continue;
    const trimmed = value.replace(/^[\t ]+|[\t ]+$/g, "");
    if (!isToken(name)) return { problem: `${JSON.stringify(name)} is no header name` };
    if (!isHeaderValue(trimmed)) return { problem: `${name} has no value that can stand in a header` };
    list.push(name, trimmed);
  }
  const isForeign = lines.some(({ name }) => name.startsWith(":"));
  if (isForeign && host !== undefined && firstHeader(list, "host") === undefined) list.unshift("Host", host);
  return { list };
}

function requestBytes(postData: Entry["request"]["postData"]): Buffer | undefined {
  if (postData === null || postData === undefined) return Buffer.alloc(0);
  const { text, params } = postData;
  if (typeof text === "string") return decoded(text, postData._encoding ?? postData.encoding);
  const pairs = (params ?? []).map(({ name, value }): [string, string] => [name, value ?? ""]);
  return Buffer.from(new URLSearchParams(pairs).toString());
}

/** @returns undefined when it says Base64 and is none */
function decoded(text: string, encoding: string | null | undefined): Buffer | undefined {
  if (encoding?.toLowerCase() !== "base64") return Buffer.from(text, "utf8");
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** How long the body was by its header, when less of it stands in the file: browsers leave bodies out. */
function missingBytes(bytes: Buffer, headers: HeaderList): number | null {
  const length = Number(firstHeader(headers, "content-length"));
  return Number.isSafeInteger(length) && length > bytes.length ? length : null;
}

function bodyOf(bytes: Buffer, all: number | null): RecordedBody {
  return { bytes, total: Math.max(all ?? 0, bytes.length), truncated: all !== null && all > bytes.length };
}

function reasonOf(text: string | null | undefined): string {
  return typeof text === "string" && text.length <= 1_000 && isHeaderValue(text) ? text : "";
}

function noAnswer(said: string | null | undefined): Attempt["error"] {
  const message = said === null || said === undefined || said === "" ? "the file has no answer to this request" : said.slice(0, 1_000);
  return { code: "cut-short", message, hint: "send it again: devhook resend" };
}
