import { describe, expect, it } from "vitest";
import { createKeymap } from "../../../../client/tui/keymap.ts";
import { type ActionId, ACTIONS } from "../../../../client/tui/keys.ts";
import { TABS } from "../../../../client/tui/model.ts";
import { commandsOf, reduce, type ScreenEvent } from "../../../../client/tui/state/reduce.ts";
import { contextOf, givenOf, type Hit, type Overlay, type ScreenState } from "../../../../client/tui/state/state.ts";
import { fieldOf } from "../../../../client/tui/typing/text-field.ts";
import { ALL_CONTEXTS, arrive, FORM, METRICS, numbered, OVERLAYS, run, said, stateIn, stateOf, steps, typed } from "./made-state.ts";

/** Overlays in which an action of their place rightly does nothing: there is no earlier text, and nothing to complete. */
const IDLE: Readonly<Partial<Record<ActionId, readonly Overlay["kind"][]>>> = {
  "history-up": ["prompt", "search"],
  "history-down": ["prompt", "search"],
  complete: ["prompt", "search"],
};

/** Puts everything into a state that an action may need. */
function prepared(state: ScreenState): ScreenState {
  const marked = run(state, arrive(numbered(3, { marked: true }), numbered(4, { marked: true })));
  const { overlay } = marked;
  const field = overlay?.kind === "commands" ? { text: "re", caret: 1 } : { text: "one two", caret: 3 };
  const withField: Overlay | undefined =
    overlay !== undefined && "field" in overlay
      ? { ...overlay, field, ...(overlay.kind === "help" && { scroll: 10 }), ...(overlay.kind === "commands" && { index: 1 }) }
      : overlay?.kind === "menu" || overlay?.kind === "form"
        ? { ...overlay, index: 1 }
        : overlay?.kind === "log"
          ? { ...overlay, scroll: 10 }
          : overlay;
  return {
    ...marked,
    list: { ...marked.list, selected: 6, isFollowing: false },
    detail: { ...marked.detail, line: 15, top: 10, tab: "body", search: "x" },
    filter: { applied: "is:failed", fault: undefined, history: ["sig:bad", "is:test"] },
    overlay: withField,
  };
}

const CASES = ACTIONS.flatMap(({ id, where }) =>
  where.flatMap((context) => stateIn(context).map((state) => [id, state.overlay?.kind ?? context, state] as const)),
).filter(([id, kind]) => !(IDLE[id] ?? []).some((each) => each === kind));

it.each(CASES)("%s does something in %s", (action, _place, state) => {
  // of a filter something is left to complete, and another tab than the next is open
  const ready = action === "complete" ? run(state, typed("sta")) : prepared(state);
  const before = action === "tab-body" ? { ...ready, focus: "list" as const } : ready;
  const { state: after, effects } = steps(before, action);
  expect(effects.length === 0 ? after : undefined).not.toEqual(before);
});

it("knows in every place how to leave it, and never quits by esc", () => {
  for (const context of ALL_CONTEXTS) {
    for (const state of stateIn(context)) {
      const { state: left, effects } = steps({ ...state, focus: "detail" }, "back", "back", "back");
      expect([contextOf(left), effects.filter((effect) => effect.do === "quit")]).toEqual(["list", []]);
    }
  }
});

