import { describe, expect, test } from "vitest";
import { type ResignCase, shouldResign } from "../../../client/owed/should-resign.ts";

const T = 1_790_000_000_000;
const STALE: ResignCase = { verdictAtReceipt: "valid", receivedAt: T, now: T + 300_001, tolerance: 300, policy: "auto" };
const BAD = ["invalid", "unsigned", "no-secret", "unknown-scheme", undefined] as const;

describe("auto", () => {
  test.each(BAD)("never makes a good signature of the verdict %s, however old", (verdictAtReceipt) => {
    expect(shouldResign({ ...STALE, verdictAtReceipt, now: T + 1e9 })).toEqual({ resign: false });
  });

  test("leaves a signature alone until the tolerance has passed", () => {
    expect(shouldResign({ ...STALE, now: T })).toEqual({ resign: false });
    expect(shouldResign({ ...STALE, now: T + 300_000 })).toEqual({ resign: false });
    expect(shouldResign(STALE)).toEqual({ resign: true });
  });

  test("counts from the time of signing where the sender says it", () => {
    expect(shouldResign({ ...STALE, signedAt: T - 200_000, now: T + 100_000 })).toEqual({ resign: false });
    expect(shouldResign({ ...STALE, signedAt: T - 200_000, now: T + 100_001 })).toEqual({ resign: true });
  });

  test.each([null, undefined])("has nothing to mend where the tolerance is %s", (tolerance) => {
    expect(shouldResign({ ...STALE, tolerance, now: T + 1e9 })).toEqual({ resign: false });
  });

  test("leaves alone what a clock that was set back makes younger than new", () => {
    expect(shouldResign({ ...STALE, now: T - 1e9 })).toEqual({ resign: false });
  });
});

test("never means never", () => {
  expect(shouldResign({ ...STALE, policy: "never", now: T + 1e9 })).toEqual({ resign: false });
});

describe("always", () => {
  test("signs what was valid without a word", () => {
    expect(shouldResign({ ...STALE, policy: "always", now: T, tolerance: undefined })).toEqual({ resign: true });
  });

  test.each(BAD)("says what it does to the verdict %s", (verdictAtReceipt) => {
    const { resign, doubt } = shouldResign({ ...STALE, policy: "always", verdictAtReceipt });
    expect(resign).toBe(true);
    expect(doubt).toContain(verdictAtReceipt ?? "never checked");
    expect(doubt).toContain("your app will take it for genuine");
  });
});
