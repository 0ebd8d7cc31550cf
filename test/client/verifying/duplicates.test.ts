import { expect, it } from "vitest";
import { createDuplicates, hashOfBody } from "../../../client/verifying/duplicates.ts";

const event = { provider: "stripe", eventId: "evt_1" };

it("knows a repeat, and whether it has the same bytes", () => {
  const { note } = createDuplicates();
  expect(note({ ...event, delivery: "a", bodyHash: "1" })).toBeNull();
  expect(note({ ...event, delivery: "b", bodyHash: "1" })).toEqual({ of: "a", sameBytes: true });
  expect(note({ ...event, delivery: "c", bodyHash: "2" })).toEqual({ of: "a", sameBytes: false });
  expect(note({ ...event, delivery: "d", bodyHash: undefined })).toEqual({ of: "a", sameBytes: null });
});

it("takes the same delivery twice for no repeat, nor the same id of another provider", () => {
  const { note } = createDuplicates();
  note({ ...event, delivery: "a", bodyHash: "1" });
  expect(note({ ...event, delivery: "a", bodyHash: "1" })).toBeNull();
  expect(note({ provider: "github", eventId: "evt_1", delivery: "b", bodyHash: "1" })).toBeNull();
});

it("takes no delivery with a wrong signature for the first, but tells that it repeats one", () => {
  const { note } = createDuplicates();
  expect(note({ ...event, delivery: "forged", bodyHash: "0", forged: true })).toBeNull();
  expect(note({ ...event, delivery: "a", bodyHash: "1" })).toBeNull();
  expect(note({ ...event, delivery: "forged again", bodyHash: "0", forged: true })).toEqual({ of: "a", sameBytes: false });
});

it("asks for the body of an earlier run's delivery only when its event comes again", () => {
  const { recall, note } = createDuplicates();
  let asked = 0;
  const body = (): Buffer => {
    asked += 1;
    return Buffer.from("x");
  };
  recall({ ...event, delivery: "old", body });
  expect(asked).toBe(0);
  expect(note({ ...event, delivery: "new", bodyHash: hashOfBody(Buffer.from("x")) })).toEqual({ of: "old", sameBytes: true });
  expect(note({ ...event, delivery: "newer", bodyHash: hashOfBody(Buffer.from("y")) })).toEqual({ of: "old", sameBytes: false });
  expect(asked).toBe(1);
});

it("forgets the oldest of 20,001 events and no other", () => {
  const { note } = createDuplicates();
  for (let i = 0; i <= 20_000; i++) note({ provider: "p", eventId: String(i), delivery: `d${i}`, bodyHash: "1" });
  expect(note({ provider: "p", eventId: "1", delivery: "again", bodyHash: "1" })).toEqual({ of: "d1", sameBytes: true });
  expect(note({ provider: "p", eventId: "0", delivery: "again", bodyHash: "1" })).toBeNull();
});
