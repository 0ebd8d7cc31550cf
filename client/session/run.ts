import type { Clock } from "../../shared/clock.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { BufferPool } from "../../shared/wire/buffer-pool.ts";
import { CLOSE, DEAD_AFTER_MS, LIVENESS_CHECK_MS, MAX_STREAMS, PING_INTERVAL_MS, WELCOME_WITHIN_MS } from "../../shared/wire/constants.ts";
import { decodeToClient } from "../../shared/wire/decode.ts";
import { encodeGoAway, encodeRefusalsSeen } from "../../shared/wire/encode.ts";
import type { FrameToClient, Refusal, RequestFrame } from "../../shared/wire/frames.ts";
import { MessageBatch } from "../../shared/wire/message-batch.ts";
import { ProtocolError } from "../../shared/wire/protocol-error.ts";
import { Backoff } from "./backoff.ts";
import { dial, type DialOptions, type LinkSocket } from "./dial.ts";
import { Exchange } from "./exchange.ts";
import { FIRST_STATE, step, type SessionEffect, type SessionEnd, type SessionEvent, type SessionState } from "./states.ts";

/** bytes waiting in the link's socket from which answers wait at the app; as on the relay's side */
const CONGESTED_BYTES = 2 * 1_048_576;
/** bytes waiting below which they flow again */
const RELIEVED_BYTES = 524_288;
/** bytes from which a frame counts as a piece of a large body; many small ones in one message are no such thing */
const LARGE_PIECE_BYTES = 32_768;
/** milliseconds that a link gets to prove itself after this process was asleep (laptop lid, SIGSTOP) */
const WAKE_PROOF_MS = 3_000;
/** milliseconds between two ticks that say the process was asleep, not slow */
const SLEPT_MS = 4 * LIVENESS_CHECK_MS;

/** What a session needs, and whom it tells. */
export type SessionOptions = DialOptions & {
  readonly clock: Clock;
  /** numbers from 0 to below 1, for the jitter */
  readonly random: () => number;
  /** a request has come; the handler listens to it at once */
  readonly onExchange: (exchange: Exchange) => void;
  /** hears of each large piece that has been read (dead-buffers.ts) */
  readonly deadBuffers: (bytes: number) => void;
  /** milliseconds between two looks at the heartbeat, 1 s when omitted */
  readonly lookEveryMs?: number;
  /** `retryMs`: milliseconds until the next dial, while the session waits for it */
  readonly onState: (state: SessionState, retryMs: number | undefined) => void;
  /** what the relay refused for this tunnel; `seen` tells it that the rows are stored */
  readonly onRefusals: (refusals: readonly Refusal[], seen: () => void) => void;
};

/** A tunnel's connection to its relay, kept up for ever. */
export type Session = {
  readonly state: () => SessionState;
  /** exchanges that are open */
  readonly inFlight: () => number;
  /** Dials now instead of after the wait; where there is none, nothing happens. */
  readonly dialNow: () => void;
  /** Tells the relay to send nothing new; what is open goes on. A link that is lost after that, or was not there, is not dialled again: the session ends. */
  readonly leave: () => void;
  /** Ends the session; `onState` hears `ended`. */
  readonly stop: () => void;
  /** resolves when the session has ended for good */
  readonly ended: Promise<SessionEnd>;
};

