import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRowsReader, type RowsReader } from "../../../client/screen/rows-reader.ts";
import { changeRows, EMPTY_LIST, type ListState, rowOf, showOnly } from "../../../client/tui/state/list-state.ts";
import { createHandClock, type HandClock } from "./hand-clock.ts";
import { openTempHistory, type TempHistory, withBody } from "./temp-history.ts";

let temp: TempHistory;
let time: HandClock;
/** what the screen would have */
let list: ListState;
let told: string[];
let changes: number;
let gatherMs: number;
let fault: Error | undefined;
let reader: RowsReader;

beforeEach(() => {
  temp = openTempHistory();
  time = createHandClock();
  list = EMPTY_LIST;
  told = [];
  changes = 0;
  gatherMs = 100;
  fault = undefined;
  const failing =
    <Arguments extends readonly unknown[], Result>(call: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      if (fault !== undefined) throw fault;
      return call(...given);
    };
  reader = createRowsReader({
    history: {
      rows: failing(temp.history.rows),
      dataVersion: failing(temp.history.dataVersion),
      changeMark: failing(temp.history.changeMark),
    },
    startTimer: time.startTimer,
    toRow: (delivery) => ({ ...delivery, deadline: undefined }),
    rowOf: (seq) => rowOf(list, seq),
    gatherMs: () => gatherMs,
    onRows: (change) => {
      changes += change.rows.length + (change.removed?.length ?? 0);
      list = changeRows(list, change);
    },
    onFiltered: (text, seqs) => {
      told.push(`filtered ${text}`);
      list = showOnly(list, seqs);
    },
    onFilterFault: (text, message, column) => told.push(`fault in ${text} at ${column}: ${message}`),
    onFault: (error) => told.push(String(error)),
    onCaughtUp: () => told.push("caught up"),
  });
});

afterEach(() => {
  reader.close();
  temp.remove();
});

const ids = (): readonly string[] => list.rows.map(({ id }) => id);
const shown = (): readonly string[] => list.shown.map(({ id }) => id);

describe("the first look", () => {
  it("reads nothing before it knows of which tunnel, and answers changes all the same", () => {
    temp.addMany(2);
    reader.changed(["a"]);
    reader.changed(undefined);
    time.pass(5_000);
    expect([changes, told]).toEqual([0, ["caught up", "caught up"]]);
  });

  it("shows what there is of its tunnel, and nothing of another one", () => {
    const [first, , third] = temp.add({}, { tunnel: "another" }, {});
    reader.open("shop");
    expect(ids()).toEqual([first, third]);
  });

  it("opens where no history is yet", () => {
    reader.open("shop");
    expect([ids(), told]).toEqual([[], []]);
    const [first] = temp.addMany(1);
    time.pass(1_000);
    expect(ids()).toEqual([first]);
  });

  it("shows the newest 400 at once and the others slice by slice, each delivery once", () => {
    const added = temp.addMany(2_500);
    reader.open("shop");
    expect(ids()).toEqual(added.slice(-400));
    time.pass(0);
    expect(ids()).toEqual(added);
    expect(changes).toBe(2_500);
  });

  it("reads 10,000 and no more", () => {
    const added = temp.addMany(10_300);
    reader.open("shop");
    time.pass(0);
    expect(ids()).toEqual(added.slice(-10_000));
    expect(changes).toBe(10_000);
  });
});