describe("the list", () => {
  it("moves by rows, by pages and to its ends", () => {
    const at = (...actions: readonly ActionId[]): number | undefined => run(stateOf(30), ...actions).list.selected;
    expect(at("up")).toBe(29);
    expect(at("down")).toBe(30);
    expect(at("page-up")).toBe(26);
    expect(at("page-up", "page-up", "page-down", "page-down", "page-down")).toBe(30);
    expect(at("first")).toBe(1);
    expect(at("first", "page-up", "up")).toBe(1);
    expect(at("first", "page-down")).toBe(5);
    expect(at("first", "last")).toBe(30);
  });

  it("leaves what is on the screen where it is when one leaves the newest row after a filter", () => {
    const filtered = run(stateOf(30), { type: "filtered", text: "x", seqs: new Set([1, 2, 3, 4, 5, 6, 7]) });
    const all = run(filtered, { type: "filtered", text: "", seqs: undefined }, "up");
    expect([all.list.selected, all.list.anchor]).toEqual([29, 26]);
  });

  it("opens nothing where nothing is", () => {
    expect(run(stateOf(0), "open").focus).toBe("list");
  });

  it("looks at another delivery from its beginning, in the same tab", () => {
    const read = { ...stateOf(3), detail: { ...stateOf(3).detail, tab: "body", line: 9, top: 5, folded: new Set([1]) } } as const;
    expect(run(read, "up").detail).toMatchObject({ tab: "body", line: 0, top: 0, folded: new Set() });
    // as it does when following leads to another one
    expect(run(read, arrive(numbered(4))).detail).toMatchObject({ line: 0, top: 0, folded: new Set() });
    expect(run(read, { type: "filtered", text: "x", seqs: new Set([1]) }).detail).toMatchObject({ line: 0, top: 0 });
    expect(run(read, arrive(numbered(3, { note: "same" }))).detail.line).toBe(9);
  });

  it("goes on showing the delivery that somebody reads when another one comes", () => {
    const reading = run(stateOf(3), "open", "down");
    const more = run(reading, arrive(numbered(4)));
    expect([more.list.selected, more.list.isFollowing, more.list.unseen, more.detail.line]).toEqual([3, false, 1, 1]);
    expect(run(reading, arrive(numbered(3, { note: "same" })), "back", arrive(numbered(4))).list.selected).toBe(4);
  });

  it("goes through the quick filters, and from another filter to none", () => {
    const asks = (applied: string): unknown =>
      steps(stateOf(3, { filter: { applied, fault: undefined, history: [] } }), "quick-filter").effects[0];
    expect(["", "is:failed", "sig:bad", "age:<5m", "from:stripe"].map(asks)).toEqual(
      ["is:failed", "sig:bad", "age:<5m", "", ""].map((text) => ({ do: "filter", text, soon: false })),
    );
  });
});

describe("work on deliveries", () => {
  it("is done on the selected one, and on all that are marked where it is one of them", () => {
    expect(steps(stateOf(3), "resend").effects).toEqual([{ do: "resend", ids: ["id-3"], resign: false }]);
    const marked = run(stateOf(3), arrive(numbered(1, { marked: true }), numbered(2, { marked: true })));
    // marks that were forgotten decide nothing
    expect(steps(marked, "resend").effects).toEqual([{ do: "resend", ids: ["id-3"], resign: false }]);
    expect(steps(marked, "up", "re-sign").effects).toEqual([{ do: "resend", ids: ["id-1", "id-2"], resign: true }]);
  });

  it("asks before more than 20 go out, and before anything is deleted", () => {
    const marks = (count: number): ScreenState =>
      run(stateOf(30), arrive(...Array.from({ length: count }, (_, at) => numbered(at + 1, { marked: true }))), "first");
    expect(steps(marks(20), "resend").effects).toHaveLength(1);
    const asked = steps(marks(21), "resend");
    expect([asked.effects, asked.state.overlay]).toMatchObject([[], { kind: "ask", question: expect.stringContaining("21 deliveries") }]);
    expect(steps(asked.state, "no").effects).toEqual([]);
    expect(steps(asked.state, "back").effects).toEqual([]);
    const yes = steps(asked.state, "yes");
    expect([yes.state.overlay, yes.effects]).toMatchObject([undefined, [{ do: "resend" }]]);
    expect(steps(stateOf(1), "delete").effects).toEqual([]);
    expect(steps(stateOf(1), "clear", "yes").effects).toEqual([{ do: "clear" }]);
  });

  it("names the delivery that it would delete or export", () => {
    const marked = run(stateOf(9), arrive(numbered(4, { marked: true })));
    expect(run(marked, "delete").overlay).toMatchObject({ question: "Delete delivery #9?", effect: { ids: ["id-9"] } });
    expect(run(marked, "export").overlay).toMatchObject({ title: "Export #9" });
    const two = run(marked, arrive(numbered(9, { marked: true })));
    expect(run(two, "delete").overlay).toMatchObject({ question: "Delete 2 marked deliveries?" });
    expect(run(two, "export").overlay).toMatchObject({ title: "Export 2 deliveries" });
  });

  it("compares the last two that are marked, or the marked one with the selected one, the older one first", () => {
    const pair = (state: ScreenState): unknown => run(state, "diff").detail.diff;
    expect(pair(stateOf(9))).toBeUndefined();
    const one = run(stateOf(9), arrive(numbered(4, { marked: true })));
    expect(pair(one)).toEqual({ before: "id-4", after: "id-9" });
    expect(pair(run(one, "first"))).toEqual({ before: "id-1", after: "id-4" });
    const three = run(one, arrive(numbered(2, { marked: true }), numbered(7, { marked: true })));
    expect(pair(three)).toEqual({ before: "id-4", after: "id-7" });
    expect(givenOf({ ...one, list: { ...one.list, selected: 4 } }).has("pair")).toBe(false);
  });

  it("turns marks and pins on and off", () => {
    expect(steps(stateOf(2), "mark", "pin").effects).toEqual([
      { do: "mark", ids: ["id-2"], on: true },
      { do: "pin", ids: ["id-2"], on: true },
    ]);
    expect(steps(run(stateOf(2), arrive(numbered(2, { marked: true, pinned: true }))), "mark", "pin").effects).toEqual([
      { do: "mark", ids: ["id-2"], on: false },
      { do: "pin", ids: ["id-2"], on: false },
    ]);
  });

  it("begins a note with the one that is there", () => {
    const state = run(stateOf(2), arrive(numbered(2, { note: "ask Ada" })), "note", typed("!"));
    expect(steps(state, "submit").effects).toEqual([{ do: "prompted", what: { kind: "note", id: "id-2" }, text: "ask Ada!" }]);
  });
});

