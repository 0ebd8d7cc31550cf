import { request } from "node:http";
import type { HeaderLines } from "./message-reader.ts";

/** How long an answer may take before the connection is given up, milliseconds. */
const LIMIT_MS = 20_000;

/** An answer as Node's own HTTP client has read it. */
export type Answer = { readonly status: number; readonly headers: HeaderLines; readonly body: string };

/**
 * Sends a request with Node's own HTTP client, on a connection of its own: POST with a body, GET without.
 * @returns status 0 when no answer came
 * @throws when an answer broke off
 */
export function send(
  url: string,
  { body, headers = {} }: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const sent = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(LIMIT_MS) }, (response) => {
      const raw = response.rawHeaders;
      const pairs = raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ""] as const] : []));
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: pairs, body: text }));
      response.on("error", reject);
    });
    sent.on("error", () => resolve({ status: 0, headers: [], body: "" }));
    sent.end(body);
  });
}
