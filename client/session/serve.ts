import type { Clock } from "../../shared/clock.ts";
import type { AttemptError, AttemptKind, CapturedRequest, ResponseHead } from "../../shared/http/exchange.ts";
import { madeAnswer } from "../../shared/http/made-answer.ts";
import { RESET_CODE } from "../../shared/wire/constants.ts";
import { NO_BYTES } from "../../shared/wire/encode.ts";
import type { AppCall, CallListener, Forwarder } from "../forwarder/forward.ts";
import type { Recorder } from "../ledger/recorder.ts";
import type { AttemptEnd, AttemptStart } from "../ledger/records.ts";
import { type DeliveryFacts, recordedFacts } from "../verifying/delivery-facts.ts";
import type { GuardPolicy, OwnAnswer } from "../verifying/policy.ts";
import type { Inspection } from "../verifying/verifying.ts";
import type { ExchangeListener, ServedExchange } from "./exchange.ts";
import { guard } from "./guard.ts";

/** milliseconds that an answer which nobody waits for any more is still read, for the record */
const LATE_ANSWER_MS = 60_000;
/** the number of the attempt that serves a delivery: what comes after it is sent again */
const FIRST_ATTEMPT = 1;

/** The statuses of answers that the client makes, where they are not 502. */
const STATUS_OF: Readonly<Record<string, number>> = { "app-timeout": 504, "app-busy": 503 };

/** The steps of the client's trunk, in the order in which a delivery meets them; none of them waits. */
export type ServeOptions = {
  readonly clock: Clock;
  /** how the attempts come about, `live` when omitted */
  readonly kind?: AttemptKind;
  /** the origin of the app that calls go to now, with its path prefix: for the record */
  readonly target: () => string;
  readonly record: Pick<
    Recorder,
    "received" | "requestPart" | "requestEnded" | "verified" | "attemptStarted" | "responsePart" | "answered"
  >;
  /** looks at a delivery while it passes */
  readonly inspect: (request: CapturedRequest, body: Buffer | undefined) => Inspection;
  /** decides which requests reach the app; undefined: all do */
  readonly policy?: GuardPolicy | undefined;
  /** lets a body that streams in go on when the record keeps up with it; at once when omitted */
  readonly pace?: Recorder["whenKeepingUp"];
  readonly call: Forwarder["call"];
  readonly onReceived: (request: CapturedRequest, facts: DeliveryFacts) => void;
  readonly onAnswered: (request: CapturedRequest, end: AttemptEnd) => void;
};

/**
 * The trunk of the client: a request is recorded, goes to the app, and the answer goes back and is recorded. What the sender gets never
 * waits for the record.
 * @returns takes one exchange and returns at once
 */
export function createServe(options: ServeOptions): (exchange: ServedExchange) => void {
  const { record, policy } = options;

  function inspect(request: CapturedRequest, body: Buffer | undefined): Inspection {
    const inspection = options.inspect(request, body);
    options.onReceived(request, inspection.facts);
    if (inspection.facts.provider !== null) record.verified(request.id, recordedFacts(inspection.facts));
    return inspection;
  }

  return function serve(exchange) {
    const { request, body } = exchange;
    // what crosses an upgraded connection is no body
    record.received(request, request.upgrade ? NO_BYTES : body);
    if (policy === undefined || (body === undefined && !policy.needsBody)) {
      return new Serving(exchange, options, inspect(request, body)).begin(body);
    }
    guard(exchange, {
      policy,
      inspect,
      pass: (passing, whole) => new Serving(passing, options, undefined).begin(whole),
      answer: (refused, answer) => answerFor(refused, answer, options),
      requestPart: record.requestPart,
      requestEnded: record.requestEnded,
    });
  };
}

/** devhook's own answer in place of the app's, recorded as an attempt that went nowhere. */
function answerFor(
  exchange: ServedExchange,
  { head, body, error }: OwnAnswer,
  { clock, kind = "live", record, onAnswered }: ServeOptions,
): void {
  const { request } = exchange;
  const start: AttemptStart = { n: FIRST_ATTEMPT, kind, at: clock.now(), target: "devhook" };
  record.attemptStarted(request.id, start);
  exchange.respond(head, body, { madeByClient: true });
  const end: AttemptEnd = { ...start, head, body, timings: { total: 0 }, ...(error !== undefined && { error }) };
  record.answered(request.id, end);
  onAnswered(request, end);
}

