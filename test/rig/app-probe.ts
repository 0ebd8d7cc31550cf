import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";

/** What an app writes: one piece, or several that go out in turns of their own. */
type ProbeBytes = string | Buffer | readonly (string | Buffer)[];

/** A request as it arrived, to the byte. Texts are latin1. */
export type ProbeRequest = {
  /** number of the request on its connection, from 0 */
  readonly index: number;
  /** request line and header lines, without their line ends */
  readonly lines: readonly string[];
  /** everything up to and including the empty line */
  readonly head: string;
  /** the body as framed on the wire */
  readonly body: Buffer;
};

/** One connection that the app has accepted. */
type ProbeConnection = {
  /** number of the connection, from 0 */
  readonly index: number;
  /** address that it was accepted on */
  readonly address: string;
  readonly requests: readonly ProbeRequest[];
  /** everything that arrived */
  readonly received: () => Buffer;
  /** the peer has ended its direction */
  readonly ended: () => boolean;
  readonly closed: () => boolean;
  readonly write: (bytes: ProbeBytes) => void;
  /** ends the app's direction, after what was written */
  readonly end: () => void;
  /** closes both directions, after what was written */
  readonly close: () => void;
  /** resets the connection (RST); a TLS one is closed without ceremony */
  readonly reset: () => void;
  /** stops, and starts, reading */
  readonly pause: () => void;
  readonly resume: () => void;
};

/** A local app that is nothing but sockets: what it got is there byte by byte, what it says is the test's business. */
export type AppProbe = {
  readonly port: number;
  readonly connections: readonly ProbeConnection[];
  /** requests of all connections, in order of arrival */
  readonly requests: readonly ProbeRequest[];
  /** connections that are open */
  readonly open: () => number;
  readonly close: () => Promise<void>;
};

/** How a probe listens and what it answers. */
export type AppProbeOptions = {
  /** addresses to listen on, with the same port on each; 127.0.0.1 when omitted */
  readonly on?: readonly string[];
  /** port to listen on; a free one when omitted */
  readonly port?: number;
  /** PEM texts: then the probe speaks TLS */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** keep the app's direction open when the peer has ended its own; a closed peer then shows only in what is written */
  readonly halfOpen?: boolean;
  /** accept connections without reading from them */
  readonly paused?: boolean;
  /** called with each whole request; what it returns is written, undefined writes nothing */
  readonly answer?: (request: ProbeRequest, connection: ProbeConnection) => ProbeBytes | undefined;
};

