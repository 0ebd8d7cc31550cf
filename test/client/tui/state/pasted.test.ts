import { describe, expect, it } from "vitest";
import type { ScreenEvent } from "../../../../client/tui/state/reduce.ts";
import type { Prompt, ScreenState } from "../../../../client/tui/state/state.ts";
import { fieldOf } from "../../../../client/tui/typing/text-field.ts";
import { OVERLAYS, run, stateOf } from "./made-state.ts";

describe("what is pasted", () => {
  const LIMIT = 8_192;
  const pasted = (text: string, isCut = false): ScreenEvent => ({ type: "pasted", text, isCut, at: 5 });
  const asking = (what: Prompt, text = ""): ScreenState =>
    stateOf(2, { overlay: { kind: "prompt", title: "", hint: "", field: fieldOf(text), hidden: true, fault: undefined, what } });
  const SECRET = { kind: "secret", provider: "stripe" } as const;

  it("is a secret only when it is whole", () => {
    expect(run(asking(SECRET), pasted("x".repeat(LIMIT))).overlay).toMatchObject({ fault: undefined, field: { caret: LIMIT } });
    for (const state of [
      run(asking(SECRET), pasted("x".repeat(LIMIT + 1))),
      run(asking(SECRET), pasted("x", true)),
      run(asking(SECRET, "y"), pasted("x".repeat(LIMIT))),
    ]) {
      const fault = "this secret does not fit: 8,192 characters are the most here. Keep it with: devhook secrets set stripe < FILE";
      expect(state.overlay).toMatchObject({ fault, field: { text: "" } });
    }
  });

  it("counts as what becomes of it", () => {
    const pem = "-\r\n".repeat(LIMIT / 2);
    expect(run(asking(SECRET), pasted(pem)).overlay).toMatchObject({ fault: undefined, field: { caret: LIMIT } });
  });

  it("goes nowhere where nothing takes text", () => {
    const state = stateOf(2, { overlay: OVERLAYS.menu });
    expect(run(state, pasted("y", true))).toEqual(state);
  });

  it("is cut elsewhere, and says so where it is seen", () => {
    const note = run(asking({ kind: "note", id: "id-2" }), pasted("x".repeat(LIMIT + 1)));
    expect(note.overlay).toMatchObject({ fault: expect.stringMatching(/is cut: 8,192/), field: { caret: LIMIT } });
    for (const kind of ["filter", "search", "help", "commands"] as const) {
      const state = run(stateOf(2, { overlay: OVERLAYS[kind] }), pasted("x".repeat(LIMIT + 1)));
      expect([state.overlay, state.toast]).toMatchObject([
        { field: { caret: LIMIT } },
        { kind: "error", at: 5, text: expect.stringMatching(/is cut/) },
      ]);
      expect(run(stateOf(2, { overlay: OVERLAYS[kind] }), pasted("ok")).toast).toBeUndefined();
    }
  });
});
