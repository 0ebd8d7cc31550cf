import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FilterSubject } from "../../../client/filter/expression.ts";
import { FilterError } from "../../../client/filter/filter-error.ts";
import { createFilter, type Filter } from "../../../client/filter/filter.ts";
import { openHistory, type History } from "../../../client/ledger/history.ts";
import { PIECE_BYTES } from "../../../client/ledger/limits.ts";
import { createMemoryRecorder } from "../../../client/ledger/memory-recorder.ts";
import { openRun } from "../../../client/ledger/runs.ts";
import { LEDGER_MIGRATIONS } from "../../../client/ledger/schema.ts";
import { createWriter } from "../../../client/ledger/write.ts";
import { systemClock } from "../../../shared/clock.ts";
import type { AttemptKind } from "../../../shared/http/exchange.ts";
import { migrate } from "../../../shared/sqlite/migrate.ts";
import { type Database, openDatabase } from "../../../shared/sqlite/open.ts";
import { sampleEnd, sampleRequest } from "./samples.ts";

/** 14:05:30 on a day of local time. */
const NOW = new Date(2026, 10, 21, 14, 5, 30).getTime();
const clock = { ...systemClock, now: () => NOW };

let folder = "";
let database: Database;
let history: History;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-filtered-"));
  const path = join(folder, "devhook.db");
  database = openDatabase(path, { create: true });
  // thousands of small commits, of which none must survive a power cut
  database.pragma("synchronous = OFF");
  migrate(database, LEDGER_MIGRATIONS);
  history = openHistory(path, { clock });
});
afterEach(() => {
  history.close();
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const TEXTS = ["job", "Job.done", "a", "it's", "100%", "a_b", "x\0y", "é", "", '"; DROP TABLE deliveries; --', "\\", "*"] as const;
const BODIES = [
  "",
  "plain JOB text",
  '{"a":"job","b":{"c":1.50}}',
  '{"a":"\\u006aob","b":{"c":[1,"a_b"]}}',
  '{"a":{"a":"job"},"a":"é"}',
  '{"a":"job"',
  '{"a" : "x" , "b":{"c":"job","a":"x"}}',
  "caf\u00e9 in latin1 \0 job",
];

/** One delivery to record. */
type Sample = {
  readonly method: string;
  readonly target: string;
  readonly tunnel: string;
  /** seconds before NOW */
  readonly age: number;
  readonly header: readonly [string, string];
  readonly body: string;
  readonly facts: Readonly<Record<"provider" | "event" | "eventId" | "verdict" | "duplicateOf", string | null>> | undefined;
  readonly attempts: readonly {
    readonly kind: AttemptKind;
    readonly status: number | undefined;
    readonly ms: number;
    readonly fails: boolean;
  }[];
  /** whether its process has ended since */
  readonly isAbandoned: boolean;
  readonly isHeld: boolean;
  readonly isMarked: boolean;
  readonly isEdited: boolean;
  readonly notes: readonly string[];
};

const text = fc.constantFrom(...TEXTS);
const sample: fc.Arbitrary<Sample> = fc.record({
  method: fc.constantFrom("POST", "GET", "post"),
  target: fc.constantFrom("/", "/hook", "/hook/a_b?x=job", "/HOOK%20"),
  tunnel: fc.constantFrom("shop", "job"),
  age: fc.constantFrom(0, 1, 59, 300, 301, 90_000),
  header: fc.tuple(fc.constantFrom("X-A", "x-a", "User-Agent"), fc.constantFrom("job", "Job.done/1", "", "caf\u00e9", "caf\u00c3\u00a9")),
  body: fc.constantFrom(...BODIES),
  facts: fc.option(
    fc.record({
      provider: fc.constantFrom(null, "stripe", "job"),
      event: fc.option(text),
      eventId: fc.option(text),
      verdict: fc.constantFrom(null, "valid", "invalid", "no-secret"),
      duplicateOf: fc.constantFrom(null, "0199"),
    }),
    { nil: undefined },
  ),
  attempts: fc.array(
    fc.record({
      kind: fc.constantFrom<AttemptKind>("live", "resend", "trigger"),
      status: fc.constantFrom(undefined, 200, 302, 404, 500),
      ms: fc.constantFrom(0.5, 2, 500, 501.25),
      fails: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  isAbandoned: fc.boolean(),
  isHeld: fc.boolean(),
  isMarked: fc.boolean(),
  isEdited: fc.boolean(),
  notes: fc.array(text, { maxLength: 2 }),
});

const quoted = text.map((each) => `"${each.replaceAll("\0", "").replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
const words = fc.oneof(
  quoted,
  fc
    .tuple(
      fc.constantFrom("type", "from", "path", "method", "tunnel", "id", "note", "body", "h.x-a", "h.user-agent", "b.a", "b.b.c", "b.b.c.1"),
      fc.array(
        fc.oneof(
          quoted,
          fc.tuple(quoted, quoted).map((two) => two.join("*")),
          fc.constantFrom("*", "job", "*o*", "job*", "0199*", "1.50", "1.5", "é"),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    )
    .map(([key, values]) => `${key}:${values.join(",")}`),
  fc.constantFrom(
    "job",
    "hook",
    "a_b",
    "0*",
    "*",
    "nothing",
    "status:5xx",
    "status:err",
    "status:404,err",
    "status:>=300",
    "status:200..302",
    "ms:>2",
    "ms:<=500",
    "ms:2,500",
    "ms:..2",
    "size:>0",
    "size:<0.02k",
    "size:0",
    "age:<5m",
    "age:>=5m",
    "age:1s..5m",
    "age:>1d",
    "at:14:05",
    "at:14:00..14:05",
    "at:..14:04",
    "at:2026-11-20",
    "at:23:00..00:30",
    "at:2026-11-20..",
    "try:0",
    "try:>1",
    "try:1..2",
    "sig:ok,key",
    "sig:bad",
    "sig:none",
    "is:failed",
    "is:pending",
    "is:held",
    "is:resend",
    "is:edited",
    "is:test",
    "is:marked",
    "is:dup",
    "is:pending,dup",
  ),
);
const expressions = fc
  .array(
    fc.tuple(fc.constantFrom("", "-"), words).map((pair) => pair.join("")),
    { minLength: 1, maxLength: 3 },
  )
  .map((each) => each.join(" "));

/** Records a sample. @returns what a filter must see of it, by the sample alone */
function record(one: Sample, seq: number): FilterSubject {
  const receivedAt = NOW - one.age * 1000;
  const body = Buffer.from(one.body, one.body.includes("latin1") ? "latin1" : "utf8");
  const run = openRun(database, { pid: seq, host: "here", now: () => NOW, isAlive: () => true });
  const request = sampleRequest({ receivedAt, method: one.method, target: one.target, tunnel: one.tunnel, headers: one.header });
  const writer = createWriter(database, { run: run.id, now: () => NOW, bodyBytes: 1e6 });
  writer.apply([{ type: "received", request, body, bodyBytes: body.length, truncated: false }]);
  if (one.facts !== undefined) writer.apply([{ type: "verified", id: request.id, facts: { ...one.facts, verification: null } }]);
  for (const [index, { kind, status, ms, fails }] of one.attempts.entries()) {
    writer.addAttempt(request.id, {
      kind,
      at: NOW,
      target: "http://localhost:8000/",
      timings: { total: ms },
      ...(status !== undefined && { head: { status, reason: "", headers: [] } }),
      ...(fails && { error: { code: "app-reset", message: "m", hint: "h" } }),
      ...(one.isEdited && index === 0 && { request: { method: "PUT", target: "/", headers: [], body: Buffer.alloc(0) } }),
    });
  }
  database.prepare("UPDATE deliveries SET held = ?, marked = ? WHERE id = ?").run(one.isHeld ? 1 : 0, one.isMarked ? 1 : 0, request.id);
  const insertNote = database.prepare("INSERT INTO notes (delivery, at, text) SELECT seq, 0, ? FROM deliveries WHERE id = ?");
  for (const note of one.notes) insertNote.run(note, request.id);
  if (one.isAbandoned) database.prepare("UPDATE runs SET ended_at = ? WHERE id = ?").run(NOW, run.id);
  const last = one.attempts.at(-1);
  const isOpen = last === undefined;
  return {
    id: request.id,
    receivedAt,
    tunnel: one.tunnel,
    method: one.method,
    path: one.target.split("?")[0] ?? "",
    provider: one.facts?.provider ?? undefined,
    event: one.facts?.event ?? undefined,
    eventId: one.facts?.eventId ?? undefined,
    verdict: one.facts?.verdict ?? undefined,
    duplicateOf: one.facts?.duplicateOf ?? undefined,
    held: one.isHeld,
    state: isOpen ? (one.isAbandoned ? "interrupted" : "pending") : last.status === undefined || last.fails ? "failed" : "answered",
    attempts: one.attempts.length,
    status: last?.status,
    ms: last?.ms,
    bytes: body.length,
    marked: one.isMarked,
    kinds: one.attempts.map(({ kind }) => kind),
    edited: one.isEdited && one.attempts.length > 0,
    notes: one.notes,
    headers: one.header,
    body,
  };
}

test("the database and the evaluator agree about every delivery and every expression", () => {
  fc.assert(
    fc.property(
      fc.array(sample, { minLength: 1, maxLength: 8 }),
      fc.array(expressions, { minLength: 20, maxLength: 20 }),
      (samples, filters) => {
        database.exec("DELETE FROM deliveries; DELETE FROM runs");
        const subjects = samples.map((one, index) => record(one, index + 1));
        for (const expression of filters) {
          const filter = createFilter(expression);
          const found = history.list({ filter, order: "oldest", limit: 100 }).map(({ id }) => id);
          expect([expression, found]).toEqual([expression, subjects.filter((one) => filter.matches(one, NOW)).map(({ id }) => id)]);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("both see the texts of a column alike, whatever characters they have", () => {
  const plain = { ...fc.sample(sample, { numRuns: 1, seed: 1 })[0], notes: [], isAbandoned: false } as Sample;
  const subjects = TEXTS.map((event, index) =>
    record({ ...plain, facts: { provider: null, event, eventId: null, verdict: null, duplicateOf: null } }, index + 1),
  );
  for (const each of TEXTS) {
    const filter = createFilter(`type:"${each.replaceAll("\0", "").replace(/["\\]/g, "\\$&")}",x`);
    const found = history.list({ filter, order: "oldest", limit: 100 }).map(({ event }) => event);
    expect([each, found]).toEqual([each, subjects.filter((one) => filter.matches(one, NOW)).map(({ event }) => event)]);
    expect(found).toContain(each);
  }
});

