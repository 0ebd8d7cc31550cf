import type { CapturedRequest } from "../../shared/http/exchange.ts";
import type { FilterSubject } from "../filter/expression.ts";
import { checkNote, type ClearQuery } from "./curate.ts";
import type { History } from "./history.ts";
import { LEDGER_LIMITS } from "./limits.ts";
import type { Recorder } from "./recorder.ts";
import type {
  Attempt,
  AttemptHead,
  AttemptStart,
  BodySize,
  Clearing,
  Delivery,
  DeliveryHead,
  DeliveryState,
  DeliverySummary,
  FoundFacts,
  ListedDelivery,
  RecordedBody,
  RefusalRecord,
  Removal,
} from "./records.ts";
import { ambiguous, notFound, parseIdArgument } from "./resolve.ts";
import type { RowsQuery } from "./search.ts";

export type MemoryRecorderOptions = {
  /** ids of deliveries whose records changed */
  readonly onNotice: (ids: readonly string[]) => void;
  /** milliseconds since 1970 */
  readonly now: () => number;
  /** deliveries kept, newest first; those that are pinned stay beyond it, and beyond the next */
  readonly keepCount?: number;
  /** bodies kept of all deliveries together, bytes */
  readonly keepBytes?: number;
  /** recorded of one body, bytes */
  readonly bodyBytes?: number;
};

/** A recorder whose history ends with the process. */
export type MemoryRecorder = Recorder & { readonly history: History };

type MemoryBody = { pieces: Buffer[]; kept: number; total: number; truncated: boolean };
type MemoryAttempt = AttemptStart & { end: Omit<Attempt, "body"> | undefined; readonly body: MemoryBody };
type MemoryDelivery = {
  readonly seq: number;
  readonly request: CapturedRequest;
  readonly body: MemoryBody;
  complete: boolean;
  facts: FoundFacts | undefined;
  state: DeliveryState;
  pinned: boolean;
  marked: boolean;
  note: string | undefined;
  readonly attempts: Map<number, MemoryAttempt>;
};

/** Enough to look at what happened a moment ago, which is what a history without a disk is for. */
const KEEP_COUNT = 1_000;
/** Bodies may be 10 MiB each: this many bytes of them in all. */
const KEEP_BYTES = 67_108_864;
const KEEP_REFUSALS = 1_000;

