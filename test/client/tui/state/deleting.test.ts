import { describe, expect, it } from "vitest";
import type { ScreenEvent } from "../../../../client/tui/state/reduce.ts";
import { arrive, numbered, run, stateOf } from "./made-state.ts";

describe("the question before deliveries are deleted", () => {
  const GONE = "Gone from the history for good. What is owed to your app stays.";
  const asked = (...events: readonly ScreenEvent[]): unknown => {
    const { overlay } = run(stateOf(2), ...events, "delete");
    return overlay?.kind === "ask" ? [overlay.question, overlay.consequence] : undefined;
  };

  it("says what of them is pinned or under way", () => {
    expect(asked()).toEqual(["Delete delivery #2?", GONE]);
    expect(asked(arrive(numbered(2, { pinned: true })))).toEqual(["Delete delivery #2?", `#2 is pinned. ${GONE}`]);
    const pending = { state: "pending", marked: true } as const;
    expect(asked(arrive(numbered(2, { ...pending, marked: false })))).toEqual([
      "Delete delivery #2?",
      `#2 is under way: its answer will be in no history. ${GONE}`,
    ]);
    expect(asked(arrive(numbered(1, { ...pending, pinned: true }), numbered(2, pending), numbered(3, { marked: true })))).toEqual([
      "Delete 3 marked deliveries?",
      `1 is pinned. 2 are under way: their answers will be in no history. ${GONE}`,
    ]);
  });

  it("says how many of them a filter hides", () => {
    const marked = arrive(numbered(1, { marked: true }), numbered(2, { marked: true }));
    expect(asked(marked, { type: "filtered", text: "x", seqs: new Set([2]) })).toEqual([
      "Delete 2 marked deliveries?",
      `1 of them is hidden by the filter. ${GONE}`,
    ]);
  });
});
