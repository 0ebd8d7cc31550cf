import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../../../../client/terminal/cut-line.ts";
import type { DetailContent } from "../../../../client/tui/detail/content.ts";
import { type DetailOptions, openDetail } from "../../../../client/tui/detail/open-detail.ts";
import { type PaneDocument, type Tab, TABS } from "../../../../client/tui/model.ts";
import { CHARACTER } from "../../../rig/character.ts";
import { createHeadlessTerminal } from "../../../rig/headless-terminal.ts";
import { hostileIn } from "../../inspect/hostile.ts";
import { asciiLook, attemptOf, checked, contentOf, headOf, ID, look, opened, OPTIONS } from "./made-content.ts";

/** All lines without their styles. */
function textOf(document: PaneDocument): readonly string[] {
  return document.lines(0, document.count).map(withoutStyles);
}

function withoutStyles(line: string): string {
  return line.replaceAll(/\u001b\[[\d;]*m/g, "");
}

function shown(tab: Tab, content: Partial<DetailContent> = {}, options: Partial<DetailOptions> = {}): string {
  return textOf(openDetail(tab, contentOf(content), { ...OPTIONS, ...options })).join("\n");
}

const BYTES = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
const HOSTILE = [
  "\u001b]0;owned\u0007",
  "\u001b]52;c;aGk=\u0007",
  "\u001b[2J\u001b[H\u001b[?1049l\u001b[?25l\u001b[999;999H",
  "\u009d0;owned\u009c\u009b2J",
  "\u001bP+q\u001b\\\u001b_x\u001b\\",
  "\r\n\t\b\u007f",
  "\u202e\u2066\u200b\u2028",
  "\ud800",
  "👩‍👩‍👧 漢字 e\u0301\u0301\u0301\u0301\u0301\u0301",
  BYTES,
];

/** A content with the same text in every place that a sender, an app or a user can fill. */
function filledWith(text: string): DetailContent {
  const headers = ["Content-Type", text, text, text, "X-Webhook-Signature", text];
  const error = { code: text, message: text, hint: text };
  return contentOf({
    head: headOf({
      method: text,
      target: text,
      tunnel: text,
      base: text,
      event: text,
      eventId: text,
      duplicateOf: text,
      headers,
      forwarded: { for: text, proto: "https", host: text },
      attempts: [
        attemptOf({ error, target: text, head: { status: 200, reason: text, headers } }),
        attemptOf({ n: 2, kind: "resend", head: undefined, error }),
        attemptOf({
          n: 3,
          request: { method: text, target: text, headers: [text, text], body: { kept: 1, total: 1, truncated: false } },
          head: { status: 500, reason: text, headers },
        }),
      ],
    }),
    note: text,
    verification: checked({
      reason: { code: "no-match", message: text, hint: text },
      eventType: text,
      eventId: text,
      handshake: text,
      scheme: text,
    }),
    request: opened(text, "text/plain"),
    answer: opened(JSON.stringify({ [text]: text })),
    sent: opened(text, "text/plain"),
    secrets: [{ origin: text, length: 40, ends: text }],
  });
}

describe("a tab of the detail", () => {
  const anyText = fc
    .array(
      fc.oneof(fc.string({ unit: CHARACTER, maxLength: 12 }), fc.string({ unit: "grapheme", maxLength: 12 }), fc.constantFrom(...HOSTILE)),
      {
        maxLength: 6,
      },
    )
    .map((texts) => texts.join(""));

  it.each(TABS)("has no line wider than it may be, and nothing in it that a terminal acts on: %s", (tab) => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 130 }), fc.boolean(), fc.boolean(), (text, columns, wrap, ascii) => {
        const theLook = ascii ? asciiLook : look;
        const document = openDetail(tab, filledWith(text), { ...OPTIONS, columns, wrap, look: theLook });
        const lines = document.lines(0, document.count);
        expect(lines.length).toBe(document.count);
        for (const line of [document.title, ...lines]) {
          expect(cellsOf(line)).toBeLessThanOrEqual(columns);
          expect(hostileIn(withoutStyles(line))).toEqual([]);
        }
        expect(ascii && /[^ -~]/.test(lines.map(withoutStyles).join(""))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it.each(TABS)("gives the same lines in any window: %s", (tab) => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 60 }), fc.boolean(), fc.nat(40), fc.nat(10), (text, columns, wrap, from, count) => {
        const document = openDetail(tab, filledWith(text), { ...OPTIONS, columns, wrap });
        expect(document.lines(from, count)).toEqual(document.lines(0, document.count).slice(from, from + count));
      }),
      { numRuns: 30 },
    );
  });

  it("leaves title, cursor and modes of the terminal alone, whatever stands in it", async () => {
    const columns = 60;
    const { terminal, write, rows } = createHeadlessTerminal(columns, 4);
    const changes: string[] = [];
    terminal.onTitleChange((title) => changes.push(title));
    terminal.onBell(() => changes.push("bell"));
    const before = JSON.stringify(terminal.modes);
    for (const text of HOSTILE) {
      for (const tab of TABS) {
        for (const wrap of [false, true]) {
          const document = openDetail(tab, filledWith(text), { ...OPTIONS, columns: columns - 1, wrap });
          for (const line of document.lines(0, document.count)) {
            await write(`\u001b[2J\u001b[2;1H${line}`);
            expect([terminal.buffer.active.cursorY, terminal.buffer.active.type]).toEqual([1, "normal"]);
            expect([rows()[0], rows()[2]]).toEqual(["", ""]);
          }
        }
      }
    }
    expect([changes, JSON.stringify(terminal.modes)]).toEqual([[], before]);
    terminal.dispose();
  });
});

