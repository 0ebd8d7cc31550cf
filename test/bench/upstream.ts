/**
 * The app behind every tunnel, as a program of its own. Prints its port.
 *
 * - POST: reads the body, answers 200 with `{"received":BYTES}`
 * - GET /bytes/N: N bytes with a Content-Length
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** Bytes of one write of a download: what a socket takes at once. */
const PIECE = Buffer.alloc(65_536, "devhook-");

const server = createServer({ keepAlive: true, requestTimeout: 0 }, (req, res) => {
  const asked = /\/bytes\/(\d{1,12})$/.exec(req.url ?? "")?.[1];
  if (req.method === "GET" && asked !== undefined) download(res, Number(asked));
  else count(req, res);
});
server.keepAliveTimeout = 0;
// "::" takes IPv4 as well: some contestants call 127.0.0.1, some localhost
server.listen({ host: "::", port: 0, ipv6Only: false, backlog: 1_024 }, () => {
  const address = server.address();
  console.log(`port ${typeof address === "object" && address !== null ? address.port : 0}`);
});

function count(req: IncomingMessage, res: ServerResponse): void {
  let received = 0;
  req.on("data", (piece: Buffer) => {
    received += piece.length;
  });
  req.on("end", () => {
    const body = `{"received":${received}}`;
    res.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
    res.end(body);
  });
}

function download(res: ServerResponse, bytes: number): void {
  res.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": bytes });
  let left = bytes;
  function fill(): void {
    while (left > 0) {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
      left -= piece.length;
      if (!res.write(piece)) return void res.once("drain", fill);
    }
    res.end();
  }
  fill();
}
