import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFilter } from "../../../client/filter/filter.ts";
import { openHistory } from "../../../client/ledger/history.ts";
import { NOTE_CHARACTERS, PIECE_BYTES } from "../../../client/ledger/limits.ts";
import type { FoundFacts, NewAttempt, SentRequest } from "../../../client/ledger/records.ts";
import { openRun } from "../../../client/ledger/runs.ts";
import { systemClock } from "../../../shared/clock.ts";
import { openDatabase } from "../../../shared/sqlite/open.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { createRecorders, type Subject } from "./open-recorders.ts";
import { sampleEnd, sampleRequest } from "./samples.ts";

const recorders = createRecorders();
const { onDisk, inMemory } = recorders;
beforeEach(recorders.begin);
afterEach(recorders.end);

const UNKNOWN = "0199aaaa-0000-7000-8000-00000000ffff";
const NEWEST = { limit: 100, order: "newest" } as const;
const OLDEST = { limit: 100, order: "oldest" } as const;
const NOT_FOUND = expect.objectContaining({ code: "not-found" }) as Error;

/** Records deliveries that the app has answered. @returns their ids */
async function fill({ recorder }: Subject, count: number, change: Parameters<typeof sampleRequest>[0] = {}): Promise<string[]> {
  const requests = Array.from({ length: count }, () => sampleRequest(change));
  for (const request of requests) {
    recorder.received(request, Buffer.from("received"));
    recorder.answered(request.id, sampleEnd());
  }
  await recorder.flush();
  return requests.map(({ id }) => id);
}

function facts(change: Partial<FoundFacts> = {}): FoundFacts {
  return { provider: "stripe", event: "job", eventId: "evt_1", verdict: "valid", duplicateOf: null, verification: null, ...change };
}

function attempt(change: Partial<NewAttempt> = {}): NewAttempt {
  const { n: _n, ...end } = sampleEnd({ kind: "resend", at: 1_790_000_009_000 });
  return { ...end, ...change };
}

const EDITED: SentRequest = { method: "PUT", target: "/edited", headers: ["X-A", "\xe9"], body: Buffer.from([0, 255]) };