/** Begins to dial and returns at once: binds the socket, the state machine (states.ts) and the clock. */
export function runSession(options: SessionOptions): Session {
  const { clock } = options;
  const backoff = new Backoff(options.random);
  let state: SessionState = FIRST_STATE;
  let connection: Connection | undefined;
  let giveUpDial: (() => void) | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let tickedAt = clock.monotonic();
  let leaving = false;
  let resolveEnded: (end: SessionEnd) => void = () => {};
  const ended = new Promise<SessionEnd>((resolve) => (resolveEnded = resolve));

  function apply(event: SessionEvent): void {
    const before = state;
    const next = step(state, event);
    state = next.state;
    const retryMs = waitOf(next.effects);
    if (state !== before) options.onState(state, retryMs);
    for (const effect of next.effects) {
      // whoever hears of a state may have changed it
      if (state !== next.state) return;
      switch (effect.kind) {
        case "dial":
          begin();
          break;
        case "wait":
          waiting = setTimeout(() => apply({ kind: "wait-over" }), retryMs);
          break;
        case "ended":
          finish(effect.end);
          break;
      }
    }
  }

  /** Milliseconds of the wait among these, drawn once. */
  function waitOf(effects: readonly SessionEffect[]): number | undefined {
    const wait = effects.find((effect) => effect.kind === "wait");
    if (wait === undefined) return undefined;
    if (wait.lastedMs !== undefined) backoff.linkEnded(wait.lastedMs);
    return backoff.next(wait.atLeastMs);
  }

  function begin(): void {
    // a socket given up still ends some time: only the one that serves may speak for the session
    let mine: Connection | undefined;
    giveUpDial = dial(options, {
      opened: (socket) => {
        giveUpDial = undefined;
        connection = mine = new Connection(socket, options, { apply, broken: (code, reason) => lost(code, reason) });
        apply({ kind: "dial-opened", now: clock.monotonic() });
      },
      failed: (failure) => {
        giveUpDial = undefined;
        apply({ kind: "dial-failed", failure });
      },
      message: (message, { isBinary }) => mine?.message(message, { isBinary }),
      heard: () => mine?.heard(),
      closed: (code, reason) => {
        if (connection === mine) lost(code, reason);
      },
    });
  }

  function lost(code: number, reason: string): void {
    const gone = connection;
    connection = undefined;
    gone?.lose();
    apply({ kind: "closed", code, reason, now: clock.monotonic() });
    if (leaving) apply({ kind: "stop" });
  }

  function finish(end: SessionEnd): void {
    clearInterval(ticking);
    clearTimeout(waiting);
    giveUpDial?.();
    const last = connection;
    connection = undefined;
    last?.close(CLOSE.NORMAL, "the client leaves");
    last?.lose();
    resolveEnded(end);
  }

  function tick(): void {
    const now = clock.monotonic();
    const tickedBefore = tickedAt;
    const slept = now - tickedBefore > SLEPT_MS;
    tickedAt = now;
    if (connection === undefined) return;
    connection.countBytes(tickedBefore);
    if (slept) connection.proveYourself(now);
    const silentMs = now - connection.heardAt;
    const late = state.kind === "greeting" && now - state.since >= WELCOME_WITHIN_MS;
    if (silentMs < DEAD_AFTER_MS && !late) return connection.pingWhenDue(now);
    connection.terminate();
    lost(CLOSE.SILENT, late ? "the relay did not greet" : `nothing was heard for ${Math.round(silentMs / 1_000)} s`);
  }

  const ticking = setInterval(tick, options.lookEveryMs ?? LIVENESS_CHECK_MS);
  options.onState(state, undefined);
  begin();

  return {
    state: () => state,
    inFlight: () => connection?.inFlight ?? 0,
    dialNow: () => {
      clearTimeout(waiting);
      apply({ kind: "wait-over" });
    },
    leave: () => {
      leaving = true;
      if (connection === undefined) apply({ kind: "stop" });
      else connection.leave();
    },
    stop: () => apply({ kind: "stop" }),
    ended,
  };
}

/** What a connection tells its session. */
type ConnectionOwner = {
  readonly apply: (event: SessionEvent) => void;
  /** the connection has given up on its relay */
  readonly broken: (code: number, reason: string) => void;
};

/** One socket's worth of a session: its exchanges, its batch, its heartbeat. */
class Connection {
  heardAt: number;
  #bytesRead = 0;
  #pingedAt: number;
  readonly #socket: LinkSocket;
  readonly #options: SessionOptions;
  readonly #session: ConnectionOwner;
  readonly #batch: MessageBatch;
  readonly #output: { readonly push: (head: Buffer, body?: Buffer) => void; readonly congested: () => boolean };
  /**
   * Those that are open, no more than 256. No Map: each outgrown table of one leads to the next, so that one which V8 has moved among its old objects
   * keeps every exchange after it until the whole heap is collected.
   */
  readonly #exchanges: Exchange[] = [];
  #tunnel: string | undefined;
  #highest = 0;
  #congested = false;
  #over = false;

  constructor(socket: LinkSocket, options: SessionOptions, session: ConnectionOwner) {
    this.#socket = socket;
    this.#options = options;
    this.#session = session;
    this.heardAt = this.#pingedAt = options.clock.monotonic();
    this.#batch = new MessageBatch(new BufferPool(), (message, sent) => {
      if (this.#over) return sent();
      socket.send(message, () => {
        sent();
        this.#sent();
      });
      if (!this.#congested && socket.bufferedAmount() > CONGESTED_BYTES) this.#congested = true;
    });
    this.#output = { push: (head, body) => this.#batch.push(head, body), congested: () => this.#congested };
  }

  get inFlight(): number {
    return this.#exchanges.length;
  }

  heard(): void {
    this.heardAt = this.#options.clock.monotonic();
  }