/** The recorder for a machine where SQLite cannot be loaded: the newest deliveries, in memory, with the same calls. */
export function createMemoryRecorder(options: MemoryRecorderOptions): MemoryRecorder {
  const { onNotice, now, keepCount = KEEP_COUNT, keepBytes = KEEP_BYTES, bodyBytes = LEDGER_LIMITS.bodyBytes } = options;
  const deliveries = new Map<string, MemoryDelivery>();
  const refusals: RefusalRecord[] = [];
  const changed = new Set<string>();
  let bytes = 0;
  let seq = 0;
  let version = 1;
  let notice: NodeJS.Immediate | undefined;
  let closed = false;

  function touch(id: string): void {
    version++;
    changed.add(id);
    notice ??= setImmediate(tell);
  }

  function tell(): void {
    clearImmediate(notice);
    notice = undefined;
    const ids = [...changed];
    changed.clear();
    if (ids.length > 0) onNotice(ids);
  }

  function add(body: MemoryBody, piece: Buffer): void {
    body.total += piece.length;
    if (body.truncated) return;
    const kept = Buffer.from(piece.subarray(0, bodyBytes - body.kept));
    body.truncated = kept.length < piece.length;
    if (kept.length === 0) return;
    body.pieces.push(kept);
    body.kept += kept.length;
    bytes += kept.length;
    evict();
  }

  function evict(): void {
    for (const oldest of deliveries.values()) {
      if (deliveries.size <= keepCount && (bytes <= keepBytes || deliveries.size === 1)) return;
      if (!oldest.pinned) forget(oldest);
    }
  }

  function forget({ request, body, attempts }: MemoryDelivery): void {
    deliveries.delete(request.id);
    bytes -= body.kept;
    for (const attempt of attempts.values()) bytes -= attempt.body.kept;
  }

  function attemptOf(delivery: MemoryDelivery, start: AttemptStart): MemoryAttempt {
    const known = delivery.attempts.get(start.n);
    if (known !== undefined) return known;
    const { n, kind, at, target } = start;
    const attempt = { n, kind, at, target, end: undefined, body: emptyBody() };
    delivery.attempts.set(start.n, attempt);
    return attempt;
  }

  function endAttempt(delivery: MemoryDelivery, attempt: MemoryAttempt, end: Omit<Attempt, "body">): void {
    attempt.end = end;
    if (Math.max(...delivery.attempts.keys()) === end.n) delivery.state = stateAfter(end);
  }

  /** Does nothing for a delivery that is forgotten, or after the end. */
  function change(id: string, action: (delivery: MemoryDelivery) => void): void {
    if (!closed) edit([id], action);
  }

  function edit(ids: readonly string[], action: (delivery: MemoryDelivery) => void): void {
    for (const id of ids) {
      const delivery = deliveries.get(id);
      if (delivery === undefined) continue;
      action(delivery);
      touch(id);
    }
  }

  /** @throws DevhookError `not-found` */
  function recordedOf(id: string): MemoryDelivery {
    const delivery = deliveries.get(id);
    if (delivery === undefined) throw notFound(id);
    return delivery;
  }

  function find({
    ids,
    tunnel,
    sinceMs = 0,
    afterSeq = 0,
    upToSeq = Infinity,
    filter,
    limit,
    order,
  }: RowsQuery): readonly MemoryDelivery[] {
    const at = now();
    const wanted = ids === undefined ? undefined : new Set(ids);
    const found = [...deliveries.values()].filter(
      (one) =>
        (wanted === undefined || wanted.has(one.request.id)) &&
        (tunnel === undefined || one.request.tunnel === tunnel) &&
        one.request.receivedAt >= sinceMs &&
        one.seq > afterSeq &&
        one.seq <= upToSeq &&
        (filter === undefined || filter.matches(subjectOf(one), at)),
    );
    if (order === "newest") found.reverse();
    return found.slice(0, limit);
  }

  function remove(ids: readonly string[]): Removal {
    const removed: string[] = [];
    edit(ids, (delivery) => {
      forget(delivery);
      removed.push(delivery.request.id);
    });
    return { removed, kept: [] };
  }

  function clear({ tunnel, upToSeq }: ClearQuery): Clearing {
    const clearable = (): readonly string[] =>
      find({ tunnel, upToSeq, limit: Infinity, order: "oldest" })
        .filter(({ pinned, state }) => !pinned && state !== "pending")
        .map(({ request }) => request.id);
    return { found: clearable().length, step: () => remove(clearable()).removed.length };
  }

  function resolve(argument: string): string {
    const wanted = parseIdArgument(argument);
    const ids = [...deliveries.keys()];
    const found = wanted.back === undefined ? ids.filter((id) => id.startsWith(wanted.prefix)) : ids.slice(-1 - wanted.back).slice(0, 1);
    const [first] = found;
    if (first === undefined || (wanted.back ?? 0) >= ids.length) throw notFound(argument);
    if (found.length > 1) throw ambiguous(argument, found.slice(0, 5), { more: found.length > 5 });
    return first;
  }

  const history: History = {
    resolve,
    get(id) {
      const delivery = deliveries.get(id);
      return delivery === undefined ? undefined : recordOf(delivery);
    },
    head(id) {
      const delivery = deliveries.get(id);
      return delivery === undefined ? undefined : headOf(delivery);
    },
    body(id) {
      const delivery = deliveries.get(id);
      return delivery === undefined ? undefined : bodyOf(delivery.body);
    },
    answerBody(id, n) {
      const attempt = deliveries.get(id)?.attempts.get(n);
      return attempt === undefined ? undefined : bodyOf(attempt.body);
    },
    sentBody(id, n) {
      const sent = deliveries.get(id)?.attempts.get(n)?.end?.request?.body;
      return sent === undefined ? undefined : { bytes: sent, total: sent.length, truncated: false };
    },
    list: (query) => find(query).map(summaryOf),
    rows: (query) => find(query).map(listedOf),
    refusals: ({ sinceMs = 0, limit }) =>
      refusals
        .filter((one) => one.at >= sinceMs)
        .sort((a, b) => b.at - a.at)
        .slice(0, limit),
    dataVersion: () => version,
    changeMark: () => String(version),
    recordAttempt(id, attempt) {
      const delivery = recordedOf(id);
      const n = Math.max(0, ...delivery.attempts.keys()) + 1;
      const recorded = attemptOf(delivery, { ...attempt, n });
      if (attempt.body !== undefined) add(recorded.body, attempt.body);
      const { kind, at, target, request, head, error, timings, late = false } = attempt;
      endAttempt(delivery, recorded, { n, kind, at, target, request, head, error, timings, late });
      touch(id);
      return n;
    },
    recordFacts(id, facts) {
      recordedOf(id).facts = facts;
      touch(id);
    },
    setPinned: (ids, on) =>
      edit(ids, (delivery) => {
        delivery.pinned = on;
      }),
    setMarked: (ids, on) =>
      edit(ids, (delivery) => {
        delivery.marked = on;
      }),
    setNote(id, text) {
      checkNote(text);
      recordedOf(id).note = text === "" ? undefined : text;
      touch(id);
    },
    remove,
    clear,
    close: () => undefined,
  };

  return {
    received(request, body) {
      if (closed || deliveries.has(request.id)) return;
      const delivery = {
        seq: ++seq,
        request,
        body: emptyBody(),
        complete: body !== undefined,
        facts: undefined,
        state: "pending" as const,
        pinned: false,
        marked: false,
        note: undefined,
        attempts: new Map(),
      };
      deliveries.set(request.id, delivery);
      if (body !== undefined) add(delivery.body, body);
      evict();
      touch(request.id);
    },
    requestPart: (id, piece) => change(id, ({ body }) => add(body, piece)),
    requestEnded: (id, { complete }) =>
      change(id, (delivery) => {
        delivery.complete = complete;
      }),
    attemptStarted: (id, start) => change(id, (delivery) => void attemptOf(delivery, start)),
    responsePart: (id, n, piece) =>
      change(id, (delivery) => {
        const attempt = delivery.attempts.get(n);
        if (attempt !== undefined) add(attempt.body, piece);
      }),
    answered: (id, end) =>
      change(id, (delivery) => {
        const attempt = attemptOf(delivery, end);
        if (end.body !== undefined) add(attempt.body, end.body);
        const { n, kind, at, target, head, error, timings, late = false } = end;
        endAttempt(delivery, attempt, { n, kind, at, target, request: undefined, head, error, timings, late });
      }),
    verified: (id, facts) =>
      change(id, (delivery) => {
        delivery.facts = facts;
      }),
    refused(given) {
      if (closed) return;
      for (const one of given) {
        if (!refusals.some((known) => known.relay === one.relay && known.tunnel === one.tunnel && known.seq === one.seq))
          refusals.push(one);
      }
      refusals.splice(0, refusals.length - KEEP_REFUSALS);
    },
    whenKeepingUp: (go) => go(),
    flush: async () => {
      tell();
      return true;
    },
    close: async () => {
      tell();
      closed = true;
    },
    history,
  };
}

