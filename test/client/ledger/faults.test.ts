import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openHistory } from "../../../client/ledger/history.ts";
import type { LedgerLimits } from "../../../client/ledger/limits.ts";
import { createRecorder, type Recorder, type RecorderHealth } from "../../../client/ledger/recorder.ts";
import { systemClock, type Clock } from "../../../shared/clock.ts";
import { openDatabase } from "../../../shared/sqlite/open.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { until } from "../../rig/until.ts";
import { sampleEnd, sampleRequest } from "./samples.ts";

const ROOT = join(import.meta.dirname, "../../..");
const WRITER = pathToFileURL(join(ROOT, "dist/ledger-writer.js"));
let folder = "";
let path = "";
let closers: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-faults-"));
  path = join(folder, "devhook.db");
  closers = [];
});
afterEach(async () => {
  for (const close of closers) await close();
  rmSync(folder, { recursive: true, force: true });
});

type Subject = { readonly recorder: Recorder; readonly health: RecorderHealth[]; readonly noticed: Set<string> };

async function record(limits: Partial<LedgerLimits> = {}, writer = WRITER): Promise<Subject> {
  const health: RecorderHealth[] = [];
  const noticed = new Set<string>();
  const recorder = await createRecorder({
    path,
    limits,
    writer,
    onNotice: (ids) => ids.forEach((id) => noticed.add(id)),
    onHealth: (state) => health.push(state),
  });
  closers.push(recorder.close);
  return { recorder, health, noticed };
}

/** Starts a program that may import the sources by their path in the project. */
function run(source: string, ...args: string[]): ChildProcess & { readonly output: () => string } {
  const file = join(folder, `program-${Math.abs(source.length)}.mjs`);
  buildSync({
    stdin: { contents: source, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile: file,
  });
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, NODE_PATH: join(ROOT, "node_modules") },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  closers.push(() => child.kill("SIGKILL"));
  return Object.assign(child, { output: () => text });
}

/** Records as fast as it can and prints the id of each delivery that it was told to be on disk. */
const RECORDING = `
  import { createRecorder } from "./client/ledger/recorder.ts";
  import { sampleEnd, sampleRequest } from "./test/client/ledger/samples.ts";
  const [path, writer, count] = process.argv.slice(2);
  const recorder = await createRecorder({ path, writer: new URL(writer), onNotice: (ids) => process.stdout.write(ids.join("\\n") + "\\n"), onHealth: (h) => console.error(h) });
  let made = 0;
  const open = sampleRequest();
  recorder.received(open, Buffer.from("never answered"));
  console.log("pending " + open.id);
  const tick = () => {
    for (let i = 0; i < 20 && made < Number(count); i++, made++) {
      const request = sampleRequest();
      recorder.received(request, Buffer.alloc(3000, made));
      recorder.answered(request.id, sampleEnd());
    }
    if (made < Number(count)) setTimeout(tick, 1);
    else recorder.close().then(() => process.exit(0));
  };
  tick();`;

const idsIn = (output: string): string[] => output.split("\n").filter((line) => /^[0-9a-f-]{36}$/.test(line));

