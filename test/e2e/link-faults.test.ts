import { createHash, randomInt } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { percentile } from "../bench/report/percentile.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../rig/fault-proxy.ts";
import { valuesOf } from "../rig/message-reader.ts";
import { addToken, type Home, makeHome, type Program, type RelayProgram, startProgram, startRelayProgram } from "../rig/programs.ts";
import { type Handler, type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { seededRandom } from "../rig/seeded-random.ts";
import { type RawAnswer, sendRaw } from "../rig/send-raw.ts";
import { until } from "../rig/until.ts";

/** What is drawn at random can be drawn again: DEVHOOK_TEST_SEED=n. */
const SEED = Number(process.env["DEVHOOK_TEST_SEED"] ?? randomInt(2 ** 31));
/** milliseconds in which a dead link is to be found, and what two busy cores may add */
const FOUND_WITHIN_MS = 15_000;
const SLACK_MS = 5_000;
/** milliseconds of a sleep that a client knows for one, and in which it finds a link that went meanwhile: a ping and 3 s, not 12 s */
const ASLEEP_MS = 5_000;
const FOUND_AWAKE_MS = 6_000;
/** milliseconds in which 95 of 100 clients are to be back when only the connection was lost */
const BACK_P95_MS = 2_000;
const MIB = 1_048_576;

/** A client that reaches the relay through a proxy. */
type Line = {
  readonly name: string;
  readonly proxy: FaultProxy;
  readonly client: Program;
};

let home: Home;
let app: RecordingApp;
let relay: RelayProgram;
let token: string;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  report(`seed ${SEED}`);
  home = makeHome();
  closers.push(home.remove);
  app = await startRecordingApp();
  closers.push(app.close);
  relay = await startRelayProgram([], { home });
  closers.push(relay.program.kill);
  ({ token } = await addToken(relay, home));
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function report(line: string): void {
  process.stdout.write(`link-faults: ${line}\n`);
}

/** Opens a line whose proxy is `prepared` before its client dials. */
async function openLine(name: string, prepare: (proxy: FaultProxy) => void = () => undefined): Promise<Line> {
  const proxy = await startFaultProxy(relay.port, { seed: SEED });
  closers.push(proxy.close);
  prepare(proxy);
  const args = ["start", String(app.port), "--json", "--name", name, "--server", `http://127.0.0.1:${proxy.port}`];
  const env = { DEVHOOK_TOKEN: token, DEVHOOK_DATA_DIR: join(home.folder, name) };
  const client = startProgram(args, { home, env });
  closers.push(client.kill);
  await client.event("ready");
  return { name, proxy, client };
}

/** Sends a request straight to the relay: POST with a body, GET without. */
function call(line: Line, path: string, { body }: { readonly body?: Buffer } = {}) {
  const method = body === undefined ? "GET" : "POST";
  const length = body === undefined ? "" : `Content-Length: ${body.length}\r\n`;
  const head = Buffer.from(`${method} /${line.name}${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${length}\r\n`);
  return sendRaw(relay.port, body === undefined ? head : [head, body], method);
}

function outcome(answer: RawAnswer): { readonly status: number; readonly outcome: string | undefined } {
  return { status: answer.status, outcome: valuesOf(answer.headers, "devhook-outcome")[0] };
}

/** How often the client has said that its link is in this state. */
function times({ client }: Line, state: "connected" | "reconnecting"): number {
  return client.events().filter((event) => event.type === "link" && event["state"] === state).length;
}

/** What the relay has logged about the links of a line. */
function logged(event: string, { name }: Line): readonly Readonly<Record<string, unknown>>[] {
  return relay.program
    .stderr()
    .split("\n")
    .filter((line) => line.includes(`"${event}"`))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter((entry) => entry["event"] === event && entry["tunnel"] === name);
}

/** Milliseconds until the condition holds. */
async function after(condition: () => unknown, what: string, limitMs: number): Promise<number> {
  const began = performance.now();
  await until(condition, what, limitMs);
  return performance.now() - began;
}

/** Requests at the app with this target, which no other request has. */
function atApp(target: string): RecordingApp["requests"] {
  return app.requests.filter((request) => request.target === target);
}

/** What became of a webhook to {@link echo} whose link may have been cut: `answered`, `unknown` or `broken off`; anything else is wrong. */
function verdictOf(answer: RawAnswer, body: Buffer, target: string): string {
  const [request, ...more] = atApp(target);
  const what = `${target}: ${answer.status}, ${answer.bytes} of ${body.length} bytes, whole: ${answer.whole}`;
  // nothing is sent again by itself
  if (more.length > 0) return `${what}, ${more.length + 1} times at the app`;
  // a sender that came while the link was down is told so, and the app hears nothing
  if (answer.status === 503 && answer.whole && request === undefined && answer.body.includes('"client-offline"')) return "away";
  if (answer.status !== 200) return answer.whole && answer.status === 502 && outcome(answer).outcome === "unknown" ? "unknown" : what;
  if (request?.sha256 !== createHash("sha256").update(body).digest("hex")) return `${what}, without the app`;
  if (!answer.body.equals(body.subarray(0, answer.bytes)) || answer.whole !== (answer.bytes === body.length))
    return `${what}, not what the app gave`;
  return answer.whole ? "answered" : "broken off";
}

const echo: Handler = (socket, { body = Buffer.alloc(0) }) => {
  socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]));
};

