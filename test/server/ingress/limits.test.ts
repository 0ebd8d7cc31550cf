import { afterEach, describe, expect, test } from "vitest";
import { BodyBudget } from "../../../server/ingress/body-budget.ts";
import { systemClock } from "../../../shared/clock.ts";
import { FRAME, requestOf, responseFrame } from "../../rig/fake-client.ts";
import { codeOf, headerOf } from "../../rig/raw-sender.ts";
import { testRelay, type TestRelay } from "../../rig/relay.ts";
import { until } from "../../rig/until.ts";

let relay: TestRelay;

afterEach(() => relay.close());

describe("the size of a body", () => {
  test.each([
    { name: "small", maxBody: 10 },
    { name: "beyond what crosses whole", maxBody: 300_000 },
    { name: "beyond the first credit", maxBody: 700_000 },
  ])("at the limit ($name) is taken, one byte more is 413, by length and by count", async ({ maxBody }) => {
    relay = await testRelay({ maxBody });
    const client = await relay.client();
    const chunks = (size: number): string => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n0\r\n\r\n`;
    for (const chunked of [false, true]) {
      const head = (size: number): string =>
        `POST /app/ HTTP/1.1\r\nHost: a\r\n${chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${size}`}\r\n\r\n`;
      const sender = await relay.sender();
      sender.write(head(maxBody) + (chunked ? chunks(maxBody) : "x".repeat(maxBody)));
      const { stream } = await client.request();
      client.send(Buffer.concat([Buffer.from([FRAME.CREDIT]), Buffer.from([0, 0, 0, stream, 0, 0, 0, 4, 0, 16, 0, 0])]));
      await until(() => maxBody <= 262_144 || client.frames.some((one) => one.type === FRAME.END && one.stream === stream), "the body");
      client.send(responseFrame(stream, { body: "ok" }));
      expect((await sender.answer()).status).toBe(200);
      const over = await relay.sender();
      over.write(head(maxBody + 1) + (chunked ? chunks(maxBody + 1) : ""));
      if (chunked && maxBody > 524_288) {
        const late = await client.request();
        client.send(Buffer.concat([Buffer.from([FRAME.CREDIT]), Buffer.from([0, 0, 0, late.stream, 0, 0, 0, 4, 0, 16, 0, 0])]));
      }
      const answer = await over.answer();
      expect(answer.status).toBe(413);
      expect(codeOf(answer)).toBe("body-too-large");
      expect(headerOf(answer, "connection")).toBe("close");
      expect(await over.untilClosed()).toBe("");
      expect(client.frames.some((one) => one.type === FRAME.END && one.stream > stream)).toBe(false);
    }
    const refusals = JSON.parse((await client.next(FRAME.REFUSALS)).payload.toString()) as readonly object[];
    expect(refusals[0]).toMatchObject({ status: 413, reason: "body-too-large" });
  });

  test("over the limit is refused before 100-continue is said", async () => {
    relay = await testRelay({ maxBody: 10 });
    await relay.client();
    const sender = await relay.sender();
    sender.write("POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
    expect((await sender.answer()).status).toBe(413);
  });
});

describe("the head of a request", () => {
  test.each([
    { name: "512 headers", headers: 511, status: 200 },
    { name: "513 headers", headers: 512, status: 431 },
    { name: "1,501 headers", headers: 1_500, status: 431 },
  ])("with $name is $status, and none is dropped", async ({ headers, status }) => {
    relay = await testRelay();
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write(`GET /app/ HTTP/1.1\r\nHost: a\r\n${Array.from({ length: headers }, (_, at) => `X-${at}: ${at}\r\n`).join("")}\r\n`);
    const received = await until(
      () => client.frames.find(({ type }) => type === FRAME.REQUEST) ?? sender.closed(),
      "a request or a refusal",
    );
    if (typeof received === "object") client.send(responseFrame(received.stream, { body: "" }));
    expect((await sender.answer()).status).toBe(status);
    const seen = client.frames.filter(({ type }) => type === FRAME.REQUEST).map((one) => requestOf(one).headers.length / 2);
    expect(seen).toEqual(status === 200 ? [headers + 1] : []);
  });

  test("of 60,000 bytes crosses whole, one beyond 65,536 is 431, as a header and as a target", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const value = "v".repeat(60_000);
    for (const text of [`GET /app/ HTTP/1.1\r\nHost: a\r\nX: ${value}\r\n\r\n`, `GET /app/${value} HTTP/1.1\r\nHost: a\r\n\r\n`]) {
      const sender = await relay.sender();
      sender.write(text);
      const request = await client.request();
      expect(request.target === `/${value}` || request.headers.at(-1) === value).toBe(true);
      client.send(responseFrame(request.stream, { body: "" }));
      expect((await sender.answer()).status).toBe(200);
      const over = await relay.sender();
      over.write(text.replace(value, "v".repeat(65_600)));
      const answer = await over.answer();
      expect(answer.status).toBe(431);
      expect(codeOf(answer)).toBe("headers-too-large");
      expect(await over.untilClosed()).toBe("");
    }
  });
});

