import { isTunnelName } from "../../shared/names.ts";

/** Where a request goes. */
export type Route =
  | {
      readonly kind: "tunnel";
      readonly tunnel: string;
      /** what the app sees */
      readonly target: string;
      /** the prefix taken off: `/name`, or empty in host form */
      readonly base: string;
    }
  | { readonly kind: "control" }
  | { readonly kind: "none"; readonly status: 400 | 404; readonly code: string; readonly message: string };

/** A Host as RFC 9110 section 7.2 has it, without userinfo: a name or address, and a port. */
const HOST = /^(?:([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)\.?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;
/** RFC 9112 section 3.2.2: scheme and authority of an absolute-form target. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;
const CONTROL = "/_devhook";

/**
 * Finds the tunnel of a request from the raw target and Host; nothing is decoded or normalised, so that no two spellings of a path can disagree.
 * @param domain where `--domain` puts tunnels: `name.domain`; undefined without
 */
export function routeOf(target: string, host: string | undefined, domain: string | undefined): Route {
  if (host !== undefined && !HOST.test(host)) return bad("host-invalid", "the Host header is no host");
  let prefix = "";
  let path = target;
  let authority = host;
  if (!target.startsWith("/")) {
    const absolute = ABSOLUTE.exec(target);
    if (absolute !== null) {
      prefix = absolute[0];
      path = target.slice(prefix.length);
      authority = absolute[1] as string;
      // routed by one and seen by the app as the other would be a way around (RFC 9112 section 3.2.2 has them equal)
      if (authority.toLowerCase() !== host?.toLowerCase())
        return bad("host-mismatch", "the target and the Host header name different hosts");
    } else if (target !== "*") {
      return bad("target-invalid", "the request target is neither a path nor a URL");
    }
  }
  const label = domain === undefined ? undefined : labelOf(authority, domain);
  if (label !== undefined) {
    if (!isTunnelName(label)) return unknown();
    return { kind: "tunnel", tunnel: label, target, base: "" };
  }
  if (path.startsWith(CONTROL) && (path.length === CONTROL.length || "/?#".includes(path.charAt(CONTROL.length))))
    return { kind: "control" };
  if (!path.startsWith("/")) return unknown();
  const end = endOfSegment(path);
  const name = path.slice(1, end);
  if (!isTunnelName(name)) return unknown();
  const rest = path.slice(end);
  return { kind: "tunnel", tunnel: name, target: prefix + (rest.startsWith("/") ? rest : `/${rest}`), base: `/${name}` };
}

/** The first label of `host` when the rest is `domain`. */
function labelOf(host: string | undefined, domain: string): string | undefined {
  if (host === undefined) return undefined;
  const name = host
    .toLowerCase()
    .replace(/:[0-9]+$/, "")
    .replace(/\.$/, "");
  if (!name.endsWith(`.${domain}`)) return undefined;
  return name.slice(0, -domain.length - 1);
}

function endOfSegment(path: string): number {
  for (let at = 1; at < path.length; at++) {
    const char = path.charCodeAt(at);
    // slash, question mark, number sign
    if (char === 0x2f || char === 0x3f || char === 0x23) return at;
  }
  return path.length;
}

function bad(code: string, message: string): Route {
  return { kind: "none", status: 400, code, message };
}

function unknown(): Route {
  return { kind: "none", status: 404, code: "tunnel-unknown", message: "no such tunnel" };
}