describe("the detail", () => {
  const open = stateOf(3, { focus: "detail" });

  it("goes by lines, pages and to its ends, and keeps the line in sight", () => {
    const at = (...actions: readonly ActionId[]) => {
      const { line, top } = run(open, ...actions).detail;
      return [line, top];
    };
    expect(at("up")).toEqual([0, 0]);
    expect(at("down", "down")).toEqual([2, 0]);
    expect(at("page-down")).toEqual([9, 0]);
    expect(at("page-down", "down")).toEqual([10, 1]);
    expect(at("last")).toEqual([39, 30]);
    expect(at("last", "page-up", "page-up")).toEqual([21, 21]);
    expect(at("last", "down", "first")).toEqual([0, 0]);
  });

  it("goes from tab to tab, round at both ends, each from its beginning", () => {
    let state = run(open, "down");
    for (const tab of [...TABS.slice(1), TABS[0]]) {
      state = run(state, "next-tab", "down");
      expect(state.detail).toMatchObject({ tab, line: 1 });
    }
    expect(run(state, "previous-tab").detail.tab).toBe(TABS.at(-1));
    expect(run(stateOf(3), "tab-response")).toMatchObject({ focus: "detail", detail: { tab: "response" } });
  });

  it("shows the try that a line tells of, goes back to all of them, and to the newest with another tab or delivery", () => {
    const tries = run(open, "tab-tries");
    expect([givenOf(tries).has("tries"), givenOf(open).has("tries"), givenOf(stateOf(0, { detail: tries.detail })).has("tries")]).toEqual([
      true,
      false,
      false,
    ]);
    const chosen = run(tries, "down", "show-try");
    expect(chosen.detail).toMatchObject({ tab: "response", attempt: 1, line: 0 });
    expect(run(chosen, "back")).toMatchObject({ focus: "detail", detail: { tab: "tries", attempt: undefined } });
    expect(run(chosen, "tab-response").detail.attempt).toBeUndefined();
    expect(run(chosen, "next-tab", "previous-tab").detail.attempt).toBeUndefined();
    expect(run(chosen, "other-pane", "up").detail.attempt).toBeUndefined();
    const title = reduce(tries, { type: "action", action: "show-try", metrics: { ...METRICS, attemptAt: undefined } });
    expect(title.state).toBe(tries);
  });

  it("folds where something folds, and shows another form from its beginning", () => {
    expect([...run(open, "fold").detail.folded]).toEqual([7]);
    expect([...run(open, "fold", "fold").detail.folded]).toEqual([]);
    expect(run(open, "down", "raw").detail).toMatchObject({ mode: "raw", line: 0 });
    expect(run(open, "raw", "bytes").detail.mode).toBe("bytes");
    expect(run(open, "raw", "raw").detail.mode).toBe("pretty");
    expect(run(open, "down", "wrap").detail).toMatchObject({ wrap: true, line: 0 });
  });

  it("searches, and goes from match to match", () => {
    const found = steps(open, "search", typed("id"), "submit");
    expect([found.state.overlay, found.state.detail.search, found.effects]).toEqual([undefined, "id", [{ do: "find", direction: 1 }]]);
    expect(steps(found.state, "previous-match").effects).toEqual([{ do: "find", direction: -1 }]);
    expect(run(found.state, { type: "line", line: 12 }).detail.line).toBe(12);
    expect(run(open, "search", typed("id"), "back").detail.search).toBe("");
  });

  it("goes back one level at a time: comparison, search, zoom, list, filter", () => {
    const deep: ScreenState = {
      ...open,
      zoom: true,
      filter: { applied: "is:failed", fault: undefined, history: [] },
      detail: { ...open.detail, search: "x", diff: { before: "id-1", after: "id-2" } },
    };
    const one = run(deep, "back");
    expect([one.detail.diff, one.detail.search]).toEqual([undefined, "x"]);
    const two = run(one, "close");
    expect([two.detail.search, two.zoom]).toEqual(["", true]);
    const three = run(two, "back");
    expect([three.zoom, three.focus]).toEqual([false, "list"]);
    expect(steps(three, "back").effects).toEqual([{ do: "filter", text: "", soon: false }]);
    expect(run({ ...open, zoom: false }, "back").focus).toBe("list");
  });
});

