import { createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Home, makeHome, run, startTunnel, type Tunnel } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { type Answer, send } from "../rig/send.ts";

const SECRET = "made-up-secret-of-moltify";
const BODY =
  '{"event":"task.submitted","timestamp":"2026-11-21T10:30:00.000Z","data":{"taskId":"task_1","agentId":"agent_1","agreedPrice":142.50}}';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** The headers that Moltify puts on a delivery: the documented scheme, written here with node:crypto. */
function moltify(
  body: string,
  { secret = SECRET, at = String(Date.now()), signed = body }: { secret?: string; at?: string; signed?: string } = {},
): Record<string, string> {
  const signature = createHmac("sha256", secret).update(`${at}.${signed}`).digest("hex");
  return { "Content-Type": "application/json", "X-Moltify-Timestamp": at, "X-Moltify-Signature": signature };
}

type Opened = { readonly tunnel: Tunnel; readonly app: RecordingApp; readonly home: Home };

async function open(
  args: readonly string[],
  { env = { DEVHOOK_SECRET_MOLTIFY: SECRET }, prepare }: { env?: Record<string, string>; prepare?: (home: Home) => void } = {},
): Promise<Opened> {
  const home = makeHome();
  closers.push(home.remove);
  prepare?.(home);
  const app = await startRecordingApp();
  closers.push(app.close);
  const tunnel = await startTunnel(app.port, args, { home, env });
  closers.push(tunnel.program.kill);
  return { tunnel, app, home };
}

function idOf(answer: Answer): string {
  return answer.headers.find(([name]) => name.toLowerCase() === "devhook-id")?.[1] ?? "";
}

/** What `devhook show` has of a delivery. */
async function recorded(home: Home, id: string): Promise<Record<string, unknown>> {
  const { stdout } = await run(["show", id, "--json"], { home });
  return JSON.parse(stdout.toString("utf8")) as Record<string, unknown>;
}

describe("a tunnel", () => {
  it("recognises the sender, and says that the signature holds", async () => {
    const { tunnel, home } = await open([]);
    const id = idOf(await send(tunnel.url, { body: BODY, headers: moltify(BODY) }));
    const delivery = await tunnel.program.event("delivery", (event) => event["id"] === id);
    expect(delivery).toMatchObject({ provider: "moltify", event: "task.submitted", verdict: "valid", duplicateOf: null });
    tunnel.program.signal("SIGTERM");
    await tunnel.program.ended;
    expect(await recorded(home, id)).toMatchObject({ verdict: "valid", provider: "moltify", event: "task.submitted" });
  });

  it.each([
    ["timestamp-unit", { at: String(Math.floor(Date.now() / 1_000)) }],
    ["stale", { at: String(Date.now() - 7_380_000) }],
    ["future", { at: String(Date.now() + 3_600_000) }],
    ["body-reserialised", { signed: JSON.stringify(JSON.parse(BODY)) }],
    ["no-match", { secret: "another secret" }],
  ])("names the cause: %s", async (code, how) => {
    const { tunnel, app } = await open([]);
    const answer = await send(tunnel.url, { body: BODY, headers: moltify(BODY, how) });
    const told = await tunnel.program.event("verification", (event) => event["delivery"] === idOf(answer));
    expect(told).toMatchObject({ verdict: "invalid", reason: { code } });
    // by default it warns, and the app decides
    expect([answer.status, app.requests.length]).toEqual([200, 1]);
  });

  it("never shows an unsigned delivery of a provider that signs as anything but invalid", async () => {
    const { tunnel } = await open(["--provider", "moltify"]);
    const answer = await send(tunnel.url, { body: BODY, headers: { "Content-Type": "application/json" } });
    const delivery = await tunnel.program.event("delivery", (event) => event["id"] === idOf(answer));
    expect(delivery).toMatchObject({ provider: "moltify", verdict: "invalid" });
  });

  it("says no-secret until one is stored, and sees the stored one without a restart", async () => {
    const { tunnel, home } = await open([], { env: {} });
    const first = idOf(await send(tunnel.url, { body: BODY, headers: moltify(BODY) }));
    expect(await tunnel.program.event("delivery", (event) => event["id"] === first)).toMatchObject({ verdict: "no-secret" });
    const stored = await run(["secrets", "set", "moltify"], { home, stdin: `${SECRET}\n` });
    expect(stored.stderr + String(stored.code)).toContain("0");
    let verdict: unknown = "no-secret";
    for (let tries = 0; tries < 400 && verdict === "no-secret"; tries++) {
      const id = idOf(await send(tunnel.url, { body: BODY, headers: moltify(BODY) }));
      ({ verdict } = await tunnel.program.event("delivery", (event) => event["id"] === id));
    }
    expect(verdict).toBe("valid");
  });

  it("links a repeated event with the first one, also after a restart, and flags other bytes", async () => {
    const { tunnel, app, home } = await open([]);
    const first = idOf(await send(tunnel.url, { body: BODY, headers: moltify(BODY) }));
    const again = idOf(await send(tunnel.url, { body: BODY, headers: moltify(BODY) }));
    expect(await tunnel.program.event("delivery", (event) => event["id"] === again)).toMatchObject({ duplicateOf: first, sameBytes: true });
    tunnel.program.signal("SIGTERM");
    await tunnel.program.ended;

    const next = await startTunnel(app.port, [], { home, env: { DEVHOOK_SECRET_MOLTIFY: SECRET } });
    closers.push(next.program.kill);
    const other = BODY.replace("142.50", "142.5");
    const third = idOf(await send(next.url, { body: other, headers: moltify(other) }));
    expect(await next.program.event("delivery", (event) => event["id"] === third)).toMatchObject({ duplicateOf: first, sameBytes: false });
    // never dropped
    expect(app.requests).toHaveLength(3);
  });

  it("judges a body of 1 MiB that streams, and one over 10 MiB by hashes on its way", async () => {
    const { tunnel } = await open([]);
    for (const size of [1_048_576, 11_534_336]) {
      const body = JSON.stringify({ event: "task.message", data: { taskId: `task_${size}`, message: "x".repeat(size) } });
      const good = idOf(await send(tunnel.url, { body, headers: moltify(body) }));
      const told = await tunnel.program.event("verification", (event) => event["delivery"] === good);
      expect(told).toMatchObject({ provider: "moltify", verdict: "valid", signature: "ok" });
      const bad = idOf(await send(tunnel.url, { body, headers: moltify(body, { secret: "wrong" }) }));
      expect(await tunnel.program.event("verification", (event) => event["delivery"] === bad)).toMatchObject({ verdict: "invalid" });
    }
  });
});

