import fc from "fast-check";
import { expect, it } from "vitest";
import { createInnerPattern, createPattern, likeText } from "../../../client/filter/text-pattern.ts";

/** The same question, answered by trying everything. */
function fitsSlowly(pieces: readonly string[], text: string): boolean {
  const [first = "", ...rest] = pieces;
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  for (let at = first.length; at <= text.length; at++) if (endsSlowly(rest, text.slice(at))) return true;
  return false;
}

function endsSlowly(pieces: readonly string[], text: string): boolean {
  return pieces.length === 1 ? text === pieces[0] : fitsSlowly(pieces, text);
}

it.each([
  [["job.done"], "job.done", true],
  [["job.done"], "JOB.Done", true],
  [["job.done"], "job.done ", false],
  [["job.done"], "xjob.done", false],
  [["job.done"], "jobXdone", false],
  [["job.", ""], "job.", true],
  [["", ".done"], "job.done", true],
  [["ab", "ba"], "aba", false],
  [["ab", "ba"], "abba", true],
  [["", ""], "", true],
  [[""], "", true],
  [[""], "x", false],
  // ASCII alone: LIKE knows no other letters
  [["É"], "é", false],
  [["K"], "\u212a", false],
  [["ſ"], "s", false],
  [["$&[a]\\^*?"], "$&[a]\\^*?", true],
])("%j and %j", (pieces, text, expected) => {
  expect(createPattern(pieces).fits(text)).toBe(expected);
});

it("agrees with a search that tries everything", () => {
  const letters = fc.constantFrom("a", "b", "A", ".", "é");
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: letters, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      fc.string({ unit: letters, maxLength: 9 }),
      (pieces, text) => {
        const lower = pieces.map((piece) => piece.toLowerCase());
        expect(createPattern(pieces).fits(text)).toBe(fitsSlowly(lower, text.toLowerCase()));
        expect(createInnerPattern(pieces).fits(text)).toBe(fitsSlowly(["", ...lower, ""], text.toLowerCase()));
      },
    ),
    { numRuns: 2000 },
  );
});

it("reads a text once, however many wildcards find their piece everywhere", () => {
  const pattern = createPattern(["", ...Array.from({ length: 2000 }, () => "a"), "b"]);
  // a search that went back would take longer than the universe is old
  expect(pattern.fits("a".repeat(1_000_000))).toBe(false);
  expect(pattern.fits(`${"a".repeat(1_000_000)}b`)).toBe(true);
});

it("writes LIKE's own wildcards as plain characters", () => {
  expect(likeText(createPattern(["100%_a\\", ""]))).toBe("100\\%\\_a\\\\%");
});
