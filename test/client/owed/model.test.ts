import fc from "fast-check";
import { expect, test } from "vitest";
import type { OwedRow } from "../../../client/ledger/records.ts";
import { type CallEnd, FIRST_OWED_STATE, type OwedEffect, type OwedEvent, step, wakeAt } from "../../../client/owed/states.ts";

const JITTER = 0.2;
const LADDER = [5_000, 30_000, 120_000, 600_000, 1_800_000];
const HOUR = 3_600_000;

/** What happens to a tunnel from outside. */
type Command =
  | { readonly do: "arrive" }
  /** what the app does with the call that runs */
  | { readonly do: "answer"; readonly end: Extract<CallEnd, { kind: "delivered" | "refused" | "failed" }>; readonly random: number }
  | { readonly do: "busy" | "cut-off" | "probe-ends" | "stop" | "resume" | "crash" | "live-traffic" }
  | { readonly do: "app"; readonly up: boolean }
  | { readonly do: "wait"; readonly ms: number };

/** One delivery, as those who watch know it. */
type Watched = {
  row: OwedRow;
  outcome: "delivered" | "failed" | undefined;
  /** calls that reached the app */
  reached: number;
  /** of those, the ones whose end devhook never learnt */
  unknown: number;
};

/** Throws unless a rule holds. */
function rule(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}

/** The world around the machine: the app, the clock, and the database that survives a crash. Throws when a rule is broken. */
class World {
  now = 1_790_000_000_000;
  #state = FIRST_OWED_STATE;
  readonly #ledger = new Map<string, Watched>();
  #calling: string | undefined;
  /** what waits for a free connection to the app, until when: that is no failure, and stands in no database */
  readonly #putOff = new Map<string, number>();
  #isUp = true;
  #probes = 0;
  #isStopped = false;
  #made = 0;

  constructor() {
    this.#resume();
  }

