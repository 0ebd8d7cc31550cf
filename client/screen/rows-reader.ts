import { FilterError } from "../filter/filter-error.ts";
import { createFilter, type Filter } from "../filter/filter.ts";
import type { History } from "../ledger/history.ts";
import type { ListedDelivery } from "../ledger/records.ts";
import type { StartTimer } from "../terminal/timer.ts";
import type { Row } from "../tui/model.ts";
import { type RowChange, ROWS_KEPT } from "../tui/state/list-state.ts";

/** Whom a reader tells. */
type RowsListener = {
  readonly onRows: (change: RowChange) => void;
  /** what a filter lets through; undefined: everything */
  readonly onFiltered: (text: string, seqs: ReadonlySet<number> | undefined) => void;
  readonly onFilterFault: (text: string, message: string, column: number | undefined) => void;
  /** The history cannot be read. Told once until it can be read again. */
  readonly onFault: (error: unknown) => void;
  /** The last change has been taken in. */
  readonly onCaughtUp: () => void;
};

export type RowsOptions = RowsListener & {
  readonly history: Pick<History, "rows" | "dataVersion" | "changeMark">;
  readonly startTimer: StartTimer;
  readonly toRow: (delivery: ListedDelivery) => Row;
  /** the row that the screen has */
  readonly rowOf: (seq: number) => Row | undefined;
  /** milliseconds to gather changes for: as the screen keeps up */
  readonly gatherMs: () => number;
};

/** Keeps the rows of the screen in step with the history. */
export type RowsReader = {
  /** Reads the deliveries of a tunnel from now on. */
  readonly open: (tunnel: string) => void;
  /** Records have changed: of these deliveries, or of any. */
  readonly changed: (ids: readonly string[] | undefined) => void;
  /** Filters by an expression; `soon`: somebody is typing, and the next one may come at once. */
  readonly filter: (text: string, options: { readonly soon: boolean }) => void;
  /** Reads everything again. */
  readonly reload: () => void;
  readonly close: () => void;
};

/** Rows of the first look: more than any terminal has lines. */
const FIRST_ROWS = 400;
/** Rows of one read: a few milliseconds, so that keys come through. */
const SLICE = 1_000;
/** Deliveries that a filter looks into at a time. */
const FILTER_SLICE = 500;
/** Pause between two turns of long work, milliseconds: input is taken in between. */
const TURN_MS = 0;
/** After a key in the filter, milliseconds. */
const DEBOUNCE_MS = 80;
/** How often is looked whether another process has written, milliseconds: a `devhook resend` is seen so soon. */
const LOOK_MS = 1_000;
/** Looks after which everything is read while our own changes go on, which hide those of others. */
const MOST_HIDDEN = 15;
/** Looks after which a filter that goes by the time lets other rows through. */
const AGED = 5;

