import { Writable } from "node:stream";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { clockTime } from "../../../../client/output/clock-time.ts";
import { cellsOf, fitText } from "../../../../client/terminal/cut-line.ts";
import { createFrameWriter } from "../../../../client/terminal/frame-writer.ts";
import { openDetail } from "../../../../client/tui/detail/open-detail.ts";
import { layoutOf } from "../../../../client/tui/frame/layout.ts";
import { type Look, type PaneDocument, type PaneSize, type Row, TABS } from "../../../../client/tui/model.ts";
import { composeFrame, type FrameSources, topOf } from "../../../../client/tui/panes/compose-frame.ts";
import { comparisonHead, detailHead } from "../../../../client/tui/panes/detail-head.ts";
import { createInkFrames, type FrameParts } from "../../../../client/tui/panes/ink-frames.tsx";
import type { Overlay, ScreenState } from "../../../../client/tui/state/state.ts";
import { fieldOf } from "../../../../client/tui/typing/text-field.ts";
import { createHeadlessTerminal } from "../../../rig/headless-terminal.ts";
import { contentOf, headOf } from "../detail/made-content.ts";
import { anyLook, anyRow, anyText, anyTunnel, LOOKS, plain, rowOf, ROWS } from "../frame/screen-values.ts";
import { arrive, FORM, OVERLAYS, run, stateOf } from "../state/made-state.ts";

const SIZES: readonly PaneSize[] = [
  [40, 8],
  [60, 15],
  [80, 24],
  [84, 50],
  [120, 40],
  [200, 60],
  [300, 100],
  [39, 7],
].map(([columns = 0, rows = 0]) => ({ columns, rows }));

let shown: readonly string[] = [];
const frames = createInkFrames((lines) => {
  shown = lines;
});
afterAll(frames.close);

/** The frame that Ink makes of these parts. */
function show(parts: FrameParts): readonly string[] {
  frames.show(parts);
  return shown;
}

function documentOf(lines: readonly string[], look: Look, columns: number): PaneDocument {
  return {
    count: lines.length,
    lines: (from, count) => lines.slice(from, from + count).map((line) => fitText(line, columns, look.theme).trimEnd()),
    foldOf: (line) => (line % 2 === 0 ? line : undefined),
    find: () => [],
    title: lines.length > 3 ? "application/json" : "",
  };
}

function sourcesOf(look: Look, lines: readonly string[] = ["{", '  "a": 1', "}"]): FrameSources {
  return {
    look,
    document: (columns) => documentOf(lines, look, columns),
    reasons: () => ({}),
    empty: { path: "/webhooks/moltify", tests: ["stripe"], hasSecrets: false },
    isLoading: false,
  };
}

const anyState: fc.Arbitrary<ScreenState> = fc
  .record({
    size: fc.oneof(
      fc.constantFrom(...SIZES),
      fc.record({ columns: fc.integer({ min: 1, max: 130 }), rows: fc.integer({ min: 1, max: 60 }) }),
    ),
    rows: fc.array(anyRow, { maxLength: 12 }),
    tunnel: anyTunnel,
    focus: fc.constantFrom("list" as const, "detail" as const),
    zoom: fc.boolean(),
    header: fc.constantFrom("auto" as const, "shown" as const, "hidden" as const),
    tab: fc.constantFrom(...TABS),
    isCompared: fc.boolean(),
    filter: fc.oneof(fc.constant(""), anyText),
    up: fc.nat({ max: 12 }),
    toast: fc.option(fc.record({ at: fc.nat(), kind: fc.constantFrom("ok" as const, "error" as const), text: anyText }), {
      nil: undefined,
    }),
    overlay: fc.option(anyOverlay(), { nil: undefined }),
    newestFirst: fc.boolean(),
  })
  .map(({ rows, tab, isCompared, filter, up, newestFirst, ...rest }) => {
    const list = rows.map((row, at): Row => ({ ...row, seq: at + 1, id: `id-${at + 1}` }));
    const state = run(stateOf(0), arrive(...list), ...Array.from({ length: up }, () => "up" as const));
    return {
      ...state,
      ...rest,
      list: { ...state.list, newestFirst },
      filter: { ...state.filter, applied: filter },
      log: rest.toast === undefined ? [] : [rest.toast],
      detail: { ...state.detail, tab, line: up, ...(isCompared && { diff: { before: "id-1", after: "id-2" } }) },
    };
  });