describe("the summary", () => {
  it("says what arrived, what became of it, and how to see more", () => {
    const text = shown("summary");
    expect(text).toContain(" POST /webhooks/upmoltwork?src=live");
    expect(text).toMatch(/received +2026-11-21 14:02:31\.482/);
    expect(text).toMatch(/from +203\.0\.113\.7, by https/);
    expect(text).toMatch(/event id +evt_1/);
    expect(text).toMatch(/your app +! 401 Unauthorized in 4 ms\n +UpMoltWork waits 10 s/);
    expect(text).toMatch(/signature +✗ BAD SIGNATURE: The signature is of other bytes · 5 shows more/);
    expect(text).toContain(`devhook show ${ID.slice(0, 18)}`);
  });

  it("says how much of the sender's time the app took", () => {
    const took = (total: number): string => shown("summary", { head: headOf({ attempts: [attemptOf({ timings: { total } })] }) });
    expect(took(8_204)).toContain("82 % of the 10 s that UpMoltWork waits");
    expect(took(9_999)).toContain("99 % of the 10 s");
    expect(took(10_000)).toContain("too late: UpMoltWork waits 10 s");
  });

  it("says what repeats, what is held, pinned and noted", () => {
    const head = headOf({ duplicateOf: "0193-first", held: true, owed: true, pinned: true, attempts: [], complete: false });
    const text = shown("summary", {
      head,
      note: "look at this",
      verification: checked({ duplicate: { of: "0193-first", sameBytes: false } }),
    });
    expect(text).toMatch(/repeats +0193-first, ! with other bytes/);
    expect(text).toMatch(/your app +… held: your app gets it later/);
    expect(text).toMatch(/marks +held by devhook · still owed to your app · pinned/);
    expect(text).toMatch(/note +look at this/);
    expect(text).toMatch(/size +81B, not whole/);
  });

  it("makes do without anything that is not known", () => {
    const text = shown("summary", {
      head: headOf({ provider: undefined, event: undefined, eventId: undefined, attempts: [], state: "interrupted" }),
      provider: undefined,
      verification: undefined,
      secrets: undefined,
    });
    expect(text).toContain("NO SIGNATURE CHECKED");
    expect(text).toContain("devhook ended before your app had answered");
    expect(text).not.toMatch(/undefined|null/);
  });
});

describe("the headers", () => {
  it("stand in the order received, those of the scheme with a word that no long value pushes out", () => {
    expect(shown("headers").split("\n")).toEqual([
      " Host: kq3v.devhook.example",
      " Content-Type: application/json",
      " X-Webhook-Signature: sha256=a1b2c3d4  → signature",
      " X-Twice: 1",
      " x-twice: 2",
    ]);
    const head = headOf({ headers: ["x-webhook-signature", "f".repeat(500)] });
    expect(shown("headers", { head }, { columns: 50 })).toBe(` x-webhook-signature: ${"f".repeat(14)}…  → signature`);
    const wrapped = shown("headers", { head }, { columns: 50, wrap: true });
    expect(wrapped.replaceAll(/\s/g, "")).toBe(`x-webhook-signature:${"f".repeat(500)}→signature`);
  });

  it("may be none at all", () => {
    expect(shown("headers", { head: headOf({ headers: [] }) })).toBe(" none");
  });
});

