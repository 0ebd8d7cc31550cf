import { expect, it } from "vitest";
import { createResendCount } from "../../../client/commands/resend-result.ts";

it("tells the progress of a long run every two seconds at most, and not when all are sent", () => {
  let now = 1_000;
  const count = createResendCount(4, { monotonic: () => now });
  const after = (ms: number): string | undefined => {
    now += ms;
    count.add("ok");
    return count.progress();
  };
  expect([after(1_999), after(1), after(1_999), after(5_000)]).toEqual([undefined, "2 of 4 sent", undefined, undefined]);
});

it("sums up every end, and what was not sent", () => {
  const count = createResendCount(6, { monotonic: () => 0 });
  for (const end of ["ok", "answered", "failed", "unreachable", "ok"] as const) count.add(end);
  expect(count.summary()).toBe("5 sent: 2 answered 2xx, 1 otherwise, 2 failed; 1 not sent");
  expect([count.of("ok"), count.of("unreachable")]).toEqual([2, 1]);
});
