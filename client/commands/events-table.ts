import { cut, sanitizeLine } from "../inspect/sanitize.ts";
import { clockTime } from "../output/clock-time.ts";
import type { Colours } from "../output/colours.ts";
import { shortSize } from "../output/short-size.ts";
import type { EventRow } from "./event-row.ts";

/** One column: how a row fills it, and which is left out first where the terminal is narrow (the highest number). */
type Column = {
  readonly title: string;
  readonly cell: (row: EventRow) => string;
  readonly align: "left" | "right";
  /** 0: never left out */
  readonly spare: number;
  /** cells of the column where rows come one at a time */
  readonly width: number;
};

/** How a table is drawn. */
export type TableOptions = {
  /** cells of a line; undefined: as many as it takes */
  readonly width: number | undefined;
  readonly colours: Colours;
  /** milliseconds since 1970: rows of another day get their date */
  readonly now: number;
};

/** Cells that the request (method and path) needs to be worth reading. */
const LEAST_REQUEST = 24;
/** Characters of a UUIDv7 that hold its milliseconds; 18 hold the counter within one as well. */
const ID_SHORT = 13;
const ID_LONG = 18;

/**
 * A table whose columns are wide enough for `rows`.
 * @returns its title, and the line of a row (also of one that comes later, which may be cut)
 */
export function createTable(
  rows: readonly EventRow[],
  { width, colours, now }: TableOptions,
): { readonly title: string; readonly line: (row: EventRow) => string } {
  const crowded = crowdedIds(rows);
  const all = columnsOf({ now, crowded });
  const widths = new Map(
    all.map((column) => [column, Math.max(column.title.length, column.width, ...rows.map((row) => column.cell(row).length))]),
  );
  const used = (columns: readonly Column[]): number => columns.reduce((sum, column) => sum + (widths.get(column) ?? 0) + 2, 0);
  let columns = all;
  for (let spare = 6; width !== undefined && spare > 0 && used(columns) + LEAST_REQUEST > width; spare--) {
    columns = columns.filter((column) => column.spare !== spare);
  }
  const rest = width === undefined ? undefined : Math.max(0, width - used(columns));

  function join(cellOf: (column: Column) => string, request: string, paint: (text: string, column: Column) => string): string {
    const cells = columns.map((column) => {
      const size = widths.get(column) ?? 0;
      const text = cut(cellOf(column), size);
      const gap = " ".repeat(size - text.length);
      return column.align === "left" ? paint(text, column) + gap : gap + paint(text, column);
    });
    const last = rest === undefined ? request : cut(request, rest);
    const line = `${cells.map((cell) => `${cell}  `).join("")}${last}`;
    return width === undefined ? line : fit(line.trimEnd(), width, cells.join("  "));
  }

  return {
    title: colours.dim(
      join(
        ({ title }) => title,
        "REQUEST",
        (text) => text,
      ),
    ),
    line: (row) =>
      join(
        (column) => column.cell(row),
        requestOf(row),
        (text, { title }) => paintCell(text, { title, row, colours }),
      ),
  };
}

function columnsOf({ now, crowded }: { now: number; crowded: ReadonlySet<string> }): readonly Column[] {
  const today = new Date(now).toDateString();
  return [
    { title: "TIME", cell: ({ receivedAt }) => timeOf(receivedAt, today), align: "left", spare: 0, width: 8 },
    { title: "ID", cell: ({ id }) => shortId(id, crowded), align: "left", spare: 0, width: ID_SHORT },
    {
      title: "CODE",
      cell: ({ status, state }) => (status === null ? (state === "pending" ? "…" : "ERR") : String(status)),
      align: "left",
      spare: 0,
      width: 4,
    },
    {
      title: "STATE",
      cell: stateOf,
      align: "left",
      spare: 1,
      width: 8,
    },
    { title: "SIG", cell: ({ verdict }) => word(verdict), align: "left", spare: 2, width: 3 },
    { title: "FROM", cell: ({ provider }) => word(provider), align: "left", spare: 4, width: 4 },
    { title: "TYPE", cell: ({ event }) => word(event), align: "left", spare: 3, width: 4 },
    { title: "TRY", cell: ({ attempts }) => String(attempts), align: "right", spare: 5, width: 3 },
    { title: "MS", cell: ({ ms }) => (ms === null ? "–" : String(Math.round(ms))), align: "right", spare: 5, width: 4 },
    { title: "SIZE", cell: ({ bytes }) => (bytes === null ? "–" : shortSize(bytes)), align: "right", spare: 6, width: 6 },
  ];
}

function paintCell(text: string, { title, row, colours }: { title: string; row: EventRow; colours: Colours }): string {
  if (title === "ID") return colours.dim(text);
  if (title === "STATE") return row.state === "answered" || row.state === "pending" ? text : colours.bad(text);
  if (title === "SIG") return row.verdict === "valid" ? colours.ok(text) : row.verdict === "invalid" ? colours.bad(text) : text;
  if (title !== "CODE") return text;
  if (row.status === null) return row.state === "pending" ? text : colours.bad(text);
  if (row.status >= 500) return colours.bad(text);
  return row.status >= 400 ? colours.warn(text) : colours.ok(text);
}

/** A terminal too narrow for the columns that always stay gets its line cut, without colour. */
function fit(line: string, width: number, cells: string): string {
  const plain = withoutColour(line);
  return plain.length <= width ? line : cut(plain, Math.max(0, Math.min(width, withoutColour(cells).length)));
}

function withoutColour(text: string): string {
  return text.replace(/\u001b\[\d+m/g, "");
}

function stateOf({ state, held, duplicateOf }: EventRow): string {
  return `${state}${held && state !== "refused" ? ", held" : ""}${duplicateOf === null ? "" : ", repeat"}`;
}

function requestOf({ method, path }: EventRow): string {
  return `${sanitizeLine(method, 20)} ${sanitizeLine(path)}`;
}

/** A short untrusted word. */
function word(text: string | null): string {
  return text === null || text === "" ? "-" : sanitizeLine(text, 24);
}

function timeOf(at: number, today: string): string {
  const date = new Date(at);
  if (date.toDateString() === today) return clockTime(at);
  const day = `${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
  return `${day} ${clockTime(at)}`;
}

function shortId(id: string | null, crowded: ReadonlySet<string>): string {
  if (id === null) return "-";
  const short = id.slice(0, ID_SHORT);
  return crowded.has(short) ? id.slice(0, ID_LONG) : short;
}

/** Beginnings that several rows share: deliveries of one millisecond. */
function crowdedIds(rows: readonly EventRow[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const crowded = new Set<string>();
  for (const { id } of rows) {
    const short = id?.slice(0, ID_SHORT) ?? "";
    if (seen.has(short)) crowded.add(short);
    seen.add(short);
  }
  return crowded;
}
