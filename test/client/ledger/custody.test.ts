import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Custody } from "../../../client/ledger/custody.ts";
import type { StoredHistory } from "../../../client/ledger/history.ts";
import { openHistory } from "../../../client/ledger/history.ts";
import type { LedgerLimits } from "../../../client/ledger/limits.ts";
import { createRecorder, type StoringRecorder } from "../../../client/ledger/recorder.ts";
import type { Acceptance, AttemptEnd, HeldDelivery, OwedRow } from "../../../client/ledger/records.ts";
import { createRetention } from "../../../client/ledger/retention.ts";
import { systemClock } from "../../../shared/clock.ts";
import { openDatabase } from "../../../shared/sqlite/open.ts";
import { sha256 } from "../../rig/ledger-file.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { until } from "../../rig/until.ts";
import { createRecorders } from "./open-recorders.ts";
import { sampleEnd, sampleRequest } from "./samples.ts";

const ROOT = join(import.meta.dirname, "../../..");
const MIB = 1_048_576;
const rig = createRecorders();
beforeEach(rig.begin);
afterEach(rig.end);

type Subject = {
  readonly recorder: StoringRecorder;
  readonly custody: Custody;
  readonly history: StoredHistory;
  readonly notices: string[];
};

async function open(limits: Partial<LedgerLimits> = {}): Promise<Subject> {
  const notices: string[] = [];
  const recorder = await createRecorder({
    path: rig.path(),
    limits,
    onNotice: (ids) => notices.push(...ids),
    onHealth: () => undefined,
  });
  const history = openHistory(rig.path(), { clock: systemClock });
  rig.atEnd(recorder.close);
  rig.atEnd(history.close);
  return { recorder, custody: recorder.custody, history, notices };
}

const held = (change: Partial<HeldDelivery> = {}): HeldDelivery => ({ request: sampleRequest(), body: Buffer.from("{}"), ...change });
const idOf = ({ request }: HeldDelivery): string => request.id;

/** Accepts a delivery that must be stored. */
async function owe(custody: Custody, delivery = held()): Promise<OwedRow> {
  const acceptance = await custody.acceptHeld(delivery);
  if (acceptance.kind !== "stored") throw new Error(`not stored: ${JSON.stringify(acceptance)}`);
  return acceptance.owed;
}

const columns = (id: string): unknown =>
  sqlite(rig.path(), `SELECT owed, held, outcome, unseen, failures, due_at, state FROM deliveries WHERE id = '${id}'`)[0];

/** What an app that refuses connections leaves of a live call. */
function refusedEnd(): AttemptEnd {
  const { head: _head, body: _body, ...end } = sampleEnd();
  return { ...end, error: { code: "app-refused", message: "nothing listens", hint: "" } };
}

describe("what cannot be stored", () => {
  test("for lack of room is refused, and what is small enough to fit beside it is not", async () => {
    const { custody, history } = await open({ maxPages: 60, retryMs: 10 });
    const large = held({ body: Buffer.alloc(2 * MIB, 7) });
    const small = held();
    const [first, second] = await Promise.all([custody.acceptHeld(large), custody.acceptHeld(small)]);
    expect(first).toEqual({ kind: "refused", code: "database-io", message: `There is no room left to write ${rig.path()}.` });
    expect(second).toMatchObject({ kind: "stored" });
    expect(history.get(idOf(large))).toBeUndefined();
    expect((await custody.owedOf("shop")).map(({ id }) => id)).toEqual([idOf(small)]);
    // alone as well, and what fits is still taken a moment later
    expect((await custody.acceptHeld(large)).kind).toBe("refused");
    await until(async () => (await custody.acceptHeld(held())).kind === "stored");
  });

  test("for a lock that lasts is refused, and taken afterwards", async () => {
    const { custody } = await open({ busyMs: 20, retryMs: 10 });
    const holder = openDatabase(rig.path());
    holder.exec("BEGIN IMMEDIATE");
    const delivery = held();
    expect(await custody.acceptHeld(delivery)).toMatchObject({ kind: "refused", code: "database-busy" });
    await expect(custody.holdLease("shop")).rejects.toMatchObject({ code: "database-busy" });
    holder.exec("ROLLBACK");
    holder.close();
    await until(async () => (await custody.acceptHeld(delivery)).kind === "stored");
  });

  test("for a writer that has ended is refused, and so is every other question", async () => {
    const { recorder, custody } = await open();
    await recorder.close();
    expect(await custody.acceptHeld(held())).toMatchObject({ kind: "refused" });
    await expect(custody.owedOf("shop")).rejects.toMatchObject({ code: "database-io" });
    await expect(custody.settle("x", "failed")).rejects.toMatchObject({ code: "database-io" });
  });

  test("because too much waits for the disk already is refused", async () => {
    const { custody } = await open({ waitingBytes: 1_000 });
    const sizes = [500, 500, 1, 0];
    const kinds = await Promise.all(sizes.map(async (size) => (await custody.acceptHeld(held({ body: Buffer.alloc(size) }))).kind));
    expect(kinds).toEqual(["stored", "stored", "stored", "refused"]);
    expect((await custody.acceptHeld(held({ body: Buffer.alloc(5_000) }))).kind).toBe("stored");
  });

  test("has nothing to do with a delivery that nobody knows", async () => {
    const { custody } = await open();
    const { id } = sampleRequest();
    expect(await custody.load(id)).toBeUndefined();
    expect(await custody.settle(id, "failed", sampleEnd())).toBe(false);
    expect(await custody.setDue({ id, dueAt: 1, failures: 1 }, sampleEnd())).toBe(false);
    expect(await custody.owedOf("shop")).toEqual([]);
    expect(await custody.owedCount("shop")).toEqual({ count: 0, oldestAt: undefined, failed: 0 });
  });
});