describe("the filter bar", () => {
  const asks = (text: string, soon: boolean) => ({ do: "filter", text, soon });

  it("filters while somebody types, keeps it on enter, and takes it off on esc", () => {
    const bar = steps(stateOf(3), "filter", typed("sig"), typed(":bad"), "erase-left");
    expect(bar.effects).toEqual([asks("sig", true), asks("sig:bad", true), asks("sig:ba", true)]);
    const kept = steps(bar.state, "submit");
    expect([kept.state.overlay, kept.effects]).toEqual([undefined, [asks("sig:ba", false)]]);
    expect(steps(bar.state, "back").effects).toEqual([asks("", false)]);
    expect(steps(bar.state, "caret-left", "complete", "caret-home").effects).toEqual([]);
  });

  it("begins with the filter that is there, and goes through those of before", () => {
    const filtering = stateOf(3, { filter: { applied: "is:test", fault: undefined, history: ["is:failed", "is:test"] } });
    const bar = run(filtering, "filter");
    expect(bar.overlay).toMatchObject({ field: fieldOf("is:test") });
    const up = steps(bar, "history-up", "history-up", "history-up", "history-down", "history-down", "history-down");
    expect(up.effects).toEqual(["is:test", "is:failed", "is:failed", "is:test", "is:test", "is:test"].map((text) => asks(text, true)));
  });

  it("remembers each filter once, the newest last, 50 of them", () => {
    let state = stateOf(3);
    for (let at = 0; at < 55; at++)
      state = run(state, "filter", typed(`ms:>${at % 52}`), "submit", { type: "filtered", text: "", seqs: undefined });
    expect(state.filter.history).toHaveLength(50);
    expect(state.filter.history.at(-1)).toBe("ms:>2");
    expect(new Set(state.filter.history).size).toBe(50);
    expect(run(stateOf(3), "filter", "submit").filter.history).toEqual([]);
  });

  it("stays open with what is wrong when a filter that means nothing is accepted", () => {
    const fault = { type: "filter-fault", text: "sig:", message: "it is empty", column: 5 } as const;
    const bar = run(stateOf(3), "filter", typed("sig:"), "submit", fault);
    expect(bar).toMatchObject({ overlay: { kind: "filter", field: fieldOf("sig:") }, filter: { fault: { column: 5 } } });
    // the fault of the text before does not keep the text of now from being accepted
    expect(steps(bar, typed("bad"), "submit").effects.at(-1)).toEqual(asks("sig:bad", false));
    expect(run(bar, "back").filter.fault).toBeUndefined();
    expect(run(bar, { type: "filtered", text: "sig:bad", seqs: new Set([1]) }).filter).toMatchObject({
      applied: "sig:bad",
      fault: undefined,
    });
  });

  it("completes keys and the values that are known", () => {
    const complete = (text: string): unknown => {
      const { overlay } = run(stateOf(3), "filter", typed(text), "complete");
      return overlay?.kind === "filter" ? overlay.field.text : undefined;
    };
    expect(["st", "is:failed -si", "s", "m", "is:fa", "from:mol", "sig:bad,o", "xyz", "", '"st', "status:5xx "].map(complete)).toEqual([
      "status:",
      "is:failed -si",
      "s",
      "m",
      "is:failed",
      "from:moltify",
      "sig:bad,ok",
      "xyz",
      "",
      '"st',
      "status:5xx ",
    ]);
    expect(complete("sig")).toBe("sig:");
  });
});

