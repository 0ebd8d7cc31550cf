import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRetention, type RetentionOptions } from "../../../client/ledger/retention.ts";
import { LEDGER_MIGRATIONS } from "../../../client/ledger/schema.ts";
import { createWriter } from "../../../client/ledger/write.ts";
import { systemClock } from "../../../shared/clock.ts";
import { migrate } from "../../../shared/sqlite/migrate.ts";
import { openDatabase, type Database } from "../../../shared/sqlite/open.ts";
import { sampleEnd, sampleRequest } from "./samples.ts";

let folder = "";
let database: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-retention-"));
  database = openDatabase(join(folder, "devhook.db"), { create: true });
  migrate(database, LEDGER_MIGRATIONS);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Records answered deliveries with bodies of `bytes`, at the times given; returns their seq. */
function fill(times: readonly number[], bytes = 10): number[] {
  return times.map((at) => {
    const request = sampleRequest();
    createWriter(database, { now: () => at, bodyBytes: 1e9 }).apply([
      { type: "received", request, body: Buffer.alloc(bytes), bodyBytes: bytes, truncated: false },
      { type: "answered", id: request.id, end: sampleEnd(), bodyBytes: 0, truncated: false },
    ]);
    return database.prepare<[string], number>("SELECT seq FROM deliveries WHERE id = ?").pluck().get(request.id) ?? 0;
  });
}

function tidy(limits: Partial<RetentionOptions>): number {
  const all = { keepMs: 1e15, keepCount: 1e9, keepBytes: 1e15, now: () => 1_000_000, monotonic: systemClock.monotonic };
  const retention = createRetention(database, { ...all, ...limits });
  let steps = 1;
  while (retention.step()) if (++steps > 5_000) throw new Error("it never ends");
  return steps;
}

const left = (): unknown[] => database.prepare("SELECT seq FROM deliveries ORDER BY seq").pluck().all();
const rowsOf = (table: string): unknown => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();

test("an empty history needs nothing", () => {
  expect(tidy({ keepMs: 0, keepCount: 0, keepBytes: 0 })).toBe(1);
});

test("what is exactly as old as the limit stays, one millisecond more goes, with all that hangs on it", () => {
  const [a, b, c] = fill([999_499, 999_500, 1_000_000]);
  database.prepare("INSERT INTO notes (delivery, at, text) VALUES (?, 0, 'a note'), (?, 0, 'another')").run(a, b);
  database.prepare("INSERT INTO body_parts (delivery, n, part, bytes) VALUES (?, 0, 1, x'00'), (?, 0, 1, x'00')").run(a, b);
  tidy({ keepMs: 500 });
  expect(left()).toEqual([b, c]);
  expect(["attempts", "notes", "body_parts"].map(rowsOf)).toEqual([2, 1, 1]);
});

test("what was recorded while a clock was ahead keeps nothing alive that stands behind it", () => {
  const [ahead, , young] = fill([2_000_000, 999_499, 1_000_000]);
  tidy({ keepMs: 500 });
  expect(left()).toEqual([ahead, young]);
});

test("the count leaves the newest", () => {
  const all = fill(Array.from({ length: 700 }, (_, i) => i));
  tidy({ keepCount: 700 });
  expect(left()).toEqual(all);
  tidy({ keepCount: 10 });
  expect(left()).toEqual(all.slice(-10));
});

test("the size goes below its limit and the file gives the room back", () => {
  fill(
    Array.from({ length: 300 }, (_, i) => i),
    200_000,
  );
  database.pragma("wal_checkpoint(TRUNCATE)");
  const before = statSync(database.name).size;
  expect(before).toBeGreaterThan(60_000_000);
  tidy({ keepBytes: 20_000_000 });
  database.pragma("wal_checkpoint(TRUNCATE)");
  const kept = rowsOf("deliveries") as number;
  expect(kept).toBeGreaterThan(40);
  expect(kept).toBeLessThan(100);
  // the free pages that stay for what comes next: 16 MiB
  expect(statSync(database.name).size).toBeLessThan(20_000_000 + 17_000_000);
  expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
});

test("owed, pinned, unseen and pending deliveries stay, whatever the limits", () => {
  const all = fill(Array.from({ length: 6 }, (_, i) => i));
  database.exec("UPDATE deliveries SET owed = 1 WHERE seq = 1; UPDATE deliveries SET pinned = 1 WHERE seq = 2");
  database.exec("UPDATE deliveries SET unseen = 1, state = 'failed' WHERE seq = 3; UPDATE deliveries SET state = 'pending' WHERE seq = 4");
  tidy({ keepMs: 0, keepCount: 0, keepBytes: 0 });
  expect(left()).toEqual(all.slice(0, 4));
});

test("a step ends after its time however much there is to do", () => {
  fill(Array.from({ length: 200 }, (_, i) => i));
  let now = 0;
  const slow = { monotonic: () => (now += 6) };
  expect(tidy({ keepCount: 100, ...slow })).toBeGreaterThan(40);
  expect(left()).toHaveLength(100);
});

test("refusals are forgotten by age and by number", () => {
  const insert = database.prepare(
    "INSERT INTO refusals (relay, tunnel, relay_seq, at, method, path, status, reason) VALUES ('r', 't', ?, ?, 'POST', '/', 503, 'x')",
  );
  database.transaction(() => {
    for (let i = 1; i <= 10_050; i++) insert.run(i, i <= 10_040 ? 1_000_000 : 999_499);
  })();
  tidy({ keepMs: 500 });
  expect(database.prepare("SELECT min(relay_seq), max(relay_seq) FROM refusals").raw().get()).toEqual([51, 10_040]);
});
