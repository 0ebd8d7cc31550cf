/** The thread that writes the ledger: everything that waits for the disk waits here. Started by recorder.ts, built as a program of its own. */
import { readlinkSync, statSync } from "node:fs";
import { hostname, setPriority } from "node:os";
import { kill, pid } from "node:process";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { systemClock } from "../../shared/clock.ts";
import { DevhookError, errorCodeOf, messageOf } from "../../shared/errors.ts";
import { databaseFault } from "../../shared/sqlite/fault.ts";
import { migrate } from "../../shared/sqlite/migrate.ts";
import { openDatabase, type Database } from "../../shared/sqlite/open.ts";
import { bufferOf } from "./buffer-of.ts";
import { createCustodyStore, createOwedCounter, type CustodyStore } from "./custody-store.ts";
import { createReader, type Reader } from "./read.ts";
import type { Acceptance, HeldDelivery, NewAttempt, OwedCount } from "./records.ts";
import { createRetention, type Retention } from "./retention.ts";
import { BATCH_RESULT_AT, COMMITTED } from "./row-layout.ts";
import { openRun, type Runs } from "./runs.ts";
import { LEDGER_MIGRATIONS } from "./schema.ts";
import { unpack } from "./unpack.ts";
import { createWriter, type LedgerWriter } from "./write.ts";
import type { Answers, FromWriter, Question, ToWriter, WriterData, WriterFault } from "./writer-messages.ts";

/** Rows after which the limits are looked after without waiting for the clock. */
const TIDY_ROWS = 5_000;

/** Above 0, which all others have: where the cores are busy, the trunk's threads go first. History is behind it by design. */
const NICENESS = 5;

/** It only appends: measured at the same rate as with 4 MiB, and 12 MB less memory after a large body. */
const CACHE_KIB = 1_024;

type Store = {
  readonly database: Database;
  readonly runs: Runs;
  readonly writer: LedgerWriter;
  readonly retention: Retention;
  readonly custody: CustodyStore;
  readonly owedCount: (tunnel: string) => OwedCount;
  readonly reader: Reader;
  /** of the file: another one means that it was moved away under us */
  readonly inode: number;
};

if (parentPort !== null) serve(parentPort, workerData as WriterData);

