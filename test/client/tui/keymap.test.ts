import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../../../client/terminal/cut-line.ts";
import type { Key } from "../../../client/terminal/input-event.ts";
import { createKeymap, type Given } from "../../../client/tui/keymap.ts";
import { ACTIONS, CONTEXTS, type Need, parseKeys } from "../../../client/tui/keys.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { keysPage } from "./keys-page.ts";

const NOTHING: Given = new Set();
const EVERYTHING: Given = new Set<Need>(["delivery", "pair", "matches", "secret"]);

const press = (name: string, more: Partial<Key> = {}): Key => ({
  name,
  ctrl: false,
  meta: false,
  shift: false,
  text: name.length === 1 ? name : "",
  ...more,
});
const ctrl = (name: string): Key => press(name, { ctrl: true, text: "" });

const keymap = createKeymap({}, { ascii: false });

/** What the person who wrote `ui.keys` is told. */
function refusalOf(remapped: Readonly<Record<string, string>>): string {
  try {
    createKeymap(remapped, { ascii: false });
  } catch (error) {
    if (error instanceof DevhookError && error.code === "config-invalid") return `${error.why} ${error.fix}`;
    throw error;
  }
  return "";
}

describe("createKeymap", () => {
  it.each([
    [{ resend: "e" }, ["resend", "edit"]],
    [{ resend: "ctrl+r" }, ["resend", "reconnect", "ctrl+r"]],
    [{ resend: "r,z", zoom: "z" }, ["resend", "zoom"]],
    [{ resned: "r" }, ["resned"]],
    [{ resend: "hyper+r" }, ["resend", "hyper+r"]],
    [{ resend: "shift+r" }, ["resend", "shift+r"]],
    [{ resend: "r,,x" }, ["resend"]],
    [{ resend: "rr" }, ["resend", "rr"]],
    [{ resend: "\u0007" }, ["resend"]],
    [{ "quit-anywhere": "q" }, ["quit-anywhere"]],
    [{ repaint: "ctrl+c" }, ["repaint", "quit-anywhere"]],
    [{ toString: "r" }, ["toString"]],
  ])("refuses %j and names %j", (remapped, names) => {
    const refusal = refusalOf(remapped);
    for (const name of names) expect(refusal).toContain(name);
  });

  it("takes keys that are the user's own", () => {
    const own = createKeymap({ resend: "ctrl+e, f5", zoom: "r", edit: "", port: "comma" }, { ascii: false });
    expect(own.actionOf(ctrl("e"), "list", EVERYTHING)).toBe("resend");
    expect(own.actionOf(press("f5"), "list", EVERYTHING)).toBe("resend");
    expect(own.actionOf(press("r"), "list", EVERYTHING)).toBe("zoom");
    expect(own.actionOf(press("e"), "list", EVERYTHING)).toBeUndefined();
    expect(own.actionOf(press(","), "list", EVERYTHING)).toBe("port");
    expect([own.keysOf("resend"), own.keysOf("edit"), own.keysOf("port")]).toEqual(["^e", "", ","]);
  });

  it("lets keys change places", () => {
    const swapped = createKeymap({ resend: "e", edit: "r" }, { ascii: false });
    expect(swapped.actionOf(press("e"), "list", EVERYTHING)).toBe("resend");
    expect(swapped.actionOf(press("r"), "list", EVERYTHING)).toBe("edit");
  });

  it.each([
    [press("j"), "list", "down"],
    [press("down"), "help", "down"],
    [press("enter"), "list", "open"],
    [press("enter"), "text", "submit"],
    [press("q"), "list", "quit"],
    [press("q"), "detail", "close"],
    [press("r"), "list", "resend"],
    [press("R"), "list", "re-sign"],
    [press("space"), "detail", "fold"],
    [press("3"), "detail", "tab-body"],
    [press("d"), "list", "open"],
    [press("d"), "form", "form-defaults"],
    [press("enter"), "form", "edit-body"],
    [press("enter"), "menu", "choose"],
    [press("D"), "menu", "remove-secret"],
    [press("/"), "list", "filter"],
    [press("/"), "detail", "search"],
    [ctrl("u"), "help", "page-up"],
    [ctrl("s"), "form", "form-send"],
    [ctrl("u"), "list", "page-up"],
    [ctrl("u"), "text", "erase-all"],
    [ctrl("R"), "list", "reconnect"],
    [press("tab", { shift: true }), "form", "form-previous"],
    [press("backspace", { meta: true }), "text", "erase-word"],
    [press("y"), "ask", "yes"],
  ] as const)("knows what %j does in %s: %s", (key, context, id) => {
    expect(keymap.actionOf(key, context, EVERYTHING)).toBe(id);
  });

  it("leaves what types to the places where people type", () => {
    for (const text of ["j", "q", "?", "R", "/", ",", "漢"]) {
      expect(keymap.actionOf(press(text), "text", EVERYTHING)).toBeUndefined();
      expect(keymap.actionOf(press(text), "help", EVERYTHING)).toBeUndefined();
    }
    expect(keymap.actionOf(press("space", { text: " " }), "text", EVERYTHING)).toBeUndefined();
  });

  it.each(CONTEXTS)("has a way back and a way out of %s, whatever there is", (context) => {
    expect(keymap.actionOf(press("esc"), context, NOTHING)).toBe("back");
    expect(keymap.actionOf(ctrl("c"), context, NOTHING)).toBe("quit-anywhere");
    expect(keymap.actionOf(ctrl("z"), context, NOTHING)).toBe("suspend");
    expect(keymap.actionOf(ctrl("l"), context, NOTHING)).toBe("repaint");
  });

  it("does nothing that needs what there is not", () => {
    expect(keymap.actionOf(press("r"), "list", NOTHING)).toBeUndefined();
    expect(keymap.actionOf(press("="), "list", new Set(["delivery"]))).toBeUndefined();
    expect(keymap.actionOf(press("D"), "menu", new Set(["delivery"]))).toBeUndefined();
    expect(keymap.actionOf(press("t"), "list", NOTHING)).toBe("test");
  });

  it("does nothing on keys that merely resemble", () => {
    expect(keymap.actionOf(press("r", { meta: true }), "list", EVERYTHING)).toBeUndefined();
    expect(keymap.actionOf(ctrl("j"), "list", EVERYTHING)).toBeUndefined();
    expect(keymap.actionOf(press("up", { shift: true }), "list", EVERYTHING)).toBeUndefined();
  });
});

