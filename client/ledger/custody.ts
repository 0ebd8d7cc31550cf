import { DevhookError, type ErrorCode, messageOf } from "../../shared/errors.ts";
import { bufferOf } from "./buffer-of.ts";
import type { Outcome } from "./final-status.ts";
import type { Acceptance, Delivery, HeldDelivery, NewAttempt, OwedCount, OwedRow, RecordedBody } from "./records.ts";
import type { Answers, Question, ToWriter, WriterFault } from "./writer-messages.ts";

/**
 * What this machine owes to its apps, kept by the thread that records. What a call writes is on disk when it resolves. All but `acceptHeld` reject with a
 * DevhookError when the database fails.
 */
export type Custody = {
  /**
   * Takes a delivery over from whoever has it: with its whole body, in a transaction that is on disk before this resolves; many at the same time share one.
   * Bytes are copied before the call returns. A call of the app for it that has begun, and whose end is not recorded, is waited for a minute: record the end
   * of a call that has failed first. Never rejects.
   */
  readonly acceptHeld: (delivery: HeldDelivery) => Promise<Acceptance>;
  /**
   * Makes this process the one that works on what is owed to a tunnel's app, or keeps it so for another 15 s: to be asked every 5 s.
   * @returns whether it is: false while another process is
   */
  readonly holdLease: (tunnel: string) => Promise<boolean>;
  readonly releaseLease: (tunnel: string) => Promise<void>;
  /** What is owed, in the order of receipt. */
  readonly owedOf: (tunnel: string) => Promise<readonly OwedRow[]>;
  readonly owedCount: (tunnel: string) => Promise<OwedCount>;
  /** A delivery whole; undefined when it is not recorded. */
  readonly load: (id: string) => Promise<Delivery | undefined>;
  /** When an owed delivery is tried next, together with the attempt that is over. @returns whether it is owed */
  readonly setDue: (row: OwedRow, attempt?: NewAttempt) => Promise<boolean>;
  /** What became of an owed delivery, together with the attempt that settled it; `failed` stays until it has been seen. @returns whether it was owed */
  readonly settle: (id: string, outcome: Outcome, attempt?: NewAttempt) => Promise<boolean>;
};

export type CustodyCallsOptions = {
  /** Hands a message to the writer, behind everything recorded before it. @returns whether there is a writer */
  readonly post: (message: ToWriter, transfer: readonly ArrayBuffer[]) => boolean;
  /** told before anything else of a delivery that is taken over */
  readonly onAccepting: (id: string) => void;
  /** ids of deliveries whose records changed, after they are on disk */
  readonly onNotice: (ids: readonly string[]) => void;
  /** bodies that may wait for the disk, bytes */
  readonly waitingBytes: number;
};

/** The main thread's half of {@link Custody}. */
export type CustodyCalls = {
  readonly custody: Custody;
  readonly answered: (number: number, answer: unknown) => void;
  readonly failed: (number: number, fault: WriterFault) => void;
  /** There is no writer any more: nobody answers what was asked. */
  readonly abandon: () => void;
  /** Asks what waits for its turn. */
  readonly flush: () => void;
};

type Asked = { readonly resolve: (answer: unknown) => void; readonly reject: (error: DevhookError) => void };
type Waiting = { readonly delivery: HeldDelivery; readonly done: (acceptance: Acceptance) => void };

/** One transaction takes this many at most, and as many bytes: what comes meanwhile shares the next. */
const GROUP_ROWS = 256;
const GROUP_BYTES = 4 * 1_024 * 1_024;

const GONE: WriterFault = {
  code: "database-io",
  what: "The writer of the history does not run, so nothing can be stored.",
  why: undefined,
  fix: undefined,
};

