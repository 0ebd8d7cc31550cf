import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMemoryRegistry } from "../../../server/tunnels/memory-registry.ts";
import type { AdmissionPolicy, Owner, RefusedRequest, Registry } from "../../../server/tunnels/registry.ts";
import { openSqliteRegistry } from "../../../server/tunnels/sqlite-registry.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { tokenText } from "../../../shared/tokens.ts";

const LOCAL: AdmissionPolicy = { open: false, exposed: false };
const EXPOSED: AdmissionPolicy = { open: false, exposed: true };
const OPEN: AdmissionPolicy = { open: true, exposed: true };
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

let now = START;
const clock = { now: () => now, monotonic: () => now - START };
let folder = "";
let registry: Registry;

/** Room for three names an owner: the limit is met soon. */
const OPTIONS = { clock, namesPerToken: 3 };
const KINDS = [
  { kind: "memory", open: () => createMemoryRegistry(OPTIONS) },
  {
    kind: "SQLite",
    open: () => openSqliteRegistry(join(folder, "relay.db"), { ...OPTIONS, onFault: (error) => expect.unreachable(String(error)) }),
  },
];

function ownerOf(text: string, policy: AdmissionPolicy = LOCAL): Owner {
  const admission = registry.admit(text, policy);
  if (!admission.ok) throw new Error(admission.message);
  return admission.owner;
}

function refusal(tunnel: string, more: Partial<RefusedRequest> = {}): RefusedRequest {
  return { tunnel, at: now, method: "POST", path: "/hook", status: 503, reason: "offline", ...more };
}

