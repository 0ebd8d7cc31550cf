import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Row } from "../../../../client/tui/model.ts";
import {
  anchored,
  changeRows,
  follow,
  countsOf,
  EMPTY_LIST,
  hasFailed,
  markedRows,
  type ListState,
  moveBy,
  rowOf as rowWith,
  ROWS_KEPT,
  selectedPosition,
  selectedRow,
  selectPosition,
  showOnly,
  turnOrder,
  viewport,
} from "../../../../client/tui/state/list-state.ts";
import { rowOf } from "../frame/screen-values.ts";

const HEIGHT = 5;

function row(seq: number, changes: Partial<Row> = {}): Row {
  return rowOf({ seq, id: `id-${seq}`, ...changes });
}

function rowsFrom(first: number, count: number): readonly Row[] {
  return Array.from({ length: count }, (_, at) => row(first + at));
}

function listOf(count: number): ListState {
  return anchored(changeRows(EMPTY_LIST, { rows: rowsFrom(1, count) }), HEIGHT);
}

function seqs(rows: readonly Row[]): readonly number[] {
  return rows.map(({ seq }) => seq);
}

function onScreen(list: ListState, height = HEIGHT): readonly number[] {
  return seqs(viewport(list, height).rows);
}

describe("the list", () => {
  it("keeps the newest 10,000 rows and the selection on its row, or on the oldest left when that has gone", () => {
    const full = listOf(ROWS_KEPT);
    expect(full.rows).toHaveLength(10_000);
    const second = selectPosition(full, 1);
    const third = selectPosition(full, 2);
    const more = changeRows(second, { rows: [row(10_001)] });
    expect(more.rows).toHaveLength(10_000);
    expect([more.rows[0]?.seq, more.selected, selectedPosition(more)]).toEqual([2, 2, 0]);
    const evenMore = changeRows(more, { rows: [row(10_002)] });
    expect([evenMore.rows[0]?.seq, evenMore.selected]).toEqual([3, 3]);
    const dropped = changeRows(third, { rows: [row(10_001)] });
    expect([dropped.selected, selectedPosition(dropped)]).toEqual([3, 1]);
    const failed = changeRows(full, { rows: [row(1, { status: 500, marked: true }), row(10_001, { verdict: "invalid" })] });
    expect([countsOf(failed), markedRows(failed, 2)]).toEqual([{ all: 10_000, failed: 0, badSignature: 1 }, []]);
  });

  it("takes no row that is older than all of 10,000", () => {
    const full = changeRows(EMPTY_LIST, { rows: rowsFrom(2, ROWS_KEPT) });
    expect(changeRows(full, { rows: [row(1)] }).rows[0]?.seq).toBe(2);
    expect(changeRows(showOnly(full, new Set([2])), { rows: [row(1)], matching: new Set([1]) }).shown.map(({ seq }) => seq)).toEqual([2]);
  });

  it("puts late and changed rows where they belong", () => {
    const list = changeRows(listOf(3), { rows: [row(7), row(5), row(2, { note: "new" })] });
    expect(seqs(list.rows)).toEqual([1, 2, 3, 5, 7]);
    expect(rowWith(list, 2)?.note).toBe("new");
    expect(seqs(changeRows(list, { rows: [row(6), row(4)] }).rows)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(rowWith(list, 4)).toBeUndefined();
  });

  it("selects the next row when the selected one is deleted, and the one before when that was the last", () => {
    const list = selectPosition(listOf(5), 2);
    expect(changeRows(list, { rows: [], removed: [3] }).selected).toBe(4);
    expect(changeRows(list, { rows: [], removed: [3, 4, 5] }).selected).toBe(2);
    expect(changeRows(list, { rows: [], removed: [1, 2, 3, 4, 5] }).selected).toBeUndefined();
    expect(selectedRow(changeRows(list, { rows: [], removed: [1, 2, 3, 4, 5] }))).toBeUndefined();
  });

  it("follows the newest until somebody leaves it, counts what comes meanwhile, and follows again at its end", () => {
    const list = listOf(3);
    expect([list.isFollowing, list.selected]).toEqual([true, 3]);
    expect(changeRows(list, { rows: [row(4)] }).selected).toBe(4);
    const left = changeRows(moveBy(list, -1), { rows: [row(4), row(5), row(2)] });
    expect([left.isFollowing, left.selected, left.unseen]).toEqual([false, 2, 2]);
    const back = moveBy(left, 99);
    expect([back.isFollowing, back.selected, back.unseen]).toEqual([true, 5, 0]);
  });

  it("counts only what the filter lets through", () => {
    const list = moveBy(showOnly(listOf(4), new Set([2, 4])), -1);
    expect([list.selected, list.isFollowing]).toEqual([2, false]);
    const more = changeRows(list, { rows: [row(5), row(6)], matching: new Set([6]) });
    expect([more.unseen, seqs(more.shown)]).toEqual([1, [2, 4, 6]]);
  });

  it("follows at the newest with one key, which changes nothing while it does", () => {
    const following = listOf(3);
    expect(follow(following)).toEqual(following);
    const more = changeRows(moveBy(following, -1), { rows: [row(4)] });
    expect([more.selected, more.unseen]).toEqual([2, 1]);
    const again = follow(more);
    expect([again.isFollowing, again.selected, again.unseen]).toEqual([true, 4, 0]);
  });

  it("keeps the selection when a filter comes and goes, or takes the nearest that it lets through", () => {
    const list = selectPosition(listOf(9), 4);
    const odd = showOnly(list, new Set([1, 5, 9]));
    expect([odd.selected, selectedPosition(odd)]).toEqual([5, 1]);
    const even = showOnly(list, new Set([2, 8]));
    expect(even.selected).toBe(8);
    expect(showOnly(even, undefined).selected).toBe(8);
    expect(showOnly(list, new Set()).selected).toBeUndefined();
  });

  it("takes a row out of the filter, or into it, when it changes", () => {
    const list = showOnly(listOf(4), new Set([2, 3]));
    expect(seqs(changeRows(list, { rows: [row(2), row(4)], matching: new Set([4]) }).shown)).toEqual([3, 4]);
  });

  it("shows the newest on top when turned, with the selection on its row", () => {
    const list = turnOrder(selectPosition(listOf(9), 2));
    expect([list.selected, selectedPosition(list)]).toEqual([3, 6]);
    expect(onScreen(list)).toEqual([7, 6, 5, 4, 3]);
    expect(onScreen(turnOrder(listOf(9)))).toEqual([9, 8, 7, 6, 5]);
    expect(moveBy(list, 1).selected).toBe(2);
    expect(selectPosition(list, 0)).toMatchObject({ selected: 9, isFollowing: true });
  });

  it("stays where it is when rows come and go above and below", () => {
    const list = anchored(selectPosition(listOf(20), 9), HEIGHT);
    const before = onScreen(list);
    expect(before).toContain(10);
    expect(onScreen(changeRows(list, { rows: rowsFrom(21, 30) }))).toEqual(before);
    expect(onScreen(changeRows(list, { rows: [], removed: [1, 2, 3] }))).toEqual(before);
    const turned = anchored(selectPosition(turnOrder(list), 9), HEIGHT);
    const top = onScreen(turned);
    expect(onScreen(changeRows(turned, { rows: rowsFrom(21, 30) }))).toEqual(top);
  });

  it("stays where it is while it is hidden and rows come", () => {
    const list = anchored(selectPosition(listOf(20), 9), HEIGHT);
    const hidden = anchored(changeRows(list, { rows: rowsFrom(21, 30) }), 0);
    expect(onScreen(hidden)).toEqual(onScreen(list));
    expect(onScreen(moveBy(hidden, 1))).toEqual(onScreen(moveBy(list, 1)));
  });

  it("has no row and nothing selected while nothing is there, whatever is pressed", () => {
    for (const list of [moveBy(EMPTY_LIST, 3), selectPosition(EMPTY_LIST, 9), follow(EMPTY_LIST), turnOrder(EMPTY_LIST)]) {
      expect([viewport(list, 3).rows, selectedRow(list), selectedPosition(list)]).toEqual([[], undefined, undefined]);
      expect(anchored(list, 3).anchor).toBeUndefined();
    }
  });

  it("counts what a glance should find as the filters have it", () => {
    const rows = [
      row(1, { status: 399 }),
      row(2, { status: 400 }),
      row(3, { state: "failed", status: undefined }),
      row(4, { state: "interrupted", status: undefined }),
      row(5, { state: "pending", status: undefined, verdict: "invalid" }),
    ];
    expect(rows.map(hasFailed)).toEqual([false, true, true, true, false]);
    expect(countsOf({ rows })).toEqual({ all: 5, failed: 3, badSignature: 1 });
  });
});

type Step =
  | { readonly do: "upsert"; readonly seqs: readonly number[]; readonly odd: boolean }
  | { readonly do: "remove"; readonly seqs: readonly number[] }
  | { readonly do: "move"; readonly by: number }
  | { readonly do: "to"; readonly position: number }
  | { readonly do: "follow" | "turn" | "filter" }
  | { readonly do: "resize"; readonly height: number };

const anySeqs = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("upsert" as const), seqs: anySeqs, odd: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), seqs: anySeqs }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("move" as const), by: fc.integer({ min: -12, max: 12 }) }) },
  fc.record({ do: fc.constant("to" as const), position: fc.constantFrom(-1, 0, 3, Infinity) }),
  fc.record({ do: fc.constantFrom("follow" as const, "turn" as const, "filter" as const) }),
  fc.record({ do: fc.constant("resize" as const), height: fc.integer({ min: 1, max: 12 }) }),
);

