import { render } from "ink-testing-library";
import { createElement } from "react";
import { describe, expect, it } from "vitest";
import { createInkFrames, Frame, type FrameParts } from "../../../../client/tui/panes/ink-frames.tsx";

const SIZE = { columns: 12, rows: 6 };
const PARTS: FrameParts = {
  size: SIZE,
  header: ["header      "],
  body: [
    { columns: 5, lines: ["one  ", "two  ", "     ", "four "] },
    { columns: 1, lines: ["│", "│", "│", "│"] },
    { columns: 6, lines: ["right ", "", " 字字 ", "\u001b[7mx     \u001b[27m"] },
  ],
  isStacked: false,
  footer: ["footer"],
  overlay: undefined,
};

/** The frames that come of these parts, shown one after the other. */
function framesOf(...all: readonly FrameParts[]): readonly (readonly string[])[] {
  const shown: (readonly string[])[] = [];
  const frames = createInkFrames((lines) => shown.push(lines));
  for (const parts of all) frames.show(parts);
  frames.close();
  return shown;
}

function lastOf(...all: readonly FrameParts[]): readonly string[] | undefined {
  return framesOf(...all).at(-1);
}

describe("createInkFrames", () => {
  it("puts header, panes and footer where they belong, in rows without spaces at their ends", () => {
    expect(lastOf(PARTS)).toEqual(["header", "one  │right", "two  │", "     │ 字字", "four │\u001b[7mx     \u001b[27m", "footer"]);
  });

  it("shows what Ink's own test renderer shows of the same panes", () => {
    const overlay = { columns: 6, lines: ["┌────┐", "│ hi │", "└────┘"] };
    for (const parts of [PARTS, { ...PARTS, overlay }, { ...PARTS, isStacked: true }]) {
      const { lastFrame, unmount } = render(createElement(Frame, parts));
      expect(lastOf(parts)).toEqual(lastFrame()?.split("\n"));
      unmount();
    }
  });

  it("puts one pane above the other", () => {
    const lines = ["below"];
    const body = [
      { columns: 12, lines: ["above"] },
      { columns: 12, lines },
    ];
    expect(lastOf({ ...PARTS, body, isStacked: true, size: { columns: 12, rows: 4 } })).toEqual(["header", "above", "below", "footer"]);
  });

  it("covers what is under an overlay, blanks included, and shows it again when that is gone", () => {
    const overlay = { columns: 6, lines: ["┌────┐", "│    │", "└────┘"] };
    const covered = lastOf(PARTS, { ...PARTS, overlay });
    expect(covered).toEqual(["header", "one┌────┐ht", "two│    │", "   └────┘字", "four │\u001b[7mx     \u001b[27m", "footer"]);
    expect(lastOf({ ...PARTS, overlay }, PARTS)).toEqual(lastOf(PARTS));
  });

  it("shows what has changed within a pane, and more or fewer lines of it", () => {
    const [first, ...others] = PARTS.body;
    const changed = { columns: 5, lines: ["ONE", ...(first?.lines.slice(1) ?? [])] };
    expect(lastOf(PARTS, { ...PARTS, body: [changed, ...others] })?.[1]).toBe("ONE  │right");
    const few = lastOf(PARTS, { ...PARTS, body: [{ columns: 5, lines: ["few"] }] });
    expect(few).toEqual(["header", "few", "", "", "", "footer"]);
    expect(lastOf({ ...PARTS, body: [] }, PARTS)).toEqual(lastOf(PARTS));
  });

  it("goes by the size of each frame", () => {
    const wide = { ...PARTS, size: { columns: 20, rows: 8 }, body: [{ columns: 20, lines: ["a line of 20 columns"] }] };
    expect(lastOf(PARTS, wide)).toEqual(["header", "a line of 20 columns", "", "", "", "", "", "footer"]);
    expect(lastOf(wide, PARTS)).toEqual(lastOf(PARTS));
  });
});
