import { allHeaders, type HeaderList } from "../../shared/http/headers.ts";

/** RFC 9110 section 8.6, as framing.ts has it for requests. */
const LENGTH = /^(?:0|[1-9][0-9]{0,15})$/;

/**
 * How many bytes the body of an answer must have. A client may be hostile, and its bytes share connections with the answers of others when a proxy stands
 * before the relay: a body longer than its length would be read there as the next answer, of another tunnel.
 * @returns undefined where the connection's framing decides
 */
export function answerLength(request: { readonly method: string }, status: number, headers: HeaderList): number | "ambiguous" | undefined {
  const [length, ...more] = allHeaders(headers, "content-length");
  if (length === undefined) return undefined;
  if (more.length > 0 || !LENGTH.test(length)) return "ambiguous";
  // these have no body on the wire, and say how long it would be (RFC 9110 section 6.4.1)
  return request.method === "HEAD" || status === 204 || status === 304 ? undefined : Number(length);
}
