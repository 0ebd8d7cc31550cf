import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../../../../client/terminal/cut-line.ts";
import { type EmptyView, emptyLines } from "../../../../client/tui/list/empty-lines.ts";
import { explainLine, type RowReasons } from "../../../../client/tui/list/explain-line.ts";
import { listLines, type ListView, rowsInView } from "../../../../client/tui/list/list-lines.ts";
import { rowLine, rowPlan, rowTitles } from "../../../../client/tui/list/row-line.ts";
import { THEME_NAMES } from "../../../../client/tui/theme.ts";
import { createHeadlessTerminal } from "../../../rig/headless-terminal.ts";
import { anyLook, anyRow, anyText, anyTunnel, LOOKS, lookOf, plain, ROWS, rowOf, tunnelOf } from "../frame/screen-values.ts";

const look = LOOKS.mono;
const anyColumns = fc.integer({ min: 40, max: 300 });

const rowAt = (row: Partial<Parameters<typeof rowOf>[0]>, columns: number): string => plain(rowLine(rowOf(row), rowPlan(columns), look));
const explained = (row: Parameters<typeof rowOf>[0], reasons?: RowReasons, columns = 120, anyOne = look): string =>
  plain(explainLine(rowOf(row), anyOne, columns, reasons)).trimEnd();

