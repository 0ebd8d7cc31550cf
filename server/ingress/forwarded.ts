import type { IncomingMessage } from "node:http";
import { isIP, type BlockList } from "node:net";
import type { Forwarded } from "../../shared/http/exchange.ts";
import { allHeaders, firstHeader } from "../../shared/http/headers.ts";

/** characters of X-Forwarded-For that are passed on: the nearest proxies of any real chain */
const MAX_FORWARDED_CHARS = 4_096;

/**
 * What the app is told of a request's origin. A sender's own X-Forwarded-* count only when it is a proxy that the relay was told to trust.
 * @param trusted addresses of such proxies, or undefined
 */
export function forwardedOf(req: IncomingMessage, trusted: BlockList | undefined): Forwarded {
  const peer = addressOf(req.socket.remoteAddress);
  const own: Forwarded = {
    for: peer,
    proto: "encrypted" in req.socket && req.socket.encrypted === true ? "https" : "http",
    host: firstHeader(req.rawHeaders, "host") ?? "",
  };
  if (trusted === undefined || !trusts(trusted, peer)) return own;
  const earlier = allHeaders(req.rawHeaders, "x-forwarded-for").filter((value) => value !== "");
  const proto = firstHeader(req.rawHeaders, "x-forwarded-proto")?.trim().toLowerCase();
  return {
    for: [...earlier, peer].join(", ").slice(-MAX_FORWARDED_CHARS),
    proto: proto === "https" || proto === "http" ? proto : own.proto,
    host: firstHeader(req.rawHeaders, "x-forwarded-host") ?? own.host,
  };
}

/** Whether `address` is one of the trusted proxies. */
export function trusts(trusted: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** An address without the IPv6 dress that Node gives IPv4 peers of a dual-stack socket. */
function addressOf(remote: string | undefined): string {
  if (remote === undefined) return "unknown";
  return remote.startsWith("::ffff:") && remote.includes(".") ? remote.slice(7) : remote;
}
