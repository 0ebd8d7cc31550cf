import { AppConnection, Scratch } from "./app-connection.ts";
import { connectToApp } from "./app-socket.ts";
import type { AppTarget } from "./app-target.ts";
import type { ConnectFailure } from "./connect-failure.ts";

/** milliseconds that an idle connection is kept where the app does not say how long it keeps it: shorter than the shortest common server (2 s) */
const IDLE_MS = 1_500;
/** milliseconds before the app's own limit at which we let go, so that no request meets a closing connection */
const IDLE_MARGIN_MS = 1_000;
/** milliseconds that an idle connection is kept at most, whatever the app says */
const MAX_IDLE_MS = 30_000;
/** bytes that one read from the app may bring: what the kernel hands over at once on loopback */
const READ_BUFFER_BYTES = 65_536;
/** milliseconds between two looks at the idle ones */
const SWEEP_MS = 500;

/** Hears what becomes of a wish for a connection; exactly one of the two is called, unless the wish is withdrawn. */
export type PoolRequest = {
  readonly granted: (connection: AppConnection) => void;
  readonly refused: (failure: ConnectFailure) => void;
};

/** Connections to the app: at most so many at once, reused newest first; whoever finds none free waits in order. */
export class AppPool {
  readonly #target: AppTarget;
  readonly #max: number;
  readonly #monotonic: () => number;
  readonly #readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  readonly #scratch = new Scratch();
  readonly #idle: AppConnection[] = [];
  readonly #all = new Set<AppConnection>();
  readonly #waiting = new Set<PoolRequest>();
  #connecting = 0;
  #sweeping: NodeJS.Timeout | undefined;
  #retired = false;

  /** @param max connections at once, beyond which requests wait */
  constructor(target: AppTarget, max: number, monotonic: () => number) {
    this.#target = target;
    this.#max = max;
    this.#monotonic = monotonic;
  }

  /**
   * Asks for a connection.
   * @param wish `fresh`: one that has served nobody yet
   * @returns withdraws the wish; undefined when it was granted at once
   */
  take(request: PoolRequest, wish: { readonly fresh: boolean }): (() => void) | undefined {
    const idle = this.#freshestIdle();
    if (idle !== undefined && !wish.fresh) {
      request.granted(idle);
      return undefined;
    }
    // makes room for the new one
    idle?.destroy();
    if (this.#all.size + this.#connecting >= this.#max) {
      this.#waiting.add(request);
      return () => this.#waiting.delete(request);
    }
    return this.#connect(request);
  }

  /** Keeps no connection any more: requests that run, or still come, are served on connections that close behind them. */
  retire(): void {
    this.#retired = true;
    // destroying takes a connection out of the list
    for (const connection of this.#idle.slice()) connection.destroy();
    this.#sweep();
  }

  /** Closes every connection; requests on them fail. */
  close(): void {
    clearInterval(this.#sweeping);
    this.#waiting.clear();
    for (const connection of this.#all) connection.destroy();
  }

  #connect(request: PoolRequest): () => void {
    this.#connecting += 1;
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      this.#connecting -= 1;
      return true;
    };
    const giveUp = connectToApp(
      this.#target,
      this.#readBuffer,
      (socket) => {
        settle();
        const connection = new AppConnection(socket, this.#scratch, this.#released);
        this.#all.add(connection);
        request.granted(connection);
      },
      (failure) => {
        settle();
        request.refused(failure);
        this.#serveNext();
      },
    );
    return () => {
      if (!settle()) return;
      giveUp();
      this.#serveNext();
    };
  }

  readonly #released = (connection: AppConnection, state: "idle" | "gone"): void => {
    if (state === "gone") {
      this.#all.delete(connection);
      const at = this.#idle.indexOf(connection);
      if (at !== -1) this.#idle.splice(at, 1);
      this.#serveNext();
      return;
    }
    const next = this.#nextWaiting();
    if (next !== undefined) return next.granted(connection);
    if (this.#retired) return connection.destroy();
    const seconds = connection.keepAliveSeconds;
    const keptMs = seconds === undefined || Number.isNaN(seconds) ? IDLE_MS : seconds * 1_000 - IDLE_MARGIN_MS;
    if (keptMs <= 0) return connection.destroy();
    connection.idleUntil = this.#monotonic() + Math.min(keptMs, MAX_IDLE_MS);
    this.#idle.push(connection);
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  };

  #serveNext(): void {
    if (this.#all.size + this.#connecting >= this.#max) return;
    const next = this.#nextWaiting();
    if (next !== undefined) this.#connect(next);
  }

  #nextWaiting(): PoolRequest | undefined {
    for (const request of this.#waiting) {
      this.#waiting.delete(request);
      return request;
    }
    return undefined;
  }

  #freshestIdle(): AppConnection | undefined {
    const now = this.#monotonic();
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined || idle.idleUntil > now) return idle;
      // timers come late when the process was asleep: the app may have closed it long ago
      idle.destroy();
    }
  }

  #sweep(): void {
    const now = this.#monotonic();
    // destroying takes a connection out of the list that is being looked through
    const expired = this.#idle.filter((connection) => connection.idleUntil <= now);
    for (const connection of expired) connection.destroy();
    if (this.#idle.length > 0) return;
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }
}
