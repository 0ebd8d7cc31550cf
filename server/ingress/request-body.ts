import type { IncomingMessage, ServerResponse } from "node:http";
import { WHOLE_BODY } from "../../shared/wire/constants.ts";
import { NO_BYTES } from "../../shared/wire/encode.ts";
import type { BodyReading, BodyRefusal, BodySource } from "../deliveries/incoming.ts";
import type { BodyBudget } from "./body-budget.ts";
import type { Framing } from "./framing.ts";
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
  #whole = false;
  #giveBack: (() => void) | undefined;
  #watched: WatchedBody | undefined;

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
    if (framing.kind === "length" && framing.bytes > WHOLE_BODY) return to.large(this.#source([]));
    // a chunked body may become as large as the largest small one
    const bytes = framing.kind === "length" ? framing.bytes : WHOLE_BODY;
    this.#giveBack = this.#options.budget.take(this.#tunnel, bytes, () => this.#collect(to));
  }

  /** The sender has gone, or was refused: gives back memory and place. */
  abandon(): void {
    this.#giveBack?.();
    if (this.#watched !== undefined) this.#options.slow.done(this.#watched);
  }

  #collect(to: BodyReading): void {
    const chunks: Buffer[] = [];
    const giveBack = (): void => this.#giveBack?.();
    const req = this.#begin(() => {
      stop();
      giveBack();
      to.refused(TOO_SLOW);
    });
    const stop = (): void => {
      req.off("data", data);
      req.off("end", end);
      if (this.#watched !== undefined) this.#options.slow.done(this.#watched);
    };
    const data = (chunk: Buffer): void => {
      chunks.push(chunk);
      this.#count(chunk.length);
      if (this.#bytes <= Math.min(WHOLE_BODY, this.#options.maxBody)) return;
      req.pause();
      stop();
      giveBack();
      if (this.#bytes > this.#options.maxBody) to.refused(this.#tooLarge());
      else to.large(this.#source(chunks));
    };
    const end = (): void => {
      stop();
      this.#whole = true;
      to.whole(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, this.#bytes), giveBack);
    };
    req.on("data", data);
    req.on("end", end);
  }

  /** @param first what has been read already */
  #source(first: readonly Buffer[]): BodySource {
    return {
      start: (to) => {
        const req = this.#begin(() => {
          stop();
          to.refused(TOO_SLOW);
        });
        const stop = (): void => {
          req.off("data", data);
          req.off("end", end);
          if (this.#watched !== undefined) this.#options.slow.done(this.#watched);
        };
        const pass = (chunk: Buffer): void => {
          if (to.data(chunk)) return;
          req.pause();
          if (this.#watched !== undefined) this.#watched.paused = true;
        };
        const data = (chunk: Buffer): void => {
          this.#count(chunk.length);
          if (this.#bytes <= this.#options.maxBody) return pass(chunk);
          req.pause();
          stop();
          to.refused(this.#tooLarge());
        };
        const end = (): void => {
          stop();
          this.#whole = true;
          to.end();
        };
        req.on("data", data);
        req.on("end", end);
        req.resume();
        for (const chunk of first) pass(chunk);
      },
      resume: () => {
        if (this.#watched !== undefined) this.#watched.paused = false;
        this.#req.resume();
      },
    };
  }

  #begin(tooSlow: () => void): IncomingMessage {
    if (this.#expectsContinue && this.#bytes === 0) this.#res.writeContinue();
    this.#watched = this.#options.slow.watch(() => {
      this.#req.pause();
      tooSlow();
    });
    return this.#req;
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
