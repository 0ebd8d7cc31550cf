import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FilterError } from "../../../client/filter/filter-error.ts";
import { createFilter } from "../../../client/filter/filter.ts";
import { NOW, subject } from "./subjects.ts";

/** Whether the expression fits the sample delivery with these changes. */
function fits(text: string, change: Parameters<typeof subject>[0] = {}): boolean {
  return createFilter(text).matches(subject(change), NOW);
}

/** What the expression fails with, undefined for one that is accepted. */
function faultOf(text: string): unknown {
  try {
    fits(text);
    return undefined;
  } catch (error) {
    return error;
  }
}

function errorOf(text: string): FilterError {
  const fault = faultOf(text);
  if (fault instanceof FilterError) return fault;
  throw new Error(`${text} was accepted, or failed otherwise`, { cause: fault });
}

describe("an expression that means nothing says where and what was expected", () => {
  it.each([
    ["", 1, "a word"],
    ["   ", 1, "a word"],
    ["status:6xx", 8, "200 or 5xx"],
    ["from:stripe status:5xx,6xx", 24, "200 or 5xx"],
    ["status:20", 8, "200 or 5xx"],
    ["status:*", 8, "200 or 5xx"],
    ["status:", 8, "a value"],
    ["status: 500", 8, "a value"],
    ["status:500,", 12, "a value"],
    ["status:500,,400", 12, "a value"],
    ["-", 2, "a value"],
    ["a - b", 4, "a value"],
    [",", 1, "a value"],
    ["sig:good", 5, "valid, invalid"],
    ["sig:constructor", 5, "valid, invalid"],
    ["ms:fast", 4, ">500"],
    ["ms:>", 4, ">500"],
    ["ms:..", 4, ">500"],
    ["ms:1..x", 4, ">500"],
    ["ms:>-1", 4, ">500"],
    ["size:>64q", 6, ">64k"],
    ["age:5m", 5, "<5m"],
    ["age:<5", 5, "<5m"],
    ["at:25:00", 4, "14:02"],
    ["at:14:60", 4, "14:02"],
    ["at:2026-02-30", 4, "14:02"],
    ["at:2026-11-21T14:02.5", 4, "14:02"],
    ["at:14:02..later", 4, "14:02"],
    ["try:many", 5, ">1"],
    ["is:broken", 4, "failed, pending"],
    ["is:failed,broken", 11, "failed, pending"],
    ["x https://a.example", 3, "status, sig"],
    ["-nokey:x", 2, "status, sig"],
    ["constructor:x", 1, "status, sig"],
    ["h.:x", 3, "h.user-agent"],
    ["-h.:x", 4, "h.user-agent"],
    ["b.:x", 3, "joined by dots"],
    ["b.a..c:x", 3, "joined by dots"],
    ['body:"open', 6, "at the end"],
    ['a "b\\"', 3, "at the end"],
    ["a\0b", 2, "any other"],
    ["x".repeat(8193), 8193, "at most 8192"],
  ])("%j at column %i", (text, column, expected) => {
    const error = errorOf(text);
    expect([error.column, error.code, error.exitCode]).toEqual([column, "usage", 2]);
    expect(error.message).toContain(`column ${column}`);
    expect(error.why).toContain(expected);
  });

  it("whatever is typed, and with a column inside it or right behind", () => {
    const characters = fc.constantFrom(...'abhst.:,*-"\\<>=0159xkm \0é'.split(""), "status:", "sig:", "at:", "h.a:", "b.a:", "..");
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 20 }), (text) => {
        const fault = faultOf(text);
        expect(fault === undefined || fault instanceof FilterError).toBe(true);
        const column = fault instanceof FilterError ? fault.column : 1;
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual(text.length + 1);
      }),
      { numRuns: 3000 },
    );
  });

  it("takes the longest expression that it allows", () => {
    expect(fits(`type:${"a,".repeat(4092)}xyz`.slice(0, 8192))).toBe(false);
    expect(fits("q ".repeat(4096))).toBe(false);
  });
});

