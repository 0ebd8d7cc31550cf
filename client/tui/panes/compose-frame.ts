import { fitLine } from "../../terminal/cut-line.ts";
import { footerLine } from "../frame/footer-line.ts";
import { headerLines } from "../frame/header-lines.ts";
import { type Area, type Layout, layoutOf } from "../frame/layout.ts";
import { linkLine } from "../frame/link-line.ts";
import { ruleLine } from "../frame/rule-line.ts";
import { toastLine } from "../frame/toast-line.ts";
import { tooSmallLines } from "../frame/too-small-lines.ts";
import { type EmptyView, emptyLines } from "../list/empty-lines.ts";
import { explainLine, type RowReasons } from "../list/explain-line.ts";
import { listLines, rowsInView } from "../list/list-lines.ts";
import type { Look, PaneDocument, PaneSize } from "../model.ts";
import { countsOf, selectedRow, viewport } from "../state/list-state.ts";
import { contextOf, givenOf, type Hit, type Metrics, type ScreenState } from "../state/state.ts";
import { comparisonHead, detailHead, HEAD_ROWS, tabAt } from "./detail-head.ts";
import type { FrameParts, PaneText } from "./ink-frames.tsx";
import { overlayOf } from "./overlay-of.ts";

/** What the screen looks up while it is drawn. */
export type FrameSources = {
  readonly look: Look;
  /** the selected tab, or the comparison, for this many columns; undefined while there is nothing to show */
  readonly document: (columns: number) => PaneDocument | undefined;
  readonly reasons: () => RowReasons;
  readonly empty: Omit<EmptyView, "tunnel">;
  /** shown instead while the history is read for the first time */
  readonly isLoading: boolean;
};

/** A frame, and what its panes measured. */
export type Composed = {
  readonly parts: FrameParts;
  readonly metrics: Metrics;
  /** what a cell of the panes belongs to; rows and columns count from 0 */
  readonly hitAt: (row: number, column: number) => Hit | undefined;
};

/** Cells left of a line of the detail: where the mark of the line stands that the keys are at. */
const GUTTER = 2;

/** Draws the screen: every pane as text that fits it. */
export function composeFrame(state: ScreenState, sources: FrameSources): Composed {
  const { look } = sources;
  const { size, list } = state;
  const isEmpty = list.rows.length === 0 && !sources.isLoading;
  const layout = layoutOf(size, {
    zoom: state.zoom ? state.focus : undefined,
    header: state.header,
    detailOpen: state.focus === "detail",
    isEmpty,
  });
  if (layout.kind === "too-small") return tooSmall(state, look);

  const listRows = layout.list === undefined ? 0 : rowsInView(layout.list);
  const listPane = layout.list === undefined ? undefined : listText(state, sources, layout.list, isEmpty);
  const detail = layout.detail === undefined ? undefined : detailText(state, sources, layout.detail);
  const isSplit = layout.list !== undefined && layout.detail !== undefined;
  const overlay = overlayOf(state, look, size);
  const footer = footerText(state, sources, layout, overlay?.bar);
  return {
    parts: {
      size,
      header: headerLines(
        {
          tunnel: state.tunnel,
          counts: countsOf(list),
          following: list.isFollowing,
          newer: list.unseen,
          matching: state.filter.applied === "" ? undefined : list.shown.length,
        },
        look,
        {
          columns: size.columns,
          rows: layout.headerRows,
          divider: layout.divider?.direction === "vertical" ? layout.divider.at : undefined,
        },
      ),
      body: [listPane, dividerText(layout, look), detail?.pane].filter((pane) => pane !== undefined),
      isStacked: layout.divider?.direction === "horizontal",
      footer,
      overlay: overlay?.pane,
    },
    metrics: {
      listRows,
      detailRows: detail?.rows ?? 1,
      detailCount: detail?.count ?? 0,
      foldAt: detail?.foldAt,
      attemptAt: detail?.attemptAt,
      isSplit,
      overlayCount: overlay?.count ?? 0,
      overlayRows: overlay?.rows ?? 1,
    },
    hitAt(row, column) {
      const inList = layout.list === undefined || isEmpty ? undefined : placeIn(layout.list, row, column);
      if (inList !== undefined) return { pane: "list", seq: viewport(list, listRows).rows[inList.row - (inList.rows - listRows)]?.seq };
      const inDetail = layout.detail === undefined ? undefined : placeIn(layout.detail, row, column);
      return inDetail === undefined ? undefined : detail?.hitAt(inDetail.row, inDetail.column);
    },
  };
}

/** A cell of the terminal as one of an area. */
function placeIn({ top, left, columns, rows }: Area, row: number, column: number) {
  const isWithin = row >= top && row < top + rows && column >= left && column < left + columns;
  return isWithin ? { row: row - top, column: column - left, rows } : undefined;
}

function tooSmall(state: ScreenState, look: Look): Composed {
  const lines = tooSmallLines(state.list.rows.length, look, state.size);
  return {
    parts: {
      size: state.size,
      header: [],
      body: [{ columns: state.size.columns, lines }],
      isStacked: false,
      footer: [],
      overlay: undefined,
    },
    metrics: {
      listRows: 1,
      detailRows: 1,
      detailCount: 0,
      foldAt: undefined,
      attemptAt: undefined,
      isSplit: false,
      overlayCount: 0,
      overlayRows: 1,
    },
    hitAt: () => undefined,
  };
}

