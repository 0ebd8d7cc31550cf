import type { AttemptError, CapturedRequest } from "../../shared/http/exchange.ts";
import type { DeliveryFacts } from "../verifying/delivery-facts.ts";
import { type GuardPolicy, type OwnAnswer, refusal } from "../verifying/policy.ts";
import type { Inspection } from "../verifying/verifying.ts";
import type { ServedExchange } from "./exchange.ts";

/** The steps that a guarded request takes. */
export type GuardSteps = {
  readonly policy: GuardPolicy;
  readonly inspect: (request: CapturedRequest, body: Buffer) => Inspection;
  /** the request may pass; `body` is whole */
  readonly pass: (exchange: ServedExchange, body: Buffer) => void;
  readonly answer: (exchange: ServedExchange, answer: OwnAnswer) => void;
  readonly requestPart: (id: string, bytes: Buffer) => void;
  readonly requestEnded: (id: string, end: { readonly complete: boolean }) => void;
};

const NO_BODY = Buffer.alloc(0);
/** Bodies are gathered up to this before they are judged, bytes: what the history keeps of one. */
const MOST_BYTES = 10_485_760;

/** Holds one request back until its verdict is there, then lets it pass or answers it. */
export function guard(exchange: ServedExchange, steps: GuardSteps): void {
  const { request } = exchange;
  let sender: "there" | "gone" = "there";

  function judge(body: Buffer): void {
    const { facts, settled } = steps.inspect(request, body);
    if (settled === undefined) return decide(body, facts);
    void settled.then((found) => decide(body, found));
  }

  function decide(body: Buffer, facts: DeliveryFacts): void {
    if (sender === "gone") return steps.answer(exchange, refusal(request.id, 499, GONE));
    const answer = steps.policy.decide(request, body, facts);
    if (answer === undefined) steps.pass(exchange, body);
    else steps.answer(exchange, answer);
  }

  const abandoned = (): void => {
    sender = "gone";
  };
  // what follows an upgrade is no body: it would not end before the sender goes
  const body = request.upgrade ? NO_BODY : exchange.body;
  if (body !== undefined) {
    exchange.listen({ data: () => {}, end: () => {}, drain: () => {}, abandoned });
    return judge(body);
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  let over = false;
  exchange.listen({
    data: (piece) => {
      if (over) return;
      steps.requestPart(request.id, piece);
      pieces.push(Buffer.from(piece));
      bytes += piece.length;
      exchange.handedOn(piece.length);
      if (bytes <= MOST_BYTES) return;
      over = true;
      steps.requestEnded(request.id, { complete: false });
      steps.answer(exchange, refusal(request.id, 413, TOO_LARGE));
    },
    end: () => {
      if (over) return;
      over = true;
      steps.requestEnded(request.id, { complete: true });
      judge(Buffer.concat(pieces));
    },
    drain: () => {},
    abandoned: () => {
      abandoned();
      if (over) return;
      over = true;
      steps.requestEnded(request.id, { complete: false });
      steps.answer(exchange, refusal(request.id, 499, GONE));
    },
  });
}

const TOO_LARGE: AttemptError = {
  code: "body-not-kept",
  message: "the body is over 10 MiB, and its signature must be checked before your app gets any of it",
  hint: "start without --verify enforce to let large bodies pass",
};
const GONE: AttemptError = {
  code: "sender-gone",
  message: "the sender closed its connection before its signature was checked",
  hint: "it may send it again",
};