describe("words, values and quotes", () => {
  it.each([
    ["task.submitted", true],
    ["TASK", true],
    ["hook", true],
    ["moltify", true],
    ["0199aaaa", true],
    ["evt_7", true],
    ["nowhere", false],
    ["-nowhere", true],
    ["task nowhere", false],
    ["task hook moltify", true],
    ["nowhere,task", true],
    ["-nowhere,task", false],
    ["task*ted", true],
    ['"task*ted"', false],
    ["from:moltify", true],
    ["FROM:Moltify", true],
    ["from:molt", false],
    ["from:molt*", true],
    ['from:"molt*"', false],
    ["from:stripe,moltify", true],
    ['from:"stripe,moltify"', false],
    ["from:*", true],
    ["type:task.*", true],
    ["type:*submitted", true],
    ["-type:task.*", false],
    ["method:post", true],
    ["path:/hook", false],
    ["path:/hook*", true],
    ["tunnel:shop", true],
    ["id:0199aaaa", true],
    ["id:0199AAAA", true],
    ["id:aaaa", false],
    ["id:evt_7", true],
    ["id:evt", false],
    ["note:ring", true],
    ['note:"ring back"', true],
    ["note:nothing", false],
  ])("%s: %s", (text, expected) => {
    expect(fits(text)).toBe(expected);
  });

  it.each([
    ['type:"a b,c:d"', "a b,c:d"],
    ['type:"say \\"x\\" \\\\ \\n"', 'say "x" \\ \\n'],
    ['type:""', ""],
    ['type:a"*"b', "a*b"],
    ["type:50%_", "50%_"],
  ])("%s is the text %j", (text, event) => {
    expect(fits(text, { event })).toBe(true);
    expect(fits(text, { event: `${event}x` })).toBe(false);
  });

  it("a field that is not known fits nothing, and its negation", () => {
    expect(fits("type:*", { event: undefined })).toBe(false);
    expect(fits("-type:*", { event: undefined })).toBe(true);
    expect(fits("ms:>=0", { ms: undefined })).toBe(false);
    expect(fits("-ms:>=0", { ms: undefined })).toBe(true);
  });
});

describe("numbers, times and states", () => {
  it.each([
    ["status:5xx", { status: 500 }, true],
    ["status:5xx", { status: 599 }, true],
    ["status:5xx", { status: 499 }, false],
    ["status:404,5xx", { status: 404 }, true],
    ["status:>=400", { status: 400 }, true],
    ["status:200..299", { status: 299 }, true],
    ["status:err", { status: undefined, state: "failed" }, true],
    ["status:err", { status: undefined, state: "interrupted" }, true],
    ["status:err", { status: undefined, state: "pending" }, false],
    ["-status:err", { status: 500 }, true],
    ["ms:>500", { ms: 500 }, false],
    ["ms:>500", { ms: 500.1 }, true],
    ["ms:>=500", { ms: 500 }, true],
    ["ms:<2.5", { ms: 2.4 }, true],
    ["ms:100..200", { ms: 200 }, true],
    ["ms:..200", { ms: 201 }, false],
    ["ms:<10,>500", { ms: 600 }, true],
    ["size:>64k", { bytes: 65_536 }, false],
    ["size:>64kb", { bytes: 65_537 }, true],
    ["size:1m", { bytes: 1_048_576 }, true],
    ["size:1.5k..", { bytes: 1536 }, true],
    ["size:0", { bytes: 0 }, true],
    ["age:<5m", { receivedAt: NOW - 299_999 }, true],
    ["age:<5m", { receivedAt: NOW - 300_000 }, false],
    ["age:>=5m", { receivedAt: NOW - 300_000 }, true],
    ["age:1h..2d", { receivedAt: NOW - 7_200_000 }, true],
    ["age:..1.5h", { receivedAt: NOW - 5_400_001 }, false],
    ["try:2", { attempts: 2 }, true],
    ["try:>1", { attempts: 1 }, false],
    ["sig:ok", { verdict: "valid" }, true],
    ["sig:bad", { verdict: "invalid" }, true],
    ["sig:none", { verdict: "unsigned" }, true],
    ["sig:key", { verdict: "no-secret" }, true],
    ["sig:unknown", { verdict: "unknown-scheme" }, true],
    ["sig:valid,invalid", { verdict: "invalid" }, true],
    ["sig:valid", { verdict: undefined }, false],
    ["-sig:valid", { verdict: undefined }, true],
    ["is:failed", { state: "answered", status: 399 }, false],
    ["is:failed", { state: "answered", status: 400 }, true],
    ["is:failed", { state: "failed", status: 200 }, true],
    ["is:failed", { state: "interrupted", status: undefined }, true],
    ["is:failed", { state: "pending", status: undefined }, false],
    ["is:pending", { state: "pending" }, true],
    ["is:held", { held: true }, true],
    ["is:resend", { kinds: ["live", "resend"] }, true],
    ["is:resend", {}, false],
    ["is:edited", { edited: true }, true],
    ["is:test", { kinds: ["trigger"] }, true],
    ["is:marked", { marked: true }, true],
    ["is:dup", { duplicateOf: "0199" }, true],
    ["is:held,marked", { marked: true }, true],
    ["-is:held,marked", { marked: true }, false],
  ] as const)("%s of %j: %s", (text, change, expected) => {
    expect(fits(text, change)).toBe(expected);
  });

  /** NOW is 14:05:30 local time. */
  const at = (hour: number, minute: number, second = 0, days = 0): number => {
    const date = new Date(NOW);
    return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days, hour, minute, second).getTime();
  };
  it.each([
    ["at:14:02", at(14, 2), true],
    ["at:14:02", at(14, 3) - 1, true],
    ["at:14:02", at(14, 3), false],
    ["at:14:02", at(14, 2, 0, -1), false],
    ["at:9:30", at(9, 30), true],
    ["at:14:02:10", at(14, 2, 11), false],
    ["at:14:02..14:10", at(14, 2), true],
    ["at:14:02..14:10", at(14, 11) - 1, true],
    ["at:14:02..14:10", at(14, 11), false],
    ["at:14:02..", at(23, 0), true],
    ["at:14:02..", at(14, 2) - 1, false],
    ["at:..14:02", at(3, 0, 0, -9), true],
    // the night before
    ["at:23:50..00:10", at(23, 55, 0, -1), true],
    ["at:23:50..00:10", at(0, 10), true],
    ["at:23:50..00:10", at(23, 55), false],
    ["at:2026-11-20", new Date(2026, 10, 20, 23, 59).getTime(), true],
    ["at:2026-11-20", new Date(2026, 10, 21).getTime(), false],
    ["at:2026-11-19..2026-11-20", new Date(2026, 10, 20, 12).getTime(), true],
    ["at:2026-11-20T12:00Z", Date.UTC(2026, 10, 20, 12, 0, 59), true],
    ["at:2026-11-20T12:00Z", Date.UTC(2026, 10, 20, 12, 1), false],
    ["at:2026-11-20T12:00:00.500+01:00", Date.UTC(2026, 10, 20, 11, 0, 0, 500), true],
    ["at:2026-11-20T12:00:00.500+01:00", Date.UTC(2026, 10, 20, 11, 0, 0, 501), false],
    ["at:2026-11-20T12:00..", new Date(2026, 10, 20, 12).getTime(), true],
  ])("%s of %i: %s", (text, receivedAt, expected) => {
    expect(fits(text, { receivedAt })).toBe(expected);
  });
});

