import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JsonNode, nodeAt, readJson, scalarOf, stringOf, withMember, withoutMember } from "../../../shared/signatures/json-text.ts";
import { CHARACTER } from "../../rig/character.ts";

/** The value of a node, made without JSON.parse of the whole. */
function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case "string":
      return stringOf(node.token);
    case "number":
      return Number(node.token);
    case "literal":
      return { true: true, false: false, null: null }[node.token];
    case "array":
      return node.items.map(valueOf);
    case "object":
      // as JSON.parse: own members also for names like __proto__
      return Object.fromEntries(node.members.map(({ name, value }) => [name, valueOf(value)]));
  }
}

type Reading = { readonly value: unknown } | "no JSON";

function ours(bytes: Buffer): Reading {
  const json = readJson(bytes);
  return json === undefined ? "no JSON" : { value: valueOf(json.root) };
}

function theirs(bytes: Buffer): Reading {
  try {
    return { value: JSON.parse(bytes.toString("utf8")) as unknown };
  } catch {
    return "no JSON";
  }
}

const NOTHING: JsonNode = { kind: "literal", token: "null", start: 0, end: 0 };

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function backwards(text: string): string {
  return text.split("").reverse().join("");
}

/** Texts that readers of JSON have disagreed about. */
const NASTY = [
  "",
  " ",
  "\t\n\r",
  "{}",
  "[]",
  " [ ] ",
  "null",
  "true",
  "false",
  "nul",
  "truetrue",
  "True",
  "NaN",
  "Infinity",
  "-Infinity",
  "undefined",
  "0",
  "-0",
  "-0.0",
  "01",
  "-01",
  "00",
  "+1",
  "1.",
  ".5",
  "1.e5",
  "1e5",
  "1E+5",
  "1e-5",
  "1e",
  "1e+",
  "1e400",
  "-1e400",
  "1e-400",
  "--1",
  "- 1",
  "12345678901234567890",
  "0.1000",
  "1_000",
  "0x10",
  "1,",
  "1 2",
  "１",
  "[1,]",
  "[,1]",
  "[1 2]",
  "[1,,2]",
  "[",
  "]",
  "[[",
  "[]]",
  "[1",
  '["a":1]',
  "{,}",
  '{"a":1,}',
  '{"a"}',
  '{"a":}',
  "{a:1}",
  "{'a':1}",
  "{1:2}",
  '{"a":1 "b":2}',
  '{"a":1,"a":2}',
  '{"a":{"b":1},"a":{}}',
  '{"__proto__":1}',
  '{"constructor":{"prototype":2}}',
  '{"":1}',
  '{"a.b":1}',
  '{"2":1,"1":2}',
  '"',
  '""',
  '"a',
  "'a'",
  '"\\"',
  '"\\\\"',
  '"\\"\\/\\b\\f\\n\\r\\t"',
  '"\\a"',
  '"\\u"',
  '"\\u12"',
  '"\\u00e9"',
  '"\\U00e9"',
  '"\\u{41}"',
  '"\\x41"',
  '"\\\n"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud83d\\ude00"',
  '"\\u0000"',
  '"\u0000"',
  '"\u001f"',
  '"\n"',
  '"\t"',
  '"\u007f"',
  '"\u2028"',
  '"é"',
  '"😀"',
  "\ufeff{}",
  "{}\ufeff",
  "\u00a0{}",
  "{}\u00a0",
  "\v{}",
  "\f1",
  "{}\u0000",
  "\u0000",
  "// a\n1",
  "/* a */1",
  "#1",
  "1;",
  "{}{}",
  "{}\n{}",
].map((text) => Buffer.from(text));

const NO_UTF8 = [
  "22ff22",
  "22c322",
  "22c0af22",
  "22eda08022",
  "22f4908080 22",
  "ff",
  "feff007b007d",
  "7b22ff223a317d",
  "22e282",
  "5bc3a95d",
].map((hex) => Buffer.from(hex.replaceAll(" ", ""), "hex"));

const DAMAGE = '{ } [ ] " , : \\ 0 - 1 . e E + n t u \n \u0000 é \ufeff'.split(" ").concat(" ");

