import type { CapturedRequest, ResponseHead } from "../../shared/http/exchange.ts";
import { RESET_CODE, WHOLE_BODY, type ResetCode } from "../../shared/wire/constants.ts";
import { encodeInformation, encodeResponse } from "../../shared/wire/encode.ts";
import type { CreditFrame, DataFrame, EndFrame, ResetFrame } from "../../shared/wire/frames.ts";
import { WireStream, type FrameOutput } from "../../shared/wire/wire-stream.ts";

/** Hears what still comes of a request. Set once, in the turn in which the exchange arrives. */
export type ExchangeListener = {
  /** request body bytes; the listener says {@link ServedExchange.handedOn} when the app has taken them */
  readonly data: (bytes: Buffer) => void;
  /** the request body is whole */
  readonly end: () => void;
  /** what was written of the answer has left */
  readonly drain: () => void;
  /** nobody waits for an answer any more: the sender has gone, or the link. `whole`: the request had arrived whole */
  readonly abandoned: (why: "sender-gone" | "sender-aborted" | "link-lost") => void;
};

/** A request that is served, and the way back for its answer: from the relay ({@link Exchange}), or from this process (inject.ts). */
export interface ServedExchange {
  readonly request: CapturedRequest;
  /** the whole body, or undefined when it follows through the listener */
  readonly body: Buffer | undefined;
  readonly listen: (listener: ExchangeListener) => void;
  /** Says that the app has taken `bytes` of the request body. */
  readonly handedOn: (bytes: number) => void;
  /** Passes an interim answer on. */
  readonly information: (head: ResponseHead) => void;
  /**
   * Answers with a head, and the body if it is there already.
   * @param body undefined when it follows through {@link ServedExchange.write} and {@link ServedExchange.end}
   */
  readonly respond: (head: ResponseHead, body: Buffer | undefined, origin: { readonly madeByClient: boolean }) => void;
  /** Sends answer bytes. @returns false when the source should pause until `drain` */
  readonly write: (bytes: Buffer) => boolean;
  /** The answer is whole. */
  readonly end: () => void;
  /** The answer cannot be completed. */
  readonly reset: (code: ResetCode, reason: string) => void;
}

/** One request as the client has it from the relay, and the way back for its answer. Answers to an exchange that is over go nowhere. */
export class Exchange implements ServedExchange {
  /** its number on the link */
  readonly stream: number;
  readonly request: CapturedRequest;
  readonly body: Buffer | undefined;
  readonly #out: FrameOutput;
  readonly #closed: (exchange: Exchange) => void;
  /** the two bodies; one that crosses in the frames of its heads needs none */
  #wire: WireStream | undefined;
  #listener: ExchangeListener | undefined;
  #over = false;
  #linkLost = false;
  #switched = false;

  constructor(
    arrived: { readonly stream: number; readonly request: CapturedRequest; readonly body: Buffer | undefined },
    out: FrameOutput,
    closed: (exchange: Exchange) => void,
  ) {
    this.stream = arrived.stream;
    this.request = arrived.request;
    this.body = arrived.body;
    this.#out = out;
    this.#closed = closed;
  }

  /** Whether an answer can still reach the sender. */
  get open(): boolean {
    return !this.#over;
  }

  /** Whether the link broke while the exchange was open. */
  get linkLost(): boolean {
    return this.#linkLost;
  }

  listen(listener: ExchangeListener): void {
    this.#listener = listener;
  }

  handedOn(bytes: number): void {
    if (this.open) this.#stream().handedOn(bytes);
  }

  information(head: ResponseHead): void {
    if (this.open) this.#out.push(encodeInformation(this.stream, head));
  }

  respond(head: ResponseHead, body: Buffer | undefined, origin: { readonly madeByClient: boolean }): void {
    if (!this.open) return;
    if (body !== undefined && body.length > WHOLE_BODY) {
      this.respond(head, undefined, origin);
      this.write(body);
      return this.end();
    }
    this.#switched = head.status === 101;
    this.#out.push(encodeResponse(this.stream, head, body, origin));
    if (body === undefined) return;
    if (this.body !== undefined && this.#wire === undefined) return this.#close();
    this.#stream().outgoingWhole();
    this.#stopUpload();
  }

  write(bytes: Buffer): boolean {
    return this.open ? this.#stream().write(bytes) : true;
  }

  end(): void {
    if (!this.open) return;
    this.#stream().end();
    this.#stopUpload();
  }

  reset(code: ResetCode, reason: string): void {
    if (this.open) this.#stream().reset(code, reason);
  }

  /** Takes a frame of this exchange. @throws ProtocolError */
  receive(frame: DataFrame | EndFrame | ResetFrame | CreditFrame): void {
    if (!this.open) return;
    this.#stream().receive(frame);
    this.#stopUpload();
  }

  /** Tries again to send what waits. */
  resume(): void {
    this.#wire?.resume();
    this.#stopUpload();
  }

  /** The link is gone, and this exchange with it. */
  lose(): void {
    if (!this.open) return;
    this.#linkLost = true;
    if (this.#wire === undefined) this.#close();
    else this.#wire.abandon();
    this.#listener?.abandoned("link-lost");
  }

  #stream(): WireStream {
    if (this.#wire !== undefined) return this.#wire;
    const wire = new WireStream(
      this.stream,
      this.#out,
      {
        data: (bytes) => this.#listener?.data(bytes),
        end: () => this.#listener?.end(),
        drain: () => this.#listener?.drain(),
        reset: (code) => this.#listener?.abandoned(code === RESET_CODE.SENDER_ABORTED ? "sender-aborted" : "sender-gone"),
      },
      () => this.#close(),
    );
    if (this.body !== undefined) wire.incomingWhole();
    return (this.#wire = wire);
  }

  #close(): void {
    this.#over = true;
    this.#closed(this);
  }

  /** An app may answer before it has the whole request; the rest of the upload is of no use to anybody once the answer has left. */
  #stopUpload(): void {
    const wire = this.#wire;
    if (wire !== undefined && this.open && wire.outgoingEnded && !wire.incomingEnded && !this.#switched) {
      wire.reset(RESET_CODE.CANCELLED, "the app has answered");
    }
  }
}
