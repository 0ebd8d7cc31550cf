/** What {@link parseTarget} accepts, in words. */
export const TARGET_RULE = "a port (8000), host:port (localhost:8000) or an http(s) URL";

/**
 * The app from what a person types: a port on this machine, host:port, or a URL whose path becomes a prefix.
 * @returns undefined when it is none of these, or has a user, query or fragment
 */
export function parseTarget(text: string): URL | undefined {
  const trimmed = text.trim();
  if (/^:?\d{1,5}$/.test(trimmed)) return portUrl(Number(trimmed.replace(":", "")));
  const full = trimmed.includes("://") ? trimmed : `http://${trimmed}`;
  // without a scheme the port must be written: a word alone is a typo more often than a host
  if (!trimmed.includes("://") && !/^[^/?#]+:\d{1,5}(\/|$)/.test(trimmed)) return undefined;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "" || url.port === "0") return undefined;
  return url;
}

function portUrl(port: number): URL | undefined {
  return port >= 1 && port <= 65_535 ? new URL(`http://localhost:${port}`) : undefined;
}
