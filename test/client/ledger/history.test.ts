import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openHistory } from "../../../client/ledger/history.ts";
import { PIECE_BYTES } from "../../../client/ledger/limits.ts";
import { openRun } from "../../../client/ledger/runs.ts";
import { LEDGER_MIGRATIONS } from "../../../client/ledger/schema.ts";
import { createWriter } from "../../../client/ledger/write.ts";
import { systemClock } from "../../../shared/clock.ts";
import { migrate } from "../../../shared/sqlite/migrate.ts";
import { openDatabase, type Database } from "../../../shared/sqlite/open.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { sampleEnd, sampleRequest } from "./samples.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-history-"));
  path = join(folder, "devhook.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function ledger(): Database {
  const database = openDatabase(path, { create: true });
  migrate(database, LEDGER_MIGRATIONS);
  return database;
}

test("without a database everything is empty, no file is made, and a later one is seen", () => {
  const history = openHistory(path, { clock: systemClock });
  expect(history.list({ limit: 10, order: "newest" })).toEqual([]);
  expect(history.refusals({ limit: 10 })).toEqual([]);
  expect(history.get("0199")).toBeUndefined();
  expect(history.dataVersion()).toBe(0);
  expect(() => history.resolve("latest")).toThrow(expect.objectContaining({ code: "not-found", exitCode: 1 }));
  const { n: _n, ...attempt } = sampleEnd();
  expect(() => history.recordAttempt("0199", attempt)).toThrow(expect.objectContaining({ code: "not-found" }));
  expect(existsSync(path)).toBe(false);

  const database = ledger();
  const request = sampleRequest();
  createWriter(database, { now: Date.now, bodyBytes: 100 }).apply([
    { type: "received", request, body: Buffer.from("x"), bodyBytes: 1, truncated: false },
  ]);
  database.close();
  expect(history.resolve("latest")).toBe(request.id);
  expect(history.dataVersion()).toBeGreaterThan(0);
  history.close();
  expect(() => history.list({ limit: 1, order: "newest" })).toThrow("closed");
});

test("an empty file, as another process has just made it, becomes an empty history", () => {
  writeFileSync(path, "");
  const history = openHistory(path, { clock: systemClock });
  expect(history.list({ limit: 10, order: "newest" })).toEqual([]);
  history.close();
});

test("a newer, a damaged and an unreadable file are told by their code when the history is opened", () => {
  sqlite(path, "PRAGMA user_version = 9999; CREATE TABLE t (a);");
  expect(() => openHistory(path, { clock: systemClock })).toThrow(expect.objectContaining({ code: "database-newer" }));
  writeFileSync(path, "not a database ".repeat(100));
  expect(() => openHistory(path, { clock: systemClock })).toThrow(expect.objectContaining({ code: "database-corrupt" }));
  expect(() => openHistory(folder, { clock: systemClock })).toThrow(expect.objectContaining({ code: "data-dir-unwritable" }));
});

test("an attempt of a command with bodies of the limit and one more byte", () => {
  const database = ledger();
  const request = sampleRequest();
  const writer = createWriter(database, { now: Date.now, bodyBytes: PIECE_BYTES + 10 });
  writer.apply([{ type: "received", request, body: Buffer.alloc(0), bodyBytes: 0, truncated: false }]);
  const { n: _n, ...attempt } = sampleEnd({ kind: "resend" });
  expect(writer.addAttempt(request.id, { ...attempt, body: Buffer.alloc(PIECE_BYTES + 10, 1) })).toBe(1);
  expect(writer.addAttempt(request.id, { ...attempt, body: Buffer.alloc(PIECE_BYTES + 11, 2) })).toBe(2);
  const history = openHistory(path, { clock: systemClock });
  const attempts = history.get(request.id)?.attempts;
  expect(attempts?.[0]?.body).toEqual({ bytes: Buffer.alloc(PIECE_BYTES + 10, 1), total: PIECE_BYTES + 10, truncated: false });
  expect(attempts?.[1]?.body).toEqual({ bytes: Buffer.alloc(PIECE_BYTES + 10, 2), total: PIECE_BYTES + 11, truncated: true });
  history.close();
  database.close();
});

test("two processes that resend at once get two numbers", () => {
  const database = ledger();
  const request = sampleRequest();
  createWriter(database, { now: Date.now, bodyBytes: 100 }).apply([
    { type: "received", request, body: Buffer.alloc(0), bodyBytes: 0, truncated: false },
  ]);
  database.close();
  const [one, two] = [openHistory(path, { clock: systemClock }), openHistory(path, { clock: systemClock })];
  const { n: _n, ...attempt } = sampleEnd({ kind: "resend" });
  const numbers = [one, two, one, two].map((history) => history.recordAttempt(request.id, attempt));
  expect(numbers).toEqual([1, 2, 3, 4]);
  one.close();
  two.close();
});

