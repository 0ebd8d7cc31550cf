import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../../../../client/terminal/cut-line.ts";
import { ACTIONS, type Need } from "../../../../client/tui/keys.ts";
import type { Look, Message, PaneSize } from "../../../../client/tui/model.ts";
import { askLines } from "../../../../client/tui/overlays/ask-lines.ts";
import { commandsLines } from "../../../../client/tui/overlays/commands-lines.ts";
import { filterBar, searchBar } from "../../../../client/tui/overlays/filter-bar.ts";
import { type EditForm, formLines } from "../../../../client/tui/overlays/form-lines.ts";
import { helpLines } from "../../../../client/tui/overlays/help-lines.ts";
import { logLines } from "../../../../client/tui/overlays/log-lines.ts";
import { menuLines } from "../../../../client/tui/overlays/menu-lines.ts";
import { promptLines } from "../../../../client/tui/overlays/prompt-lines.ts";
import { EMPTY_FIELD, fieldOf } from "../../../../client/tui/typing/text-field.ts";
import { CHARACTER } from "../../../rig/character.ts";
import { clock, lookOf, LOOKS } from "../frame/screen-values.ts";

const EVERYTHING: ReadonlySet<Need> = new Set(["delivery", "pair", "matches"]);
const FILTER_KEYS = ["status:", "sig:", "from:", "type:", "path:", "method:", "ms:", "age:", "is:", "h.NAME:", "b.PATH:", "body:"];
const MESSAGES: readonly Message[] = [
  { at: clock(14, 9, 2), kind: "warning", text: "the relay closed the connection (1006, nothing heard for 12 s)" },
  { at: clock(14, 9, 8), kind: "ok", text: "online again after 6 s" },
  { at: clock(14, 10, 0), kind: "ok", text: "copied curl, 612 B, via tmux buffer" },
  { at: clock(14, 10, 4), kind: "info", text: "pasted text was left out: nothing here takes text" },
  {
    at: clock(14, 12, 30),
    kind: "error",
    text: "resend #0127: connection refused on 127.0.0.1 and ::1, port 8000. Start your app, then r",
  },
];
const COMMANDS = ACTIONS.filter(({ group, where }) => group !== "move" && where.includes("list")).map(({ id, label }) => ({ id, label }));
const COPIES = ["curl command", "body", "headers", "answer", "id", "URL", "path"].map((label) => ({
  label,
  hint: `the ${label}, as it came`,
}));
const FORM: EditForm = {
  title: "Edit & resend #0127",
  request: "POST http://localhost:8000/webhooks/upmoltwork",
  ticks: [
    { label: "recompute signature (upmoltwork)", on: true },
    { label: "new timestamp", on: true },
    { label: "new event id", on: false },
  ],
  fixed: [],
  remark: undefined,
  index: 1,
  headers: { changed: 3, all: 9 },
  body: { before: 412, after: 398 },
  json: "ok",
  diff: [
    { sign: "-", text: '"deadline": "2026-03-15T00:00:00Z"' },
    { sign: "+", text: '"deadline": "2026-03-11T00:00:00Z"' },
  ],
  fault: undefined,
};
const BROKEN: EditForm = {
  ...FORM,
  ticks: [],
  json: "broken",
  diff: Array.from({ length: 40 }, (_, at) => ({ sign: at % 2 === 0 ? "-" : "+", text: `"line": ${at}` })),
  fault: "the edited text is not a request: line 3 has no colon. It is kept: edit it again, or take the defaults",
};

