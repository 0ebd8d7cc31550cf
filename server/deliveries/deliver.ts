import type { ResponseHead } from "../../shared/http/exchange.ts";
import type { MadeReason } from "../../shared/http/made-answer.ts";
import type { AnswerListener, Call, CallFailure, Link } from "../links/link.ts";
import type { Owners } from "../links/owners.ts";
import type { BodyReading, BodyRefusal, BodySource, Incoming } from "./incoming.ts";
import type { Parking } from "./offline.ts";

/** seconds after which a sender that was turned away may try again: about as long as a client needs to start */
const RETRY_AFTER_SECONDS = 5;

/** How a delivery ended, for the counters. */
export type DeliveryEnd =
  | { readonly kind: "answered"; readonly madeByClient: boolean; readonly status: number }
  /** the relay answered for the tunnel; `code` is that of its JSON reason */
  | { readonly kind: "refused"; readonly status: number; readonly code: string }
  | { readonly kind: "sender-gone" }
  | { readonly kind: "broken-off" };

/** What deliveries need of the relay. */
export type DeliverOptions = {
  readonly owners: Owners;
  readonly parking: Parking;
  readonly onEnd: (incoming: Incoming, end: DeliveryEnd) => void;
};

/**
 * The trunk of the relay: finds the tunnel's client, sends it the request, and the answer back. The only caller of owners, parking and links.
 * @returns a function that takes one request and returns at once
 */
export function createDeliver(options: DeliverOptions): (incoming: Incoming) => void {
  return function deliver(incoming) {
    const delivery = new Delivery(incoming, options);
    const link = options.owners.linkOf(incoming.request.tunnel);
    if (link === undefined) delivery.waitForClient();
    else delivery.begin(link);
  };
}

class Delivery implements AnswerListener, BodyReading {
  readonly #incoming: Incoming;
  readonly #options: DeliverOptions;
  #call: Call | undefined;
  #source: BodySource | undefined;
  #release: (() => void) | undefined;
  #stopWaiting: (() => void) | undefined;
  #link: Link | undefined;
  #handedOn: ((bytes: number) => void) | undefined;
  #dispatched = false;
  #ended = false;
  /** the end that this comes to when the app's answer becomes whole */
  #answer: (DeliveryEnd & { readonly kind: "answered" }) | undefined;

  constructor(incoming: Incoming, options: DeliverOptions) {
    this.#incoming = incoming;
    this.#options = options;
    incoming.onSenderGone((state) => this.#senderGone(state));
  }

  waitForClient(): void {
    const { tunnel } = this.#incoming.request;
    this.#stopWaiting = this.#options.parking.wait(
      tunnel,
      () => {
        const link = this.#options.owners.linkOf(tunnel);
        if (link === undefined) this.#offline();
        else this.begin(link);
      },
      () => this.#offline(),
    );
  }

  begin(link: Link): void {
    this.#link = link;
    this.#incoming.read(this);
  }

  // what the door tells of the body: BodyReading

  whole(bytes: Buffer, release: () => void): void {
    this.#release = release;
    if (this.#ended) return release();
    this.#send(bytes);
  }

  large(source: BodySource): void {
    if (this.#ended) return;
    this.#source = source;
    this.#send(undefined);
  }

  refused(refusal: BodyRefusal): void {
    this.#refuse({ ...refusal, outcome: "not-delivered" });
  }

  #send(body: Buffer | undefined): void {
    const { request } = this.#incoming;
    // while a slow body came in, its client may have gone or have been replaced
    const current = this.#link?.accepting === true ? this.#link : this.#options.owners.linkOf(request.tunnel);
    if (current === undefined) return this.#offline();
    this.#call = current.call(request, body, this);
  }

  // the rest is what the link tells: AnswerListener

  dispatched(call: Call): void {
    this.#dispatched = true;
    this.#release?.();
    this.#source?.start({
      data: (bytes) => call.write(bytes),
      end: () => call.endBody(),
      refused: (refusal) => {
        call.senderGone({ whole: false });
        this.#refuse({ ...refusal, outcome: "unknown" });
      },
    });
  }

  drain(): void {
    this.#source?.resume();
  }

  unwanted(): void {
    this.#source?.discard();
  }

  information(head: ResponseHead): void {
    this.#incoming.answer.information(head);
  }

  head(head: ResponseHead, body: Buffer | undefined, origin: { readonly madeByClient: boolean }): void {
    this.#answer = { kind: "answered", status: head.status, madeByClient: origin.madeByClient };
    this.#incoming.answer.head(head, body);
    if (body !== undefined) this.#answered();
  }

  data(bytes: Buffer): void {
    this.#handedOn ??= (taken) => this.#call?.handedOn(taken);
    this.#incoming.answer.data(bytes, this.#handedOn);
  }

  end(): void {
    this.#incoming.answer.end();
    this.#answered();
  }

  failed(failure: CallFailure): void {
    this.#release?.();
    if (this.#ended) {
      // after the app's own end: the sender's half of an upgraded connection leads nowhere any more
      if (this.#answer?.status === 101) this.#incoming.answer.abort();
      return;
    }
    switch (failure.kind) {
      case "busy":
        return this.#refuse({
          status: 503,
          code: "client-busy",
          message: "too many requests wait for the client of this tunnel",
          outcome: "not-delivered",
          retryAfter: RETRY_AFTER_SECONDS,
        });
      case "link-lost":
        if (!this.#dispatched) return this.#offline();
        return this.#refuse({
          status: 502,
          code: "link-lost",
          message: "the link to the client of this tunnel broke before the app's answer came: the app may have had the request",
          outcome: "unknown",
        });
      case "client-reset":
        return this.#refuse({
          status: 502,
          code: "client-reset",
          message: "the client of this tunnel broke off before the app's answer came: the app may have had the request",
          outcome: "unknown",
        });
    }
  }

  #offline(): void {
    this.#refuse({
      status: 503,
      code: "client-offline",
      message: "no devhook client is connected for this tunnel",
      hint: "start it with: devhook start",
      outcome: "not-delivered",
      retryAfter: RETRY_AFTER_SECONDS,
    });
  }

  #refuse(reason: MadeReason): void {
    if (this.#ended) return;
    if (this.#incoming.answer.begun) {
      this.#incoming.answer.abort();
      return this.#end({ kind: "broken-off" });
    }
    this.#incoming.answer.made({ ...reason, delivery: this.#incoming.request.id });
    this.#end({ kind: "refused", status: reason.status, code: reason.code });
  }

  #answered(): void {
    if (this.#answer !== undefined) this.#end(this.#answer);
  }

  #senderGone(state: { readonly whole: boolean }): void {
    this.#stopWaiting?.();
    this.#release?.();
    // also after the app's own end: one half of an upgraded connection may still be open
    this.#call?.senderGone(state);
    this.#end({ kind: "sender-gone" });
  }

  #end(end: DeliveryEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd(this.#incoming, end);
  }
}