/** Makes a reader that reads nothing before {@link RowsReader.open}. */
export function createRowsReader(options: RowsOptions): RowsReader {
  const { history, startTimer, toRow, onRows } = options;
  /** of what is shown: id -> seq */
  const known = new Map<string, number>();
  const changed = new Set<string>();
  let isAllChanged = false;
  let tunnel: string | undefined;
  let filter: Filter | undefined;
  let filterText = "";
  let isFaulty = false;
  let isClosed = false;
  let cancelGather: (() => void) | undefined;
  let cancelLoad = (): void => undefined;
  let cancelFilter = (): void => undefined;
  let cancelLook = (): void => undefined;
  let version = 0;
  /** looks since the filter was applied */
  let age = 0;
  /** what the history was like when everything was read */
  let mark = "";
  /** whether changes came since the last look, which explain a new version */
  let isExplained = false;
  /** looks that found a new version which was explained, since everything was read */
  let hidden = 0;
  /** deliveries that have changed while a filter looks for what it lets through; undefined: none does */
  let late: Set<string> | undefined;

  /** What fails is told once, and done again by a later look. */
  function guard(work: () => void): void {
    if (isClosed) return;
    try {
      work();
    } catch (error) {
      if (!isFaulty) options.onFault(error);
      isFaulty = true;
    }
  }

  /** Newest first, a slice at a time; what is known and no longer there has been deleted. */
  function load(): void {
    cancelLoad();
    hidden = 0;
    // before anything is read: what changes meanwhile makes it another one
    guard(() => void (mark = markNow()));
    const gone = new Set(known.keys());
    let upToSeq = Number.MAX_SAFE_INTEGER;
    let left = ROWS_KEPT;
    let limit = FIRST_ROWS;

    function slice(): void {
      guard(() => {
        const found = history.rows({ ...(tunnel !== undefined && { tunnel }), upToSeq, limit: Math.min(limit, left), order: "newest" });
        for (const { id, seq } of found) {
          gone.delete(id);
          known.set(id, seq);
        }
        show(found.filter(isNews));
        upToSeq = (found.at(-1)?.seq ?? 0) - 1;
        left -= found.length;
        const isLast = found.length < limit || left <= 0;
        limit = SLICE;
        if (!isLast) {
          cancelLoad = startTimer(slice, TURN_MS);
          return;
        }
        forget([...gone]);
        const isFilterLeft = isFaulty && late !== undefined;
        isFaulty = false;
        if (isFilterLeft) applyFilter();
      });
    }

    slice();
  }

  /** Whether the screen has another row for it, or none: what is as before need not be taken in again. */
  function isNews(delivery: ListedDelivery): boolean {
    const row = options.rowOf(delivery.seq);
    if (row === undefined) return true;
    for (const key in delivery) if (delivery[key as keyof ListedDelivery] !== row[key as keyof Row]) return true;
    return false;
  }

  function show(found: readonly ListedDelivery[]): void {
    if (found.length === 0) return;
    for (const { id } of found) late?.add(id);
    const rows = found.map(toRow);
    const current = filter;
    const matching =
      current === undefined
        ? undefined
        : new Set(
            history.rows({ ids: found.map(({ id }) => id), filter: current, limit: found.length, order: "oldest" }).map(({ seq }) => seq),
          );
    onRows({ rows, matching });
  }

  function forget(ids: readonly string[]): void {
    const removed = ids.flatMap((id) => known.get(id) ?? []);
    for (const id of ids) known.delete(id);
    if (removed.length > 0) onRows({ rows: [], removed, ...(filter !== undefined && { matching: new Set() }) });
  }

  function takeIn(): void {
    cancelGather = undefined;
    guard(() => {
      const ids = [...changed];
      changed.clear();
      if (isAllChanged || isFaulty) {
        isAllChanged = false;
        load();
      } else if (ids.length > 0) {
        const found = history.rows({ ids, ...(tunnel !== undefined && { tunnel }), limit: ids.length, order: "oldest" });
        const there = new Set(found.map(({ id }) => id));
        for (const { id, seq } of found) known.set(id, seq);
        show(found);
        forget(ids.filter((id) => !there.has(id) && known.has(id)));
        // those that have left the screen at its old end: what a look has found is older than what has come since
        if (known.size > 2 * ROWS_KEPT) for (const id of [...known.keys()].slice(0, known.size - ROWS_KEPT)) known.delete(id);
      }
    });
    options.onCaughtUp();
  }

  function applyFilter(): void {
    const text = filterText;
    age = 0;
    cancelFilter();
    late = undefined;
    let next: Filter | undefined;
    try {
      next = text.trim() === "" ? undefined : createFilter(text);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      return options.onFilterFault(text, faultText(error), error.column);
    }
    if (next === undefined) {
      filter = undefined;
      return options.onFiltered("", undefined);
    }
    const wanted = next;
    const seqs = new Set<number>();
    const meanwhile = (late = new Set<string>());
    const all = [...known.values()].toSorted((a, b) => b - a);
    let at = 0;

    function slice(): void {
      guard(() => {
        const [newest, oldest] = [all[at], all[Math.min(at + FILTER_SLICE, all.length) - 1]];
        if (newest !== undefined && oldest !== undefined) {
          const range = { afterSeq: oldest - 1, upToSeq: newest, limit: FILTER_SLICE, order: "newest" } as const;
          for (const { seq } of history.rows({ ...range, filter: wanted, ...(tunnel !== undefined && { tunnel }) })) seqs.add(seq);
        }
        at += FILTER_SLICE;
        if (at < all.length) {
          cancelFilter = startTimer(slice, TURN_MS);
          return;
        }
        filter = wanted;
        late = undefined;
        options.onFiltered(text, seqs);
        if (meanwhile.size > 0) gather([...meanwhile]);
      });
    }

    slice();
  }

  function notice(ids: readonly string[] | undefined): void {
    // the first look will find them
    if (tunnel === undefined) return options.onCaughtUp();
    isExplained = true;
    gather(ids);
  }

  function gather(ids: readonly string[] | undefined): void {
    if (ids === undefined) isAllChanged = true;
    else for (const id of ids) changed.add(id);
    cancelGather ??= startTimer(takeIn, options.gatherMs());
  }

  function look(): void {
    guard(() => {
      const now = history.dataVersion();
      const hasChanged = now !== version;
      version = now;
      if (hasChanged && isExplained) hidden += 1;
      const mayBeOthers = !isExplained && (hasChanged || hidden > 0);
      isExplained = false;
      // most of what others write says only that they are alive
      if (isFaulty) load();
      else if (mayBeOthers && markNow() === mark) hidden = 0;
      else if (mayBeOthers || hidden >= MOST_HIDDEN) load();
    });
    age += 1;
    if (age >= AGED && filter !== undefined && /(?:^|[\s-])(?:age|at):/.test(filter.text)) guard(applyFilter);
    if (!isClosed) cancelLook = startTimer(look, LOOK_MS);
  }

  function markNow(): string {
    return history.changeMark({ tunnel, limit: ROWS_KEPT });
  }

  return {
    open: (name) => {
      tunnel = name;
      guard(() => {
        version = history.dataVersion();
      });
      load();
      cancelLook();
      cancelLook = startTimer(look, LOOK_MS);
    },
    changed: notice,
    filter: (text, { soon }) => {
      filterText = text;
      cancelFilter();
      if (soon) cancelFilter = startTimer(applyFilter, DEBOUNCE_MS);
      else applyFilter();
    },
    reload: load,
    close: () => {
      isClosed = true;
      cancelGather?.();
      for (const cancel of [cancelLoad, cancelFilter, cancelLook]) cancel();
    },
  };
}

/** Without its column, which the mark under the filter shows. */
function faultText({ message, why }: FilterError): string {
  const fault = message.slice(message.indexOf(": ") + 2);
  return why === undefined ? fault : `${fault}: ${why}`;
}
