import type { Counts, Row } from "../model.ts";

/** The list: rows, and what of them is looked at. Positions count from 0 in the order of the screen. */
export type ListState = {
  /** by seq, the oldest first; at most {@link ROWS_KEPT} */
  readonly rows: readonly Row[];
  /** of those, what the filter lets through; the same list without a filter */
  readonly shown: readonly Row[];
  /** seq of the selected row; it is one of `shown`, or undefined when that is empty */
  readonly selected: number | undefined;
  /** whether the selection stays with the newest row */
  readonly isFollowing: boolean;
  readonly newestFirst: boolean;
  /** seq of the row at the top of the screen, or of one that has been there */
  readonly anchor: number | undefined;
  /** rows that have come since the list stopped following */
  readonly unseen: number;
};

/** Newest deliveries that the screen keeps in mind; older ones are in the history. */
export const ROWS_KEPT = 10_000;

export const EMPTY_LIST: ListState = {
  rows: [],
  shown: [],
  selected: undefined,
  isFollowing: true,
  newestFirst: false,
  anchor: undefined,
  unseen: 0,
};

/** What has become of some rows. */
export type RowChange = {
  /** new or changed rows, in any order */
  readonly rows: readonly Row[];
  /** seqs of rows that are gone */
  readonly removed?: readonly number[];
  /** seqs among `rows` that the filter lets through; undefined: there is no filter */
  readonly matching?: ReadonlySet<number> | undefined;
};

/** Takes in what has changed; the selection stays with its row, and goes to the nearest one when that is gone. */
export function changeRows(list: ListState, { rows: changed, removed = [], matching }: RowChange): ListState {
  if (changed.length === 0 && removed.length === 0) return list;
  const newest = list.rows.at(-1)?.seq ?? 0;
  const merged = merge(list.rows, changed, new Set(removed));
  const rows = merged.slice(-ROWS_KEPT);
  tallies.set(rows, tallyAfter(list, merged, [...changed.map(({ seq }) => seq), ...removed]));
  let shown: readonly Row[] = rows;
  if (matching !== undefined) {
    const gone = new Set(removed);
    for (const { seq } of changed) if (!matching.has(seq)) gone.add(seq);
    const oldest = rows[0]?.seq ?? 0;
    shown = merge(
      list.shown,
      changed.filter(({ seq }) => matching.has(seq) && seq >= oldest),
      gone,
    );
    shown = shown.slice(placeOf(shown, oldest));
  }
  const fresh = changed.filter(({ seq }) => seq > newest && (matching === undefined || matching.has(seq))).length;
  return settle({ ...list, rows, shown, unseen: list.isFollowing ? 0 : list.unseen + fresh });
}

/** Shows the rows with these seqs, or all. */
export function showOnly(list: ListState, seqs: ReadonlySet<number> | undefined): ListState {
  return settle({ ...list, shown: seqs === undefined ? list.rows : list.rows.filter(({ seq }) => seqs.has(seq)) });
}

/** Selects the row that is `by` places further down the screen. Arriving at the newest row is to follow, leaving it is not to. */
export function moveBy(list: ListState, by: number): ListState {
  const at = selectedPosition(list);
  return at === undefined ? list : selectPosition(list, at + by);
}

/** Selects a row by its place on the screen; the nearest there is. */
export function selectPosition(list: ListState, position: number): ListState {
  const { length } = list.shown;
  if (length === 0) return list;
  const at = Math.min(Math.max(position, 0), length - 1);
  const row = rowAt(list, at);
  const isFollowing = row?.seq === list.shown.at(-1)?.seq;
  return { ...list, selected: row?.seq, isFollowing, unseen: isFollowing ? 0 : list.unseen };
}

/** Selects the row with this seq, as long as it is shown. */
export function selectSeq(list: ListState, seq: number): ListState {
  const place = placeOf(list.shown, seq);
  return list.shown[place]?.seq === seq ? selectPosition(list, positionOf(list, place)) : list;
}

/** Goes to the newest row and stays there. To leave it is to stop. */
export function follow(list: ListState): ListState {
  return list.isFollowing ? list : settle({ ...list, isFollowing: true, unseen: 0 });
}

/** Turns the order of the rows around. */
export function turnOrder(list: ListState): ListState {
  return { ...list, newestFirst: !list.newestFirst, anchor: undefined };
}

/** The selected row. */
export function selectedRow({ shown, selected }: ListState): Row | undefined {
  const row = selected === undefined ? undefined : shown[placeOf(shown, selected)];
  return row?.seq === selected ? row : undefined;
}

/** The row with this seq. */
export function rowOf({ rows }: Pick<ListState, "rows">, seq: number): Row | undefined {
  const row = rows[placeOf(rows, seq)];
  return row?.seq === seq ? row : undefined;
}

/** What is to be seen in `height` lines. @returns rows in the order of the screen, and which of them is selected */
export function viewport(
  list: ListState,
  height: number,
): { readonly rows: readonly Row[]; readonly selected: number | undefined; readonly top: number } {
  const { length } = list.shown;
  const at = selectedPosition(list);
  const last = Math.max(0, length - height);
  let top = Math.min(anchorPosition(list) ?? (list.newestFirst ? 0 : last), last);
  if (at !== undefined) top = Math.max(Math.min(top, at), at - height + 1);
  if (list.isFollowing && at !== undefined) top = list.newestFirst ? 0 : last;
  const rows = list.newestFirst
    ? list.shown.slice(Math.max(0, length - top - height), length - top).toReversed()
    : list.shown.slice(top, top + height);
  return { rows, selected: at === undefined ? undefined : at - top, top };
}

