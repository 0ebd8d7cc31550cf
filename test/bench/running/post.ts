import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import type { Address } from "../contestants/contestant.ts";

/** Milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

/** Sends one webhook on a connection of its own. @returns its answer */
export async function post(
  { port, base, host }: Address,
  path: string,
  { body, type }: { readonly body: string; readonly type: string },
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const headers = { Host: host, "Content-Type": type, "Content-Length": Buffer.byteLength(body) };
  const req = request({
    host: "127.0.0.1",
    port,
    path: base + path,
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
  return { status: res.statusCode, text };
}
