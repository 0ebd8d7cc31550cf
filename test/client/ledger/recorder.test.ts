import { createHash, randomBytes } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openHistory, type History } from "../../../client/ledger/history.ts";
import type { LedgerLimits } from "../../../client/ledger/limits.ts";
import { createMemoryRecorder } from "../../../client/ledger/memory-recorder.ts";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import { systemClock } from "../../../shared/clock.ts";
import { createIdSource } from "../../../shared/ids.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { until } from "../../rig/until.ts";
import { createRecorders, type Subject } from "./open-recorders.ts";
import { sampleEnd, sampleRequest } from "./samples.ts";

const recorders = createRecorders();
const { onDisk, inMemory, atEnd } = recorders;
beforeEach(recorders.begin);
afterEach(recorders.end);

describe.each([
  ["on disk", onDisk],
  ["in memory", inMemory],
])("the history %s", (_, open) => {
  test("calls for a delivery that was never received do nothing", async () => {
    const { recorder, history } = await open();
    recorder.requestPart("nobody", Buffer.from("x"));
    recorder.requestEnded("nobody", { complete: true });
    recorder.attemptStarted("nobody", sampleEnd());
    recorder.responsePart("nobody", 1, Buffer.from("x"));
    recorder.answered("nobody", sampleEnd());
    recorder.refused([]);
    await recorder.flush();
    expect(history.list({ limit: 10, order: "newest" })).toEqual([]);
  });

  test("calls after the end do nothing, and the end may be asked for twice", async () => {
    const { recorder, history } = await open();
    recorder.received(sampleRequest(), Buffer.from("kept"));
    await recorder.close();
    recorder.received(sampleRequest(), Buffer.from("late"));
    await recorder.flush();
    await recorder.close();
    expect(history.list({ limit: 10, order: "newest" })).toHaveLength(1);
  });

  test("a delivery and its answer come back byte for byte", async () => {
    const { recorder, history, notices } = await open();
    const bytes = Buffer.from(Array.from({ length: 256 }, (__, i) => i));
    const latin1 = Array.from({ length: 0x100 - 0x20 }, (__, i) => String.fromCharCode(0x20 + i)).join("");
    const request = sampleRequest({
      target: "//a/%2F/../\xe9?q=1&q=2",
      headers: ["X-Odd-cASE", latin1, "x-odd-case", "", "Authorization", "Bearer made-up"],
      upgrade: true,
    });
    const end = sampleEnd({ head: { status: 599, reason: "\xfcber", headers: ["Set-Cookie", "a=1", "set-cookie", latin1] }, body: bytes });
    recorder.received(request, bytes);
    recorder.attemptStarted(request.id, end);
    recorder.answered(request.id, end);
    await recorder.flush();
    const delivery = history.get(request.id);
    expect(delivery).toMatchObject({ ...request, path: "//a/%2F/../\xe9", state: "answered", status: 599, ms: 2.25, complete: true });
    expect(delivery?.headers).toEqual(request.headers);
    expect(delivery?.body).toEqual({ bytes, total: 256, truncated: false });
    expect(delivery?.attempts).toEqual([
      { ...end, request: undefined, error: undefined, late: false, body: { bytes, total: 256, truncated: false } },
    ]);
    expect(new Set(notices)).toEqual(new Set([request.id]));
  });

  test("a delivery without headers and bodies comes back without", async () => {
    const { recorder, history } = await open();
    const request = sampleRequest({ headers: [], base: "", target: "*", method: "OPTIONS" });
    recorder.received(request, Buffer.alloc(0));
    recorder.answered(request.id, sampleEnd({ head: { status: 204, reason: "", headers: [] }, body: Buffer.alloc(0) }));
    await recorder.flush();
    expect(history.get(request.id)).toMatchObject({ headers: [], target: "*", body: { total: 0, truncated: false }, complete: true });
    expect(history.get(request.id)?.attempts[0]).toMatchObject({ head: { reason: "", headers: [] }, body: { total: 0 } });
  });

  test("what a caller does to its buffers and lists afterwards changes nothing", async () => {
    const { recorder, history } = await open();
    const body = Buffer.from("before");
    const piece = Buffer.from("before");
    const request = sampleRequest();
    recorder.received(request, body);
    recorder.attemptStarted(request.id, sampleEnd());
    recorder.responsePart(request.id, 1, piece);
    body.fill("x");
    piece.fill("x");
    await recorder.flush();
    expect(history.get(request.id)?.body.bytes.toString()).toBe("before");
    expect(history.get(request.id)?.attempts[0]?.body.bytes.toString()).toBe("before");
  });

  test("a delivery shows while its answer is awaited", async () => {
    const { recorder, history } = await open();
    const request = sampleRequest();
    recorder.received(request, Buffer.from("x"));
    recorder.attemptStarted(request.id, sampleEnd());
    await recorder.flush();
    expect(history.get(request.id)).toMatchObject({ state: "pending", attempts: [{ n: 1, kind: "live", timings: undefined }] });
    expect(history.list({ limit: 1, order: "newest" })).toMatchObject([
      { state: "pending", attempts: 1, status: undefined, ms: undefined },
    ]);
  });

  test("bodies that come piece by piece are put together, whichever way round they interleave", async () => {
    const { recorder, history } = await open();
    const first = sampleRequest();
    const second = sampleRequest();
    const up = randomBytes(900_000);
    const down = randomBytes(700_001);
    for (const request of [first, second]) recorder.received(request, undefined);
    for (const request of [first, second]) recorder.attemptStarted(request.id, sampleEnd());
    for (let at = 0; at < up.length; at += 65_536) {
      for (const { id } of [first, second]) {
        recorder.requestPart(id, up.subarray(at, at + 65_536));
        recorder.responsePart(id, 1, down.subarray(at, at + 65_536));
      }
      if (at % 262_144 === 0) await recorder.flush();
    }
    recorder.requestEnded(first.id, { complete: true });
    recorder.requestEnded(second.id, { complete: false });
    const { body: _body, ...end } = sampleEnd();
    for (const { id } of [first, second]) recorder.answered(id, end);
    await recorder.flush();
    for (const { id } of [first, second]) {
      const delivery = history.get(id);
      expect(sha256(delivery?.body.bytes)).toBe(sha256(up));
      expect(sha256(delivery?.attempts[0]?.body.bytes)).toBe(sha256(down));
      expect(delivery).toMatchObject({ body: { total: up.length, truncated: false }, attempts: [{ body: { total: down.length } }] });
    }
    expect([history.get(first.id)?.complete, history.get(second.id)?.complete]).toEqual([true, false]);
  });

  test.each([0, 1])("a body of the limit and %i more byte", async (more) => {
    const limit = 300_000;
    const { recorder, history } = await open({ bodyBytes: limit });
    const body = randomBytes(limit + more);
    const whole = sampleRequest();
    recorder.received(whole, body);
    recorder.answered(whole.id, sampleEnd({ body }));
    const streamed = sampleRequest();
    recorder.received(streamed, undefined);
    recorder.attemptStarted(streamed.id, sampleEnd());
    for (let at = 0; at < body.length; at += 65_536) {
      recorder.requestPart(streamed.id, body.subarray(at, at + 65_536));
      recorder.responsePart(streamed.id, 1, body.subarray(at, at + 65_536));
    }
    recorder.requestEnded(streamed.id, { complete: true });
    const { body: _body, ...end } = sampleEnd();
    recorder.answered(streamed.id, end);
    await recorder.flush();
    for (const { id } of [whole, streamed]) {
      const delivery = history.get(id);
      for (const recorded of [delivery?.body, delivery?.attempts[0]?.body]) {
        expect(recorded?.bytes.equals(body.subarray(0, limit))).toBe(true);
        expect(recorded).toMatchObject({ total: limit + more, truncated: more > 0 });
      }
      expect(delivery?.complete).toBe(true);
    }
  });

  test("an attempt without an answer is a failed one with its reason; a second one makes up for it", async () => {
    const { recorder, history } = await open();
    const request = sampleRequest();
    recorder.received(request, Buffer.from("x"));
    const error = { code: "app-refused", message: "Nothing listens on \u2026:8000", hint: "Start\nthe app." };
    const { head: _head, body: _body, ...failure } = sampleEnd({ error, timings: { total: 3 } });
    recorder.answered(request.id, failure);
    await recorder.flush();
    expect(history.get(request.id)).toMatchObject({
      state: "failed",
      status: undefined,
      attempts: [{ error, head: undefined, timings: { total: 3 } }],
    });
    recorder.answered(request.id, sampleEnd({ n: 2, kind: "retry", at: 1_790_000_005_000 }));
    await recorder.flush();
    expect(history.get(request.id)).toMatchObject({ state: "answered", status: 200, attempts: [{ n: 1 }, { n: 2, kind: "retry" }] });
  });

  test("a late answer takes the place of the failure that it corrects", async () => {
    const { recorder, history } = await open();
    const request = sampleRequest();
    recorder.received(request, Buffer.from("x"));
    const {
      head: _head,
      body: _body,
      ...failure
    } = sampleEnd({ error: { code: "app-timeout", message: "m", hint: "h" }, timings: { total: 30_000 } });
    recorder.answered(request.id, failure);
    await recorder.flush();
    recorder.answered(request.id, sampleEnd({ late: true, timings: { head: 31_000, total: 31_001 } }));
    await recorder.flush();
    expect(history.get(request.id)?.attempts).toMatchObject([{ n: 1, late: true, error: undefined, timings: { total: 31_001 } }]);
    expect(history.get(request.id)).toMatchObject({ state: "answered", status: 200 });
  });

  test("a refusal that a relay tells of twice is recorded once", async () => {
    const { recorder, history } = await open();
    const refusal = {
      relay: "https://relay.example",
      tunnel: "shop",
      seq: 7,
      at: 5_000,
      method: "POST",
      path: "/\u00e9\n",
      status: 503,
      reason: "client-offline",
    };
    recorder.refused([refusal, { ...refusal, seq: 8, at: 6_000 }]);
    recorder.refused([refusal]);
    await recorder.flush();
    expect(history.refusals({ limit: 10 })).toEqual([{ ...refusal, seq: 8, at: 6_000 }, refusal]);
    expect(history.refusals({ sinceMs: 5_001, limit: 10 })).toHaveLength(1);
    expect(history.refusals({ limit: 1 })).toHaveLength(1);
  });

  test("an attempt that a command adds takes the next number", async () => {
    const { recorder, history } = await open();
    const request = sampleRequest();
    recorder.received(request, Buffer.from("x"));
    recorder.answered(request.id, sampleEnd());
    await recorder.flush();
    const { n: _n, ...attempt } = sampleEnd({ kind: "resend", at: 1_790_000_009_000 });
    const sent = { method: "PUT", target: "/edited", headers: ["X-Edited", "\xe9"], body: Buffer.from([0, 255]) };
    expect(history.recordAttempt(request.id, { ...attempt, request: sent })).toBe(2);
    expect(history.get(request.id)?.attempts[1]).toMatchObject({ n: 2, kind: "resend", request: sent });
    expect(() => history.recordAttempt("nobody", attempt)).toThrow(expect.objectContaining({ code: "not-found" }));
  });

  test("ids are found whole, by a prefix and from the newest", async () => {
    const { recorder, history } = await open();
    expect(() => history.resolve("latest")).toThrow(expect.objectContaining({ code: "not-found" }));
    const at = 1_790_000_000_000;
    const ids = createIdSource();
    const [a, b, c] = [
      sampleRequest({ id: ids.next(at) }),
      sampleRequest({ id: ids.next(at) }),
      sampleRequest({ id: ids.next(at + 1_000_000_000) }),
    ];
    for (const request of [a, b, c]) recorder.received(request, Buffer.alloc(0));
    await recorder.flush();
    expect(history.resolve(b.id)).toBe(b.id);
    expect(history.resolve(c.id.slice(0, 8).toUpperCase())).toBe(c.id);
    expect([history.resolve("latest"), history.resolve("latest~0"), history.resolve("latest~2")]).toEqual([c.id, c.id, a.id]);
    for (const wrong of ["latest~3", "latest~", "latest~-1", "latest~99999999999", "", "zz", "%", "_", "0'", `${a.id}0`]) {
      expect(() => history.resolve(wrong)).toThrow(expect.objectContaining({ code: "not-found" }));
    }
    const candidates = `They are: ${a.id}, ${b.id}`;
    expect(() => history.resolve(a.id.slice(0, 13))).toThrow(expect.objectContaining({ code: "ambiguous", why: candidates }));
  });

  test("lists go both ways, after a delivery, since a time, and never beyond the limit", async () => {
    const { recorder, history } = await open();
    const requests = Array.from({ length: 6 }, (__, i) => sampleRequest({ receivedAt: 1_790_000_000_000 + i }));
    for (const request of requests) recorder.received(request, Buffer.from("four"));
    await recorder.flush();
    const ids = requests.map((request) => request.id);
    const listed = (query: Partial<Parameters<History["list"]>[0]>): string[] =>
      history.list({ limit: 100, order: "oldest", ...query }).map((one) => one.id);
    expect(listed({})).toEqual(ids);
    expect(listed({ order: "newest", limit: 2 })).toEqual([ids[5], ids[4]]);
    expect(listed({ sinceMs: 1_790_000_000_004 })).toEqual(ids.slice(4));
    const third = history.list({ limit: 3, order: "oldest" }).at(-1);
    expect(listed({ afterSeq: third?.seq ?? 0 })).toEqual(ids.slice(3));
    expect(third).toEqual({
      seq: third?.seq,
      id: ids[2],
      receivedAt: 1_790_000_000_002,
      tunnel: "shop",
      method: "POST",
      path: "/hooks/stripe",
      provider: undefined,
      event: undefined,
      eventId: undefined,
      verdict: undefined,
      held: false,
      state: "pending",
      attempts: 0,
      status: undefined,
      ms: undefined,
      bytes: 4,
      duplicateOf: undefined,
    });
  });

  test("its version changes with every write", async () => {
    const { recorder, history } = await open();
    const before = history.dataVersion();
    expect(history.dataVersion()).toBe(before);
    recorder.received(sampleRequest(), Buffer.alloc(0));
    await recorder.flush();
    expect(history.dataVersion()).not.toBe(before);
  });
});

