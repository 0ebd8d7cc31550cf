import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { creditFrame, FRAME, frame, informationFrame, responseFrame, type FakeClient } from "../rig/fake-client.ts";
import { codeOf, headerOf } from "../rig/raw-sender.ts";
import { testRelay, type TestRelay } from "../rig/relay.ts";
import { until } from "../rig/until.ts";

/** bytes that a stream may carry before the first CREDIT (spec.md 3.4) */
const INITIAL_CREDIT = 524_288;

let relay: TestRelay;

beforeEach(async () => {
  relay = await testRelay();
});

afterEach(() => relay.close());

function dataBytes(client: FakeClient, stream: number): number {
  let bytes = 0;
  for (const one of client.frames) if (one.type === FRAME.DATA && one.stream === stream) bytes += one.payload.length;
  return bytes;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${relay.relay.url}/_devhook/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

function bodyOf(client: FakeClient, stream: number): Buffer {
  return Buffer.concat(client.frames.filter((one) => one.type === FRAME.DATA && one.stream === stream).map((one) => one.payload));
}

/** Gives credit for every body byte, as a client does whose app takes everything. */
async function takeAll(client: FakeClient, stream: number): Promise<Buffer> {
  let granted = 0;
  await until(() => {
    const received = dataBytes(client, stream);
    if (received > granted) client.send(creditFrame(stream, received - granted));
    granted = received;
    return client.frames.some((one) => one.type === FRAME.END && one.stream === stream);
  }, "END of the request body");
  return bodyOf(client, stream);
}

describe("a small request", () => {
  test("crosses in one message each way, byte for byte", async () => {
    const client = await relay.client();
    const before = client.messages.length;
    const sender = await relay.sender();
    sender.write("POST /app/hook?a=%2F HTTP/1.1\r\nHost: 127.0.0.1\r\nX-One: \xe9\r\nx-one: b\r\nContent-Length: 5\r\n\r\nh\x00\xffll");
    const request = await client.request();
    expect(client.messages.length - before).toBe(1);
    expect(request).toMatchObject({
      stream: 1,
      method: "POST",
      target: "/hook?a=%2F",
      base: "/app",
      flags: 1,
      forwardedFor: "127.0.0.1",
      forwardedHost: "127.0.0.1",
    });
    expect(request.headers).toEqual(["Host", "127.0.0.1", "X-One", "\xe9", "x-one", "b", "Content-Length", "5"]);
    expect(request.body.toString("latin1")).toBe("h\x00\xffll");
    const headers = ["b", "2", "A", "\xe8", "a", "1", "Content-Length", "2"];
    client.send(responseFrame(1, { status: 201, reason: "Fine \xfc", headers, body: "\x00\xfe" }));
    const answer = await sender.answer();
    expect(answer.head).toBe(
      "HTTP/1.1 201 Fine \xfc\r\nb: 2\r\nA: \xe8\r\na: 1\r\nContent-Length: 2\r\n" +
        `devhook-id: ${request.id}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=65\r\n\r\n`,
    );
    expect(answer.body.toString("latin1")).toBe("\x00\xfe");
    expect(client.frames.length).toBe(2);
  });

  test("of exactly 262,144 bytes crosses whole, one byte more streams", async () => {
    const client = await relay.client();
    const sender = await relay.sender();
    for (const [index, size] of [262_144, 262_145].entries()) {
      sender.write(`POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
      sender.write(Buffer.alloc(size, "x"));
      const request = await client.request();
      expect(request.flags).toBe(index === 0 ? 1 : 0);
      expect(request.body.length).toBe(index === 0 ? size : 0);
      expect(request.body.length + (index === 0 ? 0 : (await takeAll(client, request.stream)).length)).toBe(size);
      client.send(responseFrame(request.stream, { body: "ok" }));
      await sender.answer();
    }
  });
});

describe("a large request body", () => {
  test("streams as credit allows, and the relay stops reading its sender", async () => {
    const client = await relay.client();
    const sender = await relay.sender();
    const size = 50_000_000;
    sender.write(`POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    sender.write(Buffer.alloc(size, "x"));
    const request = await client.request();
    expect(request.flags).toBe(0);
    await until(() => dataBytes(client, 1) === INITIAL_CREDIT, "all of the first credit");
    let read = -1;
    await until(async () => {
      const before = read;
      read = await metric("devhook_relay_request_body_bytes_total");
      return before === read;
    }, "the relay to read no more");
    expect(read).toBeGreaterThanOrEqual(INITIAL_CREDIT);
    expect(read).toBeLessThan(INITIAL_CREDIT + 262_144);
    expect(dataBytes(client, 1)).toBe(INITIAL_CREDIT);
    const largest = Math.max(...client.frames.filter((one) => one.type === FRAME.DATA).map((one) => one.payload.length));
    expect(largest).toBeLessThanOrEqual(65_536);
    client.send(creditFrame(1, 100_000));
    await until(() => dataBytes(client, 1) === INITIAL_CREDIT + 100_000, "the bytes of the new credit");
    client.send(responseFrame(1, { body: "enough" }));
    expect((await sender.answer()).body.toString()).toBe("enough");
  });

  test.each([
    { name: "with a length", chunked: false },
    { name: "in chunks", chunked: true },
  ])("$name arrives byte for byte", async ({ chunked }) => {
    const client = await relay.client();
    const sender = await relay.sender();
    const body = Buffer.from(Array.from({ length: 1_500_000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff));
    sender.write(`POST /app/ HTTP/1.1\r\nHost: a\r\n${chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`}\r\n\r\n`);
    for (let at = 0; at < body.length; at += 9_999) {
      const piece = body.subarray(at, at + 9_999);
      sender.write(chunked ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]) : piece);
    }
    if (chunked) sender.write("0\r\n\r\n");
    const request = await client.request();
    expect(Buffer.compare(await takeAll(client, request.stream), body)).toBe(0);
    client.send(responseFrame(request.stream, { body: "ok" }));
    expect((await sender.answer()).body.toString()).toBe("ok");
    client.send(responseFrame(request.stream, { body: "late" }));
    sender.write("GET /app/next HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await client.request()).target).toBe("/next");
  });

  test("whose app answers early is read to its end, its exchange ends, and the connection goes on", async () => {
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write("POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n");
    sender.write(Buffer.alloc(1_000_000, "x"));
    const request = await client.request();
    client.send(responseFrame(request.stream, { body: "early" }));
    expect((await sender.answer()).body.toString()).toBe("early");
    expect((await client.next(FRAME.RESET)).payload[0]).toBe(5);
    sender.write(Buffer.alloc(7_000_000, "x"));
    sender.write("GET /app/next HTTP/1.1\r\nHost: a\r\n\r\n");
    const next = await client.request();
    expect(next.target).toBe("/next");
    client.send(responseFrame(next.stream, { body: "next" }));
    expect((await sender.answer()).body.toString()).toBe("next");
  });
});

describe("an answer", () => {
  test("streams: its head goes ahead of its first byte, and credit comes back as the sender reads", async () => {
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.request();
    client.send(responseFrame(1, { headers: ["Content-Type", "text/event-stream"] }));
    await until(() => sender.rest().includes("\r\n\r\n"), "the head alone");
    const body = Buffer.alloc(INITIAL_CREDIT, "z");
    for (let at = 0; at < body.length; at += 65_536) client.send(frame(FRAME.DATA, 1, body.subarray(at, at + 65_536)));
    const credit = await client.next(FRAME.CREDIT);
    expect(credit.payload.readUInt32BE(0)).toBeGreaterThanOrEqual(INITIAL_CREDIT / 2);
    client.send(frame(FRAME.END, 1));
    expect((await sender.answer()).body.equals(body)).toBe(true);
  });

  test("to a sender that does not read gets no credit beyond what the sockets hold", async () => {
    const client = await relay.client();
    const sender = await relay.sender();
    sender.pause();
    sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.request();
    client.send(responseFrame(1));
    let credit = INITIAL_CREDIT;
    let sent = 0;
    let quiet = 0;
    let seen = 0;
    await until(() => {
      for (; credit >= 65_536 && sent < 100_000_000; credit -= 65_536, sent += 65_536)
        client.send(frame(FRAME.DATA, 1, Buffer.alloc(65_536)));
      const grants = client.frames.filter((one) => one.type === FRAME.CREDIT);
      for (const grant of grants.slice(seen)) credit += grant.payload.readUInt32BE(0);
      quiet = grants.length === seen ? quiet + 1 : 0;
      seen = grants.length;
      return quiet > 100;
    }, "no more credit");
    expect(sent).toBeLessThan(20_000_000);
  });

  test("gets no Date, and a hop-by-hop header of the app ends at the relay", async () => {
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.request();
    const headers = [
      "Connection",
      "close, X-Signature",
      "Keep-Alive",
      "timeout=1",
      "Transfer-Encoding",
      "chunked",
      "X-Signature",
      "s",
      "Upgrade",
      "h2c",
    ];
    client.send(responseFrame(1, { headers, body: "b" }));
    const answer = await sender.answer();
    expect(headerOf(answer, "date")).toBeUndefined();
    expect(headerOf(answer, "x-signature")).toBe("s");
    expect(headerOf(answer, "upgrade")).toBeUndefined();
    expect(headerOf(answer, "keep-alive")).toBe("timeout=65");
    expect(answer.body.toString()).toBe("b");
  });

  test("passes 1xx before it, but not to HTTP/1.0", async () => {
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.request();
    client.send(informationFrame(1, 103, ["Link", "</a.css>"]), informationFrame(1, 102), responseFrame(1, { body: "x" }));
    expect(await sender.answer()).toMatchObject({ status: 103, headers: ["Link", "</a.css>"] });
    expect(await sender.answer()).toMatchObject({ status: 102 });
    expect(await sender.answer()).toMatchObject({ status: 200 });
    const old = await relay.sender();
    old.write("GET /app/ HTTP/1.0\r\n\r\n");
    const request = await client.request();
    client.send(informationFrame(request.stream, 103, ["Link", "</a.css>"]), responseFrame(request.stream, { body: "old" }));
    expect(await old.answer()).toMatchObject({ status: 200 });
    expect(await old.untilClosed()).toBe("");
  });

  test.each([
    { status: 204, method: "GET" },
    { status: 304, method: "GET" },
    { status: 200, method: "HEAD" },
  ])("$status to $method has no body on the wire, whatever the client sends", async ({ status, method }) => {
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write(`${method} /app/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.request();
    client.send(responseFrame(1, { status, body: "poison HTTP/1.1 200 OK\r\n\r\n" }));
    expect(await sender.answer({ toHead: true })).toMatchObject({ status });
    sender.write(`${method} /app/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    const second = await client.request();
    client.send(
      responseFrame(second.stream, { status, headers: ["X-Second", "1"] }),
      frame(FRAME.DATA, second.stream, "poison"),
      frame(FRAME.END, second.stream),
    );
    expect(headerOf(await sender.answer({ toHead: true }), "x-second")).toBe("1");
    expect(sender.rest().length).toBe(0);
  });

  test("cut short by the client breaks the connection and is never a clean short 200", async () => {
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.request();
    client.send(responseFrame(1), frame(FRAME.DATA, 1, "half"), frame(FRAME.RESET, 1, "\x03app broke off"));
    const text = await sender.untilClosed();
    expect(text).not.toContain("0\r\n\r\n");
    expect(text).not.toContain("502");
  });

  test.each([
    { name: "longer than its Content-Length", headers: ["Content-Length", "3"], body: "abcHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
    { name: "shorter than its Content-Length", headers: ["Content-Length", "30"], body: "abc" },
    { name: "with two lengths", headers: ["Content-Length", "3", "Content-Length", "4"], body: "abc" },
    { name: "with a length that is none", headers: ["Content-Length", "+3"], body: "abc" },
  ])("$name never reaches the sender as a whole one, and nothing follows it", async ({ headers, body }) => {
    const client = await relay.client();
    for (const streamed of [false, true]) {
      const sender = await relay.sender();
      sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\nGET /app/second HTTP/1.1\r\nHost: a\r\n\r\n");
      const { stream } = await client.request();
      await client.request();
      if (streamed) client.send(responseFrame(stream, { headers }), frame(FRAME.DATA, stream, body), frame(FRAME.END, stream));
      else client.send(responseFrame(stream, { headers, body }));
      await until(() => sender.closed() || sender.rest().includes("502"), "an end or a 502");
      const text = sender.rest().toString("latin1");
      expect(text).not.toMatch(/abcHTTP/);
      expect(/502/.test(text) || sender.closed()).toBe(true);
      sender.destroy();
    }
  });
});

describe("a tunnel that nobody serves", () => {
  test("is unknown: 404, and nothing is read", async () => {
    const sender = await relay.sender();
    sender.write("GET /nobody/ HTTP/1.1\r\nHost: a\r\n\r\n");
    const answer = await sender.answer();
    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe("tunnel-unknown");
    expect(headerOf(answer, "devhook-outcome")).toBe("not-delivered");
  });
});
