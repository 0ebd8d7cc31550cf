import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../shared/clock.ts";
import { clientKey, FRAME, responseFrame } from "../../rig/fake-client.ts";
import type { RawSender } from "../../rig/raw-sender.ts";
import { testRelay, type TestRelay } from "../../rig/relay.ts";
import { until } from "../../rig/until.ts";

let relay: TestRelay;

afterEach(() => relay.close());

/** A link whose WebSocket frames the test writes itself. */
async function rawLink(tunnel = "app"): Promise<RawSender> {
  const sender = await relay.sender();
  sender.write(
    `GET /_devhook/link HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n` +
      `Sec-WebSocket-Protocol: devhook.1\r\nSec-WebSocket-Extensions: permessage-deflate\r\nAuthorization: Bearer ${clientKey()}\r\nDevhook-Tunnel: ${tunnel}\r\nDevhook-Instance: raw\r\n\r\n`,
  );
  expect((await sender.answer()).status).toBe(101);
  return sender;
}

/** A WebSocket frame (RFC 6455 section 5.2) with a mask of zeros. */
function webSocketFrame(first: number, payload: Buffer, { masked = true }: { readonly masked?: boolean } = {}): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([payload.length])
      : Buffer.concat([
          Buffer.from([127, 0, 0, 0, 0]),
          Buffer.from([payload.length >>> 24, (payload.length >> 16) & 255, (payload.length >> 8) & 255, payload.length & 255]),
        ]);
  length[0] = (length[0] ?? 0) | (masked ? 0x80 : 0);
  return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(masked ? 4 : 0), payload]);
}

/** The code of the close frame that the relay sent. */
async function closeCode(sender: RawSender): Promise<number> {
  const at = await until(() => {
    const bytes = sender.rest();
    for (let position = 0; position + 2 <= bytes.length;) {
      const size = (bytes[position + 1] ?? 0) & 0x7f;
      const head = size === 126 ? 4 : size === 127 ? 10 : 2;
      if (bytes.length < position + head + (size > 125 ? 0 : size)) return undefined;
      if (bytes[position] === 0x88) return position + 2;
      position += head + (size === 126 ? bytes.readUInt16BE(position + 2) : size === 127 ? bytes.readUInt32BE(position + 6) : size);
    }
    return undefined;
  }, "a close frame");
  return sender.rest().readUInt16BE(at);
}

describe("a WebSocket frame that breaks RFC 6455 ends its link alone", () => {
  test.each([
    { name: "without a mask", code: 1002, bytes: () => webSocketFrame(0x82, Buffer.from("x"), { masked: false }) },
    { name: "with a reserved bit", code: 1002, bytes: () => webSocketFrame(0xc2, Buffer.from("x")) },
    { name: "with a reserved type", code: 1002, bytes: () => webSocketFrame(0x83, Buffer.from("x")) },
    { name: "that continues nothing", code: 1002, bytes: () => webSocketFrame(0x80, Buffer.from("x")) },
    { name: "a divided ping", code: 1002, bytes: () => webSocketFrame(0x09, Buffer.from("x")) },
    { name: "a close with one byte", code: 1002, bytes: () => webSocketFrame(0x88, Buffer.from("x")) },
    { name: "a close with a code that is none", code: 1002, bytes: () => webSocketFrame(0x88, Buffer.from([0, 1])) },
    { name: "text that is no UTF-8", code: 1003, bytes: () => webSocketFrame(0x81, Buffer.from([0xff, 0xfe])) },
    { name: "of 2^63 bytes", code: 1009, bytes: () => Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) },
    {
      name: "of 1,048,577 bytes, before they have come",
      code: 1009,
      bytes: () => webSocketFrame(0x82, Buffer.alloc(1_048_577)).subarray(0, 100),
    },
    {
      name: "in 65 fragments",
      code: 1008,
      bytes: () => Buffer.concat(Array.from({ length: 65 }, (_, at) => webSocketFrame(at === 0 ? 0x02 : 0x00, Buffer.from("x")))),
    },
  ])("$name: $code", async ({ code, bytes }) => {
    relay = await testRelay();
    const neighbour = await relay.client({ tunnel: "neighbour" });
    const link = await rawLink();
    link.write(bytes());
    expect(await closeCode(link)).toBe(code);
    const sender = await relay.sender();
    sender.write("GET /neighbour/ HTTP/1.1\r\nHost: a\r\n\r\n");
    neighbour.send(responseFrame((await neighbour.request()).stream, { body: "ok" }));
    expect((await sender.answer()).status).toBe(200);
  });

  test("64 fragments and pings between them are one message", async () => {
    relay = await testRelay();
    const link = await rawLink();
    const sender = await relay.sender();
    sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => link.rest().includes(Buffer.from([FRAME.REQUEST, 0, 0, 0, 1])), "the request");
    const answer = responseFrame(1, { headers: ["X", "y".repeat(100)], body: "in pieces" });
    const size = Math.ceil(answer.length / 64);
    for (let at = 0; at < 64; at++) {
      link.write(webSocketFrame((at === 0 ? 0x02 : 0x00) | (at === 63 ? 0x80 : 0), answer.subarray(at * size, (at + 1) * size)));
      link.write(webSocketFrame(0x89, Buffer.from("ping")));
    }
    expect((await sender.answer()).body.toString()).toBe("in pieces");
  });
});

test("a client that is silent for 12 s is dropped; one that answers pings stays, and one whose message comes slowly", async () => {
  let now = 0;
  relay = await testRelay({}, { now: systemClock.now, monotonic: () => now });
  const dead = await rawLink();
  const alive = await relay.client({ tunnel: "alive" });
  const slow = await rawLink("slow");
  slow.write(webSocketFrame(0x82, Buffer.alloc(100_000)).subarray(0, 100));
  // the relay looks every second; a clock that jumps would be a relay that has slept
  for (let step = 0; step < 5; step++) {
    now += 3_000;
    slow.write("part");
    const began = performance.now();
    await until(() => performance.now() - began > 1_050, "a look of the heartbeat");
  }
  await dead.untilClosed();
  expect(relay.log).toContainEqual(expect.objectContaining({ event: "link-silent", tunnel: "app" }));
  expect(relay.log).toContainEqual(expect.objectContaining({ event: "link-closed", tunnel: "app", code: 4008 }));
  expect(alive.closed()).toBeUndefined();
  expect(slow.closed()).toBe(false);
  expect(relay.log.filter(({ event }) => event === "link-silent")).toHaveLength(1);
});