describe("the memory recorder", () => {
  test("forgets the oldest deliveries beyond its count and its bytes", async () => {
    const recorder = createMemoryRecorder({ onNotice: () => undefined, now: Date.now, keepCount: 3, keepBytes: 1_000 });
    const requests = Array.from({ length: 4 }, () => sampleRequest());
    for (const request of requests) recorder.received(request, Buffer.alloc(10));
    expect(recorder.history.list({ limit: 10, order: "oldest" }).map((one) => one.id)).toEqual(requests.slice(1).map((one) => one.id));
    const large = sampleRequest();
    recorder.received(large, Buffer.alloc(1_000));
    expect(recorder.history.list({ limit: 10, order: "oldest" }).map((one) => one.id)).toEqual([large.id]);
    await recorder.close();
  });

  test("keeps what is pinned, whatever its age", async () => {
    const recorder = createMemoryRecorder({ onNotice: () => undefined, now: Date.now, keepCount: 2 });
    const requests = Array.from({ length: 4 }, () => sampleRequest());
    for (const request of requests) {
      recorder.received(request, Buffer.alloc(10));
      recorder.history.setPinned([requests[0]?.id ?? ""], true);
    }
    const kept = [requests[0]?.id, requests[3]?.id];
    expect(recorder.history.list({ limit: 10, order: "oldest" }).map((one) => one.id)).toEqual(kept);
    await recorder.close();
  });
});

