import { expect, test } from "vitest";
import { isRandomName, isTunnelName, randomName } from "../../shared/names.ts";

test.each(["a", "7", "my-app", "a--b", "0".repeat(63), "xn--bcher-kva"])("a tunnel may be called %j", (name) => {
  expect(isTunnelName(name)).toBe(true);
});

test.each(["", "a".repeat(64), "-a", "a-", "-", "_devhook", "My-App", "a.b", "a b", "a/b", "a\n", "bücher", "a%20b"])(
  "a tunnel may not be called %j",
  (name) => {
    expect(isTunnelName(name)).toBe(false);
  },
);

test("a random name is 26 lower-case base32 characters and may name a tunnel", () => {
  const name = randomName();
  expect(name).toMatch(/^[a-z2-7]{26}$/);
  expect(isRandomName(name)).toBe(true);
  expect(isTunnelName(name)).toBe(true);
  expect(randomName()).not.toBe(name);
});

test("a random name is made of the first 130 bits", () => {
  const bytes = Buffer.alloc(17, 0xff);
  expect(randomName(bytes)).toBe("7".repeat(26));
  const other = Buffer.from(bytes);
  other[16] = 0xbf;
  expect(randomName(other)).toBe(`${"7".repeat(25)}6`);
});

test("a random name refuses fewer bytes than it needs", () => {
  expect(() => randomName(Buffer.alloc(16))).toThrow(RangeError);
});

test.each(["a".repeat(25), "a".repeat(27), "A".repeat(26), "1".repeat(26), "my-app"])("%j is not the form of a random name", (name) => {
  expect(isRandomName(name)).toBe(false);
});
