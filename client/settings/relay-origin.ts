import { DevhookError } from "../../shared/errors.ts";

/** What {@link parseRelayOrigin} accepts, in words. */
export const RELAY_ORIGIN_RULE = "the address of a relay, as in https://relay.example.com or http://localhost:8080";

/**
 * The origin of a relay from what a person types: with or without scheme (https, on this machine http), `ws` and `wss` as well.
 * @returns undefined when it is none, or says more than an origin (path, user, query)
 */
export function parseRelayOrigin(text: string): URL | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const full = trimmed.includes("://")
    ? trimmed.replace(/^ws(s?):/i, "http$1:")
    : `${isLoopbackText(trimmed) ? "http" : "https"}://${trimmed}`;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  const bare = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  return bare ? url : undefined;
}

/** As {@link parseRelayOrigin}. @throws {DevhookError} `usage` for what it does not accept */
export function requireRelayOrigin(text: string): URL {
  const relay = parseRelayOrigin(text);
  if (relay !== undefined) return relay;
  throw new DevhookError("usage", { what: `${JSON.stringify(text)} is not the address of a relay`, why: `accepted: ${RELAY_ORIGIN_RULE}` });
}

/**
 * Refuses a relay on another machine without TLS: token and traffic would cross the network readable and changeable.
 * @throws {DevhookError} `relay-insecure`
 */
export function requireSecureRelay(relay: URL): void {
  if (relay.protocol === "https:" || isLoopbackHost(relay.hostname)) return;
  throw new DevhookError("relay-insecure", {
    what: `${relay.origin} would be reached without encryption`,
    why: "plain http is accepted for a relay on this machine only",
    fix: `use https://${relay.host}`,
  });
}

/** Whether a host, as in URL.hostname, is this machine by its name: localhost, 127.0.0.0/8, ::1. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function isLoopbackText(text: string): boolean {
  return URL.canParse(`http://${text}`) && isLoopbackHost(new URL(`http://${text}`).hostname);
}