describe("changes", () => {
  it("are gathered, and answered once for all that were gathered", () => {
    reader.open("shop");
    const added = temp.addMany(3);
    for (const id of added) reader.changed([id]);
    expect([ids(), told]).toEqual([[], []]);
    time.pass(99);
    expect(ids()).toEqual([]);
    time.pass(1);
    expect([ids(), told]).toEqual([added, ["caught up"]]);
  });

  it("take in what is new, what is another, and what has gone", () => {
    const [first = "", second = ""] = temp.addMany(2);
    reader.open("shop");
    temp.other.setNote(first, "ask Ada");
    temp.other.remove([second]);
    const [third = ""] = temp.add({ tunnel: "shop" });
    const [foreign = ""] = temp.add({ tunnel: "another" });
    reader.changed([first, second, third, foreign, "no such id"]);
    time.pass(100);
    expect(ids()).toEqual([first, third]);
    expect(list.rows[0]?.note).toBe("ask Ada");
  });

  it("of anything read everything again, and tell only of what is another", () => {
    const added = temp.addMany(600);
    reader.open("shop");
    time.pass(0);
    expect(changes).toBe(600);
    temp.other.remove(added.slice(0, 1));
    temp.other.setMarked(added.slice(1, 2), true);
    reader.changed(undefined);
    time.pass(100);
    expect(ids()).toEqual(added.slice(1));
    expect([changes, list.rows[0]?.marked]).toEqual([602, true]);
  });

  it("take in 5,000 at once", () => {
    reader.open("shop");
    const added = temp.addMany(5_000);
    reader.changed(added);
    time.pass(100);
    expect(ids()).toEqual(added);
    expect(told).toEqual(["caught up"]);
  });

  it("leave alone what comes while the first look goes on", () => {
    const added = temp.addMany(1_500);
    reader.open("shop");
    const late = temp.addMany(2);
    temp.other.remove(added.slice(0, 1));
    reader.changed([...late, ...added.slice(0, 1)]);
    time.pass(200);
    expect(ids()).toEqual([...added.slice(1), ...late]);
  });

  it("know the newest deliveries after more than 20,000, and drop those that have left the screen", () => {
    const first = temp.addMany(9_000);
    reader.open("shop");
    time.pass(0);
    const more = temp.addMany(9_000);
    reader.changed(more);
    time.pass(100);
    const last = temp.addMany(2_500);
    reader.changed(last);
    time.pass(100);
    const all = [...first, ...more, ...last].slice(-10_000);
    expect(ids()).toEqual(all);
    temp.other.remove(all.slice(0, 2));
    temp.other.remove(more.slice(-1));
    reader.changed([...all.slice(0, 2), ...more.slice(-1)]);
    time.pass(100);
    expect(list.rows).toHaveLength(9_997);
    reader.filter("method:POST", { soon: false });
    time.pass(200);
    expect(list.shown).toHaveLength(9_997);
  });

  it("are not looked for any more when it is closed", () => {
    reader.open("shop");
    reader.changed(temp.addMany(1));
    reader.filter("method:POST", { soon: true });
    reader.close();
    expect(time.waits()).toEqual([]);
    expect([ids(), told]).toEqual([[], []]);
  });
});

describe("what another process writes", () => {
  it("is seen within a second", () => {
    const [first = ""] = temp.addMany(1);
    reader.open("shop");
    time.pass(3_000);
    expect(changes).toBe(1);
    temp.other.setNote(first, "from outside");
    time.pass(1_000);
    expect([list.rows[0]?.note, changes]).toEqual(["from outside", 2]);
    const [second] = temp.addMany(1);
    time.pass(1_000);
    expect(ids()).toEqual([first, second]);
  });

  it("is seen a second after our own changes have come to an end", () => {
    const [first = "", second = ""] = temp.addMany(2);
    reader.open("shop");
    temp.other.setNote(first, "from outside");
    temp.other.setNote(second, "ours");
    reader.changed([second]);
    time.pass(1_000);
    expect(list.rows[0]?.note).toBeUndefined();
    time.pass(1_000);
    expect(list.rows[0]?.note).toBe("from outside");
    expect(changes).toBe(4);
  });

  it("is seen within sixteen seconds while our own changes go on and on", () => {
    const [first = ""] = temp.addMany(1);
    reader.open("shop");
    temp.other.setNote(first, "from outside");
    for (let second = 0; second < 16; second++) {
      reader.changed(temp.addMany(1));
      time.pass(1_000);
    }
    expect(list.rows[0]?.note).toBe("from outside");
  });
});

