import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { FRAME, responseFrame } from "../rig/fake-client.ts";
import { testRelay, type TestRelay } from "../rig/relay.ts";
import { until } from "../rig/until.ts";

let relay: TestRelay;

afterEach(() => relay.close());

const GET = "GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n";

describe("a relay that closes", () => {
  test("says so to its clients, finishes what is in flight, and then ends links and connections", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const sender = await relay.sender();
    const idle = await relay.sender();
    idle.write("GET /_devhook/healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    expect((await idle.answer()).status).toBe(200);
    const half = await relay.sender();
    half.write("GET /_devhook/healthz HTTP/1.1\r\nHost: a\r\n");
    sender.write(GET);
    const { stream } = await client.request();
    let closed = false;
    const closing = relay.relay.close().then(() => (closed = true));
    expect(JSON.parse((await client.next(FRAME.GOAWAY)).payload.toString())).toMatchObject({ reason: "restart", retryAfterMs: 1_000 });
    half.write("\r\n");
    const health = await half.answer();
    expect(health.status).toBe(503);
    expect(JSON.parse(health.body.toString())).toMatchObject({ ok: false });
    expect(closed).toBe(false);
    expect(client.closed()).toBeUndefined();
    client.send(responseFrame(stream, { body: "finished" }));
    expect((await sender.answer()).body.toString()).toBe("finished");
    await closing;
    await until(() => client.closed(), "the end of the link");
    expect(client.closed()?.code).toBe(1001);
    await Promise.all([sender.untilClosed(), idle.untilClosed(), half.untilClosed()]);
    await expect(relay.client()).rejects.toThrow(/ECONNREFUSED|closed/);
  });

  test("waits no longer than it is told; a second call ends the wait", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write(GET);
    await client.request();
    const begun = performance.now();
    const first = relay.relay.close();
    await client.next(FRAME.GOAWAY);
    const second = relay.relay.close({ graceMs: 0 });
    await Promise.all([first, second]);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await sender.untilClosed()).toContain("502");
  });

  test("sends new links away with 503", async () => {
    relay = await testRelay();
    const client = await relay.client();
    const sender = await relay.sender();
    const late = await relay.sender();
    late.write(
      "GET /_devhook/link HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: devhook.1\r\n",
    );
    sender.write(GET);
    const { stream } = await client.request();
    const closing = relay.relay.close();
    await client.next(FRAME.GOAWAY);
    late.write("\r\n");
    const answer = await late.answer();
    expect(answer.status).toBe(503);
    client.send(responseFrame(stream, { body: "" }));
    await closing;
  });
});

describe("a relay with TLS", () => {
  test("serves requests, those that want HTTP/2 instead, and links", async () => {
    const pem = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../corpora/tls", name));
    relay = await testRelay({ tls: { cert: pem("one.crt"), key: pem("one.key") } });
    expect(relay.relay.url).toMatch(/^https:/);
    const link = await relay.sender({ tls: true });
    link.write(
      "GET /_devhook/link HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: devhook.1\r\nOrigin: x\r\n\r\n",
    );
    expect((await link.answer()).status).toBe(403);
    for (const wish of ["", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"]) {
      const sender = await relay.sender({ tls: true });
      sender.write(`POST /nobody/ HTTP/1.1\r\nHost: a\r\n${wish}Content-Length: 3\r\n\r\nabc`);
      expect((await sender.answer()).status).toBe(404);
    }
  });
});
