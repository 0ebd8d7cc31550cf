import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printfs, quoted, shellWord } from "../../../client/export/shell-text.ts";

/** Runs POSIX shell text. @returns what it wrote */
function sh(script: string): Buffer {
  return execFileSync("/bin/sh", ["-s"], { input: script, maxBuffer: 100_000_000 });
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
/** Texts that an argument can hold: no NUL, no newline at the end. */
const argument = fc.oneof(
  fc.string({ unit: "binary-ascii" }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc.constantFrom("'", "!", "'!'", "-n", "--", "$(x)", "`x`", '"', "\\", "%s%n", "*", "~", "a b", "", "\t", "#", "\\047", "\r", "{a,b}"),
);
const words = fc.array(argument.map((text) => text.replaceAll("\0", "").replace(/\n+$/, "")));

describe("a word for the shell", () => {
  it("comes out as it went in, whatever it holds", () => {
    fc.assert(
      fc.property(words, (given) => {
        const script = given.map((word) => `printf '%s\\n' ${shellWord(word)} && printf '\\000'\n`).join("");
        expect(sh(script).toString("latin1")).toBe(given.map((word) => `${word}\n\0`).join(""));
      }),
      { numRuns: 50 },
    );
  });

  it("is printable ASCII in lines that a terminal takes", () => {
    fc.assert(
      fc.property(words, fc.nat(3_000), (given, more) => {
        for (const word of [...given, ...given.map((each) => each + "'x".repeat(more))]) {
          const text = shellWord(word);
          expect(text).toMatch(/^[\n\x20-\x7e]*$/);
          expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(4_096);
        }
      }),
    );
  });

  it("is left as it is when nobody could misread it", () => {
    expect(["POST", "http://a/b?c=d", "a b", "it's", "it's!"].map(shellWord)).toEqual([
      "POST",
      "'http://a/b?c=d'",
      "'a b'",
      "'it'\\''s'",
      `"$(printf 'it\\047s\\041')"`,
    ]);
  });
});

describe("bytes for the shell", () => {
  it("come out as they went in, every one next to every other", () => {
    const bytes = Buffer.concat([...everyByte].flatMap((byte) => [everyByte, Buffer.from([byte, byte])]));
    expect(sh(printfs(bytes).join("\n")).equals(bytes)).toBe(true);
  });

  it.each(["-n", "-v x", "%s%%", "\\c", "\u00001", "\u00007", "\\0", "''", "!!"])("%j is not taken for anything else", (text) => {
    expect(sh(printfs(Buffer.from(text)).join("\n")).toString()).toBe(text);
  });

  it("of a megabyte come out whole", () => {
    const bytes = Buffer.concat(Array.from({ length: 4_096 }, () => everyByte));
    expect(sh(printfs(bytes).join("\n")).equals(bytes)).toBe(true);
  });
});

it("quotes keep line ends and break long texts", () => {
  const text = `${"it's\n".repeat(1_000)}x`;
  expect(sh(`printf %s ${quoted(text)}`).toString()).toBe(text);
});
