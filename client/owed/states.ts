import type { Outcome } from "../ledger/final-status.ts";
import type { OwedRow } from "../ledger/records.ts";

/** Why a call of the app for an owed delivery came to its end. */
export type CallEnd =
  /** the app answered 2xx */
  | { readonly kind: "delivered" }
  /** the app said no for good: it is not asked again */
  | { readonly kind: "refused" }
  /** the app may do better later; `afterMs` is its own wish, 0 when it has none */
  | { readonly kind: "failed"; readonly afterMs: number }
  /** nothing listens where the app should be: the call never reached it */
  | { readonly kind: "app-down" }
  /** the call never reached the app, for another reason than that; it is due again after `afterMs` */
  | { readonly kind: "not-called"; readonly afterMs: number }
  /** devhook itself ended the call, so that nobody knows what the app would have answered */
  | { readonly kind: "cut-off" }
  /** there is nothing to call for any more: it was settled elsewhere, or is no longer recorded */
  | { readonly kind: "gone" };

/** Whether the app takes connections; while it is not known, it is taken to do so. */
type AppState =
  | { readonly kind: "up" }
  /** milliseconds since 1970 */
  | { readonly kind: "down"; readonly probeAt: number };

/** What is owed to the app of one tunnel. Times are milliseconds since 1970: they must mean something after a restart. */
export type OwedState = {
  /** in the order of receipt, with the one that is called */
  readonly owed: readonly OwedRow[];
  /** the one that is called */
  readonly calling: OwedRow | undefined;
  readonly app: AppState;
  /** a look at the app is under way */
  readonly probing: boolean;
  /** how often the app has been found down since it last answered a call */
  readonly misses: number;
  /** nothing new is begun */
  readonly stopped: boolean;
};

export type OwedEvent =
  /** this process may work, and this is all that is owed; what was known before counts no more, except for a call that still runs */
  | { readonly kind: "resumed"; readonly rows: readonly OwedRow[]; readonly now: number }
  /** one more is owed; one that is known already changes nothing */
  | { readonly kind: "owed"; readonly row: OwedRow; readonly now: number }
  /** `random`: from 0 to below 1 */
  | { readonly kind: "ended"; readonly id: string; readonly end: CallEnd; readonly now: number; readonly random: number }
  /** what a probe found */
  | { readonly kind: "probed"; readonly up: boolean; readonly now: number }
  /** what live traffic meets */
  | { readonly kind: "app-up"; readonly now: number }
  | { readonly kind: "app-down"; readonly now: number }
  | { readonly kind: "time"; readonly now: number }
  /** the call that runs may come to its end; nothing else begins until `resumed` */
  | { readonly kind: "stop" };

/** What is to be done after an event, in this order. */
export type OwedEffect =
  /** to be stored: it stays owed */
  | { readonly kind: "wait"; readonly row: OwedRow }
  /** to be stored: it is owed no more. `failed` is shown until somebody has seen it. */
  | { readonly kind: "settle"; readonly id: string; readonly outcome: Outcome }
  | { readonly kind: "call"; readonly id: string; readonly as: "held" | "retry" }
  | { readonly kind: "probe" };

export type OwedOptions = {
  /** part of a wait that chance may add to it, so that deliveries which failed together do not come back together */
  readonly jitter: number;
};

/** Milliseconds after the first failure, the second, …; the next failure is the last. */
const LADDER_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000] as const;
/** Calls that the app may fail. */
export const MOST_FAILURES = LADDER_MS.length + 1;
/** The longest wait that an app's Retry-After gets, milliseconds: one that asks for a week has mistaken its unit, or wants to be rid of us. */
export const LONGEST_WISH_MS = 3_600_000;
/** A pause, should calls be cut off one after the other. Milliseconds. */
const CUT_OFF_MS = 1_000;
/** Milliseconds between two looks at an app that is down: a restart is soon found over, and an app that is away for the night costs little. */
const PROBE_MS = [1_000, 2_000, 5_000] as const;
/** No wait is as long, with any jitter: what is due later than this was written before the clock was set back. Milliseconds. */
const BEYOND_MS = 2 * LONGEST_WISH_MS;

/** Nothing is known and nothing begins, until `resumed`. */
export const FIRST_OWED_STATE: OwedState = { owed: [], calling: undefined, app: { kind: "up" }, probing: false, misses: 0, stopped: true };

type Step = { readonly state: OwedState; readonly effects: readonly OwedEffect[] };

/**
 * What devhook owes to the app of one tunnel, as a state machine: pure, without time or chance of its own. One call at a time; those that have not failed yet in
 * the order of receipt, then those that have, in the order in which they are due. Events that do not fit the state (the end of a call that does not run)
 * change nothing.
 */
