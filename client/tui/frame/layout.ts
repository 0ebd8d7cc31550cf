import type { PaneSize } from "../model.ts";

/** A rectangle of the terminal; `top` and `left` count from 0. */
export type Area = PaneSize & { readonly top: number; readonly left: number };

/** What the layout of the screen follows, besides its size. */
export type LayoutWish = {
  /** the pane that has the whole room; only where both are shown */
  readonly zoom: "list" | "detail" | undefined;
  /** `auto`: as the height allows; `shown`: the URL in any case; `hidden`: only the line of states, which nobody should miss */
  readonly header: "auto" | "shown" | "hidden";
  /** where there is room for one pane: whether the detail lies over the list */
  readonly detailOpen: boolean;
  /** whether there is nothing to list: what stands there instead takes the whole room */
  readonly isEmpty: boolean;
};

/** Where everything stands. Rows and columns count from 0. */
export type Layout =
  | { readonly kind: "too-small" }
  | {
      readonly kind: "panes";
      /** from row 0: 1 (states), or 3 (states, URL, rule) */
      readonly headerRows: 1 | 3;
      /** absent: the detail has the room */
      readonly list?: Area;
      /** absent: the list has the room */
      readonly detail?: Area;
      /** present when both panes are: a column between them (`vertical`), or a row (`horizontal`) */
      readonly divider?: { readonly direction: "vertical" | "horizontal"; readonly at: number };
      /** of the line under the panes; absent where rows are few */
      readonly ruleRow?: number;
      /** of what explains the selected row, or of a toast */
      readonly statusRow: number;
      readonly footerRow: number;
    };

/** Below it nothing useful fits. */
export const LEAST: PaneSize = { columns: 40, rows: 8 };
/** Columns from which the detail stands beside the list, and from which the list needs the smaller part only. */
const SPLIT_COLUMNS = 100;
const LARGE_COLUMNS = 160;
/** Rows from which, and columns up to which, the detail stands below the list. */
const STACK = { rows: 46, columns: 84 };
/** Rows from which the header has its URL, and the panes a rule below them. */
const ROOMY_ROWS = 12;
/** Parts of the list. */
const SHARE = { medium: 0.47, large: 0.4, stacked: 0.4 };

/** Lines of the header on a terminal of so many rows. */
export function headerRowsOf(rows: number, header: LayoutWish["header"]): 1 | 3 {
  return header === "shown" || (header === "auto" && rows >= ROOMY_ROWS) ? 3 : 1;
}

/** Divides the terminal among header, panes, status and footer. */
export function layoutOf({ columns, rows }: PaneSize, { zoom, header, detailOpen, isEmpty }: LayoutWish): Layout {
  if (columns < LEAST.columns || rows < LEAST.rows) return { kind: "too-small" };
  const isRoomy = rows >= ROOMY_ROWS;
  const headerRows = headerRowsOf(rows, header);
  const footerRow = rows - 1;
  const statusRow = rows - 2;
  const end = isRoomy ? statusRow - 1 : statusRow;
  const frame = { kind: "panes", headerRows, ...(isRoomy && { ruleRow: end }), statusRow, footerRow } as const;
  const body: Area = { top: headerRows, left: 0, columns, rows: end - headerRows };

  if (isEmpty) return { ...frame, list: body };
  const isBeside = columns >= SPLIT_COLUMNS;
  const isStacked = !isBeside && columns <= STACK.columns && rows >= STACK.rows;
  if (!isBeside && !isStacked) return detailOpen ? { ...frame, detail: body } : { ...frame, list: body };
  if (zoom !== undefined) return { ...frame, [zoom]: body };

  if (isStacked) {
    const at = body.top + Math.floor(body.rows * SHARE.stacked);
    return {
      ...frame,
      list: { ...body, rows: at - body.top },
      divider: { direction: "horizontal", at },
      detail: { ...body, top: at + 1, rows: end - at - 1 },
    };
  }
  const at = Math.floor(columns * (columns >= LARGE_COLUMNS ? SHARE.large : SHARE.medium));
  return {
    ...frame,
    list: { ...body, columns: at },
    divider: { direction: "vertical", at },
    detail: { ...body, left: at + 1, columns: columns - at - 1 },
  };
}
