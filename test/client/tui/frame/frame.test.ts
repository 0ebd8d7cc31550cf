import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../../../../client/terminal/cut-line.ts";
import { footerLine } from "../../../../client/tui/frame/footer-line.ts";
import { type HeaderView, headerLines } from "../../../../client/tui/frame/header-lines.ts";
import { layoutOf, type LayoutWish } from "../../../../client/tui/frame/layout.ts";
import { linkLine } from "../../../../client/tui/frame/link-line.ts";
import { toastLine } from "../../../../client/tui/frame/toast-line.ts";
import { tooSmallLines } from "../../../../client/tui/frame/too-small-lines.ts";
import { CONTEXTS } from "../../../../client/tui/keys.ts";
import type { LinkView } from "../../../../client/tui/model.ts";
import { anyLook, anyText, anyTunnel, clock, LOOKS, lookOf, plain, tunnelOf } from "./screen-values.ts";

const WISH: LayoutWish = { zoom: undefined, header: "auto", detailOpen: false, isEmpty: false };
const look = LOOKS.mono;

const anyWish = fc.record<LayoutWish>({
  zoom: fc.constantFrom(undefined, "list", "detail"),
  header: fc.constantFrom("auto", "shown", "hidden"),
  detailOpen: fc.boolean(),
  isEmpty: fc.boolean(),
});

function headerOf(changes: Partial<HeaderView>, columns: number, rows: 1 | 3 = 3): readonly string[] {
  const counts = { all: 128, failed: 3, badSignature: 2 };
  const view = { tunnel: tunnelOf(), counts, following: true, newer: 0, matching: undefined, ...changes };
  return headerLines(view, look, { columns, rows, divider: undefined }).map(plain);
}

const linkOf = (changes: Partial<LinkView>): LinkView => ({ ...tunnelOf().link, ...changes });

describe("layoutOf", () => {
  it.each([
    [39, 8, "too-small"],
    [40, 7, "too-small"],
    [0, 0, "too-small"],
    [40, 8, "panes"],
  ])("takes %ix%i for %s", (columns, rows, kind) => {
    expect(layoutOf({ columns, rows }, WISH).kind).toBe(kind);
  });

  it("gives every cell to one thing, whatever is wished", () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 300 }), fc.integer({ min: 8, max: 120 }), anyWish, (columns, rows, wish) => {
        const layout = layoutOf({ columns, rows }, wish);
        if (layout.kind === "too-small") throw new Error("large enough");
        const { headerRows, list, detail, divider, ruleRow } = layout;
        const areas = [
          { top: 0, left: 0, columns, rows: headerRows },
          ...(list === undefined ? [] : [list]),
          ...(detail === undefined ? [] : [detail]),
          ...(divider?.direction === "vertical" ? [{ top: headerRows, left: divider.at, columns: 1, rows: list?.rows ?? 0 }] : []),
          ...(divider?.direction === "horizontal" ? [{ top: divider.at, left: 0, columns, rows: 1 }] : []),
          ...[ruleRow, layout.statusRow, layout.footerRow].flatMap((top) =>
            top === undefined ? [] : [{ top, left: 0, columns, rows: 1 }],
          ),
        ];
        const used = new Set<number>();
        let cells = 0;
        for (const area of areas) {
          for (let y = area.top; y < area.top + area.rows; y++) {
            for (let x = area.left; x < area.left + area.columns; x++) {
              used.add(y * columns + x);
              cells++;
            }
          }
        }
        expect([used.size, cells]).toEqual([columns * rows, columns * rows]);
        expect(divider === undefined).toBe(list === undefined || detail === undefined);
        const panes = [list, detail].filter((pane) => pane !== undefined);
        expect(panes.filter((pane) => pane.columns < 40 || pane.rows < 3)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [99, 30, undefined, 99],
    [100, 30, "vertical", 47],
    [159, 30, "vertical", 74],
    [160, 30, "vertical", 64],
    [84, 46, "horizontal", 84],
    [84, 45, undefined, 84],
    [85, 46, undefined, 85],
  ])("divides %ix%i: %s", (columns, rows, direction, listColumns) => {
    const layout = layoutOf({ columns, rows }, WISH);
    if (layout.kind === "too-small") throw new Error("large enough");
    expect(layout.divider?.direction).toBe(direction);
    expect(layout.list?.columns).toBe(listColumns);
  });

  it("shows one pane where it is zoomed, or lies over the other, or there is nothing to list", () => {
    expect(layoutOf({ columns: 120, rows: 40 }, { ...WISH, zoom: "detail" })).toMatchObject({ detail: { left: 0, columns: 120 } });
    expect(layoutOf({ columns: 120, rows: 40 }, { ...WISH, zoom: "list" })).not.toHaveProperty("detail");
    expect(layoutOf({ columns: 80, rows: 24 }, { ...WISH, detailOpen: true })).not.toHaveProperty("list");
    expect(layoutOf({ columns: 80, rows: 24 }, { ...WISH, zoom: "detail" })).not.toHaveProperty("detail");
    expect(layoutOf({ columns: 120, rows: 40 }, { ...WISH, isEmpty: true })).toMatchObject({ list: { columns: 120 } });
  });

  it.each([
    [11, "auto", 1],
    [12, "auto", 3],
    [11, "shown", 3],
    [40, "hidden", 1],
  ] as const)("gives the header of %i rows, %s, %i of them", (rows, header, headerRows) => {
    expect(layoutOf({ columns: 80, rows }, { ...WISH, header })).toMatchObject({ headerRows });
  });
});

