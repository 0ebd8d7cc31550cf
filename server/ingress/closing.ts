import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { ResponseHead } from "../../shared/http/exchange.ts";

/** milliseconds that a closing connection is still read, so that its sender finishes writing and sees the answer rather than a reset */
const LINGER_MS = 2_000;

/** Connections whose last answer is decided: what their parsers still find is no request. */
const closing = new WeakSet<Duplex>();

/** Whether the last answer of `socket` is decided. */
export function isClosing(socket: Duplex): boolean {
  return closing.has(socket);
}

/** Answers a request whose body will not be read, after the earlier answers of its connection, and closes the connection once the sender has seen it. */
export function closeWith(res: ServerResponse, head: ResponseHead, body: Buffer): void {
  const { socket, req } = res;
  // bytes on their way are read and dropped by the parser; the socket ends for writing only
  req.removeAllListeners("data");
  req.resume();
  if (socket !== null) return closeSocketWith(socket, head, req.method === "HEAD" ? undefined : body);
  closeAfter(res);
  res.writeHead(head.status, head.reason, [...head.headers]);
  res.end(body);
}

/** Makes `res` the last answer of its connection, whatever has been read after its request. */
export function closeAfter(res: ServerResponse): void {
  const { socket } = res.req;
  closing.add(socket);
  res.shouldKeepAlive = false;
  res.once("finish", () => endSocket(socket));
}

/** Writes a last answer to a connection and closes it, without regard to what its parser thinks. */
export function closeSocketWith(socket: Duplex, head: ResponseHead, body: Buffer | undefined): void {
  closing.add(socket);
  const lines = [`HTTP/1.1 ${head.status} ${head.reason}`];
  for (let i = 0; i < head.headers.length; i += 2) lines.push(`${head.headers[i]}: ${head.headers[i + 1]}`);
  const text = Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`, "latin1");
  endSocket(socket, body === undefined ? text : Buffer.concat([text, body]));
}

/** Ends a connection: the sender gets what has been written, and a moment to see it and to close its own half. */
export function endSocket(socket: Duplex, last?: Buffer): void {
  closing.add(socket);
  socket.on("error", () => socket.destroy());
  socket.end(last);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}