describe("the body", () => {
  it("has its type, size and charset above, and what is wrong with it before its lines", () => {
    const document = openDetail("body", contentOf({ request: opened('{"a":1') }), OPTIONS);
    expect(document.title).toBe("application/json · 6B · utf-8");
    expect(textOf(document)).toEqual([" ! not JSON: expected “,” or “}” at the end", '{"a":1']);
  });

  it("says in which mode it is shown, that there is none, that it is read, and why it cannot be", () => {
    expect(openDetail("body", contentOf(), { ...OPTIONS, mode: "raw" }).title).toMatch(/· as it is written$/);
    expect(openDetail("body", contentOf(), { ...OPTIONS, mode: "bytes" }).title).toMatch(/· its bytes$/);
    expect(shown("body", { request: opened("") })).toBe(" no body");
    expect(shown("body", { request: { state: "loading" } })).toBe(" … the body is being read");
    expect(shown("body", { request: { state: "fault", text: "it has been removed meanwhile" } })).toBe(" ✗ it has been removed meanwhile");
  });

  it("shows bytes with their text beside them where the detail is narrow", () => {
    const request = opened(Buffer.from([0xff, ...Buffer.from("webhook and more")]), "application/octet-stream");
    for (const wrap of [false, true]) {
      expect(shown("body", { request }, { columns: 61, wrap }).split("\n")).toEqual([
        "00000000  ff 77 65 62 68 6f 6f 6b  .webhook",
        "00000008  20 61 6e 64 20 6d 6f 72   and mor",
        "00000010  65                       e",
      ]);
    }
  });

  it("folds what foldOf names, in wrapped lines too", () => {
    for (const wrap of [false, true]) {
      const content = contentOf({ request: opened(JSON.stringify({ long: "x".repeat(100), of: { a: 1, b: 2, c: 3 } })) });
      const options = { ...OPTIONS, columns: 40, wrap };
      const document = openDetail("body", content, options);
      const line = textOf(document).findIndex((text) => text.includes('"of": {'));
      const place = document.foldOf(line);
      expect(place).toBeTypeOf("number");
      expect(document.foldOf(line + 1)).toBeUndefined();
      const folded = openDetail("body", content, { ...options, folded: new Set([place ?? -1]) });
      expect(textOf(folded)[line]).toBe('  "of": {…} 3 keys');
      expect(folded.count).toBe(document.count - 4);
    }
  });

  it("shows each character once when it is wrapped", () => {
    const piece = fc.constantFrom("abc ", "漢字", "😀", "é", "\u0001", "\u202e", "“", "💩漢", "🇩🇪", "e\u0301");
    const line = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), fc.integer({ min: 4, max: 50 }), (lines, columns) => {
        const content = contentOf({ request: opened(lines.join("\n"), "text/plain") });
        fc.pre(lines.join("\n").trim() !== "");
        const whole = textOf(openDetail("body", content, { ...OPTIONS, columns: 10_000 })).join("");
        const wrapped = openDetail("body", content, { ...OPTIONS, columns, wrap: true });
        // a mark that comes to stand at the beginning of a row has no letter there
        const plain = (text: string): string => text.replaceAll(/[\u0301·]/g, "");
        expect(plain(textOf(wrapped).join(""))).toBe(plain(whole));
        const rowByRow = Array.from({ length: wrapped.count }, (_, row) => wrapped.lines(row, 1).map(withoutStyles).join(""));
        expect(plain(rowByRow.join(""))).toBe(plain(whole));
      }),
      { numRuns: 500 },
    );
  });

  it("is not wrapped beyond ten thousand lines, and says so", () => {
    const body = opened(`${"a\n".repeat(10_000)}${"b".repeat(100)}\n`, "text/plain");
    const document = openDetail("body", contentOf({ request: body }), { ...OPTIONS, columns: 40, wrap: true });
    expect([document.count, document.title]).toEqual([10_001, "text/plain · 19.6kB · utf-8 · wrapped u…"]);
    expect(document.lines(10_000, 1).map(withoutStyles)).toEqual([`${"b".repeat(39)}…`]);
    expect(document.find("B", 5)).toEqual([10_000]);
    const fewer = openDetail("body", contentOf({ request: opened(`${"a\n".repeat(9_999)}${"b".repeat(100)}\n`, "text/plain") }), {
      ...OPTIONS,
      columns: 40,
      wrap: true,
    });
    expect([fewer.count, fewer.find("B", 5)]).toEqual([10_002, [9_999, 10_000, 10_001]]);
  });
});