/** What the list should be, kept by somebody with time: which rows there are, and which the filter lets through. */
type Model = { readonly rows: ReadonlyMap<number, boolean>; readonly isFiltering: boolean };

function shownOf({ rows, isFiltering }: Model): readonly number[] {
  return [...rows]
    .filter(([, passes]) => passes || !isFiltering)
    .map(([seq]) => seq)
    .toSorted((a, b) => a - b);
}

function take(list: ListState, model: Model, step: Step): readonly [ListState, Model] {
  switch (step.do) {
    case "upsert": {
      const rows = new Map(model.rows);
      for (const seq of step.seqs) rows.set(seq, (seq % 2 === 1) === step.odd);
      const matching = model.isFiltering ? new Set(step.seqs.filter((seq) => rows.get(seq) === true)) : undefined;
      const changed = step.seqs.map((seq) =>
        row(seq, { marked: step.odd, status: seq % 3 === 0 ? 500 : 200, verdict: step.odd && seq % 5 === 0 ? "invalid" : undefined }),
      );
      return [changeRows(list, { rows: changed, matching }), { ...model, rows }];
    }
    case "remove": {
      const rows = new Map([...model.rows].filter(([seq]) => !step.seqs.includes(seq)));
      return [changeRows(list, { rows: [], removed: step.seqs, ...(model.isFiltering && { matching: new Set() }) }), { ...model, rows }];
    }
    case "move":
      return [moveBy(list, step.by), model];
    case "to":
      return [selectPosition(list, step.position), model];
    case "follow":
      return [follow(list), model];
    case "turn":
      return [turnOrder(list), model];
    case "filter": {
      const next = { ...model, isFiltering: !model.isFiltering };
      return [showOnly(list, next.isFiltering ? new Set(shownOf(next)) : undefined), next];
    }
    case "resize":
      return [list, model];
  }
}

