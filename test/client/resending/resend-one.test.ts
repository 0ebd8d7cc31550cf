import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delivery, NewAttempt } from "../../../client/ledger/records.ts";
import { createCaller } from "../../../client/resending/call-app.ts";
import { lastTarget, type Resend, resendOne } from "../../../client/resending/resend-one.ts";
import { systemClock } from "../../../shared/clock.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { type RecordingApp, startRecordingApp } from "../../rig/recording-app.ts";
import { sampleAttempt, sampleDelivery } from "../export/deliveries.ts";
import { checked, delivery, signers } from "./given.ts";

const STRIPE = ["Stripe-Signature", "t=1790000000,v1=00"];

let app: RecordingApp;
let recorded: NewAttempt[];
beforeEach(async () => {
  app = await startRecordingApp();
  recorded = [];
});
afterEach(() => app.close());

function send(one: Delivery | undefined, resend: Partial<Resend> = {}, secrets: Readonly<Record<string, string>> = {}) {
  const history = { get: () => one, recordAttempt: (_id: string, attempt: NewAttempt) => recorded.push(attempt) + 1 };
  const resender = { history, call: createCaller(systemClock), clock: systemClock, signers: signers(secrets), timeoutMs: 5_000 };
  const target = { url: new URL(`http://127.0.0.1:${app.port}`), path: "", hostHeader: "keep", headers: [], insecure: false } as const;
  return resendOne(resender, { id: one?.id ?? "gone", target, stop: new AbortController().signal, ...resend });
}

async function fault(sending: Promise<unknown>): Promise<DevhookError> {
  const error: unknown = await sending.catch((caught: unknown) => caught);
  if (!(error instanceof DevhookError)) throw new Error("no fault that a user can meet");
  return error;
}

describe("what is refused before anything is sent", () => {
  it.each([
    ["a delivery that is not there", undefined, "not-found"],
    ["one whose body is cut", delivery("ab", { body: { bytes: Buffer.from("ab"), total: 3, truncated: true } }), "body-truncated"],
    ["one that did not arrive whole", delivery("ab", { complete: false }), "body-truncated"],
    ["one that asked for a WebSocket", delivery("", { upgrade: true }), "usage"],
  ])("%s", async (_, one, code) => {
    expect((await fault(send(one))).code).toBe(code);
    expect([app.requests.length, recorded.length]).toEqual([0, 0]);
  });

  it("one to be signed anew without a secret, or without anybody who sent it, with what to do", async () => {
    const secretless = await fault(send(delivery("{}", { headers: STRIPE, ...checked("stripe", "v1") }), { changes: { resign: true } }));
    expect([secretless.message, secretless.fix]).toEqual([
      "there is no endpoint secret of Stripe to sign with",
      expect.stringContaining("devhook secrets set stripe"),
    ]);
    const unknown = delivery("{}");
    const { message, fix } = await fault(send(unknown, { changes: { resign: true } }));
    expect([message, fix]).toEqual([
      expect.stringContaining("nobody knows who sent it"),
      expect.stringContaining(`devhook resend ${unknown.id} --resign --provider ID`),
    ]);
    expect([app.requests.length, recorded.length]).toEqual([0, 0]);
  });
});

describe("one delivery sent again", () => {
  it("goes out as it came, is recorded, and says what has changed since the last attempt", async () => {
    const one = delivery("body", { headers: ["X-A", "b"], attempts: [sampleAttempt({ head: { status: 500, reason: "", headers: [] } })] });
    const result = await send(one);
    expect(result).toMatchObject({ id: one.id, attempt: 2, isEdited: false, isResigned: false, change: "fixed" });
    expect([result.result.head?.status, result.result.error]).toEqual([200, undefined]);
    expect((await app.request(one.id)).body?.toString()).toBe("body");
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({ kind: "resend", target: `http://127.0.0.1:${app.port}/hooks?x=1`, head: { status: 200 } });
    expect(recorded[0]).not.toHaveProperty("request");
  });

  it("is recorded as well when the app is not there", async () => {
    await app.close();
    const result = await send(delivery("body"));
    expect([result.result.error?.code, result.change]).toEqual(["app-refused", "regressed"]);
    expect(recorded[0]).toMatchObject({ error: { code: "app-refused" } });
    expect(recorded[0]).not.toHaveProperty("head");
  });

  it("is recorded as stopped when it is stopped before it begins", async () => {
    const result = await send(delivery("body"), { stop: AbortSignal.abort() });
    expect([result.result.error?.code, result.change, recorded.length]).toEqual(["stopped", undefined, 1]);
  });

  it("sends what was edited, signed for the time that it is told to carry", async () => {
    const one = delivery("{}", { headers: STRIPE, ...checked("stripe", "v1") });
    const edited = { method: "PUT", target: "/other", headers: ["Content-Length", "2", ...STRIPE], body: Buffer.from("[]") };
    const changes = { resign: true, signedAt: 1_790_000_000_000 };
    const result = await send(one, { edited, changes }, { stripe: "whsec_made-up" });
    expect(result).toMatchObject({ isEdited: true, isResigned: true });
    const v1 = createHmac("sha256", "whsec_made-up").update("1790000000.[]").digest("hex");
    const seen = await app.request(one.id);
    expect([seen.method, seen.target, seen.body?.toString()]).toEqual(["PUT", "/other", "[]"]);
    expect(seen.headers).toContainEqual(["Stripe-Signature", `t=1790000000,v1=${v1}`]);
    expect(recorded[0]?.request?.headers).toContain(`t=1790000000,v1=${v1}`);
  });
});

describe("the app of the last attempt", () => {
  it("is not known for a delivery that was never sent to one", () => {
    expect(lastTarget(sampleDelivery({ attempts: [] }))).toBeUndefined();
  });

  it("is the URL that was called without the request target, be it an edited one", () => {
    const plain = sampleAttempt({ target: "http://localhost:9/v2/hooks?x=1" });
    const request = { method: "POST", target: "/other", headers: [], body: Buffer.alloc(0) };
    const edited = sampleAttempt({ target: "http://localhost:9/v2/other", request });
    for (const last of [plain, edited])
      expect(lastTarget(sampleDelivery({ target: "/hooks?x=1", attempts: [sampleAttempt(), last] }))?.href).toBe("http://localhost:9/v2");
  });
});