describe("the response", () => {
  it("has status, time, headers and body of the newest attempt, or of another", () => {
    expect(shown("response").split("\n")).toEqual([
      " ! 401 Unauthorized in 4 ms",
      "   sender      UpMoltWork waits 10 s",
      "",
      " Content-Type: application/json",
      "",
      "{",
      '  "error": "bad signature"',
      "}",
    ]);
    const attempts = [attemptOf(), attemptOf({ n: 2, kind: "resend", head: { status: 200, reason: "", headers: [] } })];
    const content = contentOf({ head: headOf({ attempts }) });
    expect(openDetail("response", content, OPTIONS).title).toBe("try 2 of 2 · application/json · 25B · utf-8");
    expect(textOf(openDetail("response", content, OPTIONS))[0]).toBe(" ✓ 200 in 4 ms");
    expect(textOf(openDetail("response", content, { ...OPTIONS, attempt: 1 }))[0]).toBe(" ! 401 Unauthorized in 4 ms");
  });

  const resent = headOf({
    attempts: [
      attemptOf(),
      attemptOf({
        n: 2,
        kind: "resend",
        request: {
          method: "PUT",
          target: "/other",
          headers: [...headOf().headers.slice(0, 5), "sha256=ffff", "X-More", "1"],
          body: { kept: 7, total: 7, truncated: false },
        },
      }),
    ],
  });

  it("has the request as it was sent, where it is not what was received", () => {
    const answer = opened('{"a":{"b":1}}');
    const content = contentOf({ head: resent, answer, sent: opened('{"c":{"d":2}}'), sameBodies: new Map([[2, false]]) });
    const document = openDetail("response", content, OPTIONS);
    const lines = textOf(document);
    expect(lines).toContain(" ~ sent with changes: method PUT; target /other; headers x-webhook-signature,");
    expect(lines.slice(lines.indexOf(" ── the request as it was sent ──"))).toEqual([
      " ── the request as it was sent ──",
      " PUT /other",
      " - X-Webhook-Signature: sha256=a1b2c3d4",
      " + X-Webhook-Signature: sha256=ffff",
      " - X-Twice: 1",
      " - x-twice: 2",
      " + X-More: 1",
      "",
      " application/json · 13B · utf-8",
      "{",
      '  "c": {',
      '    "d": 2',
      "  }",
      "}",
    ]);
    expect(openDetail("response", content, { ...OPTIONS, attempt: 1 }).find("as it was sent", 9)).toEqual([]);
    expect(shown("response", { head: resent, sent: undefined, sameBodies: new Map([[2, true]]) })).toMatch(
      /its body is the one that was received$/,
    );
  });

  it("folds the body of the answer and the one that was sent each for itself", () => {
    const content = contentOf({ head: resent, answer: opened('{"a":{"b":1}}'), sent: opened('{"c":{"d":2}}') });
    const document = openDetail("response", content, OPTIONS);
    const lines = textOf(document);
    const folded = (opening: string): string => {
      const place = document.foldOf(lines.findIndex((text) => text.includes(opening)));
      expect(place).toBeTypeOf("number");
      return textOf(openDetail("response", content, { ...OPTIONS, folded: new Set([place ?? -1]) })).join("\n");
    };
    expect(folded('"a": {')).toMatch(/"a": \{…\} 1 key[^]*"c": \{\n/);
    expect(folded('"c": {')).toMatch(/"a": \{\n[^]*"c": \{…\} 1 key/);
  });

  it("says why there is none, and what to do", () => {
    const error = { code: "app-refused", message: "nothing listens on 8000", hint: "start your app" };
    const text = shown("response", { head: headOf({ attempts: [attemptOf({ head: undefined, error, timings: { total: 1 } })] }) });
    expect(text).toContain("✗ no answer in 1 ms: nothing listens on 8000");
    expect(text).toMatch(/hint +start your app/);
    expect(shown("response", { head: headOf({ attempts: [], held: true }) })).toBe(" held: your app gets it later");
    expect(shown("response", { head: headOf({ attempts: [] }) })).toBe(" your app has not been called yet");
    expect(shown("response", { head: headOf({ attempts: [attemptOf({ head: undefined, timings: undefined })] }) })).toContain(
      "… no answer yet",
    );
  });
});

describe("the signature", () => {
  it("says the verdict, why, what mends it and what was checked", () => {
    const text = shown("signature");
    expect(text.split("\n")[0]).toBe(" ✗ BAD SIGNATURE  UpMoltWork · HMAC-SHA256");
    expect(text).toMatch(/why +The signature is of other bytes/);
    expect(text).toMatch(/hint +sign the bytes that are sent/);
    expect(text).toMatch(/reason +body-reserialised/);
    expect(text).toMatch(/scheme +UpMoltWork \(upmoltwork\), scheme header/);
    expect(text).toMatch(/received +sha256=a1b2c3d4 {2}header X-Webhook-Signature/);
    expect(text).toMatch(/secret +40 characters, ends in 9f3c, from secrets\.json/);
    expect(text).toMatch(/time +not covered: a copy can be sent again at any time/);
    expect(text).toContain("R signs it anew");
    expect(text).toContain("your app: ! 401 Unauthorized in 4 ms");
  });

  it.each([
    [checked({ verdict: "valid", signature: "ok", reason: null, secretIndex: 0 }), "✓ SIGNATURE OK"],
    [checked({ reason: { code: "stale", message: "m", hint: "h" } }), "! SIGNATURE TOO OLD"],
    [checked({ reason: { code: "future", message: "m", hint: "h" } }), "! SIGNATURE OF A TIME TO COME"],
    [checked({ reason: { code: "signature-missing", message: "m", hint: "h" } }), "✗ SIGNATURE MISSING"],
    [checked({ reason: { code: "signature-malformed", message: "m", hint: "h" } }), "✗ MALFORMED SIGNATURE"],
    [checked({ verdict: "no-secret", reason: { code: "no-secret", message: "m", hint: "h" } }), "? NOT CHECKED: NO SECRET"],
    [checked({ verdict: "unsigned", reason: { code: "unsigned-provider", message: "m", hint: "h" } }), "– NOT SIGNED"],
    [checked({ verdict: "unknown-scheme", reason: { code: "no-scheme", message: "m", hint: "h" } }), "? NOT CHECKED: UNKNOWN SCHEME"],
    [undefined, "– NO SIGNATURE CHECKED"],
  ])("has a sign and a word for each verdict: %#", (verification, verdict) => {
    expect(shown("signature", { verification })).toContain(verdict);
  });

  it("never shows a secret that stands where a signature should", () => {
    const head = headOf({ headers: ["X-Webhook-Signature", "made-up-secret-of-a-user-1234"] });
    const verification = checked({ reason: { code: "secret-sent", message: "m", hint: "h" } });
    const text = shown("signature", { head, verification });
    expect(text).not.toContain("made-up-secret");
    expect(text).toMatch(/received +29 characters, ends in 1234/);
  });

  it("says where the secret is to be found when none is known", () => {
    const text = shown("signature", {
      secrets: [],
      verification: checked({ verdict: "no-secret", reason: { code: "no-secret", message: "m", hint: "h" } }),
    });
    expect(text).toMatch(/secret +\? none is known; UpMoltWork calls it webhook_secret/);
    expect(text).toContain("s adds or changes the secret");
  });
});

describe("the tries", () => {
  it("stand one below the other with what became of them", () => {
    const error = { code: "app-refused", message: "nothing listens on 8000", hint: "start your app" };
    const request = {
      method: "POST",
      target: "/webhooks/upmoltwork?src=live",
      headers: [...headOf().headers.slice(0, 5), "sha256=ffff", ...headOf().headers.slice(6), "X-More", "1"],
      body: { kept: 90, total: 90, truncated: false },
    };
    const attempts = [
      attemptOf({ head: undefined, error, timings: { total: 1 } }),
      attemptOf({ n: 2, kind: "resend", request, head: { status: 200, reason: "OK", headers: [] }, late: true }),
      attemptOf({ n: 3, kind: "trigger", head: undefined, timings: undefined }),
    ];
    const changes = new Map([[2, "fixed" as const]]);
    expect(shown("tries", { head: headOf({ attempts }), changes }, { columns: 100 }).split("\n")).toEqual([
      "   n  time      how      code         ms",
      "   1  14:02:31  live     ERR        1 ms  UpMoltWork waits 10 s",
      "      ✗ app-refused: nothing listens on 8000 · start your app",
      "   2  14:02:31  resend   200        4 ms  ✓ fixed  after the sender had been answered",
      "      ~ sent with changes: headers x-webhook-signature, +X-More; body 81B to 90B",
      "   3  14:02:31  test     …              ",
    ]);
  });

  it("tell another body of the same size from the one that was received", () => {
    const { method, target, headers, body } = headOf();
    const head = headOf({ attempts: [attemptOf({ kind: "resend", request: { method, target, headers: [...headers, "A", "1"], body } })] });
    const last = (same: readonly (readonly [number, boolean])[]): string | undefined =>
      shown("tries", { head, sameBodies: new Map(same) })
        .split("\n")
        .at(-1);
    expect(last([])).toBe("      ~ sent with changes: headers +A");
    expect(last([[1, true]])).toBe("      ~ sent with changes: headers +A");
    expect(last([[1, false]])).toBe("      ~ sent with changes: headers +A; another body of the same size");
  });

  it("say which of them each line tells of", () => {
    const error = { code: "app-refused", message: "nothing listens on 8000", hint: "start your app ".repeat(9) };
    const attempts = [attemptOf({ head: undefined, error }), attemptOf({ n: 2 })];
    const document = openDetail("tries", contentOf({ head: headOf({ attempts }) }), OPTIONS);
    expect(document.count).toBeGreaterThan(4);
    const last = document.count - 1;
    expect([0, 1, 2, last - 1, last, last + 1].map((line) => document.attemptAt?.(line))).toEqual([undefined, 1, 1, 1, 2, undefined]);
  });

  it("may be none", () => {
    expect(shown("tries", { head: headOf({ attempts: [] }) })).toBe(" your app has not been called yet");
  });
});

describe("a search in a tab", () => {
  it("finds lines without regard to case, in order, as many as are wanted", () => {
    const document = openDetail("headers", contentOf(), OPTIONS);
    expect([document.find("X-TWICE", 9), document.find("x-twice", 1), document.find("", 9), document.find("nothing", 9)]).toEqual([
      [3, 4],
      [3],
      [],
      [],
    ]);
  });

  it("finds the rows of a wrapped line that a match begins on, and what is cut off of one", () => {
    const body = opened(`${"x".repeat(100)}NEEDLE${"y".repeat(100)}needle`, "text/plain");
    const content = contentOf({ request: body, head: headOf({ headers: ["a", `${"x".repeat(200)}needle`] }) });
    expect(openDetail("body", content, { ...OPTIONS, columns: 50, wrap: true }).find("needle", 9)).toEqual([2, 4]);
    expect(openDetail("body", content, { ...OPTIONS, columns: 50 }).find("needle", 9)).toEqual([0]);
    expect(openDetail("headers", content, { ...OPTIONS, columns: 50 }).find("needle", 9)).toEqual([0]);
    expect(openDetail("headers", content, { ...OPTIONS, columns: 50, wrap: true }).find("needle", 9)).toEqual([4]);
  });

  it("finds each line once, however often it matches, and one that is folded away on the line of its fold", () => {
    const many = JSON.stringify({ first: "a".repeat(30_000), second: ["b", "a"], third: "a" });
    const content = contentOf({ request: opened(many) });
    const document = openDetail("body", content, OPTIONS);
    expect(document.find("a", 99)).toEqual([1, 4, 6]);
    const folded = new Set([document.foldOf(2) ?? -1]);
    expect(openDetail("body", content, { ...OPTIONS, folded }).find("a", 99)).toEqual([1, 2, 3]);
  });

  it("counts the lines above a body", () => {
    expect(openDetail("response", contentOf(), OPTIONS).find("bad signature", 9)).toEqual([6]);
  });
});
