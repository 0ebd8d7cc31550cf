import { expect, it } from "vitest";
import type { CommandContext, StopSignal } from "../../../client/commands/context.ts";
import type { Session } from "../../../client/session/run.ts";
import { drain, stopSignals } from "../../../client/tunnel/stop-signal.ts";

function begin() {
  const listeners = new Set<(signal: StopSignal, count: number) => void>();
  const onSignal: CommandContext["onSignal"] = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const come: string[] = [];
  const signals = stopSignals({ onSignal } as CommandContext);
  void signals.first.then(() => come.push("first"));
  void signals.second.then(() => come.push("second"));
  const signal = (): void => {
    for (const listener of listeners) listener("SIGINT", 1);
  };
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { signals, signal, come, settled, listeners };
}

it("tells the first signal from the second, whether keys or signals ask", async () => {
  const { signals, signal, come, settled } = begin();
  expect(signals.begun()).toBe(false);
  signals.ask();
  await settled();
  expect([signals.begun(), come]).toEqual([true, ["first"]]);
  signal();
  await settled();
  expect(come).toEqual(["first", "second"]);
  signals.ask();
  await settled();
  expect(come).toEqual(["first", "second"]);
});

it("leaves ctrl-c to a program that has the terminal meanwhile, and hears every other signal", async () => {
  const { signals, signal, come, settled, listeners } = begin();
  await signals.during(async () => {
    signal();
    await settled();
    expect(come).toEqual([]);
    for (const listener of listeners) listener("SIGTERM", 1);
    await settled();
  });
  expect(come).toEqual(["first"]);
  signal();
  await settled();
  expect(come).toEqual(["first", "second"]);
});

it("leaves signals to others when it is told to", async () => {
  const { signals, signal, come, settled, listeners } = begin();
  signals.ignore();
  signal();
  await settled();
  expect([come, listeners.size, signals.begun()]).toEqual([[], 0, false]);
});

/** A session with this many deliveries in flight. */
function sessionWith(inFlight: () => number): { readonly session: Session; readonly left: () => number } {
  let left = 0;
  return { session: { leave: () => (left += 1), inFlight } as unknown as Session, left: () => left };
}

const NEVER = new Promise<void>(() => undefined);

it("takes nothing new, and waits until nothing is in flight", async () => {
  let looks = 0;
  const { session, left } = sessionWith(() => Math.max(0, 3 - looks++));
  await drain(session, NEVER);
  expect([left(), looks]).toEqual([1, 4]);
  const idle = sessionWith(() => 0);
  await drain(idle.session, NEVER);
  expect(idle.left()).toBe(1);
});

it("waits no longer for somebody in a hurry", async () => {
  const { session } = sessionWith(() => 1);
  await drain(session, Promise.resolve());
  expect(session.inFlight()).toBe(1);
});