/** @returns {@link CustodyCalls} that have asked nothing */
export function createCustodyCalls({ post, onAccepting, onNotice, waitingBytes }: CustodyCallsOptions): CustodyCalls {
  const asked = new Map<number, Asked>();
  let numbers = 0;
  let waiting: Waiting[] = [];
  /** bytes of bodies on their way to the disk */
  let bytes = 0;
  let isAccepting = false;

  function ask<K extends keyof Answers>(
    question: Extract<Question, { readonly do: K }>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Answers[K]> {
    return new Promise((resolve, reject) => {
      const number = ++numbers;
      asked.set(number, { resolve: (answer) => resolve(answer as Answers[K]), reject });
      if (!post({ type: "ask", number, question }, transfer)) failed(number, GONE);
    });
  }

  function answered(number: number, answer: unknown): void {
    const one = asked.get(number);
    asked.delete(number);
    one?.resolve(answer);
  }

  function failed(number: number, { code, what, why, fix }: WriterFault): void {
    const one = asked.get(number);
    asked.delete(number);
    one?.reject(new DevhookError(code, { what, ...(why !== undefined && { why }), ...(fix !== undefined && { fix }) }));
  }

  function acceptHeld({ request, body, facts }: HeldDelivery): Promise<Acceptance> {
    if (bytes > waitingBytes) {
      return Promise.resolve(refusal("database-io", `More than ${waitingBytes >> 20} MiB wait to be stored: the disk does not keep up.`));
    }
    onAccepting(request.id);
    // memory of its own: it changes hands without being copied again, and nothing else with it
    const own = Buffer.from(new Uint8Array(body).buffer);
    bytes += own.length;
    return new Promise((done) => {
      waiting.push({ delivery: { request, body: own, ...(facts !== undefined && { facts }) }, done });
      if (!isAccepting) void acceptNext();
    });
  }

  /** While one transaction is under way, the next one gathers: so many share an fsync as there are, and nobody waits for company. */
  async function acceptNext(): Promise<void> {
    isAccepting = true;
    // those of the same turn go together
    await Promise.resolve();
    while (waiting.length > 0) await acceptGroup(nextGroup());
    isAccepting = false;
  }

  function nextGroup(): readonly Waiting[] {
    let size = 0;
    const past = waiting.findIndex(({ delivery }, i) => i >= GROUP_ROWS || ((size += delivery.body.length) > GROUP_BYTES && i > 0));
    const group = past === -1 ? waiting : waiting.slice(0, past);
    waiting = past === -1 ? [] : waiting.slice(past);
    return group;
  }

  async function acceptGroup(group: readonly Waiting[]): Promise<void> {
    const deliveries = group.map(({ delivery }) => delivery);
    const buffers = deliveries.map(({ body }) => body.buffer as ArrayBuffer);
    const size = deliveries.reduce((sum, { body }) => sum + body.length, 0);
    let acceptances: readonly Acceptance[];
    try {
      acceptances = await ask<"accept">({ do: "accept", deliveries }, buffers);
    } catch (error) {
      const refused = refusal(error instanceof DevhookError ? error.code : "internal", messageOf(error));
      acceptances = group.map(() => refused);
    }
    bytes -= size;
    for (const [i, { done }] of group.entries()) done(acceptances[i] ?? refusal("internal", "the writer did not answer"));
    const stored = deliveries.filter((_, i) => acceptances[i]?.kind === "stored");
    if (stored.length > 0) onNotice(stored.map(({ request }) => request.id));
  }

  async function change(question: Extract<Question, { readonly do: "due" | "settle" }>): Promise<boolean> {
    const changed = await ask<"due" | "settle">(question);
    onNotice([question.do === "due" ? question.row.id : question.id]);
    return changed;
  }

  return {
    custody: {
      acceptHeld,
      holdLease: (tunnel) => ask<"hold">({ do: "hold", tunnel }),
      releaseLease: (tunnel) => ask<"release">({ do: "release", tunnel }),
      owedOf: (tunnel) => ask<"owed">({ do: "owed", tunnel }),
      owedCount: (tunnel) => ask<"count">({ do: "count", tunnel }),
      load: async (id) => received(await ask<"load">({ do: "load", id })),
      setDue: (row, attempt) => change({ do: "due", row, attempt }),
      settle: (id, outcome, attempt) => change({ do: "settle", id, outcome, attempt }),
    },
    answered,
    failed,
    abandon() {
      for (const number of asked.keys()) failed(number, GONE);
    },
    flush() {
      // the loop that runs has nothing left to do when its turn comes
      while (waiting.length > 0) void acceptGroup(nextGroup());
    },
  };
}

function refusal(code: ErrorCode, message: string): Acceptance {
  return { kind: "refused", code, message };
}

/** Buffers arrive from another thread as plain byte arrays. */
function received(delivery: Delivery | undefined): Delivery | undefined {
  if (delivery === undefined) return undefined;
  const attempts = delivery.attempts.map((attempt) => ({
    ...attempt,
    body: withBuffer(attempt.body),
    request: attempt.request === undefined ? undefined : { ...attempt.request, body: bufferOf(attempt.request.body) },
  }));
  return { ...delivery, body: withBuffer(delivery.body), attempts };
}

function withBuffer(body: RecordedBody): RecordedBody {
  return { ...body, bytes: bufferOf(body.bytes) };
}
