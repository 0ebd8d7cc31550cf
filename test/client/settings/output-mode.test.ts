import { describe, expect, it } from "vitest";
import { LEAST_SCREEN, type OutputFacts, outputMode } from "../../../client/settings/output-mode.ts";
import { LEAST } from "../../../client/tui/frame/layout.ts";

/** A person at a terminal who has asked for nothing. */
const PERSON: OutputFacts = {
  asked: undefined,
  env: { TERM: "xterm-256color", CI: "" },
  isTTY: { stdin: true, stdout: true },
  size: { columns: 80, rows: 24 },
};
const withTerm = (env: Readonly<Record<string, string>>): Partial<OutputFacts> => ({ env: { ...PERSON.env, ...env } });

describe("outputMode", () => {
  it.each([
    ["stdout is a file or a pipe", { isTTY: { stdin: true, stdout: false } }, /stdout is not a terminal/],
    ["stdin is a file or a pipe", { isTTY: { stdin: false, stdout: true } }, /stdin is not a terminal/],
    ["the terminal is dumb", withTerm({ TERM: "dumb" }), /TERM is dumb/],
  ])("shows lines where %s, and says why when the screen was asked for", (_, facts, why) => {
    expect(outputMode({ ...PERSON, ...facts })).toEqual({ mode: "compact" });
    const fallback = outputMode({ ...PERSON, ...facts, asked: "interactive" });
    expect(fallback.mode).toBe("compact");
    expect(fallback.warning).toMatch(why);
  });

  it.each([
    ["in CI", withTerm({ CI: "true" })],
    ["for a screen reader that Ink knows", withTerm({ INK_SCREEN_READER: "true" })],
    ["for a screen reader", withTerm({ DEVHOOK_A11Y: "1" })],
    ["in too few columns", { size: { columns: LEAST_SCREEN.columns - 1, rows: 24 } }],
    ["in too few rows", { size: { columns: 80, rows: LEAST_SCREEN.rows - 1 } }],
    ["where nobody knows the size", { size: undefined }],
    ["in a terminal without size", { size: { columns: 0, rows: 0 } }],
  ])("shows lines %s, unless the screen was asked for", (_, facts) => {
    expect(outputMode({ ...PERSON, ...facts })).toEqual({ mode: "compact" });
    expect(outputMode({ ...PERSON, ...facts, asked: "interactive" })).toEqual({ mode: "interactive" });
  });

  it.each([
    ["the smallest terminal", { size: LEAST_SCREEN }],
    ["a terminal where CI is said to be off", withTerm({ CI: "false", DEVHOOK_A11Y: "0" })],
  ])("shows the screen in %s", (_, facts) => {
    expect(outputMode({ ...PERSON, ...facts })).toEqual({ mode: "interactive" });
  });

  it("asks for the cells that the screen does", () => {
    expect(LEAST_SCREEN).toEqual(LEAST);
  });

  it.each(["compact", "json", "quiet"] as const)("does as asked: %s", (asked) => {
    expect(outputMode({ ...PERSON, asked })).toEqual({ mode: asked });
    expect(outputMode({ ...PERSON, asked, isTTY: { stdin: false, stdout: false }, size: undefined })).toEqual({ mode: asked });
  });
});