describe("the recorder on disk", () => {
  test("a large body given whole is recorded whole", async () => {
    const { recorder, history } = await onDisk();
    const body = randomBytes(10 * 1_024 * 1_024);
    const request = sampleRequest();
    recorder.received(request, body);
    recorder.answered(request.id, sampleEnd({ body }));
    await recorder.flush();
    expect(sha256(history.get(request.id)?.body.bytes)).toBe(sha256(body));
    expect(sha256(history.get(request.id)?.attempts[0]?.body.bytes)).toBe(sha256(body));
  });

  test("head fields larger than a batch are recorded", async () => {
    const { recorder, history } = await onDisk({ batchBytes: 4_096 });
    const request = sampleRequest({ headers: ["X-Long", "v".repeat(100_000)] });
    recorder.received(request, Buffer.alloc(0));
    await recorder.flush();
    expect(history.get(request.id)?.headers).toEqual(request.headers);
  });

  test("a redelivery of a recorded id changes neither body nor answer", async () => {
    const { recorder, history } = await onDisk();
    const request = sampleRequest();
    recorder.received(request, Buffer.from("first"));
    recorder.answered(request.id, sampleEnd());
    await recorder.flush();
    recorder.received(request, undefined);
    recorder.requestPart(request.id, Buffer.from("second"));
    recorder.requestEnded(request.id, { complete: false });
    await recorder.flush();
    expect(history.list({ limit: 10, order: "newest" })).toHaveLength(1);
    expect(history.get(request.id)).toMatchObject({ state: "answered", complete: true, body: { total: 5 } });
    expect(history.get(request.id)?.body.bytes.toString()).toBe("first");
  });

  test("an attempt that a command added meanwhile keeps its number, and the live one gets another", async () => {
    const { recorder, history } = await onDisk();
    const request = sampleRequest();
    recorder.received(request, Buffer.from("x"));
    await recorder.flush();
    const { n: _n, ...resent } = sampleEnd({ kind: "resend", at: 1_790_000_009_000, body: Buffer.from("resent") });
    expect(history.recordAttempt(request.id, resent)).toBe(1);
    const { body: _body, ...end } = sampleEnd();
    recorder.attemptStarted(request.id, end);
    recorder.responsePart(request.id, 1, Buffer.from("li"));
    await recorder.flush();
    recorder.responsePart(request.id, 1, Buffer.from("ve"));
    recorder.answered(request.id, end);
    await recorder.flush();
    expect(history.get(request.id)?.attempts.map(({ n, kind, body }) => [n, kind, body.bytes.toString()])).toEqual([
      [1, "resend", "resent"],
      [2, "live", "live"],
    ]);
    expect(history.list({ limit: 1, order: "newest" })[0]?.attempts).toBe(2);
  });

  test("a notice comes after the commit: whoever reads then finds the delivery", async () => {
    const path = join(recorders.folder(), "devhook.db");
    const missing: string[] = [];
    const seen: string[] = [];
    const recorder = await createRecorder({
      path,
      onNotice: (ids) => {
        for (const id of ids) {
          seen.push(id);
          if (reader.get(id) === undefined) missing.push(id);
        }
      },
      onHealth: () => undefined,
    });
    const reader = openHistory(path, { clock: systemClock });
    atEnd(recorder.close);
    atEnd(reader.close);
    const requests = Array.from({ length: 1_500 }, () => sampleRequest());
    for (const request of requests) {
      recorder.received(request, Buffer.from("x"));
      recorder.answered(request.id, sampleEnd());
    }
    await recorder.flush();
    expect(new Set(seen)).toEqual(new Set(requests.map((request) => request.id)));
    expect(missing).toEqual([]);
  });

  test("deliveries are written without being asked for", async () => {
    const path = join(recorders.folder(), "devhook.db");
    const request = sampleRequest();
    await new Promise<void>((noticed, failed) => {
      createRecorder({
        path,
        onNotice: (ids) => {
          expect(ids).toEqual([request.id]);
          noticed();
        },
        onHealth: () => undefined,
      }).then((recorder) => {
        atEnd(recorder.close);
        recorder.received(request, Buffer.alloc(0));
      }, failed);
    });
  });

  test("a clean end leaves one file that another SQLite reads and finds whole", async () => {
    const { recorder, history } = await onDisk();
    for (let i = 0; i < 100; i++) recorder.received(sampleRequest({ headers: ["X-Name", "caf\xe9"] }), randomBytes(5_000));
    history.close();
    await recorder.close();
    const path = recorders.path();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => statSync(`${path}-wal`)).toThrow(/ENOENT/);
    expect(sqlite(path, "PRAGMA integrity_check; PRAGMA foreign_key_check")).toEqual([{ integrity_check: "ok" }]);
    expect(
      sqlite(path, "SELECT count(*) AS n, sum(length(body)) AS bytes, max(headers) AS headers, max(path) AS path FROM deliveries"),
    ).toEqual([{ n: 100, bytes: 500_000, headers: '[["X-Name","caf\u00e9"]]', path: "/hooks/stripe" }]);
  });

  test("start is refused, with the code, for a file that cannot be used", async () => {
    const random = join(recorders.folder(), "random.db");
    writeFileSync(random, randomBytes(50_000));
    const newer = join(recorders.folder(), "newer.db");
    sqlite(newer, "PRAGMA user_version = 9999; CREATE TABLE t (a);");
    for (const [path, code] of [
      [random, "database-corrupt"],
      [newer, "database-newer"],
      [join(random, "devhook.db"), "data-dir-unwritable"],
      ["/proc/devhook/devhook.db", "data-dir-unwritable"],
    ] as const) {
      await expect(createRecorder({ path, onNotice: () => undefined, onHealth: () => undefined })).rejects.toMatchObject({ code });
    }
  });
});

