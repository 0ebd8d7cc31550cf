import { Worker } from "node:worker_threads";
import { DevhookError, messageOf, type ErrorCode } from "../../shared/errors.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import { threadFile } from "../../shared/thread-file.ts";
import { createCustodyCalls, type Custody } from "./custody.ts";
import { LEDGER_LIMITS, PIECE_BYTES, type LedgerLimits } from "./limits.ts";
import { createPacker, type Batch } from "./packer.ts";
import type { AttemptEnd, AttemptStart, FoundFacts, RefusalRecord } from "./records.ts";
import { BATCH_RESULT_AT, COMMITTED } from "./row-layout.ts";
import type { FromWriter, ToWriter, WriterData } from "./writer-messages.ts";

/**
 * Whether deliveries reach the history. `lost` counts, since the recorder was opened, the deliveries of which something is missing; one
 * that a failure met twice may count twice.
 */
export type RecorderHealth =
  | { readonly state: "ok"; readonly lost: number }
  | { readonly state: "failing"; readonly code: ErrorCode; readonly message: string; readonly lost: number };

/**
 * Writes down what passes on the trunk. No call throws, blocks or waits; bytes and lists are copied before a call returns. The calls for one
 * delivery: `received`, then for a body that follows `requestPart` … `requestEnded`; `attemptStarted`, `responsePart` …, `answered`. An answer
 * that is recorded piece by piece needs its `attemptStarted`.
 */
export interface Recorder {
  /** @param body the whole body; undefined when it follows piece by piece */
  readonly received: (request: CapturedRequest, body: Buffer | undefined) => void;
  readonly requestPart: (id: string, bytes: Buffer) => void;
  /** Ends a body that followed piece by piece: `complete` unless the sender gave up. */
  readonly requestEnded: (id: string, end: { readonly complete: boolean }) => void;
  readonly attemptStarted: (id: string, start: AttemptStart) => void;
  readonly responsePart: (id: string, n: number, bytes: Buffer) => void;
  /** The attempt is over. May come again for the same n when the app answers late. */
  readonly answered: (id: string, end: AttemptEnd) => void;
  /** Something has been found out about a delivery; takes the place of what was known. */
  readonly verified: (id: string, facts: FoundFacts) => void;
  readonly refused: (refusals: readonly RefusalRecord[]) => void;
  /**
   * Calls `go` when the next piece of a large body may come: now, unless much waits for the disk; then soon after it has caught up, and after a second
   * in any case, since no body depends on its record.
   */
  readonly whenKeepingUp: (go: () => void) => void;
  /** Resolves when everything recorded so far is on disk, or known to be lost. @returns whether all of it that was not settled before is on disk */
  readonly flush: () => Promise<boolean>;
  /** Writes what there is and closes the history cleanly; later calls do nothing. */
  readonly close: () => Promise<void>;
}

/** A recorder with a disk, which can owe. */
export type StoringRecorder = Recorder & { readonly custody: Custody };

export type RecorderOptions = {
  /** of the database file; it is made when there is none */
  readonly path: string;
  readonly limits?: Partial<LedgerLimits>;
  /** ids of deliveries whose records changed, after they are on disk */
  readonly onNotice: (ids: readonly string[]) => void;
  /** called when the state changes, never twice with the same */
  readonly onHealth: (health: RecorderHealth) => void;
  /** the program of the writer thread, for tests */
  readonly writer?: URL;
};

/** A body that is recorded piece by piece. */
type StreamedBody = { readonly n: number; total: number; kept: number; truncated: boolean };

/** Ids remembered of deliveries that did not fit; more than may be in flight. */
const LEFT_OUT = 10_000;
/** Pause before a writer thread that died is started again, milliseconds. */
const RESTART_MS = 1_000;
/** How long a clean close may take before the thread is ended, milliseconds: a lock of another process, then a checkpoint. */
const CLOSE_MS = 10_000;

/**
 * Opens the history in a thread of its own.
 * @throws DevhookError as openDatabase and migrate; `database-unavailable` means that createMemoryRecorder can take its place
 */
