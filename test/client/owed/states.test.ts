import { describe, expect, test } from "vitest";
import type { OwedRow } from "../../../client/ledger/records.ts";
import {
  type CallEnd,
  FIRST_OWED_STATE,
  LONGEST_WISH_MS,
  MOST_FAILURES,
  type OwedEffect,
  type OwedEvent,
  type OwedState,
  step,
  wakeAt,
} from "../../../client/owed/states.ts";

const NO_JITTER = { jitter: 0 };
/** a day in 2026 */
const T = 1_790_000_000_000;
const HOUR = 3_600_000;

/** A machine with a memory of what it asked for. */
class Machine {
  state: OwedState = FIRST_OWED_STATE;
  effects: readonly OwedEffect[] = [];

  constructor(now: number, rows: readonly OwedRow[]) {
    this.tell({ kind: "resumed", rows, now });
  }

  tell(event: OwedEvent, options = NO_JITTER): readonly OwedEffect[] {
    const next = step(this.state, event, options);
    this.state = next.state;
    this.effects = next.effects;
    return next.effects;
  }

  /** The call that runs comes to this end. */
  end(end: CallEnd, now: number, { random = 0, jitter = 0 } = {}): readonly OwedEffect[] {
    const id = this.state.calling?.id;
    if (id === undefined) throw new Error("nothing is called");
    return this.tell({ kind: "ended", id, end, now, random }, { jitter });
  }
}

const row = (id: string, change: Partial<OwedRow> = {}): OwedRow => ({ id, dueAt: T, failures: 0, ...change });
const call = (id: string, as: "held" | "retry" = "held"): OwedEffect => ({ kind: "call", id, as });
const FAILED: CallEnd = { kind: "failed", afterMs: 0 };
const DELIVERED: CallEnd = { kind: "delivered" };

describe("what does not fit", () => {
  test("nothing begins before it is known what is owed", () => {
    expect(step(FIRST_OWED_STATE, { kind: "owed", row: row("a"), now: T }, NO_JITTER).effects).toEqual([]);
    expect(step(FIRST_OWED_STATE, { kind: "time", now: T }, NO_JITTER)).toEqual({ state: FIRST_OWED_STATE, effects: [] });
    expect(wakeAt(FIRST_OWED_STATE)).toBeUndefined();
  });

  test("the end of a call that does not run changes nothing", () => {
    const machine = new Machine(T, [row("a"), row("b")]);
    const before = machine.state;
    expect(machine.tell({ kind: "ended", id: "b", end: DELIVERED, now: T, random: 0 })).toEqual([]);
    expect(machine.state).toEqual(before);
    machine.end(DELIVERED, T);
    expect(machine.tell({ kind: "ended", id: "a", end: DELIVERED, now: T, random: 0 })).toEqual([]);
  });

  test("a delivery that is owed already is not owed twice, and keeps its failures", () => {
    const machine = new Machine(T, [row("a", { failures: 3, dueAt: T + 5 })]);
    expect(machine.tell({ kind: "owed", row: row("a"), now: T })).toEqual([]);
    expect(machine.state.owed).toEqual([row("a", { failures: 3, dueAt: T + 5 })]);
  });
});

describe("the order of calls", () => {
  test("is that of receipt, one at a time, whatever the order in which they became known", () => {
    const machine = new Machine(T, [row("c"), row("a")]);
    expect(machine.effects).toEqual([call("a")]);
    expect(machine.tell({ kind: "owed", row: row("b"), now: T })).toEqual([]);
    expect(machine.tell({ kind: "time", now: T + 1 })).toEqual([]);
    expect(machine.end(DELIVERED, T + 2)).toEqual([{ kind: "settle", id: "a", outcome: "delivered" }, call("b")]);
    expect(machine.end(DELIVERED, T + 3)).toEqual([{ kind: "settle", id: "b", outcome: "delivered" }, call("c")]);
    expect(machine.end(DELIVERED, T + 4)).toEqual([{ kind: "settle", id: "c", outcome: "delivered" }]);
    expect(wakeAt(machine.state)).toBeUndefined();
  });

  test("one that failed blocks nobody: those that are called for the first time go before it even when it is due", () => {
    const machine = new Machine(T, [row("a"), row("b"), row("c")]);
    expect(machine.end(FAILED, T)).toEqual([{ kind: "wait", row: row("a", { failures: 1, dueAt: T + 5_000 }) }, call("b")]);
    // b takes so long that a is due again
    expect(machine.end(DELIVERED, T + 20_000).at(-1)).toEqual(call("c"));
    expect(machine.end(DELIVERED, T + 20_000).at(-1)).toEqual(call("a", "retry"));
  });

  test("of two that failed the one that is due first comes first", () => {
    const rows = [row("a", { failures: 2, dueAt: T - 1 }), row("b", { failures: 5, dueAt: T - 2 })];
    expect(new Machine(T, rows).effects).toEqual([call("b", "retry")]);
  });
});

