import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HoldOutcome, HoldRefusal, Journal } from "../../../server/journal/journal.ts";
import { JOURNAL_LIMITS } from "../../../server/journal/limits.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { until } from "../../rig/until.ts";
import { createJournals, EVERYTHING, HEAD_BYTES, NOW, sampleRequest, TOLD } from "./open-journals.ts";

const HOUR = 3_600_000;
const journals = createJournals();
beforeEach(journals.begin);
afterEach(journals.end);

const HELD: HoldOutcome = { held: true };
const refused = (reason: HoldRefusal): HoldOutcome => ({ held: false, reason });

/** Ids of all that is held for a tunnel, in their order. */
async function idsOf(journal: Journal, tunnel = "shop"): Promise<readonly string[]> {
  return ((await journal.next(tunnel, EVERYTHING)) ?? []).map(({ request }) => request.id);
}

function holdAll(journal: Journal, requests: readonly ReturnType<typeof sampleRequest>[], body = Buffer.alloc(10)): Promise<HoldOutcome[]> {
  return Promise.all(requests.map((request) => journal.hold(request, body, TOLD)));
}

const samples = (count: number, tunnel = "shop", receivedAt = NOW): ReturnType<typeof sampleRequest>[] =>
  Array.from({ length: count }, () => sampleRequest({ tunnel, receivedAt }));

describe("the limits of what is held", () => {
  test("are those that the relay's documentation names", () => {
    const { bodyBytes, tunnelDeliveries, tunnelBytes, totalBytes, ageMs } = JOURNAL_LIMITS;
    expect({ bodyBytes, tunnelDeliveries, tunnelBytes, totalBytes, ageMs }).toEqual({
      bodyBytes: 10 * 1024 ** 2,
      tunnelDeliveries: 1_000,
      tunnelBytes: 256 * 1024 ** 2,
      totalBytes: 4 * 1024 ** 3,
      ageMs: 72 * HOUR,
    });
  });

  test("a body of 10 MiB is held whole, one byte more is too large", async () => {
    const journal = await journals.open();
    const largest = Buffer.alloc(10 * 1024 ** 2, "largest");
    expect(await journal.hold(sampleRequest(), Buffer.alloc(largest.length + 1), TOLD)).toEqual(refused("too-large"));
    expect(await journal.hold(sampleRequest(), largest, TOLD)).toEqual(HELD);
    const [stored] = (await journal.next("shop", EVERYTHING)) ?? [];
    expect(stored?.body.equals(largest)).toBe(true);
  });

  test("the 1,001st delivery of a tunnel is refused, also while the others are on their way to the disk and after a restart", async () => {
    const journal = await journals.open();
    const outcomes = await holdAll(journal, samples(1_001));
    expect(outcomes.filter(({ held }) => held)).toHaveLength(1_000);
    expect(outcomes.at(-1)).toEqual(refused("tunnel-deliveries"));
    await journal.close();
    const again = await journals.open();
    expect(again.held("shop").count).toBe(1_000);
    expect(await again.hold(sampleRequest(), Buffer.alloc(0), TOLD)).toEqual(refused("tunnel-deliveries"));
    expect(await again.hold(sampleRequest({ tunnel: "desk" }), Buffer.alloc(0), TOLD)).toEqual(HELD);
    expect(await again.forget("shop", [(await idsOf(again))[0] ?? ""])).toBe(true);
    expect(await again.hold(sampleRequest(), Buffer.alloc(0), TOLD)).toEqual(HELD);
    expect(await again.hold(sampleRequest(), Buffer.alloc(0), TOLD)).toEqual(refused("tunnel-deliveries"));
  });

  test("a tunnel's bytes may reach its limit and not pass it by one", async () => {
    const limits = { tunnelBytes: 3 * (HEAD_BYTES + 100) };
    const journal = await journals.open(limits);
    expect(await holdAll(journal, samples(2), Buffer.alloc(100))).toEqual([HELD, HELD]);
    expect(await journal.hold(sampleRequest(), Buffer.alloc(101), TOLD)).toEqual(refused("tunnel-bytes"));
    expect(await journal.hold(sampleRequest(), Buffer.alloc(100), TOLD)).toEqual(HELD);
    expect(journal.held("shop").bytes).toBe(limits.tunnelBytes);
    await journal.close();
    const again = await journals.open(limits);
    expect(await again.hold(sampleRequest(), Buffer.alloc(0), TOLD)).toEqual(refused("tunnel-bytes"));
  });

  test("the bytes of all tunnels together may reach their limit and not pass it by one", async () => {
    const limits = { totalBytes: 3 * (HEAD_BYTES + 100) };
    const journal = await journals.open(limits);
    expect(await holdAll(journal, [...samples(1, "a"), ...samples(1, "b")], Buffer.alloc(100))).toEqual([HELD, HELD]);
    expect(await journal.hold(sampleRequest({ tunnel: "c" }), Buffer.alloc(101), TOLD)).toEqual(refused("relay-bytes"));
    expect(await journal.hold(sampleRequest({ tunnel: "c" }), Buffer.alloc(100), TOLD)).toEqual(HELD);
    await journal.close();
    const again = await journals.open(limits);
    expect(again.totals()).toEqual({ tunnels: 3, count: 3, bytes: limits.totalBytes });
    expect(await again.hold(sampleRequest({ tunnel: "c" }), Buffer.alloc(0), TOLD)).toEqual(refused("relay-bytes"));
  });

  test("what waits for the disk is bounded too, and is free again when it is written", async () => {
    const journal = await journals.open({ waitingBytes: 2 * (HEAD_BYTES + 10) });
    expect(await holdAll(journal, samples(3))).toEqual([HELD, HELD, refused("overloaded")]);
    expect(await holdAll(journal, samples(2))).toEqual([HELD, HELD]);
  });

  test("what another process took out makes room", async () => {
    const journal = await journals.open({ tunnelDeliveries: 2 });
    await holdAll(journal, samples(2));
    sqlite(journals.path(), "DELETE FROM held");
    expect(await idsOf(journal)).toEqual([]);
    expect(journal.held("shop")).toEqual({ tunnel: "shop", count: 0, bytes: 0, oldestAt: undefined });
    expect(await holdAll(journal, samples(2))).toEqual([HELD, HELD]);
  });
});