describe("the mouse", () => {
  const click = (hit: Hit): ScreenEvent => ({ type: "click", hit, metrics: METRICS });
  const wheel = (by: 1 | -1, hit: Hit): ScreenEvent => ({ type: "wheel", by, hit, metrics: METRICS });

  it("selects the row that is clicked, and opens it when it is selected already", () => {
    const selected = run(stateOf(9), click({ pane: "list", seq: 7 }));
    expect([selected.list.selected, selected.list.isFollowing, selected.focus]).toEqual([7, false, "list"]);
    expect(run(selected, click({ pane: "list", seq: 7 })).focus).toBe("detail");
    const back = run({ ...selected, focus: "detail" }, click({ pane: "list", seq: 7 }));
    expect([back.list.selected, back.focus]).toEqual([7, "list"]);
    // below the rows, and one that has gone meanwhile
    expect(run(selected, click({ pane: "list", seq: undefined }))).toEqual(selected);
    expect(run(selected, click({ pane: "list", seq: 77 })).list.selected).toBe(7);
    expect(run(stateOf(9, { toast: run(stateOf(1), said("error")).toast }), click({ pane: "list", seq: 7 })).toast).toBeUndefined();
  });

  it("opens the tab and goes to the line that is clicked", () => {
    const tab = run(stateOf(9), click({ pane: "detail", top: 0, tab: "body" }));
    expect([tab.focus, tab.detail.tab]).toEqual(["detail", "body"]);
    const line = run(tab, click({ pane: "detail", top: 12, line: 15 }));
    expect(line.detail).toMatchObject({ line: 15, top: 12 });
    expect(run(line, click({ pane: "detail", top: 12 })).detail).toMatchObject({ line: 15, top: 12 });
    expect(run(stateOf(0), click({ pane: "detail", top: 0 })).focus).toBe("list");
  });

  it("scrolls the pane under the pointer, wherever the keys go", () => {
    const reading = run(stateOf(9), "open");
    const row = run(reading, wheel(-1, { pane: "list", seq: 3 }));
    expect([row.list.selected, row.focus]).toEqual([8, "detail"]);
    const list = stateOf(9);
    const down = run(list, wheel(1, { pane: "detail", top: 0 }));
    expect([down.list.selected, down.focus, down.detail.top, down.detail.line]).toEqual([9, "list", 3, 3]);
    expect(run(down, wheel(-1, { pane: "detail", top: 3 })).detail).toMatchObject({ top: 0, line: 3 });
    // 40 lines, 10 of them seen
    expect(run(down, wheel(1, { pane: "detail", top: 29 })).detail).toMatchObject({ top: 30, line: 30 });
    expect(run({ ...down, detail: { ...down.detail, line: 39 } }, wheel(-1, { pane: "detail", top: 2 })).detail).toMatchObject({
      top: 0,
      line: 9,
    });
  });
});

