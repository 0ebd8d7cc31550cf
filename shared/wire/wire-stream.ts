import { MAX_DATA, type ResetCode } from "./constants.ts";
import { ReceiveCredit, SendCredit } from "./credit.ts";
import { encodeCredit, encodeDataHead, encodeEnd, encodeReset } from "./encode.ts";
import type { CreditFrame, DataFrame, EndFrame, ResetFrame } from "./frames.ts";
import { ProtocolError } from "./protocol-error.ts";

/** Where a stream puts its frames: the link's batch. */
export type FrameOutput = {
  readonly push: (head: Buffer, body?: Buffer) => void;
  /** whether the socket has more to write than it should: DATA waits then, everything else goes */
  readonly congested: () => boolean;
};

/** What a stream tells its owner. None of these may throw. */
export type StreamEvents = {
  /** body bytes have come; the owner says {@link WireStream.handedOn} when they have gone on */
  readonly data: (bytes: Buffer) => void;
  /** the peer's body is whole */
  readonly end: () => void;
  /** the peer has reset the stream; nothing follows */
  readonly reset: (code: ResetCode, reason: string) => void;
  /** everything written has left: the source may go on */
  readonly drain: () => void;
};

/**
 * One exchange on a link, seen from either end: the two bodies, their credit and their ends (spec.md 3.4 and 3.5). Heads are the owner's
 * business. Knows no socket: frames go to a {@link FrameOutput}, and come in through {@link receive}.
 */
export class WireStream {
  readonly id: number;
  readonly #out: FrameOutput;
  readonly #events: StreamEvents;
  readonly #closed: (stream: WireStream) => void;
  #sendCredit: SendCredit | undefined;
  #receiveCredit: ReceiveCredit | undefined;
  /** what waits for credit or for the socket; never empty */
  #waiting: Buffer[] | undefined;
  #outgoing: "open" | "ending" | "ended" = "open";
  #incoming: "open" | "ended" = "open";
  #gone = false;

  /** @param closed is called once, when nothing can follow in either direction */
  constructor(id: number, out: FrameOutput, events: StreamEvents, closed: (stream: WireStream) => void) {
    this.id = id;
    this.#out = out;
    this.#events = events;
    this.#closed = closed;
  }

  /** Whether the stream is over: what is written then goes nowhere. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Whether everything of our body has left. */
  get outgoingEnded(): boolean {
    return this.#outgoing === "ended";
  }

  /** Whether the peer's body is whole. */
  get incomingEnded(): boolean {
    return this.#incoming === "ended";
  }

  /** Sends body bytes as credit allows; they are read during the call only. @returns false when some wait: the source pauses until `drain` */
  write(bytes: Buffer): boolean {
    if (this.#gone || this.#outgoing !== "open" || bytes.length === 0) return true;
    const left = this.#waiting === undefined ? this.#sendNow(bytes) : bytes;
    if (left === undefined) return true;
    // the caller may use its buffer again: what stays is a copy
    (this.#waiting ??= []).push(Buffer.from(left));
    return false;
  }

  /** Ends the outgoing body once everything written has left. */
  end(): void {
    if (this.#gone || this.#outgoing !== "open") return;
    if (this.#waiting !== undefined) {
      this.#outgoing = "ending";
      return;
    }
    this.#out.push(encodeEnd(this.id));
    this.outgoingWhole();
  }

  /** Counts the outgoing direction as ended without an END frame: the body was in the head's frame. */
  outgoingWhole(): void {
    this.#outgoing = "ended";
    this.#closeWhenDone();
  }

  /** Counts the incoming direction as ended: the body was in the head's frame. */
  incomingWhole(): void {
    this.#incoming = "ended";
    this.#closeWhenDone();
  }

  /** Ends the stream at once. */
  reset(code: ResetCode, reason: string): void {
    if (this.#gone) return;
    this.#out.push(encodeReset(this.id, code, reason));
    this.#close();
  }

  /** Ends the stream without telling the peer: the link is lost. */
  abandon(): void {
    this.#close();
  }

  /** Says that `bytes` of received body have gone on; the peer gets credit for them. */
  handedOn(bytes: number): void {
    if (this.#gone || this.#incoming === "ended") return;
    const grant = (this.#receiveCredit ??= new ReceiveCredit()).handOn(bytes);
    if (grant > 0) this.#out.push(encodeCredit(this.id, grant));
  }

  /** Tries again to send what waits: after CREDIT, or when the link is no longer congested. */
  resume(): void {
    const waiting = this.#waiting;
    if (this.#gone || waiting === undefined) return;
    while (waiting.length > 0) {
      const left = this.#sendNow(waiting[0] as Buffer);
      if (left !== undefined) {
        waiting[0] = left;
        return;
      }
      waiting.shift();
    }
    this.#waiting = undefined;
    if (this.#outgoing === "ending") {
      this.#outgoing = "open";
      this.end();
      return;
    }
    this.#events.drain();
  }

  /**
   * Takes a frame of this stream.
   * @throws ProtocolError when the stream's state does not allow it
   */
  receive(frame: DataFrame | EndFrame | ResetFrame | CreditFrame): void {
    if (this.#gone) return;
    switch (frame.type) {
      case "data":
        if (this.#incoming === "ended") throw new ProtocolError("stream-unexpected", `DATA after the end of stream ${this.id}`);
        (this.#receiveCredit ??= new ReceiveCredit()).receive(frame.bytes.length);
        return this.#events.data(frame.bytes);
      case "end":
        if (this.#incoming === "ended") throw new ProtocolError("stream-unexpected", `a second END on stream ${this.id}`);
        this.#incoming = "ended";
        this.#events.end();
        return this.#closeWhenDone();
      case "reset":
        this.#close();
        return this.#events.reset(frame.code, frame.reason);
      case "credit":
        (this.#sendCredit ??= new SendCredit()).add(frame.bytes);
        return this.resume();
    }
  }

  #sendNow(bytes: Buffer): Buffer | undefined {
    const credit = (this.#sendCredit ??= new SendCredit());
    let at = 0;
    while (at < bytes.length) {
      if (credit.left === 0 || this.#out.congested()) return at === 0 ? bytes : bytes.subarray(at);
      const length = Math.min(bytes.length - at, MAX_DATA, credit.left);
      credit.spend(length);
      this.#out.push(encodeDataHead(this.id, length), bytes.subarray(at, at + length));
      at += length;
    }
    return undefined;
  }

  #closeWhenDone(): void {
    if (this.#outgoing === "ended" && this.#incoming === "ended") this.#close();
  }

  #close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#waiting = undefined;
    this.#closed(this);
  }
}