/** Lets a link die with a webhook under way. */
async function dies(fault: Fault, direction: "up" | "down") {
  const line = await openLine(`dead-${fault}-${direction}`);
  const { name } = line;
  const limit = FOUND_WITHIN_MS + SLACK_MS;
  line.proxy.strike(fault, direction);
  const lost = call(line, `/lost-${name}`, { body: Buffer.from("{}") });
  const foundMs = await Promise.all([
    after(() => logged("link-closed", line).length > 0, "the relay to find it", limit),
    after(() => times(line, "reconnecting") > 0, "the client to find it", limit),
  ]);
  const backMs = await after(() => times(line, "connected") > 0, "the client to be back", limit);
  const [byRelay, byClient] = foundMs.map(Math.round);
  report(`${name}: found by the relay after ${byRelay} ms, by the client after ${byClient} ms, back ${Math.round(backMs)} ms later`);
  const next = (await call(line, "/after", { body: Buffer.from("{}") })).status;
  return { foundMs, backMs, lost: outcome(await lost), reached: atApp(`/lost-${name}`).length, next };
}

/** Carries a body on a link so slow that it takes longer than a dead link may. */
async function trickles(direction: "up" | "down") {
  const line = await openLine(`trickle-${direction}`);
  line.proxy.carry(direction, { bytesPerSecond: 14_000 });
  app.on("/echo", echo);
  const body = Buffer.alloc(210_000, line.name);
  const began = performance.now();
  const answer = await call(line, "/echo", { body });
  const tookMs = performance.now() - began;
  report(`${line.name}: ${body.length} bytes in ${Math.round(tookMs)} ms`);
  return { answer: { ...outcome(answer), same: answer.whole && answer.body.equals(body) }, tookMs, lost: times(line, "reconnecting") };
}

