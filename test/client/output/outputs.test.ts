import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createCompactOutput } from "../../../client/output/compact.ts";
import type { VerificationEvent } from "../../../client/output/events.ts";
import { createNdjsonOutput } from "../../../client/output/ndjson.ts";
import type { Output } from "../../../client/output/output.ts";
import { createQuietOutput } from "../../../client/output/quiet.ts";
import type { Verification } from "../../../shared/signatures/verification.ts";
import { CHARACTER } from "../../rig/character.ts";
import { attempt, AT, delivery, ready } from "./events.ts";
import { createReader, type Reader } from "./reader.ts";

const refused = { code: "app-refused", message: "nothing listens on 8000", hint: "start your app" };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A reader of lines that may have waited for company. */
function patient(reader: Reader): Reader {
  const waited =
    <T>(read: () => T) =>
    (): T => {
      vi.runAllTimers();
      return read();
    };
  return { ...reader, text: waited(reader.text), lines: waited(reader.lines) };
}

function compact({ env = {}, tty = false }: { env?: Record<string, string>; tty?: boolean } = {}) {
  const out = patient(createReader());
  const err = createReader();
  const output = createCompactOutput({ stdout: out.stream, stderr: err.stream, isTTY: { stdout: tty, stderr: tty }, env });
  return { out, err, output };
}

/** What a check of the delivery's signature has found. */
function found(verification: Partial<Verification>, changes: Partial<VerificationEvent> = {}): VerificationEvent {
  return {
    at: AT,
    delivery: delivery.id,
    provider: "moltify",
    event: "task.submitted",
    eventId: null,
    duplicateOf: null,
    sameBytes: null,
    scheme: null,
    handshake: null,
    ...changes,
    verification: {
      verdict: "invalid",
      provider: "moltify",
      scheme: "hmac",
      signature: "bad",
      time: "ok",
      covers: "whole",
      ageSeconds: 1.5,
      reason: { code: "other-secret", message: "It matches the secret of stripe", hint: "store the right one" },
      secretIndex: null,
      eventType: "task.submitted",
      eventId: null,
      handshake: null,
      ...verification,
    },
  };
}

function everyEvent(output: Output, text: string): void {
  output.verification(
    found({ reason: { code: "no-match", message: text, hint: text } }, { provider: text, event: text, duplicateOf: text, handshake: text }),
  );
  output.ready({ ...ready, url: text, target: text });
  output.delivery({ ...delivery, method: text, path: text, provider: text, event: text, verdict: text, held: true });
  output.attempt({ ...attempt, status: null, error: { code: text, message: text, hint: text } });
  output.link({ at: AT, state: "offline", attempt: 3, reason: text });
  output.warning({ at: AT, code: "x", message: text });
  output.warning({ at: AT, code: "x", message: text, severity: "error" });
  output.closed({ at: AT, reason: text, deliveries: 1, failed: 0, owed: 2 });
}