describe("what lies over the panes", () => {
  it("scrolls by lines and pages as far as there is something", () => {
    const scroll = (overlay: Overlay, ...actions: readonly ActionId[]): unknown => {
      const after = run(stateOf(1, { overlay }), ...actions).overlay;
      return after !== undefined && "scroll" in after ? after.scroll : after;
    };
    expect(scroll(OVERLAYS.log, "up")).toBe(19);
    expect(scroll(OVERLAYS.log, "page-up", "page-down", "page-down")).toBe(20);
    expect(scroll(OVERLAYS.log, "first", "up")).toBe(0);
    expect(scroll(OVERLAYS.help, "page-down")).toBe(9);
    expect(scroll(OVERLAYS.help, "page-down", "caret-left")).toBe(9);
  });

  it("searches the help while somebody types", () => {
    const help = run(stateOf(1), "help", "page-down", typed("cop"));
    expect(help.overlay).toMatchObject({ kind: "help", field: fieldOf("cop"), scroll: 0, from: "list" });
    expect(run(help, "erase-left").overlay).toMatchObject({ field: fieldOf("co") });
  });

  it("gives back what the help was asked about", () => {
    for (const kind of ["menu", "form", "log"] as const) {
      const help = run(stateOf(2, { overlay: OVERLAYS[kind] }), "help");
      expect(help.overlay).toMatchObject({ kind: "help", from: kind });
      expect(run(help, "back").overlay).toBe(OVERLAYS[kind]);
    }
    expect(run(stateOf(2), "help", "back").overlay).toBeUndefined();
  });

  it("runs the line of a menu that is chosen, and asks before it removes a secret", () => {
    const menu = stateOf(2, { overlay: OVERLAYS.menu });
    const chosen = steps(menu, "down", "choose");
    expect([chosen.state.overlay, chosen.effects]).toEqual([undefined, [{ do: "ask-secret", provider: "github" }]]);
    expect(run(menu, "up", "up").overlay).toMatchObject({ index: 0 });
    expect(run(menu, "last", "down").overlay).toMatchObject({ index: 2 });
    expect(givenOf(menu).has("secret")).toBe(false);
    expect(givenOf(run(menu, "down")).has("secret")).toBe(true);
    const asked = steps(menu, "down", "remove-secret");
    expect([asked.effects, asked.state.overlay?.kind]).toEqual([[], "ask"]);
    expect(steps(asked.state, "yes").effects).toEqual([{ do: "remove-secret", provider: "github" }]);
    expect(steps(run(stateOf(2), "copy-menu"), "remove-secret").effects).toEqual([]);
    const empty = { ...OVERLAYS.menu, items: [] } as Overlay;
    expect(steps(stateOf(0, { overlay: empty }), "down", "choose").effects).toEqual([]);
  });

  it("keeps a prompt open until the work is done, and shows there what is wrong", () => {
    const prompt = steps(stateOf(2, { overlay: OVERLAYS.prompt }), typed("ask\nAda"), "submit");
    expect([prompt.state.overlay?.kind, prompt.effects]).toEqual([
      "prompt",
      [{ do: "prompted", what: { kind: "note", id: "id-2" }, text: "ask Ada" }],
    ]);
    const fault = run(prompt.state, { type: "prompt-fault", message: "too long" });
    expect(fault.overlay).toMatchObject({ fault: "too long" });
    expect(run(fault, "erase-left").overlay).toMatchObject({ fault: undefined });
    expect(run(fault, typed("x")).overlay).toMatchObject({ fault: undefined });
    expect(run(fault, { type: "close-overlay" }).overlay).toBeUndefined();
    expect(run(stateOf(2), { type: "prompt-fault", message: "too late" })).toEqual(stateOf(2));
  });

  it("runs an action of the palette where the palette was called", () => {
    const list = steps(stateOf(3), "commands", typed("re-sign"), "submit");
    expect([list.state.overlay, list.effects]).toEqual([undefined, [{ do: "resend", ids: ["id-3"], resign: true }]]);
    const detail = run(stateOf(3, { focus: "detail" }), "commands", typed("wrap"), "submit");
    expect(detail.detail.wrap).toBe(true);
    expect(steps(stateOf(3), "commands", typed("no such thing"), "submit").state.overlay?.kind).toBe("commands");
    expect(run(stateOf(3), "commands", "history-down", "history-down", "caret-left", "history-up").overlay).toMatchObject({ index: 1 });
    expect(run(stateOf(3), "commands", "history-down", typed("x")).overlay).toMatchObject({ index: 0 });
    expect(run(stateOf(3), "commands", "history-up").overlay).toMatchObject({ index: 0 });
  });

  it("completes the palette to the chosen action, which stays chosen", () => {
    const offered = commandsOf(stateOf(3), "list", "");
    for (const [at, { id }] of offered.entries()) {
      const moved = run(stateOf(3), "commands", ...Array.from({ length: at }, () => "history-down" as const), "complete");
      const index = commandsOf(moved, "list", id).findIndex((each) => each.id === id);
      expect(moved.overlay).toMatchObject({ field: fieldOf(id), index });
    }
  });

  it.each(["list", "detail"] as const)("offers in the palette what works in the %s, and everything of it does something", (focus) => {
    const state = stateOf(3, { focus });
    const offered = commandsOf(state, focus, "");
    const keymap = createKeymap({}, { ascii: false });
    expect(offered.length).toBeGreaterThan(20);
    for (const { id } of offered) {
      const action = ACTIONS.find((each) => each.id === id);
      expect([id, action?.where.includes(focus)]).toEqual([id, true]);
      expect(keymap.keysOf(id)).not.toBe("");
    }
  });

  it("goes through the ticks of the form, and leaves the work to whoever has the draft", () => {
    const form = stateOf(2, { overlay: OVERLAYS.form });
    expect(run(form, "form-previous").overlay).toMatchObject({ index: 1 });
    expect(run(form, "form-next", "form-next").overlay).toMatchObject({ index: 0 });
    expect(steps(form, "form-next", "form-toggle", "edit-body", "edit-headers", "form-defaults", "form-curl", "form-send").effects).toEqual(
      [
        { do: "form-tick", tick: "newTimestamp" },
        { do: "form", what: "body" },
        { do: "form", what: "headers" },
        { do: "form", what: "defaults" },
        { do: "form", what: "curl" },
        { do: "form", what: "send" },
      ],
    );
    const next = { ...FORM, fault: "line 3" };
    expect(run(form, { type: "form", form: next }).overlay).toMatchObject({ form: next });
    expect(run(stateOf(2), { type: "form", form: next }).overlay).toBeUndefined();
    const without = stateOf(2, { overlay: { kind: "form", form: { ...FORM, ticks: [] }, index: 0 } });
    expect(steps(without, "form-next", "form-previous", "form-toggle").effects).toEqual([]);
  });

  it("types into nothing where nothing takes text", () => {
    for (const kind of ["log", "menu", "ask", "form"] as const) {
      const state = stateOf(2, { overlay: OVERLAYS[kind] });
      expect(run(state, typed("y"))).toEqual(state);
    }
    const pasted = run(stateOf(2), { type: "stray-paste", at: 5 });
    expect(pasted.toast).toMatchObject({ kind: "warning", text: expect.stringContaining("left out") });
    expect(pasted.list).toEqual(stateOf(2).list);
  });
});