it("is what a naive list would be, whatever happens to it", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      let list = EMPTY_LIST;
      let model: Model = { rows: new Map(), isFiltering: false };
      let height = HEIGHT;
      for (const step of steps) {
        const before = { list, top: viewport(list, height).rows[0]?.seq };
        [list, model] = take(list, model, step);
        if (step.do === "resize") ({ height } = step);
        list = anchored(list, height);

        const shown = shownOf(model);
        expect(seqs(list.rows)).toEqual([...model.rows.keys()].toSorted((a, b) => a - b));
        expect(seqs(list.shown)).toEqual(shown);
        expect(shown.length === 0 ? [undefined] : shown).toContain(list.selected);
        expect(list.isFollowing ? [list.selected, list.unseen] : []).toEqual(list.isFollowing ? [shown.at(-1), 0] : []);

        const marked = list.rows.filter((each) => each.marked);
        expect(markedRows(list, 2)).toEqual(marked.slice(-2));
        // another array with the same rows is counted from the beginning
        expect(countsOf(list)).toEqual(countsOf({ rows: [...list.rows] }));

        const display = list.newestFirst ? shown.toReversed() : shown;
        const view = viewport(list, height);
        expect(seqs(view.rows)).toEqual(display.slice(view.top, view.top + height));
        expect(view.rows).toHaveLength(Math.min(height, shown.length));
        expect(view.rows[view.selected ?? -1]?.seq).toBe(list.selected);

        // what is on the screen stays there while rows come and go elsewhere
        const isChange = step.do === "upsert" || step.do === "remove";
        const { top } = before;
        if (!isChange || list.isFollowing || top === undefined || before.list.selected !== list.selected) continue;
        const place = display.indexOf(top);
        const at = display.indexOf(list.selected ?? -1);
        const hasRoom = place !== -1 && place + height <= display.length && at >= place && at < place + height;
        expect(hasRoom ? view.rows[0]?.seq : top).toBe(top);
      }
    }),
    { numRuns: 200 },
  );
});
