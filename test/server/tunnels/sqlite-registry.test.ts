import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Registry } from "../../../server/tunnels/registry.ts";
import { openSqliteRegistry } from "../../../server/tunnels/sqlite-registry.ts";
import { parseToken, tokenText } from "../../../shared/tokens.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { until } from "../../rig/until.ts";

const LOCAL = { open: false, exposed: false };
const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };
let folder = "";
let path = "";
const opened: Registry[] = [];
let faults: unknown[] = [];

function open(options: { readonly pollMs?: number; readonly create?: boolean } = {}): Registry {
  const registry = openSqliteRegistry(path, { clock, namesPerToken: 3, onFault: (error) => faults.push(error), ...options });
  opened.push(registry);
  return registry;
}

function claim(registry: Registry, text: string, name: string): void {
  const admission = registry.admit(text, LOCAL);
  if (!admission.ok) throw new Error(admission.message);
  expect(registry.claim(admission.owner, name)).toMatchObject({ ok: true });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-registry-"));
  path = join(folder, "relay", "relay.db");
  faults = [];
});

afterEach(() => {
  for (const registry of opened.splice(0)) registry.close();
  rmSync(folder, { recursive: true });
});

describe("the relay's database", () => {
  test("is made only when that is wanted", () => {
    expect(() => open({ create: false })).toThrow("There is no database");
  });

  test("is for its owner alone", () => {
    open();
    expect(statSync(join(folder, "relay")).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(join(folder, "relay"))) expect(statSync(join(folder, "relay", name)).mode & 0o777).toBe(0o600);
  });

  test("holds neither a token nor a client key, as text or as bytes", () => {
    const registry = open();
    const { token } = registry.addToken("ana");
    claim(registry, token, "shop");
    const bytes = readdirSync(join(folder, "relay")).map((name) => readFileSync(join(folder, "relay", name)));
    const parsed = parseToken(token);
    if (parsed.kind === "malformed") throw new Error(parsed.why);
    for (const file of bytes) {
      for (const needle of [token, token.slice(3), parsed.secret, parsed.secret.toString("hex"), parsed.secret.toString("base64")]) {
        expect(file.includes(needle)).toBe(false);
      }
    }
    expect(sqlite(path, "SELECT hash FROM tokens")).toEqual([{ hash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });

  test("keeps tokens, names and refusals over a restart", () => {
    const first = open();
    const { token } = first.addToken("ana");
    claim(first, token, "shop");
    first.logRefusal({ tunnel: "shop", at: 1, method: "GET", path: "/caf\u00e9", status: 503, reason: "offline" });
    opened.pop()?.close();
    expect(sqlite(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    const again = open();
    expect(again.exists("shop")).toBe(true);
    expect(again.admit(token, LOCAL).ok).toBe(true);
    expect(again.unread("shop")).toEqual([
      { tunnel: "shop", at: 1, method: "GET", path: "/caf\u00e9", status: 503, reason: "offline", seq: 1 },
    ]);
  });

  test("never gives a refusal's number twice", () => {
    const first = open();
    claim(first, first.addToken("ana").token, "shop");
    first.logRefusal({ tunnel: "shop", at: 1, method: "GET", path: "/", status: 503, reason: "offline" });
    first.seen("shop", first.unread("shop")[0]?.seq ?? -1);
    opened.pop()?.close();
    const again = open();
    again.logRefusal({ tunnel: "shop", at: 2, method: "GET", path: "/", status: 503, reason: "offline" });
    expect(again.unread("shop").map((row) => row.seq)).toEqual([2]);
  });

  test("gets refusals without anybody asking for them", async () => {
    const registry = open();
    claim(registry, registry.addToken("ana").token, "shop");
    registry.logRefusal({ tunnel: "shop", at: 1, method: "GET", path: "/", status: 503, reason: "offline" });
    const stored = (): number => sqlite(path, "SELECT * FROM refusals").length;
    expect(stored()).toBe(0);
    await until(() => stored() === 1);
  });

  test("of a newer devhook is refused", () => {
    open();
    opened.pop()?.close();
    sqlite(path, "PRAGMA user_version = 99");
    expect(() => open()).toThrow(expect.objectContaining({ code: "database-newer" }));
  });

  test("that cannot be written refuses claims with 503, reports it and keeps serving what is known", () => {
    const registry = open();
    const { token } = registry.addToken("ana");
    claim(registry, token, "shop");
    sqlite(path, "CREATE TRIGGER broken BEFORE INSERT ON names BEGIN SELECT RAISE(ABORT, 'no'); END");
    const admission = registry.admit(token, LOCAL);
    if (!admission.ok) throw new Error(admission.message);
    expect(registry.claim(admission.owner, "desk")).toMatchObject({ ok: false, status: 503, code: "registry-unavailable" });
    expect(registry.claim(admission.owner, "shop")).toEqual({ ok: true, fresh: false });
    expect(faults).toHaveLength(1);
  });
});

describe("two processes on one database", () => {
  test("a token added by one is known to the other at once", () => {
    const relay = open();
    const command = open();
    const { token } = command.addToken("ana");
    expect(relay.admit(token, LOCAL)).toMatchObject({ ok: true });
    expect(relay.admit(tokenText("client-key"), LOCAL)).toMatchObject({ ok: false, code: "token-missing" });
  });

  test("a token revoked by one is refused by the other at once, and its sessions hear of it", async () => {
    const relay = open({ pollMs: 10 });
    const command = open();
    const ana = command.addToken("ana");
    const ben = command.addToken("ben");
    expect(relay.admit(ana.token, LOCAL).ok).toBe(true);
    const heard: string[] = [];
    relay.onRevoked((id) => heard.push(id));
    command.revokeToken(ana.id);
    command.rotateToken(ben.id);
    await until(() => heard.length === 2);
    expect(heard).toEqual([ana.id, ben.id]);
    expect(relay.admit(ana.token, LOCAL)).toMatchObject({ ok: false, code: "token-refused" });
    expect(relay.admit(ben.token, LOCAL)).toMatchObject({ ok: false, code: "token-refused" });
  });

  test("a revocation is noticed within a second without any handshake", async () => {
    const relay = open();
    const command = open();
    const { id } = command.addToken("ana");
    relay.admit(undefined, LOCAL);
    let heard = "";
    relay.onRevoked((revoked) => (heard = revoked));
    command.revokeToken(id);
    const start = performance.now();
    await until(() => heard === id);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test("a name released by one is gone at the other", async () => {
    const relay = open({ pollMs: 10 });
    const { token } = relay.addToken("ana");
    claim(relay, token, "shop");
    claim(relay, token, "desk");
    const heard: string[] = [];
    relay.onReleased((name) => heard.push(name));
    expect(open().releaseName("shop")).toBe(true);
    await until(() => !relay.exists("shop"));
    expect(relay.exists("desk")).toBe(true);
    expect(heard).toEqual(["shop"]);
  });

  test("a name claimed by both goes to one", () => {
    const one = open();
    const two = open();
    const ana = one.addToken("ana");
    const ben = one.addToken("ben");
    claim(one, ana.token, "shop");
    const admission = two.admit(ben.token, LOCAL);
    if (!admission.ok) throw new Error(admission.message);
    expect(two.claim(admission.owner, "shop")).toMatchObject({ ok: false, code: "name-taken" });
  });
});
