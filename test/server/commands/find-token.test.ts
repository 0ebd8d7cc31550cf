import { expect, test } from "vitest";
import { findToken } from "../../../server/commands/find-token.ts";
import type { TokenRecord } from "../../../server/tunnels/registry.ts";

const token = (id: string, revokedAt?: number): TokenRecord => ({
  id,
  label: `token ${id}`,
  admin: false,
  createdAt: 1,
  rotatedAt: undefined,
  revokedAt,
  names: 0,
});
const TOKENS = [token("aaaa1111"), token("aaaa2222"), token("bbbb1111"), token("bbbb2222", 5)];

test.each([
  ["aaaa1111", "aaaa1111"],
  ["aaaa2", "aaaa2222"],
  ["bb", "bbbb1111"],
  ["bbbb2222", "bbbb2222"],
  ["latest", "bbbb1111"],
  ["latest~0", "bbbb1111"],
  ["latest~2", "aaaa1111"],
])("%j means %s", (text, id) => {
  expect(findToken(TOKENS, text).id).toBe(id);
});

test.each(["", "c", "bbbb2", "latest~3", "latest~", "latest~-1", "aaaa11111", "\u001b[2J"])("%j means no token", (text) => {
  expect(() => findToken(TOKENS, text)).toThrow(expect.objectContaining({ code: "not-found" }));
});

test("a beginning that several have is refused, naming them", () => {
  expect(() => findToken(TOKENS, "aaaa")).toThrow(
    expect.objectContaining({ code: "ambiguous", exitCode: 2, why: "They are aaaa1111, aaaa2222." }),
  );
});
