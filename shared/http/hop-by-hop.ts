import type { HeaderList } from "./headers.ts";

/**
 * The headers that belong to one connection and not to the message, and so end at devhook (RFC 9110 section 7.6.1, RFC 9113 section 3.1). The list is
 * fixed: a `Connection` header cannot name further ones, or a sender could make a signature header vanish.
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "http2-settings",
  "expect",
]);

/** lengths of the names above: nearly every other header is told apart without lower-casing it */
const LENGTHS: ReadonlySet<number> = new Set([...HOP_BY_HOP].map((name) => name.length));

/** Whether `name` (any case) is one of {@link HOP_BY_HOP}. */
export function isHopByHop(name: string): boolean {
  return LENGTHS.has(name.length) && HOP_BY_HOP.has(name.toLowerCase());
}

/** The list without {@link HOP_BY_HOP}, as a new array that the caller may append to. */
export function withoutHopByHop(headers: HeaderList): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!isHopByHop(name)) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}