describe("--verify enforce", () => {
  it("needs a provider", async () => {
    const home = makeHome();
    closers.push(home.remove);
    const { code, stderr } = await run(["start", "8000", "--verify", "enforce"], { home });
    expect(code).toBe(2);
    expect(stderr).toContain("--provider");
  });

  it("lets the app see valid deliveries only, whatever is stripped or added", async () => {
    const { tunnel, app, home } = await open(["--provider", "moltify", "--verify", "enforce"]);
    const valid = moltify(BODY);
    const { "X-Moltify-Signature": _signature, ...stripped } = valid;
    const attempts: readonly (readonly [number, Record<string, string>])[] = [
      [200, valid],
      [401, stripped],
      [401, moltify(BODY, { secret: "wrong" })],
      [401, moltify(BODY, { at: String(Date.now() - 600_000) })],
      [401, { ...valid, "X-Moltify-Signature": "" }],
      [401, { "Stripe-Signature": "t=1,v1=00" }],
      [401, { "X-Hub-Signature-256": "sha256=00", "X-GitHub-Event": "ping" }],
    ];
    for (const [status, headers] of attempts) {
      const answer = await send(tunnel.url, { body: BODY, headers });
      const told = status === 401 ? (JSON.parse(answer.body) as { error: { code: string } }).error.code : answer.body;
      expect([headers, answer.status, told]).toEqual([headers, status, status === 401 ? "signature-refused" : "ok"]);
    }
    expect(app.requests).toHaveLength(1);
    const get = await send(tunnel.url);
    expect([get.status, app.requests.length]).toEqual([401, 1]);
    const { stdout } = await run(["events", "--json"], { home });
    expect(stdout.toString("utf8").trim().split("\n")).toHaveLength(attempts.length + 1);
  });

  it("lets nothing pass on a path that no provider was named for", async () => {
    const { tunnel, app } = await open(["--provider", "moltify=/hooks/moltify", "--verify", "enforce"]);
    expect((await send(`${tunnel.url}/hooks/moltify`, { body: BODY, headers: moltify(BODY) })).status).toBe(200);
    for (const path of ["/", "/hooks", "/hooks/moltifyx", "/HOOKS/moltify"]) {
      expect((await send(`${tunnel.url}${path}`, { body: BODY, headers: moltify(BODY) })).status).toBe(401);
    }
    expect(app.requests).toHaveLength(1);
  });

  it("checks a body that streams before the app gets any of it, and refuses what is over 10 MiB with 413", async () => {
    const { tunnel, app } = await open(["--provider", "moltify", "--verify", "enforce"]);
    const body = JSON.stringify({ event: "task.message", data: { message: "y".repeat(1_000_000) } });
    expect((await send(tunnel.url, { body, headers: moltify(body) })).status).toBe(200);
    expect(app.requests.map(({ bytes }) => bytes)).toEqual([body.length]);
    expect((await send(tunnel.url, { body, headers: moltify(body, { secret: "wrong" }) })).status).toBe(401);
    const large = JSON.stringify({ event: "task.message", data: { message: "y".repeat(10_500_000) } });
    expect((await send(tunnel.url, { body: large, headers: moltify(large) })).status).toBe(413);
    expect(app.requests).toHaveLength(1);
  });
});

