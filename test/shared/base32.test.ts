import { expect, test } from "vitest";
import { fromBase32, toBase32 } from "../../shared/base32.ts";

// RFC 4648 section 10, without padding and in lower case.
test.each([
  ["", ""],
  ["f", "my"],
  ["fo", "mzxq"],
  ["foo", "mzxw6"],
  ["foob", "mzxw6yq"],
  ["fooba", "mzxw6ytb"],
  ["foobar", "mzxw6ytboi"],
])("%j is %j and back", (plain, text) => {
  expect(toBase32(Buffer.from(plain))).toBe(text);
  expect(fromBase32(text)).toEqual(Buffer.from(plain));
});

test.each(["m", "mz1q", "MY", "my=", "mz", "mzx", "m y", "mzxw6y"])("%j is the text of no bytes", (text) => {
  expect(fromBase32(text)).toBeUndefined();
});
