import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HoldOutcome } from "../../../server/journal/journal.ts";
import { openDatabase } from "../../../shared/sqlite/open.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { until } from "../../rig/until.ts";
import { createJournals, EVERYTHING, HEAD_BYTES, NOW, sampleRequest, TOLD } from "./open-journals.ts";

const journals = createJournals();
beforeEach(journals.begin);
afterEach(journals.end);

const HELD: HoldOutcome = { held: true };
const NOT_STORED: HoldOutcome = { held: false, reason: "storage" };

/** A thread that is not the product's: `ready` is what it says first. */
function threadOf(source: string): { readonly thread: URL } {
  const file = join(journals.folder(), "thread.mjs");
  writeFileSync(file, `import { parentPort } from "node:worker_threads";\n${source}`);
  return { thread: pathToFileURL(file) };
}

describe("a file that is no journal of ours", () => {
  test("is refused at the start when it is no database, with what, why and what to do", async () => {
    mkdirSync(dirname(journals.path()));
    writeFileSync(journals.path(), Buffer.alloc(20_000, "no database "));
    const error: unknown = await journals.open().catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: "database-corrupt", message: expect.stringContaining(journals.path()) });
    expect(error).toMatchObject({ why: expect.stringContaining("SQLITE_NOTADB"), fix: expect.stringContaining("mv ") });
    expect(readFileSync(journals.path())).toEqual(Buffer.alloc(20_000, "no database "));
  });

  test("is refused at the start when a page in its middle is damaged", async () => {
    const journal = await journals.open();
    await Promise.all(Array.from({ length: 50 }, () => journal.hold(sampleRequest(), Buffer.alloc(4_000), TOLD)));
    await journal.close();
    const bytes = readFileSync(journals.path());
    const pageSize = 8_192;
    // the last pages are those of the rows
    bytes.fill(0x5a, bytes.length - 4 * pageSize);
    writeFileSync(journals.path(), bytes);
    await expect(journals.open()).rejects.toMatchObject({ code: "database-corrupt" });
  });

  test("is refused at the start when a newer devhook wrote it, and stays as it is", async () => {
    await (await journals.open()).close();
    sqlite(journals.path(), "PRAGMA user_version = 99");
    await expect(journals.open()).rejects.toMatchObject({ code: "database-newer", fix: expect.stringContaining("npm install") });
    expect(sqlite(journals.path(), "PRAGMA user_version")).toEqual([{ user_version: 99 }]);
  });

  test("is refused at the start when its folder cannot be made", async () => {
    writeFileSync(join(journals.folder(), "relay"), "a file where the folder should be");
    await expect(journals.open()).rejects.toMatchObject({ code: "data-dir-unwritable" });
  });

  test("is refused at the start, after a bounded wait, when another process has it locked", async () => {
    await (await journals.open()).close();
    const holder = openDatabase(journals.path());
    journals.atEnd(() => holder.close());
    // nobody else may even read then
    holder.pragma("locking_mode = EXCLUSIVE");
    holder.exec("BEGIN EXCLUSIVE; PRAGMA user_version = 1; COMMIT");
    await expect(journals.open({ busyMs: 50 })).rejects.toMatchObject({ code: "database-busy" });
  });
});

