import type { HeaderList } from "../../shared/http/headers.ts";
import { MAX_HEADER_COUNT } from "./limits.ts";

/** How a request says where its body ends. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "refused"; readonly status: 400 | 431; readonly code: string; readonly message: string };

/** RFC 9110 section 8.6: digits only; leading zeros are legal there, but two readers may disagree on them. */
const LENGTH = /^(?:0|[1-9][0-9]{0,15})$/;

/**
 * Judges the framing of a request from its header lines, more strictly than Node's parser: what two readers could read differently is refused, so
 * that nobody behind a proxy can hide a second request in the first (RFC 9112 section 11.2).
 */
export function framingOf(request: { readonly httpVersion: string; readonly rawHeaders: HeaderList }): Framing {
  const headers = request.rawHeaders;
  // the parser also knows 0.9 and 2.0, whose requests do not look like these
  if (request.httpVersion !== "1.1" && request.httpVersion !== "1.0") {
    return { kind: "refused", status: 400, code: "not-http", message: "this is not an HTTP/1.1 request" };
  }
  if (headers.length / 2 > MAX_HEADER_COUNT) {
    return { kind: "refused", status: 431, code: "too-many-headers", message: `more than ${MAX_HEADER_COUNT} headers` };
  }
  let length: string | undefined;
  let transferEncoding: string | undefined;
  let hosts = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    // three lengths decide for nearly every header that it is none of the three: no lower-casing on the hot path
    if (name.length === 4 && name.toLowerCase() === "host") {
      if (++hosts > 1) return ambiguous("two Host headers");
    } else if (name.length === 14 && name.toLowerCase() === "content-length") {
      if (length !== undefined) return ambiguous("two Content-Length headers");
      length = headers[i + 1] as string;
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      if (transferEncoding !== undefined) return ambiguous("two Transfer-Encoding headers");
      transferEncoding = headers[i + 1] as string;
    }
  }
  if (hosts === 0 && request.httpVersion === "1.1") {
    return { kind: "refused", status: 400, code: "host-missing", message: "the request has no Host header" };
  }
  if (transferEncoding !== undefined) {
    if (length !== undefined) return ambiguous("both Content-Length and Transfer-Encoding");
    // RFC 9112 section 6.1: a recipient of that version would not have looked at it
    if (request.httpVersion === "1.0") return ambiguous("Transfer-Encoding in an HTTP/1.0 request");
    if (transferEncoding.toLowerCase() !== "chunked") return ambiguous("a Transfer-Encoding other than chunked");
    return { kind: "chunked" };
  }
  if (length === undefined) return { kind: "none" };
  if (!LENGTH.test(length)) return ambiguous("a Content-Length that is not a plain number");
  return { kind: "length", bytes: Number(length) };
}

function ambiguous(what: string): Framing {
  return { kind: "refused", status: 400, code: "ambiguous-framing", message: what };
}
