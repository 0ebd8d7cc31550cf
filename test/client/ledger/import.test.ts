import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openHistory } from "../../../client/ledger/history.ts";
import { LEDGER_LIMITS, PIECE_BYTES } from "../../../client/ledger/limits.ts";
import type { Attempt, ImportedDelivery, ImportIds } from "../../../client/ledger/records.ts";
import { systemClock } from "../../../shared/clock.ts";
import { createIdSource } from "../../../shared/ids.ts";
import { openDatabase } from "../../../shared/sqlite/open.ts";
import { sampleRequest } from "./samples.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-import-"));
  path = join(folder, "data", "devhook.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { next: newId } = createIdSource();

function freshIds(): ImportIds {
  return { newId, renamed: new Map() };
}

function bodyOf(bytes: Buffer): Attempt["body"] {
  return { bytes, total: bytes.length, truncated: false };
}

function attempt(change: Partial<Attempt> = {}): Attempt {
  return {
    n: 1,
    kind: "live",
    at: 1_790_000_000_000,
    target: "http://localhost:8000/a",
    request: undefined,
    head: { status: 200, reason: "OK", headers: ["A", "1", "a", "\u00ff"] },
    body: bodyOf(Buffer.from("ok")),
    timings: { head: 1.5, total: 2.25 },
    error: undefined,
    late: false,
    ...change,
  };
}

function imported(change: Partial<ImportedDelivery> = {}): ImportedDelivery {
  return {
    ...sampleRequest(),
    provider: "stripe",
    event: "invoice.paid",
    eventId: "evt_1",
    verdict: "valid",
    verification: '{"verdict":"valid"}',
    duplicateOf: undefined,
    held: true,
    state: "answered",
    body: bodyOf(Buffer.from("{}")),
    complete: true,
    attempts: [attempt()],
    ...change,
  };
}

test("a delivery from a file is kept as it stood there, and makes the database when there is none", () => {
  const delivery = imported({
    body: bodyOf(randomBytes(2 * PIECE_BYTES + 5)),
    attempts: [
      attempt({ body: bodyOf(randomBytes(PIECE_BYTES + 1)), late: true }),
      attempt({ n: 3, kind: "resend", request: { method: "PUT", target: "/b", headers: ["X", "y"], body: randomBytes(300) } }),
      attempt({
        n: 4,
        kind: "retry",
        head: undefined,
        body: bodyOf(Buffer.alloc(0)),
        error: { code: "app-refused", message: "m", hint: "h" },
      }),
      attempt({ n: 5, kind: "trigger", head: undefined, body: bodyOf(Buffer.alloc(0)), timings: undefined }),
    ],
  });
  const history = openHistory(path, { clock: systemClock });
  expect(existsSync(path)).toBe(false);
  expect(history.importDeliveries([delivery], freshIds())).toEqual([delivery.id]);
  expect(history.get(delivery.id)).toEqual({
    ...delivery,
    seq: 1,
    path: "/hooks/stripe",
    bytes: delivery.body.total,
    status: undefined,
    ms: undefined,
    owed: false,
    pinned: false,
  });
  expect(history.resolve("latest")).toBe(delivery.id);
  history.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("an id that is taken, here or in the same file, is replaced by a new one; what was there stays", () => {
  const history = openHistory(path, { clock: systemClock });
  const first = imported({ event: "first" });
  const ids = history.importDeliveries([first, { ...first, event: "second" }], freshIds());
  expect(ids[0]).toBe(first.id);
  expect(new Set(ids).size).toBe(2);
  const [again = ""] = history.importDeliveries([{ ...first, event: "third" }], freshIds());
  expect([first.id, ids[1] ?? "", again].map((id) => history.get(id)?.event)).toEqual(["first", "second", "third"]);
  history.close();
});

test("a delivery that repeats another one follows it to its new id", () => {
  const history = openHistory(path, { clock: systemClock });
  const first = imported();
  const repeat = imported({ duplicateOf: first.id });
  history.importDeliveries([first, repeat], freshIds());
  const ids = freshIds();
  const [copy, copyOfRepeat = ""] = history.importDeliveries([first, repeat], ids);
  const [later = ""] = history.importDeliveries([imported({ duplicateOf: first.id })], ids);
  expect([history.get(repeat.id), history.get(copyOfRepeat), history.get(later)].map((one) => one?.duplicateOf)).toEqual([
    first.id,
    copy,
    copy,
  ]);
  expect(Object.fromEntries(ids.renamed)).toEqual({ [first.id]: copy, [repeat.id]: copyOfRepeat });
  history.close();
});

test("what was pending elsewhere is interrupted here, and nothing is owed to the app", () => {
  const history = openHistory(path, { clock: systemClock });
  const [id = ""] = history.importDeliveries([imported({ state: "pending", attempts: [] })], freshIds());
  expect(history.get(id)).toMatchObject({ state: "interrupted", owed: false, pinned: false });
  history.close();
});

test("a body beyond the limit is cut there and counted whole", () => {
  const body = Buffer.alloc(LEDGER_LIMITS.bodyBytes + 1, "x");
  const history = openHistory(path, { clock: systemClock });
  const [id = ""] = history.importDeliveries([imported({ body: bodyOf(body), attempts: [attempt({ body: bodyOf(body) })] })], freshIds());
  const kept = { total: body.length, truncated: true };
  const recorded = history.get(id);
  expect(recorded).toMatchObject({ body: kept, attempts: [{ body: kept }] });
  expect([recorded?.body.bytes.length, recorded?.attempts[0]?.body.bytes.length]).toEqual([
    LEDGER_LIMITS.bodyBytes,
    LEDGER_LIMITS.bodyBytes,
  ]);
  history.close();
});

test("a failure halfway leaves nothing, and the next import works", () => {
  const history = openHistory(path, { clock: systemClock });
  const [kept = ""] = history.importDeliveries([imported()], freshIds());
  const twice = imported({ attempts: [attempt({ request: { method: "PUT", target: "/b", headers: [], body: Buffer.from("x") } })] });
  const database = openDatabase(path);
  database.exec("CREATE TRIGGER no BEFORE UPDATE OF request ON attempts BEGIN SELECT raise(ABORT, 'no'); END");
  const other = imported();
  expect(() => history.importDeliveries([other, twice], freshIds())).toThrow("no");
  expect(history.list({ limit: 10, order: "oldest" }).map(({ id }) => id)).toEqual([kept]);
  database.exec("DROP TRIGGER no");
  database.close();
  expect(history.importDeliveries([other, twice], freshIds())).toEqual([other.id, twice.id]);
  expect(history.get(twice.id)?.attempts[0]?.request?.target).toBe("/b");
  history.close();
});