function listText(state: ScreenState, { look, empty, isLoading }: FrameSources, area: Area, isEmpty: boolean): PaneText {
  const { columns } = area;
  if (isEmpty) return { columns, lines: emptyLines({ ...empty, tunnel: state.tunnel }, look, area) };
  const { list } = state;
  const { rows } = viewport(list, rowsInView(area));
  const view = {
    rows,
    selected: selectedRow(list)?.id,
    focused: state.focus === "list" && (state.overlay === undefined || state.overlay.kind === "filter"),
    filter: state.filter.applied === "" ? undefined : state.filter.applied,
    total: list.rows.length,
  };
  return { columns, lines: isLoading && rows.length === 0 ? blank(area) : listLines(view, look, area) };
}

function blank({ columns, rows }: PaneSize): readonly string[] {
  return Array.from({ length: rows }, () => " ".repeat(columns));
}

type DetailText = { readonly pane: PaneText; readonly rows: number; readonly count: number } & Pick<Metrics, "foldAt" | "attemptAt"> & {
    /** of a cell of the pane */
    readonly hitAt: (row: number, column: number) => Hit;
  };

function detailText(state: ScreenState, { look, document }: FrameSources, area: Area): DetailText {
  const { columns } = area;
  const { theme } = look;
  const row = selectedRow(state.list);
  if (row === undefined) {
    const lines = [fitLine(theme.style.dim(" no delivery is selected"), columns), ...blank({ columns, rows: area.rows - 1 })];
    return {
      pane: { columns, lines },
      rows: 1,
      count: 0,
      foldAt: undefined,
      attemptAt: undefined,
      hitAt: () => ({ pane: "detail", top: 0 }),
    };
  }
  const { detail } = state;
  const isFocused = state.focus === "detail";
  const opened = document(Math.max(1, columns - GUTTER));
  // at least one line of what one has come for: first the rule gives way, then the title
  const whole =
    detail.diff === undefined
      ? detailHead(row, detail.tab, look, { columns, focused: isFocused })
      : comparisonHead(comparedRows(state.list, detail.diff), look, columns);
  const head = whole.slice(0, Math.min(HEAD_ROWS, Math.max(HEAD_ROWS - 1, area.rows - 2)));
  const hasTitle = opened !== undefined && opened.title !== "" && area.rows > head.length + 1;
  const title = hasTitle ? [fitLine(` ${opened.title}`, columns)] : [];
  const rows = Math.max(1, area.rows - head.length - title.length);
  const count = opened?.count ?? 0;
  const line = Math.min(detail.line, Math.max(0, count - 1));
  const top = topOf(detail.top, { line, rows, count });
  const shown = opened?.lines(top, rows) ?? [theme.style.dim("…")];
  const body = shown.map((text, at) => {
    const isHere = isFocused && top + at === line;
    return fitLine(`${isHere ? theme.glyphs.selected : " "} ${text}`, columns);
  });
  const filler = blank({ columns, rows: Math.max(0, rows - body.length) });
  return {
    pane: { columns, lines: [...head, ...title, ...body, ...filler].slice(0, area.rows) },
    rows,
    count,
    foldAt: opened?.foldOf(line),
    attemptAt: opened?.attemptAt?.(line),
    hitAt(at, column) {
      if (at === 1 && detail.diff === undefined) return { pane: "detail", top, tab: tabAt(row, detail.tab, look, { columns, column }) };
      const clicked = top + at - head.length - title.length;
      return { pane: "detail", top, line: clicked >= top && clicked < count ? clicked : undefined };
    },
  };
}

function comparedRows({ rows }: ScreenState["list"], { before, after }: NonNullable<ScreenState["detail"]["diff"]>) {
  return { before: rows.find(({ id }) => id === before), after: rows.find(({ id }) => id === after) };
}

/** The first line of a pane, so that the line of the keys is in it. */
export function topOf(
  top: number,
  { line, rows, count }: { readonly line: number; readonly rows: number; readonly count: number },
): number {
  const within = Math.max(Math.min(top, line), line - rows + 1);
  return Math.max(0, Math.min(within, count - rows));
}

function dividerText(layout: Extract<Layout, { kind: "panes" }>, { theme }: Look): PaneText | undefined {
  if (layout.divider === undefined || layout.list === undefined) return undefined;
  if (layout.divider.direction === "horizontal")
    return { columns: layout.list.columns, lines: [ruleLine(layout.list.columns, theme.glyphs)] };
  return { columns: 1, lines: Array.from({ length: layout.list.rows }, () => theme.glyphs.vertical) };
}

/** Rule, status, keys: what is under the panes. */
function footerText(
  state: ScreenState,
  { look, reasons }: FrameSources,
  layout: Extract<Layout, { kind: "panes" }>,
  bar: readonly string[] | undefined,
): readonly string[] {
  const { columns } = state.size;
  const tee = layout.divider?.direction === "vertical" ? ({ at: layout.divider.at, sign: "teeUp" } as const) : undefined;
  const rule = layout.ruleRow === undefined ? [] : [ruleLine(columns, look.theme.glyphs, tee)];
  if (bar !== undefined) return [...rule, ...bar];
  const keys = footerLine(contextOf(state), givenOf(state), look, columns);
  return [...rule, statusLine(state, look, reasons, columns), keys];
}

/** A toast, else what is wrong with the link, else a lasting remark, else the selected row in words. */
function statusLine(state: ScreenState, look: Look, reasons: () => RowReasons, columns: number): string {
  const { toast, tunnel, list } = state;
  if (toast !== undefined) return toastLine(toast, look, columns);
  const link = tunnel.link.state === "online" || tunnel.link.state === "starting" ? undefined : linkLine(tunnel.link, look, columns);
  if (link !== undefined) return link;
  if (tunnel.banner !== undefined) return toastLine(tunnel.banner, look, columns);
  const row = selectedRow(list);
  return row === undefined ? " ".repeat(columns) : explainLine(row, look, columns, reasons());
}