describe("compact output", () => {
  it("gives a delivery one line, when the attempt is over", () => {
    const { out, output } = compact();
    output.delivery(delivery);
    expect(out.lines()).toEqual([]);
    output.attempt(attempt);
    expect(out.lines()).toEqual(["14:02:31 #0001 401 sig=- from=- POST /webhooks/x 4ms"]);
  });

  it("adds what is known about provider, event and verdict", () => {
    const { out, output } = compact();
    output.delivery({ ...delivery, provider: "upmoltwork", event: "task.bid_accepted", verdict: "invalid" });
    output.attempt(attempt);
    expect(out.lines()).toEqual(["14:02:31 #0001 401 sig=invalid from=upmoltwork type=task.bid_accepted POST /webhooks/x 4ms"]);
  });

  it("names the reason when the app gave no answer, and the kind of later attempts", () => {
    const { out, output } = compact();
    output.delivery(delivery);
    output.attempt({ ...attempt, status: null, ms: 2003, error: refused });
    output.attempt({ ...attempt, kind: "retry", status: 200 });
    expect(out.lines()).toEqual([
      "14:02:31 #0001 ERR sig=- from=- POST /webhooks/x 2003ms app-refused: nothing listens on 8000",
      "14:02:31 #0001 200 sig=- from=- POST /webhooks/x 4ms retry",
    ]);
  });

  it("explains a signature that does not hold, and knows the verdict when the attempt ends later", () => {
    const { out, output } = compact();
    output.delivery(delivery);
    output.verification(found({}));
    output.attempt(attempt);
    expect(out.lines()).toEqual([
      "14:02:31 #0001 ✗ It matches the secret of stripe (other-secret)",
      "14:02:31 #0001   store the right one",
      "14:02:31 #0001 401 sig=invalid from=moltify type=task.submitted POST /webhooks/x 4ms",
    ]);
  });

  it("says once for each provider that a secret is missing, and nothing about senders that do not sign", () => {
    const { out, output } = compact();
    const reason = { code: "no-secret", message: "no secret of Moltify", hint: "store it" } as const;
    for (const id of ["a", "b"]) {
      output.delivery({ ...delivery, id });
      output.verification({ ...found({ verdict: "no-secret", reason }), delivery: id });
    }
    output.verification(found({ verdict: "unsigned", reason: { code: "unsigned-provider", message: "x", hint: "y" } }));
    output.verification(found({ verdict: "valid", reason: null }));
    expect(out.lines()).toEqual(["14:02:31 #0001 ? no secret of Moltify: store it"]);
  });

  it("marks handshakes and repeats, and repeats with other bytes", () => {
    const { out, output } = compact();
    output.delivery(delivery);
    output.delivery({ ...delivery, id: "b", duplicateOf: delivery.id, sameBytes: true });
    output.delivery({ ...delivery, id: "c", duplicateOf: "0193a1b2-0000-7000-8000-00000000ffff", sameBytes: false, handshake: "ping" });
    for (const id of ["b", "c"]) output.attempt({ ...attempt, delivery: id });
    expect(out.lines()).toEqual([
      "14:02:31 #0002 401 sig=- from=- POST /webhooks/x 4ms dup=#0001",
      "14:02:31 #0003 401 sig=- from=- POST /webhooks/x 4ms handshake=ping dup=0193a1b2-0000-7000 (other bytes)",
    ]);
  });

  it("numbers deliveries in the order of their arrival, and attempts of an earlier run as well", () => {
    const { out, output } = compact();
    output.delivery(delivery);
    output.delivery({ ...delivery, id: "second" });
    output.attempt({ ...attempt, delivery: "second" });
    output.attempt(attempt);
    output.attempt({ ...attempt, delivery: "unknown", kind: "held" });
    expect(out.lines().map((line) => line.split(" ")[1])).toEqual(["#0002", "#0001", "#0003"]);
    expect(out.lines()[2]).toContain("(received earlier)");
  });

  it("puts the URL alone on a line and says where an embedded relay can be reached from", () => {
    const { out, output } = compact();
    output.ready(ready);
    expect(out.lines()[0]).toBe(ready.url);
    expect(out.text()).toContain("http://localhost:8000");
    expect(out.text()).toContain("Only this machine can reach this URL");
    expect(out.text()).toMatch(/`devhook relay`[^]*`devhook login URL`[^]*`--server URL`/);
    const remote = compact();
    remote.output.ready({ ...ready, embedded: false });
    expect(remote.out.lines()).toEqual([ready.url, "  → http://localhost:8000"]);
  });

  it("sends warnings to stderr, marked by how bad they are", () => {
    const { out, err, output } = compact();
    output.warning({ at: AT, code: "clock-off", message: "your clock is 6 min behind" });
    output.warning({ at: AT, code: "database-io", message: "history is not kept", severity: "error" });
    expect(err.lines()).toEqual(["! your clock is 6 min behind", "✗ history is not kept"]);
    expect(out.lines()).toEqual([]);
  });

  it("has a line for each change of the link and for the end", () => {
    const { out, output } = compact();
    output.ready({ ...ready, embedded: false });
    output.link({ at: AT, state: "reconnecting", attempt: 2, reason: "the relay closed the connection" });
    output.link({ at: AT, state: "connected", attempt: 2, reason: "" });
    output.closed({ at: AT, reason: "stopped", deliveries: 128, failed: 0, owed: 0 });
    expect(out.lines().slice(2)).toEqual([
      "14:02:31 ○ reconnecting, try 2: the relay closed the connection",
      "14:02:31 ● connected again, try 2",
      "14:02:31 closed (stopped): 128 deliveries, see them: devhook events",
    ]);
  });

  it("says nothing of the end of a tunnel that never opened: its error is told elsewhere", () => {
    const { out, err, output } = compact();
    output.closed({ at: AT, reason: "port-in-use", deliveries: 0, failed: 0, owed: 0 });
    expect(out.text() + err.text()).toBe("");
  });

  it("colours for a terminal only, and as NO_COLOR and FORCE_COLOR say", () => {
    const coloured = (env: Record<string, string>, tty: boolean): boolean => {
      const { out, output } = compact({ env, tty });
      output.attempt(attempt);
      return out.text().includes("\u001b[");
    };
    expect(coloured({}, false)).toBe(false);
    expect(coloured({}, true)).toBe(true);
    expect(coloured({ TERM: "dumb" }, true)).toBe(false);
    expect(coloured({ NO_COLOR: "1" }, true)).toBe(false);
    expect(coloured({ NO_COLOR: "" }, true)).toBe(true);
    expect(coloured({ FORCE_COLOR: "1" }, false)).toBe(true);
    expect(coloured({ FORCE_COLOR: "1", NO_COLOR: "1" }, false)).toBe(true);
    expect(coloured({ FORCE_COLOR: "0" }, true)).toBe(false);
  });
});

