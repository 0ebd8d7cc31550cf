import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bodyOnly,
  bodyWithout,
  JSON_FORMS,
  type JsonForm,
  ONLY_FORMS,
  type OnlyForm,
  rewriteJson,
  WITHOUT_FORMS,
  type WithoutForm,
} from "../../../shared/signatures/json-forms.ts";
import { type JsonText, readJson } from "../../../shared/signatures/json-text.ts";
import { CHARACTER } from "../../rig/character.ts";

function jsonOf(text: string): JsonText {
  const json = readJson(Buffer.from(text));
  if (json === undefined) throw new Error(`no JSON: ${text}`);
  return json;
}

const written = (text: string, form: JsonForm): string | undefined => rewriteJson(jsonOf(text), form)?.toString();

/** Values whose numbers, names and texts are written differently by different programs. */
const TELLING = [
  '{"a":1,"b":[true,false,null],"c":{"d":"e"},"f":[],"g":{}}',
  ' { "b" : 1 ,\n"a" : [ 1 , 2 ] } ',
  "[0,-0,-0.0,0.0,1.0,1.50,142.50,100,1e2,1E+2,1e16,1e15,123456789012345680000.0,1e21,1e22,1.5e300,1e-4,1e-5,0.0001,0.00001,1e-7,5e-324,1e400,-1e400,0.1,2.5e-8]",
  "[9007199254740993,12345678901234567890,-9223372036854775808,999999999999999,1000000000000000,-1,-999999999999999]",
  '["é","ü\\u00fc","😀","\\ud83d\\ude00","\u2028\u2029","\u007f\u0080\u00ad","\\u0000\\u001f\\b\\f\\n\\r\\t","\\/ / \\\\ \\"","<&>\'=+`"]',
  '{"z":1,"a":2,"Z":3,"é":4,"aa":5,"":6,"\\n":7,"a.b":8}',
  '{"10":1,"9":2,"b":3,"1700000000":4,"a":5,"4294967294":6,"4294967295":7,"01":8,"-1":9,"1.5":10}',
  '{"a":1,"b":2,"a":3,"c":{"x":1,"x":2}}',
  '{"__proto__":1,"constructor":2}',
  '"text"',
  "12.0",
  "null",
];

describe.each([
  ["compact", undefined],
  ["pretty-2", 2],
  ["pretty-4", 4],
  ["pretty-tab", "\t"],
] as const)("%s", (form, space) => {
  const expected = (text: string): string => JSON.stringify(JSON.parse(text), null, space);

  it("is what JSON.stringify writes of what JSON.parse reads", () => {
    expect(TELLING.map((text) => written(text, form))).toEqual(TELLING.map(expected));
  });

  it("is that for any value", () => {
    const value = fc.tuple(fc.jsonValue({ stringUnit: CHARACTER }), fc.constantFrom("", " ", "\n\t"));
    fc.assert(
      fc.property(value, ([any, blank]) => {
        const text = JSON.stringify(any, null, blank);
        expect(written(text, form)).toBe(expected(text));
      }),
      { numRuns: 80 },
    );
  });

  it("is that for any name, of digits too", () => {
    const names = fc.array(
      fc.oneof(fc.nat().map(String), fc.constantFrom("a", "é", "-1", "1.0", "007", "4294967294", "4294967295", "99999999999")),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(names, (some) => {
        const text = `{${some.map((name, index) => `"${name}":${index}`).join(",")}}`;
        expect(written(text, form)).toBe(expected(text));
      }),
      { numRuns: 80 },
    );
  });
});