/** An ordinary answer with a length. */
export function okAnswer(body = "ok", headers: readonly string[] = []): string {
  const lines = ["HTTP/1.1 200 OK", ...headers, `Content-Length: ${Buffer.byteLength(body, "latin1")}`];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** Starts a probe; it listens when this resolves. */
export async function startAppProbe(options: AppProbeOptions = {}): Promise<AppProbe> {
  const addresses = options.on ?? ["127.0.0.1"];
  const connections: Connection[] = [];
  const requests: ProbeRequest[] = [];
  const accept = (address: string) => (socket: Socket) => {
    const connection = new Connection(socket, { index: connections.length, address, paused: options.paused === true }, (request) => {
      requests.push(request);
      const bytes = options.answer?.(request, connection);
      if (bytes !== undefined) connection.write(bytes);
    });
    connections.push(connection);
  };
  const servers: Server[] = [];
  const listen = async (address: string, port: number): Promise<number> => {
    const server =
      options.tls === undefined
        ? createTcpServer({ allowHalfOpen: options.halfOpen === true, noDelay: true }, accept(address))
        : createTlsServer({ ...options.tls, noDelay: true }, accept(address)).on("tlsClientError", () => {});
    server.listen(port, address);
    await once(server, "listening");
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  let port = options.port ?? 0;
  for (const address of addresses) port = await listen(address, port);
  return {
    port,
    connections,
    requests,
    open: () => connections.filter((connection) => !connection.closed()).length,
    close: async () => {
      for (const connection of connections) connection.reset();
      await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    },
  };
}

class Connection implements ProbeConnection {
  readonly index: number;
  readonly address: string;
  readonly requests: ProbeRequest[] = [];
  readonly #socket: Socket;
  readonly #whole: (request: ProbeRequest) => void;
  readonly #chunks: Buffer[] = [];
  #unread = Buffer.alloc(0);
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #needed = 0;
  #raw = false;
  #ended = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    socket: Socket,
    about: { readonly index: number; readonly address: string; readonly paused: boolean },
    whole: (request: ProbeRequest) => void,
  ) {
    this.#socket = socket;
    this.index = about.index;
    this.address = about.address;
    this.#whole = whole;
    socket.on("data", (chunk: Buffer) => this.#data(chunk));
    socket.on("end", () => (this.#ended = true));
    socket.on("error", () => {});
    if (about.paused) socket.pause();
  }

  readonly received = (): Buffer => Buffer.concat(this.#chunks);
  readonly ended = (): boolean => this.#ended;
  readonly closed = (): boolean => this.#socket.destroyed;
  readonly end = (): void => this.#then(() => void this.#socket.end());
  readonly close = (): void => this.#then(() => this.#socket.destroySoon());
  readonly reset = (): void => void (this.#socket instanceof TLSSocket ? this.#socket.destroy() : this.#socket.resetAndDestroy());
  readonly pause = (): void => void this.#socket.pause();
  readonly resume = (): void => void this.#socket.resume();

  readonly write = (bytes: ProbeBytes): void => {
    const pieces = typeof bytes === "string" || Buffer.isBuffer(bytes) ? [bytes] : bytes;
    for (const [at, piece] of pieces.entries()) {
      const buffer = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
      if (buffer.toString("latin1", 0, 12) === "HTTP/1.1 101") this.#raw = true;
      if (at === 0) this.#then(() => void this.#socket.write(buffer));
      else this.#then(() => this.#writeAlone(buffer));
    }
  };

  #writeAlone(buffer: Buffer): Promise<void> {
    return new Promise((resolve) => {
      // a few turns, so that the reader sees the pieces apart
      setTimeout(() => this.#socket.write(buffer, () => resolve()), 1);
    });
  }

  #then(step: () => void | Promise<void>): void {
    this.#writing = this.#writing.then(step);
  }

  #data(chunk: Buffer): void {
    this.#chunks.push(chunk);
    if (this.#raw) return;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    // joined only when it can be whole: large bodies come in many pieces
    if (this.#unread.length + this.#waitingBytes < this.#needed) return;
    this.#unread = Buffer.concat([this.#unread, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (;;) {
      const end = this.#unread.indexOf("\r\n\r\n");
      if (end === -1) return;
      const head = this.#unread.toString("latin1", 0, end + 4);
      const bytes = bodyBytes(head, this.#unread.subarray(end + 4));
      this.#needed = end + 4 + declaredBytes(head);
      if (bytes === undefined) return;
      this.#needed = 0;
      const body = Buffer.from(this.#unread.subarray(end + 4, end + 4 + bytes));
      this.#unread = this.#unread.subarray(end + 4 + bytes);
      const request: ProbeRequest = { index: this.requests.length, lines: head.slice(0, -4).split("\r\n"), head, body };
      this.requests.push(request);
      this.#whole(request);
    }
  }
}

/** Length of the body that follows a head, as framed, or undefined while it is not whole. */
function bodyBytes(head: string, rest: Buffer): number | undefined {
  if (/\r\ntransfer-encoding:/i.test(head)) {
    if (rest.toString("latin1", 0, 5) === "0\r\n\r\n") return 5;
    const end = rest.indexOf("\r\n0\r\n\r\n");
    return end === -1 ? undefined : end + 7;
  }
  const length = declaredBytes(head);
  return rest.length >= length ? length : undefined;
}

function declaredBytes(head: string): number {
  return Number(/\r\ncontent-length:[\t ]*([0-9]+)/i.exec(head)?.[1] ?? 0);
}
