import { ServerResponse, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ResponseHead } from "../../shared/http/exchange.ts";
import { firstHeader, type HeaderList } from "../../shared/http/headers.ts";
import type { Answer, BodySource } from "../deliveries/incoming.ts";
import { endSocket } from "./closing.ts";
import { SenderAnswer, type AnswerOptions } from "./sender-answer.ts";

/** What a request that asks to leave HTTP asks for. HTTP/1.0 cannot ask (RFC 9110 section 7.8). */
export function upgradeKind(req: IncomingMessage): "websocket" | "other" {
  const wanted = firstHeader(req.rawHeaders, "upgrade")?.trim().toLowerCase();
  return wanted === "websocket" && req.method === "GET" && req.httpVersion === "1.1" ? "websocket" : "other";
}

/**
 * The request head without its wish to upgrade, as bytes: a server may ignore that wish (RFC 9110 section 7.8), but Node stops reading HTTP when it sees
 * one. Senders that try HTTP/2 on plain connections (curl --http2, Java's client) send it with every request.
 * @returns bytes from which a parser reads the same request again, apart from that one header
 */
export function headWithoutUpgrade(req: IncomingMessage): Buffer {
  const lines = [`${req.method} ${req.url} HTTP/${req.httpVersion}`];
  const headers: HeaderList = req.rawHeaders;
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() !== "upgrade") lines.push(`${headers[i]}: ${headers[i + 1]}`);
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** Where the sender's bytes go after a 101. */
type UpgradedSide = Pick<Parameters<BodySource["start"]>[0], "data" | "end">;

/**
 * The answer to a WebSocket request: a 101 turns the connection into raw bytes in both directions; anything else is an ordinary answer, after which
 * the connection closes.
 */
export class WebSocketAnswer implements Answer {
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #options: AnswerOptions;
  readonly #plain: SenderAnswer;
  readonly #res: ServerResponse;
  #side: UpgradedSide | undefined;
  #raw = false;
  #pending = 0;
  #handedOn: ((bytes: number) => void) | undefined;

  /** @param exchange with `head`, what has already been read after the request */
  constructor(exchange: { readonly req: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }, options: AnswerOptions) {
    this.#socket = exchange.socket;
    this.#head = exchange.head;
    this.#options = options;
    this.#res = new ServerResponse(exchange.req);
    this.#res.shouldKeepAlive = false;
    this.#res.assignSocket(exchange.req.socket);
    this.#res.on("finish", () => {
      this.#socket.resume();
      endSocket(this.#socket);
    });
    // Node no longer watches a connection that has asked for something else
    this.#socket.on("drain", () => this.#res.emit("drain"));
    this.#plain = new SenderAnswer(this.#res, options);
  }

  get begun(): boolean {
    return this.#raw || this.#plain.begun;
  }

  information(head: ResponseHead): void {
    if (!this.#raw) this.#plain.information(head);
  }

  head(head: ResponseHead, body: Buffer | undefined): void {
    if (head.status !== 101) return this.#plain.head(head, body);
    this.#res.detachSocket(this.#socket as never);
    this.#raw = true;
    const lines = [`HTTP/1.1 101 ${head.reason}`];
    // hop by hop or not, these lines are the handshake itself (RFC 6455 section 4.2.2)
    for (let i = 0; i < head.headers.length; i += 2) lines.push(`${head.headers[i]}: ${head.headers[i + 1]}`);
    lines.push(`devhook-id: ${this.#options.id}`);
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
    this.#socket.on("drain", () => {
      const bytes = this.#pending;
      this.#pending = 0;
      this.#handedOn?.(bytes);
    });
    const pass = (bytes: Buffer): void => {
      if (this.#side?.data(bytes) === false) this.#socket.pause();
    };
    if (this.#head.length > 0) pass(this.#head);
    this.#socket.on("data", pass);
    this.#socket.on("end", () => this.#side?.end());
    this.#socket.resume();
  }

  /** The sender's bytes after a 101. Nothing of them is read before. */
  get source(): BodySource {
    return {
      start: (to) => {
        this.#side = to;
      },
      resume: () => {
        if (this.#raw) this.#socket.resume();
      },
      // before a 101 nothing is read, and after it nothing is unwanted
      discard: () => {},
    };
  }

  data(bytes: Buffer, handedOn: (bytes: number) => void): void {
    if (!this.#raw) return this.#plain.data(bytes, handedOn);
    if (this.#socket.destroyed) return;
    this.#options.onBytes(bytes.length);
    this.#handedOn = handedOn;
    if (this.#socket.write(bytes) && this.#pending === 0) handedOn(bytes.length);
    else this.#pending += bytes.length;
  }

  end(): void {
    if (this.#raw) this.#socket.end();
    else this.#plain.end();
  }

  made: Answer["made"] = (reason) => {
    if (!this.#raw) this.#plain.made(reason);
  };

  abort(): void {
    this.#socket.destroy();
  }
}