describe.each([
  ["on disk", onDisk],
  ["in memory", inMemory],
])("the history %s", (_, open) => {
  test("what is asked of deliveries that are not there finds nothing, and changes nothing", async () => {
    const subject = await open();
    const [id = ""] = await fill(subject, 1);
    const { history } = subject;
    expect(history.rows({ ids: [UNKNOWN, "", "latest", "'"], ...NEWEST })).toEqual([]);
    expect(history.rows({ ids: [], ...NEWEST })).toEqual([]);
    expect([history.head(UNKNOWN), history.body(UNKNOWN), history.answerBody(UNKNOWN, 1), history.sentBody(UNKNOWN, 1)]).toEqual(
      Array(4).fill(undefined),
    );
    for (const n of [0, 2, -1, 1.5, NaN])
      expect([n, history.answerBody(id, n), history.sentBody(id, n)]).toEqual([n, undefined, undefined]);
    history.setPinned([UNKNOWN], true);
    history.setMarked([], true);
    expect(() => history.setNote(UNKNOWN, "x")).toThrow(NOT_FOUND);
    expect(() => history.recordFacts(UNKNOWN, facts())).toThrow(NOT_FOUND);
    expect(history.remove([UNKNOWN])).toEqual({ removed: [], kept: [] });
    const nothing = history.clear({ upToSeq: 0 });
    expect([nothing.found, nothing.step()]).toEqual([0, 0]);
    expect(history.rows(NEWEST)).toMatchObject([{ id, pinned: false, marked: false, note: undefined }]);
  });

  test("a note has 2,000 characters at most", async () => {
    const subject = await open();
    const [id = ""] = await fill(subject, 1);
    const longest = "é".repeat(NOTE_CHARACTERS);
    subject.history.setNote(id, longest);
    expect(() => subject.history.setNote(id, `${longest}x`)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("2001") as string }),
    );
    expect(subject.history.rows(NEWEST)[0]?.note).toBe(longest);
  });

  test("a note takes the place of the one before, and an empty one removes it", async () => {
    const subject = await open();
    const { history } = subject;
    const [one = "", two = ""] = await fill(subject, 2);
    history.setNote(one, "first\nof \0 all");
    history.setNote(one, "ring back");
    history.setNote(two, "ring later");
    const noted = (text: string) => history.rows({ filter: createFilter(`note:${text}`), ...OLDEST }).map(({ id, note }) => [id, note]);
    expect(noted("ring")).toEqual([
      [one, "ring back"],
      [two, "ring later"],
    ]);
    expect(noted("first")).toEqual([]);
    history.setNote(one, "");
    expect(noted("ring")).toEqual([[two, "ring later"]]);
    expect(history.rows(OLDEST)[0]?.note).toBeUndefined();
  });

  test("marks and pins come and go, for each by itself, and is:marked finds them", async () => {
    const subject = await open();
    const { history } = subject;
    const ids = await fill(subject, 3);
    history.setMarked(ids.slice(0, 2), true);
    history.setPinned(ids.slice(1), true);
    history.setMarked(ids.slice(0, 1), false);
    expect(history.rows(OLDEST).map(({ marked, pinned }) => [marked, pinned])).toEqual([
      [false, false],
      [true, true],
      [false, true],
    ]);
    expect(history.rows({ filter: createFilter("is:marked"), ...OLDEST }).map(({ id }) => id)).toEqual(ids.slice(1, 2));
    expect(history.get(ids[1] ?? "")?.pinned).toBe(true);
    history.setPinned(ids, false);
    expect(history.rows(OLDEST).some(({ pinned }) => pinned)).toBe(false);
  });

  test("a row says what the newest attempt was, and what was found out", async () => {
    const subject = await open();
    const { history } = subject;
    const [plain = "", repeated = "", unsure = "", failed = ""] = await fill(subject, 4);
    const reason = { code: "no-match", message: "m", hint: "h" };
    const verification = (duplicate: unknown, found: unknown = reason) => JSON.stringify({ verdict: "x", reason: found, duplicate });
    history.recordFacts(plain, facts({ verification: verification(null, null) }));
    history.recordFacts(
      repeated,
      facts({ verdict: "invalid", duplicateOf: plain, verification: verification({ of: plain, sameBytes: true }) }),
    );
    history.recordFacts(unsure, facts({ duplicateOf: plain, verification: verification({ of: plain, sameBytes: null }, null) }));
    history.recordFacts(
      failed,
      facts({ verdict: "unsigned", duplicateOf: plain, verification: verification({ of: plain, sameBytes: false }) }),
    );
    history.recordAttempt(repeated, attempt({ request: EDITED }));
    history.recordAttempt(unsure, attempt({ request: EDITED }));
    history.recordAttempt(unsure, attempt());
    const { head: _head, body: _body, ...none } = attempt();
    history.recordAttempt(failed, { ...none, error: { code: "app-refused", message: "m", hint: "h" } });
    const untouched = { pinned: false, marked: false, note: undefined };
    expect(history.rows(OLDEST)).toMatchObject([
      { ...untouched, id: plain, lastKind: "live", lastError: undefined, edited: false, sameBytes: undefined, reason: undefined },
      { id: repeated, lastKind: "resend", lastError: undefined, edited: true, sameBytes: true, reason: "no-match", attempts: 2 },
      { id: unsure, lastKind: "resend", edited: false, sameBytes: undefined, reason: undefined, attempts: 3 },
      { id: failed, lastKind: "resend", lastError: "app-refused", edited: false, sameBytes: false, reason: "no-match", status: undefined },
    ]);
    const pending = sampleRequest();
    subject.recorder.received(pending, Buffer.alloc(0));
    await subject.recorder.flush();
    const nothing = { ...untouched, lastKind: undefined, lastError: undefined, edited: false, sameBytes: undefined, reason: undefined };
    expect(history.rows({ limit: 1, order: "newest" })).toEqual([{ ...history.list({ limit: 1, order: "newest" })[0], ...nothing }]);
  });

  test("rows are found by id, tunnel, border and filter, and by all of them", async () => {
    const subject = await open();
    const { history } = subject;
    const shop = await fill(subject, 3, { tunnel: "shop", target: "/a" });
    const other = await fill(subject, 3, { tunnel: "Shop", target: "/b" });
    const all = [...shop, ...other];
    const ids = (query: object) => history.rows({ ...OLDEST, ...query }).map(({ id }) => id);
    expect(ids({ tunnel: "shop" })).toEqual(shop);
    expect(history.list({ tunnel: "Shop", ...NEWEST }).map(({ id }) => id)).toEqual(other.toReversed());
    expect(ids({ ids: [...all.toReversed(), UNKNOWN, all[0] ?? ""] })).toEqual(all);
    expect(ids({ ids: all, order: "newest", limit: 2 })).toEqual(all.toReversed().slice(0, 2));
    for (const filter of [createFilter("path:/b"), createFilter("path:/b body:rec"), createFilter("body:rec h.x-twice:b path:/b")]) {
      expect(ids({ filter })).toEqual(other);
      expect(ids({ filter, ids: [all[0], all[3], all[4]] })).toEqual([all[3], all[4]]);
      expect(ids({ filter, tunnel: "shop" })).toEqual([]);
      expect(ids({ filter, ids: all, tunnel: "Shop", afterSeq: 4, upToSeq: 6, limit: 1 })).toEqual([all[4]]);
    }
  });

  test("the head of a delivery has all but bytes, and each body can be read by itself", async () => {
    const { recorder, history } = await open({ bodyBytes: 2 * PIECE_BYTES });
    const request = sampleRequest();
    const [up, down] = [Buffer.alloc(2 * PIECE_BYTES + 1, "u"), Buffer.alloc(PIECE_BYTES + 3, "d")];
    recorder.received(request, up);
    recorder.answered(request.id, sampleEnd({ body: down }));
    await recorder.flush();
    history.recordAttempt(request.id, attempt({ request: EDITED, body: Buffer.from("again") }));
    history.recordAttempt(request.id, attempt({ request: { ...EDITED, body: Buffer.alloc(0) } }));
    history.recordFacts(request.id, facts({ verification: '{"reason":null}' }));

    const whole = history.get(request.id);
    if (whole === undefined) throw new Error("it is not there");
    const sizeOf = (body: { readonly bytes: Buffer; readonly total: number; readonly truncated: boolean }) => ({
      total: body.total,
      truncated: body.truncated,
      kept: body.bytes.length,
    });
    const sentSize = (kept: number) => ({ total: kept, truncated: false, kept });
    expect(history.head(request.id)).toEqual({
      ...whole,
      body: sizeOf(whole.body),
      attempts: whole.attempts.map((one) => ({
        ...one,
        body: sizeOf(one.body),
        request: one.request && { ...one.request, body: sentSize(one.request.body.length) },
      })),
    });
    expect(history.head(request.id)).toMatchObject({
      body: { total: up.length, truncated: true, kept: 2 * PIECE_BYTES },
      attempts: [{ body: { total: down.length, truncated: false, kept: down.length } }, {}, {}],
    });
    expect(history.body(request.id)).toEqual(whole.body);
    for (const n of [1, 2, 3]) expect(history.answerBody(request.id, n)).toEqual(whole.attempts[n - 1]?.body);
    expect(history.sentBody(request.id, 1)).toBeUndefined();
    expect(history.sentBody(request.id, 2)).toEqual({ bytes: EDITED.body, total: 2, truncated: false });
    expect(history.sentBody(request.id, 3)).toEqual({ bytes: Buffer.alloc(0), total: 0, truncated: false });
  });

  test("facts that are found later take the place of those before", async () => {
    const subject = await open();
    const { recorder, history } = subject;
    const [id = ""] = await fill(subject, 1);
    recorder.verified(id, facts({ verdict: "no-secret", verification: '{"reason":{"code":"no-secret"}}' }));
    await recorder.flush();
    expect(history.rows(NEWEST)).toMatchObject([{ verdict: "no-secret", reason: "no-secret" }]);
    history.recordFacts(id, facts({ event: "job.done", verification: '{"reason":null}' }));
    expect(history.rows(NEWEST)).toMatchObject([{ verdict: "valid", reason: undefined, event: "job.done" }]);
    expect(history.get(id)?.verification).toBe('{"reason":null}');
  });

  test("a delivery that is removed takes everything with it, and its number is never given again", async () => {
    const subject = await open();
    const { history } = subject;
    const ids = await fill(subject, 3);
    history.setNote(ids[2] ?? "", "gone");
    history.setPinned(ids, true);
    expect(history.remove([ids[2] ?? "", ids[1] ?? "", ids[2] ?? "", UNKNOWN])).toEqual({ removed: [ids[2], ids[1]], kept: [] });
    expect(history.rows(OLDEST).map(({ id }) => id)).toEqual(ids.slice(0, 1));
    expect(history.get(ids[2] ?? "")).toBeUndefined();
    expect(() => history.resolve(ids[2] ?? "")).toThrow(NOT_FOUND);
    const [next] = await fill(subject, 1);
    expect(history.rows({ afterSeq: 3, ...OLDEST })).toMatchObject([{ id: next, seq: 4, note: undefined, pinned: false }]);
    expect(history.rows({ afterSeq: 1, ...OLDEST })).toHaveLength(1);
  });

  test("clearing leaves what is pinned, pending, of another tunnel or newer, and tells how much there is", async () => {
    const subject = await open();
    const { recorder, history } = subject;
    const [pinned = "", marked = "", ...plain] = await fill(subject, 600);
    const others = await fill(subject, 2, { tunnel: "other" });
    const pending = sampleRequest();
    recorder.received(pending, Buffer.alloc(0));
    await recorder.flush();
    history.setPinned([pinned], true);
    history.setMarked([marked], true);
    const upToSeq = history.rows({ limit: 1, order: "newest" })[0]?.seq ?? 0;
    const newer = await fill(subject, 2);

    const clearing = history.clear({ tunnel: "shop", upToSeq });
    expect(clearing.found).toBe(plain.length + 1);
    expect(history.rows({ limit: 1_000, order: "oldest" })).toHaveLength(605);
    let removed = 0;
    for (let some = clearing.step(); some > 0; some = clearing.step()) removed += some;
    expect(removed).toBe(clearing.found);
    expect(history.rows(OLDEST).map(({ id }) => id)).toEqual([pinned, ...others, pending.id, ...newer]);
    expect(history.clear({ tunnel: "shop", upToSeq }).found).toBe(0);
    const rest = history.clear({ upToSeq });
    expect([rest.found, rest.step(), rest.step()]).toEqual([2, 2, 0]);
  });

  test("rows that come for a delivery that is gone are passed over, and the others of their batch are written", async () => {
    const { recorder, history } = await open();
    const [gone, streamed, stays] = [sampleRequest(), sampleRequest(), sampleRequest()];
    const { body: _body, ...end } = sampleEnd();
    for (const request of [gone, stays]) recorder.received(request, Buffer.from("x"));
    recorder.received(streamed, undefined);
    recorder.requestPart(streamed.id, Buffer.from("begun"));
    for (const { id } of [gone, streamed, stays]) recorder.attemptStarted(id, end);
    for (const { id } of [gone, streamed, stays]) recorder.responsePart(id, 1, Buffer.from("be"));
    await recorder.flush();
    expect(history.remove([gone.id, streamed.id]).removed).toEqual([gone.id, streamed.id]);
    const next = sampleRequest();
    recorder.received(next, Buffer.from("y"));
    recorder.requestPart(streamed.id, Buffer.alloc(PIECE_BYTES));
    recorder.requestEnded(streamed.id, { complete: true });
    for (const { id } of [gone, streamed, stays]) {
      recorder.responsePart(id, 1, Buffer.from("gun"));
      recorder.verified(id, facts());
      recorder.answered(id, end);
      recorder.answered(id, { ...end, n: 2, late: true });
    }
    expect(await recorder.flush()).toBe(true);
    expect(history.rows(OLDEST)).toMatchObject([
      { id: stays.id, state: "answered", attempts: 2, verdict: "valid" },
      { id: next.id, state: "pending", attempts: 0, verdict: undefined },
    ]);
    expect(history.answerBody(stays.id, 1)?.bytes.toString()).toBe("begun");
    expect(history.get(next.id)?.attempts).toEqual([]);
  });
});