/** Remembers what stands at the top, so that it stays there whatever comes and goes; also while the list is hidden, with a height of 0. */
export function anchored(list: ListState, height: number): ListState {
  if (height < 1) return list;
  const { rows } = viewport(list, height);
  const anchor = rows[0]?.seq;
  return anchor === list.anchor ? list : { ...list, anchor };
}

/** What is counted of rows. */
type Tally = { readonly counts: Counts; readonly marked: number };

/** Of lists that are or were shown, kept up with each change: to count 10,000 rows for every frame takes as long as to draw it. */
const tallies = new WeakMap<readonly Row[], Tally>();

/** What the header counts. */
export function countsOf({ rows }: Pick<ListState, "rows">): Counts {
  return tallyOf(rows).counts;
}

/** The newest rows that are marked, the oldest of them first. */
export function markedRows({ rows }: Pick<ListState, "rows">, most: number): readonly Row[] {
  const wanted = Math.min(most, tallyOf(rows).marked);
  const found: Row[] = [];
  for (let at = rows.length - 1; found.length < wanted; at--) {
    const row = rows[at];
    if (row?.marked === true) found.push(row);
  }
  return found.toReversed();
}

function tallyOf(rows: readonly Row[]): Tally {
  let tally = tallies.get(rows);
  if (tally === undefined) {
    tally = rows.reduce((sum, row) => counted(sum, row, 1), NO_TALLY);
    tallies.set(rows, tally);
  }
  return tally;
}

const NO_TALLY: Tally = { counts: { all: 0, failed: 0, badSignature: 0 }, marked: 0 };

/** @param by 1: the row has come; -1: it has gone */
function counted({ counts: { all, failed, badSignature }, marked }: Tally, row: Row | undefined, by: 1 | -1): Tally {
  if (row === undefined) return { counts: { all, failed, badSignature }, marked };
  return {
    counts: {
      all: all + by,
      failed: failed + (hasFailed(row) ? by : 0),
      badSignature: badSignature + (row.verdict === "invalid" ? by : 0),
    },
    marked: marked + (row.marked ? by : 0),
  };
}

/** @param merged the rows after a change, with those that are too many; @param touched seqs that have changed or gone */
function tallyAfter(list: ListState, merged: readonly Row[], touched: readonly number[]): Tally {
  let tally = tallyOf(list.rows);
  for (const seq of new Set(touched)) {
    tally = counted(tally, rowOf(list, seq), -1);
    tally = counted(tally, rowOf({ rows: merged }, seq), 1);
  }
  for (const row of merged.slice(0, Math.max(0, merged.length - ROWS_KEPT))) tally = counted(tally, row, -1);
  return tally;
}

/** As `is:failed` has it. */
export function hasFailed({ state, status }: Pick<Row, "state" | "status">): boolean {
  if (state === "answered") return (status ?? 0) >= 400;
  return state === "failed" || state === "interrupted";
}

/** Place on the screen of the selected row. */
export function selectedPosition(list: ListState): number | undefined {
  if (list.selected === undefined) return undefined;
  return positionOf(list, placeOf(list.shown, list.selected));
}

function anchorPosition(list: ListState): number | undefined {
  if (list.anchor === undefined) return undefined;
  return Math.max(0, positionOf(list, Math.min(placeOf(list.shown, list.anchor), list.shown.length - 1)));
}

function positionOf({ shown, newestFirst }: ListState, place: number): number {
  return newestFirst ? shown.length - 1 - place : place;
}

function rowAt(list: ListState, position: number): Row | undefined {
  return list.shown[positionOf(list, position)];
}

/** Keeps the selection on a row that is shown. */
function settle(list: ListState): ListState {
  const { shown, selected, isFollowing } = list;
  if (isFollowing || selected === undefined) return { ...list, selected: shown.at(-1)?.seq };
  const place = placeOf(shown, selected);
  return shown[place]?.seq === selected ? list : { ...list, selected: (shown[place] ?? shown.at(-1))?.seq };
}

/** Where a seq stands among rows, or would stand. */
function placeOf(rows: readonly Row[], seq: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.seq ?? Infinity) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @returns `rows` by seq with `changed` in their places, without those that are gone */
function merge(rows: readonly Row[], changed: readonly Row[], gone: ReadonlySet<number>): readonly Row[] {
  const merged = rows.slice();
  const between: Row[] = [];
  for (const row of changed.toSorted((a, b) => a.seq - b.seq)) {
    const place = placeOf(merged, row.seq);
    if (merged[place]?.seq === row.seq) merged[place] = row;
    else if (place === merged.length) merged.push(row);
    else between.push(row);
  }
  const all = between.length === 0 ? merged : [...merged, ...between].toSorted((a, b) => a.seq - b.seq);
  return gone.size === 0 ? all : all.filter(({ seq }) => !gone.has(seq));
}