describe("headers and bodies", () => {
  it.each([
    ["h.user-agent:*bot*", true],
    ["h.USER-AGENT:Sample*", true],
    ["h.user-agent:bot", false],
    ["h.x-twice:a", true],
    ["h.x-twice:b", true],
    ["h.x-twice:c", false],
    ["h.x-empty:*", true],
    ['h.x-empty:""', true],
    ["h.x-none:*", false],
    ["-h.x-none:*", true],
    // é in latin1, and in UTF-8
    ["h.x-latin:café", true],
    ["h.x-utf:café", true],
    ["b.data.taskId:task_1", true],
    ["b.data.taskId:TASK*", true],
    ["b.data.taskid:task_1", false],
    ["b.data.amount:142.50", true],
    ["b.data.amount:142.5", false],
    ["b.data.big:12345678901234567890", true],
    ["b.data.ok:true", true],
    ["b.data.gone:null", true],
    ["b.data.list.1:two", true],
    ["b.data.list.2:*", false],
    ["b.data.list:*", false],
    ["b.data:*", false],
    ["b.text:café", true],
    ["b.data.nothing:*", false],
    ["-b.data.nothing:*", true],
    ["b.taskId:task_1", false],
    ["body:task_1", true],
    ["body:TASK_1", true],
    ["body:café", true],
    ["body:task*café", true],
    ["body:café*task", false],
    ['body:", "', false],
    ["body:nowhere", false],
  ])("%s: %s", (text, expected) => {
    expect(fits(text)).toBe(expected);
  });

  it("finds a value behind escapes, and the last of two members with one name", () => {
    const body = Buffer.from('{"a":{"task\\u0049d":"first"},"a":{"task\\u0049d":"ta\\u0073k_1"}}');
    expect(fits("b.a.taskId:task_1", { body })).toBe(true);
    expect(fits("b.a.taskId:first", { body })).toBe(false);
    const plain = Buffer.from('{"a":{"t":"first"},"a":{"t" : "second"}}');
    expect(fits("b.a.t:first", { body: plain })).toBe(false);
    expect(fits("b.a.t:second", { body: plain })).toBe(true);
  });

  it("reads no member out of what is no JSON, and finds text in any bytes", () => {
    const body = Buffer.concat([Buffer.from([0, 0xff, 0x80]), Buffer.from('{"a":"Needle"}'), Buffer.from([0, 0xfe])]);
    expect(fits("b.a:needle", { body })).toBe(false);
    expect(fits("body:needle", { body })).toBe(true);
  });
});