// they wait most of the time; vitest runs five at once, so the short ones come first
describe.concurrent("a link", () => {
  it("that is cut at any byte while webhooks are under way is back soon, and no answer is wrong", async () => {
    app.on("/cut", echo);
    const lines = await Promise.all(Array.from({ length: 8 }, (_, n) => openLine(`cut-${n}`)));
    const backs: number[] = [];
    const counts: Record<string, number> = {};

    /** Bodies of one round: small ones, some that cross in their head's frame and one that streams. */
    function bodies(id: string, random: () => number): readonly Buffer[] {
      return [40, 9_000, 700, 60, 120_000, 40, 2_000, 400_000, 300, 20_000, 50, 1_000].map((size, n) => {
        const begin = Buffer.from(`${id}-${n} `);
        return Buffer.alloc(begin.length + Math.floor(size * (0.5 + random())), begin);
      });
    }

    async function round(line: Line, n: number, random: () => number): Promise<void> {
      const sent = bodies(`${line.name}-${n}`, random);
      const connected = times(line, "connected");
      const direction = random() < 0.5 ? "up" : "down";
      // half of them among the first webhooks, the others anywhere in what crosses
      const afterBytes = Math.floor(random() * (random() < 0.5 ? 12_000 : 500_000));
      const armed = line.proxy.arm(random() < 0.5 ? "cut" : "reset", { direction, afterBytes });
      const answers = Promise.all(sent.map((body, at) => call(line, `/cut?${line.name}-${n}-${at}`, { body })));
      await Promise.race([until(() => armed.struck(), "the cut"), answers]);
      if (!armed.struck()) {
        armed.disarm();
        line.proxy.strike("reset");
      }
      backs.push(await after(() => times(line, "connected") > connected, "the client to be back", FOUND_WITHIN_MS));
      for (const [at, answer] of (await answers).entries()) {
        const verdict = verdictOf(answer, sent[at] ?? Buffer.alloc(0), `/cut?${line.name}-${n}-${at}`);
        counts[verdict] = (counts[verdict] ?? 0) + 1;
      }
    }

    await Promise.all(
      lines.map(async (line, at) => {
        // one each: they draw in no order
        const random = seededRandom(SEED + at);
        for (let n = 0; n < 3; n++) await round(line, n, random);
      }),
    );
    const p95 = percentile(backs, 0.95);
    report(`${backs.length} cuts: back p50 ${Math.round(percentile(backs, 0.5))} ms, p95 ${Math.round(p95)} ms; ${JSON.stringify(counts)}`);
    expect(p95).toBeLessThan(BACK_P95_MS);
    expect(Object.keys(counts).filter((verdict) => !["answered", "unknown", "broken off", "away"].includes(verdict))).toEqual([]);
    expect(counts["answered"]).toBeGreaterThan(0);
    expect(counts["unknown"]).toBeGreaterThan(0);
  });

  it("that is cut in its handshake, at any byte, is dialled until it holds", async () => {
    const random = seededRandom(SEED);
    const lines = await Promise.all(
      Array.from({ length: 4 }, (_, n) =>
        openLine(`handshake-${n}`, (proxy) => {
          const [direction, bytes] = n % 2 === 0 ? (["up", 300] as const) : (["down", 200] as const);
          // each strikes a connection of its own: the least first
          for (let cut = 0; cut < 3; cut++)
            proxy.arm(random() < 0.5 ? "cut" : "reset", { direction, afterBytes: Math.floor(random() * bytes) });
        }),
      ),
    );
    for (const line of lines) {
      expect(line.proxy.count()).toMatchObject({ struck: 3, accepted: 4 });
      expect((await call(line, "/hook", { body: Buffer.from("{}") })).status).toBe(200);
    }
  });

  it("that goes nowhere, in one direction or both, is found by both sides in time, and nothing counts as delivered", async () => {
    const ends = await Promise.all([dies("black-hole", "up"), dies("half-open", "up"), dies("half-open", "down")]);
    expect(Math.max(...ends.flatMap(({ foundMs }) => foundMs))).toBeLessThan(FOUND_WITHIN_MS + SLACK_MS);
    expect(Math.max(...ends.map(({ backMs }) => backMs))).toBeLessThan(BACK_P95_MS);
    const unknown = { status: 502, outcome: "unknown" };
    expect(ends.map(({ lost }) => lost)).toEqual([unknown, unknown, unknown]);
    // only what went from the relay to the client got there
    expect(ends.map(({ reached }) => reached)).toEqual([0, 1, 0]);
    expect(ends.map(({ next }) => next)).toEqual([200, 200, 200]);
  });

  it("that is dialled into a black hole is given up, and dialled anew when the way is there again", async () => {
    const line = await openLine("hole");
    line.proxy.admit("black-hole");
    line.proxy.strike("reset");
    await until(() => line.proxy.count().accepted > 1, "a dial into the hole");
    line.proxy.admit("forward");
    const back = await after(() => times(line, "connected") > 0, "the client to be back", FOUND_WITHIN_MS + SLACK_MS);
    report(`hole: back ${Math.round(back)} ms after the way was there again, with a dial under way in the hole`);
    expect(back).toBeLessThan(FOUND_WITHIN_MS);
  });

  it("that went while its client was asleep is found right after the client has woken", async () => {
    const line = await openLine("asleep");
    line.client.signal("SIGSTOP");
    line.proxy.strike("black-hole");
    const began = performance.now();
    await until(() => performance.now() - began > ASLEEP_MS, "a sleep");
    line.client.signal("SIGCONT");
    const found = await after(() => times(line, "reconnecting") > 0, "the client to find it", FOUND_WITHIN_MS);
    report(`asleep: found ${Math.round(found)} ms after waking`);
    expect(found).toBeLessThan(FOUND_AWAKE_MS);
    await until(() => times(line, "connected") > 0, "the client to be back");
    expect((await call(line, "/after", { body: Buffer.from("{}") })).status).toBe(200);
  });

  it("so slow that one message takes longer than a dead link may is not given up", async () => {
    const ends = await Promise.all([trickles("up"), trickles("down")]);
    const kept = { answer: { status: 200, outcome: undefined, same: true }, lost: 0, tookMs: expect.any(Number) };
    expect(ends).toEqual([kept, kept]);
    // or it has shown nothing
    expect(Math.min(...ends.map(({ tookMs }) => tookMs))).toBeGreaterThan(13_000);
  });
});