describe("a call that fails", () => {
  test("waits 5 s, 30 s, 2 min, 10 min and 30 min, and fails for good with the sixth", () => {
    const machine = new Machine(T, [row("a")]);
    let now = T;
    for (const [i, wait] of [5_000, 30_000, 120_000, 600_000, 1_800_000].entries()) {
      const due = now + wait;
      expect(machine.end(FAILED, now)).toEqual([{ kind: "wait", row: row("a", { failures: i + 1, dueAt: due }) }]);
      expect(wakeAt(machine.state)).toBe(due);
      expect(machine.tell({ kind: "time", now: due - 1 })).toEqual([]);
      expect(machine.tell({ kind: "time", now: due })).toEqual([call("a", "retry")]);
      now = due;
    }
    expect(machine.end(FAILED, now)).toEqual([{ kind: "settle", id: "a", outcome: "failed" }]);
    expect(machine.state.owed).toEqual([]);
    expect(MOST_FAILURES).toBe(6);
  });

  test("goes on from the rung that is recorded", () => {
    const machine = new Machine(T, [row("a", { failures: 5, dueAt: T - HOUR })]);
    expect(machine.effects).toEqual([call("a", "retry")]);
    expect(machine.end(FAILED, T)).toEqual([{ kind: "settle", id: "a", outcome: "failed" }]);
  });

  test.each([
    [0, 5_000],
    [4_999, 5_000],
    [5_001, 5_001],
    [LONGEST_WISH_MS, LONGEST_WISH_MS],
    [LONGEST_WISH_MS + 1, LONGEST_WISH_MS],
    [Number.MAX_SAFE_INTEGER, LONGEST_WISH_MS],
  ])("an app that wants %i ms has a wait of %i ms", (afterMs, wait) => {
    const machine = new Machine(T, [row("a")]);
    expect(machine.end({ kind: "failed", afterMs }, T)).toEqual([{ kind: "wait", row: row("a", { failures: 1, dueAt: T + wait }) }]);
  });

  test("chance lengthens its wait by the jitter at most, and never shortens it", () => {
    const waitOf = (random: number): OwedEffect | undefined => new Machine(T, [row("a")]).end(FAILED, T, { random, jitter: 0.1 })[0];
    expect(waitOf(0)).toMatchObject({ row: { dueAt: T + 5_000 } });
    expect(waitOf(0.5)).toMatchObject({ row: { dueAt: T + 5_250 } });
    expect(waitOf(0.999_999)).toMatchObject({ row: { dueAt: T + 5_500 } });
  });

  test("that the app refuses for good ends it as failed at once", () => {
    expect(new Machine(T, [row("a")]).end({ kind: "refused" }, T)).toEqual([{ kind: "settle", id: "a", outcome: "failed" }]);
  });

  test("that never reached the app burns nothing, and lets the others go first", () => {
    const machine = new Machine(T, [row("a"), row("b")]);
    expect(machine.end({ kind: "not-called", afterMs: 5_000 }, T)).toEqual([call("b")]);
    machine.end(DELIVERED, T);
    expect(wakeAt(machine.state)).toBe(T + 5_000);
    expect(machine.tell({ kind: "time", now: T + 5_000 })).toEqual([call("a")]);
  });

  test("that devhook cut off burns nothing and is stored", () => {
    const machine = new Machine(T, [row("a", { failures: 5 })]);
    machine.tell({ kind: "stop" });
    expect(machine.end({ kind: "cut-off" }, T)).toEqual([{ kind: "wait", row: row("a", { failures: 5, dueAt: T + 1_000 }) }]);
  });

  test("for which there is nothing left is forgotten without a word", () => {
    const machine = new Machine(T, [row("a"), row("b")]);
    expect(machine.end({ kind: "gone" }, T)).toEqual([call("b")]);
    expect(machine.state.owed.map(({ id }) => id)).toEqual(["b"]);
  });
});