function sha256(bytes: Buffer | undefined): string {
  return createHash("sha256")
    .update(bytes ?? "none")
    .digest("hex");
}

describe("a large body", () => {
  /** Records a piece of a body of 2,000 bytes where 1,000 may wait; returns how often it was told to go on. */
  async function begun(limits: Partial<LedgerLimits>): Promise<Subject & { readonly told: () => number }> {
    const subject = await onDisk({ pacedBytes: 1_000, ...limits });
    const request = sampleRequest();
    let told = 0;
    subject.recorder.received(request, undefined);
    subject.recorder.requestPart(request.id, Buffer.alloc(2_000));
    subject.recorder.whenKeepingUp(() => (told += 1));
    return { ...subject, told: () => told };
  }

  test("goes on at once while little waits for the disk", async () => {
    expect((await begun({ pacedBytes: 1_000_000 })).told()).toBe(1);
  });

  test("goes on once when the disk has caught up", async () => {
    const { recorder, told } = await begun({ paceMs: 1_000_000 });
    expect(told()).toBe(0);
    await recorder.flush();
    expect(told()).toBe(1);
  });

  test("goes on after a while when the disk takes nothing", async () => {
    const { told } = await begun({ paceMs: 20, batchMs: 1_000_000 });
    expect(told()).toBe(0);
    await until(() => told() === 1, "the body to go on");
  });

  test("goes on when recording ends", async () => {
    const { recorder, told } = await begun({ paceMs: 1_000_000, batchMs: 1_000_000 });
    await recorder.close();
    expect(told()).toBe(1);
  });
});
