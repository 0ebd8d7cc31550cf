import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { footerLine } from "../../../../client/tui/frame/footer-line.ts";
import { headerLines } from "../../../../client/tui/frame/header-lines.ts";
import { type Layout, layoutOf } from "../../../../client/tui/frame/layout.ts";
import { linkLine } from "../../../../client/tui/frame/link-line.ts";
import { ruleLine } from "../../../../client/tui/frame/rule-line.ts";
import { toastLine } from "../../../../client/tui/frame/toast-line.ts";
import { emptyLines } from "../../../../client/tui/list/empty-lines.ts";
import { explainLine } from "../../../../client/tui/list/explain-line.ts";
import { listLines, rowsInView } from "../../../../client/tui/list/list-lines.ts";
import type { Look, TunnelView } from "../../../../client/tui/model.ts";
import { createHeadlessTerminal } from "../../../rig/headless-terminal.ts";
import { clock, LOOKS, ROWS, SIZES, tunnelOf } from "./screen-values.ts";

const SELECTED = "id-123";
const AWAY = tunnelOf({
  link: {
    state: "reconnecting",
    attempt: 4,
    retryMs: 4_000,
    reason: "the relay closed the connection (1006)",
    at: clock(14, 9, 2),
  },
  app: { state: "down", target: "http://localhost:8000", reason: "nothing listens on 127.0.0.1:8000", others: [3000] },
  embedded: true,
});

/** A whole screen, the pane of the detail left blank. */
function screenOf(tunnel: TunnelView, look: Look, [columns, rows]: readonly [number, number], isEmpty: boolean): readonly string[] {
  const { glyphs } = look.theme;
  const layout = layoutOf({ columns, rows }, { zoom: undefined, header: "auto", detailOpen: false, isEmpty });
  if (layout.kind === "too-small" || layout.list === undefined) throw new Error("these sizes have a list");
  const { list, divider } = layout;
  const vertical = divider?.direction === "vertical" ? divider.at : undefined;
  const counts = isEmpty ? { all: 0, failed: 0, badSignature: 0 } : { all: 128, failed: 3, badSignature: 2 };
  const view = { tunnel, counts, following: isEmpty, newer: 12, matching: undefined };
  const rowsShown = ROWS.slice(0, rowsInView(list));
  const left = isEmpty
    ? emptyLines({ tunnel, path: "/webhooks/moltify", tests: ["moltify", "stripe", "github"], hasSecrets: false }, look, list)
    : listLines({ rows: rowsShown, selected: SELECTED, focused: true, filter: undefined, total: 128 }, look, list);
  const selected = ROWS.find(({ id }) => id === SELECTED);
  const screen = [
    ...headerLines(view, look, { columns, rows: layout.headerRows, divider: vertical }),
    ...left.map((line) => (vertical === undefined ? line : line + glyphs.vertical + " ".repeat(columns - vertical - 1))),
  ];
  screen.push(...belowList(layout, look, columns));
  if (layout.ruleRow !== undefined) {
    screen.push(ruleLine(columns, glyphs, vertical === undefined ? undefined : { at: vertical, sign: "teeUp" }));
  }
  const status = isEmpty || selected === undefined ? linkLine(tunnel.link, look, columns) : explainLine(selected, look, columns);
  screen.push(status ?? toastLine({ at: 0, kind: "ok", text: "copied the URL" }, look, columns));
  screen.push(footerLine("list", new Set(isEmpty ? [] : ["delivery"]), look, columns));
  return screen;
}

function belowList(layout: Extract<Layout, { kind: "panes" }>, { theme }: Look, columns: number): readonly string[] {
  if (layout.divider?.direction !== "horizontal") return [];
  return [ruleLine(columns, theme.glyphs), ...Array.from({ length: layout.detail?.rows ?? 0 }, () => " ".repeat(columns))];
}

const SCREENS = {
  list: { tunnel: tunnelOf(), isEmpty: false },
  empty: { tunnel: tunnelOf(), isEmpty: true },
  away: { tunnel: AWAY, isEmpty: true },
} as const;
const CASES = (["list", "empty", "away"] as const).flatMap((screen) =>
  (["colour", "mono", "ascii"] as const).map((look) => [screen, look] as const),
);

describe("the screen", () => {
  it.each(CASES)("looks like its picture: %s in %s", async (name, look) => {
    const { tunnel, isEmpty } = SCREENS[name];
    const pictures = SIZES.map((size) => {
      const lines = screenOf(tunnel, LOOKS[look], size, isEmpty);
      expect(lines).toHaveLength(size[1]);
      return [`== ${size.join("x")}`, ...lines.map((line) => line.replaceAll("\u001b", "␛"))].join("\n");
    });
    await expect(`${pictures.join("\n")}\n`).toMatchFileSnapshot(join(import.meta.dirname, "screens", `${name}.${look}.txt`));
  });

  it.each(CASES)("fills a terminal exactly: %s in %s", async (name, look) => {
    const { tunnel, isEmpty } = SCREENS[name];
    for (const size of SIZES) {
      const lines = screenOf(tunnel, LOOKS[look], size, isEmpty);
      const { terminal, write, rows } = createHeadlessTerminal(size[0], size[1]);
      await write(lines.map((line, at) => `\u001b[${at + 1};1H${line}`).join(""));
      const plain = lines.map((line) => line.replaceAll(/\u001b\[[\d;]*m/g, "").trimEnd());
      expect(rows()).toEqual(plain);
      terminal.dispose();
    }
  });
});
