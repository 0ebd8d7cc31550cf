import { BlockList } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clientAddress } from "../../../server/ingress/client-address.ts";
import { RateLimit } from "../../../server/ingress/rate-limit.ts";
import { systemClock } from "../../../shared/clock.ts";
import { FRAME, responseFrame } from "../../rig/fake-client.ts";
import { codeOf, headerOf } from "../../rig/raw-sender.ts";
import { testRelay, type TestRelay } from "../../rig/relay.ts";

describe("a rate", () => {
  let now = 0;
  const monotonic = (): number => now;

  beforeEach(() => {
    now = 1_000;
  });

  function passed(limit: RateLimit, key: string, times: number): number {
    let count = 0;
    for (let i = 0; i < times; i++) if (limit.take(key) === 0) count += 1;
    return count;
  }

  test.each([
    { rate: 20, burst: 20 },
    { rate: 0.5, burst: 10 },
    { rate: 10, burst: 10 },
  ])("of $rate a second lets a burst of $burst through, then its pace", ({ rate, burst }) => {
    const limit = new RateLimit(rate, monotonic);
    expect(passed(limit, "a", burst + 1)).toBe(burst);
    expect(passed(limit, "b", burst + 1)).toBe(burst);
    now += 1_000 / rate - 1;
    expect(limit.take("a")).toBeGreaterThan(0);
    now += 1;
    expect(passed(limit, "a", 2)).toBe(1);
    now += 1_000_000;
    expect(passed(limit, "a", burst * 2)).toBe(burst);
  });

  test("says in whole seconds when the next request may come, and it may", () => {
    const limit = new RateLimit(0.25, monotonic);
    passed(limit, "a", 10);
    expect(limit.take("a")).toBe(4);
    now += 4_000;
    expect(limit.take("a")).toBe(0);
  });

  test("forgets keys that have been idle, and never more than it must", () => {
    const limit = new RateLimit(1, monotonic);
    passed(limit, "busy", 11);
    for (let i = 0; i < 50_000; i++) limit.take(`key-${i}`);
    now += 10_000;
    limit.take("other");
    now += 10_000;
    limit.take("other");
    expect(limit.size).toBe(1);
  });

  test("keeps a key that is in use through every forgetting", () => {
    const limit = new RateLimit(1, monotonic);
    passed(limit, "busy", 10);
    for (let second = 0; second < 100; second++) {
      now += 1_000;
      expect(passed(limit, "busy", 3)).toBe(1);
    }
  });

  test("holds no more than its bound however many keys come", () => {
    const limit = new RateLimit(1, monotonic);
    for (let i = 0; i < 450_000; i++) limit.take(`key-${i}`);
    expect(limit.size).toBeLessThanOrEqual(200_000);
  });
});

describe("the address that counts", () => {
  const trusted = new BlockList();
  trusted.addSubnet("10.0.0.0", 8, "ipv4");

  test.each([
    { list: "192.0.2.1", address: "192.0.2.1" },
    { list: "203.0.113.9, 10.0.0.1", address: "203.0.113.9" },
    { list: "198.51.100.1, 203.0.113.9, 10.0.0.2, 10.0.0.1", address: "203.0.113.9" },
    { list: "10.0.0.3, 10.0.0.1", address: "10.0.0.3" },
    { list: "unknown, 10.0.0.1", address: "unknown" },
    { list: "2001:db8:1:2:3:4:5:6", address: "2001:db8:1:2::/64" },
    { list: "2001:DB8:0001:2::9", address: "2001:db8:1:2::/64" },
    { list: "2001:db8::9", address: "2001:db8:0:0::/64" },
    { list: "::1", address: "0:0:0:0::/64" },
    { list: "fe80::1%eth0", address: "fe80:0:0:0::/64" },
  ])("of $list is $address", ({ list, address }) => {
    expect(clientAddress(list, trusted)).toBe(address);
  });
});

describe("a relay with a rate", () => {
  let now = 0;
  let relay: TestRelay | undefined;

  afterEach(() => relay?.close());

  test("answers what is above it with 429 before the body is read, and tells the client", async () => {
    now = 0;
    relay = await testRelay({ rate: 10 }, { now: systemClock.now, monotonic: () => now });
    const client = await relay.client();
    const sender = await relay.sender();
    for (let i = 0; i < 10; i++) {
      sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
      const { stream } = await client.request();
      client.send(responseFrame(stream, { body: "" }));
      expect((await sender.answer()).status).toBe(200);
    }
    sender.write("POST /app/over HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    const answer = await sender.answer();
    expect(answer.status).toBe(429);
    expect(codeOf(answer)).toBe("rate-limited");
    expect(headerOf(answer, "retry-after")).toBe("1");
    const refusals = JSON.parse((await client.next(FRAME.REFUSALS)).payload.toString()) as readonly object[];
    expect(refusals).toMatchObject([{ method: "POST", path: "/over", status: 429, reason: "rate-limited" }]);
    now += 100;
    const later = await relay.sender();
    later.write("GET /app/later HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await client.request()).target).toBe("/later");
    expect(relay.log).toContainEqual(expect.objectContaining({ event: "request-refused", code: "rate-limited", tunnel: "app" }));
  });

  test("for addresses counts the forwarded one behind a trusted proxy, and unknown tunnels too", async () => {
    now = 0;
    const proxies = new BlockList();
    proxies.addAddress("127.0.0.1", "ipv4");
    relay = await testRelay({ rateAddress: 10, trustProxy: proxies }, { now: systemClock.now, monotonic: () => now });
    for (const address of ["192.0.2.1", "192.0.2.2"]) {
      for (let i = 0; i < 11; i++) {
        const sender = await relay.sender();
        sender.write(`GET /nobody/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\n\r\n`);
        expect((await sender.answer()).status).toBe(i < 10 ? 404 : 429);
        sender.destroy();
      }
    }
  });

  test("for addresses believes nobody who is no trusted proxy", async () => {
    now = 0;
    relay = await testRelay({ rateAddress: 10 }, { now: systemClock.now, monotonic: () => now });
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) {
      const sender = await relay.sender();
      sender.write(`GET /nobody/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.${i}\r\n\r\n`);
      statuses.push((await sender.answer()).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 404), 429]);
  });
});