describe("handshakes", () => {
  const CHALLENGE = '{"token":"t","challenge":"3eZbrw1aB","type":"url_verification"}';
  const slack = (body: string, secret = "made-up-slack"): Record<string, string> => {
    const at = String(Math.floor(Date.now() / 1_000));
    const signature = createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex");
    return { "Content-Type": "application/json", "X-Slack-Request-Timestamp": at, "X-Slack-Signature": `v0=${signature}` };
  };
  const env = { DEVHOOK_SECRET_SLACK: "made-up-slack" };

  it("go to the app, and are named", async () => {
    const { tunnel, app } = await open(["--provider", "slack"], { env });
    const answer = await send(tunnel.url, { body: CHALLENGE, headers: slack(CHALLENGE) });
    expect([answer.body, app.requests.length]).toEqual(["ok", 1]);
    expect(await tunnel.program.event("delivery")).toMatchObject({ provider: "slack", handshake: "url_verification".replace("_", "-") });
  });

  it("are answered by devhook when it is asked to, but no forged one", async () => {
    const { tunnel, app } = await open(["--provider", "slack", "--answer-handshakes"], { env });
    const answer = await send(tunnel.url, { body: CHALLENGE, headers: slack(CHALLENGE) });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("3eZbrw1aB");
    expect((await send(tunnel.url, { body: CHALLENGE, headers: slack(CHALLENGE, "wrong") })).status).toBe(401);
    expect(app.requests).toHaveLength(0);
    // everything else is the app's, valid or not
    expect((await send(tunnel.url, { body: BODY, headers: slack(BODY, "wrong") })).body).toBe("ok");
    expect(app.requests).toHaveLength(1);
  });

  it("of Discord pass enforcement when signed, and get 401 when signed wrongly, as Discord tests", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const hex = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
    const { tunnel, app } = await open(["--provider", "discord", "--verify", "enforce", "--answer-handshakes"], {
      env: { DEVHOOK_SECRET_DISCORD: hex },
    });
    const body = '{"application_id":"1","id":"2","type":1,"version":1}';
    const at = String(Math.floor(Date.now() / 1_000));
    const signature = signWith(null, Buffer.from(at + body), privateKey).toString("hex");
    const headers = { "Content-Type": "application/json", "X-Signature-Timestamp": at, "X-Signature-Ed25519": signature };
    const pong = await send(tunnel.url, { body, headers });
    expect([pong.status, JSON.parse(pong.body)]).toEqual([200, { type: 1 }]);
    const forged = await send(tunnel.url, { body, headers: { ...headers, "X-Signature-Ed25519": "00".repeat(64) } });
    expect([forged.status, app.requests.length]).toEqual([401, 0]);
  });
});

describe("a provider of the user's own", () => {
  const OWN = {
    providers: {
      "my-platform": {
        name: "My platform",
        recognise: [[{ place: { in: "header", name: "X-Mine" } }]],
        signing: {
          schemes: [
            {
              id: "mac",
              signature: [{ in: "header", name: "X-Mine" }],
              algorithm: "hmac-sha512",
              encoding: "base64",
              key: { form: "text" },
              signed: "{method}:{body}",
            },
          ],
        },
        event: { type: [{ in: "body", path: "kind" }] },
      },
    },
  };

  it("is recognised and checked like any other", async () => {
    const { tunnel } = await open([], {
      env: { DEVHOOK_SECRET_MY_PLATFORM: "own" },
      prepare: (home) => writeFileSync(join(home.folder, "devhook.config.json"), JSON.stringify(OWN)),
    });
    const body = '{"kind":"thing.made"}';
    const signature = createHmac("sha512", "own").update(`POST:${body}`).digest("base64");
    await send(tunnel.url, { body, headers: { "X-Mine": signature } });
    expect(await tunnel.program.event("delivery")).toMatchObject({ provider: "my-platform", event: "thing.made", verdict: "valid" });
  });

  it("is refused with the place of each mistake", async () => {
    const home = makeHome();
    closers.push(home.remove);
    mkdirSync(home.folder, { recursive: true });
    const wrong = structuredClone(OWN);
    Object.assign(wrong.providers["my-platform"].signing.schemes[0] ?? {}, { signed: "{timestamp}.{bodi}" });
    writeFileSync(join(home.folder, "devhook.config.json"), JSON.stringify(wrong));
    const { code, stderr } = await run(["start", "8000"], { home });
    expect(code).toBe(2);
    expect(stderr).toContain("providers.my-platform.signing.schemes[0].signed");
    expect(stderr).toContain("{bodi}");
  });
});
