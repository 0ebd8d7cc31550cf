import { Worker } from "node:worker_threads";
import { messageOf, type DevhookError } from "../../shared/errors.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { flatHeaders, headerPairs } from "../../shared/http/headers.ts";
import { threadFile } from "../../shared/thread-file.ts";
import { JOURNAL_LIMITS, type JournalLimits } from "./limits.ts";
import type {
  Answer,
  ExpiryRecord,
  FromThread,
  HeldRow,
  NextQuery,
  Questions,
  Step,
  StoredRow,
  ThreadData,
  ToThread,
  TunnelFigures,
} from "./messages.ts";
import { createQuota, type QuotaRefusal } from "./quota.ts";
import { fromThreadFault, toThreadFault } from "./thread-fault.ts";

/**
 * Why a request is not held. `too-large`: its body; `tunnel-deliveries`, `tunnel-bytes`, `relay-bytes`: that limit is reached, and stays so until
 * something is forgotten; `overloaded`: the disk is behind by as much as may wait in memory; `storage`: the disk did not take it, or not in time.
 */
export type HoldRefusal = "too-large" | "storage" | QuotaRefusal;

/** What became of a request. Held: it is on disk, and survives the end of the process and of the machine. */
export type HoldOutcome = { readonly held: true } | { readonly held: false; readonly reason: HoldRefusal };

/** A request that is held. */
export type HeldDelivery = {
  /** order of acceptance: rises, and is never given twice */
  readonly seq: number;
  readonly request: CapturedRequest;
  readonly body: Buffer;
  /** what its sender was answered */
  readonly status: number;
};

/** How the journal does. */
export type JournalHealth = { readonly state: "ok" } | { readonly state: "failing"; readonly fault: DevhookError };

/**
 * The requests that the relay has said yes to and still has to hand over, on disk. Nothing here throws or rejects, and nothing waits for the disk on the
 * caller's thread; after `close` everything is refused.
 */
export type Journal = {
  /**
   * Keeps a request until it is forgotten, expires or is released; calls are stored in their order. The body is copied before this returns.
   * @param told `status` that the sender will be answered
   * @returns when the commit has returned from the disk, or it is clear that there is none. One that was refused may be held all the same when the disk
   *   failed or took too long; it never is when a limit refused it
   */
  readonly hold: (request: CapturedRequest, body: Buffer, told: { readonly status: number }) => Promise<HoldOutcome>;
  /** What is held for a tunnel, oldest first. @returns undefined when it cannot be read */
  readonly next: (tunnel: string, query: NextQuery) => Promise<readonly HeldDelivery[] | undefined>;
  /** Drops what the client has stored. Other ids than those of the tunnel's held deliveries are passed over. @returns whether that is on disk; if not, `next` may offer them again */
  readonly forget: (tunnel: string, ids: readonly string[]) => Promise<boolean>;
  /**
   * Drops what was received more than the age limit before `now`, and leaves a record of each in the same transaction.
   * @param now milliseconds since 1970; a clock that jumps forward makes everything expire
   * @returns how many expired, by tunnel
   */
  readonly expire: (now: number) => Promise<ReadonlyMap<string, number>>;
  /** The records of a tunnel's expired deliveries that nobody has seen, oldest first. @returns undefined when they cannot be read */
  readonly expired: (tunnel: string) => Promise<readonly ExpiryRecord[] | undefined>;
  /** Drops the tunnel's records of expiry up to this seq. @returns whether that is on disk */
  readonly seen: (tunnel: string, seq: number) => Promise<boolean>;
  /** Drops all of a tunnel: its name was given up. @returns whether that is on disk; if not, ask again */
  readonly release: (tunnel: string) => Promise<boolean>;
  /** Names of all tunnels of which there is something, also of those that were given up while no relay ran. @returns undefined when they cannot be read */
  readonly tunnels: () => Promise<readonly string[] | undefined>;
  /** What is held for a tunnel, without what is still on its way to the disk. */
  readonly held: (tunnel: string) => TunnelFigures;
  /** The same for all of them. */
  readonly totals: () => { readonly tunnels: number; readonly count: number; readonly bytes: number };
  /** Ends the thread when everything that was asked for is done. */
  readonly close: () => Promise<void>;
};