test("a batch that fails in the middle leaves nothing of itself, and the next one is written", () => {
  const database = ledger();
  const writer = createWriter(database, { now: Date.now, bodyBytes: 100 });
  const [good, later] = [sampleRequest(), sampleRequest()];
  const received = (request: typeof good, bodyBytes: unknown) =>
    ({ type: "received", request, body: Buffer.alloc(0), bodyBytes: bodyBytes as number, truncated: false }) as const;
  expect(() => writer.apply([received(good, 0), received(later, {})])).toThrow("parameter");
  expect(database.prepare("SELECT count(*) FROM deliveries").pluck().get()).toBe(0);
  // what was remembered of the batch must be forgotten with it
  writer.apply([{ type: "answered", id: good.id, end: sampleEnd(), bodyBytes: 0, truncated: false }]);
  expect(database.prepare("SELECT count(*) FROM attempts").pluck().get()).toBe(0);
  writer.apply([received(good, 0)]);
  expect(database.prepare("SELECT count(*) FROM deliveries").pluck().get()).toBe(1);
  database.close();
});

test("a pending delivery is interrupted when its run has ended, died, or not been heard of for 15 s; never before", () => {
  const database = ledger();
  let now = 1_000_000;
  const alive = new Set([1, 2, 3]);
  const options = (pid: number, host = "here") => ({ pid, host, now: () => now, isAlive: (other: number) => alive.has(other) });
  const runs = [
    openRun(database, options(1)),
    openRun(database, options(2)),
    openRun(database, options(3)),
    openRun(database, options(9, "elsewhere")),
  ];
  const ids = runs.map((run) => {
    const request = sampleRequest();
    const row = { type: "received", request, body: Buffer.alloc(0), bodyBytes: 0, truncated: false } as const;
    createWriter(database, { run: run.id, now: () => now, bodyBytes: 100 }).apply([row]);
    return request.id;
  });
  const state = (id: string | undefined): unknown => database.prepare("SELECT state FROM deliveries WHERE id = ?").pluck().get(id);
  const states = (): unknown[] => ids.map(state);
  const history = openHistory(path, { clock: { ...systemClock, now: () => now } });
  const shown = (): unknown[] => ids.map((id) => history.get(id)?.state);

  runs[0]?.renew();
  expect(states()).toEqual(["pending", "pending", "pending", "pending"]);
  runs[1]?.end();
  expect(states()).toEqual(["pending", "interrupted", "pending", "pending"]);
  alive.delete(3);
  runs[0]?.renew();
  expect(states()).toEqual(["pending", "interrupted", "interrupted", "pending"]);
  now += 15_000;
  runs[0]?.renew();
  expect(states()).toEqual(["pending", "interrupted", "interrupted", "pending"]);
  now += 1;
  expect(shown()).toEqual(["pending", "interrupted", "interrupted", "interrupted"]);
  runs[0]?.renew();
  expect(states()).toEqual(["pending", "interrupted", "interrupted", "interrupted"]);

  // it was only asleep: its answer counts
  createWriter(database, { run: runs[3]?.id, now: () => now, bodyBytes: 100 }).apply([
    { type: "answered", id: ids[3] ?? "", end: sampleEnd(), bodyBytes: 0, truncated: false },
  ]);
  runs[3]?.renew();
  expect(states()[3]).toBe("answered");
  history.close();
  database.close();
});

test("a database of the first version is brought up to date with what is in it", () => {
  const old = openDatabase(path, { create: true });
  migrate(old, LEDGER_MIGRATIONS.slice(0, 1));
  const insert = old.prepare(`
    INSERT INTO deliveries (id, state, received_at, recorded_at, tunnel, method, path, forwarded_for, forwarded_proto, forwarded_host, base, target, headers)
    VALUES (?, 'answered', 1, 1, 'shop', 'POST', '/', '', 'http', '', '', '/', '[]')`);
  for (const id of ["0199-1", "0199-2"]) insert.run(id);
  old.close();
  const history = openHistory(path, { clock: systemClock });
  expect(history.remove(["0199-2"]).removed).toEqual(["0199-2"]);
  const database = ledger();
  createWriter(database, { now: Date.now, bodyBytes: 100 }).apply([
    { type: "received", request: sampleRequest(), body: Buffer.alloc(0), bodyBytes: 0, truncated: false },
  ]);
  expect(history.list({ limit: 10, order: "oldest" }).map(({ seq }) => seq)).toEqual([1, 3]);
  history.close();
  database.close();
});
