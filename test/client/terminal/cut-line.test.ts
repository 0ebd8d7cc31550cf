import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { sanitizeLine } from "../../../client/inspect/sanitize.ts";
import { cellsOf, clipLine, fitLine, fitText, takeText } from "../../../client/terminal/cut-line.ts";
import { CHARACTER } from "../../rig/character.ts";
import { createHeadlessTerminal } from "../../rig/headless-terminal.ts";

/** Any text at all, and much of what makes widths hard. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: CHARACTER, maxLength: 8 }),
      fc.string({ unit: "grapheme", maxLength: 8 }),
      fc.constantFrom(
        "\t",
        "\r\n",
        "漢字",
        "ｶﾞ",
        "👍🏽",
        "👩‍👩‍👧",
        "🇩🇪🇫",
        "1️⃣",
        "☝️",
        "각",
        "ᄀᄀ",
        "é",
        "e\u0301\u0301\u0301\u0301\u0301\u0301",
        "नमस्ते",
        "สวัสดี",
      ),
      fc.constantFrom("\u001b[31m", "\u001b]52;c;aGk=\u0007", "\u009b2J", "\u202e", "\u200b", "\u0000", "\ud800", "\u0301", "\u{e0041}"),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(""));

/** What all versions of the width tables measure alike: the terminal of these tests has those of Unicode 6, which know no wide emoji. */
const oldText = fc
  .array(
    fc.constantFrom(
      "a",
      "Z",
      " ",
      "9",
      "~",
      "é",
      "ß",
      "Ж",
      "א",
      "漢",
      "字",
      "か",
      "ナ",
      "한",
      "ｶ",
      "ﾞ",
      "Ａ",
      "€",
      "→",
      "✓",
      "·",
      "\t",
      "\u001b",
      "\u202e",
      "e\u0301",
      "a\u0323\u0302",
      "क्षि",
      "ำ",
      "กำ",
      "각",
      "ᄀᄀ",
      "\u0301",
      "👍🏽",
      "🇩🇪",
      "🇫",
      "1️⃣",
      "☝️",
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

const cells = fc.integer({ min: 0, max: 60 });

describe("fitText", () => {
  it("fills exactly the cells that it is given, whatever the text", () => {
    fc.assert(
      fc.property(anyText, cells, fc.constantFrom("safe" as const, "any" as const), fc.boolean(), (text, width, clusters, ascii) => {
        const fitted = fitText(text, width, { clusters, ascii });
        expect(stringWidth(fitted)).toBe(width);
        expect(fitted).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(ascii && /[^ -~]/.test(fitted)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it("measures each letter as it is, alone and with a mark", () => {
    const wrong: unknown[] = [];
    for (let code = 0; code < 0x3000; code++) {
      const letter = String.fromCodePoint(code);
      for (const text of [letter, `${letter}\u0301`, `a${letter}b`]) {
        const fitted = stringWidth(fitText(text, 4));
        if (fitted !== 4) wrong.push([code, text, fitted]);
      }
      const clipped = clipLine(`${letter}${letter}`, 2);
      if (cellsOf(clipped) !== stringWidth(clipped)) wrong.push([code, clipped, cellsOf(clipped)]);
    }
    expect(wrong).toEqual([]);
  });

  it("leaves the cursor of a terminal behind exactly these cells", async () => {
    const { terminal, write } = createHeadlessTerminal(80, 2);
    await fc.assert(
      fc.asyncProperty(oldText, cells, async (text, width) => {
        await write(`\u001b[H${fitText(text, width)}`);
        expect(terminal.buffer.active.cursorX).toBe(width);
      }),
      { numRuns: 500 },
    );
    terminal.dispose();
  });

  it.each([
    ["ab", 4, "ab  "],
    ["abcd", 4, "abcd"],
    ["abcde", 4, "abc…"],
    ["abcde", 1, "…"],
    ["abcde", 0, ""],
    ["漢字", 4, "漢字"],
    ["漢字", 3, "漢…"],
    ["漢字字", 4, "漢… "],
    ["a漢", 2, "a…"],
    ["a\tb", 10, "a       b "],
    ["a\tb", 5, "a…   "],
    ["\u001b[31m", 6, "␛[31m "],
    ["\u001b[31m", 4, "␛[3…"],
    ["👍", 3, "👍 "],
    ["👍🏽", 3, "·  "],
    ["🇩🇪!", 3, "·! "],
    ["\u0301a", 3, "·a "],
    ["कि", 3, "·  "],
    ["e\u0301", 2, "e\u0301 "],
    [`Z${"\u0301".repeat(5)}!`, 3, "·! "],
  ])("shows %j in %i cells as %j", (text, width, shown) => {
    expect(fitText(text, width)).toBe(shown);
  });

  it("keeps clusters that terminals measure differently where nothing stands to the right, but no pile of marks", () => {
    expect(fitText("👍🏽🇩🇪", 6, { clusters: "any" })).toBe("👍🏽🇩🇪  ");
    expect(fitText(`Z${"\u0301".repeat(5)}`, 2, { clusters: "any" })).toBe("· ");
  });

  it("speaks ASCII to a terminal that knows nothing else", () => {
    expect(fitText("naïve\u001b字", 8, { ascii: true })).toBe("na.ve.. ");
    expect(fitText("naïve café", 6, { ascii: true })).toBe("na.ve~");
  });

  it("looks at no more of a megabyte than fits", () => {
    const long = `${"x".repeat(1024 * 1024)}\u0301`;
    const began = performance.now();
    for (let i = 0; i < 1000; i++) fitText(long, 100);
    // a look at all of it takes milliseconds each time
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("clipLine", () => {
  it("cuts text of ours without counting its styles, and ends them", () => {
    expect(clipLine("\u001b[31mred\u001b[39m and more", 5)).toBe("\u001b[31mred\u001b[39m a\u001b[0m");
    expect(clipLine("\u001b[1;7mlong line", 4)).toBe("\u001b[1;7mlong\u001b[0m");
    expect(clipLine("漢字", 3)).toBe("漢");
    expect(clipLine("plain", 5)).toBe("plain");
    expect(clipLine("plain", 0)).toBe("");
    expect(clipLine("plain", -1)).toBe("");
  });

  it("makes no letter of two halves that something was taken out between", () => {
    expect(clipLine("\ud800\t\udc00", 0)).toBe("");
    expect(clipLine("a\ud800\u0007\udc00b", 9)).toBe("ab");
  });

  it("lets nothing through that a terminal would obey, except styles", () => {
    fc.assert(
      fc.property(anyText, cells, (text, width) => {
        const clipped = clipLine(`${text}\u001b[32m${text}`, width);
        expect(clipped.replaceAll(/\u001b\[[\d;:]*m/g, "")).not.toMatch(/\p{Cc}/u);
        expect(cellsOf(clipped)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("fitLine", () => {
  it("fills what a line of ours leaves free", () => {
    expect(fitLine("\u001b[31m✗ bad\u001b[39m", 8)).toBe("\u001b[31m✗ bad\u001b[39m\u001b[0m   ");
    fc.assert(
      fc.property(anyText, cells, (text, width) => {
        expect(cellsOf(fitLine(text, width))).toBe(width);
      }),
    );
  });
});

describe("takeText", () => {
  it("takes a text piece by piece, each in its cells, and leaves nothing out", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 20 }), fc.boolean(), (text, width, ascii) => {
        const safe = sanitizeLine(text, Infinity);
        const shown: string[] = [];
        for (let from = 0; from < safe.length;) {
          const taken = takeText(safe, width, { from, ascii });
          expect([taken.cells, taken.cells <= width]).toEqual([cellsOf(taken.shown), true]);
          expect(ascii && /[^ -~]/.test(taken.shown)).toBe(false);
          shown.push(taken.shown);
          // a syllable of old letters may be wider than all of it
          from = taken.end > from ? taken.end : from + 1;
        }
        // in ASCII, a letter may stand without its marks, or one sign for all of them
        if (ascii && /[ -~]\p{M}/u.test(safe)) return;
        // beyond ASCII everything may be shown as another sign, and a letter with its marks
        const letters = (all: string): string => all.replaceAll(/.\p{M}+|[^ -~]|\./gsu, "");
        expect(letters(shown.join(""))).toBe(letters(safe));
      }),
      { numRuns: 1000 },
    );
  });

  it("takes nothing of a wide letter that does not fit", () => {
    expect(takeText("漢", 1)).toEqual({ shown: "", cells: 0, end: 0 });
    expect(takeText("a漢", 2)).toEqual({ shown: "a", cells: 1, end: 1 });
    expect(takeText("abc", 2, { from: 1 })).toEqual({ shown: "bc", cells: 2, end: 3 });
    expect(takeText("abc", 0)).toEqual({ shown: "", cells: 0, end: 0 });
  });
});
