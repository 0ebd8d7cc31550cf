import type { IncomingMessage, ServerResponse } from "node:http";
import { WHOLE_BODY } from "../../shared/wire/constants.ts";
import { NO_BYTES } from "../../shared/wire/encode.ts";
import type { BodyReading, BodyRefusal, BodySource } from "../deliveries/incoming.ts";
import type { BodyBudget } from "./body-budget.ts";
import type { Framing } from "./framing.ts";
import { WHOLE_BODY_WITHIN_MS } from "./limits.ts";
import type { SlowBodies, WatchedBody } from "./slow-bodies.ts";

/** What the reading of bodies needs. */
export type BodyOptions = {
  /** bytes of the largest body; one byte more is 413 */
  readonly maxBody: number;
  readonly budget: BodyBudget;
  readonly slow: SlowBodies;
  readonly onBytes: (bytes: number) => void;
};

const TOO_SLOW: BodyRefusal = { status: 408, code: "body-too-slow", message: "the request body came in too slowly" };

/**
 * Reads the body of one request: small ones whole, within the budget; larger ones as they come, at the pace of whoever takes them. Nothing is read
 * before {@link RequestBody.read}, so that a sender who is turned away has not uploaded in vain.
 */
export class RequestBody {
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #framing: Framing;
  readonly #tunnel: string;
  readonly #options: BodyOptions;
  readonly #expectsContinue: boolean;
  #bytes = 0;
  #whole: boolean;
  #giveBack: (() => void) | undefined;
  #watched: WatchedBody | undefined;
  /** takes the parser's events from whoever reads now */
  #detach: (() => void) | undefined;
  /** whoever waits for this body, while it is not whole */
  #waiting: Pick<BodyReading, "refused"> | undefined;

  constructor(
    exchange: { readonly req: IncomingMessage; readonly res: ServerResponse; readonly expectsContinue: boolean },
    framing: Framing,
    tunnel: string,
    options: BodyOptions,
  ) {
    this.#req = exchange.req;
    this.#res = exchange.res;
    this.#expectsContinue = exchange.expectsContinue;
    this.#framing = framing;
    this.#tunnel = tunnel;
    this.#options = options;
    this.#whole = framing.kind === "none" || (framing.kind === "length" && framing.bytes === 0);
  }

  /** Whether every byte of the body has arrived. */
  get whole(): boolean {
    return this.#whole;
  }

  read(to: BodyReading): void {
    const framing = this.#framing;
    if (this.#whole) return to.whole(NO_BYTES, () => {});
    if (framing.kind === "length" && framing.bytes > this.#options.maxBody) return to.refused(this.#tooLarge());
    this.#waiting = to;
    if (framing.kind === "length" && framing.bytes > WHOLE_BODY) return to.large(this.#source([]));
    // a chunked body may become as large as the largest small one
    const bytes = framing.kind === "length" ? framing.bytes : WHOLE_BODY;
    this.#giveBack = this.#options.budget.take(this.#tunnel, bytes, () => this.#collect(to));
  }

  /**
   * Ends the reading: the rest of the body cannot be had, or is not wanted.
   * @returns false when nobody waits for the body
   */
  fail(refusal: BodyRefusal): boolean {
    const waiting = this.#waiting;
    if (waiting === undefined) return false;
    this.#req.pause();
    this.abandon();
    waiting.refused(refusal);
    return true;
  }

  /** The sender has gone, or was refused: gives back memory and place. */
  abandon(): void {
    this.#waiting = undefined;
    this.#detach?.();
    this.#giveBack?.();
    if (this.#watched !== undefined) this.#options.slow.done(this.#watched);
  }

  #collect(to: BodyReading): void {
    const chunks: Buffer[] = [];
    const giveBack = (): void => this.#giveBack?.();
    const goOnAsLarge = (): void => {
      this.#pause();
      this.#detach?.();
      if (this.#watched !== undefined) this.#watched.deadline = undefined;
      giveBack();
      to.large(this.#source(chunks));
    };
    const watched = this.#begin({
      data: (chunk) => {
        chunks.push(chunk);
        if (this.#bytes > WHOLE_BODY) goOnAsLarge();
      },
      end: () => to.whole(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, this.#bytes), giveBack),
    });
    this.#options.slow.limit(watched, WHOLE_BODY_WITHIN_MS, goOnAsLarge);
  }

  /** @param first what has been read already */
  #source(first: readonly Buffer[]): BodySource {
    return {
      start: (to) => {
        const pass = (chunk: Buffer): void => {
          if (!to.data(chunk)) this.#pause();
        };
        this.#waiting = to;
        this.#begin({ data: pass, end: to.end });
        for (const chunk of first) pass(chunk);
      },
      resume: () => this.#resume(),
      discard: () => {
        if (this.#whole) return;
        // the answer is out already: nothing but the end of the connection can tell the sender to stop
        this.#waiting = { refused: () => this.#req.socket.destroy() };
        this.#begin({ data: () => {}, end: () => {} });
      },
    };
  }

  /** Reads the rest of the body into `to`. */
  #begin(to: { readonly data: (chunk: Buffer) => void; readonly end: () => void }): WatchedBody {
    this.#detach?.();
    if (this.#expectsContinue && this.#watched === undefined) this.#res.writeContinue();
    const watched = (this.#watched ??= this.#options.slow.watch(() => this.fail(TOO_SLOW)));
    const data = (chunk: Buffer): void => {
      this.#count(chunk.length);
      if (this.#bytes > this.#options.maxBody) this.fail(this.#tooLarge());
      else to.data(chunk);
    };
    const end = (): void => {
      this.#whole = true;
      this.#waiting = undefined;
      this.#detach = undefined;
      this.#options.slow.done(watched);
      to.end();
    };
    this.#detach = () => {
      this.#req.off("data", data);
      this.#req.off("end", end);
    };
    this.#req.on("data", data);
    this.#req.on("end", end);
    this.#resume();
    return watched;
  }

  #pause(): void {
    this.#req.pause();
    if (this.#watched !== undefined) this.#watched.paused = true;
  }

  #resume(): void {
    if (this.#watched !== undefined) this.#watched.paused = false;
    this.#req.resume();
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#options.onBytes(bytes);
    if (this.#watched !== undefined) this.#watched.windowBytes += bytes;
  }

  #tooLarge(): BodyRefusal {
    return {
      status: 413,
      code: "body-too-large",
      message: `the request body is larger than the ${this.#options.maxBody} bytes that this relay takes`,
    };
  }
}