describe("a process that is killed", () => {
  test("loses nothing that was said to be on disk; the file is whole; what had no answer shows as interrupted", async () => {
    for (const after of [1, 400, 1_500]) {
      const child = run(RECORDING, path, WRITER.href, "1000000");
      await until(() => idsIn(child.output()).length >= after);
      const ended = once(child, "close");
      child.kill("SIGKILL");
      await ended;
      const told = idsIn(child.output());
      const pending = /pending (\S+)/.exec(child.output())?.[1] ?? "";
      expect(sqlite(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
      const database = openDatabase(path);
      const stored = new Set(database.prepare<[], string>("SELECT id FROM deliveries").pluck().all());
      database.close();
      expect(told.filter((id) => !stored.has(id))).toEqual([]);

      const later: Clock = { ...systemClock, now: () => Date.now() + 60_000 };
      const history = openHistory(path, { clock: later });
      expect(history.get(pending)?.state).toBe("interrupted");
      expect(history.list({ limit: 100_000, order: "newest" }).find((one) => one.id === pending)?.state).toBe("interrupted");
      history.close();
      const next = await record();
      expect(sqlite(path, `SELECT state FROM deliveries WHERE id = '${pending}'`)).toEqual([{ state: "interrupted" }]);
      await next.recorder.close();
    }
  });
});

describe("several processes at once", () => {
  test("record into one file without losing a row or marking the other's deliveries interrupted", async () => {
    const { recorder, health, noticed } = await record();
    const open = sampleRequest();
    recorder.received(open, Buffer.from("still waiting"));
    const child = run(RECORDING, path, WRITER.href, "4000");
    const mine = Array.from({ length: 4_000 }, () => sampleRequest());
    for (const [i, request] of mine.entries()) {
      recorder.received(request, Buffer.alloc(3_000));
      recorder.answered(request.id, sampleEnd());
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(0);
    await recorder.flush();
    const theirs = idsIn(child.output());
    expect(theirs.length).toBeGreaterThanOrEqual(4_000);
    expect(mine.filter((request) => !noticed.has(request.id))).toEqual([]);
    const history = openHistory(path, { clock: systemClock });
    expect(history.list({ limit: 100_000, order: "oldest" })).toHaveLength(8_002);
    expect(history.get(open.id)?.state).toBe("pending");
    const theirPending = /pending (\S+)/.exec(child.output())?.[1] ?? "";
    expect(history.get(theirPending)?.state).toBe("interrupted");
    history.close();
    expect(health).toEqual([]);
    await recorder.close();
    expect(sqlite(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("a lock that lasts too long costs history, not time on the trunk, and history goes on afterwards", async () => {
    const { recorder, health } = await record({ busyMs: 20, retryMs: 10 });
    const holder = openDatabase(path);
    holder.exec("BEGIN IMMEDIATE");
    let longest = 0;
    await until(async () => {
      const before = performance.now();
      recorder.received(sampleRequest(), Buffer.alloc(2_000));
      longest = Math.max(longest, performance.now() - before);
      await recorder.flush();
      return health.length > 0;
    });
    expect(health).toEqual([{ state: "failing", code: "database-busy", message: expect.stringContaining(path), lost: 0 }]);
    expect(longest).toBeLessThan(50);
    holder.exec("ROLLBACK");
    holder.close();
    await until(async () => {
      recorder.received(sampleRequest(), Buffer.alloc(0));
      await recorder.flush();
      return health.length > 1;
    });
    expect(health).toHaveLength(2);
    expect(health[1]).toMatchObject({ state: "ok" });
    expect(health[1]?.lost).toBeGreaterThan(0);
  });
});

describe("a disk that fails", () => {
  test("full: one notice of it, the rows until then stay, and recording goes on when there is room", async () => {
    const { recorder, health, noticed } = await record({ maxPages: 40, retryMs: 10 });
    const sent: string[] = [];
    await until(async () => {
      const request = sampleRequest();
      sent.push(request.id);
      recorder.received(request, Buffer.alloc(40_000));
      await recorder.flush();
      return health.length > 0;
    });
    expect(health).toMatchObject([{ state: "failing", code: "database-io", message: `There is no room left to write ${path}.` }]);
    for (let i = 0; i < 5; i++) {
      recorder.received(sampleRequest(), Buffer.alloc(40_000));
      expect(await recorder.flush()).toBe(false);
    }
    // large enough not to find room in a page that is there
    const path503 = `/${"x".repeat(60_000)}`;
    recorder.refused([
      { relay: "http://r", tunnel: "t", seq: 1, at: 1, method: "POST", path: path503, status: 503, reason: "client-offline" },
    ]);
    expect(await recorder.flush()).toBe(false);
    expect(health).toHaveLength(1);
    const history = openHistory(path, { clock: systemClock });
    const stored = history.list({ limit: 1_000, order: "oldest" }).map((one) => one.id);
    expect(stored).toEqual(sent.filter((id) => noticed.has(id)));
    expect(stored.length).toBeGreaterThan(0);
    history.close();

    sqlite(path, "DELETE FROM deliveries");
    await until(async () => {
      recorder.received(sampleRequest(), Buffer.alloc(10));
      await recorder.flush();
      return health.length > 1;
    });
    expect(health[1]?.state).toBe("ok");
    expect(health[1]?.lost).toBeGreaterThanOrEqual(5);
    await recorder.close();
    expect(sqlite(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("too slow: what does not fit is left out and counted, the caller never waits", async () => {
    const { recorder, health } = await record({ waitingBytes: 100_000, busyMs: 5_000 });
    const holder = openDatabase(path);
    holder.exec("BEGIN IMMEDIATE");
    const open = sampleRequest();
    recorder.received(open, Buffer.alloc(1_000));
    const began = performance.now();
    for (let i = 0; i < 500; i++) recorder.received(sampleRequest(), Buffer.alloc(1_000));
    expect(performance.now() - began).toBeLessThan(500);
    expect(health).toMatchObject([{ state: "failing", code: "database-io" }]);
    recorder.answered(open.id, sampleEnd({ body: Buffer.alloc(1_000) }));
    holder.exec("ROLLBACK");
    holder.close();
    await recorder.flush();
    expect(health[1]?.state).toBe("ok");
    const history = openHistory(path, { clock: systemClock });
    const kept = history.list({ limit: 1_000, order: "oldest" }).length;
    expect(kept + (health[1]?.lost ?? 0)).toBe(501);
    expect(kept).toBeGreaterThan(50);
    // the answer to a recorded delivery is always written, without its body
    expect(history.get(open.id)).toMatchObject({ state: "answered", attempts: [{ body: { total: 1_000, truncated: true } }] });
    history.close();
  });

  test("too slow in the middle of a body: its beginning is kept, without a hole", async () => {
    const { recorder, health } = await record({ waitingBytes: 100_000 });
    const request = sampleRequest();
    const { body: _body, ...end } = sampleEnd();
    const pieces = Array.from({ length: 100 }, (_, i) => Buffer.alloc(3_000, i));
    const holder = openDatabase(path);
    holder.exec("BEGIN IMMEDIATE");
    recorder.received(request, Buffer.alloc(0));
    recorder.attemptStarted(request.id, end);
    for (const piece of pieces.slice(0, 50)) recorder.responsePart(request.id, 1, piece);
    holder.exec("ROLLBACK");
    holder.close();
    await recorder.flush();
    expect(health.map((one) => one.state)).toEqual(["failing", "ok"]);
    for (const piece of pieces.slice(50)) recorder.responsePart(request.id, 1, piece);
    recorder.answered(request.id, end);
    await recorder.flush();
    const history = openHistory(path, { clock: systemClock });
    const recorded = history.get(request.id)?.attempts[0]?.body;
    expect(recorded).toMatchObject({ total: 300_000, truncated: true });
    expect(recorded?.bytes.length).toBeGreaterThan(50_000);
    expect(recorded?.bytes.equals(Buffer.concat(pieces).subarray(0, recorded.bytes.length))).toBe(true);
    history.close();
  });

  test("moved away under us: recording goes on in a new file", async () => {
    const { recorder, health } = await record();
    recorder.received(sampleRequest(), Buffer.from("before"));
    await recorder.flush();
    renameSync(path, join(folder, "aside.db"));
    const after = sampleRequest();
    recorder.received(after, Buffer.from("after"));
    await recorder.flush();
    const history = openHistory(path, { clock: systemClock });
    expect(history.list({ limit: 10, order: "newest" }).map((one) => one.id)).toEqual([after.id]);
    history.close();
    expect(health).toEqual([]);
  });
});

describe("a writer thread that dies", () => {
  test("is started again; what it had is counted as lost, what came meanwhile is written", async () => {
    const mark = join(folder, "died");
    const program = join(folder, "writer.mjs");
    writeFileSync(
      program,
      `import { existsSync, writeFileSync } from "node:fs"; import { parentPort } from "node:worker_threads";
       if (!existsSync(${JSON.stringify(mark)})) parentPort.on("message", () => { writeFileSync(${JSON.stringify(mark)}, ""); process.exit(7); });
       await import(${JSON.stringify(WRITER.href)});`,
    );
    const { recorder, health, noticed } = await record({}, pathToFileURL(program));
    const first = sampleRequest();
    recorder.received(first, Buffer.from("x"));
    await recorder.flush();
    expect(noticed.has(first.id)).toBe(false);
    expect(health).toMatchObject([{ state: "failing", code: "internal" }]);
    const second = sampleRequest();
    recorder.received(second, Buffer.from("y"));
    await recorder.flush();
    expect(noticed.has(second.id)).toBe(true);
    expect(health[1]).toEqual({ state: "ok", lost: 1 });
    const runs = openDatabase(path, { readonly: true });
    expect(runs.prepare("SELECT count(*) FROM runs").pluck().get()).toBe(1);
    runs.close();
  });

  test("while it starts refuses the recorder", async () => {
    const program = join(folder, "broken.mjs");
    writeFileSync(program, `throw new Error("made to die");`);
    await expect(record({}, pathToFileURL(program))).rejects.toThrow("made to die");
    writeFileSync(program, `process.exit(0);`);
    await expect(record({}, pathToFileURL(program))).rejects.toThrow("ended before it was ready");
  });
});

describe("memory", () => {
  test("a 100 MB download that is recorded costs the process no more than its first 10 MiB", async () => {
    const program = run(
      `
      import { createRecorder } from "./client/ledger/recorder.ts";
      import { sampleEnd, sampleRequest } from "./test/client/ledger/samples.ts";
      const [path, writer] = process.argv.slice(2);
      const recorder = await createRecorder({ path, writer: new URL(writer), onNotice: () => {}, onHealth: (h) => console.error(h) });
      const stream = async (size) => {
        const request = sampleRequest();
        const { body, ...end } = sampleEnd();
        recorder.received(request, Buffer.alloc(0));
        recorder.attemptStarted(request.id, end);
        const chunk = Buffer.alloc(65536, 7);
        for (let at = 0; at < size; at += chunk.length) {
          recorder.responsePart(request.id, 1, chunk);
          if (at % 1048576 === 0) await new Promise(setImmediate);
        }
        recorder.answered(request.id, end);
        await recorder.flush();
      };
      await stream(1048576);
      global.gc?.();
      const before = process.memoryUsage();
      let peak = 0;
      const timer = setInterval(() => { peak = Math.max(peak, process.memoryUsage().rss); }, 2);
      for (let i = 0; i < 3; i++) await stream(100 * 1048576);
      clearInterval(timer);
      console.log("grew " + Math.max(peak - before.rss, 0));
      await recorder.close();`,
      path,
      WRITER.href,
    );
    await once(program, "close");
    const grew = Number(/grew (\d+)/.exec(program.output())?.[1] ?? NaN);
    expect(grew).toBeLessThan(32 * 1_048_576);
    const history = openHistory(path, { clock: systemClock });
    const newest = history.get(history.resolve("latest"));
    expect(newest?.attempts[0]?.body).toMatchObject({ total: 104_857_600, truncated: true });
    expect(newest?.attempts[0]?.body.bytes.equals(Buffer.alloc(10_485_760, 7))).toBe(true);
    history.close();
  });
});