  get owed(): readonly Watched[] {
    return [...this.#ledger.values()].filter(({ outcome }) => outcome === undefined);
  }

  get all(): readonly Watched[] {
    return [...this.#ledger.values()];
  }

  run(command: Command): void {
    switch (command.do) {
      case "arrive": {
        const row = { id: String(++this.#made).padStart(5, "0"), dueAt: this.now, failures: 0 };
        this.#ledger.set(row.id, { row, outcome: undefined, reached: 0, unknown: 0 });
        return this.#tell({ kind: "owed", row, now: this.now });
      }
      case "answer":
        return this.#end(this.#isUp ? command.end : { kind: "app-down" }, command.random);
      case "busy":
        return this.#end({ kind: "not-called", afterMs: 5_000 });
      case "cut-off":
        return this.#end({ kind: "cut-off" });
      case "app":
        this.#isUp = command.up;
        return;
      case "live-traffic":
        return this.#tell({ kind: this.#isUp ? "app-up" : "app-down", now: this.now });
      case "probe-ends":
        if (this.#probes === 0) return;
        this.#probes--;
        return this.#tell({ kind: "probed", up: this.#isUp, now: this.now });
      case "wait":
        this.now += command.ms;
        return this.#tell({ kind: "time", now: this.now });
      case "stop":
        this.#isStopped = true;
        return this.#tell({ kind: "stop" });
      case "resume":
        return this.#resume();
      case "crash": {
        const cut = this.#calling === undefined ? undefined : this.#ledger.get(this.#calling);
        if (cut !== undefined && this.#isUp) {
          cut.reached++;
          cut.unknown++;
        }
        this.#calling = undefined;
        this.#probes = 0;
        this.#state = FIRST_OWED_STATE;
        return this.#resume();
      }
    }
  }

  /** Lets time pass with an app that answers 2xx, until nothing is owed. */
  finish(): void {
    this.#isUp = true;
    this.#resume();
    for (let turn = 0; this.owed.length > 0; turn++) {
      if (turn > 2_000) throw new Error(`still owed: ${JSON.stringify(this.owed)} in ${JSON.stringify(this.#state)}`);
      if (this.#calling !== undefined) this.run({ do: "answer", end: { kind: "delivered" }, random: 0 });
      else if (this.#probes > 0) this.run({ do: "probe-ends" });
      else this.run({ do: "wait", ms: Math.max(0, (wakeAt(this.#state) ?? Infinity) - this.now) });
    }
  }

  #resume(): void {
    this.#isStopped = false;
    this.#putOff.clear();
    this.#tell({ kind: "resumed", rows: this.owed.map(({ row }) => row), now: this.now });
  }

  #end(end: CallEnd, random = 0): void {
    const id = this.#calling;
    if (id === undefined) return;
    const watched = this.#of(id);
    const before = watched.row;
    this.#calling = undefined;
    if (this.#isUp && end.kind !== "not-called") watched.reached++;
    if (this.#isUp && end.kind === "cut-off") watched.unknown++;
    if (end.kind === "not-called") this.#putOff.set(id, this.now + end.afterMs);
    else this.#putOff.delete(id);
    this.#tell({ kind: "ended", id, end, now: this.now, random });
    if (end.kind === "failed") {
      const rung = LADDER[before.failures];
      rule(watched.outcome === (rung === undefined ? "failed" : undefined), "six failures, no more and no less");
      if (rung === undefined) return;
      const wait = Math.max(rung, Math.min(end.afterMs, HOUR));
      const { failures, dueAt } = watched.row;
      rule(failures === before.failures + 1, "a failure counts once");
      rule(dueAt >= this.now + wait && dueAt <= this.now + wait * (1 + JITTER), "the wait of the rung");
    } else if (end.kind === "delivered") {
      rule(watched.outcome === "delivered", "2xx delivers");
    } else if (end.kind === "refused") {
      rule(watched.outcome === "failed", "a refusal is final");
    } else {
      rule(watched.outcome === undefined && watched.row.failures === before.failures, "nothing is burned");
    }
  }

  #of(id: string): Watched {
    const watched = this.#ledger.get(id);
    if (watched === undefined) throw new Error(`${id} was never owed`);
    return watched;
  }

  #tell(event: OwedEvent): void {
    const { state, effects } = step(this.#state, event, { jitter: JITTER });
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: OwedEffect): void {
    switch (effect.kind) {
      case "wait":
        rule(this.#of(effect.row.id).outcome === undefined, "what is settled stays so");
        this.#of(effect.row.id).row = effect.row;
        return;
      case "settle":
        rule(this.#of(effect.id).outcome === undefined, "one outcome each");
        this.#of(effect.id).outcome = effect.outcome;
        return;
      case "probe":
        rule(this.#probes === 0, "one look at a time");
        this.#probes++;
        return;
      case "call":
        return this.#call(effect.id, effect.as);
    }
  }

  #call(id: string, as: "held" | "retry"): void {
    const { row, outcome } = this.#of(id);
    rule(this.#calling === undefined, "one call at a time");
    rule(!this.#isStopped, "nothing begins after stop");
    rule(outcome === undefined, "no call for a known answer");
    rule(row.failures < 6, "six calls at most");
    const due = this.owed.filter((other) => this.#dueAt(other) <= this.now);
    const untried = due.filter((other) => other.row.failures === 0).map((other) => other.row.id);
    if (as === "held") return this.#begin(id, untried[0] === id, "first calls in the order of receipt");
    const first = Math.min(...due.map((other) => this.#dueAt(other)));
    this.#begin(id, untried.length === 0 && this.#dueAt(this.#of(id)) === first, "then those that are due, the longest due first");
  }

  #begin(id: string, isNext: boolean, what: string): void {
    rule(isNext, what);
    this.#calling = id;
  }

  #dueAt({ row }: Watched): number {
    return this.#putOff.get(row.id) ?? row.dueAt;
  }
}

const END = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "delivered" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "refused" } as const) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("failed" as const), afterMs: fc.constantFrom(0, 1, 4_000, 7_000, HOUR, 2 * HOUR, 1e15) }),
  },
);
const COMMAND: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: "arrive" } as const) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("answer" as const), end: END, random: fc.double({ min: 0, max: 0.999_999, noNaN: true }) }),
  },
  {
    weight: 7,
    arbitrary: fc.record({ do: fc.constantFrom("busy", "cut-off", "probe-ends", "stop", "resume", "resume", "crash", "live-traffic") }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("app" as const), up: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, 999, 1_000, 5_000, 6_000, 36_000, 150_000, 720_000, 2_200_000),
    }),
  },
);

test("whatever arrives, answers, fails, stops and crashes: one call at a time, in order, nothing burned, nothing lost, nothing called twice", () => {
  fc.assert(
    fc.property(fc.array(COMMAND, { maxLength: 120, size: "max" }), (commands) => {
      const world = new World();
      for (const command of commands) world.run(command);
      const settled = world.all.filter(({ outcome }) => outcome !== undefined);
      world.finish();
      expect(world.owed).toEqual([]);
      for (const { outcome, reached, unknown } of world.all) {
        expect(outcome).toBeDefined();
        expect(reached).toBeGreaterThanOrEqual(1);
        expect(reached - unknown).toBeLessThanOrEqual(6);
      }
      // what had come to its end was left alone
      expect(world.all.filter((one) => settled.includes(one) && one.outcome === undefined)).toEqual([]);
    }),
    { numRuns: 600 },
  );
});
