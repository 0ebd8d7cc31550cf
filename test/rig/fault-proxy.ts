import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { seededRandom } from "./seeded-random.ts";

/** bytes that wait in one direction until its source is read no more: what a delayed line may hold */
const LINE_BYTES = 1_048_576;
/** the same where there is a rate: a slow line that holds much would answer late instead of slowly */
const SLOW_LINE_BYTES = 65_536;
/** parts of a second in which a rate is kept: no burst is longer */
const RATE_SLICES = 50;

/** Which way bytes go: `up` from whoever dialled the proxy to its target, `down` back. */
export type Direction = "up" | "down";

/** How one direction of all connections carries bytes, in their order. What is left out does nothing. */
type Flow = {
  /** milliseconds that each byte and the FIN spend on the way */
  readonly delayMs?: number;
  /** up to so many milliseconds more, drawn for each read */
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
  /** sizes in which bytes are written, one after the other and from the front again; each is a system call of its own */
  readonly pieces?: readonly number[];
  /** the source is not read: it fills up until its writer has to wait (back pressure). What was read before goes on. */
  readonly paused?: boolean;
};

/**
 * What becomes of a connection:
 * - `cut`: both sides get a FIN after what they have been given
 * - `reset`: both sides get a RST, which takes back what the other side's kernel had no room for yet
 * - `half-open`: one direction is read and goes nowhere, for ever, its FIN and RST too; neither side is told
 * - `black-hole`: `half-open` in both directions
 */
export type Fault = "cut" | "reset" | "half-open" | "black-hole";

/**
 * What becomes of new connections: they are carried, they are reset as they come, or they are accepted and nothing of them goes anywhere, for ever. The
 * port stays the proxy's: another program could take it if it were given back.
 */
type Admission = "forward" | "refuse" | "black-hole";

/** A fault that waits for its byte. */
type Armed = {
  /** whether it has struck; it does so once */
  readonly struck: () => boolean;
  /** Takes it back. */
  readonly disarm: () => void;
};

/** What one direction of all connections has seen, bytes. `received` = `forwarded` + `dropped` + what is under way. */
type DirectionCount = { readonly received: number; readonly forwarded: number; readonly dropped: number };

/** What a proxy has seen since it was started. */
type ProxyCount = {
  /** connections: taken in, of these reset at once, of these open still */
  readonly accepted: number;
  readonly refused: number;
  readonly open: number;
  /** faults that struck, a connection each */
  readonly struck: number;
  readonly up: DirectionCount;
  readonly down: DirectionCount;
};

/** A TCP proxy on 127.0.0.1 whose faults are switched while it runs. */
export type FaultProxy = {
  readonly port: number;
  /** Sets how a direction carries bytes, in open connections and later ones, in place of what was set before. */
  readonly carry: (direction: Direction | "both", flow: Flow) => void;
  /**
   * Arms a fault: it strikes the first connection that has carried `afterBytes` more bytes in this direction, counted from now or from its beginning if
   * it comes later. Exactly so many arrive, and nothing after them. It strikes when they have arrived, with 0 when the next is there.
   */
  readonly arm: (fault: Fault, at: { readonly direction: Direction; readonly afterBytes: number }) => Armed;
  /** Strikes all open connections now; `direction` is that of `half-open`. Bytes that are on the way in the proxy are dropped. */
  readonly strike: (fault: Fault, direction?: Direction) => void;
  /** Says what becomes of new connections; `forward` until then. */
  readonly admit: (admission: Admission) => void;
  readonly count: () => ProxyCount;
  /** Ends the proxy and all of its connections (RST). */
  readonly close: () => Promise<void>;
};

/** What pipes ask of their proxy. */
type Rules = {
  readonly flow: (direction: Direction) => Flow;
  readonly random: () => number;
  /** the armed fault that this pipe meets next, and the bytes until then */
  readonly next: (pipe: Pipe) => { readonly left: number; readonly strike: () => void } | undefined;
};