describe.each(KINDS)("a registry in $kind", ({ open }) => {
  beforeEach(() => {
    now = START;
    folder = mkdtempSync(join(tmpdir(), "devhook-registry-"));
    registry = open();
  });

  afterEach(() => {
    registry.close();
    rmSync(folder, { recursive: true });
  });

  describe("admission", () => {
    test("refuses who brings no token", () => {
      for (const policy of [LOCAL, EXPOSED, OPEN])
        expect(registry.admit(undefined, policy)).toMatchObject({ ok: false, status: 401, code: "token-missing" });
    });

    test("tells a damaged token from an unknown one", () => {
      const { token } = registry.addToken("ana");
      expect(registry.admit(token.slice(0, -1), EXPOSED)).toMatchObject({ ok: false, status: 401, code: "token-malformed" });
      expect(registry.admit(tokenText("token"), EXPOSED)).toMatchObject({ ok: false, status: 401, code: "token-refused" });
    });

    test("repeats nothing of a refused text", () => {
      for (const text of ["Basic c2VjcmV0", tokenText("token"), "dh_hunter2"]) {
        expect(JSON.stringify(registry.admit(text, EXPOSED))).not.toContain(text.slice(4));
      }
    });

    test("knows the holder of a token", () => {
      const made = registry.addToken("ana", { admin: true });
      expect(registry.admit(made.token, EXPOSED)).toEqual({
        ok: true,
        owner: { kind: "token", id: made.id, label: "ana", admin: true, names: "any" },
      });
    });

    test("never takes a client key for a token with the same secret", () => {
      const secret = Buffer.alloc(32, 7);
      const key = ownerOf(tokenText("client-key", secret));
      expect(key).toMatchObject({ kind: "anonymous", admin: false, label: undefined });
      expect(registry.admit(tokenText("token", secret), LOCAL)).toMatchObject({ ok: false, code: "token-refused" });
    });

    test("lets anonymous clients in where only this machine can call, and under --open", () => {
      const key = tokenText("client-key");
      expect(ownerOf(key, LOCAL).names).toBe("any");
      expect(ownerOf(key, OPEN).names).toBe("random");
      expect(ownerOf(key, { open: true, exposed: false }).names).toBe("random");
      expect(registry.admit(key, EXPOSED)).toMatchObject({ ok: false, status: 401, code: "token-missing" });
    });

    test("lets no anonymous client in once there was a token, not even when it is revoked", () => {
      const { id } = registry.addToken("ana");
      expect(registry.admit(tokenText("client-key"), LOCAL)).toMatchObject({ ok: false, code: "token-missing" });
      registry.revokeToken(id);
      expect(registry.hasTokens()).toBe(false);
      expect(registry.admit(tokenText("client-key"), LOCAL)).toMatchObject({ ok: false, code: "token-missing" });
    });
  });

  describe("names", () => {
    test.each(["_devhook", "", "A", "a.b", "-a", "a".repeat(64)])("refuses the name %j", (name) => {
      const owner = ownerOf(registry.addToken("ana").token);
      expect(registry.claim(owner, name)).toMatchObject({ ok: false, status: 400, code: "name-invalid" });
      expect(registry.exists(name)).toBe(false);
    });

    test("refuses a chosen name to an anonymous client of an open relay", () => {
      const owner = ownerOf(tokenText("client-key"), OPEN);
      expect(registry.claim(owner, "shop")).toMatchObject({ ok: false, status: 400, code: "name-invalid" });
      expect(registry.claim(owner, "a".repeat(26))).toEqual({ ok: true, fresh: true });
    });

    test("belong to whoever claims them first, for ever", () => {
      const ana = ownerOf(registry.addToken("ana").token);
      const ben = ownerOf(registry.addToken("ben").token);
      expect(registry.exists("shop")).toBe(false);
      expect(registry.claim(ana, "shop")).toEqual({ ok: true, fresh: true });
      expect(registry.exists("shop")).toBe(true);
      expect(registry.claim(ana, "shop")).toEqual({ ok: true, fresh: false });
      expect(registry.claim(ben, "shop")).toMatchObject({ ok: false, status: 409, code: "name-taken" });
    });

    test("of an anonymous client need its key, not only its URL", () => {
      const key = tokenText("client-key");
      registry.claim(ownerOf(key), "shop");
      expect(registry.claim(ownerOf(key), "shop")).toEqual({ ok: true, fresh: false });
      expect(registry.claim(ownerOf(tokenText("client-key")), "shop")).toMatchObject({ ok: false, code: "name-taken" });
    });

    test("end at the limit: the third passes, the fourth is refused, a released one makes room", () => {
      const owner = ownerOf(registry.addToken("ana").token);
      for (const name of ["a", "b", "c"]) expect(registry.claim(owner, name).ok).toBe(true);
      expect(registry.claim(owner, "d")).toMatchObject({ ok: false, status: 403, code: "too-many-names" });
      expect(registry.claim(owner, "a")).toEqual({ ok: true, fresh: false });
      registry.releaseName("b");
      expect(registry.claim(owner, "d")).toEqual({ ok: true, fresh: true });
    });

    test("stay closed to others for 30 days after their release, and open to the former owner", () => {
      const ana = ownerOf(registry.addToken("ana").token);
      const ben = ownerOf(registry.addToken("ben").token);
      registry.claim(ana, "shop");
      registry.claim(ana, "desk");
      expect(registry.releaseName("shop")).toBe(true);
      expect(registry.releaseName("shop")).toBe(false);
      expect(registry.releaseName("never")).toBe(false);
      registry.releaseName("desk");
      expect(registry.exists("shop")).toBe(false);
      now += 30 * DAY_MS - 1;
      expect(registry.claim(ben, "shop")).toMatchObject({
        ok: false,
        status: 409,
        code: "name-quarantined",
        message: expect.stringContaining("2026-01-31"),
      });
      expect(registry.claim(ana, "desk")).toEqual({ ok: true, fresh: true });
      now += 1;
      expect(registry.claim(ben, "shop")).toEqual({ ok: true, fresh: true });
      expect(registry.claim(ana, "shop")).toMatchObject({ ok: false, code: "name-taken" });
    });

    test("are listed with their owners", () => {
      const made = registry.addToken("ana");
      registry.claim(ownerOf(made.token), "shop");
      now += 5;
      registry.releaseName("shop");
      registry.claim(ownerOf(tokenText("client-key"), OPEN), "a".repeat(26));
      expect(registry.listNames()).toEqual([
        {
          name: "a".repeat(26),
          ownerKind: "anonymous",
          ownerId: expect.stringMatching(/^[0-9a-f]{64}$/),
          ownerLabel: undefined,
          claimedAt: now,
          releasedAt: undefined,
        },
        { name: "shop", ownerKind: "token", ownerId: made.id, ownerLabel: "ana", claimedAt: START, releasedAt: now },
      ]);
    });

    test("that are released are told to those who listen", () => {
      const heard: string[] = [];
      registry.claim(ownerOf(registry.addToken("ana").token), "shop");
      const end = registry.onReleased((name) => heard.push(name));
      registry.releaseName("shop");
      expect(heard).toEqual(["shop"]);
      end();
      registry.claim(ownerOf(registry.addToken("ben").token), "desk");
      registry.releaseName("desk");
      expect(heard).toEqual(["shop"]);
    });
  });

  describe("tokens", () => {
    test.each(["", "   ", "a".repeat(101), "a\nb", "a\u001b[2Jb", "a\u202eb"])("refuse the label %j", (label) => {
      expect(() => registry.addToken(label)).toThrow(DevhookError);
      expect(registry.listTokens()).toEqual([]);
    });

    test("are listed without anything secret", () => {
      const made = registry.addToken("  ana's laptop ");
      registry.claim(ownerOf(made.token), "shop");
      expect(registry.listTokens()).toEqual([
        { id: made.id, label: "ana's laptop", admin: false, createdAt: START, rotatedAt: undefined, revokedAt: undefined, names: 1 },
      ]);
    });

    test("keep id and names when they are rotated; the old secret is refused and its sessions end", () => {
      const heard: string[] = [];
      registry.onRevoked((id) => heard.push(id));
      const made = registry.addToken("ana", { admin: true });
      registry.claim(ownerOf(made.token), "shop");
      const rotated = registry.rotateToken(made.id);
      expect(rotated).toMatchObject({ id: made.id, label: "ana", admin: true });
      expect(heard).toEqual([made.id]);
      expect(registry.admit(made.token, LOCAL)).toMatchObject({ ok: false, code: "token-refused" });
      expect(registry.claim(ownerOf(rotated?.token ?? ""), "shop")).toEqual({ ok: true, fresh: false });
    });

    test("are refused once revoked, their sessions end, and nobody gets their names", () => {
      const heard: string[] = [];
      registry.onRevoked((id) => heard.push(id));
      const made = registry.addToken("ana");
      registry.claim(ownerOf(made.token), "shop");
      expect(registry.hasTokens()).toBe(true);
      expect(registry.revokeToken(made.id)).toBe(true);
      expect(heard).toEqual([made.id]);
      expect(registry.hasTokens()).toBe(false);
      expect(registry.admit(made.token, LOCAL)).toMatchObject({ ok: false, code: "token-refused" });
      expect(registry.claim(ownerOf(registry.addToken("ben").token), "shop")).toMatchObject({ ok: false, code: "name-taken" });
    });

    test("cannot be rotated or revoked twice, or without being there", () => {
      const { id } = registry.addToken("ana");
      registry.revokeToken(id);
      expect(registry.revokeToken(id)).toBe(false);
      expect(registry.rotateToken(id)).toBeUndefined();
      expect(registry.revokeToken("nobody")).toBe(false);
      expect(registry.rotateToken("nobody")).toBeUndefined();
    });
  });

  describe("the log of refusals", () => {
    beforeEach(() => {
      const owner = ownerOf(tokenText("client-key"));
      registry.claim(owner, "shop");
      registry.claim(owner, "desk");
    });

    test("keeps nothing of tunnels that do not exist", () => {
      registry.logRefusal(refusal("nobody"));
      expect(registry.unread("nobody")).toEqual([]);
    });

    test("is handed out per tunnel, oldest first, until it is confirmed", () => {
      registry.logRefusal(refusal("shop", { path: "/1" }));
      registry.logRefusal(refusal("desk", { path: "/2" }));
      registry.logRefusal(refusal("shop", { path: "/3", method: "GET", status: 413, reason: "too-large" }));
      const [first, second] = registry.unread("shop");
      expect(first).toEqual({ ...refusal("shop", { path: "/1" }), seq: expect.any(Number) });
      expect(second).toEqual({
        tunnel: "shop",
        at: now,
        method: "GET",
        path: "/3",
        status: 413,
        reason: "too-large",
        seq: expect.any(Number),
      });
      expect(registry.unread("shop")).toHaveLength(2);
      registry.seen("shop", first?.seq ?? -1);
      expect(registry.unread("shop")).toEqual([second]);
      registry.seen("shop", second?.seq ?? -1);
      expect(registry.unread("shop")).toEqual([]);
      expect(registry.unread("desk")).toHaveLength(1);
    });

    test("keeps the last 1,000 of a tunnel", () => {
      registry.logRefusal(refusal("desk"));
      for (let n = 0; n < 1001; n++) registry.logRefusal(refusal("shop", { status: 400 + n }));
      const rows = registry.unread("shop");
      expect(rows).toHaveLength(1000);
      expect(rows[0]?.status).toBe(401);
      expect(rows.at(-1)?.status).toBe(1400);
      expect(registry.unread("desk")).toHaveLength(1);
    });

    test("cuts a path after 2,048 characters and keeps its bytes", () => {
      registry.logRefusal(refusal("shop", { path: `/\u00e9${"x".repeat(2046)}` }));
      registry.logRefusal(refusal("shop", { path: `/\u00e9${"x".repeat(2047)}\u20ac\n` }));
      registry.logRefusal(refusal("shop", { path: "/\u20ac\n", method: "M".repeat(99) }));
      const rows = registry.unread("shop");
      expect(rows[0]?.path).toBe(`/\u00e9${"x".repeat(2046)}`);
      expect(rows[1]?.path).toBe(`/\u00e9${"x".repeat(2046)}`);
      expect(rows[2]).toMatchObject({ path: "/??", method: "M".repeat(32) });
    });

    test("is forgotten with its name", () => {
      registry.logRefusal(refusal("shop"));
      registry.releaseName("shop");
      registry.claim(ownerOf(tokenText("client-key")), "shop");
      expect(registry.unread("shop")).toEqual([]);
    });
  });
});
