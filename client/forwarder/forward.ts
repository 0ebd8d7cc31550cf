import type { Clock } from "../../shared/clock.ts";
import { DevhookError } from "../../shared/errors.ts";
import type { AttemptError, CapturedRequest, ResponseHead } from "../../shared/http/exchange.ts";
import type { AnswerFailure, AppConnection, ConnectionListener } from "./app-connection.ts";
import { answerFault, busyFault, connectFault, STOPPED, timeoutFault } from "./app-fault.ts";
import { AppPool, type PoolRequest } from "./app-pool.ts";
import type { AppTarget } from "./app-target.ts";
import type { ConnectFailure } from "./connect-failure.ts";
import { appRequest, type AppRequest } from "./request-head.ts";

/** milliseconds between two tries while nothing listens: a restarting app is found soon, and its port not hammered */
const PROBE_MS = 100;
/** milliseconds that the app may be silent in the middle of its answer */
const SILENT_MS = 5 * 60_000;
/** milliseconds between two looks at the deadlines */
const LOOK_MS = 250;
/** Methods that may be sent twice when a kept connection turns out closed (RFC 9110 section 9.2.2); a webhook's POST is never repeated unasked. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);

/** How a forwarder calls its app. */
export type ForwarderOptions = {
  readonly target: AppTarget;
  readonly clock: Clock;
  /** connections at once */
  readonly maxConnections: number;
  /** milliseconds in which an app that refuses connections is tried again, so that a restart is ridden out */
  readonly graceMs: number;
  /** milliseconds to the head of the answer, from the last byte of the request that the app has taken */
  readonly timeoutMs: number;
};

/**
 * Hears one call: `information` any number of times, then `head`, data and `end`; or `failed` at any point, after which nothing follows. After a 101
 * `failed` may follow `end`, which then ends the app's direction only.
 */
export type CallListener = {
  readonly information: (head: ResponseHead) => void;
  readonly head: (head: ResponseHead) => void;
  /** bytes of the answer, the listener's during the call only; returns false to have the app wait until {@link AppCall.resume} */
  readonly data: (bytes: Buffer) => boolean;
  readonly end: () => void;
  /** `begun`: the head had come. `sent`: the app may have had the request */
  readonly failed: (error: AttemptError, state: { readonly begun: boolean; readonly sent: boolean }) => void;
  /** request body bytes have gone to the app */
  readonly handedOn: (bytes: number) => void;
};

/** One call of the app while it runs. */
export type AppCall = {
  /** Takes request body bytes: `handedOn` says when the app has them. Used only when the body was not given whole. */
  readonly write: (bytes: Buffer) => void;
  readonly end: () => void;
  readonly resume: () => void;
  /** Ends the call; the listener hears nothing more. */
  readonly abort: () => void;
};

/** Calls the app, and only it: whatever a request says, the configured origin is the only place that is dialled. */
export type Forwarder = {
  /** where the next call goes */
  readonly target: () => AppTarget;
  /** Sends calls from now on to another app; those that run end where they began. */
  readonly retarget: (target: AppTarget) => void;
  /**
   * Sends a request to the app; redirects come back as answers.
   * @param body the whole body, or undefined when it follows through {@link AppCall.write}
   */
  readonly call: (request: CapturedRequest, body: Buffer | undefined, attempt: number, listener: CallListener) => AppCall;
  /** Ends every connection; calls that run fail as `stopped`. */
  readonly close: () => void;
};

