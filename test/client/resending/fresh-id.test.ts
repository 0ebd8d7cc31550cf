import fc from "fast-check";
import { expect, it } from "vitest";
import { freshId } from "../../../client/resending/fresh-id.ts";
import { CHARACTER } from "../../rig/character.ts";

it.each([
  ["evt_1NG8Du2eZvKYlo2CUI79vXWy", /^evt_\d[A-Z]{2}\d[A-Z][a-z]\d[a-z][A-Z][a-z][A-Z]{2}[a-z]{2}\d[A-Z]{3}\d\d[a-z][A-Z]{2}[a-z]$/],
  ["0193a1b2-c3d4-7e5f-8a6b-0123456789ab", /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/],
  ["msg_0193a1b2-c3d4-4e5f-ba6b-0123456789ab", /^msg_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-b[0-9a-f]{3}-[0-9a-f]{12}$/],
  ["DEADBEEF00", /^[0-9A-F]{10}$/],
  ["a_b_", /^a_b_-[0-9a-f]{8}$/],
  ["", /^-[0-9a-f]{8}$/],
])("%j gets another id of its shape", (old, shape) => {
  expect(freshId(old, "seed")).toMatch(shape);
});

it("gives a larger number for a number, whatever its digits", () => {
  for (const old of ["0", "9", "123456789012345678901234567890"]) {
    const fresh = freshId(old, "seed");
    expect(fresh).toMatch(/^\d+$/);
    expect(BigInt(fresh) > BigInt(old)).toBe(true);
  }
});

it("is another one for each seed, the same for the same, and never the old one", () => {
  expect(freshId("evt_12345678", "a")).toBe(freshId("evt_12345678", "a"));
  expect(freshId("evt_12345678", "a")).not.toBe(freshId("evt_12345678", "b"));
  fc.assert(fc.property(fc.string({ unit: CHARACTER, maxLength: 40 }), fc.string(), (old, seed) => freshId(old, seed) !== old));
});