describe("a full disk", () => {
  const limits = { maxPages: 40 };

  test("refuses what does not fit, says so once, keeps what it said yes to, and holds again when there is room", async () => {
    const journal = await journals.open(limits);
    const yes: string[] = [];
    const outcomes: HoldOutcome[] = [];
    await until(async () => {
      const request = sampleRequest();
      const outcome = await journal.hold(request, Buffer.alloc(20_000), TOLD);
      outcomes.push(outcome);
      if (outcome.held) yes.push(request.id);
      return !outcome.held;
    });
    expect(yes.length).toBeGreaterThan(3);
    for (let i = 0; i < 5; i++) expect(await journal.hold(sampleRequest(), Buffer.alloc(20_000), TOLD)).toEqual(NOT_STORED);
    expect(journals.health()).toMatchObject([{ state: "failing", fault: { code: "database-io" } }]);
    expect(journal.held("shop")).toMatchObject({ count: yes.length, bytes: yes.length * (HEAD_BYTES + 20_000) });
    // what is there can be read and forgotten
    expect((await journal.next("shop", EVERYTHING))?.map(({ request }) => request.id)).toEqual(yes);
    expect(await journal.forget("shop", yes.splice(0, 2))).toBe(true);
    const after = sampleRequest();
    expect(await journal.hold(after, Buffer.alloc(20_000), TOLD)).toEqual(HELD);
    await until(() => journals.health().length === 2);
    expect(journals.health()[1]).toEqual({ state: "ok" });
    await journal.close();
    const again = await journals.open(limits);
    expect((await again.next("shop", EVERYTHING))?.map(({ request }) => request.id)).toEqual([...yes, after.id]);
    await again.close();
    expect(sqlite(journals.path(), "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("refuses only what is too large for the room left, when several wait for the same commit", async () => {
    const journal = await journals.open(limits);
    const sizes = [100, 900_000, 200];
    const outcomes = await Promise.all(sizes.map((size) => journal.hold(sampleRequest(), Buffer.alloc(size), TOLD)));
    expect(outcomes).toEqual([HELD, NOT_STORED, HELD]);
    expect((await journal.next("shop", EVERYTHING))?.map(({ body }) => body.length)).toEqual([100, 200]);
    expect(journal.held("shop")).toMatchObject({ count: 2, bytes: 2 * HEAD_BYTES + 300 });
  });

  test("gives the place among the limits back that a refused request had", async () => {
    const journal = await journals.open({ ...limits, tunnelDeliveries: 1 });
    expect(await journal.hold(sampleRequest(), Buffer.alloc(900_000), TOLD)).toEqual(NOT_STORED);
    expect(await journal.hold(sampleRequest(), Buffer.alloc(10), TOLD)).toEqual(HELD);
  });
});

describe("a disk that fails", () => {
  test("refuses while it does, never offers what it cannot read, and holds again afterwards with all that was there", async () => {
    const journal = await journals.open();
    const first = sampleRequest();
    await journal.hold(first, Buffer.from("first"), TOLD);
    // everything into the file itself, so that a copy of it is whole
    sqlite(journals.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    const whole = readFileSync(journals.path());
    writeFileSync(journals.path(), Buffer.alloc(whole.length, "broken"));
    expect(await journal.hold(sampleRequest(), Buffer.from("second"), TOLD)).toEqual(NOT_STORED);
    expect(await journal.next("shop", EVERYTHING)).toBeUndefined();
    expect(await journal.forget("shop", [first.id])).toBe(false);
    expect(journals.health()).toMatchObject([{ state: "failing", fault: { code: "database-corrupt" } }]);
    writeFileSync(journals.path(), whole);
    const third = sampleRequest();
    expect(await journal.hold(third, Buffer.from("third"), TOLD)).toEqual(HELD);
    expect((await journal.next("shop", EVERYTHING))?.map(({ request }) => request.id)).toEqual([first.id, third.id]);
    expect(journals.health().map(({ state }) => state)).toEqual(["failing", "ok"]);
  });

  test("a file that was moved away is not written on: what is held from then on is in the file that the next start reads", async () => {
    const journal = await journals.open();
    await journal.hold(sampleRequest(), Buffer.from("first"), TOLD);
    for (const end of ["", "-wal", "-shm"]) renameSync(journals.path() + end, join(journals.folder(), `aside${end}`));
    const second = sampleRequest();
    expect(await journal.hold(second, Buffer.from("second"), TOLD)).toEqual(HELD);
    expect(sqlite(journals.path(), "SELECT id FROM held")).toEqual([{ id: second.id }]);
    expect(sqlite(join(journals.folder(), "aside"), "SELECT hex(body) AS body FROM held")).toEqual([{ body: "6669727374" }]);
    expect(journal.totals().count).toBe(1);
  });

  test("that answers nothing at all is given up on, and what it still has counts as waiting", async () => {
    const silent = threadOf(`
      parentPort.on("message", ({ type }) => type === "close" && parentPort.close());
      parentPort.postMessage({ type: "ready", figures: [] });`);
    const journal = await journals.open({ waitMs: 20, tunnelDeliveries: 1 }, silent);
    expect(await journal.hold(sampleRequest(), Buffer.alloc(10), TOLD)).toEqual(NOT_STORED);
    expect(await journal.hold(sampleRequest(), Buffer.alloc(10), TOLD)).toEqual({ held: false, reason: "tunnel-deliveries" });
    expect(journal.held("shop").count).toBe(0);
  });
});

describe("a lock of another process", () => {
  test("costs a bounded wait and a refusal, no time on the relay's thread, and holding goes on afterwards", async () => {
    const journal = await journals.open({ busyMs: 100 });
    const holder = openDatabase(journals.path());
    journals.atEnd(() => holder.close());
    holder.exec("BEGIN IMMEDIATE");
    let longest = 0;
    let last = performance.now();
    const look = (): void => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (running) setImmediate(look);
    };
    let running = true;
    look();
    expect(await Promise.all([1, 2, 3].map((size) => journal.hold(sampleRequest(), Buffer.alloc(size), TOLD)))).toEqual([
      NOT_STORED,
      NOT_STORED,
      NOT_STORED,
    ]);
    running = false;
    expect(longest).toBeLessThan(90);
    expect(journals.health()).toMatchObject([{ state: "failing", fault: { code: "database-busy" } }]);
    // who only reads waits for nobody
    expect(await journal.next("shop", EVERYTHING)).toEqual([]);
    holder.exec("ROLLBACK");
    expect(await journal.hold(sampleRequest(), Buffer.alloc(1), TOLD)).toEqual(HELD);
    expect(journals.health().map(({ state }) => state)).toEqual(["failing", "ok"]);
    expect(journal.held("shop").count).toBe(1);
  });

  test("that ends in time costs nothing but the wait", async () => {
    const journal = await journals.open({ busyMs: 20_000, waitMs: 20_000 });
    const holder = openDatabase(journals.path());
    holder.exec("BEGIN IMMEDIATE");
    const outcome = journal.hold(sampleRequest(), Buffer.alloc(1), TOLD);
    // its thread has taken it, and another request of the same thread is answered from memory meanwhile
    expect(journal.held("shop").count).toBe(0);
    holder.exec("ROLLBACK");
    holder.close();
    expect(await outcome).toEqual(HELD);
    expect(journals.health()).toEqual([]);
  });
});

describe("a thread that dies", () => {
  test("refuses what it had, frees its place, and another one goes on", async () => {
    // the first one falls at its first request; those after it hold
    const marker = join(journals.folder(), "fallen");
    const falling = threadOf(`
      import { existsSync, writeFileSync } from "node:fs";
      const figures = existsSync(${JSON.stringify(marker)}) ? [{ tunnel: "desk", count: 1, bytes: 5, oldestAt: ${NOW} }] : [];
      parentPort.on("message", ({ type, n }) => {
        if (type === "close") return parentPort.close();
        if (existsSync(${JSON.stringify(marker)})) return parentPort.postMessage({ type: "answers", answers: [{ n, ok: true, value: true }], figures: [], all: false });
        writeFileSync(${JSON.stringify(marker)}, "");
        throw new Error("made to fall");
      });
      parentPort.postMessage({ type: "ready", figures });`);
    const journal = await journals.open({ restartMs: 1, waitingBytes: HEAD_BYTES + 10 }, falling);
    const both = [journal.hold(sampleRequest(), Buffer.alloc(10), TOLD), journal.forget("shop", ["x"])];
    expect(await Promise.all(both)).toEqual([NOT_STORED, false]);
    expect(journals.health()).toMatchObject([{ state: "failing", fault: { message: expect.stringContaining("made to fall") } }]);
    await until(() => journals.health().length === 2);
    expect(journals.health()[1]).toEqual({ state: "ok" });
    expect(journal.totals()).toEqual({ tunnels: 1, count: 1, bytes: 5 });
    expect(await journal.hold(sampleRequest(), Buffer.alloc(10), TOLD)).toEqual(HELD);
  });

  test("before it was ready fails the opening", async () => {
    await expect(journals.open({}, threadOf("parentPort.unref();"))).rejects.toThrow("ended before it was ready");
  });
});