class Serving implements CallListener {
  readonly #exchange: ServedExchange;
  readonly #options: ServeOptions;
  readonly #inspection: Inspection | undefined;
  readonly #start: AttemptStart;
  readonly #startedAt: number;
  #call: AppCall | undefined;
  #requestWhole: boolean;
  /** bytes of the request that the app has taken, and that the relay is not told of yet */
  #heldBack = 0;
  #head: ResponseHead | undefined;
  #headMs: number | undefined;
  /** answer bytes of the turn in which the head came; undefined once the head has gone ahead */
  #gathered: Buffer[] | undefined;
  #abandoned: "sender-gone" | "sender-aborted" | "link-lost" | undefined;
  #giveUp: NodeJS.Timeout | undefined;
  #over = false;

  /** @param inspection undefined when the request has been inspected whole */
  constructor(exchange: ServedExchange, options: ServeOptions, inspection: Inspection | undefined) {
    this.#exchange = exchange;
    this.#options = options;
    this.#inspection = inspection;
    this.#requestWhole = exchange.body !== undefined || inspection === undefined;
    const { clock, kind = "live" } = options;
    this.#start = { n: FIRST_ATTEMPT, kind, at: clock.now(), target: options.target() + exchange.request.target };
    this.#startedAt = clock.monotonic();
  }

  begin(body: Buffer | undefined): void {
    const { request } = this.#exchange;
    this.#exchange.listen(new RequestSide(this));
    this.#options.record.attemptStarted(request.id, this.#start);
    this.#call = this.#options.call(request, body, FIRST_ATTEMPT, this);
  }

  // what still comes of the request: RequestSide

