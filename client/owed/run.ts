import type { Custody } from "../ledger/custody.ts";
import type { Outcome } from "../ledger/final-status.ts";
import { LEASE_MS } from "../ledger/limits.ts";
import type { AttemptEnd, Delivery, NewAttempt, OwedRow, SentRequest } from "../ledger/records.ts";
import { judgeEnd } from "./judge-end.ts";
import type { SignAgain } from "./sign-again.ts";
import { type CallEnd, FIRST_OWED_STATE, type OwedEffect, type OwedEvent, step, wakeAt } from "./states.ts";

/**
 * Calls the app for an owed delivery and waits for the whole answer; what goes wrong is in the result.
 * @param attempt what the app sees as devhook-attempt
 * @param request what is sent instead of what was received; undefined: as received
 */
type OwedCaller = (delivery: Delivery, attempt: number, kind: "held" | "retry", request: SentRequest | undefined) => Promise<AttemptEnd>;

export type OwedRunOptions = {
  readonly tunnel: string;
  readonly custody: Pick<Custody, "holdLease" | "releaseLease" | "owedOf" | "load" | "setDue" | "settle">;
  readonly call: OwedCaller;
  /** Looks whether the app takes connections. */
  readonly probe: () => Promise<boolean>;
  readonly signAgain: SignAgain;
  /** milliseconds since 1970 */
  readonly now: () => number;
  /** Calls back once after `ms` milliseconds. @returns takes it back */
  readonly startTimer: (callback: () => void, ms: number) => () => void;
  /** numbers from 0 to below 1 */
  readonly random: () => number;
  /** An attempt that reached the app is over; not recorded yet. `note` is a sentence about its signature. */
  readonly onAttempt: (delivery: Delivery, attempt: NewAttempt & { readonly n: number }, note: string | undefined) => void;
  /** What became of a delivery is on disk. */
  readonly onSettled: (id: string, outcome: Outcome) => void;
  /** The database failed, or a call did not even begin for a fault of ours: it is tried again soon, and nothing is lost. */
  readonly onFault: (error: unknown) => void;
};

/** Hands the app of one tunnel what it is owed, while this process has the lease on it. */
export type OwedRun = {
  /** One more is owed: as `acceptHeld` has stored it, or found it owed already. */
  readonly add: (row: OwedRow) => void;
  /** What live traffic finds out about the app. */
  readonly appIs: (state: "up" | "down") => void;
  /** Begins no further call; resolves when the one that runs is over and recorded. */
  readonly stop: () => Promise<void>;
};

/** How often the lease is renewed, milliseconds: two may fail before somebody else takes it. */
const RENEW_MS = 5_000;
/** Pause before what failed for a reason of ours is tried again, milliseconds. */
const RETRY_MS = 5_000;
/** Pause between two tries to write down what became of a call; until then no other begins, or a crash would repeat them all. Milliseconds. */
const REWRITE_MS = 1_000;
/** No timer runs longer: clocks are set, and machines sleep. Milliseconds. */
const LONGEST_TIMER_MS = 60_000;
/** Part of a wait that chance adds. */
const JITTER = 0.1;

type Task = OwedEffect | { readonly kind: "reload" };