/** @returns a forwarder without connections: they are made when they are needed */
export function createForwarder(options: ForwarderOptions): Forwarder {
  const { maxConnections, clock } = options;
  let app = { options, pool: new AppPool(options.target, maxConnections, clock.monotonic) };
  /** no Set, which would keep calls that are over alive (V8: an outgrown table leads to the next) */
  const calls: RunningCall[] = [];
  let looking: NodeJS.Timeout | undefined;

  function look(): void {
    const now = clock.monotonic();
    // a copy: they leave on the way
    for (const call of calls.slice()) call.checkDeadline(now);
    if (calls.length > 0) return;
    clearInterval(looking);
    looking = undefined;
  }

  return {
    target: () => app.options.target,
    retarget(target) {
      app.pool.retire();
      app = { options: { ...options, target }, pool: new AppPool(target, maxConnections, clock.monotonic) };
    },
    call(request, body, attempt, listener) {
      const { target } = app.options;
      const dressed = appRequest(request, attempt, target, body === undefined ? undefined : { bytes: body.length });
      const call = new RunningCall({ request: dressed, body, upgrade: request.upgrade, listener }, app.options, app.pool, calls);
      calls.push(call);
      looking ??= setInterval(look, LOOK_MS).unref();
      call.begin();
      return call;
    },
    close() {
      clearInterval(looking);
      // a pool that was retired has connections only while calls have them
      for (const call of calls.slice()) call.stop();
      app.pool.close();
    },
  };
}

type CallParts = {
  readonly request: AppRequest;
  readonly body: Buffer | undefined;
  readonly upgrade: boolean;
  readonly listener: CallListener;
};

class RunningCall implements AppCall, PoolRequest, ConnectionListener {
  readonly #parts: CallParts;
  readonly #options: ForwarderOptions;
  readonly #pool: AppPool;
  readonly #running: RunningCall[];
  readonly #startedAt: number;
  /** monotonic milliseconds of the last progress */
  #progressAt: number;
  #connection: AppConnection | undefined;
  #withdraw: (() => void) | undefined;
  #probing: NodeJS.Timeout | undefined;
  /** body bytes that came before there was a connection, or that its socket has not taken */
  #queue: Buffer[] = [];
  #unsent = 0;
  #ended = false;
  /** the app may have had some of the request */
  #sent = false;
  #repeated = false;
  #headSeen = false;
  #upgraded = false;
  /** the app waits for us, until {@link resume} */
  #paused = false;
  /** after a 101: the app has ended its direction */
  #answerEnded = false;
  #done = false;

  constructor(parts: CallParts, options: ForwarderOptions, pool: AppPool, running: RunningCall[]) {
    this.#parts = parts;
    this.#options = options;
    this.#pool = pool;
    this.#running = running;
    this.#startedAt = this.#progressAt = options.clock.monotonic();
  }

  begin(): void {
    const withdraw = this.#pool.take(this, { fresh: this.#repeated });
    if (withdraw !== undefined) this.#withdraw = withdraw;
  }

  // what becomes of the wish for a connection: PoolRequest