function anyOverlay(): fc.Arbitrary<Overlay> {
  return fc.tuple(fc.constantFrom(...Object.values(OVERLAYS)), anyText, fc.nat({ max: 40 })).map(([overlay, text, at]): Overlay => {
    switch (overlay.kind) {
      case "menu":
        return { ...overlay, title: text, index: at % 3, items: overlay.items.map((item) => ({ ...item, label: text, hint: text })) };
      case "ask":
        return { ...overlay, question: text, consequence: text };
      case "form":
        return { ...overlay, index: at % 2, form: { ...FORM, title: text, request: text, fault: text, diff: [{ sign: "+", text }] } };
      case "prompt":
        return { ...overlay, title: text, hint: text, field: fieldOf(text), fault: text, hidden: at % 2 === 0 };
      case "log":
        return { ...overlay, scroll: at };
      case "help":
      case "filter":
      case "search":
      case "commands":
        return { ...overlay, field: fieldOf(text) };
    }
  });
}

describe("a frame", () => {
  it("has as many lines as the terminal, none of them wider, whatever is in it", () => {
    fc.assert(
      fc.property(anyState, anyLook, fc.array(anyText, { maxLength: 30 }), (state, look, lines) => {
        const frame = show(composeFrame(state, sourcesOf(look, lines)).parts);
        expect(frame).toHaveLength(state.size.rows);
        expect(Math.max(...frame.map(cellsOf))).toBeLessThanOrEqual(state.size.columns);
      }),
      { numRuns: 80 },
    );
  });

  it("is what its panes are, each in its place", () => {
    fc.assert(
      fc.property(anyState, anyLook, (state, look) => {
        const { parts } = composeFrame({ ...state, overlay: undefined }, sourcesOf(look));
        const { header, body, footer, isStacked } = parts;
        const height = state.size.rows - header.length - footer.length;
        const beside = Array.from({ length: height }, (_, at) => body.map(({ lines }) => lines[at] ?? "").join(""));
        const all = [...header, ...(isStacked ? body.flatMap(({ lines }) => lines) : beside), ...footer];
        expect(show(parts).map((line) => plain(line).trimEnd())).toEqual(all.map((line) => plain(line).trimEnd()));
      }),
      { numRuns: 50 },
    );
  });

  it("shows on a terminal what it says, whatever was there before", async () => {
    const terminals = new Map(SIZES.slice(0, 5).map((size) => [size, createHeadlessTerminal(size.columns, size.rows)] as const));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...terminals.keys()),
        fc.array(fc.tuple(anyState, fc.boolean()), { minLength: 1, maxLength: 4 }),
        async (size, steps) => {
          const screen = terminals.get(size);
          if (screen === undefined) return;
          const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => screen.terminal.write(chunk, done) });
          const writer = createFrameWriter(stream, () => size);
          writer.release();
          let frame: readonly string[] = [];
          for (const [state, isNext] of steps) {
            const here = { ...state, size, ...(isNext && { overlay: undefined }) };
            frame = show(composeFrame(here, sourcesOf(LOOKS.ascii)).parts);
            writer.paint(frame);
          }
          await writer.hold();
          writer.release();
          await writer.hold();
          // the last cell stays empty
          const wanted = frame.map((line, at) =>
            plain(line)
              .slice(0, at === size.rows - 1 ? size.columns - 1 : size.columns)
              .trimEnd(),
          );
          expect(screen.rows()).toEqual(wanted);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe.each(SIZES.slice(0, -1))("at $columns x $rows", (size) => {
  const rows = run(stateOf(0, { size }), arrive(...ROWS));

  it.each(["list", "detail"] as const)("puts header, panes and footer where the layout says, with the keys in the %s", (focus) => {
    for (const zoom of [false, true]) {
      const state = { ...rows, focus, zoom };
      const layout = layoutOf(size, { zoom: zoom ? focus : undefined, header: "auto", detailOpen: focus === "detail", isEmpty: false });
      if (layout.kind === "too-small") throw new Error("it is large enough");
      const { parts, metrics } = composeFrame(state, sourcesOf(LOOKS.mono));
      expect(parts.header).toHaveLength(layout.headerRows);
      expect(parts.footer).toHaveLength(size.rows - (layout.ruleRow ?? layout.statusRow));
      const areas = [layout.list, layout.detail].filter((area) => area !== undefined);
      const panes = parts.body.filter(({ columns, lines }) => columns > 1 && lines.length > 1);
      expect(panes.map((pane) => [pane.columns, pane.lines.length])).toEqual(areas.map((area) => [area.columns, area.rows]));
      for (const { columns, lines } of parts.body) expect(lines.filter((line) => cellsOf(line) !== columns)).toEqual([]);
      const frame = show(parts).map(plain);
      expect(frame[0]).toMatch(/online/);
      expect(frame[layout.footerRow]).toMatch(/\?/);
      expect(frame.some((line) => line.includes("[1 Sum"))).toBe(layout.detail !== undefined);
      expect(frame.some((line) => /▸ 14:07:44/.test(line))).toBe(layout.list !== undefined);
      expect(metrics.isSplit).toBe(layout.divider !== undefined);
    }
  });

  it("knows of each cell what stands in it", () => {
    const document = Array.from({ length: 99 }, (_, at) => `zq${at}.`);
    for (const focus of ["list", "detail"] as const) {
      const state = { ...rows, focus, detail: { ...rows.detail, tab: "body" as const, line: 42, top: 40 } };
      const { parts, metrics, hitAt } = composeFrame(state, sourcesOf(LOOKS.mono, document));
      const seqs = new Set<number>();
      const found = new Set<string>();
      const wanted = new Set<string>();
      for (const [y, text] of show(parts).map(plain).entries()) {
        const line = /zq(\d+)\./.exec(text);
        if (line !== null) wanted.add(`line ${line[1]}`);
        if (/\[3 B/.test(text)) for (const tab of TABS) wanted.add(`tab ${tab} on row ${y}`);
        for (let x = 0; x < size.columns; x++) {
          const hit = hitAt(y, x);
          if (hit?.pane === "list" && hit.seq !== undefined) {
            const time = clockTime(state.list.rows.find(({ seq }) => seq === hit.seq)?.receivedAt ?? 0);
            if (text.includes(time)) seqs.add(hit.seq);
          }
          // only where it is drawn: a letter of a tab, the text of a line
          if (hit?.pane === "detail" && hit.tab !== undefined) found.add(`tab ${hit.tab} on row ${y}`);
          if (hit?.pane === "detail" && hit.line !== undefined)
            found.add(text.includes(`zq${hit.line}.`) ? `line ${hit.line}` : `no line ${hit.line}`);
        }
      }
      expect([...found].toSorted()).toEqual([...wanted].toSorted());
      expect(seqs.size).toBe(Math.min(metrics.listRows, state.list.shown.length));
      expect([hitAt(0, 0), hitAt(size.rows - 1, 0), hitAt(-1, 0), hitAt(5, size.columns)]).toEqual(Array(4).fill(undefined));
    }
  });

  it("has the tabs where their names stand", () => {
    const { parts, hitAt } = composeFrame({ ...rows, focus: "detail" }, sourcesOf(LOOKS.mono));
    const frame = show(parts).map(plain);
    const y = frame.findIndex((text) => text.includes("[1 Sum"));
    const from = (frame[y] ?? "").lastIndexOf(" [1 Sum");
    const before = cellsOf((frame[y] ?? "").slice(0, from));
    const digits = [...(frame[y] ?? "").slice(from).matchAll(/(?<=[ [])[1-6](?= |\]|$)/g)].slice(0, TABS.length);
    expect(digits.map(({ index }) => hitAt(y, before + index))).toMatchObject(TABS.map((tab) => ({ pane: "detail", tab })));
  });

  const withOverlay = (kind: Overlay["kind"]): { readonly parts: FrameParts; readonly frame: readonly string[] } => {
    const state = { ...rows, overlay: OVERLAYS[kind], log: [{ at: 0, kind: "ok" as const, text: "copied" }] };
    const { parts } = composeFrame(state, sourcesOf(LOOKS.ascii));
    return { parts, frame: show(parts).map((line) => plain(line).padEnd(size.columns)) };
  };

  it.each(["help", "log", "menu", "ask", "prompt", "commands", "form"] as const)("shows %s in the middle", (kind) => {
    const { parts, frame } = withOverlay(kind);
    const { columns, lines } = parts.overlay ?? { columns: Infinity, lines: [] };
    expect(columns).toBeLessThan(size.columns);
    expect(lines.length).toBeLessThan(size.rows);
    const left = Math.floor((size.columns - columns) / 2);
    const top = Math.floor((size.rows - lines.length) / 2);
    expect(frame.slice(top, top + lines.length).map((line) => line.slice(left, left + columns))).toEqual(lines.map(plain));
  });

  it.each(["filter", "search"] as const)("shows the %s in place of status and keys", (kind) => {
    const { parts, frame } = withOverlay(kind);
    expect(parts.overlay).toBeUndefined();
    expect(frame.at(-2)).toMatch(/^ \/ /);
    expect(parts.footer).toHaveLength(composeFrame(rows, sourcesOf(LOOKS.ascii)).parts.footer.length);
  });

  it.each(TABS)("shows the tab %s of a real delivery", (tab) => {
    const state: ScreenState = { ...rows, focus: "detail", detail: { ...rows.detail, tab } };
    const hostile = headOf({ headers: ["x-" + "é".repeat(300), "\u001b]52;c;x\u0007👨‍👩‍👧🇩🇪", "a", "漢字".repeat(200)] });
    for (const look of [LOOKS.colour, LOOKS.ascii]) {
      for (const head of [headOf(), hostile]) {
        const options = { wrap: false, mode: "pretty", folded: new Set<number>(), look } as const;
        const sources = {
          ...sourcesOf(look),
          document: (columns: number) => openDetail(tab, contentOf({ head }), { ...options, columns }),
        };
        const frame = show(composeFrame(state, sources).parts);
        expect(frame).toHaveLength(size.rows);
        expect(Math.max(...frame.map(cellsOf))).toBeLessThanOrEqual(size.columns);
        expect(frame.join("\n")).not.toMatch(/\u001b\]|\u0007/);
      }
    }
  });
});

describe("what is special", () => {
  it("says that the terminal is too small, and that devhook goes on", () => {
    const frame = show(composeFrame({ ...stateOf(3), size: { columns: 39, rows: 7 } }, sourcesOf(LOOKS.mono)).parts);
    expect(frame.join(" ")).toMatch(/40x8[^]*3/);
  });

  it("teaches the next steps while nothing is there, but not while it is being looked for", () => {
    const text = (isLoading: boolean): string =>
      show(composeFrame(stateOf(0), { ...sourcesOf(LOOKS.mono), isLoading }).parts)
        .map(plain)
        .join("\n");
    expect(text(false)).toContain("press t");
    expect(text(true)).not.toContain("press t");
  });

  it("shows nothing of a delivery that is not there any more, and says so", () => {
    const state = { ...run(stateOf(2, { focus: "detail" }), { type: "filtered", text: "x", seqs: new Set<number>() }) } as const;
    expect(
      show(composeFrame(state, sourcesOf(LOOKS.mono)).parts)
        .map(plain)
        .join("\n"),
    ).toContain("no delivery is selected");
  });

  it("says which two deliveries are compared, whichever is selected", () => {
    const state = stateOf(9, { focus: "detail" });
    const head = (diff: { readonly before: string; readonly after: string }): string =>
      show(composeFrame({ ...state, detail: { ...state.detail, diff } }, sourcesOf(LOOKS.mono)).parts)
        .slice(3, 5)
        .map(plain)
        .join("\n");
    expect(head({ before: "id-4", after: "id-7" })).toMatch(/^ #4 and #7 POST [^]*\n Two deliveries compared/);
    expect(head({ before: "gone", after: "id-7" })).toMatch(/^ one that is gone and #7 POST /);
  });

  it("marks the line that the keys are at, and scrolls to it", () => {
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`);
    const state = stateOf(2, { focus: "detail" });
    const frame = (line: number, top = 0): string =>
      show(composeFrame({ ...state, detail: { ...state.detail, line, top } }, sourcesOf(LOOKS.mono, lines)).parts)
        .map(plain)
        .join("\n");
    expect(frame(0)).toMatch(/▸ line 0\s*$/m);
    expect(frame(60)).toMatch(/▸ line 60\s*$/m);
    expect(frame(3, 50)).toMatch(/▸ line 3\s*$/m);
    // a document that has become shorter
    expect(frame(500)).toMatch(/▸ line 99\s*$/m);
    expect(composeFrame(state, sourcesOf(LOOKS.mono, lines)).metrics).toMatchObject({ detailCount: 100, foldAt: 0 });
  });

  it("has a line of the detail on the smallest terminal, whatever the header shows", () => {
    for (const header of ["auto", "shown", "hidden"] as const) {
      for (const line of [0, 7]) {
        const lines = Array.from({ length: 9 }, (_, at) => `line ${at}`);
        const state = stateOf(2, { focus: "detail", header, size: { columns: 40, rows: 8 } });
        const { parts, metrics } = composeFrame({ ...state, detail: { ...state.detail, line } }, sourcesOf(LOOKS.mono, lines));
        const frame = show(parts).map(plain);
        expect(frame.filter((text) => /^▸ line \d/.test(text))).toEqual([expect.stringContaining(`line ${line}`)]);
        expect(frame.filter((text) => /^. line \d/.test(text))).toHaveLength(metrics.detailRows);
      }
    }
  });

  it("keeps the line of the keys in sight and the pane full", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 99 }),
        fc.nat({ max: 120 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 100 }),
        (line, top, rows, count) => {
          const at = Math.min(line, count - 1);
          const first = topOf(top, { line: at, rows, count });
          expect(first).toBeGreaterThanOrEqual(0);
          expect(first).toBeLessThanOrEqual(Math.max(0, count - rows));
          expect(at - first).toBeGreaterThanOrEqual(0);
          expect(at - first).toBeLessThan(rows);
        },
      ),
    );
  });

  it("shows a toast before the link, the link before a lasting remark, and that before the selected row", () => {
    const message = (text: string) => ({ at: 0, kind: "warning" as const, text });
    const link = { state: "offline" as const, attempt: 0, retryMs: undefined, reason: "went away", at: 0 };
    const state = stateOf(2);
    const status = (changes: Partial<ScreenState>): string => {
      const frame = show(composeFrame({ ...state, ...changes }, sourcesOf(LOOKS.mono)).parts);
      return plain(frame.at(-2) ?? "");
    };
    const all = { ...state.tunnel, link, banner: message("clock is off") };
    expect(status({ tunnel: all, toast: message("copied") })).toContain("copied");
    expect(status({ tunnel: all })).toContain("went away");
    expect(status({ tunnel: { ...all, link: state.tunnel.link } })).toContain("clock is off");
    expect(status({})).toContain("#2");
  });
});

it("heads a detail with exactly as many cells as there are, the selected tab in brackets", () => {
  fc.assert(
    fc.property(
      anyRow,
      fc.option(anyRow, { nil: undefined }),
      fc.constantFrom(...TABS),
      anyLook,
      fc.integer({ min: 1, max: 160 }),
      fc.boolean(),
      (row, other, tab, look, columns, focused) => {
        expect(detailHead(row, tab, look, { columns, focused }).map(cellsOf)).toEqual([columns, columns, columns]);
        expect(comparisonHead({ before: row, after: other }, look, columns).map(cellsOf)).toEqual([columns, columns, columns]);
      },
    ),
  );
  const [title, tabs] = detailHead(rowOf({ seq: 122, pinned: true }), "body", LOOKS.mono, { columns: 80, focused: true }).map(plain);
  expect(title).toMatch(/^ #122 POST \/webhooks\/moltify {2}task\.submitted .* \* 14:02:11 $/);
  expect(tabs).toContain("[3 Body]");
});
