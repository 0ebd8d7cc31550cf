import { expect, it } from "vitest";
import { createPace } from "../../../client/screen/pace.ts";

const NOW = 1_790_000_010_000;

it("counts each delivery once, by the quarter of a minute in which it came, over five minutes", () => {
  const pace = createPace();
  const rows = [
    { seq: 1, receivedAt: NOW - 400_000 },
    { seq: 2, receivedAt: NOW - 284_000 },
    { seq: 3, receivedAt: NOW - 40_000 },
    { seq: 4, receivedAt: NOW },
  ];
  pace.add(rows, NOW);
  pace.add(rows, NOW);
  const { slots, perMinute } = pace.view(NOW);
  expect([slots.length, slots[0], slots.at(-1), slots.reduce((sum, each) => sum + each, 0)]).toEqual([20, 1, 1, 3]);
  expect(perMinute).toBe(2);
  pace.add([{ seq: 5, receivedAt: NOW }], NOW);
  expect(pace.view(NOW).perMinute).toBe(3);
});

it("forgets as time goes on, and stands a clock that jumps back", () => {
  const pace = createPace();
  pace.add([{ seq: 1, receivedAt: NOW }], NOW);
  expect(pace.view(NOW + 61_000).perMinute).toBe(0);
  expect(pace.view(NOW + 301_000).slots).toEqual(Array.from({ length: 20 }, () => 0));
  pace.add([{ seq: 2, receivedAt: NOW - 3_600_000 }], NOW - 3_600_000);
  expect(pace.view(NOW - 3_600_000).perMinute).toBe(1);
});
