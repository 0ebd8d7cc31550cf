import { describe, expect, it } from "vitest";
import { wantsColour } from "../../../client/output/colours.ts";
import { cellsOf } from "../../../client/terminal/cut-line.ts";
import { needsAscii } from "../../../client/terminal/needs-ascii.ts";
import { createTheme, THEME_NAMES } from "../../../client/tui/theme.ts";
import { createHeadlessTerminal } from "../../rig/headless-terminal.ts";

/** SGR numbers of everything that a theme paints. */
function numbersOf(name: (typeof THEME_NAMES)[number], colour: boolean): readonly number[] {
  const { style } = createTheme({ name, colour, ascii: false });
  const painted = Object.values(style).map((paint) => paint("x"));
  return painted.flatMap((text) => [...text.matchAll(/\u001b\[([\d;]*)m/g)].flatMap(([, list = ""]) => list.split(";").map(Number)));
}

const isColour = (number: number): boolean => (number >= 30 && number <= 49) || number >= 90;

describe("createTheme", () => {
  it.each(THEME_NAMES)("paints %s with the 16 colours only, neither black nor white, and no background", (name) => {
    const colours = numbersOf(name, true).filter((number) => isColour(number) && number !== 39);
    expect(colours.filter((number) => [30, 37, 90, 97].includes(number) || (number >= 38 && number < 90) || number > 97)).toEqual([]);
    expect(colours.length > 0).toBe(name !== "mono");
  });

  it.each(THEME_NAMES)("keeps weight and inversion of %s where colour is not wanted", (name) => {
    const facts = { isTTY: true, env: { NO_COLOR: "1" } };
    const numbers = numbersOf(name, wantsColour(facts));
    expect(numbers.filter(isColour)).toEqual([]);
    expect(numbers).toEqual(expect.arrayContaining([1, 7]));
  });

  it.each(THEME_NAMES)("ends in %s what it begins", async (name) => {
    const { style } = createTheme({ name, colour: true, ascii: false });
    for (const paint of Object.values(style)) {
      const { terminal, write } = createHeadlessTerminal(10, 2);
      await write(`${paint("x")}y`);
      const cell = terminal.buffer.active.getLine(0)?.getCell(1);
      expect(cell?.getChars()).toBe("y");
      expect(cell?.isAttributeDefault()).toBe(true);
      terminal.dispose();
    }
  });

  it("has signs of one cell, and ASCII for each of them", () => {
    const signs = createTheme({ name: "default", colour: true, ascii: false });
    const plain = createTheme({ name: "default", colour: true, ascii: true });
    expect(Object.keys(plain.glyphs)).toEqual(Object.keys(signs.glyphs));
    for (const glyph of [...Object.values(signs.glyphs), ...signs.bars, ...Object.values(plain.glyphs), ...plain.bars]) {
      expect([glyph, cellsOf(glyph)]).toEqual([glyph, 1]);
      expect(glyph).not.toMatch(/\p{Emoji_Presentation}|\p{Extended_Pictographic}/u);
    }
    expect([...Object.values(plain.glyphs), ...plain.bars].join("")).toMatch(/^[!-~]+$/);
  });

  it("paints nothing around nothing", () => {
    expect(createTheme({ name: "default", colour: true, ascii: false }).style.bad("")).toBe("");
  });
});

describe("needsAscii", () => {
  it.each([
    [{ LANG: "en_US.UTF-8" }, "linux", false],
    [{ LANG: "de_DE.utf8" }, "linux", false],
    [{ LANG: "C" }, "linux", true],
    [{}, "linux", true],
    [{ LANG: "en_US.UTF-8", LC_ALL: "C" }, "linux", true],
    [{ LANG: "C", LC_CTYPE: "en_US.UTF-8", LC_ALL: "" }, "linux", false],
    [{ LANG: "en_US.UTF-8", TERM: "linux" }, "linux", true],
    [{}, "win32", false],
  ])("judges %j on %s: %s", (env, platform, expected) => {
    expect(needsAscii(env, platform)).toBe(expected);
  });
});