/** Starts a proxy to a port of 127.0.0.1. @param seed of the jitter */
export async function startFaultProxy(target: number, { seed = 1 }: { readonly seed?: number } = {}): Promise<FaultProxy> {
  const flows: Record<Direction, Flow> = { up: {}, down: {} };
  const armed = new Set<ArmedFault>();
  const connections = new Set<Connection>();
  const past = { accepted: 0, refused: 0, struck: 0, up: new Tally(), down: new Tally() };
  let admission: Admission = "forward";

  const rules: Rules = {
    flow: (direction) => flows[direction],
    random: seededRandom(seed),
    next: (pipe) => {
      let nearest: { readonly left: number; readonly strike: () => void } | undefined;
      for (const candidate of armed) {
        const left = candidate.leftFor(pipe);
        if (left === undefined || (nearest !== undefined && nearest.left <= left)) continue;
        nearest = {
          left,
          strike: () => {
            armed.delete(candidate);
            candidate.struck = true;
            past.struck += 1;
            pipe.connection.strike(candidate.fault, pipe.direction);
          },
        };
      }
      return nearest;
    },
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    past.accepted += 1;
    if (admission === "refuse") {
      past.refused += 1;
      near.on("error", () => undefined);
      near.resetAndDestroy();
      return;
    }
    const far = admission === "forward" ? connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true }) : undefined;
    const connection = new Connection(near, far, { rules, tallies: past, closed: () => connections.delete(connection) });
    connections.add(connection);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    carry: (direction, flow) => {
      for (const one of direction === "both" ? (["up", "down"] as const) : [direction]) flows[one] = flow;
      for (const connection of connections) connection.look();
    },
    arm: (fault, { direction, afterBytes }) => {
      const waiting = new ArmedFault(fault, direction, afterBytes);
      for (const connection of connections) waiting.countFrom(connection.pipes[direction]);
      armed.add(waiting);
      for (const connection of connections) connection.look();
      return { struck: () => waiting.struck, disarm: () => void armed.delete(waiting) };
    },
    strike: (fault, direction = "up") => {
      for (const connection of connections) {
        past.struck += 1;
        connection.strike(fault, direction);
      }
    },
    admit: (next) => (admission = next),
    count: () => ({ ...past, up: past.up.count(), down: past.down.count(), open: connections.size }),
    close: () =>
      new Promise((resolve) => {
        armed.clear();
        server.close(() => resolve());
        for (const connection of connections) connection.strike("reset", "up");
      }),
  };
}

/** A fault, its byte, and from where each connection counts. */
class ArmedFault {
  readonly fault: Fault;
  readonly #direction: Direction;
  readonly #afterBytes: number;
  readonly #began = new WeakMap<Pipe, number>();
  struck = false;

  constructor(fault: Fault, direction: Direction, afterBytes: number) {
    this.fault = fault;
    this.#direction = direction;
    this.#afterBytes = afterBytes;
  }

  countFrom(pipe: Pipe): void {
    this.#began.set(pipe, pipe.carried);
  }

