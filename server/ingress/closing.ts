import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { ResponseHead } from "../../shared/http/exchange.ts";

/** milliseconds that a closing connection is still read, so that its sender finishes writing and sees the answer rather than a reset */
const LINGER_MS = 2_000;

/** Connections that have got their last answer: what their parsers still find is no request. */
const closing = new WeakSet<Duplex>();

/** Whether `socket` has got its last answer. */
export function isClosing(socket: Duplex): boolean {
  return closing.has(socket);
}

/**
 * Answers a request whose body will not be read, and closes its connection once the sender has seen the answer.
 * @returns false when an earlier answer of the connection is still being written; nothing has been done then
 */
export function closeWith(res: ServerResponse, head: ResponseHead, body: Buffer): boolean {
  const { socket, req } = res;
  if (socket === null) return false;
  const withBody = req.method !== "HEAD";
  // bytes on their way are read and dropped by the parser; the socket ends for writing only
  req.removeAllListeners("data");
  req.resume();
  closeSocketWith(socket, head, withBody ? body : undefined);
  return true;
}

/** Writes a last answer to a connection and closes it, without regard to what its parser thinks. */
export function closeSocketWith(socket: Duplex, head: ResponseHead, body: Buffer | undefined): void {
  closing.add(socket);
  const lines = [`HTTP/1.1 ${head.status} ${head.reason}`];
  for (let i = 0; i < head.headers.length; i += 2) lines.push(`${head.headers[i]}: ${head.headers[i + 1]}`);
  const text = Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`, "latin1");
  socket.on("error", () => socket.destroy());
  socket.end(body === undefined ? text : Buffer.concat([text, body]));
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}
