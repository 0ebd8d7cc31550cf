import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareDeliveries, type Comparison } from "../../../../client/compare/compare-deliveries.ts";
import type { Delivery } from "../../../../client/ledger/records.ts";
import { cellsOf } from "../../../../client/terminal/cut-line.ts";
import { openDiff } from "../../../../client/tui/detail/open-diff.ts";
import { CHARACTER } from "../../../rig/character.ts";
import { hostileIn } from "../../inspect/hostile.ts";
import { asciiLook, headOf, look } from "./made-content.ts";

type Given = { readonly method?: string; readonly target?: string; readonly headers?: readonly string[]; readonly body?: string | Buffer };

function delivery({ body = "", ...more }: Given): Delivery {
  const bytes = Buffer.from(body as string);
  return { ...headOf(more), attempts: [], body: { bytes, total: bytes.length, truncated: false } };
}

function compared(before: Given, after: Given): Comparison {
  return compareDeliveries(delivery(before), delivery(after));
}

const LABELS = { before: "#1 14:02:31", after: "#2 14:03:02" };

function shown(comparison: Comparison, columns = 60): readonly string[] {
  const document = openDiff(comparison, LABELS, { columns, look });
  return document.lines(0, document.count).map((line) => line.replaceAll(/\u001b\[[\d;]*m/g, ""));
}

describe("the difference of two deliveries", () => {
  it("says so when there is none", () => {
    expect(shown(compared({}, {}))).toEqual(["--- #1 14:02:31", "+++ #2 14:03:02", "", "✓ the same request"]);
    expect(openDiff(compared({}, {}), LABELS, { columns: 60, look }).title).toBe("the same request");
  });

  it("has method, target, headers and members of the body", () => {
    const before = { method: "POST", target: "/a", headers: ["Gone", "1", "X", "old"], body: '{"a":1,"long":"x","gone":true}' };
    const after = {
      method: "PUT",
      target: "/b",
      headers: ["X", "new", "Come", "2"],
      body: `{"a":2,"long":"${"y".repeat(60)}","come":[1]}`,
    };
    const comparison = compared(before, after);
    expect(shown(comparison).slice(2)).toEqual([
      "",
      "method",
      "  - POST",
      "  + PUT",
      "",
      "target",
      "  - /a",
      "  + /b",
      "",
      "headers",
      "  - Gone: 1",
      "  ~ x",
      "    - X: old",
      "    + X: new",
      "  + Come: 2",
      "",
      "body, JSON",
      "  ~ a: 1 → 2",
      "  ~ long: ",
      '    - "x"',
      `    + "${"y".repeat(52)}…`,
      "  - gone: true",
      "  + come: [1]",
    ]);
    const document = openDiff(comparison, LABELS, { columns: 60, look });
    expect(document.title).toBe("not the same: method, target, 3 headers, body");
    expect([document.find("COME", 9), document.find("come", 1), document.find("", 9)]).toEqual([[16, 24], [16], []]);
  });

  it("has lines of text, the first other byte, another order, and the same values written otherwise", () => {
    expect(shown(compared({ body: "a\nb\nc" }, { body: "a\nB\nc" })).slice(3)).toEqual(["body, by its lines", "  -    2 b", "  +    2 B"]);
    expect(shown(compared({ body: Buffer.from([0, 1]) }, { body: Buffer.from([0, 2]) })).at(-1)).toBe("  ~ differs from byte 1 on");
    expect(shown(compared({ body: "[1]" }, { body: "[ 1 ]" })).at(-1)).toBe("  ~ the same values, written otherwise");
    expect(shown(compared({ headers: ["a", "1", "b", "2"] }, { headers: ["b", "2", "a", "1"] })).at(-1)).toBe(
      "  ~ they stand in another order",
    );
    expect(shown({ ...compared({}, {}), partial: true })[2]).toContain("! a body is not recorded whole");
  });

  it("has no line wider than it may be, and nothing in it that a terminal acts on", () => {
    const text = fc.oneof(
      fc.string({ unit: CHARACTER, maxLength: 80 }),
      fc.constantFrom("\u001b]0;x\u0007\u009b2J", "\u202e\u2066", "漢字".repeat(50), "👍🏽🇩🇪\t\r\n\b"),
    );
    const given = fc.record({
      method: text,
      target: text,
      headers: fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => pairs.flat()),
    });
    const body = fc.oneof(
      text,
      text.map((value) => JSON.stringify({ [value]: value, same: [value] })),
    );
    fc.assert(
      fc.property(given, given, body, body, fc.integer({ min: 0, max: 90 }), fc.boolean(), (a, b, first, second, columns, ascii) => {
        const comparison = compared({ ...a, body: first }, { ...b, body: second });
        const document = openDiff(comparison, { before: a.method, after: b.target }, { columns, look: ascii ? asciiLook : look });
        for (const line of [document.title, ...document.lines(0, document.count)]) {
          expect(cellsOf(line)).toBeLessThanOrEqual(columns);
          expect(hostileIn(line.replaceAll(/\u001b\[[\d;]*m/g, ""))).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });
});