describe("the forms of Python", () => {
  const PROGRAM = [
    "import json, sys",
    "for line in sys.stdin.buffer.read().splitlines():",
    "    value = json.loads(json.loads(line))",
    "    forms = [json.dumps(value), json.dumps(value, separators=(',', ':')), json.dumps(value, ensure_ascii=False),",
    "             json.dumps(value, sort_keys=True), json.dumps(value, sort_keys=True, separators=(',', ':')), repr(value),",
    "             json.dumps(value, separators=(',', ':'), ensure_ascii=False), json.dumps(value, sort_keys=True, ensure_ascii=False),",
    "             json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False),",
    "             json.dumps(value, indent=2), json.dumps(value, indent=2, ensure_ascii=False),",
    "             json.dumps(value, indent=4), json.dumps(value, indent=4, ensure_ascii=False)]",
    // a lone surrogate cannot leave Python as UTF-8
    "    print(json.dumps(forms))",
  ].join("\n");
  const FORMS = [
    "python",
    "python-compact",
    "python-unicode",
    "python-sorted",
    "python-sorted-compact",
    "python-repr",
    "python-compact-unicode",
    "python-sorted-unicode",
    "python-sorted-compact-unicode",
    "python-pretty-2",
    "python-pretty-2-unicode",
    "python-pretty-4",
    "python-pretty-4-unicode",
  ] as const;

  it("are what its json module writes", () => {
    const values = fc.sample(fc.jsonValue({ stringUnit: CHARACTER }), { numRuns: 150, seed: 1 }).map((value) => JSON.stringify(value));
    const doubles = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 150, seed: 2 }).map((value) => `[${value}]`);
    const integers = fc
      .sample(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), { numRuns: 20, seed: 3 })
      .map((value) => `{"n":${value}}`);
    const texts = [
      ...TELLING,
      ...values,
      ...doubles,
      ...integers,
      '["it\'s","say \\"it\'s\\"","say \\"it\\""]',
      '["\u00ad\u00a0\u3000\u200b\ue000\\ud800\\udbff\\udfff\\u0007"]',
      '{"\uffee":1,"😀":2,"\ud7ff":3}',
    ];
    // ASCII only, so that no line end of Unicode ends a line
    const lines = texts.map((text) =>
      JSON.stringify(text).replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
    );
    const answers = execFileSync("python3", ["-c", PROGRAM], { input: lines.join("\n") })
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as string[]);
    expect(answers).toHaveLength(texts.length);
    for (const [index, text] of texts.entries()) {
      for (const [at, form] of FORMS.entries()) {
        const theirs = answers[index]?.[at] ?? "";
        // what Python cannot encode it does not send; which characters it takes for printable depends on its Unicode
        if (Buffer.from(theirs).toString() !== theirs || (form === "python-repr" && values.includes(text))) continue;
        expect(`${form}: ${written(text, form)}`).toBe(`${form}: ${theirs}`);
      }
    }
  });
});

