import { allHeaders, firstHeader, headerPairs, type HeaderList } from "../../shared/http/headers.ts";
import type { Attempt, Delivery, RecordedBody } from "../ledger/records.ts";
import { publicUrl } from "./public-url.ts";

/**
 * What devhook adds to an entry, so that an import gets back what HAR 1.2 has no place for; names that begin with an underscore are the
 * specification's way for that (http://www.softwareishard.com/blog/har-12-spec/#customfields).
 */
type HarExtra = {
  readonly id: string;
  readonly attempt: number | null;
  readonly kind: Attempt["kind"] | null;
  readonly receivedAt: string;
  readonly tunnel: string;
  /** as it stood in the request line */
  readonly target: string;
  readonly base: string;
  readonly forwarded: Delivery["forwarded"];
  /** bytes that there were of each body, where not all of them are recorded */
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
  readonly error: Attempt["error"] | null;
};

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The beginning of a HAR 1.2 file, up to its first entry. @param version of devhook */
export function harHead(version: string): string {
  const creator = JSON.stringify({ name: "devhook", version });
  return `{"log":{"version":"1.2","creator":${creator},"pages":[],"entries":[`;
}

/** What follows the last entry. */
export const HAR_TAIL = "\n]}}\n";

/** The entries of one delivery: one for each call of the app, one without an answer when there was no call. */
export function harEntries(delivery: Delivery): readonly object[] {
  return delivery.attempts.length === 0 ? [entry(delivery, undefined)] : delivery.attempts.map((attempt) => entry(delivery, attempt));
}

function entry(delivery: Delivery, attempt: Attempt | undefined): object {
  const { method, headers, target } = attempt?.request ?? delivery;
  const body = attempt?.request === undefined ? delivery.body : wholeBody(attempt.request.body);
  const head = attempt?.timings?.head;
  const total = Math.max(attempt?.timings?.total ?? 0, head ?? 0);
  const wait = head ?? total;
  const extra: HarExtra = {
    id: delivery.id,
    attempt: attempt?.n ?? null,
    kind: attempt?.kind ?? null,
    receivedAt: new Date(delivery.receivedAt).toISOString(),
    tunnel: delivery.tunnel,
    target,
    base: delivery.base,
    forwarded: delivery.forwarded,
    requestBytes: body.truncated || !delivery.complete ? Math.max(body.total, body.bytes.length + 1) : null,
    responseBytes: attempt?.body.truncated === true ? attempt.body.total : null,
    error: attempt?.error ?? null,
  };
  return {
    startedDateTime: new Date(attempt?.at ?? delivery.receivedAt).toISOString(),
    time: total,
    request: {
      method,
      url: uri(attempt?.target ?? publicUrl(delivery)),
      httpVersion: "HTTP/1.1",
      cookies: allHeaders(headers, "cookie").flatMap(cookies),
      headers: namedValues(headers),
      queryString: queryOf(target),
      headersSize: sizeOf(`${method} ${target} HTTP/1.1`, headers),
      bodySize: body.total,
      ...(body.bytes.length > 0 && { postData: postData(body.bytes, headers) }),
    },
    response: response(attempt),
    cache: {},
    timings: { blocked: -1, dns: -1, connect: -1, send: 0, wait, receive: total - wait, ssl: -1 },
    _devhook: extra,
  };
}

function response(attempt: Attempt | undefined): object {
  const { head, body, error } = attempt ?? {};
  // browsers write an answer that never came as one with status 0
  if (head === undefined || body === undefined) {
    return {
      status: 0,
      statusText: "",
      httpVersion: "",
      cookies: [],
      headers: [],
      content: { size: 0, mimeType: "x-unknown" },
      redirectURL: "",
      headersSize: -1,
      bodySize: -1,
      ...(error !== undefined && { _error: error.message }),
    };
  }
  const { status, reason, headers } = head;
  return {
    status,
    statusText: reason,
    httpVersion: "HTTP/1.1",
    cookies: allHeaders(headers, "set-cookie").flatMap((line) => cookies(line).slice(0, 1)),
    headers: namedValues(headers),
    content: { size: body.total, mimeType: mimeType(headers), ...textOf(body.bytes, "encoding") },
    redirectURL: firstHeader(headers, "location") ?? "",
    headersSize: sizeOf(`HTTP/1.1 ${status} ${reason}`, headers),
    bodySize: body.total,
  };
}

function postData(bytes: Buffer, headers: HeaderList): object {
  // HAR has an encoding for answers only
  return { mimeType: mimeType(headers), params: [], ...textOf(bytes, "_encoding") };
}

/** Text as it is, when it comes back as the same bytes; anything else in Base64. */
function textOf(bytes: Buffer, encoding: "encoding" | "_encoding"): object {
  try {
    return { text: TEXT.decode(bytes) };
  } catch {
    return { text: bytes.toString("base64"), [encoding]: "base64" };
  }
}

function wholeBody(bytes: Buffer): RecordedBody {
  return { bytes, total: bytes.length, truncated: false };
}

function mimeType(headers: HeaderList): string {
  return firstHeader(headers, "content-type") ?? "application/octet-stream";
}

function namedValues(headers: HeaderList): readonly object[] {
  return headerPairs(headers).map(([name, value]) => ({ name, value }));
}

function cookies(line: string): readonly object[] {
  return line.split(";").flatMap((part) => {
    const cut = part.indexOf("=");
    return cut === -1 ? [] : [{ name: part.slice(0, cut).trim(), value: part.slice(cut + 1).trim() }];
  });
}

function queryOf(target: string): readonly object[] {
  const cut = target.indexOf("?");
  return cut === -1 ? [] : [...new URLSearchParams(target.slice(cut + 1))].map(([name, value]) => ({ name, value }));
}

function sizeOf(firstLine: string, headers: HeaderList): number {
  return headerPairs(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, firstLine.length + 4);
}

/** The URL with everything escaped that RFC 3986 does not let stand there. */
function uri(url: string): string {
  return Array.from(Buffer.from(url, "latin1"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  })
    .join("")
    .replace(/%(?![0-9A-Fa-f]{2})/g, "%25");
}