describe("readJson", () => {
  it.each([...NASTY, ...NO_UTF8].map((bytes) => ({ text: JSON.stringify(bytes.toString("latin1")), bytes })))(
    "reads $text as JSON.parse does",
    ({ bytes }) => {
      expect(ours(bytes)).toEqual(theirs(bytes));
    },
  );

  it("reads as JSON.parse does whatever JSON.stringify writes", () => {
    const written = fc
      .tuple(fc.jsonValue({ stringUnit: CHARACTER }), fc.constantFrom("", " ", "\t", "\r\n"))
      .map(([value, space]) => JSON.stringify(value, null, space));
    fc.assert(
      fc.property(written, (text) => {
        expect(ours(Buffer.from(text))).toEqual(theirs(Buffer.from(text)));
      }),
      { numRuns: 200 },
    );
  });

  it("refuses what JSON.parse refuses, however JSON is damaged", () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.nat(), fc.string({ unit: fc.constantFrom(...DAMAGE), maxLength: 3 }))
      .map(([text, at, length, put]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + (length % 3));
      });
    fc.assert(
      fc.property(damaged, (text) => {
        expect(ours(Buffer.from(text))).toEqual(theirs(Buffer.from(text)));
      }),
      { numRuns: 250 },
    );
  });

  it("takes any bytes without an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(ours(Buffer.from(bytes)) === "no JSON").toBe(theirs(Buffer.from(bytes)) === "no JSON");
      }),
      { numRuns: 200 },
    );
  });

  it("reads 500 levels and no more", () => {
    const nested = (levels: number, open: string, close: string): Buffer => Buffer.from(open.repeat(levels) + "1" + close.repeat(levels));
    expect(readJson(nested(500, "[", "]"))).toBeDefined();
    expect(readJson(nested(501, "[", "]"))).toBeUndefined();
    expect(readJson(nested(500, '{"a":', "}"))).toBeDefined();
    expect(readJson(nested(501, '{"a":', "}"))).toBeUndefined();
  });

  it("reads no more than a million values", () => {
    expect(readJson(Buffer.from(`[${"0,".repeat(999_999)}0]`))).toBeUndefined();
  });

  // none of these may take more than one look at each byte: with two nested loops over a megabyte this file would not end
  it.each([
    ["one long string", Buffer.from(`"${"a".repeat(1_000_000)}"`), true],
    ["one long string of escapes", Buffer.from(`"${"\\n".repeat(500_000)}"`), true],
    ["a string without an end", Buffer.from(`"${"a".repeat(1_000_000)}`), false],
    ["escapes without an end", Buffer.from(`"${'\\"'.repeat(500_000)}`), false],
    ["open brackets", Buffer.alloc(500_000, "["), false],
    ["open braces", Buffer.alloc(500_000, '{"a":'), false],
    ["pairs of brackets", Buffer.from(`[${"[],".repeat(200_000)}[]]`), true],
    ["white space", Buffer.alloc(1_000_000, " "), false],
    ["white space around everything", Buffer.from(`[${" 1 ,".repeat(100_000)} 1 ]`), true],
    ["one long number", Buffer.alloc(1_000_000, "9"), true],
    ["a number that goes wrong at its end", Buffer.from(`${"9".repeat(1_000_000)}.`), false],
    ["the same name again and again", Buffer.from(`{${'"a":1,'.repeat(100_000)}"a":2}`), true],
    ["zeros", Buffer.alloc(1_000_000), false],
  ])("ends on %s", (_, bytes, isJson) => {
    expect(readJson(bytes) !== undefined).toBe(isJson);
  });

  it("remembers where each value stands", () => {
    const text = ' { "a" : [ 1 , -2.50e+1 , "é\\n" ] , "b":{ } , "c":null } ';
    const json = readJson(Buffer.from(text));
    const written = (path: string): string | undefined => {
      const node = json === undefined ? undefined : nodeAt(json.root, path);
      return node === undefined ? undefined : Buffer.from(json?.text.slice(node.start, node.end) ?? "", "latin1").toString();
    };
    expect(["", "a", "a.0", "a.1", "a.2", "b", "c"].map(written)).toEqual([
      text.trim(),
      '[ 1 , -2.50e+1 , "é\\n" ]',
      "1",
      "-2.50e+1",
      '"é\\n"',
      "{ }",
      "null",
    ]);
  });
});

describe("nodeAt", () => {
  const at = (text: string, path: string): string | undefined => {
    const json = readJson(Buffer.from(text));
    return json === undefined ? undefined : scalarOf(nodeAt(json.root, path));
  };

  it.each([
    ['{"a":{"b":[10,{"c":"x"}]}}', "a.b.1.c", "x"],
    ['{"a":1,"a":2}', "a", "2"],
    ['{"a":{"b":1},"a":{"c":2}}', "a.b", undefined],
    ['{"0":"by name"}', "0", "by name"],
    ['["by index"]', "0", "by index"],
    ["[1,2]", "2", undefined],
    ["[1,2]", "-1", undefined],
    ["[1,2]", "length", undefined],
    ["[1,2]", "1e0", undefined],
    ["[1,2]", "00000000000000000000", undefined],
    ['{"a":1}', "constructor", undefined],
    ['{"a":1}', "__proto__.toString", undefined],
    ['{"a":"text"}', "a.length", undefined],
    ['{"a":"text"}', "a.0", undefined],
    ['{"a":1}', "a.", undefined],
    ['{"":{"":7}}', ".", "7"],
    ['"text"', "", "text"],
    ['{"a":142.50}', "a", "142.50"],
    ['{"a":12345678901234567890}', "a", "12345678901234567890"],
    ['{"a":true}', "a", "true"],
    ['{"a":null}', "a", "null"],
    ['{"a":{}}', "a", undefined],
    ['{"a":[]}', "a", undefined],
    ['{"\\u0061":1}', "a", "1"],
    ['{"é":"ü"}', "é", "ü"],
  ])("in %s finds at %j: %j", (text, path, value) => {
    expect(at(text, path)).toBe(value);
  });
});

