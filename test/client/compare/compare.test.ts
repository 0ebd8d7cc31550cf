import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BodyDifference, compareBodies } from "../../../client/compare/compare-bodies.ts";
import { compareDeliveries } from "../../../client/compare/compare-deliveries.ts";
import { compareHeaders } from "../../../client/compare/compare-headers.ts";
import { compareLines } from "../../../client/compare/compare-lines.ts";
import type { RecordedBody } from "../../../client/ledger/records.ts";
import { sampleDelivery } from "../export/deliveries.ts";

function body(content: string | Buffer): RecordedBody {
  const bytes = Buffer.from(content as string);
  return { bytes, total: bytes.length, truncated: false };
}

it("compares large bodies by their bytes alone when it is told to", () => {
  const [before, after] = [body('{"a":1,"b":2}'), body('{"a":1,"b":3}')];
  expect(compareBodies(before, after, { mostBytes: 13 })).toMatchObject({ kind: "json" });
  expect(compareBodies(before, after, { mostBytes: 12 })).toEqual({ kind: "binary", offset: 11 });
  expect(compareBodies(before, before, { mostBytes: 1 })).toEqual({ kind: "same" });
});

const bodies = (before: string | Buffer, after: string | Buffer): BodyDifference => compareBodies(body(before), body(after));

describe("header lines", () => {
  it("that are the same differ in nothing", () => {
    const same = { equal: true, added: [], removed: [], changed: [], order: false };
    expect(compareHeaders(["A", "1", "a", "2"], ["A", "1", "a", "2"])).toEqual(same);
    expect(compareHeaders([], [])).toEqual(same);
  });

  it("come, go and change by their names, in any case, with all their lines", () => {
    expect(compareHeaders(["A", "1", "B", "1", "C", "1", "c", "2"], ["a", "1", "C", "1", "c", "3", "D", "", "d", "2"])).toEqual({
      equal: false,
      removed: [["B", "1"]],
      added: [
        ["D", ""],
        ["d", "2"],
      ],
      changed: [
        { name: "a", before: [["A", "1"]], after: [["a", "1"]] },
        {
          name: "c",
          before: [
            ["C", "1"],
            ["c", "2"],
          ],
          after: [
            ["C", "1"],
            ["c", "3"],
          ],
        },
      ],
      order: false,
    });
  });

  it.each([
    [["A", "1", "B", "2"], ["B", "2", "A", "1"], true],
    [["A", "1", "B", "2", "A", "3"], ["A", "1", "A", "3", "B", "2"], true],
    [["A", "1", "B", "2"], ["A", "1", "X", "9", "B", "2"], false],
    [["A", "1", "B", "2", "A", "3"], ["A", "1", "B", "2"], false],
  ])("%j and %j: another order is %s", (before, after, order) => {
    expect(compareHeaders(before, after)).toMatchObject({ equal: false, order });
  });
});