describe("JSON output", () => {
  function ndjson() {
    const out = patient(createReader());
    return { out, output: createNdjsonOutput({ stdout: out.stream, now: () => AT }) };
  }
  const at = new Date(AT).toISOString();

  it("has exactly the documented fields in each event", () => {
    const { out, output } = ndjson();
    output.ready(ready);
    output.delivery(delivery);
    output.attempt({ ...attempt, status: null, error: refused });
    output.link({ at: AT, state: "reconnecting", attempt: 1, reason: "lost" });
    output.warning({ at: AT, code: "c", message: "m", severity: "error" });
    output.closed({ at: AT, reason: "stopped", deliveries: 1, failed: 0, owed: 0 });
    expect(out.lines().map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: "ready", at, url: ready.url, target: ready.target, tunnel: ready.tunnel, relay: ready.relay, embedded: true },
      {
        type: "delivery",
        at,
        id: delivery.id,
        method: "POST",
        path: "/webhooks/x",
        provider: null,
        event: null,
        verdict: null,
        held: false,
        duplicateOf: null,
      },
      { type: "attempt", at, id: attempt.id, delivery: delivery.id, kind: "live", status: null, ms: 4.2, error: refused },
      { type: "link", at, state: "reconnecting", attempt: 1, reason: "lost" },
      { type: "warning", at, code: "c", message: "m" },
      { type: "closed", at, reason: "stopped", deliveries: 1, owed: 0 },
    ]);
  });

  it("tells what the check of a signature has found", () => {
    const out = patient(createReader());
    const output = createNdjsonOutput({ stdout: out.stream, now: () => AT });
    output.verification(found({}, { eventId: "evt_1", duplicateOf: "first", sameBytes: false }));
    const [line = "{}"] = out.lines();
    expect(JSON.parse(line)).toEqual({
      type: "verification",
      at: new Date(AT).toISOString(),
      delivery: delivery.id,
      provider: "moltify",
      event: "task.submitted",
      eventId: "evt_1",
      duplicateOf: "first",
      sameBytes: false,
      handshake: null,
      verdict: "invalid",
      scheme: "hmac",
      signature: "bad",
      time: "ok",
      ageSeconds: 1.5,
      reason: { code: "other-secret", message: "It matches the secret of stripe", hint: "store the right one" },
    });
  });

  it("keeps to one parseable line an event and no raw control byte, whatever the text holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: CHARACTER }), (text) => {
        const { out, output } = ndjson();
        everyEvent(output, text);
        expect(out.lines()).toHaveLength(8);
        for (const line of out.lines()) expect((JSON.parse(line) as { type: string }).type).toBeTypeOf("string");
        expect(out.text()).not.toMatch(/[\0-\x09\x0b-\x1f]/);
      }),
    );
  });
});

describe("quiet output", () => {
  it("writes errors to stderr and nothing else", () => {
    const err = createReader();
    const output = createQuietOutput({ stderr: err.stream });
    output.ready(ready);
    output.delivery(delivery);
    output.attempt(attempt);
    output.warning({ at: AT, code: "c", message: "only a warning" });
    output.link({ at: AT, state: "reconnecting", attempt: 1, reason: "" });
    expect(err.text()).toBe("");
    output.attempt({ ...attempt, status: null, error: refused });
    output.warning({ at: AT, code: "database-io", message: "history is not kept", severity: "error" });
    output.link({ at: AT, state: "offline", attempt: 9, reason: "token revoked" });
    expect(err.lines()).toEqual([
      "✗ 14:02:31 #0001 app-refused: nothing listens on 8000",
      "✗ history is not kept",
      "✗ 14:02:31 offline: token revoked",
    ]);
  });
});

describe("text outputs", () => {
  it("let no control, bidi or invisible character of a sender reach the terminal", () => {
    const hostile = fc.oneof(
      fc.string({ unit: CHARACTER }),
      fc.constantFrom("\u001b]52;c;ZXZpbA==\u0007", "\u009d0;t\u009c", "\u202ex\u200b\u2028\ud800", "\r\n\0"),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const { out, err, output } = compact();
        const quiet = createReader();
        everyEvent(output, text);
        everyEvent(createQuietOutput({ stderr: quiet.stream }), text);
        for (const reader of [out, err, quiet]) expect(reader.text().replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(err.lines()).toHaveLength(2);
        expect(out.lines()).toHaveLength(11);
        expect(quiet.lines()).toHaveLength(4);
      }),
      { numRuns: 500 },
    );
  });
});
