import { afterEach, describe, expect, it } from "vitest";
import { createForwarder } from "../../../client/forwarder/forward.ts";
import type { History } from "../../../client/ledger/history.ts";
import { createMemoryRecorder } from "../../../client/ledger/memory-recorder.ts";
import { createInject } from "../../../client/session/inject.ts";
import { createTestEvents, type TestEventOptions, type TestEvents } from "../../../client/tunnel/test-event.ts";
import { createDuplicates } from "../../../client/verifying/duplicates.ts";
import { createPolicy } from "../../../client/verifying/policy.ts";
import { createVerifying } from "../../../client/verifying/verifying.ts";
import { createCatalogue } from "../../../shared/catalogue/catalogue.ts";
import { systemClock } from "../../../shared/clock.ts";
import { createIdSource } from "../../../shared/ids.ts";
import { createMessage } from "../../../shared/signatures/message.ts";
import type { Provider } from "../../../shared/signatures/provider.ts";
import type { Verification } from "../../../shared/signatures/verification.ts";
import { judge } from "../../../shared/signatures/verify.ts";
import { type AppProbe, okAnswer, type ProbeRequest, startAppProbe } from "../../rig/app-probe.ts";

const catalogue = createCatalogue();
const SECRET = "made-up-secret";
const PUBLIC = "https://relay.example/shop";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startApp(): Promise<AppProbe> {
  const app = await startAppProbe({ answer: () => okAnswer() });
  closers.push(app.close);
  return app;
}

type Opened = {
  readonly events: TestEvents;
  readonly history: History;
  /** what was told of deliveries and attempts */
  readonly told: readonly string[];
};

/** Test events of a tunnel without a relay: everything behind the link is there. */
function open(app: Pick<AppProbe, "port">, options: Partial<TestEventOptions> & { readonly enforce?: boolean } = {}): Opened {
  const { enforce = false, secretsOf = () => [SECRET] } = options;
  const told: string[] = [];
  const recorder = createMemoryRecorder({ onNotice: () => {}, now: systemClock.now });
  closers.push(recorder.close);
  const target = { url: new URL(`http://127.0.0.1:${app.port}`), path: "", hostHeader: "keep", headers: [], insecure: false } as const;
  const forwarder = createForwarder({ target, clock: systemClock, maxConnections: 4, graceMs: 0, timeoutMs: 10_000 });
  closers.push(forwarder.close);
  const inject = createInject({
    clock: systemClock,
    target: () => target.url.origin,
    record: recorder,
    inspect: createVerifying({
      catalogue,
      secretsOf,
      assignments: [],
      thread: { judge: () => false },
      duplicates: createDuplicates(),
      onFacts: () => {},
    }),
    policy: createPolicy({ enforce, answerHandshakes: true, catalogue, secretsOf }),
    call: forwarder.call,
    onReceived: ({ target: path }, { provider, verification }) => told.push(`received ${path} ${provider} ${verification?.verdict}`),
    onAnswered: (_request, { kind, head }) => told.push(`answered ${kind} ${head?.status}`),
  });
  const events = createTestEvents({
    catalogue,
    secretsOf,
    clock: systemClock,
    ids: createIdSource(),
    inject,
    publicUrl: () => PUBLIC,
    tunnel: "shop",
    pathOf: () => undefined,
    ...options,
  });
  return { events, history: recorder.history, told };
}