describe("JSON bodies", () => {
  it.each([
    ["{}", "{}", "same", {}],
    ['{"a":1}', '{ "a": 1 }', "json", {}],
    ['{"a":1,"b":2}', '{"b":2,"a":1}', "json", {}],
    ['{"a":9,"a":1}', '{"a":1}', "json", {}],
    ['{"a":1.0}', '{"a":1}', "json", { changed: [{ path: "a", before: "1.0", after: "1" }] }],
    [
      '{"a":12345678901234567890}',
      '{"a":12345678901234567891}',
      "json",
      { changed: [{ path: "a", before: "12345678901234567890", after: "12345678901234567891" }] },
    ],
    ['{"a":"\\u00fc"}', '{"a":"\u00fc"}', "json", { changed: [{ path: "a", before: '"\\u00fc"', after: '"\u00fc"' }] }],
    [
      '{"a":{"b":[1,{"c":2}]}}',
      '{"a":{"b":[1,{"c":3},4]}}',
      "json",
      { changed: [{ path: "a.b.1.c", before: "2", after: "3" }], added: [{ path: "a.b.2", value: "4" }] },
    ],
    ['{"a":{"b": 1}}', '{"a":[1]}', "json", { changed: [{ path: "a", before: '{"b": 1}', after: "[1]" }] }],
    [
      '{"a.b":1,"":2,"a b":3}',
      "{}",
      "json",
      {
        removed: [
          { path: '["a.b"]', value: "1" },
          { path: '[""]', value: "2" },
          { path: '["a b"]', value: "3" },
        ],
      },
    ],
    [
      '{"__proto__":1,"constructor":2}',
      '{"constructor":3}',
      "json",
      { removed: [{ path: "__proto__", value: "1" }], changed: [{ path: "constructor", before: "2", after: "3" }] },
    ],
    ["1", "[]", "json", { changed: [{ path: "", before: "1", after: "[]" }] }],
  ])("%s and %s", (before, after, kind, difference) => {
    expect(bodies(before, after)).toEqual(kind === "same" ? { kind } : { kind, added: [], removed: [], changed: [], ...difference });
  });

  it("of many members are compared in a moment", () => {
    const large = (last: number): string =>
      `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i === 99_999 ? last : i}`).join(",")}}`;
    expect(bodies(large(1), large(2))).toMatchObject({ changed: [{ path: "k99999", before: "1", after: "2" }] });
  });
});

describe("text bodies", () => {
  it("differ by lines, with their numbers on either side", () => {
    expect(bodies("a\nb\nc\nd", "a\nx\nc\nd\ne")).toEqual({
      kind: "text",
      lines: [
        { side: "before", number: 2, text: "b\n" },
        { side: "after", number: 2, text: "x\n" },
        { side: "before", number: 4, text: "d" },
        { side: "after", number: 4, text: "d\n" },
        { side: "after", number: 5, text: "e" },
      ],
    });
    expect(bodies("", "a")).toEqual({ kind: "text", lines: [{ side: "after", number: 1, text: "a" }] });
  });

  it("become one another by what goes and what comes, and by no more than there is to do", () => {
    const lines = fc.array(fc.constantFrom("a\n", "b\n", "c\n", "\n"), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, fc.constantFrom("", "x"), (old, fresh, end) => {
        const [before, after] = [old.join("") + end, fresh.join("") + end];
        const changes = compareLines(before, after);
        const gone = new Set(changes.filter(({ side }) => side === "before").map(({ number }) => number));
        const come = new Set(changes.filter(({ side }) => side === "after").map(({ number }) => number));
        const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        const [a, b] = [linesOf(before), linesOf(after)];
        const kept = a.filter((_line, index) => !gone.has(index + 1));
        expect(kept).toEqual(b.filter((_line, index) => !come.has(index + 1)));
        expect(kept.length).toBe(longestCommon(a, b));
      }),
    );
  });

  it("that are far too different to compare are one going and another coming", () => {
    const numbered = (from: number): string => Array.from({ length: 2_001 }, (_, i) => `${from + i}\n`).join("");
    const changes = compareLines(`head\n${numbered(0)}tail`, `head\n${numbered(5)}tail`);
    expect([changes.length, changes[0], changes.at(-1)]).toEqual([
      4_002,
      { side: "before", number: 2, text: "0\n" },
      { side: "after", number: 2_002, text: "2005\n" },
    ]);
  });
});

/** By trying everything: slow, and right at a glance. */
function longestCommon(a: readonly string[], b: readonly string[], memo = new Map<string, number>()): number {
  const key = `${a.length} ${b.length}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  const [x, ...restA] = a;
  const [y, ...restB] = b;
  const found =
    x === undefined || y === undefined
      ? 0
      : x === y
        ? 1 + longestCommon(restA, restB, memo)
        : Math.max(longestCommon(a, restB, memo), longestCommon(restA, b, memo));
  memo.set(key, found);
  return found;
}

describe("other bodies", () => {
  it.each([
    [[1, 0, 2], [1, 0, 3], 2],
    [[0], [0, 1], 1],
    [[], [0], 0],
    [[0xff], [0xfe], 0],
  ])("%j and %j differ from byte %i on", (before, after, _offset) => {
    expect(bodies(Buffer.from(before), Buffer.from(after))).toEqual({ kind: "binary", offset: _offset });
  });

  it("that are recorded in part, and the same there, differ where the record ends", () => {
    const half = { bytes: Buffer.from("ab"), total: 5, truncated: true };
    expect(compareBodies(half, { ...half, total: 6 })).toEqual({ kind: "binary", offset: 2 });
    expect(compareBodies(half, half)).toEqual({ kind: "same" });
    const json = { bytes: Buffer.from("1"), total: 5, truncated: true };
    expect(compareBodies(json, { ...json, total: 6 })).toEqual({ kind: "binary", offset: 1 });
  });
});

describe("deliveries", () => {
  it("are equal when their requests are, whatever else is known of them", () => {
    const one = sampleDelivery();
    const other = { ...sampleDelivery(), verdict: "valid", receivedAt: 1, attempts: [] };
    expect(compareDeliveries(one, other)).toMatchObject({ equal: true, partial: false });
  });

  it.each([
    ["method", { method: "PUT" }],
    ["target", { target: "/hooks/stripe?x=1" }],
    ["headers", { headers: [] }],
    ["body", { body: body("x") }],
  ])("differ in their %s", (_what, change) => {
    expect(compareDeliveries(sampleDelivery(), sampleDelivery(change)).equal).toBe(false);
  });

  it("say when there was more than could be compared", () => {
    expect(compareDeliveries(sampleDelivery({ complete: false }), sampleDelivery())).toMatchObject({ equal: true, partial: true });
  });
});
