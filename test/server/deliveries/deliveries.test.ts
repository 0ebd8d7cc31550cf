import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../shared/clock.ts";
import { creditFrame, FRAME, frame, responseFrame, type FakeClient } from "../../rig/fake-client.ts";
import { codeOf, headerOf, openRawSender, type RawSender } from "../../rig/raw-sender.ts";
import { testRelay, type TestRelay } from "../../rig/relay.ts";
import { until } from "../../rig/until.ts";

let relay: TestRelay;

afterEach(() => relay.close());

const GET = "GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n";

function requests(client: FakeClient): number {
  return client.frames.filter(({ type }) => type === FRAME.REQUEST).length;
}

async function inFlightCount(): Promise<number> {
  const text = await (await fetch(`${relay.relay.url}/_devhook/metrics`)).text();
  return Number(/^devhook_relay_requests_in_flight (\d+)$/m.exec(text)?.[1]);
}

async function senders(count: number, text: string): Promise<readonly RawSender[]> {
  const opened: RawSender[] = [];
  for (let i = 0; i < count; i++) {
    const sender = await relay.sender();
    sender.write(text);
    opened.push(sender);
  }
  return opened;
}

describe("places on a link", () => {
  test("are 256; the next requests wait for one, in order, and from 1,024 waiting on are 503 client-busy", async () => {
    relay = await testRelay();
    const client = await relay.client();
    // pipelining saves a thousand sockets: each request of a connection is dispatched as it is read
    const [sender] = await senders(1, "");
    sender?.write(Array.from({ length: 256 + 1_024 + 2 }, (_, at) => `GET /app/${at} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
    await until(() => requests(client) === 256, "256 requests");
    await until(async () => (await inFlightCount()) === 256 + 1_024, "two turned away");
    expect(requests(client)).toBe(256);
    for (let at = 0; at < 256 + 1_024; at++) {
      const { stream, target } = await client.request();
      expect(target).toBe(`/${at}`);
      client.send(responseFrame(stream, { body: "ok" }));
    }
    for (let at = 0; at < 256 + 1_024; at++) expect((await sender?.answer())?.status).toBe(200);
    const busy = await sender?.answer();
    expect(busy?.status).toBe(503);
    expect(busy && codeOf(busy)).toBe("client-busy");
    expect(busy && headerOf(busy, "retry-after")).toBe("5");
    const refusals = JSON.parse((await client.next(FRAME.REFUSALS)).payload.toString()) as readonly object[];
    expect(refusals).toMatchObject([{ path: "/1280", status: 503, reason: "client-busy" }, { path: "/1281" }]);
  });

  test("are not held by senders that have gone while they waited", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [first] = await senders(1, "");
    first?.write(GET.repeat(256));
    await until(() => requests(client) === 256, "256 requests");
    const [second] = await senders(1, "");
    second?.write(GET.repeat(1_024));
    await until(async () => (await inFlightCount()) === 256 + 1_024, "a full queue");
    second?.reset();
    await until(async () => (await inFlightCount()) === 256, "an empty queue");
    const [third] = await senders(1, "GET /app/third HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send(responseFrame(1, { body: "" }));
    expect((await first?.answer())?.status).toBe(200);
    for (let at = 0; at < 256; at++) await client.request();
    const { target, stream } = await client.request();
    expect(target).toBe("/third");
    client.send(responseFrame(stream, { body: "third" }));
    expect((await third?.answer())?.body.toString()).toBe("third");
  });
});

describe("a sender that goes away", () => {
  test("after its request: RESET 1, and a late answer goes nowhere", async () => {
    relay = await testRelay();
    const client = await relay.client();
    for (const leave of ["destroy", "reset"] as const) {
      const [sender] = await senders(1, GET);
      const { stream } = await client.request();
      sender?.[leave]();
      const reset = await client.next(FRAME.RESET);
      expect(reset.stream).toBe(stream);
      expect(reset.payload[0]).toBe(1);
      client.send(responseFrame(stream, { body: "late" }));
    }
    expect(client.closed()).toBeUndefined();
  });

  test.each(["destroy", "reset", "end"] as const)("in the middle of a large body (%s): RESET 2 and no END", async (leave) => {
    relay = await testRelay();
    const client = await relay.client();
    for (const framing of ["Content-Length: 5000000", "Transfer-Encoding: chunked"]) {
      const [sender] = await senders(1, `POST /app/ HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`);
      sender?.write(framing.startsWith("C") ? "x".repeat(300_000) : `60000\r\n${"x".repeat(300_000)}`);
      const { stream } = await client.request();
      await until(() => client.frames.some(({ type }) => type === FRAME.DATA), "the body");
      sender?.[leave]();
      const reset = await client.next(FRAME.RESET);
      expect(reset.stream).toBe(stream);
      expect(reset.payload[0]).toBe(2);
      expect(client.frames.some((one) => one.type === FRAME.END && one.stream === stream)).toBe(false);
    }
  });

  test.each(["destroy", "reset", "end"] as const)("in the middle of a small body (%s): nothing reaches the client", async (leave) => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, "POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    await until(async () => (await inFlightCount()) === 1, "the request");
    sender?.[leave]();
    await until(async () => (await inFlightCount()) === 0, "the end of the request");
    expect(requests(client)).toBe(0);
  });

  test("in the middle of an answer: RESET 1", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, GET);
    const { stream } = await client.request();
    client.send(responseFrame(stream), frame(FRAME.DATA, stream, "x"));
    await until(() => sender?.rest().includes("x"), "the first bytes");
    sender?.destroy();
    expect((await client.next(FRAME.RESET)).payload[0]).toBe(1);
  });
});

describe("a link that is lost", () => {
  test("after dispatch: 502 with an unknown outcome, as JSON with the delivery's id", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, GET);
    const { id } = await client.request();
    client.terminate();
    const answer = await sender?.answer();
    expect(answer?.status).toBe(502);
    expect(answer && headerOf(answer, "devhook-outcome")).toBe("unknown");
    expect(JSON.parse(answer?.body.toString() ?? "")).toMatchObject({ error: { code: "link-lost" }, delivery: id });
    expect(answer && headerOf(answer, "devhook-id")).toBe(id);
    expect(answer && headerOf(answer, "retry-after")).toBeUndefined();
  });

  test("in the middle of an answer: the connection breaks", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, GET);
    const { stream } = await client.request();
    client.send(responseFrame(stream), frame(FRAME.DATA, stream, "half"));
    await until(() => sender?.rest().includes("half"), "the first half");
    client.terminate();
    expect(await sender?.untilClosed()).not.toMatch(/0\r\n\r\n$/);
  });

  test("in the middle of an upload: 502, and the connection ends", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, "POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");
    sender?.write(Buffer.alloc(1_000_000));
    await client.request();
    client.terminate();
    expect((await sender?.answer())?.status).toBe(502);
    expect(await sender?.untilClosed()).toBe("");
  });

  test.each([
    ["a length", "1.1", ["Content-Length", "10"]],
    ["chunks", "1.1", []],
    ["a length, to HTTP/1.0", "1.0", ["Content-Length", "10"]],
    ["its connection's end, to HTTP/1.0", "1.0", []],
  ] as const)("in the middle of an answer that ends with %s: its sender does not take it for whole", async (_how, http, headers) => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, `GET /app/ HTTP/${http}\r\nHost: a\r\n\r\n`);
    const { stream } = await client.request();
    client.send(responseFrame(stream, { headers }), frame(FRAME.DATA, stream, "part"));
    await until(() => sender?.rest().includes("part"), "the first bytes");
    client.terminate();
    expect(await sender?.untilClosed()).not.toContain("\r\n0\r\n");
    // nothing else tells a sender of HTTP/1.0
    expect(sender?.wasReset()).toBe(http === "1.0" && headers.length === 0);
  });

  test("while a chunked body grows large: it goes to the client that has come since", async () => {
    relay = await testRelay();
    const old = await relay.client();
    const [sender] = await senders(1, `POST /app/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n${"x".repeat(16)}\r\n`);
    await until(async () => (await inFlightCount()) === 1, "the request");
    old.terminate();
    await until(() => relay.log.some(({ event }) => event === "link-closed"), "the loss");
    const fresh = await relay.client();
    sender?.write(`50000\r\n${"y".repeat(0x50000)}\r\n0\r\n\r\n`);
    const { stream } = await fresh.request();
    await until(() => fresh.frames.some(({ type }) => type === FRAME.END), "the end of the body");
    fresh.send(responseFrame(stream, { body: "ok" }));
    expect((await sender?.answer())?.status).toBe(200);
  });

  test("by the client's own RESET: 502 client-reset, and the link stays", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, GET);
    const { stream } = await client.request();
    client.send(frame(FRAME.RESET, stream, "\x04evil\r\nX: y"));
    const answer = await sender?.answer();
    expect(answer?.status).toBe(502);
    expect(answer && codeOf(answer)).toBe("client-reset");
    expect(answer?.head).not.toContain("evil");
    expect(client.closed()).toBeUndefined();
  });
});

describe("a tunnel without its client", () => {
  test("is 503 with Retry-After; the refusal is handed over at the next connect, and again until it was seen", async () => {
    let now = 0;
    relay = await testRelay({}, { now: systemClock.now, monotonic: () => now });
    await (await relay.client()).close();
    await until(() => relay.log.some(({ event }) => event === "link-closed"), "the loss");
    now += 10_001;
    const [sender] = await senders(1, "POST /app/hook?x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n");
    const answer = await sender?.answer();
    expect(answer?.status).toBe(503);
    expect(answer && codeOf(answer)).toBe("client-offline");
    expect(answer && headerOf(answer, "retry-after")).toBe("5");
    expect(answer && headerOf(answer, "devhook-outcome")).toBe("not-delivered");
    const first = await relay.client();
    const refusals = JSON.parse((await first.next(FRAME.REFUSALS)).payload.toString()) as readonly { readonly seq: number }[];
    expect(refusals).toMatchObject([{ method: "POST", path: "/hook?x", status: 503, reason: "client-offline" }]);
    expect(first.frames[0]?.type).toBe(FRAME.WELCOME);
    const second = await relay.client();
    expect(JSON.parse((await second.next(FRAME.REFUSALS)).payload.toString())).toEqual(refusals);
    const seen = Buffer.alloc(6);
    seen.writeUIntBE(refusals[0]?.seq ?? 0, 0, 6);
    second.send(frame(FRAME.REFUSALS_SEEN, 0, seen));
    const [last] = await senders(1, GET);
    second.send(responseFrame((await second.request()).stream, { body: "" }));
    await last?.answer();
    const third = await relay.client();
    const [after] = await senders(1, GET);
    third.send(responseFrame((await third.request()).stream, { body: "" }));
    await after?.answer();
    expect(third.frames.some(({ type }) => type === FRAME.REFUSALS)).toBe(false);
  });

  test("numbers its refusals on after a restart", async () => {
    const seqs: number[] = [];
    for (let run = 0; run < 2; run++) {
      relay = await testRelay({ maxBody: 1 });
      const client = await relay.client();
      await senders(1, "POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
      const [row] = JSON.parse((await client.next(FRAME.REFUSALS)).payload.toString()) as readonly { readonly seq: number }[];
      seqs.push(row?.seq ?? 0);
      if (run === 0) await relay.close();
    }
    expect(seqs[1]).toBeGreaterThan(seqs[0] ?? Number.POSITIVE_INFINITY);
    expect(seqs[1]).toBeLessThan(2 ** 48);
  });

  test("that left a moment ago is waited for, and gets what has come since", async () => {
    relay = await testRelay();
    (await relay.client()).terminate();
    await until(() => relay.log.some(({ event }) => event === "link-closed"), "the loss");
    const [sender, gone] = await senders(2, "POST /app/waits HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    await until(async () => (await inFlightCount()) === 2, "both requests");
    gone?.destroy();
    await until(async () => (await inFlightCount()) === 1, "one to go");
    expect(sender?.rest().length).toBe(0);
    const client = await relay.client();
    const { stream, body, target } = await client.request();
    expect([target, body.toString()]).toEqual(["/waits", "abc"]);
    client.send(responseFrame(stream, { body: "ok" }));
    expect((await sender?.answer())?.status).toBe(200);
    expect(requests(client)).toBe(1);
  });

  test("that does not return within 5 s is 503", async () => {
    relay = await testRelay();
    (await relay.client()).terminate();
    await until(() => relay.log.some(({ event }) => event === "link-closed"), "the loss");
    const begun = performance.now();
    const [sender] = await senders(1, GET);
    expect((await sender?.answer())?.status).toBe(503);
    expect(performance.now() - begun).toBeGreaterThan(4_900);
    expect(performance.now() - begun).toBeLessThan(9_000);
  });
});

test("a client that stops reading slows its own tunnel only", async () => {
  relay = await testRelay();
  const slow = await relay.client({ tunnel: "slow" });
  const quick = await relay.client();
  slow.pause();
  const body = "x".repeat(262_144);
  await senders(100, `POST /slow/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const [sender] = await senders(1, "");
  for (let at = 0; at < 50; at++) {
    sender?.write(GET);
    const { stream } = await quick.request();
    quick.send(responseFrame(stream, { body: "quick" }));
    expect((await sender?.answer())?.status).toBe(200);
  }
  slow.resume();
  for (let at = 0; at < 100; at++) {
    const request = await slow.request();
    expect(request.body.length).toBe(262_144);
    slow.send(responseFrame(request.stream, { body: "slow" }));
  }
});

describe("a WebSocket", () => {
  const UPGRADE =
    "GET /app/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
  const SWITCH = {
    status: 101,
    reason: "Switching Protocols",
    headers: ["Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Accept", "x"],
  };

  test("passes raw bytes both ways after the 101, and each half ends by itself", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, `${UPGRADE}early`);
    const { stream, flags, headers } = await client.request();
    expect(flags).toBe(2);
    expect(headers).toContain("Upgrade");
    client.send(responseFrame(stream, SWITCH));
    const answer = await sender?.answer();
    expect(answer?.head).toMatch(
      /^HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n/,
    );
    expect((await client.next(FRAME.DATA)).payload.toString()).toBe("early");
    sender?.write("\x00\xff\r\n\r\nHTTP/1.1");
    expect((await client.next(FRAME.DATA)).payload.toString("latin1")).toBe("\x00\xff\r\n\r\nHTTP/1.1");
    sender?.end();
    await client.next(FRAME.END);
    client.send(frame(FRAME.DATA, stream, "after your end"));
    await until(() => sender?.rest().toString() === "after your end", "the other half");
    client.send(frame(FRAME.END, stream));
    await until(() => sender?.closed(), "the end");
    expect(client.closed()).toBeUndefined();
  });

  test("goes under credit in both directions", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, UPGRADE);
    const { stream } = await client.request();
    client.send(responseFrame(stream, SWITCH));
    await sender?.answer();
    const bytes = Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * 13) & 0xff));
    sender?.write(bytes);
    const received = (): number => client.frames.reduce((sum, one) => sum + (one.type === FRAME.DATA ? one.payload.length : 0), 0);
    await until(() => received() === 524_288, "the first credit");
    client.send(creditFrame(stream, 2_000_000));
    await until(() => received() === bytes.length, "all of it");
    expect(Buffer.concat(client.frames.filter(({ type }) => type === FRAME.DATA).map(({ payload }) => payload)).equals(bytes)).toBe(true);
  });

  test("that the app refuses is an ordinary answer, small or large, and the connection ends", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [small] = await senders(1, UPGRADE);
    client.send(responseFrame((await client.request()).stream, { status: 404, reason: "Not Found", body: "no" }));
    expect(await small?.answer()).toMatchObject({ status: 404, reason: "Not Found" });
    expect(await small?.untilClosed()).toBe("");
    const [large] = await senders(1, UPGRADE);
    const { stream } = await client.request();
    client.send(responseFrame(stream, { status: 500 }));
    let sent = 0;
    let credit = 524_288;
    let seen = 0;
    await until(() => {
      for (; credit >= 65_536 && sent < 80; credit -= 65_536, sent++) client.send(frame(FRAME.DATA, stream, Buffer.alloc(65_536, "z")));
      const grants = client.frames.filter((one) => one.type === FRAME.CREDIT && one.stream === stream);
      for (const grant of grants.slice(seen)) credit += grant.payload.readUInt32BE(0);
      seen = grants.length;
      return sent === 80;
    }, "the whole answer");
    client.send(frame(FRAME.END, stream));
    expect((await large?.answer())?.body.length).toBe(80 * 65_536);
    expect(client.frames.some(({ type }) => type === FRAME.RESET)).toBe(false);
    expect(client.frames.filter(({ type }) => type === FRAME.END)).toHaveLength(2);
  });

  test("behind a request that is being served waits for its answer", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, GET + UPGRADE);
    const one = await client.request();
    client.send(responseFrame(one.stream, { body: "one" }));
    expect((await sender?.answer())?.body.toString()).toBe("one");
    const two = await client.request();
    client.send(responseFrame(two.stream, SWITCH));
    expect((await sender?.answer())?.status).toBe(101);
  });

  test.each([{ name: "its sender goes", leave: (sender: RawSender) => sender.reset() }])(
    "ends on the other side when $name",
    async ({ leave }) => {
      relay = await testRelay();
      const client = await relay.client();
      const [sender] = await senders(1, UPGRADE);
      const { stream } = await client.request();
      client.send(responseFrame(stream, SWITCH));
      await sender?.answer();
      if (sender !== undefined) leave(sender);
      expect((await client.next(FRAME.RESET)).stream).toBe(stream);
    },
  );

  test.each([
    { name: "the link is lost", leave: (client: FakeClient, _stream: number) => client.terminate() },
    {
      name: "the client resets it",
      leave: (client: FakeClient, stream: number) => client.send(frame(FRAME.RESET, stream, "\x03the app reset")),
    },
  ])("breaks when $name after the app has ended its half", async ({ leave }) => {
    relay = await testRelay();
    const client = await relay.client();
    const [sender] = await senders(1, UPGRADE);
    const { stream } = await client.request();
    client.send(responseFrame(stream, SWITCH));
    await sender?.answer();
    client.send(frame(FRAME.END, stream));
    sender?.write("still here");
    expect((await client.next(FRAME.DATA)).payload.toString()).toBe("still here");
    await until(() => sender?.closed(), "the app's end");
    leave(client, stream);
    // a closed connection shows in what is written: the app's end has already been read
    await until(() => {
      sender?.write("x");
      return sender?.wasReset();
    }, "the break");
  });

  test("breaks when its link is lost, and is 503 without a client", async () => {
    let now = 0;
    relay = await testRelay({}, { now: systemClock.now, monotonic: () => now });
    const client = await relay.client();
    const [sender] = await senders(1, UPGRADE);
    client.send(responseFrame((await client.request()).stream, SWITCH));
    await sender?.answer();
    client.terminate();
    await sender?.untilClosed();
    now += 20_000;
    const [late] = await senders(1, UPGRADE);
    expect((await late?.answer())?.status).toBe(503);
    expect(await late?.untilClosed()).toBe("");
  });
});

test("a thousand senders and as many links come and go, and nothing is left of them", async () => {
  relay = await testRelay();
  const warnings: string[] = [];
  const warned = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", warned);
  const client = await relay.client();
  for (let at = 0; at < 700; at++) {
    const sender = await openRawSender(relay.port);
    sender.write(GET);
    const { stream } = await client.request();
    if (at % 3 === 0) sender.reset();
    client.send(responseFrame(stream, { body: "x" }));
    if (at % 3 !== 0) await sender.answer();
    sender.destroy();
  }
  for (let at = 0; at < 300; at++) (await relay.client({ tunnel: "other" })).terminate();
  const h2c = await openRawSender(relay.port);
  for (let at = 0; at < 30; at++) {
    h2c.write(
      "GET /app/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
    );
    client.send(responseFrame((await client.request()).stream, { body: "x" }));
    await h2c.answer();
  }
  h2c.destroy();
  await client.close();
  const left = (): readonly string[] => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap");
  await until(() => left().length === 0, "no sockets");
  expect(warnings).toEqual([]);
  process.off("warning", warned);
});
