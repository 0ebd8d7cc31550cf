import { DevhookError } from "../../shared/errors.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { firstHeader, isHeaderValue, isToken, type HeaderList } from "../../shared/http/headers.ts";
import { isHopByHop } from "../../shared/http/hop-by-hop.ts";
import type { AppTarget } from "./app-target.ts";

/** How the body of a request to the app is framed: as the sender framed it. */
type RequestFraming = "none" | "length" | "chunked";

/** A request as it goes to the app. */
export type AppRequest = {
  readonly method: string;
  /** with the path prefix of the app */
  readonly target: string;
  readonly headers: HeaderList;
  readonly framing: RequestFraming;
};

/**
 * The request that the app gets: the sender's lines in order, case and number, without the hop-by-hop list and without anything that a sender could
 * say in devhook's name; then X-Forwarded-*, devhook-id and devhook-attempt, then the user's own headers. Nothing else is added or changed.
 * @param body bytes of a body that is whole, undefined when it is still to come
 */
export function appRequest(
  request: CapturedRequest,
  attempt: number,
  target: AppTarget,
  body: { readonly bytes: number } | undefined,
): AppRequest {
  const set = namesOf(target.headers);
  const headers: string[] = [];
  let framing: RequestFraming = "none";
  let hasHost = false;
  // the relay refuses a request with both: if one came through all the same, chunked is what counts (RFC 9112 section 6.3)
  const isChunked = firstHeader(request.headers, "transfer-encoding") !== undefined;
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = request.headers[i] as string;
    const value = request.headers[i + 1] as string;
    const lower = name.toLowerCase();
    if (lower === "transfer-encoding") {
      // framing belongs to a hop, but a request that came chunked goes on chunked: the app sees what the sender sent
      if (framing === "chunked") continue;
      framing = "chunked";
      headers.push(name, "chunked");
    } else if (lower === "content-length") {
      if (isChunked || framing === "length") continue;
      framing = "length";
      headers.push(name, body === undefined ? value : String(body.bytes));
    } else if (lower === "host") {
      hasHost = true;
      if (!set.has(lower)) headers.push(name, target.hostHeader === "rewrite" ? target.url.host : value);
    } else if (request.upgrade && (lower === "connection" || lower === "upgrade")) {
      headers.push(name, value);
    } else if (!isHopByHop(name) && !lower.startsWith("x-forwarded-") && !lower.startsWith("devhook-") && !set.has(lower)) {
      headers.push(name, value);
    }
  }
  // HTTP/1.0 senders may have none; HTTP/1.1 apps refuse that
  if (!hasHost && !set.has("host")) {
    headers.unshift("Host", target.hostHeader === "rewrite" || request.forwarded.host === "" ? target.url.host : request.forwarded.host);
  }
  if (framing === "none" && body !== undefined && body.bytes > 0) {
    framing = "length";
    headers.push("Content-Length", String(body.bytes));
  }
  const { forwarded } = request;
  const told = ["X-Forwarded-For", forwarded.for, "X-Forwarded-Proto", forwarded.proto, "X-Forwarded-Host", forwarded.host];
  for (let i = 0; i < told.length; i += 2) {
    const name = told[i] as string;
    if (!set.has(name.toLowerCase())) headers.push(name, told[i + 1] as string);
  }
  headers.push("devhook-id", request.id, "devhook-attempt", String(attempt), ...target.headers);
  return { method: request.method, target: prefixed(request.target, target.path), headers, framing };
}

/**
 * The bytes of request line and headers.
 * @throws DevhookError `config-invalid` when a name or value could break the message: nothing of the kind crosses the link, so that it came from the user
 */
export function headBytes({ method, target, headers }: AppRequest): string {
  let text = `${method} ${target} HTTP/1.1\r\n`;
  if (!isToken(method) || !TARGET.test(target)) throw unsendable("the method or the request target");
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (!isToken(name) || !isHeaderValue(value)) throw unsendable(`a header (${JSON.stringify(name.slice(0, 100))})`);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

const TARGET = /^[\x21-\x7e\x80-\xff]+$/;

function unsendable(what: string): DevhookError {
  return new DevhookError("config-invalid", {
    what: `The request cannot be sent: ${what} holds characters that HTTP does not allow.`,
    why: "A line break or control character there would change the message.",
    fix: "Look at the headers that you add with -H or in devhook.config.json.",
  });
}

function prefixed(target: string, prefix: string): string {
  // only a path can be put behind another; `*` and absolute forms stay as they are
  return prefix === "" || !target.startsWith("/") ? target : prefix + target;
}

function namesOf(headers: HeaderList): ReadonlySet<string> {
  return headers.length === 0 ? NONE : new Set(headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
}

const NONE: ReadonlySet<string> = new Set();