export type JournalOptions = {
  /** of the database; it is made, 0600, in a folder of 0700, when there is none */
  readonly path: string;
  readonly limits?: Partial<JournalLimits>;
  /** called when the state changes, never twice with the same */
  readonly onHealth: (health: JournalHealth) => void;
  /** the program of the thread, for tests */
  readonly thread?: URL;
};

/** How long a clean close may take before the thread is ended, milliseconds: a lock of another process, then a checkpoint. */
const CLOSE_MS = 10_000;

type Settle = (answer: Answer | undefined) => void;

/**
 * Opens the journal in a thread of its own.
 * @throws DevhookError as openDatabase and migrate
 */
export async function openJournal({ path, onHealth, ...options }: JournalOptions): Promise<Journal> {
  const limits = { ...JOURNAL_LIMITS, ...options.limits };
  const file = options.thread ?? threadFile(import.meta.url, "journal-writer");
  const quota = createQuota(limits);
  /** questions without an answer, by their number */
  const asked = new Map<number, Settle>();
  let worker: Worker | undefined;
  let restart: NodeJS.Timeout | undefined;
  let failing = false;
  let closed = false;
  let numbers = 0;

  function failed(fault: DevhookError): void {
    if (failing) return;
    failing = true;
    onHealth({ state: "failing", fault });
  }

  function worked(): void {
    if (!failing) return;
    failing = false;
    onHealth({ state: "ok" });
  }

  /** @returns the thread's answer, undefined when it could not do it or there is no thread */
  function ask<Type extends keyof Questions>(
    type: Type,
    question: Questions[Type]["ask"],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Questions[Type]["answer"] | undefined> {
    return new Promise((resolve) => {
      if (worker === undefined || closed) return resolve(undefined);
      const n = ++numbers;
      asked.set(n, (answer) => resolve(answer?.ok === true ? answer.value : undefined));
      worker.postMessage({ type, n, ...question }, transfer);
    });
  }

  async function hold(request: CapturedRequest, body: Buffer, { status }: { readonly status: number }): Promise<HoldOutcome> {
    if (body.length > limits.bodyBytes) return { held: false, reason: "too-large" };
    if (worker === undefined || closed) return { held: false, reason: "storage" };
    const row = toRow(request, body, status);
    const reason = quota.reserve(row.tunnel, row.size);
    if (reason !== undefined) return { held: false, reason };
    const stored = ask("hold", { row }, [row.body.buffer]).then((done) => {
      quota.settle(row.tunnel, row.size);
      return done === true;
    });
    return (await inTime(stored)) ? { held: true } : { held: false, reason: "storage" };
  }

  /** A disk that hangs answers nothing at all, and a sender that is told nothing may not try again. */
  async function inTime(stored: Promise<boolean>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, limits.waitMs, false);
    });
    const done = await Promise.race([stored, late]);
    clearTimeout(timer);
    return done;
  }

  async function next(tunnel: string, { after, limit, maxBytes }: NextQuery): Promise<readonly HeldDelivery[] | undefined> {
    const rows = await ask("next", { tunnel, after, limit, maxBytes });
    return rows?.map(toDelivery);
  }

  /** Asks for one step after the other, so that requests come in between. @returns whether all of them were done */
  async function inSteps(one: () => Promise<Step | undefined>, gone: Map<string, number>): Promise<boolean> {
    for (;;) {
      const step = await one();
      for (const [tunnel, count] of step?.gone ?? []) gone.set(tunnel, (gone.get(tunnel) ?? 0) + count);
      if (step?.more !== true) return step !== undefined;
    }
  }

  async function expire(now: number): Promise<ReadonlyMap<string, number>> {
    const gone = new Map<string, number>();
    await inSteps(() => ask("expire", { before: now - limits.ageMs, at: now }), gone);
    return gone;
  }

  function settle(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const settled = asked.get(answer.n);
      asked.delete(answer.n);
      settled?.(answer);
    }
  }

  function startThread(): Promise<void> {
    return new Promise((ready, refuse) => {
      const thread = new Worker(file, { workerData: { path, limits } satisfies ThreadData, name: "journal" });
      thread.on("message", (message: FromThread) => {
        switch (message.type) {
          case "ready":
            quota.update(message.figures, true);
            worker = thread;
            if (closed) thread.postMessage({ type: "close" } satisfies ToThread);
            ready();
            break;
          case "answers":
            quota.update(message.figures, message.all);
            settle(message.answers);
            break;
          case "refused":
            refuse(fromThreadFault(message.fault));
            break;
          case "failing":
            failed(fromThreadFault(message.fault));
            break;
          case "working":
            worked();
            break;
        }
      });
      thread.on("error", (error) => {
        refuse(error);
        if (worker === thread) died(error);
      });
      thread.on("exit", () => {
        refuse(new Error("the thread of the journal ended before it was ready"));
        if (worker === thread) died(new Error("it ended"));
      });
    });
  }

  function died(error: Error): void {
    worker = undefined;
    for (const settled of asked.values()) settled(undefined);
    asked.clear();
    if (closed) return;
    failed(fromThreadFault(toThreadFault(error, `The thread that writes ${path} stopped: ${messageOf(error)}`)));
    restart = setTimeout(revive, limits.restartMs);
  }

  function revive(): void {
    startThread().then(worked, () => {
      if (!closed) restart = setTimeout(revive, limits.restartMs);
    });
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    clearTimeout(restart);
    const last = worker;
    if (last === undefined) return;
    const over = new Promise<void>((done) => last.once("exit", () => done()));
    last.postMessage({ type: "close" } satisfies ToThread);
    const limit = setTimeout(() => void last.terminate(), CLOSE_MS);
    await over;
    clearTimeout(limit);
  }

  await startThread();
  return {
    hold,
    next,
    forget: async (tunnel, ids) => (await ask("forget", { tunnel, ids })) === true,
    expire,
    expired: (tunnel) => ask("expired", { tunnel }),
    seen: async (tunnel, seq) => (await ask("seen", { tunnel, seq })) === true,
    release: (tunnel) => inSteps(() => ask("release", { tunnel }), new Map()),
    tunnels: () => ask("tunnels", {}),
    held: quota.of,
    totals: quota.sum,
    close,
  };
}

