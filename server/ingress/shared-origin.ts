import type { HeaderList } from "../../shared/http/headers.ts";

/** Attributes of Set-Cookie (RFC 6265 section 5.2) that widen where a cookie goes. */
const SCOPE = /^\s*(?:path|domain)\s*=/i;

/**
 * The headers of an app's answer where several tunnels share one origin (path form on a relay that others can reach): a page of one tunnel must not run
 * as the origin of all, and its cookies must not reach the others. These are the published exceptions to "verbatim".
 * @param base the tunnel's prefix, `/name`
 * @returns a new list that the caller may append to
 */
export function isolate(headers: HeaderList, base: string): string[] {
  const isolated: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    isolated.push(name, name.length === 10 && name.toLowerCase() === "set-cookie" ? confine(value, base) : value);
  }
  isolated.push("Content-Security-Policy", "sandbox");
  return isolated;
}

function confine(cookie: string, base: string): string {
  const parts = cookie.split(";");
  const kept = parts.filter((part, index) => index === 0 || !SCOPE.test(part));
  return `${kept.join(";")}; Path=${base}/`;
}
