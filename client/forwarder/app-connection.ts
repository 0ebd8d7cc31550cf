import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { errorCodeOf } from "../../shared/errors.ts";
import type { ResponseHead } from "../../shared/http/exchange.ts";
import type { AppSocket } from "./app-socket.ts";
import { headBytes, type AppRequest } from "./request-head.ts";
import { MalformedAnswer, ResponseParser, type ParserEvents } from "./response-parser.ts";

/** bytes of a body that are copied behind its head, to save a system call; larger ones go as they are */
const COPIED_BODY_BYTES = 16_384;
/** bytes: the head and the copied body of nearly every request */
const SCRATCH_BYTES = 32_768;

/** Why an answer is not whole. `begun`: its head had come. */
export type AnswerFailure = {
  readonly kind: "reset" | "malformed";
  readonly begun: boolean;
  /** clause about the answer: `the app closed the connection before its answer` */
  readonly message: string;
};

/** Hears the answer to one request. */
export type ConnectionListener = {
  readonly interim: (head: ResponseHead) => void;
  readonly answered: (head: ResponseHead) => void;
  /** returns false to have the app wait until {@link AppConnection.resume} */
  readonly answerData: (bytes: Buffer) => boolean;
  readonly answerEnd: () => void;
  /** the request body written so far has left */
  readonly drained: () => void;
  readonly broken: (failure: AnswerFailure) => void;
};

/** One connection to the app: a request at a time, kept open between them while both sides like. */
export class AppConnection {
  readonly #socket: Socket;
  readonly #scratch: Scratch;
  /** what the parsers of all answers tell; the listener may end the call in the middle of a piece: then the rest of it is nobody's */
  readonly #events: ParserEvents = {
    information: (interim) => this.#listener?.interim(interim),
    head: (answer) => this.#listener?.answered(answer),
    data: (bytes) => {
      if (this.#listener?.answerData(bytes) === false) this.#socket.pause();
    },
    // told by #complete, when it is known what becomes of the connection
    end: () => {},
  };
  readonly #released: (connection: AppConnection, state: "idle" | "gone") => void;
  #parser: ResponseParser | undefined;
  #listener: ConnectionListener | undefined;
  #chunked = false;
  #requestSent = true;
  /** after a 101: the app has ended its direction */
  #answerEnded = false;
  #gone = false;
  #served = 0;
  /** monotonic milliseconds until which it may idle; the pool looks */
  idleUntil = 0;
  #keepAliveSeconds: number | undefined;

