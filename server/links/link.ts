import type { WebSocket } from "ws";
import type { CapturedRequest, ResponseHead } from "../../shared/http/exchange.ts";
import type { BufferPool } from "../../shared/wire/buffer-pool.ts";
import { CLOSE, MAX_INFORMATION, MAX_STREAM_ID, MAX_STREAMS, RESET_CODE, type ResetCode } from "../../shared/wire/constants.ts";
import { decodeToRelay } from "../../shared/wire/decode.ts";
import { encodeGoAway, encodeRefusals, encodeRequest, encodeWelcome } from "../../shared/wire/encode.ts";
import type { FrameToRelay, GoAway, Refusal, ResponseFrame, Welcome } from "../../shared/wire/frames.ts";
import { MessageBatch } from "../../shared/wire/message-batch.ts";
import { ProtocolError } from "../../shared/wire/protocol-error.ts";
import { WireStream, type FrameOutput, type StreamEvents } from "../../shared/wire/wire-stream.ts";

/** bytes waiting in the link's socket from which bodies wait at their source: a client that stops reading costs the relay no more */
const CONGESTED_BYTES = 2 * 1_048_576;
/** bytes waiting below which they flow again */
const RELIEVED_BYTES = 524_288;
/** bytes from which a message counts as a piece of a large body */
const LARGE_MESSAGE_BYTES = 32_768;
/** requests that may wait for one of the {@link MAX_STREAMS} places before further ones are turned away */
const MAX_WAITING_CALLS = 1_024;
/** entries of one REFUSALS frame: 100 with paths of 2 KiB stay well inside a message */
const REFUSALS_A_FRAME = 100;

/** Why a call has no whole answer. */
export type CallFailure = {
  readonly kind: "link-lost" | "client-reset" | "busy";
  /** one sentence; text of the client is never passed on as a header */
  readonly message: string;
};

/** Hears the answer to one {@link Link.call}: any number of `information`, then `head`, then data and end, or `failed` at any point. */
export type AnswerListener = {
  readonly information: (head: ResponseHead) => void;
  /** `body` is undefined when it follows through `data` and `end` */
  readonly head: (head: ResponseHead, body: Buffer | undefined, origin: { readonly madeByClient: boolean }) => void;
  readonly data: (bytes: Buffer) => void;
  readonly end: () => void;
  readonly failed: (failure: CallFailure) => void;
  /** the request body has left as far as it was written: more may be read from the sender */
  readonly drain: () => void;
  /** the request has been put on the link: from here on its outcome is open when the link breaks; may come before {@link Link.call} has returned */
  readonly dispatched: (call: Call) => void;
  /** the answer was whole before the request was: nobody takes the rest of its body */
  readonly unwanted: () => void;
};

/** What the caller may do to an exchange while it runs. */
export type Call = {
  /** Sends request body bytes. @returns false when the source should pause until `drain` */
  readonly write: (bytes: Buffer) => boolean;
  /** The request body is whole. */
  readonly endBody: () => void;
  /** Says that answer bytes have reached the sender. */
  readonly handedOn: (bytes: number) => void;
  /** The sender has gone; nothing more is heard. `whole`: its request had arrived whole. */
  readonly senderGone: (state: { readonly whole: boolean }) => void;
};

/** How a link ended. */
export type LinkEnd = { readonly code: number; readonly reason: string };

type LinkEvents = {
  readonly ended: (link: Link, end: LinkEnd) => void;
  readonly refusalsSeen: (link: Link, seq: number) => void;
};

/** Whom a link serves. */
export type LinkIdentity = {
  readonly tunnel: string;
  /** rises with each link of a tunnel */
  readonly epoch: number;
  readonly ownerKind: "token" | "anonymous";
  readonly ownerId: string;
  /** the client process, as it named itself */
  readonly instance: string;
  readonly address: string;
};

/** What a call that waits for its place sends then. */
type WaitingRequest = { readonly request: CapturedRequest; readonly body: Buffer | undefined };

/**
 * One client connection on the relay: exchanges out, answers back, by stream number. The map of exchanges is the only correlation that the
 * relay keeps. A fault of the peer ends this link with the close code of spec.md and touches no other.
 */