describe("footer", () => {
  const shownIn = (cells: number, given = EVERYTHING): readonly string[] =>
    keymap.footer("list", given, cells).map(({ keys, label }) => `${keys} ${label}`);

  it("offers what works here, and drops what matters least where there is no room", () => {
    expect(shownIn(200).join("  ")).toBe(
      "⏎ open  tab pane  r resend  R re-sign  e edit  c curl  m mark  = diff  / filter  t test  u URL  : commands  ? help  q quit",
    );
    expect(shownIn(52)).toEqual(["⏎ open", "r resend", "e edit", "/ filter", "? help", "q quit"]);
    expect(shownIn(14)).toEqual(["? help", "q quit"]);
    expect(shownIn(200, NOTHING)).toEqual(["/ filter", "t test", "u URL", ": commands", "? help", "q quit"]);
  });

  it("fits at every width, in every place", () => {
    for (const context of CONTEXTS) {
      for (let cells = 0; cells < 160; cells++) {
        const hints = keymap.footer(context, EVERYTHING, cells).map(({ keys, label }) => `${keys} ${label}`);
        expect(cellsOf(hints.join("  "))).toBeLessThanOrEqual(cells);
      }
    }
  });
});

describe("help", () => {
  const linesOf = (group: string, search?: string): readonly string[] =>
    (keymap.help("list", EVERYTHING, search).find((each) => each.group === group)?.lines ?? []).map(
      ({ keys, label }) => `${keys} ${label}`,
    );

  it("says what works here, what belongs together on one line", () => {
    expect(linesOf("move").slice(0, 3)).toEqual(["j k ↓ ↑ rows", "g G ends", "J K ^d ^u page"]);
    expect(linesOf("view")).toContain("1–6 tabs");
    expect(linesOf("edit")).toEqual([]);
  });

  it("calls no two actions the same that stand in different groups", () => {
    const labels = new Set(ACTIONS.map(({ label }) => label));
    const inGroups = new Set(ACTIONS.map(({ label, group }) => `${label} (${group})`));
    expect(inGroups.size).toBe(labels.size);
  });

  it("finds actions by a part of their label, and by key", () => {
    expect(linesOf("event", "RESEND")).toEqual(["r resend as received", "R re-sign & resend", "e edit & resend"]);
    expect(linesOf("view", "z")).toEqual(["z zoom pane"]);
    expect(linesOf("move", "pageup")).toEqual(["J K ^d ^u page"]);
    expect(keymap.help("list", EVERYTHING, "no such thing")).toEqual([]);
  });

  it("names arrows where there are none", () => {
    const ascii = createKeymap({}, { ascii: true });
    expect(ascii.keysOf("open")).toBe("enter");
    const shown = CONTEXTS.flatMap((context) => ascii.help(context, EVERYTHING).flatMap(({ lines }) => lines.map(({ keys }) => keys)));
    expect(shown.join("")).toMatch(/^[ -~]*$/);
  });
});

describe("the table", () => {
  it("stands in docs/keys.md", async () => {
    await expect(keysPage()).toMatchFileSnapshot(join(import.meta.dirname, "../../../docs/keys.md"));
  });

  it("has a label, a place and keys for every action", () => {
    for (const { id, label, where, keys } of ACTIONS) {
      expect([id, label.length > 0, where.length > 0, keys.length > 0]).toEqual([id, true, true, true]);
    }
  });

  it.each([
    ["r,ctrl+r", ["r", "ctrl+r"]],
    [" R , shift+tab ", ["R", "shift+tab"]],
    ["alt+ctrl+x", ["ctrl+alt+x"]],
    ["ctrl+X", ["ctrl+x"]],
    ["+,ctrl++,comma", ["+", "ctrl++", "comma"]],
    ["", []],
    ["ctrl+", undefined],
    ["ctrl+ctrl+x", undefined],
    ["return", undefined],
    ["\u202e", undefined],
  ])("reads %j as %j", (text, keys) => {
    expect(parseKeys(text)).toEqual(keys);
  });
});