describe("headerLines", () => {
  it("fills its lines exactly, whatever the relay, the app and the user say", () => {
    const anyCount = fc.nat({ max: 1_000_000 });
    fc.assert(
      fc.property(
        anyTunnel,
        fc.record({ all: anyCount, failed: anyCount, badSignature: anyCount }),
        fc.boolean(),
        anyCount,
        fc.option(anyCount, { nil: undefined }),
        anyLook,
        fc.integer({ min: 40, max: 300 }),
        (tunnel, counts, following, newer, matching, anyOne, columns) => {
          const lines = headerLines({ tunnel, counts, following, newer, matching }, anyOne, { columns, rows: 3, divider: 41 });
          expect(lines.map(cellsOf)).toEqual([columns, columns, columns]);
        },
      ),
    );
  });

  it("shows the whole URL as long as it fits the terminal, and without any style", () => {
    for (const length of [30, 38, 39, 40]) {
      const url = `https://${"a".repeat(length - 8)}`;
      const [, line = ""] = headerLines(
        { tunnel: tunnelOf({ url }), counts: { all: 0, failed: 0, badSignature: 0 }, following: true, newer: 0, matching: undefined },
        LOOKS.colour,
        { columns: 40, rows: 3, divider: undefined },
      );
      expect(line).toContain(url);
      expect(line.slice(0, line.indexOf(url) + url.length)).not.toContain("\u001b");
    }
  });

  it("takes the middle out of a URL that is longer than the terminal", () => {
    const url = `https://${"a".repeat(40)}.devhook.example`;
    const [, line = ""] = headerOf({ tunnel: tunnelOf({ url }) }, 40);
    expect(line).toMatch(/^https:\/\/a+…a*\.devhook\.example$/);
  });

  it.each([
    [{ state: "online" }, "● online"],
    [{ state: "starting" }, "○ connecting to devhook.example"],
    [{ state: "reconnecting", attempt: 4, retryMs: 4_000 }, "○ reconnecting, try 4 in 4 s (^r now)"],
    [{ state: "reconnecting", attempt: 4 }, "○ reconnecting, try 4 (^r now)"],
    [{ state: "offline" }, "○ offline"],
    [{ state: "closing" }, "○ closing"],
  ] as const)("says how the link is: %j", (link, words) => {
    expect(headerOf({ tunnel: tunnelOf({ link: linkOf(link) }) }, 160)[0]).toContain(words);
  });

  it("never loses the state of the link, of an app that is down, and of the list", () => {
    const tunnel = tunnelOf({
      link: linkOf({ state: "reconnecting", attempt: 123, retryMs: 12_345 }),
      app: { state: "down", target: "http://localhost:8000", reason: "nothing listens on 127.0.0.1:8000 and [::1]:8000", others: [] },
    });
    for (let columns = 40; columns <= 200; columns++) {
      const counts = { all: 123_456, failed: 12_345, badSignature: 1_234 };
      const [line = ""] = headerOf({ tunnel, counts, following: false, newer: 1_234 }, columns);
      expect(line).toMatch(/○ reconnecting.* ✗ .*PAUSED/);
    }
  });

  it("says what the list does", () => {
    expect(headerOf({}, 120)[0]).toMatch(/ FOLLOW $/);
    expect(headerOf({ following: false, newer: 12 }, 120)[0]).toMatch(/ PAUSED \+12 new $/);
    expect(headerOf({ following: false }, 120)[0]).toMatch(/ PAUSED $/);
    expect(headerOf({ matching: 7 }, 120)[0]).toMatch(/ 7 of 128 {2}FOLLOW $/);
  });

  it("counts what a glance should find, and nothing that is not there", () => {
    expect(headerOf({}, 120)[0]).toContain("128 events  3 failed  2 bad sig");
    expect(headerOf({ counts: { all: 1, failed: 0, badSignature: 0 } }, 120)[0]).toContain("  1 event  ");
    expect(headerOf({ counts: { all: 0, failed: 0, badSignature: 0 } }, 120)[0]).toContain("no events yet");
    expect(headerOf({ tunnel: tunnelOf({ pace: { slots: [0, 0], perMinute: 0 } }) }, 120)[0]).not.toContain("/min");
  });

  it("says what senders get while the relay is away, and who can reach a URL of this machine", () => {
    expect(headerOf({ tunnel: tunnelOf({ link: linkOf({ state: "offline", reason: "token revoked" }) }) }, 120)[1]).toMatch(
      /the relay answers senders 503, if it is up {2}token revoked/,
    );
    const embedded = tunnelOf({ url: "http://127.0.0.1:4040/shop", embedded: true });
    expect(headerOf({ tunnel: embedded }, 120)[1]).toContain("only this machine can reach this URL");
    expect(headerOf({ tunnel: embedded }, 80)[1]).toContain("this machine only");
    expect(headerOf({ tunnel: tunnelOf({ url: undefined }) }, 80)[1]).toContain("no URL yet");
  });

  it("is one line where there is no room for more", () => {
    expect(headerOf({}, 80, 1)).toHaveLength(1);
  });
});