/** What an app that checks signatures itself finds. */
function checkedByApp(id: string, { lines, body }: ProbeRequest, url: string): Verification {
  const provider = catalogue.find(id);
  if (provider === undefined) throw new Error(id);
  const headers = lines.slice(1).flatMap((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
  return judge({ message: createMessage({ method: "POST", url, headers, body }), provider, secrets: [SECRET], now: systemClock.now() })
    .verification;
}

const SUBMITTED = { provider: "moltify", type: "task.submitted", variant: undefined };
const PLAIN = { provider: undefined, type: "plain", variant: undefined };

describe("the events to test with", () => {
  it("are those that providers have samples of, each by its own label, and plain JSON last", () => {
    const choices = open({ port: 1 }).events.choices();
    expect(new Set(choices.map(({ provider }) => provider))).toEqual(
      new Set(["agentpost", "moltify", "moltjobs", "upmoltwork", undefined]),
    );
    expect(new Set(choices.map(({ label }) => label)).size).toBe(choices.length);
    expect(choices.map(({ label }) => label)).toEqual(
      expect.arrayContaining(["moltify task.submitted", "moltify task.submitted (test)", "moltjobs job.assigned (signed)"]),
    );
    expect(choices.at(-1)).toMatchObject({ provider: undefined, label: "plain JSON" });
  });

  it("may cross to another thread and back before they are sent", async () => {
    const { events, told } = open(await startApp());
    const [choice] = structuredClone(events.choices());
    expect(choice && (await events.send(choice)).status).toBe(200);
    expect(told[0]).toBe("received /webhooks/agentpost agentpost valid");
  });

  it.each([
    ["nobody", "task.submitted", undefined],
    ["moltify", "task.unheard-of", undefined],
    ["moltify", "task.submitted", "no-such-form"],
    ["stripe", "payment_intent.succeeded", undefined],
  ])("are no others: not %s %s %s", async (provider, type, variant) => {
    await expect(open({ port: 1 }).events.send({ provider, type, variant })).rejects.toMatchObject({ code: "usage" });
  });

  it.each(["", "hook", "https://elsewhere.example/", "/a b", "/a\r\nX: y", "/\u0000"])("go to no path like %j", async (path) => {
    const { events, told } = open({ port: 1 });
    await expect(events.send(SUBMITTED, path)).rejects.toMatchObject({ code: "usage" });
    expect(told).toEqual([]);
  });
});

describe("a test event", () => {
  it("reaches the app signed, is judged and told of like a delivery, and is recorded as a test", async () => {
    const app = await startApp();
    const { events, history, told } = open(app);
    const result = await events.send(SUBMITTED);
    expect(result).toEqual({ id: expect.any(String), status: 200, ms: expect.any(Number), error: undefined, unsigned: undefined });
    expect(told).toEqual(["received /webhooks/moltify moltify valid", "answered trigger 200"]);
    const [seen] = app.requests;
    expect(seen?.lines.slice(0, 3)).toEqual([
      "POST /webhooks/moltify HTTP/1.1",
      "Host: relay.example",
      expect.stringMatching(/^User-Agent: devhook\//),
    ]);
    expect(seen && checkedByApp("moltify", seen, `${PUBLIC}/webhooks/moltify`)).toMatchObject({
      verdict: "valid",
      eventType: SUBMITTED.type,
    });
    const delivery = history.get(result.id);
    expect(delivery).toMatchObject({
      tunnel: "shop",
      base: "/shop",
      provider: "moltify",
      verdict: "valid",
      state: "answered",
      status: 200,
    });
    expect(delivery?.forwarded).toEqual({ for: "127.0.0.1", proto: "https", host: "relay.example" });
    expect(delivery?.attempts).toMatchObject([{ n: 1, kind: "trigger", target: `http://127.0.0.1:${app.port}/webhooks/moltify` }]);
  });

  it("sent twice is two events, not a repeat of one", async () => {
    const { events, history } = open(await startApp());
    const ids = [await events.send(SUBMITTED), await events.send(SUBMITTED)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(ids.map((id) => history.get(id)?.duplicateOf)).toEqual([undefined, undefined]);
  });

  it.each<readonly [string, string | undefined, string | undefined, string]>([
    ["the path that is asked for", "/api/hooks?src=test", "/known", "/api/hooks?src=test"],
    ["the path that its provider's webhooks arrive at", undefined, "/known", "/known"],
    ["the usual one", undefined, undefined, "/webhooks/moltify"],
  ])("goes to %s", async (_what, path, known, expected) => {
    const app = await startApp();
    await open(app, { pathOf: () => known }).events.send(SUBMITTED, path);
    expect(app.requests[0]?.lines[0]).toBe(`POST ${expected} HTTP/1.1`);
  });

  it("is sent before the relay has ever been there", async () => {
    const app = await startApp();
    const { events, history } = open(app, { publicUrl: () => undefined });
    const { id, status } = await events.send(SUBMITTED);
    expect([status, history.get(id)?.verdict, app.requests[0]?.lines[1]]).toEqual([200, "valid", "Host: localhost"]);
  });

  it("without a secret goes unsigned, and says so", async () => {
    const app = await startApp();
    const { status, unsigned } = await open(app, { secretsOf: () => [] }).events.send(SUBMITTED);
    expect([status, unsigned]).toEqual([200, { code: "no-secret", reason: "there is no webhook secret of Moltify to sign with" }]);
    expect(app.requests[0]?.head).not.toMatch(/x-moltify/i);
  });

  it("is signed with the first of several secrets, which is the one in force", async () => {
    const app = await startApp();
    await open(app, { secretsOf: () => [SECRET, "made-up-older"] }).events.send(SUBMITTED);
    const [seen] = app.requests;
    expect(seen && checkedByApp("moltify", seen, PUBLIC).verdict).toBe("valid");
  });

  it("that is plain JSON has no signature and asks for none", async () => {
    const app = await startApp();
    const { events, told } = open(app);
    expect(await events.send(PLAIN)).toMatchObject({ status: 200, unsigned: undefined });
    expect(told[0]).toBe("received / null undefined");
    expect(JSON.parse(app.requests[0]?.body.toString() ?? "")).toEqual({ hello: "world" });
    expect(app.requests[0]?.lines).toContain("Content-Type: application/json");
  });

  it("under enforcement passes when it is signed and not when it is not, as a delivery would", async () => {
    const app = await startApp();
    const enforced = open(app, { enforce: true });
    expect((await enforced.events.send(SUBMITTED)).status).toBe(200);
    expect(await enforced.events.send(PLAIN)).toMatchObject({ status: 401, error: { code: "signature-refused" } });
    expect(enforced.told.slice(2)).toEqual(["received / null undefined", "answered trigger 401"]);
    expect(app.requests).toHaveLength(1);
  });

  it("that the app does not take says why, and is kept", async () => {
    const app = await startApp();
    await app.close();
    const { events, history } = open(app);
    const result = await events.send(SUBMITTED);
    expect(result).toMatchObject({ status: null, error: { code: "app-refused" } });
    expect(history.get(result.id)).toMatchObject({ state: "failed", attempts: [{ kind: "trigger" }] });
  });

  it("signs for the public URL, where its provider signs the URL and writes into its query", async () => {
    const moltify = catalogue.find("moltify");
    const [scheme] = moltify?.signing.schemes ?? [];
    if (moltify === undefined || scheme === undefined) throw new Error("moltify");
    const own: Provider = { ...moltify, signing: { schemes: [{ ...scheme, signed: "{url}", signature: [{ in: "query", name: "sig" }] }] } };
    const app = await startApp();
    await open(app, { catalogue: createCatalogue([own]) }).events.send(SUBMITTED, "/hook?sig=old&a=1");
    const [line = ""] = app.requests[0]?.lines ?? [];
    expect(line).toMatch(/^POST \/hook\?a=1&sig=[0-9a-f]{64} HTTP\/1\.1$/);
  });
});
