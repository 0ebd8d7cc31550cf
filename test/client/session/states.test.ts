import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIRST_STATE, step, type SessionEnd, type SessionEvent, type SessionState } from "../../../client/session/states.ts";
import type { GoAway, Welcome } from "../../../shared/wire/frames.ts";

const WELCOME: Welcome = { version: "0.1.0", epoch: 1, tunnel: "shop", urls: ["https://shop.relay.example"], now: 0, maxBody: 1 };
const RESTART: GoAway = { reason: "restart", message: "back soon", retryAfterMs: 700 };
const STATES = {
  dialling: { kind: "dialling", attempt: 3 },
  greeting: { kind: "greeting", attempt: 3, since: 1_000 },
  online: { kind: "online", since: 1_000, welcome: WELCOME, goaway: undefined },
  waiting: { kind: "waiting", attempt: 3, reason: "because" },
} as const satisfies Readonly<Record<string, SessionState>>;

function refusal(status: number, retryAfterMs?: number): SessionEvent {
  return { kind: "dial-failed", failure: { kind: "refused", status, code: "a-code", message: "in words", retryAfterMs } };
}

const UNREACHABLE: SessionEvent = { kind: "dial-failed", failure: { kind: "unreachable", code: "ECONNREFUSED", message: "no" } };

describe("the session's states", () => {
  test.each<readonly [keyof typeof STATES, SessionEvent, SessionState["kind"], readonly unknown[]]>([
    ["dialling", { kind: "dial-opened", now: 5 }, "greeting", []],
    ["dialling", UNREACHABLE, "waiting", [{ kind: "wait", atLeastMs: 0, lastedMs: undefined }]],
    ["dialling", refusal(429, 2_000), "waiting", [{ kind: "wait", atLeastMs: 2_000, lastedMs: undefined }]],
    ["dialling", refusal(503), "waiting", [{ kind: "wait", atLeastMs: 0, lastedMs: undefined }]],
    ["greeting", { kind: "welcomed", welcome: WELCOME, now: 6 }, "online", []],
    ["greeting", { kind: "closed", code: 1006, reason: "", now: 9 }, "waiting", [{ kind: "wait", atLeastMs: 0, lastedMs: undefined }]],
    ["online", { kind: "goaway", goaway: RESTART }, "online", []],
    ["online", { kind: "closed", code: 1001, reason: "", now: 4_000 }, "waiting", [{ kind: "wait", atLeastMs: 0, lastedMs: 3_000 }]],
    ["waiting", { kind: "wait-over" }, "dialling", [{ kind: "dial" }]],
  ])("%s: %j leads to %s", (from, event, to, effects) => {
    const next = step(STATES[from], event);
    expect(next.state.kind).toBe(to);
    expect(next.effects).toEqual(effects);
  });

  test.each([400, 401, 403, 404, 409, 426])("a refusal with %i ends it, for a new try could not help", (status) => {
    const { state } = step(STATES.dialling, refusal(status));
    expect(state).toMatchObject({ kind: "ended", end: { kind: "refused", failure: { status, code: "a-code" } } });
  });

  test.each<readonly [number, GoAway["reason"] | undefined, SessionEnd["kind"]]>([
    [4001, undefined, "taken-over"],
    [4003, undefined, "revoked"],
    [1006, "taken-over", "taken-over"],
    [1006, "revoked", "revoked"],
  ])("a close with %i after GOAWAY %s ends it as %s", (code, reason, end) => {
    const goaway = reason === undefined ? undefined : { ...RESTART, reason };
    const { state } = step({ ...STATES.online, goaway }, { kind: "closed", code, reason: "", now: 2_000 });
    expect(state).toMatchObject({ kind: "ended", end: { kind: end } });
  });

  test("a restart is waited for as long as the relay asks", () => {
    const { effects } = step({ ...STATES.online, goaway: RESTART }, { kind: "closed", code: 1001, reason: "", now: 1_500 });
    expect(effects).toEqual([{ kind: "wait", atLeastMs: 700, lastedMs: 500 }]);
  });

  const event: fc.Arbitrary<SessionEvent> = fc.oneof(
    fc.constant<SessionEvent>({ kind: "dial-opened", now: 1 }),
    fc.constantFrom(400, 401, 409, 429, 503).map((status) => refusal(status)),
    fc.constant(UNREACHABLE),
    fc.constant<SessionEvent>({ kind: "welcomed", welcome: WELCOME, now: 2 }),
    fc
      .constantFrom<GoAway["reason"]>("restart", "taken-over", "revoked", "leaving")
      .map((reason): SessionEvent => ({ kind: "goaway", goaway: { ...RESTART, reason } })),
    fc.constantFrom(1000, 1006, 1012, 4001, 4003, 4008).map((code): SessionEvent => ({ kind: "closed", code, reason: "", now: 3 })),
    fc.constant<SessionEvent>({ kind: "wait-over" }),
    fc.constant<SessionEvent>({ kind: "stop" }),
  );

  test("no sequence of events throws, shows a link that is not there, or comes back from the end", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let state = FIRST_STATE;
        let linked = false;
        let ends = 0;
        for (const next of events) {
          const before = state;
          const { state: after, effects } = step(state, next);
          state = after;
          linked = (linked || (next.kind === "welcomed" && before.kind === "greeting")) && next.kind !== "closed" && next.kind !== "stop";
          ends += effects.filter(({ kind }) => kind === "ended").length;
          expect(state.kind === "online").toBe(linked);
          expect(ends).toBe(state.kind === "ended" ? 1 : 0);
          expect(before.kind !== "ended" || state === before).toBe(true);
          // one dial at a time, each after a wait
          expect(effects.some(({ kind }) => kind === "dial")).toBe(state.kind === "dialling" && before.kind === "waiting");
          expect(effects.some(({ kind }) => kind === "wait")).toBe(state.kind === "waiting" && before.kind !== "waiting");
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
