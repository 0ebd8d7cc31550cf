import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../../../../client/terminal/cut-line.ts";
import { ACTIONS } from "../../../../client/tui/keys.ts";
import { createTheme } from "../../../../client/tui/theme.ts";
import {
  editField,
  EMPTY_FIELD,
  fieldLine,
  fieldOf,
  fieldView,
  type TextField,
  typeInto,
} from "../../../../client/tui/typing/text-field.ts";
import { CHARACTER } from "../../../rig/character.ts";

const SIGNS = { theme: createTheme({ name: "default", colour: true, ascii: false }) };
const PLAIN = { theme: createTheme({ name: "mono", colour: false, ascii: true }) };
const FAMILY = "👨‍👩‍👧";
const ACCENTED = "e\u0301";

/** `ab|c`: a field with the caret at the bar. */
function field(written: string): TextField {
  const caret = written.indexOf("|");
  return { text: written.replace("|", ""), caret };
}
const written = ({ text, caret }: TextField): string => `${text.slice(0, caret)}|${text.slice(caret)}`;
/** The line with brackets where it is inverse. */
const bare = (line: string): string =>
  line
    .replaceAll("\u001b[7m", "[")
    .replaceAll("\u001b[27m", "]")
    .replace(/\u001b\[[\d;]*m/g, "");
const CARETS = ["caret-left", "caret-right", "caret-home", "caret-end"] as const;
const ERASERS = ["erase-left", "erase-right", "erase-word", "erase-all"] as const;

describe("typeInto", () => {
  it("lets no control character in, and makes ends of lines and tabs spaces", () => {
    expect(written(typeInto(field("a|z"), "1\r\n2\n3\r4\t5\u2028\u001b[31m\u0007\u0000\u009b\u007f\ud800"))).toBe("a1 2 3 4 5 [31m|z");
  });

  it("takes what fits, whole clusters only", () => {
    expect(written(typeInto(field("ab|"), "cdef", 5))).toBe("abcde|");
    expect(written(typeInto(field("abc|"), FAMILY, 5))).toBe("abc|");
    expect(written(typeInto(field("abc|"), `x${ACCENTED}`, 5))).toBe("abcx|");
    expect(written(typeInto(field("|abcde"), "x", 5))).toBe("|abcde");
    expect(written(typeInto(field("|abcdef"), "x", 5))).toBe("|abcdef");
  });

  it("takes a paste of a megabyte, as much of it as a field holds", () => {
    expect(typeInto(EMPTY_FIELD, "漢".repeat(1_000_000)).text).toHaveLength(8192);
  });

  it("goes behind the cluster when what is typed becomes part of one", () => {
    expect(written(typeInto(field("e|x"), "\u0301"))).toBe(`${ACCENTED}|x`);
    expect(written(typeInto(field("|\u0301x"), "e"))).toBe(`${ACCENTED}|x`);
  });
});

describe("editField", () => {
  it.each([
    ["caret-left", `a${FAMILY}|b`, `a|${FAMILY}b`],
    ["caret-left", "|ab", "|ab"],
    ["caret-right", `a|${ACCENTED}b`, `a${ACCENTED}|b`],
    ["caret-right", "ab|", "ab|"],
    ["caret-home", "ab|c", "|abc"],
    ["caret-end", "a|bc", "abc|"],
    ["erase-left", `a${FAMILY}|b`, "a|b"],
    ["erase-left", "|ab", "|ab"],
    ["erase-left", "a\r|", "a|"],
    ["erase-right", `a|${ACCENTED}b`, "a|b"],
    ["erase-right", "ab|", "ab|"],
    ["erase-word", "sig:bad from:stripe  |x", "sig:bad |x"],
    ["erase-word", "sig:bad|", "|"],
    ["erase-word", "  |x", "|x"],
    ["erase-all", "ab|c", "|"],
    ["submit", "a|b", "a|b"],
    ["resend", "a|b", "a|b"],
  ] as const)("%s makes %j %j", (edit, before, after) => {
    expect(written(editField(field(before), edit))).toBe(after);
  });

  it("knows every action that moves in a field or takes from it", () => {
    const ids = ACTIONS.map(({ id }) => id).filter((id) => id.startsWith("caret-") || id.startsWith("erase-"));
    expect(ids.toSorted()).toEqual([...CARETS, ...ERASERS].toSorted());
  });

  it("keeps the caret between clusters and controls out, whatever is done", () => {
    const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });
    const step = fc.oneof(
      fc.string({ unit: CHARACTER, maxLength: 8 }),
      fc.constantFrom(FAMILY, ACCENTED, "\u0301", "\u200d", "🇩", "한", "\u1161"),
      fc.constantFrom(...CARETS, ...ERASERS).map((edit) => ({ edit })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let state = EMPTY_FIELD;
        for (const each of steps) state = typeof each === "string" ? typeInto(state, each, 40) : editField(state, each.edit);
        const places = [...clusters.segment(state.text)].map(({ index }) => index);
        expect([...places, state.text.length]).toContain(state.caret);
        expect(state.text.length).toBeLessThanOrEqual(40);
        expect(state.text).not.toMatch(/[\p{Cc}\p{Cs}]/u);
        for (const columns of [0, 1, 2, 5, 30]) {
          for (const look of [SIGNS, PLAIN, { ...SIGNS, hidden: true }]) {
            const line = fieldLine(state, columns, look);
            expect([columns, cellsOf(line)]).toEqual([columns, columns]);
          }
          expect(bare(fieldLine(state, columns, PLAIN))).toMatch(/^[ -~]*$/);
        }
      }),
    );
  });
});