function serve(port: MessagePort, { path, limits, run }: WriterData): void {
  const say = (message: FromWriter): void => port.postMessage(message);
  const startedAt = systemClock.now();
  const startedMonotonic = systemClock.monotonic();
  let store: Store;
  let failedAt: number | undefined;
  let lastFault: WriterFault | undefined;
  let rowsSinceTidy = 0;
  let tidying = false;

  function openStore(resume: number | undefined): Store {
    const database = openDatabase(path, {
      create: true,
      busyTimeoutMs: limits.busyMs,
      cacheKib: CACHE_KIB,
      ...(limits.maxPages === undefined ? {} : { maxPages: limits.maxPages }),
    });
    try {
      migrate(database, LEDGER_MIGRATIONS);
      const runs = openRun(database, { pid, host: hostname(), now: systemClock.now, isAlive }, resume);
      const writer = createWriter(database, { run: runs.id, now: systemClock.now, bodyBytes: limits.bodyBytes });
      const now = (): number => startedAt + systemClock.monotonic() - startedMonotonic;
      const retention = createRetention(database, { ...limits, now, monotonic: systemClock.monotonic });
      const custody = createCustodyStore(database, { writer, runs, now: systemClock.now });
      const reader = createReader(database, systemClock.now);
      const owedCount = createOwedCounter(database);
      return { database, runs, writer, retention, custody, owedCount, reader, inode: statSync(path).ino };
    } catch (error) {
      database.close();
      throw databaseFault(error, path);
    }
  }

  function write(batch: ArrayBuffer): void {
    const rows = unpack(batch);
    attempt(() => {
      store.writer.apply(rows);
      new DataView(batch).setUint32(BATCH_RESULT_AT, COMMITTED, true);
    });
    port.postMessage(batch, [batch]);
    rowsSinceTidy += rows.length;
    if (rowsSinceTidy >= TIDY_ROWS) tidy();
  }

  function answer(number: number, question: Question): void {
    let answered: { readonly answer: Answers[keyof Answers] } | undefined;
    attempt(() => {
      answered = { answer: answerTo(question) };
    });
    if (answered !== undefined) return say({ type: "answer", number, ...answered });
    const unknown: WriterFault = { code: "internal", what: `Recording to ${path} failed.`, why: undefined, fix: undefined };
    say({ type: "fault", number, fault: lastFault ?? unknown });
  }

  function answerTo(question: Question): Answers[keyof Answers] {
    const { custody, reader, owedCount } = store;
    switch (question.do) {
      case "accept":
        return accept(question.deliveries.map((delivery) => ({ ...delivery, body: bufferOf(delivery.body) })));
      case "hold":
        return custody.hold(question.tunnel);
      case "release":
        custody.release(question.tunnel);
        return undefined;
      case "owed":
        return custody.owedOf(question.tunnel);
      case "count":
        return owedCount(question.tunnel);
      case "load":
        return reader.get(question.id);
      case "due":
        return custody.setDue(question.row, received(question.attempt));
      case "settle":
        return custody.settle(question.id, question.outcome, received(question.attempt));
    }
  }

  /** Where they do not fit together, what is small may still find room. */
  function accept(deliveries: readonly HeldDelivery[]): readonly Acceptance[] {
    const { custody } = store;
    try {
      return custody.accept(deliveries);
    } catch (error) {
      if (deliveries.length === 1 || faultOf(error, path).code !== "database-io") throw error;
      return deliveries.flatMap((delivery) => {
        try {
          return custody.accept([delivery]);
        } catch (alone) {
          const { code, what } = faultOf(alone, path);
          return { kind: "refused", code, message: what };
        }
      });
    }
  }

  /** While the database fails, one try a second: each may block for the time of a lock, and batches queue up behind it. */
  function attempt(action: () => void): void {
    if (failedAt !== undefined && systemClock.monotonic() - failedAt < limits.retryMs) return;
    try {
      if (failedAt !== undefined || moved()) reopen();
      action();
      if (failedAt === undefined) return;
      failedAt = undefined;
      say({ type: "working" });
    } catch (error) {
      lastFault = faultOf(error, path);
      if (failedAt === undefined) say({ type: "failing", fault: lastFault });
      failedAt = systemClock.monotonic();
    }
  }

  /** Somebody moved the file aside or deleted it: what we go on writing into it would be lost without a word. */
  function moved(): boolean {
    return statSync(path, { throwIfNoEntry: false })?.ino !== store.inode;
  }

  function reopen(): void {
    store.database.close();
    store = openStore(store.runs.id);
  }

  function tidy(): void {
    rowsSinceTidy = 0;
    if (tidying) return;
    tidying = true;
    const next = (): void => {
      if (!tidying) return;
      tidying = false;
      if (failedAt !== undefined) return;
      attempt(() => {
        tidying = store.retention.step();
      });
      // after the batches that came meanwhile
      if (tidying) setImmediate(next);
    };
    setImmediate(next);
  }

  function renew(): void {
    attempt(() => {
      store.runs.renew();
      const wal = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
      if (wal > limits.walBytes) checkpoint();
    });
  }

  /** Empties the -wal file if no reader is in the way; never waits for one. */
  function checkpoint(): void {
    store.database.pragma("busy_timeout = 0");
    try {
      store.database.pragma("wal_checkpoint(TRUNCATE)");
    } finally {
      store.database.pragma(`busy_timeout = ${limits.busyMs}`);
    }
  }

  function close(): void {
    clearInterval(renewing);
    clearInterval(watching);
    tidying = false;
    attempt(() => {
      store.runs.end();
      checkpoint();
    });
    store.database.close();
    port.close();
  }

  yieldToTrunk();
  try {
    store = openStore(run);
  } catch (error) {
    say({ type: "refused", fault: faultOf(error, path) });
    port.close();
    return;
  }
  const renewing = setInterval(renew, limits.renewMs);
  const watching = setInterval(tidy, limits.tidyMs);
  port.on("message", (message: ToWriter) => {
    if (message instanceof ArrayBuffer) write(message);
    else if (message.type === "ask") answer(message.number, message.question);
    else close();
  });
  say({ type: "ready", run: store.runs.id });
  tidy();
}

function received(attempt: NewAttempt | undefined): NewAttempt | undefined {
  if (attempt === undefined) return undefined;
  const { body, request, ...rest } = attempt;
  return {
    ...rest,
    ...(body !== undefined && { body: bufferOf(body) }),
    ...(request !== undefined && { request: { ...request, body: bufferOf(request.body) } }),
  };
}

/** Linux gives each thread a priority of its own; elsewhere this thread stays as important as the others. */
function yieldToTrunk(): void {
  try {
    const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    if (Number.isSafeInteger(thread)) setPriority(thread, NICENESS);
  } catch {
    // no /proc, or a system that does not allow it
  }
}

function isAlive(other: number): boolean {
  try {
    kill(other, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else
    return errorCodeOf(error) !== "ESRCH";
  }
}

function faultOf(error: unknown, path: string): WriterFault {
  const fault = databaseFault(error, path);
  if (fault instanceof DevhookError) return { code: fault.code, what: fault.message, why: fault.why, fix: fault.fix };
  return { code: "internal", what: `Recording to ${path} failed.`, why: messageOf(fault), fix: undefined };
}