describe("a held delivery", () => {
  test("comes back as it was received, over a restart", async () => {
    const journal = await journals.open();
    const odd = sampleRequest({
      method: "PATCH",
      target: "//a/../%2e?q=\u00ff%00#",
      base: "",
      headers: ["x-Name", "caf\u00e9 \u0080", "X-NAME", "", "x-Name", 'a"b\\c\t '],
      forwarded: { for: "203.0.113.7, 10.0.0.1", proto: "http", host: "relay\u00e9.example:8080" },
      upgrade: true,
    });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const empty = sampleRequest();
    expect(await journal.hold(odd, bytes, { status: 200 })).toEqual(HELD);
    expect(await journal.hold(empty, Buffer.alloc(0), TOLD)).toEqual(HELD);
    await journal.close();
    const again = await journals.open();
    const stored = await again.next("shop", EVERYTHING);
    expect(stored).toEqual([
      { seq: 1, request: odd, body: bytes, status: 200 },
      { seq: 2, request: empty, body: Buffer.alloc(0), status: 202 },
    ]);
  });

  test("keeps its bytes when the caller uses the buffer for something else at once", async () => {
    const journal = await journals.open();
    const shared = Buffer.from("the socket's own");
    const outcome = journal.hold(sampleRequest(), shared.subarray(4, 10), TOLD);
    shared.fill("!");
    expect(await outcome).toEqual(HELD);
    expect((await journal.next("shop", EVERYTHING))?.[0]?.body.toString()).toBe("socket");
  });

  test("is on disk for others to see when it is said to be held, in a file for its owner alone", async () => {
    const journal = await journals.open();
    const request = sampleRequest();
    await journal.hold(request, Buffer.from("body"), TOLD);
    expect(sqlite(journals.path(), "SELECT id, hex(body) AS body FROM held")).toEqual([{ id: request.id, body: "626F6479" }]);
    const folder = dirname(journals.path());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test("with an id that is held already is refused, and takes nothing with it", async () => {
    const journal = await journals.open();
    const [first, second] = samples(2);
    if (first === undefined || second === undefined) throw new Error("two samples");
    await journal.hold(first, Buffer.from("first"), TOLD);
    expect(await holdAll(journal, [first, second])).toEqual([refused("storage"), HELD]);
    expect((await journal.next("shop", EVERYTHING))?.map(({ body }) => body.toString())).toEqual(["first", "\0".repeat(10)]);
    expect(journal.held("shop").count).toBe(2);
  });

  test("is refused after the end, and nothing waits for ever", async () => {
    const journal = await journals.open();
    const last = journal.hold(sampleRequest(), Buffer.from("last"), TOLD);
    await Promise.all([journal.close(), journal.close()]);
    expect(await last).toEqual(HELD);
    expect(await journal.hold(sampleRequest(), Buffer.alloc(0), TOLD)).toEqual(refused("storage"));
    expect(await journal.next("shop", EVERYTHING)).toBeUndefined();
    expect(await journal.forget("shop", ["x"])).toBe(false);
    expect(await journal.release("shop")).toBe(false);
    expect(await journal.expire(NOW)).toEqual(new Map());
    expect(readdirSync(dirname(journals.path()))).toEqual(["journal.db"]);
  });
});

describe("the drain", () => {
  test("reads in order of acceptance, behind a seq, as many and as much as asked for, and one at least", async () => {
    const journal = await journals.open();
    // ids and times do not decide
    const requests = [NOW + 5, NOW, NOW + 9, NOW - 50].map((receivedAt) => sampleRequest({ receivedAt }));
    await holdAll(journal, [...requests, sampleRequest({ tunnel: "desk" })], Buffer.alloc(100));
    const read = async (query: Partial<typeof EVERYTHING>): Promise<unknown> =>
      (await journal.next("shop", { ...EVERYTHING, ...query }))?.map(({ request }) => requests.findIndex(({ id }) => id === request.id));
    expect(await read({})).toEqual([0, 1, 2, 3]);
    expect(await read({ after: 2 })).toEqual([2, 3]);
    expect(await read({ after: 4 })).toEqual([]);
    expect(await read({ limit: 2 })).toEqual([0, 1]);
    expect(await read({ limit: 0 })).toEqual([]);
    expect(await read({ maxBytes: 2 * (HEAD_BYTES + 100) })).toEqual([0, 1]);
    expect(await read({ maxBytes: 2 * (HEAD_BYTES + 100) - 1 })).toEqual([0]);
    expect(await read({ after: 1, maxBytes: 1 })).toEqual([1]);
  });

  test("forgets what the client has stored, once and for good, and only of that tunnel", async () => {
    const journal = await journals.open();
    const [first, second, third] = samples(3);
    const other = sampleRequest({ tunnel: "desk" });
    if (first === undefined || second === undefined || third === undefined) throw new Error("three samples");
    await holdAll(journal, [first, second, third, other]);
    expect(await journal.forget("shop", [first.id, third.id, other.id, "no id"])).toBe(true);
    expect(await journal.forget("shop", [first.id])).toBe(true);
    expect(await journal.forget("shop", [])).toBe(true);
    expect(journal.held("shop")).toEqual({ tunnel: "shop", count: 1, bytes: HEAD_BYTES + 10, oldestAt: NOW });
    expect(journal.totals()).toMatchObject({ tunnels: 2, count: 2 });
    await journal.close();
    const again = await journals.open();
    expect(await idsOf(again)).toEqual([second.id]);
    expect(await idsOf(again, "desk")).toEqual([other.id]);
    // a number that was given is not given again, although its row is gone
    await again.forget("desk", [other.id]);
    await again.close();
    const last = await journals.open();
    await holdAll(last, samples(1, "desk"));
    expect((await last.next("desk", EVERYTHING))?.[0]?.seq).toBe(5);
  });

  test("says since when something is held", async () => {
    const journal = await journals.open();
    const [first, second] = [sampleRequest({ receivedAt: NOW }), sampleRequest({ receivedAt: NOW + 7 })];
    await holdAll(journal, [first, second]);
    expect(journal.held("shop").oldestAt).toBe(NOW);
    await journal.forget("shop", [first.id]);
    expect(journal.held("shop").oldestAt).toBe(NOW + 7);
    await journal.forget("shop", [second.id]);
    expect(journal.held("shop")).toEqual({ tunnel: "shop", count: 0, bytes: 0, oldestAt: undefined });
  });

  test("gives the room of what is gone back to the disk", async () => {
    const journal = await journals.open();
    const requests = samples(6);
    await holdAll(journal, requests, Buffer.alloc(8 * 1024 ** 2));
    await journal.forget(
      "shop",
      requests.map(({ id }) => id),
    );
    const bytesOf = (suffix: string): number => statSync(`${journals.path()}${suffix}`).size;
    const bytes = await until(() => (bytesOf("") < 24 * 1024 ** 2 ? bytesOf("") + bytesOf("-wal") : undefined), "a smaller file");
    expect(bytes).toBeLessThan(24 * 1024 ** 2);
  });

  test("of one tunnel with a large backlog does not make another one's requests wait for all of it", async () => {
    const journal = await journals.open();
    await holdAll(journal, samples(12, "large"), Buffer.alloc(4 * 1024 ** 2));
    const order: string[] = [];
    const reads = Array.from({ length: 12 }, (_, after) =>
      journal.next("large", { after, limit: 1, maxBytes: 1 }).then(() => order.push("read")),
    );
    await journal.hold(sampleRequest({ tunnel: "small" }), Buffer.alloc(10), TOLD).then(() => order.push("held"));
    await Promise.all(reads);
    expect(order.indexOf("held")).toBeLessThan(12);
    expect(order).toHaveLength(13);
  });
});

describe("what is held for too long", () => {
  test("is there at 72 hours and gone a millisecond later, with a record that stays until it is seen", async () => {
    const journal = await journals.open();
    const old = sampleRequest({ method: "PUT", target: `/old?${"x".repeat(3_000)}` });
    const young = sampleRequest({ receivedAt: NOW + 1 });
    await journal.hold(old, Buffer.from("body"), { status: 200 });
    await journal.hold(young, Buffer.from("body"), TOLD);
    expect(await journal.expire(NOW + 72 * HOUR)).toEqual(new Map());
    expect(await journal.expired("shop")).toEqual([]);
    const at = NOW + 72 * HOUR + 1;
    expect(await journal.expire(at)).toEqual(new Map([["shop", 1]]));
    expect(await journal.expire(at)).toEqual(new Map());
    expect(journal.held("shop")).toMatchObject({ count: 1, oldestAt: NOW + 1 });
    await journal.close();
    const again = await journals.open();
    expect(await idsOf(again)).toEqual([young.id]);
    const record = { seq: 1, tunnel: "shop", id: old.id, receivedAt: NOW, at, method: "PUT", status: 200, reason: "expired" };
    expect(await again.expired("shop")).toEqual([{ ...record, path: old.target.slice(0, 2_048) }]);
    expect(await again.expired("desk")).toEqual([]);
    expect(await again.seen("desk", 1)).toBe(true);
    expect(await again.expired("shop")).toHaveLength(1);
    expect(await again.seen("shop", 1)).toBe(true);
    expect(await again.expired("shop")).toEqual([]);
    // its number is not given again
    await again.expire(at + HOUR);
    expect((await again.expired("shop"))?.map(({ seq, id }) => [seq, id])).toEqual([[2, young.id]]);
  });

  test("expires whatever its number, in all tunnels; a tunnel keeps its newest records", async () => {
    const journal = await journals.open({ expiriesKept: 3 });
    const requests = samples(900);
    await holdAll(journal, [...requests, ...samples(2, "desk"), ...samples(1, "desk", NOW + HOUR)]);
    expect(await journal.expire(NOW + 72 * HOUR + 1)).toEqual(
      new Map([
        ["shop", 900],
        ["desk", 2],
      ]),
    );
    expect(journal.totals()).toMatchObject({ tunnels: 1, count: 1 });
    expect((await journal.expired("shop"))?.map(({ id }) => id)).toEqual(requests.slice(-3).map(({ id }) => id));
    expect(await journal.expired("desk")).toHaveLength(2);
  });
});

describe("a tunnel whose name is given up", () => {
  test("leaves nothing, and others keep what is theirs", async () => {
    const journal = await journals.open();
    await holdAll(journal, [...samples(1, "shop", NOW - 73 * HOUR), ...samples(1, "desk", NOW - 73 * HOUR)]);
    await journal.expire(NOW);
    await holdAll(journal, [...samples(700), ...samples(1, "desk")]);
    expect(await journal.tunnels()).toEqual(["desk", "shop"]);
    expect(await journal.release("shop")).toBe(true);
    expect(await journal.release("nobody's")).toBe(true);
    expect(await idsOf(journal)).toEqual([]);
    expect(await journal.expired("shop")).toEqual([]);
    expect(journal.held("shop").count).toBe(0);
    expect(await journal.tunnels()).toEqual(["desk"]);
    expect(await idsOf(journal, "desk")).toHaveLength(1);
    expect(await journal.expired("desk")).toHaveLength(1);
    await journal.close();
    expect(sqlite(journals.path(), "SELECT DISTINCT tunnel FROM held UNION SELECT tunnel FROM expired")).toEqual([{ tunnel: "desk" }]);
  });

  test("is known also when only records of expiry are left of it", async () => {
    const journal = await journals.open();
    await holdAll(journal, samples(1, "shop", NOW - 73 * HOUR));
    await journal.expire(NOW);
    expect(await journal.tunnels()).toEqual(["shop"]);
  });
});
