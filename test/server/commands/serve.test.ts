import { expect, test } from "vitest";
import { serve } from "../../../server/commands/serve.ts";
import type { Relay } from "../../../server/relay.ts";
import { until } from "../../rig/until.ts";

/** A relay that is asked to close, and closes when the test says so. */
function fakeRelay() {
  const closes: (number | undefined)[] = [];
  let finish: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const relay: Relay = {
    url: "http://127.0.0.1:1",
    port: 1,
    close: (options) => {
      closes.push(options?.graceMs);
      return closed;
    },
  };
  return { relay, closes, finish };
}

function fakeContext() {
  const listeners = new Set<(signal: string, count: number) => void>();
  let count = 0;
  const context = {
    env: {},
    stdout: { write: () => true },
    stderr: { write: () => true },
    clock: { now: () => 0, monotonic: () => 0 },
    onSignal: (listener: (signal: string, count: number) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const signal = (): void => {
    count += 1;
    for (const listener of listeners) listener("SIGTERM", count);
  };
  return { context, listeners, signal };
}

test("the first signal stops in good order, the second at once, and the command ends when the relay has", async () => {
  const { relay, closes, finish } = fakeRelay();
  const { context, listeners, signal } = fakeContext();
  const ready: string[] = [];
  let over = false;
  const served = serve(
    context,
    async () => relay,
    ({ url }) => ready.push(url),
  ).then(() => (over = true));
  await until(() => ready.length === 1);
  expect(closes).toEqual([]);
  signal();
  expect(closes).toEqual([undefined]);
  expect(over).toBe(false);
  signal();
  expect(closes).toEqual([undefined, 0]);
  finish();
  await served;
  expect(listeners.size).toBe(0);
});

test("a signal that comes while the relay starts stops it without a ready line", async () => {
  const { relay, closes, finish } = fakeRelay();
  const { context, signal } = fakeContext();
  let begin: (started: Relay) => void = () => {};
  const starting = new Promise<Relay>((resolve) => {
    begin = resolve;
  });
  const ready: string[] = [];
  const served = serve(
    context,
    () => starting,
    ({ url }) => ready.push(url),
  );
  signal();
  begin(relay);
  finish();
  await served;
  expect(closes).toEqual([undefined]);
  expect(ready).toEqual([]);
});

test("a relay that does not start leaves no listener behind", async () => {
  const { context, listeners } = fakeContext();
  const served = serve(
    context,
    async () => {
      throw new Error("no port");
    },
    () => {},
  );
  await expect(served).rejects.toThrow("no port");
  expect(listeners.size).toBe(0);
});