describe("messages", () => {
  it("keeps an error in sight until a key is pressed, whatever else is said", () => {
    const wrong = run(stateOf(2), said("error"), said("ok"), said("warning"));
    expect([wrong.toast?.text, wrong.log.map(({ text }) => text)]).toEqual(["error", ["error", "ok", "warning"]]);
    expect(run(wrong, said("error", "another")).toast?.text).toBe("another");
    expect(run(wrong, "up").toast).toBeUndefined();
    expect(run({ ...wrong, overlay: OVERLAYS.filter }, typed("x")).toast).toBeUndefined();
    expect(run(wrong, "up", said("ok")).toast?.text).toBe("ok");
  });

  it("takes another message away after its time, unless it is another one by then", () => {
    const first = run(stateOf(2), said("ok", "first"));
    const { toast } = first;
    if (toast === undefined) throw new Error("nothing was said");
    expect(run(first, { type: "toast-over", toast }).toast).toBeUndefined();
    expect(run(first, said("ok", "second"), { type: "toast-over", toast }).toast?.text).toBe("second");
    expect(run(first, "up").toast).toBe(toast);
  });

  it("keeps the last 500 of them", () => {
    let state = stateOf(1);
    for (let at = 0; at < 505; at++) state = run(state, said("info", String(at)));
    expect([state.log.length, state.log[0]?.text]).toEqual([500, "5"]);
  });
});

it("changes what it shows of the tunnel one fact at a time", () => {
  const state = run(
    stateOf(1),
    { type: "tunnel", tunnel: { url: "https://x.example" } },
    { type: "tunnel", tunnel: { secretless: ["stripe"] } },
  );
  expect(state.tunnel).toMatchObject({ url: "https://x.example", secretless: ["stripe"], relay: "devhook.example" });
});

it("keeps the size, and turns themes, mouse and header one after the other", () => {
  expect(run(stateOf(1), { type: "resized", size: { columns: 40, rows: 8 } }).size).toEqual({ columns: 40, rows: 8 });
  const themes = ["theme", "theme", "theme", "theme"] as const;
  expect(steps(stateOf(1), ...themes).effects.map((effect) => (effect.do === "theme" ? effect.name : effect))).toHaveLength(4);
  expect(run(stateOf(1), ...themes).theme).toBe("default");
  expect(steps(stateOf(1), "mouse", "mouse").effects).toEqual([
    { do: "mouse", on: true },
    { do: "mouse", on: false },
  ]);
  for (const [rows, other] of [
    [24, "hidden"],
    [12, "hidden"],
    [11, "shown"],
  ] as const) {
    const state = stateOf(1, { size: { columns: 80, rows } });
    expect([run(state, "header").header, run(state, "header", "header").header]).toEqual([other, "auto"]);
  }
});