describe("a filter", () => {
  beforeEach(() => {
    temp.add(withBody('{"n":1}', { event: "one" }), withBody('{"n":2}', { event: "two" }), withBody('{"n":3}', { event: "three" }));
    reader.open("shop");
  });
  const events = (): readonly (string | undefined)[] => list.shown.map(({ event }) => event);

  it("waits for 80 ms without a key, and not at all when it is accepted", () => {
    reader.filter("type:o", { soon: true });
    time.pass(79);
    reader.filter("type:one", { soon: true });
    time.pass(79);
    expect(told).toEqual([]);
    time.pass(1);
    expect([events(), told]).toEqual([["one"], ["filtered type:one"]]);
    reader.filter("type:two", { soon: true });
    reader.filter("type:t*", { soon: false });
    time.pass(500);
    expect([events(), told.slice(1)]).toEqual([["two", "three"], ["filtered type:t*"]]);
  });

  it("that goes by the time lets other rows through as time passes, without a change", () => {
    reader.filter("age:<1h", { soon: false });
    expect(told).toEqual(["filtered age:<1h"]);
    time.pass(4_999);
    expect(told).toHaveLength(1);
    time.pass(1_001);
    expect(told).toEqual(["filtered age:<1h", "filtered age:<1h"]);
    reader.filter("type:one", { soon: false });
    time.pass(20_000);
    expect(told.slice(2)).toEqual(["filtered type:one"]);
  });

  it("looks into bodies, and is taken off by an empty text", () => {
    reader.filter("b.n:2", { soon: false });
    expect(events()).toEqual(["two"]);
    reader.filter("  ", { soon: false });
    expect([events(), told]).toEqual([
      ["one", "two", "three"],
      ["filtered b.n:2", "filtered "],
    ]);
  });

  it("is asked about what comes, changes and goes", () => {
    reader.filter("is:marked", { soon: false });
    expect(events()).toEqual([]);
    const [first = "", second = ""] = ids();
    temp.other.setMarked([first, second], true);
    reader.changed([first, second]);
    time.pass(100);
    expect(events()).toEqual(["one", "two"]);
    temp.other.setMarked([first], false);
    temp.other.remove([second]);
    reader.changed([first, second, ...temp.add({ event: "four" })]);
    time.pass(100);
    expect([events(), list.rows.length]).toEqual([[], 3]);
  });

  it("that means nothing leaves the one before, and says where", () => {
    reader.filter("type:one", { soon: false });
    reader.filter("status:maybe", { soon: false });
    expect(told[1]).toMatch(/^fault in status:maybe at 8: /);
    expect(events()).toEqual(["one"]);
    const [added] = temp.add({ event: "one" });
    reader.changed([added ?? ""]);
    time.pass(100);
    expect(events()).toEqual(["one", "one"]);
  });

  it("knows what has changed while it was looking, slice by slice", () => {
    temp.addMany(1_700, { event: "many" });
    reader.changed(undefined);
    time.pass(100);
    told.length = 0;
    gatherMs = 0;
    reader.filter("is:marked", { soon: false });
    expect(told).toEqual([]);
    // its place has been looked at already
    const newest = ids().at(-1) ?? "";
    temp.other.setMarked([newest], true);
    const [fresh = ""] = temp.add({});
    temp.other.setMarked([fresh], true);
    reader.changed([newest, fresh]);
    time.pass(0);
    expect(told).toEqual(["caught up", "filtered is:marked", "caught up"]);
    expect(shown()).toEqual([newest, fresh]);
  });

  it("gives way to the next one before it is through", () => {
    temp.addMany(1_700, { event: "many" });
    reader.changed(undefined);
    time.pass(100);
    reader.filter("type:many", { soon: false });
    reader.filter("type:one", { soon: false });
    time.pass(100);
    expect([events(), told.filter((each) => each.startsWith("filtered"))]).toEqual([["one"], ["filtered type:one"]]);
  });
});

describe("a history that cannot be read", () => {
  it("is told of once, and everything is read when it can be", () => {
    const [first = ""] = temp.addMany(1);
    reader.open("shop");
    fault = new Error("disk I/O error");
    temp.other.setNote(first, "changed meanwhile");
    reader.changed([first]);
    time.pass(4_000);
    reader.changed([first]);
    time.pass(4_000);
    expect(told).toEqual(["Error: disk I/O error", "caught up", "caught up"]);
    fault = undefined;
    time.pass(1_000);
    expect(list.rows[0]?.note).toBe("changed meanwhile");
    fault = new Error("once more");
    time.pass(1_000);
    expect(told.at(-1)).toBe("Error: once more");
  });

  it("is read from the beginning when it failed between two slices of the first look", () => {
    const added = temp.addMany(1_500);
    reader.open("shop");
    fault = new Error("busy");
    time.pass(0);
    expect(ids()).toHaveLength(400);
    fault = undefined;
    time.pass(1_000);
    expect(ids()).toEqual(added);
  });

  it("is filtered when it can be read again", () => {
    temp.add({ event: "one" }, { event: "two" });
    reader.open("shop");
    fault = new Error("busy");
    reader.filter("type:one", { soon: false });
    expect(told).toEqual(["Error: busy"]);
    fault = undefined;
    time.pass(1_000);
    expect([told.at(-1), list.shown.length]).toEqual(["filtered type:one", 1]);
  });

  it("is opened again and again when even that fails", () => {
    const added = temp.addMany(1);
    fault = new Error("locked");
    reader.open("shop");
    time.pass(2_000);
    fault = undefined;
    time.pass(1_000);
    expect([ids(), told]).toEqual([added, ["Error: locked"]]);
  });
});