describe("a slow sender", () => {
  test("of a head gets 408 after 10 s, and its connection ends", async () => {
    relay = await testRelay();
    const sender = await relay.sender();
    sender.write("GET /app/ HTTP/1.1\r\nHo");
    const answer = await sender.answer();
    expect(answer.status).toBe(408);
    expect(codeOf(answer)).toBe("headers-too-slow");
    expect(await sender.untilClosed()).toBe("");
  });

  test.each([
    { name: "small", size: 1_000 },
    { name: "large", size: 1_000_000 },
  ])("of a $name body gets 408 when 15 s bring fewer than 1,500 bytes; nothing counts as whole", async ({ size }) => {
    let now = 0;
    relay = await testRelay({}, { now: systemClock.now, monotonic: () => now });
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write(`POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\nx`);
    await until(
      async () => /^devhook_relay_request_body_bytes_total 1$/m.test(await (await fetch(`${relay.relay.url}/_devhook/metrics`)).text()),
      "the first byte",
    );
    now += 15_000;
    const answer = await sender.answer();
    expect(answer.status).toBe(408);
    expect(codeOf(answer)).toBe("body-too-slow");
    expect(headerOf(answer, "devhook-outcome")).toBe(size > 262_144 ? "unknown" : "not-delivered");
    expect(await sender.untilClosed()).toBe("");
    expect(client.frames.some(({ type }) => type === FRAME.END)).toBe(false);
    expect(client.frames.filter(({ type }) => type === FRAME.RESET).map(({ payload }) => payload[0])).toEqual(size > 262_144 ? [2] : []);
  });

  test("that is small and slow holds memory for a minute, and then goes on piece by piece", async () => {
    let now = 0;
    relay = await testRelay({}, { now: systemClock.now, monotonic: () => now });
    const client = await relay.client();
    const sender = await relay.sender();
    const bytesIn = async (): Promise<string> => (await fetch(`${relay.relay.url}/_devhook/metrics`)).text();
    sender.write("POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    for (let part = 1; part <= 4; part++) {
      sender.write("x".repeat(2_000));
      await until(async () => (await bytesIn()).includes(`devhook_relay_request_body_bytes_total ${part * 2_000}\n`), "the bytes");
      if (part < 4) now += 14_000;
    }
    now += 18_000;
    const { stream } = await client.request();
    const arrived = (): number => client.frames.reduce((sum, { type, payload }) => sum + (type === FRAME.DATA ? payload.length : 0), 0);
    await until(() => arrived() === 8_000, "what had been held");
    sender.write("x".repeat(92_000));
    await until(() => client.frames.some(({ type }) => type === FRAME.END), "the end of the body");
    expect(arrived()).toBe(100_000);
    client.send(responseFrame(stream, { body: "ok" }));
    expect((await sender.answer()).status).toBe(200);
  });

  test("that brings 1,500 bytes in each 15 s goes on, and so does one that waits for the client", async () => {
    let now = 0;
    relay = await testRelay({}, { now: systemClock.now, monotonic: () => now });
    const client = await relay.client();
    const steady = await relay.sender();
    const bytesIn = async (): Promise<number> =>
      Number(
        /^devhook_relay_request_body_bytes_total (\d+)$/m.exec(await (await fetch(`${relay.relay.url}/_devhook/metrics`)).text())?.[1],
      );
    steady.write("POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6000\r\n\r\n");
    for (let window = 1; window < 4; window++) {
      steady.write("x".repeat(1_500));
      await until(async () => (await bytesIn()) === window * 1_500, "the bytes");
      now += 11_000;
      const looked = performance.now();
      await until(() => performance.now() - looked > 1_100, "a look of the watch");
    }
    expect(steady.rest().length).toBe(0);
    steady.write("x".repeat(1_500));
    const { stream } = await client.request();
    client.send(responseFrame(stream, { body: "ok" }));
    expect((await steady.answer()).status).toBe(200);
  });
});

describe("memory for bodies", () => {
  test("is bounded for one tunnel and for all; who gets none waits in order", async () => {
    relay = await testRelay();
    const budget = new BodyBudget(10, 6);
    const granted: string[] = [];
    const take = (tunnel: string, bytes: number, name: string) => budget.take(tunnel, bytes, () => granted.push(name));
    const giveA1 = take("a", 4, "a1");
    const giveA2 = take("a", 3, "a2");
    const giveA3 = take("a", 1, "a3");
    const giveB1 = take("b", 6, "b1");
    const giveC1 = take("c", 1, "c1");
    expect(granted).toEqual(["a1", "b1"]);
    giveA1();
    giveA1();
    expect(granted).toEqual(["a1", "b1", "a2", "a3"]);
    expect(budget.used).toBe(10);
    giveC1();
    giveB1();
    giveA2();
    giveA3();
    expect(granted).toEqual(["a1", "b1", "a2", "a3"]);
    expect(budget.used).toBe(0);
  });

  test("a small body that is larger than its share would wait for ever: the share fits the largest", () => {
    const budget = new BodyBudget(64 * 1_048_576, 16 * 1_048_576);
    let granted = 0;
    for (let i = 0; i < 64; i++) budget.take("a", 262_144, () => (granted += 1));
    expect(granted).toBe(64);
    budget.take("a", 1, () => (granted += 1));
    expect(granted).toBe(64);
  });
});