describe("fieldLine", () => {
  const shown = (text: string, columns: number, look = SIGNS): string => bare(fieldLine(field(text), columns, look));

  it("shows the caret as an inverse cell, behind the text as a cell of its own", () => {
    expect(shown("is:failed|", 12)).toBe("is:failed[▏]  ");
    expect(shown("is:fa|iled", 12)).toBe("is:fa[i]led   ");
    expect(shown("a_b|", 6, PLAIN)).toBe("a_b[_]  ");
    expect(shown("|漢字", 6)).toBe("[漢]字  ");
  });

  it("fits exactly, or scrolls to the caret and says where there is more", () => {
    expect(shown("123456789|", 10)).toBe("123456789[▏]");
    expect(shown("1234567890|", 10)).toBe("…4567890[▏] ");
    expect(shown("|1234567890abcdef", 10)).toBe("[1]2345678 …");
    expect(shown("1234567|890abcdef", 10)).toBe("…34567[8]90…");
    expect(shown("1234567890|", 10, PLAIN)).toBe("~4567890[_] ");
  });

  it("says that there is more of a text whose clusters fill no cell that they could", () => {
    const lines = [`${FAMILY.repeat(99)}|${FAMILY.repeat(99)}`, `|${FAMILY.repeat(99)}`].map((text) => shown(text, 20));
    expect(lines[0]?.match(/…/g)).toHaveLength(2);
    expect(lines[1]?.match(/…/g)).toHaveLength(1);
  });

  it("shows what hides as an escape", () => {
    expect(shown("a\u202eb|", 12)).toBe("a\\u202eb[▏]   ");
  });

  it("shows of a secret that there is one, and not how long it is", () => {
    const hidden = { ...SIGNS, hidden: true };
    expect(shown("abc|", 20, hidden)).toBe("***[▏]                ");
    expect(shown("a|bc", 20, hidden)).toBe("*[*]*                 ");
    const [long, longer] = [fieldLine(fieldOf("s".repeat(13)), 40, hidden), fieldLine(fieldOf("s".repeat(500)), 40, hidden)];
    expect(longer).toBe(long);
    expect(shown(`${"s".repeat(40)}|s`, 20, hidden)).toBe(shown(`${"s".repeat(30)}|s`, 20, hidden));
  });

  it("knows in which cell a character is seen", () => {
    const cellOf = (text: string, columns: number, offset: number): number => fieldView(field(text), columns, SIGNS).cellOf(offset);
    expect([cellOf("漢字ab|", 20, 0), cellOf("漢字ab|", 20, 2), cellOf("漢字ab|", 20, 4)]).toEqual([0, 4, 6]);
    expect([cellOf("1234567890|", 10, 0), cellOf("1234567890|", 10, 9), cellOf("1234567890|", 10, 99)]).toEqual([1, 7, 9]);
    expect(cellOf("|", 0, 5)).toBe(0);
  });
});