function toRow(request: CapturedRequest, body: Buffer, status: number): HeldRow {
  const { id, tunnel, receivedAt, method, target, base, headers, forwarded } = request;
  const head = headers.reduce((sum, text) => sum + text.length, method.length + target.length);
  return {
    id,
    tunnel,
    receivedAt,
    status,
    size: head + body.length,
    method,
    target,
    base,
    headers: JSON.stringify(headerPairs(headers)),
    forwardedFor: forwarded.for,
    forwardedProto: forwarded.proto,
    forwardedHost: forwarded.host,
    upgrade: request.upgrade ? 1 : 0,
    // what the socket read into may hold other requests as well
    body: new Uint8Array(body),
  };
}

function toDelivery(row: StoredRow): HeldDelivery {
  const { seq, id, tunnel, receivedAt, status, method, target, base, forwardedFor, forwardedProto, forwardedHost } = row;
  return {
    seq,
    request: {
      id,
      receivedAt,
      tunnel,
      method,
      target,
      base,
      headers: flatHeaders(JSON.parse(row.headers) as readonly (readonly [string, string])[]),
      forwarded: { for: forwardedFor, proto: forwardedProto, host: forwardedHost },
      upgrade: row.upgrade === 1,
    },
    body: Buffer.from(row.body.buffer, row.body.byteOffset, row.body.byteLength),
    status,
  };
}