export function step(state: OwedState, event: OwedEvent, options: OwedOptions): Step {
  switch (event.kind) {
    case "resumed":
      return goOn({ ...state, owed: event.rows.toSorted(byReceipt), stopped: false }, event.now);
    case "owed":
      return goOn(withRow(state, event.row), event.now);
    case "ended":
      return ended(state, event, options);
    case "probed": {
      const looked: OwedState = { ...state, app: { kind: "up" }, probing: false };
      return goOn(event.up ? looked : appDown(looked, event.now), event.now);
    }
    case "app-up":
      return goOn({ ...state, app: { kind: "up" } }, event.now);
    case "app-down":
      return goOn(appDown(state, event.now), event.now);
    case "time":
      return goOn(state, event.now);
    case "stop":
      return { state: { ...state, stopped: true }, effects: [] };
  }
}

/** When the next `time` event is due, milliseconds since 1970; undefined when only another event can change anything. */
export function wakeAt({ owed, calling, app, probing, stopped }: OwedState): number | undefined {
  if (stopped || calling !== undefined || owed.length === 0) return undefined;
  if (app.kind === "down") return probing ? undefined : app.probeAt;
  return owed.reduce((first, { dueAt }) => Math.min(first, dueAt), Infinity);
}

/** Begins what can be begun. */
function goOn(state: OwedState, now: number, before: readonly OwedEffect[] = []): Step {
  const { owed, calling, app, probing, stopped } = state;
  if (stopped || calling !== undefined || owed.length === 0) return { state, effects: before };
  if (app.kind === "down") {
    if (probing || !isReached(app.probeAt, now)) return { state, effects: before };
    return { state: { ...state, probing: true }, effects: [...before, { kind: "probe" }] };
  }
  const next = nextOf(owed, now);
  if (next === undefined) return { state, effects: before };
  const as = next.failures === 0 ? "held" : "retry";
  return { state: { ...state, calling: next }, effects: [...before, { kind: "call", id: next.id, as }] };
}

function ended(state: OwedState, { id, end, now, random }: OwedEvent & { readonly kind: "ended" }, { jitter }: OwedOptions): Step {
  const { calling } = state;
  if (calling?.id !== id) return { state, effects: [] };
  const idle = { ...state, calling: undefined };
  const answered: OwedState = { ...idle, app: { kind: "up" }, misses: 0 };
  switch (end.kind) {
    case "delivered":
      return goOn(without(answered, id), now, [{ kind: "settle", id, outcome: "delivered" }]);
    case "refused":
      return goOn(without(answered, id), now, [{ kind: "settle", id, outcome: "failed" }]);
    case "failed": {
      const failures = calling.failures + 1;
      const rung = LADDER_MS[failures - 1];
      if (rung === undefined) return goOn(without(answered, id), now, [{ kind: "settle", id, outcome: "failed" }]);
      // the app's wish lengthens a wait and never shortens it: a Retry-After of 0 would burn all calls at once
      const wait = Math.max(rung, Math.min(end.afterMs, LONGEST_WISH_MS));
      return deferred(answered, { id, failures, dueAt: now + Math.round(wait * (1 + jitter * random)) }, now);
    }
    case "app-down":
      return goOn(appDown(idle, now), now);
    case "not-called":
      return goOn(changed(idle, { ...calling, dueAt: now + end.afterMs }), now);
    case "cut-off":
      return deferred(idle, { ...calling, dueAt: now + CUT_OFF_MS }, now);
    case "gone":
      return goOn(without(idle, id), now);
  }
}

function deferred(state: OwedState, row: OwedRow, now: number): Step {
  return goOn(changed(state, row), now, [{ kind: "wait", row }]);
}

/** While it is known to be down, more of the same news does not put off the next look. */
function appDown(state: OwedState, now: number): OwedState {
  if (state.app.kind === "down") return state;
  const wait = PROBE_MS[Math.min(state.misses, PROBE_MS.length - 1)] ?? 0;
  return { ...state, app: { kind: "down", probeAt: now + wait }, misses: state.misses + 1 };
}

function nextOf(owed: readonly OwedRow[], now: number): OwedRow | undefined {
  const due = owed.filter(({ dueAt }) => isReached(dueAt, now));
  const untried = due.find(({ failures }) => failures === 0);
  if (untried !== undefined || due.length === 0) return untried;
  return due.reduce((first, row) => (row.dueAt < first.dueAt ? row : first));
}

function isReached(at: number, now: number): boolean {
  return at <= now || at > now + BEYOND_MS;
}

function withRow(state: OwedState, row: OwedRow): OwedState {
  const { owed } = state;
  const at = owed.findLastIndex(({ id }) => id <= row.id);
  if (owed[at]?.id === row.id) return state;
  return { ...state, owed: owed.toSpliced(at + 1, 0, row) };
}

function without(state: OwedState, id: string): OwedState {
  return { ...state, owed: state.owed.filter((row) => row.id !== id) };
}

/** One that is not owed any more, by the word of `resumed`, stays away. */
function changed(state: OwedState, row: OwedRow): OwedState {
  return { ...state, owed: state.owed.map((other) => (other.id === row.id ? row : other)) };
}

function byReceipt(one: OwedRow, other: OwedRow): number {
  return one.id < other.id ? -1 : 1;
}
