import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shown, shownLines, styles, view } from "./shown.ts";

const JSON_TYPE = "application/json";
const ORDER = '{"id":12345678901234567890,"price":142.50,"items":[{"sku":"a","tags":[]},{}],"note":"gr\\u00fc\\n","last":[1,[2,[null]]]}';

/** Places of all that can be folded, in order. */
function folds(body: ReturnType<typeof view>): readonly number[] {
  return body.lines(0, 1_000_000, { width: 1 }).flatMap(({ fold }) => fold ?? []);
}

describe("a JSON body", () => {
  it("stands with each member and item on its line, every token as it was written", () => {
    const body = view(JSON_TYPE, ORDER);
    expect([body.kind, body.facts, body.notes]).toEqual(["json", ["application/json", "119B", "utf-8"], []]);
    expect(shown(body)).toBe(
      [
        "{",
        '  "id": 12345678901234567890,',
        '  "price": 142.50,',
        '  "items": [',
        "    {",
        '      "sku": "a",',
        '      "tags": []',
        "    },",
        "    {}",
        "  ],",
        '  "note": "gr\\u00fc\\n",',
        '  "last": [',
        "    1,",
        "    [",
        "      2,",
        "      [",
        "        null",
        "      ]",
        "    ]",
        "  ]",
        "}",
      ].join("\n"),
    );
    expect(body.total()).toBe(21);
    expect(styles(body, 1)).toEqual(["plain:  ", 'key:"id"', "punctuation:: ", "number:12345678901234567890", "punctuation:,"]);
    expect(styles(body, 16)).toEqual(["plain:        ", "literal:null"]);
  });

  it("prints any JSON so that JSON.parse reads the same, numbers and order untouched", () => {
    const texts = fc.tuple(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, "\t", "\n \r"));
    fc.assert(
      fc.property(texts, ([value, space]) => {
        const text = JSON.stringify(value, undefined, space);
        const body = view(JSON_TYPE, text);
        expect(body.kind).toBe("json");
        const lines = shownLines(body);
        // most escapes of what cannot be shown are JSON escapes too
        fc.pre(!/\\x|\\u\{/.test(lines.join("")));
        expect(JSON.parse(lines.join("\n"))).toEqual(JSON.parse(text));
        expect(body.total()).toBe(lines.length);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps the digits of every number", () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(fc.array(digits, { minLength: 1 }), (numbers) => {
        const lines = shownLines(view(JSON_TYPE, `[${numbers.join(" , ")}]`));
        expect(lines.slice(1, -1)).toEqual(numbers.map((number, i) => `  ${number}${i < numbers.length - 1 ? "," : ""}`));
      }),
    );
  });

  it("takes what JSON.parse takes, and nothing else", () => {
    const pieces = fc.constantFrom(
      '"a"',
      '"\\u00e4"',
      '"\\x"',
      '"\n"',
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      "1",
      "-",
      "01",
      "1.",
      ".5",
      "1e",
      "1e5",
      "true",
      "nul",
      " ",
      '"',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (tokens) => {
        const text = tokens.join("");
        fc.pre(text.length > 0);
        expect(view(JSON_TYPE, text).kind).toBe(isJson(text) ? "json" : "text");
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ["[1,2,]", "expected a value at line 1, column 6"],
    ['{"a":1,\n "b" 2}', "expected “:” at line 2, column 6"],
    ["{'a':1}", "expected a name in quotes at line 1, column 2"],
    ['{"a":[1}', "expected “,” or “]” at line 1, column 8"],
    ['{"a":1}\n{"b":2}', "expected nothing more at line 2, column 1"],
    ['{"a":', "expected a value at the end"],
    ['["a\\x"]', "expected the rest of a string: no control characters, only known escapes, a quote at its end at line 1, column 4"],
    ["\ufeff\ufeff{}", "expected a value at line 1, column 1"],
  ])("is text with the place of the fault where it is none: %j", (text, fault) => {
    const body = view(JSON_TYPE, text);
    expect([body.kind, body.notes]).toEqual(["text", [`not JSON: ${fault}`]]);
  });

  it("is recognised without a type, and says nothing where it is none after all", () => {
    expect(["text/plain", "application/octet-stream", undefined].map((type) => view(type, ' {"a":1}').kind)).toEqual([
      "json",
      "json",
      "json",
    ]);
    expect(view("text/html", "[]").kind).toBe("text");
    expect(view("application/vnd.api+json; charset=utf-8", "1").kind).toBe("json");
    expect(view(undefined, '{"a":1}\n{"b":2}')).toMatchObject({ kind: "text", notes: [] });
  });

  it("is shown as far as it came when its end is missing", () => {
    const whole = shownLines(view(JSON_TYPE, ORDER));
    for (let end = 1; end < ORDER.length; end++) {
      const body = view(JSON_TYPE, ORDER.slice(0, end), { truncated: true });
      expect([end, body.kind]).toEqual([end, "json"]);
      const lines = shownLines(body);
      expect([end, body.total(), lines.at(-1)?.endsWith("…")]).toEqual([end, lines.length, true]);
      // whether the container before the end is an empty one, nobody knows
      expect(lines.slice(0, -2)).toEqual(whole.slice(0, Math.max(lines.length - 2, 0)));
    }
    expect(view(JSON_TYPE, '{"a":1}}', { truncated: true }).kind).toBe("text");
  });

  it("shows a window as it shows the whole", () => {
    const text = JSON.stringify(Array.from({ length: 300 }, (_, i) => ({ i, list: [i, { i }] })));
    const body = view(JSON_TYPE, text);
    const all = shownLines(body);
    for (const from of [0, 1, 126, 127, 128, 129, 255, 256, 1000, all.length - 1, all.length, all.length + 5]) {
      expect(shownLines(body, {}, from, 7)).toEqual(all.slice(from, from + 7));
    }
  });

  it("folds objects and arrays, and counts what they hold", () => {
    const body = view(JSON_TYPE, ORDER);
    const [root = -1, items = -1, first = -1, last = -1] = folds(body);
    expect(shown(body, { folded: new Set([root]) })).toBe("{…} 5 keys");
    const folded = new Set([items, first, last]);
    expect(shownLines(body, { folded })).toEqual([
      "{",
      '  "id": 12345678901234567890,',
      '  "price": 142.50,',
      '  "items": […], 2 items',
      '  "note": "gr\\u00fc\\n",',
      '  "last": […] 2 items',
      "}",
    ]);
    expect(body.total(folded)).toBe(7);
    expect(shown(body, { folded: new Set([first]) })).toContain("\n    {…}, 2 keys\n    {}\n");
    expect(body.lines(3, 1, { width: 99, folded })[0]?.fold).toBe(items);
    // places of nothing, and of something that cannot be folded
    expect(body.total(new Set([1, 7, 10_000, -1, ORDER.indexOf("[]"), ORDER.indexOf("{}")]))).toBe(21);
  });

  it("shows any window under any folds as it shows the whole under them", () => {
    const text = JSON.stringify(Array.from({ length: 30 }, (_, i) => ({ i, list: [i, { i, deep: [[i]] }] })));
    const body = view(JSON_TYPE, text);
    const all = folds(body);
    fc.assert(
      fc.property(fc.subarray([...all]), fc.nat(350), fc.integer({ min: 1, max: 40 }), (places, from, count) => {
        const folded = new Set(places);
        const whole = shownLines(body, { folded });
        expect(body.total(folded)).toBe(whole.length);
        expect(shownLines(body, { folded }, from, count)).toEqual(whole.slice(from, from + count));
        // every fold that shows is on the line that lineOf names
        const shownFolds = body
          .lines(from, count, { width: 1, folded })
          .flatMap(({ fold }, i) => (fold === undefined ? [] : [[fold, from + i]]));
        expect(shownFolds.map(([fold = -1]) => [fold, body.lineOf(fold, folded)])).toEqual(shownFolds);
      }),
      { numRuns: 30 },
    );
  });

  it("finds text, and the line that shows it, folded or not", () => {
    const body = view(JSON_TYPE, ORDER);
    const [match] = body.find('"TAGS"', 0, 10);
    expect(match).toEqual({ place: ORDER.indexOf('"tags"'), length: 6 });
    expect(body.lineOf(match?.place ?? 0)).toBe(6);
    const [, items = -1] = folds(body);
    expect(body.lineOf(match?.place ?? 0, new Set([items]))).toBe(3);
    expect(body.lineOf(ORDER.indexOf('"last"'), new Set([items]))).toBe(5);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
