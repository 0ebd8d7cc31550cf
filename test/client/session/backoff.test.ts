import fc from "fast-check";
import { expect, test } from "vitest";
import { Backoff } from "../../../client/session/backoff.ts";

test("the waits are 0, up to 0.1, up to 1 and then up to 5 s, for ever", () => {
  const backoff = new Backoff(() => 0.999);
  expect(Array.from({ length: 6 }, () => Math.round(backoff.next()))).toEqual([0, 100, 999, 4_995, 4_995, 4_995]);
  const least = new Backoff(() => 0);
  expect(Array.from({ length: 5 }, () => least.next())).toEqual([0, 0, 0, 0, 0]);
});

test("only a link that lasted 10 s begins the ladder again", () => {
  const backoff = new Backoff(() => 0.5);
  for (let i = 0; i < 4; i++) backoff.next();
  backoff.linkEnded(9_999);
  expect(backoff.next()).toBe(2_500);
  backoff.linkEnded(10_000);
  expect(backoff.failures).toBe(0);
  expect(backoff.next()).toBe(0);
  expect(backoff.next()).toBe(50);
});

test("the relay's wish is never undercut, never shortens the ladder, and is bounded", () => {
  const wishes = fc.oneof(fc.nat(100_000), fc.constant(Number.MAX_SAFE_INTEGER));
  fc.assert(
    fc.property(fc.nat(20), wishes, fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, wish, random) => {
      const asked = new Backoff(() => random);
      const plain = new Backoff(() => random);
      for (let i = 0; i < failures; i++) {
        asked.next();
        plain.next();
      }
      const wait = asked.next(wish);
      expect(wait).toBeGreaterThanOrEqual(Math.min(wish, 3_600_000));
      expect(wait).toBeGreaterThanOrEqual(plain.next());
      // a timer of more than 2^31 ms fires at once
      expect(wait).toBeLessThan(2 ** 31);
    }),
  );
});