export class Link {
  readonly identity: LinkIdentity;
  /** monotonic milliseconds of the last sign of life */
  heardAt: number;
  /** monotonic milliseconds of the last ping sent */
  pingedAt: number;
  readonly #socket: WebSocket;
  readonly #raw: { readonly bytesRead: number };
  #bytesRead = 0;
  readonly #events: LinkEvents;
  readonly #batch: MessageBatch;
  readonly #output: FrameOutput;
  readonly #monotonic: () => number;
  readonly #deadBuffers: (bytes: number) => void;
  readonly #exchanges = new Map<number, Exchange>();
  readonly #waiting = new Map<Exchange, WaitingRequest>();
  #lastStream = 0;
  #congested = false;
  #refusalsTold = 0;
  #accepting = true;
  #left = false;
  #end: LinkEnd | undefined;

  constructor(
    socket: WebSocket,
    identity: LinkIdentity,
    options: {
      /** what the WebSocket reads from */
      readonly raw: { readonly bytesRead: number };
      readonly monotonic: () => number;
      readonly pool: BufferPool;
      readonly deadBuffers: (bytes: number) => void;
      readonly events: LinkEvents;
    },
  ) {
    this.identity = identity;
    this.#socket = socket;
    this.#raw = options.raw;
    this.#events = options.events;
    this.#monotonic = options.monotonic;
    this.#deadBuffers = options.deadBuffers;
    this.heardAt = this.pingedAt = options.monotonic();
    this.#batch = new MessageBatch(options.pool, (message, sent) => {
      if (this.#end !== undefined) return sent();
      this.#socket.send(message, () => {
        sent();
        this.#sent();
      });
      if (!this.#congested && this.#socket.bufferedAmount > CONGESTED_BYTES) this.#congested = true;
    });
    this.#output = { push: (head, body) => this.#batch.push(head, body), congested: () => this.#congested };
    socket.on("message", (data, isBinary) => this.#message(data as Buffer, { isBinary }));
    socket.on("ping", this.#heard);
    socket.on("pong", this.#heard);
    socket.on("error", (error: Error & { code?: string }) => this.#fault(error));
    socket.on("close", (code, reason) => this.#closed({ code, reason: reason.toString("utf8") }));
  }

  /** Exchanges that are open. */
  get inFlight(): number {
    return this.#exchanges.size;
  }

  /** Whether the client has said that it leaves: its return is not to be waited for. */
  get left(): boolean {
    return this.#left;
  }

  /** Whether new calls may be made. */
  get accepting(): boolean {
    return this.#accepting && this.#end === undefined;
  }

  /** Sends WELCOME; nothing may precede it. */
  welcome(welcome: Welcome): void {
    this.#batch.push(encodeWelcome(welcome));
    this.#batch.flush();
  }

  /** Hands the log of refusals to the client, in as many frames as it takes. */
  refusals(unread: readonly Refusal[]): void {
    // those under way are not sent again; a new link begins anew, so that none is lost with this one
    const refusals = unread.filter(({ seq }) => seq > this.#refusalsTold);
    this.#refusalsTold = refusals.at(-1)?.seq ?? this.#refusalsTold;
    for (let at = 0; at < refusals.length; at += REFUSALS_A_FRAME) {
      this.#batch.push(encodeRefusals(refusals.slice(at, at + REFUSALS_A_FRAME)));
    }
  }

  /**
   * Sends a request to the client. With {@link MAX_STREAMS} open, or a client that reads too slowly, it waits for its turn; the listener hears
   * `busy` when too many wait.
   * @param body the whole body, or undefined when the caller writes it
   */
  call(request: CapturedRequest, body: Buffer | undefined, listener: AnswerListener): Call {
    const exchange = new Exchange(request, listener, this.#waiting);
    if (this.#end !== undefined) {
      queueMicrotask(() => listener.failed({ kind: "link-lost", message: "the link to the client has ended" }));
    } else if (this.#exchanges.size < MAX_STREAMS && !this.#congested) {
      this.#begin(exchange, request, body);
    } else if (this.#waiting.size < MAX_WAITING_CALLS) {
      this.#waiting.set(exchange, { request, body });
    } else {
      queueMicrotask(() => listener.failed({ kind: "busy", message: "too many requests wait for this client" }));
    }
    return exchange;
  }

  /** Says that the relay ends this link soon; open exchanges may finish. */
  goAway(goaway: GoAway): void {
    if (this.#end !== undefined) return;
    this.#accepting = false;
    this.#batch.push(encodeGoAway(goaway));
    this.#batch.flush();
  }

  /** Closes the socket with a code of spec.md section 6, after what is queued. Exchanges still open fail as `link-lost`. */
  close(code: number, reason: string): void {
    if (this.#end !== undefined) return;
    this.#batch.flush();
    this.#socket.close(code, reason);
    this.#closed({ code, reason });
  }

  /** Drops the socket without a closing handshake: the peer is silent. */
  drop(code: number, reason: string): void {
    this.#socket.terminate();
    this.#closed({ code, reason });
  }

  /** Part of a message is a sign of life too: on a slow link a whole one may take longer than silence may. @param since when this was last asked */
  countBytes(since: number): void {
    const bytes = this.#raw.bytesRead;
    if (bytes !== this.#bytesRead) this.heardAt = Math.max(this.heardAt, since);
    this.#bytesRead = bytes;
  }

  /** Sends a ping. */
  ping(): void {
    if (this.#end !== undefined) return;
    this.pingedAt = this.#monotonic();
    this.#socket.ping();
  }

  #begin(exchange: Exchange, request: CapturedRequest, body: Buffer | undefined): void {
    const id = ++this.#lastStream;
    const stream = new WireStream(id, this.#output, exchange, this.#streamClosed);
    this.#exchanges.set(id, exchange);
    encodeRequest(id, request, body, this.#room);
    if (body !== undefined) stream.outgoingWhole();
    if (id === MAX_STREAM_ID) this.goAway({ reason: "restart", message: "the link has used up its stream numbers", retryAfterMs: 0 });
    exchange.stream = stream;
    exchange.listener.dispatched(exchange);
  }

  readonly #room = (bytes: number): Buffer => this.#batch.room(bytes);

  #message(message: Buffer, { isBinary }: { readonly isBinary: boolean }): void {
    if (this.#end !== undefined) return;
    this.#heard();
    if (message.length >= LARGE_MESSAGE_BYTES) this.#deadBuffers(message.length);
    if (!isBinary) return this.close(CLOSE.UNSUPPORTED_DATA, "text messages are not part of the protocol");
    try {
      decodeToRelay(message, this.#frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.closeCode, error.fault);
    }
  }

  readonly #frame = (frame: FrameToRelay): void => {
    if (this.#end !== undefined) return;
    switch (frame.type) {
      case "goaway":
        this.#accepting = false;
        this.#left = true;
        return;
      case "refusals-seen":
        return this.#events.refusalsSeen(this, frame.seq);
      case "response":
        return this.#response(frame);
      case "information": {
        const exchange = this.#exchangeOf(frame.stream);
        if (exchange === undefined) return;
        if (exchange.headSeen || ++exchange.informationSeen > MAX_INFORMATION) {
          throw new ProtocolError("stream-unexpected", "INFORMATION after RESPONSE, or too many");
        }
        return exchange.listener.information(frame.head);
      }
      case "data":
      case "end": {
        const exchange = this.#exchangeOf(frame.stream);
        if (exchange === undefined) return;
        if (!exchange.headSeen) throw new ProtocolError("stream-unexpected", "a body before RESPONSE");
        exchange.stream?.receive(frame);
        if (frame.type === "end") this.#answerWhole(exchange);
        return;
      }
      case "reset":
      case "credit":
        return this.#exchangeOf(frame.stream)?.stream?.receive(frame);
    }
  };

  #response(frame: ResponseFrame): void {
    const exchange = this.#exchangeOf(frame.stream);
    if (exchange === undefined) return;
    if (exchange.headSeen) throw new ProtocolError("stream-unexpected", "a second RESPONSE");
    if (frame.head.status === 101 && (!exchange.upgrade || frame.body !== undefined)) {
      throw new ProtocolError("stream-unexpected", "a 101 that nobody asked for");
    }
    exchange.headSeen = true;
    exchange.raw = frame.head.status === 101;
    exchange.listener.head(frame.head, frame.body, { madeByClient: frame.madeByClient });
    // a WebSocket that the app refuses never gets a byte from the sender
    if (exchange.upgrade && !exchange.raw) exchange.stream?.end();
    if (frame.body === undefined) return;
    exchange.stream?.incomingWhole();
    this.#answerWhole(exchange);
  }

  /** An app may answer before it has read the request. Its exchange ends then, or a sender could fill the places of its tunnel with such uploads. */
  #answerWhole({ stream, listener, raw }: Exchange): void {
    if (raw || stream === undefined || stream.gone) return;
    stream.reset(RESET_CODE.CANCELLED, "the answer is whole");
    listener.unwanted();
  }

  #exchangeOf(stream: number): Exchange | undefined {
    const exchange = this.#exchanges.get(stream);
    if (exchange === undefined && stream > this.#lastStream)
      throw new ProtocolError("stream-unexpected", `stream ${stream} was never opened`);
    return exchange;
  }

  readonly #streamClosed = (stream: WireStream): void => {
    this.#exchanges.delete(stream.id);
    this.#next();
  };

  #next(): void {
    while (this.#end === undefined && !this.#congested && this.#exchanges.size < MAX_STREAMS) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [exchange, { request, body }] = next;
      this.#waiting.delete(exchange);
      this.#begin(exchange, request, body);
    }
  }

  readonly #heard = (): void => {
    this.heardAt = this.#monotonic();
  };

  readonly #sent = (): void => {
    if (!this.#congested || this.#socket.bufferedAmount > RELIEVED_BYTES) return;
    this.#congested = false;
    for (const { stream } of this.#exchanges.values()) {
      stream?.resume();
      if (this.#congested) return;
    }
    this.#next();
  };

  #fault(error: Error & { code?: string }): void {
    // ws has answered a malformed message with the right close code itself; its code names the fault
    this.#closed({ code: CLOSE.PROTOCOL_ERROR, reason: error.code ?? error.message });
  }

  #closed(end: LinkEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#accepting = false;
    const failure: CallFailure = { kind: "link-lost", message: `the link to the client ended (${end.code})` };
    const waiting = [...this.#waiting.keys()];
    this.#waiting.clear();
    for (const exchange of this.#exchanges.values()) {
      exchange.stream?.abandon();
      exchange.listener.failed(failure);
    }
    for (const exchange of waiting) exchange.listener.failed(failure);
    this.#events.ended(this, end);
  }
}

/** One call and its answer: a single object, since every request needs one. Has no stream while it waits for its place. */
class Exchange implements Call, StreamEvents {
  readonly listener: AnswerListener;
  readonly upgrade: boolean;
  readonly #queue: Map<Exchange, WaitingRequest>;
  stream: WireStream | undefined;
  headSeen = false;
  /** a 101 has been passed: what follows are bytes of another protocol, and either half may end first */
  raw = false;
  informationSeen = 0;

  constructor(request: CapturedRequest, listener: AnswerListener, queue: Map<Exchange, WaitingRequest>) {
    this.listener = listener;
    this.upgrade = request.upgrade;
    this.#queue = queue;
  }

  // what the caller does: Call. It writes and ends only after `dispatched`, so that nothing is held here

  write(bytes: Buffer): boolean {
    return this.stream?.write(bytes) ?? false;
  }

  endBody(): void {
    this.stream?.end();
  }

  handedOn(bytes: number): void {
    this.stream?.handedOn(bytes);
  }

  senderGone(state: { readonly whole: boolean }): void {
    // whoever gave up must not hold its body and its place until the client has caught up
    this.#queue.delete(this);
    this.stream?.reset(state.whole ? RESET_CODE.SENDER_GONE : RESET_CODE.SENDER_ABORTED, "the sender closed its connection");
  }

  // what the client does: StreamEvents

  data(bytes: Buffer): void {
    this.listener.data(bytes);
  }

  end(): void {
    this.listener.end();
  }

  drain(): void {
    this.listener.drain();
  }

  reset(code: ResetCode, reason: string): void {
    this.listener.failed({ kind: "client-reset", message: `the client gave up (${code}): ${reason}` });
  }
}