function emptyBody(): MemoryBody {
  return { pieces: [], kept: 0, total: 0, truncated: false };
}

function stateAfter(end: Pick<Attempt, "head" | "error">): DeliveryState {
  return end.head !== undefined && end.error === undefined ? "answered" : "failed";
}

function bodyOf({ pieces, kept, total, truncated }: MemoryBody): RecordedBody {
  return { bytes: Buffer.concat(pieces, kept), total, truncated };
}

function sizeOf({ total, truncated, kept }: MemoryBody): BodySize {
  return { total, truncated, kept };
}

function newestOf({ attempts }: MemoryDelivery): MemoryAttempt | undefined {
  return byNumber(attempts).at(-1);
}

function byNumber(attempts: ReadonlyMap<number, MemoryAttempt>): readonly MemoryAttempt[] {
  return [...attempts.values()].sort((a, b) => a.n - b.n);
}

function summaryOf(delivery: MemoryDelivery): DeliverySummary {
  const { seq, request, body, facts, state, attempts } = delivery;
  const newest = newestOf(delivery);
  return {
    seq,
    id: request.id,
    receivedAt: request.receivedAt,
    tunnel: request.tunnel,
    method: request.method,
    path: request.target.split("?", 1)[0] ?? "",
    provider: facts?.provider ?? undefined,
    event: facts?.event ?? undefined,
    eventId: facts?.eventId ?? undefined,
    verdict: facts?.verdict ?? undefined,
    held: false,
    state,
    attempts: attempts.size,
    status: newest?.end?.head?.status,
    ms: newest?.end?.timings?.total,
    bytes: body.total,
    duplicateOf: facts?.duplicateOf ?? undefined,
  };
}