describe("rowLine", () => {
  it("fills its line exactly, whatever came, and holds no control character of others", () => {
    const state = fc.constantFrom("plain", "selected", "focused");
    fc.assert(
      fc.property(anyRow, anyLook, anyColumns, state, (row, anyOne, columns, rowState) => {
        const line = rowLine(row, rowPlan(columns), anyOne, rowState);
        expect(cellsOf(line)).toBe(columns);
        expect(plain(line)).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 500 },
    );
  });

  it("has titles as wide as its rows, over the same columns", () => {
    for (let columns = 40; columns <= 300; columns++) {
      const titles = plain(rowTitles(rowPlan(columns), look.theme));
      expect(cellsOf(titles)).toBe(columns);
      const line = rowAt({ event: "task.x" }, columns);
      expect(line.indexOf("task.x")).toBe(titles.indexOf("EVENT"));
    }
  });

  it("leaves out the note first, then the provider, then the milliseconds; never code and signature", () => {
    const has = (columns: number): readonly boolean[] => {
      const line = rowAt({ status: 401, verdict: "invalid", provider: "github", ms: 77, note: "mine" }, columns);
      return [/401/, /✗ ?bad/, /\b77\b/, /github/, /mine/].map((part) => part.test(line));
    };
    expect([40, 48, 56, 76].map(has)).toEqual([
      [true, true, false, false, false],
      [true, true, true, false, false],
      [true, true, true, true, false],
      [true, true, true, true, true],
    ]);
  });

  it("shows method and path of what has no event type, the path alone where it is narrow", () => {
    expect(rowAt({ event: undefined, path: "/hook" }, 80)).toContain("POST /hook");
    expect(rowAt({ event: undefined, path: "/hook" }, 60)).toMatch(/moltify +\/hook/);
  });

  it.each([
    [{ status: 200 }, "200"],
    [{ status: undefined, state: "failed" }, "ERR"],
    [{ status: undefined, state: "interrupted" }, "ERR"],
    [{ status: undefined, state: "pending" }, "…"],
  ] as const)("has a code for %j: %s", (row, code) => {
    expect(rowAt(row, 80).slice(11, 15).trim()).toBe(code);
  });

  it.each([
    ["valid", undefined, "✓ ok"],
    ["invalid", undefined, "✗ bad"],
    ["invalid", "no-match", "✗ bad"],
    ["invalid", "toString", "✗ bad"],
    ["invalid", "stale", "! old"],
    ["invalid", "future", "! new"],
    ["invalid", "signature-missing", "✗ miss"],
    ["invalid", "signature-malformed", "✗ form"],
    ["no-secret", "no-secret", "? key"],
    ["unsigned", "unsigned-provider", "– none"],
    ["unknown-scheme", "no-scheme", "? unk"],
    [undefined, undefined, "– none"],
  ])("has a sign and a word for %s because of %s: %s", (verdict, reason, shown) => {
    expect(rowAt({ verdict, reason }, 80).slice(16, 22).trim()).toBe(shown);
  });

  it.each([
    [{ note: "ask Ada", attempts: 3 }, "ask Ada"],
    [{ note: "", lastKind: "resend" }, "resend"],
    [{ lastKind: "resend", edited: true, attempts: 2 }, "edited, try 2"],
    [{ lastKind: "trigger" }, "test"],
    [{ held: true, state: "pending", status: undefined }, "held"],
    [{ lastError: "app-refused", attempts: 3 }, "refused, try 3"],
    [{ lastError: "app-timeout" }, "timeout"],
    [{ lastError: "app-new-fault" }, "new-fault"],
    [{ lastError: "constructor" }, "constructor"],
    [{ attempts: 2, lastKind: "retry" }, "try 2"],
    [{ duplicateOf: "x" }, "dup"],
    [{ duplicateOf: "x", sameBytes: false }, "dup differs"],
    [{ ms: 4_999, deadline: 10 }, ""],
    [{ ms: 5_000, deadline: 10 }, "50% of 10s"],
    [{ ms: 9_999, deadline: 10 }, "99% of 10s"],
    [{ ms: 10_000, deadline: 10 }, "too late"],
    [{ state: "pending", status: undefined }, "waiting"],
    [{ state: "interrupted", status: undefined }, "interrupted"],
    [{}, ""],
  ] as const)("notes of %j: %s", (row, note) => {
    const plan = rowPlan(100);
    expect(
      rowAt(row, 100)
        .slice(100 - plan.note - 1)
        .trim(),
    ).toBe(note);
  });

  it("notes whole words only, as many as fit", () => {
    expect(rowAt({ lastError: "app-refused", attempts: 3 }, 80)).toMatch(/ {2}refused +$/);
  });

  it("shows a time that is too long for its cells in seconds", () => {
    expect(rowAt({ ms: 1_234_567 }, 80)).toMatch(/ 1235s /);
  });

  it("marks what is pinned and what is marked", () => {
    expect(rowAt({ pinned: true }, 80).slice(0, 2)).toBe(" *");
    expect(rowAt({ pinned: true, marked: true }, 80).slice(0, 2)).toBe(" ◆");
  });

  it.each(THEME_NAMES)("is inverse from end to end in %s when keys act on it", async (name) => {
    const { terminal, write } = createHeadlessTerminal(80, 3);
    await write(
      rowLine(rowOf({ status: 500, verdict: "invalid", marked: true, lastError: "app-reset" }), rowPlan(80), lookOf({ name }), "focused"),
    );
    const line = terminal.buffer.active.getLine(0);
    for (let column = 0; column < 80; column++) expect([column, line?.getCell(column)?.isInverse() !== 0]).toEqual([column, true]);
    expect(line?.translateToString().startsWith("▸")).toBe(true);
    terminal.dispose();
  });

  it("is pointed at, and not inverse, when keys go to another pane", () => {
    const line = rowLine(rowOf(), rowPlan(80), LOOKS.colour, "selected");
    expect(plain(line).startsWith("▸")).toBe(true);
    expect(line).not.toContain("\u001b[7m");
  });

  it("speaks ASCII where the terminal does", () => {
    for (const row of ROWS) {
      for (const columns of [40, 60, 80, 120]) {
        expect(plain(rowLine(row, rowPlan(columns), LOOKS.ascii, "focused"))).toMatch(/^[ -~]+$/);
        expect(plain(explainLine(row, LOOKS.ascii, columns))).toMatch(/^[ -~]+$/);
      }
    }
  });
});

describe("listLines", () => {
  const view: ListView = { rows: ROWS, selected: "id-123", focused: true, filter: undefined, total: 128 };

  it("fills its pane exactly, with as many rows as it says", () => {
    fc.assert(
      fc.property(
        fc.array(anyRow, { maxLength: 12 }),
        anyColumns,
        fc.nat({ max: 14 }),
        anyText,
        anyLook,
        (rows, columns, height, filter, anyOne) => {
          const size = { columns, rows: height };
          const lines = listLines({ ...view, rows, filter }, anyOne, size);
          expect(lines.map(cellsOf)).toEqual(Array.from({ length: height }, () => columns));
        },
      ),
    );
    expect(listLines(view, look, { columns: 80, rows: 8 }).filter((line) => line.trim() !== "")).toHaveLength(8);
    expect([rowsInView({ columns: 80, rows: 8 }), rowsInView({ columns: 40, rows: 5 })]).toEqual([7, 5]);
  });

  it("points at the selected delivery by its id, wherever it stands", () => {
    const pointed = listLines({ ...view, rows: ROWS.toReversed() }, look, { columns: 80, rows: 20 }).filter((line) => line.includes("▸"));
    expect(pointed).toHaveLength(1);
    expect(pointed[0]).toContain("task.bid_accepted");
  });

  it("says how to get out of a filter that nothing passes", () => {
    const none = { ...view, rows: [], filter: "sig:bad from:x" };
    const text = listLines(none, look, { columns: 60, rows: 10 }).map(plain).join(" ").replaceAll(/ +/g, " ");
    expect(text).toContain("No delivery matches: sig:bad from:x");
    expect(text).toContain("128 deliveries are here without it. esc clears the filter, / changes it");
    expect(listLines(none, lookOf({}, { filter: "f9" }), { columns: 120, rows: 10 }).join("")).toContain("f9 changes it");
  });
});

describe("explainLine", () => {
  it("fills its line exactly, whatever came", () => {
    const reason = fc.option(fc.record({ message: anyText, hint: anyText }), { nil: undefined });
    fc.assert(
      fc.property(anyRow, anyLook, anyColumns, reason, reason, (row, anyOne, columns, verdict, error) => {
        const line = explainLine(row, anyOne, columns, { verdict, error });
        expect(cellsOf(line)).toBe(columns);
        expect(plain(line)).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [{}, "#127 ✓ 200 in 38 ms · ✓ signature ok"],
    [{ ms: 35, deadline: 30 }, "#127 ✓ 200 in 35 ms; moltify waits 30 s · ✓ signature ok"],
    [{ ms: 2_100, deadline: 30 }, "#127 ✓ 200 in 2100 ms, 7 % of the 30 s that moltify waits · ✓ signature ok"],
    [{ ms: 8_204, deadline: 10 }, "#127 ! 200 in 8204 ms, 82 % of the 10 s that moltify waits · ✓ signature ok"],
    [
      { ms: 10_000, deadline: 10 },
      "#127 ✗ 200 in 10000 ms: too late, moltify waits 10 s · answer first and work afterwards · ✓ signature ok",
    ],
    [{ status: 500 }, "#127 ✗ your app answered 500 in 38 ms · 4 shows its answer · ✓ signature ok"],
    [{ verdict: "invalid" }, "#127 ✗ the signature does not match · 5 shows why · ✓ 200 in 38 ms"],
    [{ verdict: "invalid", reason: "stale" }, "#127 ! the signature holds, and is too old · 5 shows why · ✓ 200 in 38 ms"],
    [{ verdict: "no-secret" }, "#127 ? signature not checked: no secret of moltify · s adds one · ✓ 200 in 38 ms"],
    [{ verdict: "unsigned" }, "#127 ✓ 200 in 38 ms · – it carries no signature"],
    [
      { state: "failed", status: undefined, lastError: "app-refused" },
      "#127 ✗ nothing listens where your app should be · start your app, then r · ✓ signature ok",
    ],
    [
      { state: "failed", status: undefined, lastError: "stopped" },
      "#127 ✗ devhook was stopped before the answer · r sends it again · ✓ signature ok",
    ],
    [{ state: "interrupted", status: undefined }, "#127 ✗ devhook ended before your app had answered · r sends it again · ✓ signature ok"],
    [
      { state: "pending", status: undefined, ms: undefined, deadline: 30 },
      "#127 … your app has not answered yet; moltify waits 30 s · ✓ signature ok",
    ],
    [{ state: "pending", status: undefined, held: true }, "#127 … held: your app gets it later · ✓ signature ok"],
    [{ duplicateOf: "x", sameBytes: false }, "#127 ! repeats an earlier event, with other bytes · ✓ 200 in 38 ms · ✓ signature ok"],
    [{ duplicateOf: "x", sameBytes: true }, "#127 ✓ 200 in 38 ms · ✓ signature ok · repeats an earlier event, the same bytes"],
  ] as const)("explains %j", (row, text) => {
    expect(explained(row).trim()).toBe(text);
  });

  it("uses the words of the check and of the attempt when they are at hand", () => {
    const verdict = { message: "the signed bytes differ", hint: "sign the bytes that are sent" };
    expect(explained({ verdict: "invalid" }, { verdict })).toContain("✗ signature: the signed bytes differ · 5 shows why");
    const error = { message: "nothing listens on 127.0.0.1:8000", hint: "start your app there" };
    expect(explained({ lastError: "app-refused", status: undefined, state: "failed" }, { error })).toContain(
      "✗ nothing listens on 127.0.0.1:8000 · start your app, then r",
    );
    expect(explained({ lastError: "no-such-code", status: undefined, state: "failed" }, { error })).toContain(
      "8000 · start your app there",
    );
  });

  it("names the keys of this user, and none for what has no key", () => {
    expect(explained({ verdict: "invalid" }, {}, 120, lookOf({ colour: false }, { "tab-signature": "f5" }))).toContain("· f5 shows why");
    expect(explained({ verdict: "invalid" }, {}, 120, lookOf({ colour: false }, { "tab-signature": "" }))).not.toContain("shows why");
  });

  it("cuts a long reason before it loses what to do", () => {
    const verdict = { message: "m".repeat(300), hint: "" };
    expect(explained({ verdict: "invalid" }, { verdict }, 60)).toMatch(/m… · 5 shows why$/);
  });
});

describe("emptyLines", () => {
  const view: EmptyView = { tunnel: tunnelOf(), path: "/webhooks/moltify", tests: ["moltify", "stripe"], hasSecrets: true };
  const textOf = (changes: Partial<EmptyView>, columns = 100, rows = 30, anyOne = look): string =>
    emptyLines({ ...view, ...changes }, anyOne, { columns, rows })
      .map(plain)
      .join(" ")
      .replaceAll(/ +/g, " ");

  it("fills its pane exactly, whatever relay and app say", () => {
    const anyView = fc.record<EmptyView>({
      tunnel: anyTunnel,
      path: anyText,
      tests: fc.array(anyText, { maxLength: 9 }),
      hasSecrets: fc.boolean(),
    });
    fc.assert(
      fc.property(anyView, anyLook, anyColumns, fc.integer({ min: 1, max: 60 }), (empty, anyOne, columns, rows) => {
        const lines = emptyLines(empty, anyOne, { columns, rows });
        expect(lines.map(cellsOf)).toEqual(Array.from({ length: rows }, () => columns));
      }),
    );
  });

  it("shows the URL with a path, alone on its line and without any style", () => {
    for (let columns = 50; columns <= 200; columns++) {
      const lines = emptyLines(view, LOOKS.colour, { columns, rows: 20 });
      expect(lines.map((line) => line.trim())).toContain("https://kq3v-x7da.devhook.example/webhooks/moltify");
    }
    expect(textOf({ tunnel: tunnelOf({ url: "https://x.example/" }) })).toContain("https://x.example/webhooks/moltify");
  });

  it("keeps the URL and what is in the way on the smallest screen", () => {
    const down = tunnelOf({ app: { state: "down", target: "http://localhost:8000", reason: "nothing listens on 8000", others: [3000] } });
    const text = textOf({ tunnel: down, hasSecrets: false }, 40, 5);
    expect(text).toContain("https://kq3v");
    expect(text).toContain("nothing listens on 8000. I can see 3000");
  });

  it("says where else something listens, and what to press", () => {
    const app = { state: "down", target: "http://localhost:8000", reason: "", others: [3000, 5173, 8080, 9000] } as const;
    expect(textOf({ tunnel: tunnelOf({ app }) })).toContain(
      "Your app: nothing answers at http://localhost:8000. Start it, or press p to switch: I can see 3000, 5173, 8080. Until then, senders get 502.",
    );
    expect(textOf({ tunnel: tunnelOf({ app: { ...app, others: [] } }) })).toContain("Start it, or press p for another port.");
    expect(textOf({ tunnel: tunnelOf({ app }) }, 100, 30, lookOf({ colour: false }, { port: "" }))).toContain("Start it. Until then");
  });

  it("says what senders get while the relay is away", () => {
    const link = { state: "reconnecting", attempt: 2, retryMs: 1_000, reason: "DNS failed", at: 0 } as const;
    expect(textOf({ tunnel: tunnelOf({ link }) })).toContain(
      "No connection to devhook.example (DNS failed). Until it is back, senders get 503; ^r tries now.",
    );
    expect(textOf({ tunnel: tunnelOf({ link: { ...link, state: "offline" } }) })).toContain("Offline (DNS failed): senders get 503");
    expect(textOf({ tunnel: tunnelOf({ url: undefined, link: { ...link, state: "starting", reason: "" } }) })).toMatch(
      /1 Press t to send yourself .*Connecting to devhook.example/,
    );
  });

  it("asks for a secret as long as there is none", () => {
    expect(textOf({ hasSecrets: false })).toContain("press s to add a secret");
    expect(textOf({})).not.toContain("secret");
    expect(textOf({ hasSecrets: false }, 100, 30, lookOf({ colour: false }, { secrets: "S" }))).toContain("press S to add a secret");
  });
});
