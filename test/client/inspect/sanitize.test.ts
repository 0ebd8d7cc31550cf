import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, LINE_LIMIT, safePieces, sanitizeLine } from "../../../client/inspect/sanitize.ts";
import { hostileIn, isHostile } from "./hostile.ts";

const HOSTILE = [
  "\u001b]52;c;ZXZpbA==\u0007",
  "\u001b]0;title\u0007",
  "\u009d52;c;ZXZpbA==\u009c",
  "\u001b[2J\u001b[H",
  "\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\",
  "a\rb\bc\u007f",
  "line\nfeed\ttab\vvt\ffeed",
  "\u202etxt.exe\u202c \u2066x\u2069 \u200e\u200f\u061c",
  "zero\u200bwidth\u200c\u200d\ufeff\u2060",
  "para\u2028graph\u2029",
  "\ud800 lone \udfff",
  "\u{e0041}tag",
  "so\u00adft \u3164 \uffa0",
];

describe("sanitizeLine", () => {
  it("shows each of the 256 bytes as something a terminal does not act on", () => {
    for (let byte = 0; byte < 256; byte++) {
      const shown = sanitizeLine(String.fromCharCode(byte));
      expect(hostileIn(shown)).toEqual([]);
      expect(shown.length).toBeGreaterThan(0);
      expect(shown === String.fromCharCode(byte)).toBe(!isHostile(byte));
    }
  });

  it.each(HOSTILE)("disarms %j", (text) => {
    const shown = sanitizeLine(text);
    expect(hostileIn(shown)).toEqual([]);
    expect(shown).not.toBe(text);
  });

  it("names what stood there", () => {
    expect(sanitizeLine("\u001b[31m\u0000\u007f\u009b\u202e\ud800\u{e0041}\n")).toBe("␛[31m␀␡\\x9b\\u202e\\ud800\\u{e0041}␊");
  });

  it("leaves ordinary text of any language alone", () => {
    const text = "POST /hook?a=1 grüße 日本語 😀 ✓";
    expect(sanitizeLine(text)).toBe(text);
  });

  it("never holds a hostile character nor more than the limit, whatever comes in", () => {
    const unit = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0x9f }), fc.integer({ min: 0x2000, max: 0x2070 }));
    const anyText = fc.array(unit).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, limit) => {
        const shown = sanitizeLine(text, limit);
        expect(hostileIn(shown)).toEqual([]);
        expect(shown.length).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 2000 },
    );
  });

  it("shows a text at the limit whole and cuts one that is a character longer", () => {
    expect(sanitizeLine("x".repeat(LINE_LIMIT))).toBe("x".repeat(LINE_LIMIT));
    expect(sanitizeLine("x".repeat(LINE_LIMIT + 1))).toBe(`${"x".repeat(LINE_LIMIT - 1)}…`);
    expect(sanitizeLine("\0".repeat(5_000_000)).length).toBe(LINE_LIMIT);
  });

  it("does not leave half of a character at the cut", () => {
    expect(cut("ab😀cd", 4)).toBe("ab…");
    expect(cut("abcd", 0)).toBe("");
  });
});

describe("safePieces", () => {
  it.each(HOSTILE)("gives the pieces of what is shown of %j", (text) => {
    const pieces = [...safePieces(text)];
    expect(pieces.map((piece) => piece.text).join("")).toBe(sanitizeLine(text));
    expect(pieces.flatMap(({ code }) => code ?? [])).toEqual(Array.from(text, (each) => each.codePointAt(0) ?? 0).filter(isHostile));
  });
});
