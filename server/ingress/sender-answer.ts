import type { ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import type { ResponseHead } from "../../shared/http/exchange.ts";
import { withoutHopByHop } from "../../shared/http/hop-by-hop.ts";
import { madeAnswer, type MadeReason } from "../../shared/http/made-answer.ts";
import type { Answer } from "../deliveries/incoming.ts";
import { answerLength } from "./answer-length.ts";
import { closeWith } from "./closing.ts";
import { isolate } from "./shared-origin.ts";

/** bytes of a whole body up to which a copy costs less than a second piece in the system call */
const ONE_PIECE_BYTES = 8_192;

/** What an answer needs to know of its request. */
export type AnswerOptions = {
  readonly id: string;
  /** `/name` where the answer shares its origin with other tunnels, else undefined */
  readonly isolateTo: string | undefined;
  readonly onBytes: (bytes: number) => void;
};

/** Writes one answer to its sender: status, headers in order and case, and body bytes as the app gave them (exceptions: hop-by-hop.ts, shared-origin.ts). */
export class SenderAnswer implements Answer {
  readonly #res: ServerResponse;
  readonly #options: AnswerOptions;
  /** bytes written that the socket has not taken, and who waits for them */
  #pending = 0;
  #handedOn: ((bytes: number) => void) | undefined;
  /** bytes that the answer's own length leaves */
  #left: number | undefined;
  /** the relay has had the last word */
  #over = false;

  constructor(res: ServerResponse, options: AnswerOptions) {
    this.#res = res;
    this.#options = options;
    // the app's own Date passes; where it gives none, the sender sees none
    res.sendDate = false;
  }

  get begun(): boolean {
    return this.#over || this.#res.headersSent || this.#res.destroyed;
  }

  information(head: ResponseHead): void {
    const { socket, req } = this.#res;
    // RFC 9110 section 15.2: no interim answers to HTTP/1.0; while an earlier pipelined answer is being written there is no socket
    if (this.begun || socket === null || (req.httpVersionMajor === 1 && req.httpVersionMinor === 0)) return;
    const lines = [`HTTP/1.1 ${head.status} ${INTERIM_PHRASES[head.status] ?? ""}`];
    const headers = withoutHopByHop(head.headers);
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  }

  head(head: ResponseHead, body: Buffer | undefined): void {
    if (this.begun) return;
    const kept = withoutHopByHop(head.headers);
    const length = answerLength({ method: this.#res.req.method ?? "" }, head.status, kept);
    if (length === "ambiguous" || (length !== undefined && body !== undefined && body.length !== length)) return this.made(AMBIGUOUS);
    this.#left = length;
    const headers = this.#options.isolateTo === undefined ? kept : isolate(kept, this.#options.isolateTo);
    headers.push("devhook-id", this.#options.id);
    this.#res.writeHead(head.status, head.reason, headers);
    if (body === undefined) {
      // what has come with the head goes out with it; a head alone must not wait for its first byte (server-sent events)
      process.nextTick(() => this.#flushHead());
      this.#res.on("drain", () => this.#drained());
      return;
    }
    this.#options.onBytes(body.length);
    if (length !== undefined && length > 0 && length <= ONE_PIECE_BYTES) return this.#endInOnePiece(body);
    // end(undefined) for none: end(chunk) of length 0 would be the same, and is checked less
    this.#res.end(body.length === 0 ? undefined : body);
  }

  data(bytes: Buffer, handedOn: (bytes: number) => void): void {
    if (this.#res.destroyed) return;
    if (this.#over) return handedOn(bytes.length);
    if (this.#left !== undefined && (this.#left -= bytes.length) < 0) return this.abort();
    this.#options.onBytes(bytes.length);
    this.#handedOn = handedOn;
    if (this.#res.write(bytes) && this.#pending === 0) handedOn(bytes.length);
    else this.#pending += bytes.length;
  }

  end(): void {
    if (this.#over) return;
    if (this.#left !== undefined && this.#left > 0) return this.abort();
    this.#res.end();
  }

  made(reason: MadeReason): void {
    if (this.begun) return;
    this.#over = true;
    const { head, body } = madeAnswer(reason);
    const headers = [...head.headers, "devhook-id", this.#options.id];
    this.#options.onBytes(body.length);
    if (!this.#res.req.complete) return closeWith(this.#res, { ...head, headers }, body);
    this.#res.writeHead(head.status, head.reason, headers);
    this.#res.end(body);
  }

  abort(): void {
    this.#over = true;
    // to HTTP/1.0, which knows no chunks, a FIN would say that an answer without a length is whole
    const { socket } = this.#res;
    const endsWithFin = this.#res.headersSent && !this.#res.chunkedEncoding && this.#left === undefined;
    if (endsWithFin && socket !== null && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
    this.#res.destroy();
  }

  /** Node joins the head and a body that is a string; uncorked before the end, they leave in one plain write instead of a gathering one. */
  #endInOnePiece(body: Buffer): void {
    const { socket } = this.#res;
    socket?.cork();
    this.#res.write(body.toString("latin1"), "latin1");
    socket?.uncork();
    this.#res.end();
  }

  /** As flushHeaders, which would write the bytes of header values as UTF-8. */
  #flushHead(): void {
    if (!this.#res.writableEnded && !this.#res.destroyed) this.#res.write("", "latin1");
  }

  #drained(): void {
    const bytes = this.#pending;
    this.#pending = 0;
    this.#handedOn?.(bytes);
  }
}

const AMBIGUOUS: MadeReason = {
  status: 502,
  code: "answer-length",
  message: "the app's answer and its Content-Length do not fit each other",
  outcome: "unknown",
};

const INTERIM_PHRASES: Readonly<Record<number, string>> = { 102: "Processing", 103: "Early Hints" };