export async function createRecorder(options: RecorderOptions): Promise<StoringRecorder> {
  const { path, onNotice, onHealth } = options;
  const limits = { ...LEDGER_LIMITS, ...options.limits };
  const file = options.writer ?? threadFile(import.meta.url, "ledger-writer");
  const packer = createPacker({ batchRows: limits.batchRows, batchBytes: limits.batchBytes, onBatch: send });
  /** batches that the writer has, oldest first */
  const sent: Batch[] = [];
  /** batches that wait for a writer */
  const outbox: Batch[] = [];
  const calls = createCustodyCalls({ post: ask, onAccepting, onNotice, waitingBytes: limits.waitingBytes });
  const flushes: { readonly after: number; readonly done: (stored: boolean) => void; stored: boolean }[] = [];
  const requests = new Map<string, StreamedBody>();
  const answers = new Map<string, StreamedBody>();
  /** attempts that no row tells of yet: most are over before the batch goes out */
  let started = new Map<string, AttemptStart>();
  /** deliveries that did not fit: the rows that follow for them are not worth packing */
  const leftOut = new Set<string>();
  let worker: Worker | undefined;
  let run: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let restart: NodeJS.Timeout | undefined;
  /** large bodies that wait until the writer has caught up */
  let paced: (() => void)[] = [];
  let pacing: NodeJS.Timeout | undefined;
  let waitingBytes = 0;
  let batches = 0;
  let settled = 0;
  let lost = 0;
  let closed = false;
  const failing = { writer: false, overload: false };

  function send(batch: Batch): void {
    waitingBytes += batch.used;
    batches++;
    if (worker === undefined) outbox.push(batch);
    else post(worker, batch);
  }

  function post(to: Worker, batch: Batch): void {
    sent.push(batch);
    to.postMessage(batch.bytes satisfies ToWriter, [batch.bytes]);
  }

  /** A question stands behind what was recorded before it. */
  function ask(message: ToWriter, transfer: readonly ArrayBuffer[]): boolean {
    if (closed || worker === undefined) return false;
    seal();
    worker.postMessage(message, transfer);
    return true;
  }

  /** Its body comes whole with it: pieces that still follow are not part of the record. */
  function onAccepting(id: string): void {
    requests.delete(id);
    leftOut.delete(id);
  }

  function settle(batch: Batch, ok: boolean): void {
    waitingBytes -= batch.used;
    settled++;
    const ids = new Set(batch.ids);
    if (ok) {
      recovered("writer");
      if (ids.size > 0) onNotice([...ids]);
    } else {
      lost += ids.size;
    }
    if (!ok || waitingBytes < limits.pacedBytes / 2) goOn();
    if (failing.overload && waitingBytes < limits.waitingBytes / 2) recovered("overload");
    if (!ok) for (const waiting of flushes) waiting.stored = false;
    while (flushes[0] !== undefined && flushes[0].after <= settled) {
      const first = flushes.shift();
      first?.done(first.stored);
    }
  }

  function failed(what: "writer" | "overload", code: ErrorCode, message: string): void {
    const before = failing.writer || failing.overload;
    failing[what] = true;
    if (!before) onHealth({ state: "failing", code, message, lost });
  }

  function recovered(what: "writer" | "overload"): void {
    if (!failing[what]) return;
    failing[what] = false;
    if (!failing.writer && !failing.overload) onHealth({ state: "ok", lost });
  }

  function seal(): void {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    for (const [id, start] of started) packer.attemptStarted(id, start);
    // a new one: a cleared Map leads from its old table to the new, and would keep what went through it alive for long
    started = new Map();
    packer.seal();
  }

  /** Whether a row of this size may still wait for the disk; a delivery that may not is left out of the history. */
  function fits(bytes: number): boolean {
    if (waitingBytes + packer.waiting() + bytes <= limits.waitingBytes) return true;
    failed(
      "overload",
      "database-io",
      `More than ${limits.waitingBytes >> 20} MiB wait to be written: the disk does not keep up with the traffic.`,
    );
    return false;
  }

  function whenKeepingUp(go: () => void): void {
    if (closed || failing.writer || waitingBytes + packer.waiting() <= limits.pacedBytes) return go();
    paced.push(go);
    pacing ??= setTimeout(goOn, limits.paceMs);
  }

  function goOn(): void {
    clearTimeout(pacing);
    pacing = undefined;
    const all = paced;
    paced = [];
    for (const go of all) go();
  }

  function arm(): void {
    timer ??= setTimeout(seal, limits.batchMs);
  }

  /** Takes as much of a piece as the limits allow; once something is left out, so is everything that follows. */
  function take(body: StreamedBody, bytes: Buffer): Buffer | undefined {
    body.total += bytes.length;
    if (body.truncated || bytes.length === 0) return undefined;
    const kept = bytes.subarray(0, limits.bodyBytes - body.kept);
    if (!fits(kept.length)) {
      body.truncated = true;
      return undefined;
    }
    body.truncated = kept.length < bytes.length;
    body.kept += kept.length;
    return kept;
  }

  function inPieces(bytes: Buffer, write: (piece: Buffer) => void): void {
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) write(bytes.subarray(from, from + PIECE_BYTES));
  }

  function requestPart(id: string, bytes: Buffer): void {
    const body = requests.get(id);
    if (body === undefined) return;
    const kept = take(body, bytes);
    if (kept === undefined) return;
    inPieces(kept, (piece) => packer.requestPart(id, piece));
    arm();
  }

  function requestEnded(id: string, complete: boolean): void {
    const body = requests.get(id);
    if (body === undefined) return;
    requests.delete(id);
    packer.requestEnded(id, { bodyBytes: body.total, complete, truncated: body.truncated });
    arm();
  }

  function received(request: CapturedRequest, body: Buffer | undefined): void {
    if (!fits(body?.length ?? 0)) {
      lost++;
      if (leftOut.size >= LEFT_OUT) leftOut.clear();
      leftOut.add(request.id);
      return;
    }
    if (body !== undefined && body.length <= PIECE_BYTES && body.length <= limits.bodyBytes) {
      packer.received(request, body, { bodyBytes: body.length, truncated: false });
      arm();
      return;
    }
    packer.received(request, undefined, { bodyBytes: 0, truncated: false });
    arm();
    requests.set(request.id, { n: 0, total: 0, kept: 0, truncated: false });
    if (body === undefined) return;
    requestPart(request.id, body);
    requestEnded(request.id, true);
  }

  function writeStart(id: string): void {
    const start = started.get(id);
    if (start === undefined) return;
    started.delete(id);
    packer.attemptStarted(id, start);
  }

  function responsePart(id: string, n: number, bytes: Buffer): void {
    if (leftOut.has(id)) return;
    let body = answers.get(id);
    if (body?.n !== n) {
      body = { n, total: 0, kept: 0, truncated: false };
      answers.set(id, body);
      writeStart(id);
    }
    const kept = take(body, bytes);
    if (kept === undefined) return;
    inPieces(kept, (piece) => packer.responsePart(id, n, piece));
    arm();
  }

  function answered(id: string, end: AttemptEnd): void {
    if (leftOut.delete(id)) return;
    const whole = end.body;
    if (whole !== undefined && (whole.length > PIECE_BYTES || whole.length > limits.bodyBytes)) responsePart(id, end.n, whole);
    const streamed = answers.get(id);
    if (started.get(id)?.n === end.n) started.delete(id);
    if (streamed?.n === end.n) {
      answers.delete(id);
      packer.answered(id, end, undefined, { bodyBytes: streamed.total, truncated: streamed.truncated });
    } else {
      const total = whole?.length ?? 0;
      // the head of an answer is always written: its delivery would look unanswered for ever
      const kept = total === 0 || fits(total) ? whole : undefined;
      packer.answered(id, end, kept, { bodyBytes: total, truncated: kept !== whole });
    }
    arm();
  }

  /** The promise of the trunk: whatever is wrong here, the delivery goes on. */
  function guard<Arguments extends readonly unknown[]>(call: (...given: Arguments) => void): (...given: Arguments) => void {
    return (...given) => {
      if (closed) return;
      try {
        call(...given);
      } catch (error) {
        lost++;
        failed("writer", "internal", `Recording failed: ${messageOf(error)}`);
      }
    };
  }

  function startWriter(): Promise<void> {
    return new Promise((ready, refuse) => {
      const next = new Worker(file, { workerData: { path, limits, run } satisfies WriterData, name: "ledger" });
      next.on("message", (message: FromWriter) => {
        if (message instanceof ArrayBuffer) {
          const batch = sent.shift();
          const ok = new DataView(message).getUint32(BATCH_RESULT_AT, true) === COMMITTED;
          packer.recycle(message);
          if (batch !== undefined) settle(batch, ok);
          return;
        }
        switch (message.type) {
          case "ready":
            run = message.run;
            worker = next;
            for (const batch of outbox.splice(0)) post(next, batch);
            ready();
            break;
          case "refused": {
            const { code, what, why, fix } = message.fault;
            refuse(new DevhookError(code, { what, ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) }));
            break;
          }
          case "answer":
            calls.answered(message.number, message.answer);
            break;
          case "fault":
            calls.failed(message.number, message.fault);
            break;
          case "failing":
            failed("writer", message.fault.code, message.fault.what);
            break;
          case "working":
            recovered("writer");
            break;
        }
      });
      next.on("error", (error) => {
        refuse(error);
        if (worker === next) failed("writer", "internal", `The writer of the history stopped: ${messageOf(error)}`);
      });
      next.on("exit", () => {
        refuse(new Error("the writer of the history ended before it was ready"));
        if (worker === next) ended();
      });
    });
  }

  /** What the dead thread had is lost; what comes meanwhile waits for the next one. */
  function ended(): void {
    worker = undefined;
    calls.abandon();
    for (const batch of sent.splice(0)) settle(batch, false);
    if (closed) return;
    failed("writer", "internal", "The writer of the history stopped.");
    restart = setTimeout(revive, RESTART_MS);
  }

  function revive(): void {
    startWriter().then(
      () => recovered("writer"),
      () => {
        for (const batch of outbox.splice(0)) settle(batch, false);
        if (!closed) restart = setTimeout(revive, RESTART_MS);
      },
    );
  }

  async function flush(): Promise<boolean> {
    seal();
    if (settled >= batches) return !failing.writer;
    return new Promise<boolean>((done) => flushes.push({ after: batches, done, stored: true }));
  }

  async function close(): Promise<void> {
    if (closed) return;
    calls.flush();
    seal();
    closed = true;
    goOn();
    clearTimeout(restart);
    const last = worker;
    if (last === undefined) {
      for (const batch of outbox.splice(0)) settle(batch, false);
      return;
    }
    const over = new Promise<void>((done) => last.once("exit", () => done()));
    last.postMessage({ type: "close" } satisfies ToWriter);
    const limit = setTimeout(() => void last.terminate(), CLOSE_MS);
    await over;
    clearTimeout(limit);
  }

  await startWriter();
  return {
    received: guard(received),
    requestPart: guard(requestPart),
    requestEnded: guard((id, { complete }) => requestEnded(id, complete)),
    attemptStarted: guard((id, attempt) => {
      if (leftOut.has(id)) return;
      started.set(id, attempt);
      arm();
    }),
    responsePart: guard(responsePart),
    answered: guard(answered),
    verified: guard((id, facts) => {
      if (leftOut.has(id)) return;
      packer.verified(id, facts);
      arm();
    }),
    refused: guard((refusals) => {
      if (refusals.length === 0) return;
      packer.refused(refusals);
      arm();
    }),
    whenKeepingUp,
    custody: calls.custody,
    flush,
    close,
  };
}