/** @returns undefined for an expression that is refused as one */
function filterOf(expression: string): Filter | undefined {
  try {
    return createFilter(expression);
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}

test("nothing that is typed becomes SQL", () => {
  record({ ...fc.sample(sample, 1)[0], notes: [], isAbandoned: false } as Sample, 1);
  const nasty = fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      "\\",
      ";",
      "--",
      "%",
      "_",
      "*",
      ")",
      "(",
      "?",
      ":a",
      "@b",
      "$c",
      "/*",
      " ",
      "DROP TABLE deliveries",
      "é",
      "\n",
      "x",
    ),
  });
  const keys = fc.constantFrom(
    "",
    "type:",
    "from:",
    "path:",
    "id:",
    "tunnel:",
    "method:",
    "note:",
    "body:",
    "h.x:",
    "b.x:",
    "h.",
    "b.",
    "-",
    "-type:",
  );
  fc.assert(
    fc.property(keys, nasty, fc.boolean(), (key, value, isQuoted) => {
      const expression = key + (isQuoted ? `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : value);
      const filter = filterOf(expression);
      if (filter === undefined) return;
      expect(filter.compile(NOW).where).toMatch(/^[A-Za-z_.,<>=? ()'\d\\]+$/);
      expect(filter.compile(NOW).where).not.toContain("DROP");
      history.list({ filter, order: "newest", limit: 10 });
    }),
    { numRuns: 1500 },
  );
  expect(history.list({ order: "newest", limit: 10 })).toHaveLength(1);
});

test("the longest lists and the most words that an expression may have are one query", () => {
  const filters = [
    `type:${"a,".repeat(4000)}a`,
    "a ".repeat(4000),
    `status:${"500,".repeat(2000)}err`,
    `${"is:held,dup ".repeat(600)}`,
    `h.x:${"a,".repeat(4000)}a`,
  ];
  for (const expression of filters) expect(history.list({ filter: createFilter(expression), order: "newest", limit: 1 })).toEqual([]);
});

test("a body in pieces is searched across their borders", () => {
  const request = sampleRequest();
  const writer = createWriter(database, { now: () => NOW, bodyBytes: 10 * PIECE_BYTES });
  const body = Buffer.alloc(3 * PIECE_BYTES, "x");
  body.write("needle", PIECE_BYTES - 3);
  writer.apply([
    { type: "received", request, body: undefined, bodyBytes: 0, truncated: false },
    { type: "request-part", id: request.id, bytes: body.subarray(0, PIECE_BYTES) },
    { type: "request-part", id: request.id, bytes: body.subarray(PIECE_BYTES) },
    { type: "request-ended", id: request.id, bodyBytes: body.length, complete: true, truncated: false },
  ]);
  const ids = (expression: string) => history.list({ filter: createFilter(expression), order: "newest", limit: 9 }).map(({ id }) => id);
  expect(ids("body:xNEEDLEx")).toEqual([request.id]);
  expect(ids("body:needlenx")).toEqual([]);
});

test("limit, order and the borders count what matches", () => {
  const writer = createWriter(database, { now: () => NOW, bodyBytes: 100 });
  for (let i = 1; i <= 20; i++) {
    const body = Buffer.from(i % 2 === 0 ? "even" : "odd");
    writer.apply([
      { type: "received", request: sampleRequest({ target: i % 2 === 0 ? "/even" : "/odd" }), body, bodyBytes: 4, truncated: false },
    ]);
  }
  for (const filter of [createFilter("path:/even"), createFilter("body:even")]) {
    const seqs = (query: object) => history.list({ filter, limit: 3, order: "oldest", ...query }).map(({ seq }) => seq);
    expect(seqs({})).toEqual([2, 4, 6]);
    expect(seqs({ order: "newest" })).toEqual([20, 18, 16]);
    expect(seqs({ afterSeq: 6 })).toEqual([8, 10, 12]);
    expect(seqs({ afterSeq: 15, upToSeq: 18 })).toEqual([16, 18]);
  }
});

test("a history in memory is filtered alike", () => {
  const recorder = createMemoryRecorder({ onNotice: () => undefined, now: () => NOW });
  const [one, two] = [sampleRequest({ target: "/one" }), sampleRequest({ target: "/two" })];
  recorder.received(one, Buffer.from('{"a":"x"}'));
  recorder.received(two, Buffer.from('{"a":"y"}'));
  recorder.answered(one.id, sampleEnd({ head: { status: 500, reason: "", headers: [] } }));
  const ids = (expression: string) =>
    recorder.history.list({ filter: createFilter(expression), order: "newest", limit: 9 }).map(({ id }) => id);
  expect(ids("b.a:x status:5xx h.x-twice:b is:failed")).toEqual([one.id]);
  expect(ids("is:pending -b.a:x")).toEqual([two.id]);
  expect(recorder.history.list({ upToSeq: 1, order: "newest", limit: 9 }).map(({ id }) => id)).toEqual([one.id]);
});