  granted(connection: AppConnection): void {
    this.#withdraw = undefined;
    if (this.#done) return connection.destroy();
    this.#send(connection);
  }

  refused(failure: ConnectFailure): void {
    this.#withdraw = undefined;
    if (this.#done) return;
    const elapsed = this.#options.clock.monotonic() - this.#startedAt;
    if (failure.kind === "refused" && elapsed < this.#options.graceMs) {
      this.#probing = setTimeout(() => this.begin(), Math.min(PROBE_MS, this.#options.graceMs - elapsed));
      return;
    }
    this.#fail(connectFault(failure, this.#options.target.url));
  }

  // what the session does: AppCall

  write(bytes: Buffer): void {
    if (this.#done) return;
    if (this.#connection === undefined) {
      this.#queue.push(bytes);
      return;
    }
    this.#pass(bytes);
  }

  end(): void {
    if (this.#done) return;
    this.#ended = true;
    this.#progressAt = this.#options.clock.monotonic();
    this.#connection?.end();
    if (this.#answerEnded) this.#finish();
  }

  resume(): void {
    if (this.#paused) this.#progressAt = this.#options.clock.monotonic();
    this.#paused = false;
    this.#connection?.resume();
  }

  /** Ends the call because devhook stops; the listener hears so, and nothing more. */
  stop(): void {
    const withdraw = this.#withdraw;
    const connection = this.#connection;
    this.#fail(STOPPED);
    withdraw?.();
    connection?.destroy();
  }

  abort(): void {
    const connection = this.#connection;
    const withdraw = this.#withdraw;
    this.#finish();
    withdraw?.();
    connection?.destroy();
  }

  checkDeadline(now: number): void {
    // an upgraded connection may be silent for as long as its two ends like; and where the sender is slow, to send or to read, the app is not to blame
    if (this.#done || this.#upgraded || this.#paused || this.#waitsForSender) return;
    const limit = this.#headSeen ? SILENT_MS : this.#options.timeoutMs;
    if (now - this.#progressAt < limit) return;
    this.#withdraw?.();
    this.#connection?.destroy();
    const sent = this.#connection !== undefined;
    this.#fail(sent ? timeoutFault(limit, { begun: this.#headSeen }) : busyFault(limit, this.#options.maxConnections));
  }

  get #waitsForSender(): boolean {
    const { body, upgrade } = this.#parts;
    return body === undefined && !upgrade && !this.#ended && !this.#headSeen && this.#connection !== undefined && this.#unsent === 0;
  }

  #send(connection: AppConnection): void {
    const { request, body, upgrade } = this.#parts;
    this.#connection = connection;
    // waiting for a place is no silence of the app
    this.#progressAt = this.#options.clock.monotonic();
    try {
      connection.send(request, body, upgrade, this);
      this.#sent = true;
    } catch (error) {
      connection.destroy();
      if (!(error instanceof DevhookError)) throw error;
      return this.#fail({ code: "unsendable", message: error.message, hint: error.fix ?? "" });
    }
    if (this.#queue.length > 0) {
      const queue = this.#queue;
      this.#queue = [];
      for (const bytes of queue) this.#pass(bytes);
    }
    if (this.#ended) connection.end();
  }

  // what the app does: ConnectionListener

  interim(head: ResponseHead): void {
    this.#parts.listener.information(head);
  }

  answered(head: ResponseHead): void {
    this.#headSeen = true;
    this.#upgraded = head.status === 101;
    this.#progressAt = this.#options.clock.monotonic();
    this.#parts.listener.head(head);
  }

  answerData(bytes: Buffer): boolean {
    this.#progressAt = this.#options.clock.monotonic();
    this.#paused = !this.#parts.listener.data(bytes);
    return !this.#paused;
  }

  answerEnd(): void {
    // after a 101 only the app's direction has ended
    this.#answerEnded = this.#upgraded;
    if (!this.#upgraded || this.#ended) this.#finish();
    this.#parts.listener.end();
  }

  drained(): void {
    this.#progressAt = this.#options.clock.monotonic();
    const bytes = this.#unsent;
    this.#unsent = 0;
    if (bytes > 0) this.#parts.listener.handedOn(bytes);
  }

  broken(failure: AnswerFailure): void {
    const stale = this.#connection?.reused === true && !failure.begun && failure.kind === "reset";
    // once: what comes next is a connection that has served nobody
    if (stale && this.#parts.body !== undefined && IDEMPOTENT.has(this.#parts.request.method)) {
      this.#connection = undefined;
      this.#repeated = true;
      return this.begin();
    }
    this.#fail(answerFault(failure));
  }

  #pass(bytes: Buffer): void {
    this.#progressAt = this.#options.clock.monotonic();
    if (this.#connection?.write(bytes) === true && this.#unsent === 0) this.#parts.listener.handedOn(bytes.length);
    else this.#unsent += bytes.length;
  }

  #fail(error: AttemptError): void {
    if (this.#done) return;
    this.#finish();
    this.#parts.listener.failed(error, { begun: this.#headSeen, sent: this.#sent });
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#probing);
    // the connection may serve another call from now on
    this.#connection = undefined;
    this.#withdraw = undefined;
    this.#queue = [];
    const at = this.#running.indexOf(this);
    if (at !== -1) this.#running.splice(at, 1);
  }
}