describe("a delivery that is taken over", () => {
  test("is on disk, whole, before anybody hears of it, and told of afterwards", async () => {
    const { custody, history, notices } = await open();
    const facts = {
      provider: "stripe",
      event: "a.b",
      eventId: "e",
      verdict: "valid",
      duplicateOf: null,
      verification: '{"verdict":"valid"}',
    };
    const delivery = held({ facts });
    const before = Date.now();
    const owed = await owe(custody, delivery);
    expect(owed).toEqual({ id: idOf(delivery), dueAt: expect.any(Number), failures: 0 });
    expect(owed.dueAt).toBeGreaterThanOrEqual(before);
    expect(columns(owed.id)).toEqual({ owed: 1, held: 1, outcome: null, unseen: 0, failures: 0, due_at: owed.dueAt, state: "pending" });
    expect(history.get(owed.id)).toMatchObject({ owed: true, held: true, verdict: "valid", event: "a.b", complete: true });
    expect(notices).toEqual([owed.id]);
  });

  test.each([0, 1, 262_144, 262_145, 10 * MIB, 10 * MIB + 1, 100 * MIB])(
    "has its %i bytes of body, also beyond what a live one keeps",
    async (size) => {
      const { custody, history } = await open();
      const body = Buffer.alloc(size, "devhook-");
      const { id } = await owe(custody, held({ body }));
      const hash = sha256(body);
      const loaded = await custody.load(id);
      expect(loaded?.body).toMatchObject({ total: size, truncated: false });
      expect(Buffer.isBuffer(loaded?.body.bytes)).toBe(true);
      expect(sha256(loaded?.body.bytes ?? "")).toBe(hash);
      expect(sha256(history.body(id)?.bytes ?? "")).toBe(hash);
    },
  );

  test("is what it was when the call was made, and takes nothing else of the caller's memory", async () => {
    const { custody, history } = await open();
    const slab = Buffer.from("before-BODY-after");
    const body = slab.subarray(7, 11);
    const stored = owe(custody, held({ body }));
    slab.fill("x");
    expect(history.body((await stored).id)?.bytes.toString()).toBe("BODY");
    expect(slab.toString()).toBe("x".repeat(17));
  });

  test("of many at once: each is stored, in the order of receipt whatever that of the calls", async () => {
    const { custody } = await open();
    const deliveries = Array.from({ length: 600 }, () => held());
    const kinds = await Promise.all(deliveries.toReversed().map(async (one) => (await custody.acceptHeld(one)).kind));
    expect(new Set(kinds)).toEqual(new Set(["stored"]));
    expect((await custody.owedOf("shop")).map(({ id }) => id)).toEqual(deliveries.map(idOf));
    expect(await custody.owedOf("other")).toEqual([]);
    expect(await custody.owedCount("shop")).toEqual({ count: 600, oldestAt: deliveries[0]?.request.receivedAt, failed: 0 });
  });

  test("just before the recorder closes is stored", async () => {
    const { recorder, custody } = await open();
    const kinds = Promise.all(Array.from({ length: 300 }, async () => (await custody.acceptHeld(held())).kind));
    await recorder.close();
    expect(new Set(await kinds)).toEqual(new Set(["stored"]));
  });

  test("survives the process, whenever that is killed", async () => {
    const program = join(rig.folder(), "accepting.mjs");
    buildSync({
      stdin: {
        contents: `
          import { createRecorder } from "./client/ledger/recorder.ts";
          import { sampleRequest } from "./test/client/ledger/samples.ts";
          const [path, writer] = process.argv.slice(2);
          const { custody } = await createRecorder({ path, writer: new URL(writer), onNotice: () => {}, onHealth: (h) => console.error(h) });
          const one = async () => {
            const request = sampleRequest();
            const { kind } = await custody.acceptHeld({ request, body: Buffer.alloc(2048, 1) });
            if (kind === "stored") process.stdout.write(request.id + "\\n");
            void one();
          };
          for (let i = 0; i < 50; i++) void one();`,
        resolveDir: ROOT,
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      outfile: program,
    });
    const writer = pathToFileURL(join(ROOT, "dist/ledger-writer.js")).href;
    for (const after of [1, 700, 2_000]) {
      const child = spawn(process.execPath, [program, rig.path(), writer], { stdio: ["ignore", "pipe", "inherit"] });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
      await until(() => text.split("\n").length > after);
      const ended = once(child, "close");
      child.kill("SIGKILL");
      await ended;
      const told = text.split("\n").filter((line) => line.length === 36);
      const { custody, recorder } = await open();
      const owed = new Set((await custody.owedOf("shop")).map(({ id }) => id));
      expect(told.filter((id) => !owed.has(id))).toEqual([]);
      // the process is gone: nobody need wait for its lease
      expect(await custody.holdLease("shop")).toBe(true);
      await recorder.close();
    }
  });
});

describe("a delivery that is known", () => {
  test("and owed is acknowledged, and owed once, with its failures", async () => {
    const { custody } = await open();
    const delivery = held();
    const [one, two] = await Promise.all([custody.acceptHeld(delivery), custody.acceptHeld(delivery)]);
    expect([one.kind, two.kind]).toEqual(["stored", "already-owed"]);
    await custody.setDue({ id: idOf(delivery), dueAt: 77, failures: 3 });
    expect(await custody.acceptHeld(delivery)).toEqual({ kind: "already-owed", owed: { id: idOf(delivery), dueAt: 77, failures: 3 } });
  });

  test.each(["delivered", "failed"] as const)("and %s is acknowledged, and nothing of it changes", async (outcome) => {
    const { custody, history } = await open();
    const delivery = held();
    const { id } = await owe(custody, delivery);
    await custody.settle(id, outcome, { ...sampleEnd(), kind: "held" });
    history.setSeen([id]);
    const before = columns(id);
    expect(await custody.acceptHeld(delivery)).toEqual({ kind: "already-answered" });
    expect(columns(id)).toEqual(before);
    expect(await custody.owedOf("shop")).toEqual([]);
  });

  test.each<readonly [string, AttemptEnd, Acceptance["kind"], object]>([
    ["answered 200 live", sampleEnd(), "already-answered", { owed: 0, held: 1, outcome: "delivered", unseen: 0 }],
    [
      "answered 404 live",
      sampleEnd({ head: { status: 404, reason: "", headers: [] } }),
      "already-answered",
      { owed: 0, held: 1, outcome: "failed", unseen: 1 },
    ],
    ["answered 503 live", sampleEnd({ head: { status: 503, reason: "", headers: [] } }), "stored", { owed: 1, held: 1, outcome: null }],
    ["answered 429 live", sampleEnd({ head: { status: 429, reason: "", headers: [] } }), "stored", { owed: 1, held: 1, outcome: null }],
    ["refused by an app that is down", refusedEnd(), "stored", { owed: 1, held: 1, outcome: null, state: "pending" }],
  ])("and was %s", async (_what, end, kind, after) => {
    const { recorder, custody } = await open();
    const delivery = held();
    const before = Date.now();
    recorder.received(delivery.request, delivery.body);
    recorder.attemptStarted(idOf(delivery), end);
    recorder.answered(idOf(delivery), end);
    const acceptance = await custody.acceptHeld(delivery);
    expect(acceptance.kind).toBe(kind);
    expect(columns(idOf(delivery))).toMatchObject(after);
    // what is owed is due at once
    const owed = await custody.owedOf("shop");
    expect(owed.filter(({ dueAt }) => dueAt > before + 30_000)).toEqual([]);
  });

  test("and answered 200, then 500 when somebody sent it again, is not called a third time", async () => {
    const { recorder, custody, history } = await open();
    const delivery = held();
    recorder.received(delivery.request, delivery.body);
    recorder.answered(idOf(delivery), sampleEnd());
    await recorder.flush();
    history.recordAttempt(idOf(delivery), { ...sampleEnd(), kind: "resend", head: { status: 500, reason: "", headers: [] } });
    expect(await custody.acceptHeld(delivery)).toEqual({ kind: "already-answered" });
  });

  test("with a part of its body gets it whole; pieces that still come are not added", async () => {
    const { recorder, custody, history } = await open({ bodyBytes: 1_000 });
    const delivery = held({ body: Buffer.alloc(700_000, "whole-") });
    recorder.received(delivery.request, undefined);
    recorder.requestPart(idOf(delivery), delivery.body.subarray(0, 400_000));
    await recorder.flush();
    recorder.requestPart(idOf(delivery), Buffer.from("more"));
    await owe(custody, delivery);
    recorder.requestPart(idOf(delivery), Buffer.from("still more"));
    recorder.requestEnded(idOf(delivery), { complete: false });
    await recorder.flush();
    expect(history.get(idOf(delivery))).toMatchObject({ complete: true, body: { total: 700_000, truncated: false } });
    expect(history.body(idOf(delivery))?.bytes.equals(delivery.body)).toBe(true);
  });
});

describe("a delivery that the app is just busy with", () => {
  async function underWay(): Promise<Subject & { readonly id: string; readonly owed: OwedRow }> {
    const subject = await open();
    const delivery = held();
    subject.recorder.received(delivery.request, delivery.body);
    subject.recorder.attemptStarted(idOf(delivery), sampleEnd());
    const owed = await owe(subject.custody, delivery);
    return { ...subject, id: owed.id, owed };
  }

  test("waits a minute for its answer, which settles it when it is one for good", async () => {
    const { recorder, custody, id, owed } = await underWay();
    expect(owed.dueAt - Date.now()).toBeGreaterThan(50_000);
    recorder.answered(id, sampleEnd());
    await recorder.flush();
    expect(columns(id)).toMatchObject({ owed: 0, outcome: "delivered", unseen: 0, state: "answered" });
    expect(await custody.owedOf("shop")).toEqual([]);
  });

  test("and refused for good has failed, for somebody to see", async () => {
    const { recorder, id } = await underWay();
    recorder.answered(id, sampleEnd({ head: { status: 410, reason: "", headers: [] } }));
    await recorder.flush();
    expect(columns(id)).toMatchObject({ owed: 0, outcome: "failed", unseen: 1 });
  });

  test("and that came to nothing is due now", async () => {
    const { recorder, custody, id } = await underWay();
    recorder.answered(id, refusedEnd());
    await recorder.flush();
    const [row] = await custody.owedOf("shop");
    expect(row?.id).toBe(id);
    expect(row?.dueAt).toBeLessThanOrEqual(Date.now());
  });

  test("in a process that is gone is due at once", async () => {
    const first = await open();
    const delivery = held();
    first.recorder.received(delivery.request, delivery.body);
    first.recorder.attemptStarted(idOf(delivery), sampleEnd());
    await first.recorder.close();
    const second = await open();
    expect((await owe(second.custody, delivery)).dueAt).toBeLessThanOrEqual(Date.now());
  });
});

describe("what becomes of an owed delivery", () => {
  test("is stored with the attempt that it follows from", async () => {
    const { custody, history, notices } = await open();
    const { id } = await owe(custody);
    const request = { method: "POST", target: "/x", headers: ["X-Signature", "new"], body: Buffer.from("resigned") };
    const failed = { ...sampleEnd(), kind: "held" as const, head: { status: 503, reason: "", headers: [] }, request };
    notices.length = 0;
    expect(await custody.setDue({ id, dueAt: 123, failures: 1 }, failed)).toBe(true);
    expect(notices).toEqual([id]);
    expect(await custody.owedOf("shop")).toEqual([{ id, dueAt: 123, failures: 1 }]);
    expect(await custody.settle(id, "delivered", { ...sampleEnd(), kind: "retry", body: Buffer.from("thanks") })).toBe(true);
    expect(columns(id)).toEqual({ owed: 0, held: 1, outcome: "delivered", unseen: 0, failures: 1, due_at: null, state: "answered" });
    const loaded = await custody.load(id);
    expect(loaded?.attempts).toMatchObject([
      { n: 1, kind: "held", head: { status: 503 }, request: { target: "/x", body: Buffer.from("resigned") } },
      { n: 2, kind: "retry", head: { status: 200 }, body: { bytes: Buffer.from("thanks") } },
    ]);
    expect(loaded?.attempts.every(({ body }) => Buffer.isBuffer(body.bytes))).toBe(true);
    expect(history.get(id)?.attempts).toHaveLength(2);
  });

  test("is said once: what is settled stays so", async () => {
    const { custody } = await open();
    const { id } = await owe(custody);
    expect(await custody.settle(id, "failed", refusedEnd())).toBe(true);
    expect(await custody.settle(id, "delivered")).toBe(false);
    expect(await custody.setDue({ id, dueAt: 1, failures: 1 })).toBe(false);
    expect(columns(id)).toEqual({ owed: 0, held: 1, outcome: "failed", unseen: 1, failures: 1, due_at: null, state: "failed" });
  });

  test("without an attempt leaves nothing pending", async () => {
    const { custody } = await open();
    const { id } = await owe(custody);
    await custody.settle(id, "failed");
    expect(columns(id)).toMatchObject({ state: "failed", unseen: 1, failures: 0 });
  });

  test("counts for other processes as well; one that failed for good until somebody has seen it", async () => {
    const { custody, history } = await open();
    const [a, b] = [await owe(custody), await owe(custody)];
    await custody.settle(a.id, "failed", refusedEnd());
    const counted = { count: 1, oldestAt: history.get(b.id)?.receivedAt, failed: 1 };
    expect(history.owedCount("shop")).toEqual(counted);
    expect(await custody.owedCount("shop")).toEqual(counted);
    expect(history.owedCount("other")).toEqual({ count: 0, oldestAt: undefined, failed: 0 });
    history.setSeen([a.id, sampleRequest().id]);
    expect(history.owedCount("shop")).toEqual({ ...counted, failed: 0 });
  });

  test("a history that does not exist owes nothing", () => {
    const history = openHistory(rig.path(), { clock: systemClock });
    expect(history.owedCount("shop")).toEqual({ count: 0, oldestAt: undefined, failed: 0 });
    history.setSeen(["x"]);
    history.close();
  });

  test("and what is owed are never forgotten before", async () => {
    const { custody, history } = await open();
    const [owed, failed, delivered] = [await owe(custody), await owe(custody), await owe(custody)];
    await custody.settle(failed.id, "failed", refusedEnd());
    await custody.settle(delivered.id, "delivered", sampleEnd());
    const database = openDatabase(rig.path());
    const limits = { keepMs: 0, keepCount: 0, keepBytes: 0, now: () => 1e15, monotonic: systemClock.monotonic };
    const tidy = (): void => {
      const retention = createRetention(database, limits);
      for (let more = true; more;) more = retention.step();
    };
    tidy();
    const left = (): readonly string[] => history.list({ limit: 10, order: "oldest" }).map(({ id }) => id);
    expect(left()).toEqual([owed.id, failed.id]);
    history.setSeen([failed.id]);
    tidy();
    expect(left()).toEqual([owed.id]);
    database.close();
  });

  test("shows as pending however long its process is gone", async () => {
    const { recorder, custody } = await open();
    const { id } = await owe(custody);
    await recorder.close();
    const later = openHistory(rig.path(), { clock: { ...systemClock, now: () => Date.now() + 3_600_000 } });
    expect(later.get(id)?.state).toBe("pending");
    later.close();
  });
});

describe("the lease on what is owed to a tunnel", () => {
  test("belongs to one process, tunnel by tunnel", async () => {
    const [one, other] = [await open(), await open()];
    expect(await one.custody.holdLease("shop")).toBe(true);
    expect(await one.custody.holdLease("shop")).toBe(true);
    expect(await other.custody.holdLease("shop")).toBe(false);
    expect(await other.custody.holdLease("blog")).toBe(true);
    // not theirs to give
    await other.custody.releaseLease("shop");
    expect(await other.custody.holdLease("shop")).toBe(false);
    await one.custody.releaseLease("shop");
    expect(await other.custody.holdLease("shop")).toBe(true);
    expect(await one.custody.holdLease("shop")).toBe(false);
  });

  test("is free when its process has ended", async () => {
    const [one, other] = [await open(), await open()];
    await one.custody.holdLease("shop");
    await one.recorder.close();
    expect(await other.custody.holdLease("shop")).toBe(true);
  });

  test("is taken over when it has not been renewed for 15 s, and its former holder learns so", async () => {
    const [one, other] = [await open({ renewMs: 60_000 }), await open({ renewMs: 60_000 })];
    await one.custody.holdLease("shop");
    const age = (ms: number): void => {
      const owner = "(SELECT run FROM custodians WHERE tunnel = 'shop')";
      sqlite(rig.path(), `UPDATE runs SET renewed_at = ${Date.now() - ms} WHERE id = ${owner}`);
    };
    age(14_000);
    expect(await other.custody.holdLease("shop")).toBe(false);
    age(15_001);
    expect(await other.custody.holdLease("shop")).toBe(true);
    expect(await one.custody.holdLease("shop")).toBe(false);
  });
});