describe("withMember", () => {
  const set = (text: string, path: string, value: string): string | undefined => withMember(Buffer.from(text), path, value)?.toString();

  it.each([
    // put in the place of what stands there
    ['{ "a" : 1 , "b":2 }\n', "a", '"x"', '{ "a" : "x" , "b":2 }\n'],
    ['{"a":{"b":[1,2,3]}}', "a.b.1", "null", '{"a":{"b":[1,null,3]}}'],
    ['{"a":1,"a":2}', "a", "3", '{"a":1,"a":3}'],
    ['{"a":{"b":1}}', "a", "0", '{"a":0}'],
    ["[1,2]", "", "{}", "{}"],
    // put behind the last member
    ["{}", "a", "1", '{"a":1}'],
    ["{ }", "a", "1", '{"a":1 }'],
    ['{"b":2}', "a", "1", '{"b":2,"a":1}'],
    ['{\n  "b": 2\n}', "a", "1", '{\n  "b": 2,"a":1\n}'],
    ['{"b":{}}', "b.c.d", "1", '{"b":{"c":{"d":1}}}'],
    ["{}", "a.b.c", '"é"', '{"a":{"b":{"c":"é"}}}'],
    ["{}", 'q"uote', "1", '{"q\\"uote":1}'],
    ["{}", "", "1", "1"],
    ['{"x":1}', ".a", "1", '{"x":1,"":{"a":1}}'],
    ["{}", "é", "1", '{"é":1}'],
    // not possible
    ["[]", "a", "1", undefined],
    ["[1]", "1", "1", undefined],
    ['{"a":"text"}', "a.b", "1", undefined],
    ['{"a":[]}', "a.0", "1", undefined],
    ["1", "a", "1", undefined],
    ["no JSON", "a", "1", undefined],
    ["", "a", "1", undefined],
  ])("%s with %s set to %s", (text, path, value, result) => {
    expect(set(text, path, value)).toBe(result);
  });

  it("leaves every other byte as it is, and can be read where it was put", () => {
    const member = fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.json({ maxDepth: 2, stringUnit: "grapheme-ascii" }));
    const made = fc.tuple(fc.array(member, { maxLength: 4 }), fc.constantFrom("a", "x", "b.c", "x.y.z"), fc.constantFrom("", " ", "\n  "));
    fc.assert(
      fc.property(made, ([members, path, space]) => {
        const text = `{${space}${members.map(([name, value]) => `"${name}"${space}:${value}`).join(`${space},`)}${space}}`;
        const after = set(text, path, '"PUT"');
        if (after === undefined) return;
        const json = readJson(Buffer.from(after));
        const node = json === undefined ? undefined : nodeAt(json.root, path);
        expect(scalarOf(node)).toBe("PUT");
        // of the text before, only what the value replaces may be gone
        const old = nodeAt(readJson(Buffer.from(text))?.root ?? NOTHING, path);
        const prefix = commonLength(text, after);
        const suffix = commonLength(backwards(text), backwards(after));
        expect(prefix + suffix).toBeGreaterThanOrEqual(text.length - (old === undefined ? 0 : old.end - old.start));
      }),
      { numRuns: 100 },
    );
  });

  it("leaves bytes that are no UTF-8 as they are", () => {
    const before = Buffer.from('{"a":"\xff\xc3","b":1}', "latin1");
    expect(withMember(before, "b", "2")?.toString("latin1")).toBe('{"a":"\xff\xc3","b":2}');
  });
});

describe("withoutMember", () => {
  const without = (text: string, name: string): string | undefined => {
    const json = readJson(Buffer.from(text));
    return json === undefined ? undefined : withoutMember(json, name)?.toString();
  };

  it.each([
    ["the first", '{ "a" : 1 , "b" : 2 , "c" : 3 }', "a", '{ "b" : 2 , "c" : 3 }'],
    ["one in the middle", '{ "a" : 1 , "b" : 2 , "c" : 3 }', "b", '{ "a" : 1 , "c" : 3 }'],
    ["the last", '{ "a" : 1 , "b" : 2 , "c" : 3 }', "c", '{ "a" : 1 , "b" : 2 }'],
    ["the only one", '{"a":1}', "a", "{}"],
    ["the only one among blanks", '{\n  "a" : [1, {"a": 2}]\n}\n', "a", "{\n  \n}\n"],
    ["of two the last", '{"a":1,"b":2,"a":3}', "a", '{"a":1,"b":2}'],
    ["one beyond ASCII", '{"é":"ü","b":"ö"}', "é", '{"b":"ö"}'],
    ["none that is not there", '{"a":{"b":1}}', "b", undefined],
    ["none of an array", '["a"]', "0", undefined],
    ["none of a text", '"a"', "a", undefined],
  ])("takes out %s", (_, text, name, result) => {
    expect(without(text, name)).toBe(result);
  });
});