/** Begins at once with what the ledger says is owed, or as soon as no other process works on it. */
export function startOwed(options: OwedRunOptions): OwedRun {
  const { tunnel, custody, now, startTimer, onFault } = options;
  let state = FIRST_OWED_STATE;
  /** one after the other: nothing overtakes what is being written */
  const tasks: Task[] = [];
  let isPerforming = false;
  /** attempts whose end is not recorded yet, by delivery */
  const attempts = new Map<string, NewAttempt>();
  let leaseUntil = 0;
  let isWorking = false;
  let stopping: Promise<void> | undefined;
  let cancelWake: (() => void) | undefined;
  let cancelRenewal: (() => void) | undefined;
  let endPause: (() => void) | undefined;
  let onIdle: (() => void) | undefined;

  function tell(event: OwedEvent): void {
    const next = step(state, event, { jitter: JITTER });
    state = next.state;
    enqueue(...next.effects);
    cancelWake?.();
    cancelWake = undefined;
    const at = wakeAt(state);
    if (at !== undefined) cancelWake = startTimer(onTime, Math.min(Math.max(0, at - now()), LONGEST_TIMER_MS));
  }

  function onTime(): void {
    tell({ kind: "time", now: now() });
  }

  function enqueue(...more: readonly Task[]): void {
    tasks.push(...more);
    if (!isPerforming) void performAll();
  }

  async function performAll(): Promise<void> {
    isPerforming = true;
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await perform(task);
    isPerforming = false;
    if (state.calling === undefined) onIdle?.();
  }

  async function perform(task: Task): Promise<void> {
    switch (task.kind) {
      case "wait":
        await write(task.row.id, (attempt) => custody.setDue(task.row, attempt));
        return;
      case "settle":
        if (await write(task.id, (attempt) => custody.settle(task.id, task.outcome, attempt))) options.onSettled(task.id, task.outcome);
        return;
      case "call":
        return void callApp(task.id, task.as);
      case "probe":
        return void probe();
      case "reload":
        return reload();
    }
  }

  /** Does not end before it is on disk, unless devhook does: then the delivery stays owed. @returns whether it was owed until now */
  async function write(id: string, action: (attempt: NewAttempt | undefined) => Promise<boolean>): Promise<boolean> {
    const attempt = attempts.get(id);
    attempts.delete(id);
    for (;;) {
      try {
        return await action(attempt);
      } catch (error) {
        onFault(error);
        if (stopping !== undefined) return false;
        await pause(REWRITE_MS);
      }
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const cancel = startTimer(done, ms);
      endPause = () => {
        cancel();
        done();
      };
    });
  }

  async function probe(): Promise<void> {
    const up = await options.probe().catch(() => false);
    tell({ kind: "probed", up, now: now() });
  }

  async function callApp(id: string, as: "held" | "retry"): Promise<void> {
    let end: CallEnd;
    try {
      const delivery = await custody.load(id);
      if (delivery?.owed !== true) end = { kind: "gone" };
      else if (mayCall()) end = await callFor(delivery, as);
      else end = { kind: "not-called", afterMs: 0 };
    } catch (error) {
      onFault(error);
      end = { kind: "not-called", afterMs: RETRY_MS };
    }
    tell({ kind: "ended", id, end, now: now(), random: options.random() });
    if (!isPerforming && state.calling === undefined) onIdle?.();
  }

  async function callFor(delivery: Delivery, as: "held" | "retry"): Promise<CallEnd> {
    const { request, note } = options.signAgain(delivery, now());
    const called = await options.call(delivery, (delivery.attempts.at(-1)?.n ?? 0) + 1, as, request);
    const end = judgeEnd(called, now());
    // what never reached the app is no attempt
    if (end.kind === "app-down" || end.kind === "not-called") return end;
    const attempt = { ...called, ...(request !== undefined && { request }) };
    attempts.set(delivery.id, attempt);
    options.onAttempt(delivery, attempt, note);
    return end;
  }

  /** A process that was stopped for long, or cannot write, may have lost its lease without hearing of it. */
  function mayCall(): boolean {
    if (stopping !== undefined) return false;
    if (now() < leaseUntil) return true;
    halt();
    return false;
  }

  function halt(): void {
    isWorking = false;
    tell({ kind: "stop" });
  }

  async function keepLease(): Promise<void> {
    const askedAt = now();
    const isHeld = await custody.holdLease(tunnel).catch(failedWith(undefined));
    if (stopping !== undefined) return;
    if (isHeld === true) {
      leaseUntil = askedAt + LEASE_MS;
      if (isWorking) onTime();
      else if (!tasks.some(({ kind }) => kind === "reload")) enqueue({ kind: "reload" });
    } else if (isHeld === false || now() >= leaseUntil) {
      halt();
    }
    cancelRenewal = startTimer(() => void keepLease(), RENEW_MS);
  }

  /** Behind everything that is still to be written: what is settled here must not come back as owed. */
  async function reload(): Promise<void> {
    const rows = await custody.owedOf(tunnel).catch(failedWith(undefined));
    if (rows === undefined || isWorking || stopping !== undefined) return;
    isWorking = true;
    tell({ kind: "resumed", rows, now: now() });
  }

  function failedWith<T>(value: T): (error: unknown) => T {
    return (error) => {
      onFault(error);
      return value;
    };
  }

  async function finish(): Promise<void> {
    cancelRenewal?.();
    tell({ kind: "stop" });
    endPause?.();
    if (isPerforming || state.calling !== undefined) await new Promise<void>((done) => (onIdle = done));
    await custody.releaseLease(tunnel).catch(failedWith(undefined));
  }

  void keepLease();
  return {
    add: (row) => tell({ kind: "owed", row, now: now() }),
    appIs: (found) => tell({ kind: found === "up" ? "app-up" : "app-down", now: now() }),
    stop: () => (stopping ??= Promise.resolve().then(finish)),
  };
}