/** Every overlay with something in it, as it stands over a terminal. */
const OVERLAYS: Readonly<Record<string, (look: Look, size: PaneSize) => readonly string[]>> = {
  help: (look, size) => helpLines({ context: "list", given: EVERYTHING, field: EMPTY_FIELD, scroll: 0 }, size, look).lines,
  "help-search": (look, size) => helpLines({ context: "list", given: EVERYTHING, field: fieldOf("re"), scroll: 0 }, size, look).lines,
  log: (look, size) => logLines({ messages: MESSAGES, scroll: Infinity }, size, look).lines,
  menu: (look, size) => menuLines({ title: "Copy", items: COPIES, index: 2 }, size, look),
  ask: (look, size) =>
    askLines(
      {
        question: "Delete all deliveries of this tunnel?",
        consequence: "Pinned ones, those under way and those owed to your app stay. The rest is gone for good.",
      },
      size,
      look,
    ),
  prompt: (look, size) =>
    promptLines(
      {
        title: "Secret for stripe",
        field: fieldOf("whsec_made_up_for_tests"),
        hidden: true,
        hint: "it is kept in secrets.json, which only you can read",
        fault: "a secret of stripe begins with whsec_",
      },
      size,
      look,
    ),
  form: (look, size) => formLines(FORM, size, look),
  "form-broken": (look, size) => formLines(BROKEN, size, look),
  commands: (look, size) => commandsLines({ field: fieldOf(""), commands: COMMANDS, index: 7 }, size, look),
  filter: (look, { columns }) =>
    filterBar(
      { field: fieldOf("sig:bad from:upmoltwork,moltify -is:resend ms:>500"), fault: undefined, shown: 7, all: 128, keys: FILTER_KEYS },
      columns,
      look,
    ),
  "filter-fault": (look, { columns }) =>
    filterBar(
      {
        field: fieldOf("from:stripe status:6xx"),
        fault: { message: '"6xx" is no status; expected: 200, 5xx, >=400 or err', column: 20 },
        shown: 128,
        all: 128,
        keys: FILTER_KEYS,
      },
      columns,
      look,
    ),
  search: (look, { columns }) => searchBar({ field: fieldOf("taskId"), hint: "n and N go from one to the next" }, columns, look),
};
const NAMES = Object.keys(OVERLAYS);
const SIZES: readonly PaneSize[] = [
  { columns: 60, rows: 15 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
];

/** Next to nothing, the smallest terminal, and around those that people have. */
const WIDTHS = [1, 2, 3, 4, 5, 6, 8, 12, 20, 38, 39, 40, 41, 59, 60, 61, 79, 80, 81, 99, 100, 130];

/** Without styles. */
const bare = (line: string): string => line.replaceAll(/\u001b\[[\d;]*m/g, "");
const textOf = (lines: readonly string[]): string => lines.map(bare).join("\n");

describe("overlays", () => {
  it.each(NAMES)("look like their pictures: %s", async (name) => {
    const pictures = Object.entries(LOOKS).flatMap(([look, value]) =>
      SIZES.map((size) => {
        const lines = OVERLAYS[name]?.(value, size) ?? [];
        expect(lines.length).toBeLessThanOrEqual(size.rows);
        return [`== ${look} ${size.columns}x${size.rows}`, ...lines.map((line) => line.replaceAll("\u001b", "␛"))].join("\n");
      }),
    );
    await expect(`${pictures.join("\n")}\n`).toMatchFileSnapshot(join(import.meta.dirname, "pictures", `${name}.txt`));
  });

  it.each(NAMES)("fill their width exactly, in any size, with any look: %s", (name) => {
    for (const look of Object.values(LOOKS)) {
      for (const columns of WIDTHS) {
        const lines = OVERLAYS[name]?.(look, { columns, rows: 8 + (columns % 30) }) ?? [];
        expect(lines.map(cellsOf)).toEqual(lines.map(() => columns));
      }
    }
  });

  it.each(NAMES)("fit into the rows of the smallest terminal: %s", (name) => {
    expect(OVERLAYS[name]?.(LOOKS.colour, { columns: 40, rows: 8 }).length).toBeLessThanOrEqual(8);
  });

  it.each(NAMES)("keep to ASCII where the terminal has nothing else: %s", (name) => {
    for (const size of SIZES) expect(textOf(OVERLAYS[name]?.(LOOKS.ascii, size) ?? [])).toMatch(/^[\n -~]*$/);
  });

  it("show nothing of a text that could move the cursor, and stay as wide as they are", () => {
    const text = fc.oneof(
      fc.string({ unit: CHARACTER, maxLength: 60 }),
      fc.constantFrom(
        "\u001b]52;c;aGk=\u0007",
        "\u202eabc",
        "\u009b2J",
        "a\tb",
        "漢字".repeat(30),
        "👨‍👩‍👧",
        "x".repeat(400),
        "e\u0301\u0301\u0301\u0301\u0301\u0301",
      ),
    );
    const size = fc.record({ columns: fc.integer({ min: 1, max: 130 }), rows: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(text, text, size, fc.constantFrom(LOOKS.colour, LOOKS.ascii), fc.nat(5), (one, other, box, look, index) => {
        const field = fieldOf(one);
        const items = [one, other, "plain"].map((label) => ({ label, hint: other }));
        const overlays = [
          helpLines({ context: "detail", given: EVERYTHING, field, scroll: index }, box, look).lines,
          logLines({ messages: [{ at: 0, kind: "error", text: one }], scroll: index }, box, look).lines,
          menuLines({ title: one, items, index }, box, look),
          askLines({ question: one, consequence: other }, box, look),
          promptLines({ title: one, field, hidden: false, hint: one, fault: other }, box, look),
          formLines(
            {
              ...BROKEN,
              title: one,
              request: one,
              ticks: [{ label: other, on: true }],
              fixed: [{ label: one, on: true, why: other }],
              diff: [{ sign: "+", text: one }],
              remark: one,
              fault: other,
            },
            box,
            look,
          ),
          commandsLines({ field, commands: COMMANDS, index }, box, look),
          filterBar({ field, fault: { message: other, column: index * 7 + 1 }, shown: 1, all: 2, keys: FILTER_KEYS }, box.columns, look),
          filterBar({ field, fault: { message: other, column: undefined }, shown: 1, all: 2, keys: FILTER_KEYS }, box.columns, look),
          searchBar({ field, hint: other }, box.columns, look),
        ];
        for (const lines of overlays) {
          expect(lines.map(cellsOf)).toEqual(lines.map(() => box.columns));
          expect(lines.map(bare).join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
    );
  });
});

describe("helpLines", () => {
  const help = (search: string, scroll: number, size: PaneSize, look: Look = LOOKS.mono) =>
    helpLines({ context: "list", given: EVERYTHING, field: fieldOf(search), scroll }, size, look);

  it("says how much there is to scroll through, and shows the end at the end", () => {
    const { count, rows } = help("", 0, { columns: 60, rows: 15 });
    expect([rows, count > rows]).toEqual([13, true]);
    const { lines } = help("", Infinity, { columns: 60, rows: 15 });
    expect(bare(lines.at(-1) ?? "")).toContain(`–${count} of ${count}`);
    expect(help("", 0, { columns: 120, rows: 40 }).lines.at(-1)).not.toContain(" of ");
  });

  it("shows what is searched for, how many there are, and that there are none", () => {
    expect(textOf(help("resend", 0, SIZES[1] ?? { columns: 80, rows: 24 }).lines)).toMatch(/resend▏ +3 found/);
    expect(textOf(help("no such thing", 0, { columns: 80, rows: 24 }).lines)).toContain("no key does that here");
  });

  it("has every key of the list where there is room", () => {
    const text = textOf(help("", 0, { columns: 120, rows: 40 }).lines);
    for (const label of ["rows", "resend as received", "filter", "quit", "1–6", "tabs"]) expect(text).toContain(label);
  });

  it("shows keys of the user's own in their cells", () => {
    const look = lookOf({}, { resend: "漢", edit: "ctrl+e" });
    expect(textOf(help("resend", 0, { columns: 80, rows: 24 }, look).lines)).toMatch(/漢 +resend as received/);
  });
});

describe("logLines", () => {
  it("shows the newest message unless somebody scrolls, each of them whole", () => {
    const size = { columns: 60, rows: 6 };
    const newest = logLines({ messages: MESSAGES, scroll: Infinity }, size, LOOKS.mono);
    expect(textOf(newest.lines)).toContain("Start your app, then r");
    expect([newest.rows, newest.count]).toEqual([4, 8]);
    expect(textOf(logLines({ messages: MESSAGES, scroll: 0 }, size, LOOKS.mono).lines)).toContain("14:09:02 ! the relay closed");
  });

  it("says all of what a row had no room for", () => {
    const told = { at: 0, kind: "error", text: "no secret", remedy: "s keeps one" } as const;
    const logged = (message: Message): string =>
      textOf(logLines({ messages: [message], scroll: 0 }, { columns: 90, rows: 6 }, LOOKS.mono).lines);
    expect(logged(told)).toContain("no secret · s keeps one");
    expect(logged({ ...told, whole: "no secret: where it is found: the dashboard" })).toContain(
      "no secret: where it is found: the dashboard",
    );
  });

  it("says when there is nothing", () => {
    expect(textOf(logLines({ messages: [], scroll: 0 }, { columns: 60, rows: 6 }, LOOKS.mono).lines)).toContain("nothing has been said");
  });
});

describe("menuLines", () => {
  const items = Array.from({ length: 30 }, (_, at) => ({ label: `port ${3000 + at}`, hint: "" }));

  it.each([0, 1, 14, 28, 29, 99, -1])("has the selected entry in sight: %i", (index) => {
    const selected = Math.max(0, Math.min(index, 29));
    const text = textOf(menuLines({ title: "Port", items, index }, { columns: 40, rows: 8 }, LOOKS.mono));
    expect(text).toContain(`▸ port ${3000 + selected} `);
    expect(text.match(/▸/g)).toHaveLength(1);
    expect(text).toContain(`${selected + 1} of 30`);
  });

  it("says when there is nothing to choose", () => {
    expect(textOf(menuLines({ title: "Port", items: [], index: 0 }, { columns: 40, rows: 8 }, LOOKS.mono))).toContain("nothing to choose");
  });
});

describe("askLines", () => {
  it("names the keys that answer, as the user has them, also where nothing else fits", () => {
    const look = lookOf({ colour: false }, { yes: "j", no: "n,x" });
    for (const rows of [4, 24]) {
      const lines = askLines({ question: "Delete?", consequence: "It is gone for good. ".repeat(20) }, { columns: 40, rows }, look);
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(textOf(lines)).toContain("j yes   n no");
    }
  });
});

describe("promptLines", () => {
  it("shows nothing of a secret, and why it was not taken", () => {
    const view = { title: "Secret", field: fieldOf("made-up-secret"), hidden: true, hint: "", fault: "it is too short" };
    const text = textOf(promptLines(view, { columns: 60, rows: 15 }, LOOKS.mono));
    expect(text).not.toContain("made-up");
    expect(text).toContain("************▏");
    expect(text).toContain("✗ it is too short");
  });
});

describe("formLines", () => {
  const text = (form: Partial<EditForm>, size: PaneSize = { columns: 80, rows: 24 }): string =>
    textOf(formLines({ ...FORM, ...form }, size, LOOKS.mono));

  it("shows the tick that the keys are at, and only those that there are", () => {
    expect(text({ index: 2 })).toContain("▸[ ] new event id");
    expect(text({ ticks: [] })).not.toContain("[");
  });

  it("says why something cannot be chosen, and what the difference cannot say, where there is room", () => {
    const fixed = [{ label: "new timestamp", on: false, why: "its signature knows no time" }];
    const remark = "the bytes differ from byte 7 on";
    const roomy = text({ fixed, remark, diff: [], body: { before: 412, after: 412 } });
    expect(roomy).toMatch(/ \[ \] new timestamp: its signature knows no time.*\n.* send /);
    expect(roomy).toContain(remark);
    expect(roomy).not.toContain("as received");
    const many = { ...BROKEN, fixed, remark, fault: undefined };
    expect(text(many)).not.toContain("knows no time");
    expect(text(many)).toContain(remark);
    expect(text({ fixed, remark }, { columns: 80, rows: 9 })).not.toContain("knows no time");
  });

  it("says what has not changed", () => {
    const same = text({ headers: { changed: 0, all: 9 }, body: { before: 412, after: 412 }, diff: [], json: "none" });
    expect(same).toContain("9, as received");
    expect(same).toContain("412B, as received");
    expect(same).not.toContain("JSON");
  });

  it("keeps the fault and the keys in sight, and counts the lines of the difference that it leaves out", () => {
    const small = text(BROKEN, { columns: 60, rows: 12 });
    expect(small.split("\n")).toHaveLength(12);
    expect(small).toContain("has no colon");
    expect(small).toContain("^s send");
    expect(small).toMatch(/… \d+ more/);
    const smallest = text(BROKEN, { columns: 40, rows: 8 });
    for (const part of ["POST http:", "3 changed of 9", "JSON ✗ broken", "✗ the edited text", "^s send"]) expect(smallest).toContain(part);
  });
});

describe("filterBar", () => {
  const bar = (text: string, column: number | undefined, columns: number): readonly string[] => {
    const fault = { message: "nobody knows this key", column };
    return filterBar({ field: fieldOf(text), fault, shown: 7, all: 128, keys: FILTER_KEYS }, columns, LOOKS.mono).map(bare);
  };

  it.each([
    ["sig:bad xyz:1", 9, 60],
    ["漢字 xyz:1", 4, 60],
    ["sig:bad ".repeat(20) + "xyz:1", 161, 60],
    ["sig:bad from:stripe type:invoice.paid xyz:1", 39, 50],
  ])("marks the column where the fault is: %j", (text, column, columns) => {
    const [typed = "", fault = ""] = bar(text, column, columns);
    const cell = cellsOf(fault.slice(0, fault.indexOf("^")));
    expect(cellsOf(typed.slice(0, typed.indexOf("xyz:1")))).toBe(cell);
    expect(fault).toContain("nobody knows this key");
  });

  it("says what is wrong also where nobody knows the column", () => {
    expect(bar("x", undefined, 60)[1]).toContain("✗ nobody knows this key");
  });

  it("says how much the filter lets through where there is room", () => {
    expect(bar("x", 1, 60)[0]).toContain("7 of 128");
    expect(bar("x", 1, 24)[0]).not.toContain("128");
  });
});

describe("commandsLines", () => {
  it("shows names, meanings and keys, and that nothing matches", () => {
    const shown = (commands: typeof COMMANDS): string =>
      textOf(commandsLines({ field: fieldOf("res"), commands, index: 0 }, { columns: 60, rows: 15 }, LOOKS.mono));
    expect(shown(COMMANDS.filter(({ id }) => id === "resend"))).toMatch(/▸ resend +resend as received \(r\)/);
    expect(shown([])).toContain("no command has that in its name");
  });
});