describe("footerLine", () => {
  it("fills its line exactly in every place, and always has the way out", () => {
    for (const context of CONTEXTS) {
      for (let columns = 40; columns <= 300; columns++) {
        const line = footerLine(context, new Set(["delivery"]), look, columns);
        expect([context, columns, cellsOf(line)]).toEqual([context, columns, columns]);
      }
    }
    expect(plain(footerLine("list", new Set(), look, 40))).toMatch(/\? help {2}q quit $/);
    expect(plain(footerLine("detail", new Set(), look, 40))).toMatch(/\? help {2}q close $/);
  });

  it("shows the keys of this user", () => {
    expect(plain(footerLine("list", new Set(["delivery"]), lookOf({}, { resend: "f5" }), 120))).toContain("f5 resend");
  });
});

describe("toastLine and linkLine", () => {
  it("fill their line exactly, and hold no control character of others", () => {
    const kinds = fc.constantFrom("ok", "info", "warning", "error");
    fc.assert(
      fc.property(kinds, anyText, anyText, anyLook, fc.integer({ min: 40, max: 300 }), (kind, text, other, anyOne, columns) => {
        const toast = toastLine({ at: 0, kind, text, ...(other !== "" && { remedy: other }) }, anyOne, columns);
        const link = linkLine(linkOf({ state: "offline", reason: text }), anyOne, columns) ?? " ".repeat(columns);
        expect([cellsOf(toast), cellsOf(link)]).toEqual([columns, columns]);
        expect(plain(toast + link)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it("say why the relay is away and since when, and nothing while it is there", () => {
    const away = linkOf({ state: "reconnecting", reason: `the relay closed the connection ${"x".repeat(200)}`, at: clock(14, 9, 2) });
    expect(plain(linkLine(away, look, 60) ?? "")).toMatch(/^ ○ the relay closed .*… \(14:09:02\) {2}L log $/);
    expect(linkLine(linkOf({ state: "online", reason: "x" }), look, 60)).toBeUndefined();
    expect(linkLine(linkOf({ state: "reconnecting", reason: "" }), look, 60)).toBeUndefined();
  });
});

describe("tooSmallLines", () => {
  it("fills any terminal exactly, down to one cell", () => {
    for (let columns = 1; columns <= 45; columns++) {
      for (let rows = 1; rows <= 9; rows++) {
        expect(tooSmallLines(128, look, { columns, rows }).map(cellsOf)).toEqual(Array.from({ length: rows }, () => columns));
      }
    }
  });

  it("says that nothing is lost, and how to get out", () => {
    const text = tooSmallLines(128, look, { columns: 39, rows: 7 }).join(" ").replaceAll(/ +/g, " ");
    expect(text).toContain("Too small (need 40x8). Still capturing: 128 events. q quits");
  });
});