  /** Part of a message is a sign of life too: on a slow link a whole one may take longer than silence may. @param since when this was last asked */
  countBytes(since: number): void {
    const bytes = this.#socket.bytesRead();
    if (bytes !== this.#bytesRead) this.heardAt = Math.max(this.heardAt, since);
    this.#bytesRead = bytes;
  }

  message(message: Buffer, { isBinary }: { readonly isBinary: boolean }): void {
    if (this.#over) return;
    this.heard();
    if (!isBinary) return this.#breakOff(CLOSE.UNSUPPORTED_DATA, "text messages are not part of the protocol");
    try {
      decodeToClient(message, this.#frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#breakOff(error.closeCode, error.fault);
    }
  }

  /** The relay does not keep to the protocol: the link counts as lost now, however long its closing handshake takes. */
  #breakOff(code: number, reason: string): void {
    this.close(code, reason);
    this.#session.broken(code, reason);
  }

  pingWhenDue(now: number): void {
    if (now - this.#pingedAt < PING_INTERVAL_MS) return;
    this.#pingedAt = now;
    this.#socket.ping();
  }

  /** After a sleep the silence proves nothing: the link gets a ping and a short while to answer it. */
  proveYourself(now: number): void {
    this.heardAt = now - DEAD_AFTER_MS + WAKE_PROOF_MS;
    this.#pingedAt = now;
    this.#socket.ping();
  }

  leave(): void {
    this.#batch.push(encodeGoAway({ reason: "leaving", message: "the client is stopping", retryAfterMs: 0 }));
    this.#batch.flush();
  }

  close(code: number, reason: string): void {
    if (this.#over) return;
    this.#batch.flush();
    this.#over = true;
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** The socket is gone: whoever waits for something of it hears so. */
  lose(): void {
    this.#over = true;
    // a copy: they leave on the way
    for (const exchange of this.#exchanges.slice()) exchange.lose();
  }

  readonly #frame = (frame: FrameToClient): void => {
    if (this.#over) return;
    if ((this.#tunnel === undefined) !== (frame.type === "welcome"))
      throw new ProtocolError("stream-unexpected", "WELCOME comes first, and once");
    switch (frame.type) {
      case "welcome":
        this.#tunnel = frame.welcome.tunnel;
        return this.#session.apply({ kind: "welcomed", welcome: frame.welcome, now: this.heardAt });
      case "goaway":
        return this.#session.apply({ kind: "goaway", goaway: frame.goaway });
      case "refusals":
        return this.#refusals(frame.refusals);
      case "request":
        this.#piece(frame.body);
        return this.#request(frame);
      case "data":
        this.#piece(frame.bytes);
        return this.#exchangeOf(frame)?.receive(frame);
      case "end":
      case "reset":
      case "credit":
        return this.#exchangeOf(frame)?.receive(frame);
    }
  };

  /** Small exchanges have no frames but their heads: looking through all that are open is cheap. */
  #exchangeOf({ stream }: { readonly stream: number }): Exchange | undefined {
    const exchange = this.#exchanges.find((candidate) => candidate.stream === stream);
    if (exchange === undefined && stream > this.#highest) throw new ProtocolError("stream-unexpected", `stream ${stream} was never opened`);
    return exchange;
  }

  #piece(bytes: Buffer | undefined): void {
    if (bytes !== undefined && bytes.length >= LARGE_PIECE_BYTES) this.#options.deadBuffers(bytes.length);
  }

  #request(frame: RequestFrame): void {
    if (frame.stream !== this.#highest + 1) throw new ProtocolError("stream-unexpected", `stream ${frame.stream} after ${this.#highest}`);
    if (this.#exchanges.length >= MAX_STREAMS) throw new ProtocolError("stream-limit", `more than ${MAX_STREAMS} exchanges`);
    this.#highest = frame.stream;
    const request: CapturedRequest = { ...frame.request, tunnel: this.#tunnel ?? "" };
    const exchange = new Exchange({ stream: frame.stream, request, body: frame.body }, this.#output, this.#exchangeClosed);
    this.#exchanges.push(exchange);
    this.#options.onExchange(exchange);
  }

  readonly #exchangeClosed = (exchange: Exchange): void => {
    const at = this.#exchanges.indexOf(exchange);
    if (at !== -1) this.#exchanges.splice(at, 1);
  };

  #refusals(refusals: readonly Refusal[]): void {
    const last = refusals.at(-1);
    if (last === undefined) return;
    this.#options.onRefusals(refusals, () => this.#batch.push(encodeRefusalsSeen(last.seq)));
  }

  readonly #sent = (): void => {
    if (!this.#congested || this.#socket.bufferedAmount() > RELIEVED_BYTES) return;
    this.#congested = false;
    for (const exchange of this.#exchanges.slice()) {
      exchange.resume();
      if (this.#congested) return;
    }
  };
}
