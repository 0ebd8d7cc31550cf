import { describe, expect, it } from "vitest";
import { percentile } from "./percentile.ts";

describe("percentile", () => {
  it("is no number without values, and the value itself of one", () => {
    expect(percentile([], 0.95)).toBeNaN();
    expect(percentile([7], 0.5)).toBe(7);
  });

  it("is a value that the share does not exceed, in whatever order they come", () => {
    const values = Array.from({ length: 60 }, (_, at) => 60 - at);
    expect(percentile(values, 0.5)).toBe(30);
    expect(percentile(values, 0.95)).toBe(57);
    expect(percentile(values, 1)).toBe(60);
    expect(percentile(values, 0.001)).toBe(1);
  });
});