  /** @param released is called when the connection may serve another request, or is gone */
  constructor({ socket, onBytes }: AppSocket, scratch: Scratch, released: (connection: AppConnection, state: "idle" | "gone") => void) {
    this.#socket = socket;
    this.#scratch = scratch;
    this.#released = released;
    onBytes((bytes) => this.#data(bytes));
    socket.on("end", () => this.#ended());
    socket.on("drain", () => this.#listener?.drained());
    socket.on("error", (error) =>
      this.#broken(errorCodeOf(error) === "ECONNRESET" ? "the app reset the connection" : `the connection broke (${error.message})`),
    );
    socket.on("close", () => this.#broken("the app closed the connection"));
  }

  /** Whether it has served a request before: the app may then have closed it a moment ago. */
  get reused(): boolean {
    return this.#served > 1;
  }

  /** Seconds that the app said it keeps an idle connection. */
  get keepAliveSeconds(): number | undefined {
    return this.#keepAliveSeconds;
  }

  /**
   * Sends a request.
   * @param body the whole body, or undefined when it follows through {@link write}
   * @throws DevhookError when it cannot be put on the wire (nothing has been sent then)
   */
  send(request: AppRequest, body: Buffer | undefined, upgrade: boolean, listener: ConnectionListener): void {
    const head = headBytes(request);
    this.#served += 1;
    this.#listener = listener;
    this.#parser = new ResponseParser(this.#events, { method: request.method, upgrade });
    this.#answerEnded = false;
    this.#chunked = request.framing === "chunked";
    this.#requestSent = false;
    if (body === undefined) {
      this.#socket.write(head, "latin1");
      if (request.framing === "none" && !upgrade) this.#requestSent = true;
      return;
    }
    this.#requestSent = true;
    this.#writeWhole(head, body);
  }

  /** Sends request body bytes. @returns false when the source should pause until `drain` */
  write(bytes: Buffer): boolean {
    if (this.#gone || this.#requestSent) return true;
    if (!this.#chunked) return this.#socket.write(bytes);
    this.#socket.cork();
    this.#socket.write(`${bytes.length.toString(16)}\r\n`, "latin1");
    this.#socket.write(bytes);
    const goOn = this.#socket.write("\r\n", "latin1");
    this.#socket.uncork();
    return goOn;
  }

  /** The request body is whole; after a 101: this direction is. */
  end(): void {
    if (this.#gone || this.#requestSent) return;
    this.#requestSent = true;
    if (this.#parser?.upgraded === true) {
      // what was written still leaves; behind it the socket closes by itself once the app has ended its direction too
      this.#socket.end();
    } else if (this.#chunked) {
      this.#socket.write("0\r\n\r\n", "latin1");
    }
  }

  /** The app may go on answering. */
  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection and whatever it carries; the listener hears nothing more. */
  destroy(): void {
    this.#parser = undefined;
    this.#listener = undefined;
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.destroy();
    this.#released(this, "gone");
  }

  #writeWhole(head: string, body: Buffer): void {
    const framed = this.#chunked ? chunked(body) : body;
    if (framed.length <= COPIED_BODY_BYTES) return this.#scratch.write(this.#socket, head, framed);
    this.#socket.cork();
    this.#socket.write(head, "latin1");
    this.#socket.write(framed);
    this.#socket.uncork();
  }

  #data(chunk: Buffer): void {
    const parser = this.#parser;
    // bytes that nobody asked for: whatever they are, they must not become somebody's answer
    if (parser === undefined || this.#listener === undefined) return this.destroy();
    if (parser.upgraded) return this.#raw(chunk);
    let beyond: Buffer | undefined;
    try {
      beyond = parser.push(chunk);
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      return this.#fail({ kind: "malformed", begun: parser.headSeen, message: `the app's answer is not valid HTTP/1.1: ${error.message}` });
    }
    if (parser.upgraded && beyond !== undefined) return this.#raw(beyond);
    if (parser.whole) this.#complete(parser, { clean: beyond === undefined });
  }

  #raw(bytes: Buffer): void {
    if (this.#listener?.answerData(bytes) === false) this.#socket.pause();
  }

  #complete(parser: ResponseParser, { clean }: { readonly clean: boolean }): void {
    this.#keepAliveSeconds = parser.keepAliveSeconds;
    const listener = this.#listener;
    // an answer before the whole request was sent, or bytes behind the answer: nobody knows what this connection would say next
    if (clean && parser.reusable && this.#requestSent) {
      this.#parser = undefined;
      this.#listener = undefined;
      this.#socket.resume();
      this.#released(this, "idle");
    } else {
      this.destroy();
    }
    listener?.answerEnd();
  }

  #ended(): void {
    const parser = this.#parser;
    if (parser === undefined || this.#listener === undefined) return this.destroy();
    if (parser.upgraded) return this.#rawEnded();
    if (parser.close()) return this.#complete(parser, { clean: true });
    this.#broken("the app closed the connection");
  }

  #rawEnded(): void {
    if (this.#answerEnded) return;
    this.#answerEnded = true;
    this.#listener?.answerEnd();
  }

  #broken(message: string): void {
    const parser = this.#parser;
    if (parser === undefined || this.#listener === undefined) return this.destroy();
    // both directions have ended in good order
    if (parser.upgraded && this.#answerEnded && this.#requestSent) return this.destroy();
    this.#fail({ kind: "reset", begun: parser.headSeen, message: `${message} ${parser.missing}` });
  }

  #fail(failure: AnswerFailure): void {
    const listener = this.#listener;
    this.destroy();
    listener?.broken(failure);
  }
}

function chunked(body: Buffer): Buffer {
  if (body.length === 0) return Buffer.from("0\r\n\r\n", "latin1");
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`, "latin1"), body, Buffer.from("\r\n0\r\n\r\n", "latin1")]);
}

/**
 * Memory in which small requests are put together, one for all connections: the kernel mostly takes them during the call, and a buffer for each of them
 * would be the largest piece of garbage that it leaves.
 */
export class Scratch {
  #buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  /** Writes `head` (latin1) and `body` with one system call. */
  write(socket: Socket, head: string, body: Buffer): void {
    const length = head.length + body.length;
    // a TLS socket never takes them at once
    const shared = length <= SCRATCH_BYTES && !(socket instanceof TLSSocket);
    const bytes = shared ? this.#buffer : Buffer.allocUnsafe(length);
    bytes.write(head, 0, "latin1");
    body.copy(bytes, head.length);
    socket.write(shared ? bytes.subarray(0, length) : bytes);
    // the socket still reads it
    if (shared && socket.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  }
}