describe("the history on disk, besides", () => {
  test("is told to keep what is owed", async () => {
    const subject = await onDisk();
    const { history } = subject;
    const [owed = "", pinned = "", plain = ""] = await fill(subject, 3);
    sqlite(recorders.path(), `UPDATE deliveries SET owed = 1 WHERE id = '${owed}'`);
    history.setPinned([pinned], true);
    const clearing = history.clear({ upToSeq: 3 });
    expect([clearing.found, clearing.step(), clearing.step()]).toEqual([1, 1, 0]);
    expect(history.remove([owed, pinned, plain])).toEqual({ removed: [pinned], kept: [owed] });
    expect(history.rows(OLDEST)).toMatchObject([{ id: owed }]);
  });

  test("clears what waits for a process that is gone", async () => {
    const subject = await onDisk();
    const database = openDatabase(recorders.path());
    const run = openRun(database, { pid: 1, host: "elsewhere", now: Date.now, isAlive: () => true });
    const [id = ""] = await fill(subject, 1);
    database.prepare("UPDATE deliveries SET state = 'pending', run = ? WHERE id = ?").run(run.id, id);
    expect(subject.history.clear({ upToSeq: 9 }).found).toBe(0);
    database.prepare("UPDATE runs SET ended_at = 1 WHERE id = ?").run(run.id);
    expect(subject.history.rows(NEWEST)).toMatchObject([{ state: "interrupted" }]);
    const clearing = subject.history.clear({ upToSeq: 9 });
    expect([clearing.found, clearing.step()]).toEqual([1, 1]);
    database.close();
  });

  test("has nothing to change where nothing was ever recorded, and tells a lock of another process by its code", async () => {
    const empty = openHistory(recorders.path(), { clock: systemClock });
    expect(empty.rows({ ids: [UNKNOWN], ...NEWEST })).toEqual([]);
    expect([empty.head(UNKNOWN), empty.body(UNKNOWN)]).toEqual([undefined, undefined]);
    empty.setPinned([UNKNOWN], true);
    expect(empty.remove([UNKNOWN])).toEqual({ removed: [], kept: [] });
    const clearing = empty.clear({ upToSeq: 9 });
    expect([clearing.found, clearing.step()]).toEqual([0, 0]);
    expect(() => empty.setNote(UNKNOWN, "x")).toThrow(NOT_FOUND);
    expect(() => empty.recordFacts(UNKNOWN, facts())).toThrow(NOT_FOUND);

    const subject = await onDisk();
    const [id = ""] = await fill(subject, 1);
    const holder = openDatabase(recorders.path());
    holder.exec("BEGIN IMMEDIATE");
    const clear = subject.history.clear({ upToSeq: 9 });
    const busy = expect.objectContaining({ code: "database-busy" }) as Error;
    for (const write of [() => subject.history.setNote(id, "x"), () => clear.step()]) expect(write).toThrow(busy);
    holder.exec("ROLLBACK");
    holder.close();
    expect(clear.step()).toBe(1);
    empty.close();
  });

  test("numbers go on behind everything that was ever there, also when all of it is deleted by something else", async () => {
    const subject = await onDisk();
    await fill(subject, 5);
    sqlite(recorders.path(), "DELETE FROM deliveries");
    const [id] = await fill(subject, 1);
    expect(subject.history.rows({ afterSeq: 5, ...OLDEST })).toMatchObject([{ id, seq: 6 }]);
  });
});