describe("the forms of others", () => {
  it.each<[JsonForm, string, string]>([
    ["minified", ' { "a" : 1.50 , "b" : [ "\\u00e9" , "é" ] } \n', '{"a":1.50,"b":["\\u00e9","é"]}'],
    ["minified", '{"2":1,"1":2}', '{"2":1,"1":2}'],
    ["sorted", '{"b":1,"a":{"d":1.0,"c":"é"},"10":1,"9":2}', '{"10":1,"9":2,"a":{"c":"é","d":1},"b":1}'],
    // RFC 8785 section 3.2.3: by UTF-16 code units
    [
      "sorted",
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
    ["php", '{"url":"https://x/é","tag":"<b>&","n":1.0,"p":142.50}', '{"url":"https:\\/\\/x\\/\\u00e9","tag":"<b>&","n":1,"p":142.5}'],
    ["php", '["😀","\u007f","\u2028"]', '["\\ud83d\\ude00","\u007f","\\u2028"]'],
    ["php", "[9223372036854775807,12345678901234567]", "[9223372036854775807,12345678901234567]"],
    ["php-unicode", '{"url":"https://x/é"}', '{"url":"https:\\/\\/x\\/é"}'],
    ["php-pretty", '{"a":[1,{}],"é":"/"}', '{\n    "a": [\n        1,\n        {}\n    ],\n    "\\u00e9": "\\/"\n}'],
    [
      "go",
      '{"b":"<a href=\'x\'>&amp;</a>","a":"é\u2028","Z":1.50}',
      '{"Z":1.5,"a":"é\\u2028","b":"\\u003ca href=\'x\'\\u003e\\u0026amp;\\u003c/a\\u003e"}',
    ],
    ["go-struct", '{"b":"<","a":2}', '{"b":"\\u003c","a":2}'],
    ["gson", '{"b":"a=\'1\' <&>","a":1.50}', '{"b":"a\\u003d\\u00271\\u0027 \\u003c\\u0026\\u003e","a":1.50}'],
    [
      "dotnet",
      '{"b":"é \\"q\\" + <&> \'`","n":1.50}',
      '{"b":"\\u00E9 \\u0022q\\u0022 \\u002B \\u003C\\u0026\\u003E \\u0027\\u0060","n":1.50}',
    ],
    ["dotnet-pretty", '{"a":[1.50,{}],"é":[]}', '{\n  "a": [\n    1.50,\n    {}\n  ],\n  "\\u00E9": []\n}'],
    ["escaped", '{"b":"é/😀","a":1}', '{"b":"\\u00e9/\\ud83d\\ude00","a":1}'],
  ])("%s writes %s as %s", (form, text, result) => {
    expect(written(text, form)).toBe(result);
  });

  // each row was printed by PostgreSQL 15: select '…'::jsonb::text
  it.each([
    ['{"b":1,"aa":2,"a":3,"é":4,"zz":5,"b":6,"":7}', '{"": 7, "a": 3, "b": 6, "aa": 2, "zz": 5, "é": 4}'],
    ['{"a":[],"b":{},"c":[1,{"x":null}],"aé":1,"abc":2,"B":1}', '{"B": 1, "a": [], "b": {}, "c": [1, {"x": null}], "abc": 2, "aé": 1}'],
    ["[1.50,100000000000000000000,1.0e0]", "[1.50, 100000000000000000000, 1.0]"],
    ["[-0,-0.0,1e2,1.230e-5,1e-7,1E+3,12.5e1,0e5,0.00e2]", "[0, 0.0, 100, 0.00001230, 0.0000001, 1000, 125, 0, 0]"],
    ['["\\u007f\\u0001\\u001f\\b\\f\\n\\r\\t\\/\\\\\\"é\\ud83d\\ude00"]', '["\u007f\\u0001\\u001f\\b\\f\\n\\r\\t/\\\\\\"é😀"]'],
  ])("jsonb writes %s as %s", (text, result) => {
    expect(written(text, "jsonb")).toBe(result);
  });

  it("jsonb does not write out an exponent that nobody sends", () => {
    expect(written("[1e999999999]", "jsonb")?.length).toBeLessThan(100);
  });
});

describe("every form", () => {
  it.each(JSON_FORMS)("%s holds the same value", (form) => {
    if (form === "python-repr") return;
    const text = '{"b":[1,2.5,"é\\n\\"/<&\'>😀",{}],"a":{"x":null,"y":true}}';
    expect(JSON.parse(written(text, form) ?? "")).toEqual(JSON.parse(text));
  });

  it.each(JSON_FORMS)("%s does not grow with the square of the depth", (form) => {
    const deep = jsonOf("[".repeat(490) + "]".repeat(490));
    const long = jsonOf(`${"[".repeat(490)}${"1,".repeat(5_000)}1${"]".repeat(490)}`);
    expect(rewriteJson(deep, form)?.length ?? 0).toBeLessThan(1_000_000);
    expect(rewriteJson(long, form)?.length ?? 0).toBeLessThan(1_000_000);
  });

  it.each(JSON_FORMS)("%s takes bytes that are no UTF-8", (form) => {
    const json = readJson(Buffer.from('{"\xff":"\xc3 \xed\xa0\x80","b":"\xf0\x9f"}', "latin1"));
    expect(json === undefined ? undefined : rewriteJson(json, form)?.length).toBeGreaterThan(10);
  });
});

describe("bodyWithout", () => {
  const TEXT = '{ "signature" : "sha256=ab" , "b" : 1.50 , "a" : "é" }';

  it.each<[WithoutForm, string]>([
    ["cut", '{ "b" : 1.50 , "a" : "é" }'],
    ["blank", '{ "signature" : "" , "b" : 1.50 , "a" : "é" }'],
    ["null", '{ "signature" : null , "b" : 1.50 , "a" : "é" }'],
    ["compact", '{"b":1.5,"a":"é"}'],
    ["minified", '{"b":1.50,"a":"é"}'],
    ["pretty-2", '{\n  "b": 1.5,\n  "a": "é"\n}'],
    ["python", '{"b": 1.5, "a": "\\u00e9"}'],
    ["python-unicode", '{"b": 1.5, "a": "é"}'],
    ["sorted", '{"a":"é","b":1.5}'],
    ["jsonb", '{"a": "é", "b": 1.50}'],
    ["php", '{"b":1.5,"a":"\\u00e9"}'],
  ])("%s", (form, result) => {
    expect(bodyWithout(jsonOf(TEXT), "signature", form)?.toString()).toBe(result);
  });

  it.each(WITHOUT_FORMS)("%s: nothing where the member is not there, at the top", (form) => {
    expect(bodyWithout(jsonOf('{"a":{"signature":1}}'), "signature", form)).toBeUndefined();
    expect(bodyWithout(jsonOf('["signature"]'), "signature", form)).toBeUndefined();
    expect(bodyWithout(jsonOf('"signature"'), "signature", form)).toBeUndefined();
  });

  it.each(WITHOUT_FORMS)("%s: takes the only member", (form) => {
    const left = bodyWithout(jsonOf('{"signature":"x"}'), "signature", form)?.toString();
    expect(left).toBe(form === "blank" ? '{"signature":""}' : form === "null" ? '{"signature":null}' : "{}");
  });
});

describe("bodyOnly", () => {
  it.each<[OnlyForm, string]>([
    ["raw", '[ 1.0 , "é" ]'],
    ["compact", '[1,"é"]'],
    ["minified", '[1.0,"é"]'],
    ["pretty-2", '[\n  1,\n  "é"\n]'],
    ["python", '[1.0, "\\u00e9"]'],
    ["php", '[1,"\\u00e9"]'],
  ])("%s", (form, result) => {
    expect(bodyOnly(jsonOf('{ "x" : { "data" : [ 1.0 , "é" ] } }'), "x.data", form)?.toString()).toBe(result);
  });

  it.each(ONLY_FORMS)("%s: nothing where the member is not there", (form) => {
    expect(bodyOnly(jsonOf('{"a":1}'), "b", form)).toBeUndefined();
  });
});