describe("an app that is down", () => {
  test("is looked at after 1 s, 2 s, then every 5 s, and burns nothing", () => {
    const machine = new Machine(T, [row("a", { failures: 5 }), row("b")]);
    // b has not failed yet
    expect(machine.effects).toEqual([call("b")]);
    expect(machine.end({ kind: "app-down" }, T)).toEqual([]);
    let now = T;
    for (const wait of [1_000, 2_000, 5_000, 5_000]) {
      expect(wakeAt(machine.state)).toBe(now + wait);
      now += wait;
      expect(machine.tell({ kind: "time", now: now - 1 })).toEqual([]);
      expect(machine.tell({ kind: "time", now })).toEqual([{ kind: "probe" }]);
      // one look at a time
      expect(machine.tell({ kind: "time", now })).toEqual([]);
      expect(wakeAt(machine.state)).toBeUndefined();
      expect(machine.tell({ kind: "app-down", now })).toEqual([]);
      expect(machine.tell({ kind: "time", now: now + 9_000 })).toEqual([]);
      expect(machine.tell({ kind: "probed", up: false, now })).toEqual([]);
    }
    expect(machine.state.owed).toEqual([row("a", { failures: 5 }), row("b")]);
    expect(machine.tell({ kind: "probed", up: true, now })).toEqual([call("b")]);
    expect(machine.end(DELIVERED, now).at(-1)).toEqual(call("a", "retry"));
  });

  test("that takes connections only to refuse the call is not asked without a pause", () => {
    const machine = new Machine(T, [row("a")]);
    for (const wait of [1_000, 2_000, 5_000, 5_000]) {
      machine.end({ kind: "app-down" }, T);
      expect(wakeAt(machine.state)).toBe(T + wait);
      expect(machine.tell({ kind: "time", now: T + wait })).toEqual([{ kind: "probe" }]);
      expect(machine.tell({ kind: "probed", up: true, now: T })).toEqual([call("a")]);
    }
    machine.end(FAILED, T);
    machine.tell({ kind: "app-down", now: T });
    expect(wakeAt(machine.state)).toBe(T + 1_000);
  });

  test("as live traffic finds it, is called when live traffic finds it up, without waiting for a look", () => {
    const machine = new Machine(T, []);
    machine.tell({ kind: "app-down", now: T });
    expect(machine.tell({ kind: "owed", row: row("a"), now: T })).toEqual([]);
    // the same news again does not put the look off
    machine.tell({ kind: "app-down", now: T + 999 });
    expect(wakeAt(machine.state)).toBe(T + 1_000);
    expect(machine.tell({ kind: "app-up", now: T + 999 })).toEqual([call("a")]);
  });

  test("is not looked at while nothing is owed", () => {
    const machine = new Machine(T, []);
    machine.tell({ kind: "app-down", now: T });
    expect(wakeAt(machine.state)).toBeUndefined();
    expect(machine.tell({ kind: "time", now: T + HOUR })).toEqual([]);
  });

  test("but answers the call that was running is up", () => {
    const machine = new Machine(T, [row("a"), row("b")]);
    machine.tell({ kind: "app-down", now: T });
    expect(machine.end(DELIVERED, T)).toEqual([{ kind: "settle", id: "a", outcome: "delivered" }, call("b")]);
  });
});

describe("stop", () => {
  test("lets the call that runs come to its end, and begins none", () => {
    const machine = new Machine(T, [row("a"), row("b")]);
    expect(machine.tell({ kind: "stop" })).toEqual([]);
    expect(machine.state.calling?.id).toBe("a");
    expect(machine.end(DELIVERED, T)).toEqual([{ kind: "settle", id: "a", outcome: "delivered" }]);
    expect(machine.tell({ kind: "owed", row: row("c"), now: T })).toEqual([]);
    expect(machine.tell({ kind: "app-up", now: T })).toEqual([]);
    expect(wakeAt(machine.state)).toBeUndefined();
  });

  test("then resumed: what is recorded counts, a call that still runs stays the only one", () => {
    const machine = new Machine(T, [row("a"), row("b"), row("c")]);
    machine.tell({ kind: "stop" });
    expect(machine.tell({ kind: "resumed", rows: [row("c")], now: T })).toEqual([]);
    // another process has settled a: what became of this call is told in any case
    expect(machine.end(FAILED, T).at(-1)).toEqual(call("c"));
    expect(machine.state.owed.map(({ id }) => id)).toEqual(["c"]);
  });
});

test("a clock that is set back makes nobody wait for the time that was", () => {
  const machine = new Machine(T, [row("a", { failures: 1, dueAt: T + 1_800_000 * 1.1 }), row("b", { failures: 1, dueAt: T + 24 * HOUR })]);
  expect(machine.effects).toEqual([call("b", "retry")]);
});