  /** Bytes until it strikes this pipe, at least 0; undefined for a pipe of the other direction. */
  leftFor(pipe: Pipe): number | undefined {
    if (pipe.direction !== this.#direction) return undefined;
    return Math.max(0, (this.#began.get(pipe) ?? 0) + this.#afterBytes - pipe.carried);
  }
}

/** The bytes of one direction over all connections. */
class Tally {
  received = 0;
  forwarded = 0;
  dropped = 0;

  count(): DirectionCount {
    return { received: this.received, forwarded: this.forwarded, dropped: this.dropped };
  }
}

type ConnectionContext = {
  readonly rules: Rules;
  readonly tallies: Readonly<Record<Direction, Tally>>;
  readonly closed: () => void;
};

/** One connection: the socket that came in, and the one to the target unless it came into a black hole. */
class Connection {
  readonly pipes: Readonly<Record<Direction, Pipe>>;
  readonly #sockets: readonly Socket[];

  constructor(near: Socket, far: Socket | undefined, { rules, tallies, closed }: ConnectionContext) {
    this.pipes = {
      up: new Pipe(this, "up", { from: near, to: far, rules, tally: tallies.up }),
      down: new Pipe(this, "down", { from: far, to: near, rules, tally: tallies.down }),
    };
    this.#sockets = far === undefined ? [near] : [near, far];
    let open = this.#sockets.length;
    for (const socket of this.#sockets) {
      socket.on("close", () => {
        open -= 1;
        if (open === 0) closed();
      });
    }
  }

  /** Looks again at what was set. */
  look(): void {
    this.pipes.up.look();
    this.pipes.down.look();
  }

  strike(fault: Fault, direction: Direction): void {
    if (fault === "half-open") return this.pipes[direction].swallow();
    this.pipes.up.swallow();
    this.pipes.down.swallow();
    for (const socket of this.#sockets) {
      if (fault === "cut") socket.end();
      else if (fault === "reset") socket.resetAndDestroy();
    }
  }
}

type PipeParts = {
  readonly from: Socket | undefined;
  readonly to: Socket | undefined;
  readonly rules: Rules;
  readonly tally: Tally;
};

/** One direction of a connection: reads, lets wait, writes one piece after the other. */
class Pipe {
  readonly connection: Connection;
  readonly direction: Direction;
  /** bytes that were written to the other side */
  carried = 0;
  readonly #from: Socket | undefined;
  readonly #to: Socket | undefined;
  readonly #rules: Rules;
  readonly #tally: Tally;
  /** what was read, and the monotonic millisecond before which it is not written */
  readonly #line: { bytes: Buffer; readonly dueAt: number }[] = [];
  #waiting = 0;
  /** the due time of the last that was read: nothing overtakes it */
  #lastDueAt = 0;
  #sourceEnded = false;
  /** until then the rate allows no byte */
  #rateAllowsAt = 0;
  #piece = 0;
  #writing = false;
  #swallowing: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Connection, direction: Direction, { from, to, rules, tally }: PipeParts) {
    this.connection = connection;
    this.direction = direction;
    this.#from = from;
    this.#to = to;
    this.#rules = rules;
    this.#tally = tally;
    this.#swallowing = to === undefined;
    from?.on("data", (bytes: Buffer) => this.#read(bytes));
    from?.on("end", () => {
      this.#sourceEnded = true;
      this.#lastDueAt = this.#dueAt();
      this.#go();
    });
    // 'close' follows and says whether there was one
    from?.on("error", () => undefined);
    from?.on("close", (failed) => {
      clearTimeout(this.#timer);
      if (failed && !this.#swallowing) to?.resetAndDestroy();
    });
    if (rules.flow(direction).paused === true) from?.pause();
  }

  /** Reads on, and drops it all. */
  swallow(): void {
    this.#swallowing = true;
    clearTimeout(this.#timer);
    this.#tally.dropped += this.#waiting;
    this.#waiting = 0;
    this.#line.length = 0;
    this.#from?.resume();
  }

  /** Looks again at what was set. */
  look(): void {
    this.#readOrWait();
    this.#go();
  }

  #read(bytes: Buffer): void {
    this.#tally.received += bytes.length;
    if (this.#swallowing) {
      this.#tally.dropped += bytes.length;
      return;
    }
    this.#lastDueAt = this.#dueAt();
    this.#line.push({ bytes, dueAt: this.#lastDueAt });
    this.#waiting += bytes.length;
    this.#readOrWait();
    this.#go();
  }

  #dueAt(): number {
    const { delayMs = 0, jitterMs = 0 } = this.#rules.flow(this.direction);
    return Math.max(this.#lastDueAt, performance.now() + delayMs + jitterMs * this.#rules.random());
  }

  #readOrWait(): void {
    const { paused, bytesPerSecond } = this.#rules.flow(this.direction);
    const full = this.#waiting >= (bytesPerSecond === undefined ? LINE_BYTES : SLOW_LINE_BYTES);
    if (!this.#swallowing && (paused === true || full)) this.#from?.pause();
    else this.#from?.resume();
  }

  /** Writes the next piece if it is due, or comes back when it is. */
  #go(): void {
    if (this.#writing || this.#swallowing) return;
    clearTimeout(this.#timer);
    const fault = this.#rules.next(this);
    if (fault?.left === 0) return fault.strike();
    const [head] = this.#line;
    if (head === undefined && !this.#sourceEnded) return;
    const wait = head === undefined ? this.#lastDueAt - performance.now() : Math.max(head.dueAt, this.#rateAllowsAt) - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#go(), wait);
      return;
    }
    if (head === undefined) this.#to?.end();
    else this.#write(this.#take(head, fault?.left ?? Number.POSITIVE_INFINITY));
  }

  /** Takes off the line what may be written at once. */
  #take(head: { bytes: Buffer }, atMost: number): Buffer {
    const { pieces, bytesPerSecond } = this.#rules.flow(this.direction);
    let size = Math.min(head.bytes.length, atMost);
    if (pieces !== undefined && pieces.length > 0) size = Math.min(size, Math.max(1, pieces[this.#piece++ % pieces.length] ?? 1));
    if (bytesPerSecond !== undefined) {
      size = Math.min(size, Math.max(1, Math.floor(bytesPerSecond / RATE_SLICES)));
      this.#rateAllowsAt = Math.max(this.#rateAllowsAt, performance.now() - 1_000 / RATE_SLICES) + (size / bytesPerSecond) * 1_000;
    }
    const taken = head.bytes.subarray(0, size);
    if (size === head.bytes.length) this.#line.shift();
    else head.bytes = head.bytes.subarray(size);
    return taken;
  }

  #write(bytes: Buffer): void {
    const to = this.#to;
    this.#waiting -= bytes.length;
    if (to === undefined || to.destroyed || to.writableEnded) {
      this.#tally.dropped += bytes.length;
      return this.swallow();
    }
    this.#writing = true;
    this.carried += bytes.length;
    to.write(bytes, (error) => {
      this.#tally[error ? "dropped" : "forwarded"] += bytes.length;
      if (error) this.swallow();
      // a reader gets its turn between two pieces, and before a fault: what comes in one event with a RST looks as if a FIN had followed it (libuv)
      const alone = this.#rules.flow(this.direction).pieces !== undefined || this.#rules.next(this)?.left === 0;
      if (alone) afterReaders(() => this.#written());
      else this.#written();
    });
  }

  #written(): void {
    this.#writing = false;
    if (this.#swallowing) return;
    this.#readOrWait();
    this.#go();
  }
}

/** Calls back when sockets of this process have read what was there before. */
function afterReaders(callback: () => void): void {
  setImmediate(() => void setImmediate(callback));
}
