import type { IncomingMessage } from "node:http";
import { firstHeader, type HeaderList } from "../../shared/http/headers.ts";
import { isLoopback } from "../loopback.ts";
import type { AdmissionPolicy, Refusal, Registry } from "../tunnels/registry.ts";

/** Whether somebody may see something, or what they are told instead. */
type Access =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: Refusal["status"]; readonly code: string; readonly message: string };

/** Headers that proxies add: a loopback peer that sends one speaks for somebody else. */
const PROXY_HEADER = /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip|cf-connecting-ip|true-client-ip)$/i;
/** The name or address within a Host, and its port. */
const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i;

/** The text behind `Authorization: Bearer `; another scheme's text comes whole, and is refused as no token. Undefined without the header. */
export function bearerOf(headers: HeaderList): string | undefined {
  return firstHeader(headers, "authorization")?.replace(/^bearer +/i, "");
}

/**
 * Who may read the metrics: the holder of an admin token, and without one a program on this machine. A loopback address alone does not prove that: a proxy in
 * front has one as well, and so has a browser whose page had its own name resolved to 127.0.0.1. So there must be no forwarding header, and the
 * Host must be this machine's.
 */
export function mayReadMetrics(req: IncomingMessage, relay: { readonly registry: Registry; readonly admission: AdmissionPolicy }): Access {
  const bearer = bearerOf(req.rawHeaders);
  if (bearer === undefined) {
    if (isLocal(req)) return { ok: true };
    return {
      ok: false,
      status: 401,
      code: "token-missing",
      message: "Metrics are for this machine, and for the Bearer of a token made with --admin.",
    };
  }
  const admission = relay.registry.admit(bearer, relay.admission);
  if (!admission.ok) return admission;
  if (admission.owner.admin) return { ok: true };
  return { ok: false, status: 403, code: "not-admin", message: "This token was not made with --admin." };
}

function isLocal(req: IncomingMessage): boolean {
  const headers = req.rawHeaders;
  if (!isLoopback(req.socket.remoteAddress ?? "")) return false;
  if (headers.some((name, index) => index % 2 === 0 && PROXY_HEADER.test(name))) return false;
  const host = HOST.exec(firstHeader(headers, "host") ?? "")?.[1] ?? "";
  return isLoopback(host.replace(/^\[|\]$/g, ""));
}