function listedOf(delivery: MemoryDelivery): ListedDelivery {
  const { facts, pinned, marked, note } = delivery;
  const newest = newestOf(delivery);
  const { reason, duplicate } = JSON.parse(facts?.verification ?? "{}") as {
    readonly reason?: { readonly code: string } | null;
    readonly duplicate?: { readonly sameBytes: boolean | null } | null;
  };
  return {
    ...summaryOf(delivery),
    pinned,
    marked,
    note,
    lastKind: newest?.kind,
    lastError: newest?.end?.error?.code,
    edited: newest?.end?.request !== undefined,
    sameBytes: duplicate?.sameBytes ?? undefined,
    reason: reason?.code,
  };
}

function subjectOf(delivery: MemoryDelivery): FilterSubject {
  const { attempts, headers, body } = recordOf(delivery);
  const kinds = attempts.map(({ kind }) => kind);
  const edited = attempts.some(({ request }) => request !== undefined);
  const notes = delivery.note === undefined ? [] : [delivery.note];
  return { ...summaryOf(delivery), headers, body: body.bytes, kinds, edited, marked: delivery.marked, notes };
}

function headOf(delivery: MemoryDelivery): DeliveryHead {
  const { target, base, headers, forwarded, upgrade } = delivery.request;
  return {
    ...summaryOf(delivery),
    target,
    base,
    headers,
    forwarded,
    upgrade,
    body: sizeOf(delivery.body),
    complete: delivery.complete,
    owed: false,
    pinned: delivery.pinned,
    verification: delivery.facts?.verification ?? undefined,
    attempts: byNumber(delivery.attempts).map(attemptHeadOf),
  };
}

function attemptHeadOf({ n, kind, at, target, end, body }: MemoryAttempt): AttemptHead {
  const open = { n, kind, at, target, head: undefined, timings: undefined, error: undefined, late: false };
  const sent = end?.request;
  const size = sent?.body.length ?? 0;
  const request = sent === undefined ? undefined : { ...sent, body: { total: size, truncated: false, kept: size } };
  return { ...open, ...end, request, body: sizeOf(body) };
}

function recordOf(delivery: MemoryDelivery): Delivery {
  const attempts = byNumber(delivery.attempts).map((attempt): Attempt => ({
    ...attemptHeadOf(attempt),
    request: attempt.end?.request,
    body: bodyOf(attempt.body),
  }));
  return { ...headOf(delivery), body: bodyOf(delivery.body), attempts };
}
