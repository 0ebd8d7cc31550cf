import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import type { Address } from "../contestants/contestant.ts";

/** Milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

/**
 * Sends one webhook before anything is measured: a tunnel that answers by itself must not be taken for a fast one.
 * @throws unless the app's own answer comes back
 */
export async function preflight(name: string, { port, base, host }: Address, body: string): Promise<void> {
  const headers = { Host: host, "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  const req = request({
    host: "127.0.0.1",
    port,
    path: `${base}/webhook`,
    method: "POST",
    headers,
    agent: false,
    timeout: ANSWER_WITHIN_MS,
  });
  req.on("timeout", () => req.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)));
  req.end(body);
  const [res] = (await once(req, "response")) as [IncomingMessage];
  let text = "";
  for await (const piece of res.setEncoding("utf8")) text += String(piece);
  if (res.statusCode !== 200 || !text.startsWith('{"received":')) {
    throw new Error(`${name} does not deliver: ${String(res.statusCode)} ${text.slice(0, 300)}`);
  }
}