describe("a neighbour", () => {
  const ROUNDS = 150;

  /** Milliseconds of webhooks one after the other. */
  async function latencies(line: Line): Promise<readonly number[]> {
    const all: number[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      const began = performance.now();
      const { status } = await call(line, "/neighbour", { body: Buffer.alloc(2_000, "n") });
      all.push(performance.now() - began);
      if (status !== 200) throw new Error(`the neighbour was answered ${status}`);
    }
    return all;
  }

  it("of a tunnel whose link is slow, or whose client reads no more, is as quick as before", async () => {
    const [line, slow, stuck] = await Promise.all([openLine("near"), openLine("slow"), openLine("stuck")]);
    await latencies(line);
    const alone = await latencies(line);
    slow.proxy.carry("both", { bytesPerSecond: 60_000, delayMs: 100, jitterMs: 50 });
    stuck.proxy.carry("down", { paused: true });
    const crowd = [slow, stuck].flatMap((each) =>
      Array.from({ length: 60 }, () => call(each, "/crowd", { body: Buffer.alloc(120_000, "c") })),
    );
    await until(() => slow.proxy.count().down.received > 200_000, "the slow link to be full");
    const beside = await latencies(line);
    const [p99, p99Beside] = [percentile(alone, 0.99), percentile(beside, 0.99)];
    report(`neighbour: p50 ${percentile(alone, 0.5).toFixed(1)} -> ${percentile(beside, 0.5).toFixed(1)} ms`);
    report(`neighbour: p99 ${p99.toFixed(1)} -> ${p99Beside.toFixed(1)} ms`);
    // twice, and what a busy machine may add to either
    expect(p99Beside).toBeLessThan(2 * p99 + 50);
    for (const { client } of [slow, stuck]) await client.kill();
    for (const { proxy } of [slow, stuck]) await proxy.close();
    for (const answer of await Promise.all(crowd)) expect([200, 502, 503]).toContain(answer.status);
  });
});

describe("a reset in the middle of a large body", () => {
  const LARGE = Buffer.alloc(5 * MIB, "large ");

  it("of an upload is an error to its sender, and no whole request to the app", async () => {
    const line = await openLine("upload");
    const armed = line.proxy.arm("reset", { direction: "down", afterBytes: 2 * MIB + 12_345 });
    const answer = await call(line, "/upload", { body: LARGE });
    expect(armed.struck()).toBe(true);
    expect(outcome(answer)).toEqual({ status: 502, outcome: "unknown" });
    expect(atApp("/upload")).toMatchObject([{ whole: false }]);
  });

  it.each([
    ["with a length", [`Content-Length: ${LARGE.length}`], LARGE],
    ["in chunks", ["Transfer-Encoding: chunked"], Buffer.concat([Buffer.from("500000\r\n"), LARGE, Buffer.from("\r\n0\r\n\r\n")])],
  ])("of an answer %s is an error to its sender", async (how, headers, body) => {
    const name = `download-${how.replaceAll(/[^a-z]/g, "")}`;
    const line = await openLine(name.slice(0, 30));
    app.on(`/${name}`, (socket) => {
      socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${headers.join("\r\n")}\r\n\r\n`), body]));
    });
    const whole = await call(line, `/${name}`);
    expect({ status: whole.status, whole: whole.whole, bytes: whole.bytes }).toEqual({ status: 200, whole: true, bytes: LARGE.length });
    const armed = line.proxy.arm("reset", { direction: "up", afterBytes: 2 * MIB + 12_345 });
    const answer = await call(line, `/${name}`);
    expect(armed.struck()).toBe(true);
    expect({ status: answer.status, whole: answer.whole }).toEqual({ status: 200, whole: false });
    expect(answer.bytes).toBeLessThan(LARGE.length);
  });
});