  requestData(bytes: Buffer): void {
    const { request } = this.#exchange;
    // the app has answered before it had the whole request: what was still on its way is not part of the record
    if (this.#over && !request.upgrade) return;
    if (!request.upgrade) {
      this.#options.record.requestPart(request.id, bytes);
      this.#inspection?.data(bytes);
    }
    this.#call?.write(bytes);
  }

  requestEnd(): void {
    this.#requestEnded({ complete: true });
    this.#call?.end();
  }

  resumeAnswer(): void {
    this.#call?.resume();
  }

  // what the app does: CallListener

  information(head: ResponseHead): void {
    this.#exchange.information(head);
  }

  head(head: ResponseHead): void {
    this.#head = head;
    this.#headMs = this.#elapsed();
    // a small answer is mostly whole within this turn: then it crosses in one frame. What is not goes ahead right after it.
    this.#gathered = [];
    queueMicrotask(() => this.#goAhead());
  }

  data(bytes: Buffer): boolean {
    if (this.#gathered !== undefined) {
      this.#gathered.push(bytes);
      return true;
    }
    if (this.#head?.status !== 101) this.#options.record.responsePart(this.#exchange.request.id, FIRST_ATTEMPT, bytes);
    return this.#exchange.write(bytes);
  }

  end(): void {
    const head = this.#head;
    if (head === undefined || this.#over) return;
    if (this.#gathered !== undefined && head.status !== 101) {
      const body = this.#gathered.length === 0 ? NO_BYTES : this.#gathered.length === 1 ? this.#gathered[0] : Buffer.concat(this.#gathered);
      this.#gathered = undefined;
      this.#exchange.respond(head, body, { madeByClient: false });
      return this.#finish({ head, ...(body !== undefined && { body }) });
    }
    this.#goAhead();
    this.#exchange.end();
    this.#finish({ head });
  }

  failed(error: AttemptError, state: { readonly begun: boolean; readonly sent: boolean }): void {
    // after the app's own end: the sender's half of an upgraded connection leads nowhere any more
    if (this.#over) return this.#exchange.reset(RESET_CODE.APP_FAILED, error.message);
    if (state.begun) {
      this.#goAhead();
      this.#exchange.reset(RESET_CODE.APP_FAILED, error.message);
    } else {
      const { head, body } = madeAnswer({
        status: STATUS_OF[error.code] ?? 502,
        code: error.code,
        message: error.message,
        hint: error.hint,
        delivery: this.#exchange.request.id,
        outcome: state.sent ? "unknown" : "not-delivered",
      });
      this.#exchange.respond(head, body, { madeByClient: true });
    }
    this.#finish({ error, ...(this.#head !== undefined && { head: this.#head }) });
  }

  handedOn(bytes: number): void {
    const { pace } = this.#options;
    // what crosses an upgraded connection is not recorded
    if (pace === undefined || this.#exchange.request.upgrade) return this.#exchange.handedOn(bytes);
    this.#heldBack += bytes;
    if (this.#heldBack === bytes) pace(this.#letGoOn);
  }

  readonly #letGoOn = (): void => {
    const bytes = this.#heldBack;
    this.#heldBack = 0;
    this.#exchange.handedOn(bytes);
  };

  #goAhead(): void {
    const gathered = this.#gathered;
    const head = this.#head;
    if (gathered === undefined || head === undefined || this.#over) return;
    this.#gathered = undefined;
    this.#exchange.respond(head, undefined, { madeByClient: false });
    let goOn = true;
    for (const bytes of gathered) goOn = this.data(bytes);
    // the app was not told to wait for what was gathered: what does not fit waits in the exchange, and the next piece stops the app
    if (goOn) this.#call?.resume();
  }

  abandon(why: "sender-gone" | "sender-aborted" | "link-lost"): void {
    // after the app's own end, one half of an upgraded connection may still be open
    if (this.#over) return this.#call?.abort();
    this.#abandoned = why;
    if (!this.#requestWhole) {
      this.#requestEnded({ complete: false });
      return this.#breakOff();
    }
    // an answer that streams has lost its reader; one that has not begun is of use to the person who debugs
    if (this.#head !== undefined) return this.#breakOff();
    this.#giveUp = setTimeout(() => this.#breakOff(), LATE_ANSWER_MS);
    this.#giveUp.unref();
  }

  #breakOff(): void {
    if (this.#over) return;
    this.#call?.abort();
    this.#finish({ error: ABANDONED[this.#abandoned ?? "sender-gone"], ...(this.#head !== undefined && { head: this.#head }) });
  }

  /** Milliseconds since the attempt began, to the microsecond: more digits would be noise of the clock. */
  #elapsed(): number {
    return Math.round((this.#options.clock.monotonic() - this.#startedAt) * 1_000) / 1_000;
  }

  #requestEnded(end: { readonly complete: boolean }): void {
    if (this.#requestWhole) return;
    this.#requestWhole = true;
    if (this.#exchange.request.upgrade) return;
    this.#options.record.requestEnded(this.#exchange.request.id, end);
    this.#inspection?.end(end);
  }

  #finish(how: { readonly head?: ResponseHead; readonly body?: Buffer; readonly error?: AttemptError }): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#giveUp);
    // an app may answer before it has read the whole request
    if (!this.#requestWhole) this.#requestEnded({ complete: false });
    const total = this.#elapsed();
    const { n, kind, at, target } = this.#start;
    const end: AttemptEnd = {
      n,
      kind,
      at,
      target,
      timings: this.#headMs === undefined ? { total } : { head: this.#headMs, total },
      late: this.#abandoned !== undefined && how.error === undefined,
      ...how,
    };
    this.#options.record.answered(this.#exchange.request.id, end);
    this.#options.onAnswered(this.#exchange.request, end);
  }
}

/** The side of a {@link Serving} that hears the relay. */
class RequestSide implements ExchangeListener {
  readonly #serving: Serving;

  constructor(serving: Serving) {
    this.#serving = serving;
  }

  data(bytes: Buffer): void {
    this.#serving.requestData(bytes);
  }

  end(): void {
    this.#serving.requestEnd();
  }

  drain(): void {
    this.#serving.resumeAnswer();
  }

  abandoned(why: "sender-gone" | "sender-aborted" | "link-lost"): void {
    this.#serving.abandon(why);
  }
}

const ABANDONED: Readonly<Record<"sender-gone" | "sender-aborted" | "link-lost", AttemptError>> = {
  "sender-gone": {
    code: "sender-gone",
    message: "the sender closed its connection before the answer was complete",
    hint: "it may have a deadline of its own: answer first and work afterwards",
  },
  "sender-aborted": {
    code: "sender-aborted",
    message: "the sender broke off in the middle of its request",
    hint: "nothing of it can be trusted; the sender may send it again",
  },
  "link-lost": {
    code: "link-lost",
    message: "the link to the relay broke before the answer was complete",
    hint: "the sender got 502 with devhook-outcome: unknown; it may send it again",
  },
};
