import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tokenText } from "../../../shared/tokens.ts";
import {
  clientKey,
  creditFrame,
  dialRelay,
  FRAME,
  frame,
  informationFrame,
  responseFrame,
  s16,
  u16,
  type FakeClient,
} from "../../rig/fake-client.ts";
import { codeOf, headerOf, type RawSender } from "../../rig/raw-sender.ts";
import { testRelay, type TestRelay } from "../../rig/relay.ts";
import { until } from "../../rig/until.ts";

let relay: TestRelay;

beforeEach(async () => {
  relay = await testRelay();
});

afterEach(() => relay.close());

const GET = "GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n";

/** A request on its way: the sender waits, the client has it. */
async function inFlight(client: FakeClient, text = GET): Promise<{ readonly sender: RawSender; readonly stream: number }> {
  const sender = await relay.sender();
  sender.write(text);
  const { stream } = await client.request();
  return { sender, stream };
}

describe("a handshake", () => {
  /** The lines of a good upgrade request. */
  const LINES: Readonly<Record<string, string>> = {
    Host: "127.0.0.1",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol": "devhook.1",
    Authorization: `Bearer ${clientKey()}`,
    "Devhook-Tunnel": "app",
    "Devhook-Instance": "i",
  };

  function request(changes: Readonly<Record<string, string | undefined>>, line = "GET /_devhook/link HTTP/1.1"): string {
    const lines = Object.entries({ ...LINES, ...changes }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
    return `${line}\r\n${lines.join("\r\n")}\r\n\r\n`;
  }

  test.each([
    { name: "with everything", changes: {} },
    { name: "with a list of protocols", changes: { "Sec-WebSocket-Protocol": "other, devhook.1" } },
    { name: "with an upper-case wish", changes: { Upgrade: "WebSocket" } },
    { name: "with a lower-case scheme", changes: { Authorization: `bearer ${clientKey()}` } },
  ])("$name is granted", async ({ changes }) => {
    const sender = await relay.sender();
    sender.write(request(changes));
    const answer = await sender.answer();
    expect(answer.status).toBe(101);
    expect(headerOf(answer, "sec-websocket-protocol")).toBe("devhook.1");
    expect(headerOf(answer, "sec-websocket-extensions")).toBeUndefined();
  });

  test.each([
    { name: "with an Origin", changes: { Origin: "https://evil.test" }, status: 403, code: "origin-refused" },
    { name: "with the Origin of the relay", changes: { Origin: "http://127.0.0.1" }, status: 403, code: "origin-refused" },
    { name: "with an Origin that is no URL", changes: { Origin: "\\\\" }, status: 403, code: "origin-refused" },
    { name: "with an empty Origin", changes: { Origin: "" }, status: 403, code: "origin-refused" },
    { name: "without a protocol", changes: { "Sec-WebSocket-Protocol": undefined }, status: 426, code: "protocol-unsupported" },
    { name: "with another protocol", changes: { "Sec-WebSocket-Protocol": "devhook.2" }, status: 426, code: "protocol-unsupported" },
    { name: "without a token", changes: { Authorization: undefined }, status: 401, code: "token-missing" },
    { name: "with a damaged token", changes: { Authorization: "Bearer dh_x" }, status: 401, code: "token-malformed" },
    { name: "with another scheme", changes: { Authorization: "Basic YTpi" }, status: 401, code: "token-malformed" },
    {
      name: "with an unknown token",
      changes: { Authorization: `Bearer ${tokenText("token", Buffer.alloc(32, 9))}` },
      status: 401,
      code: "token-refused",
    },
    { name: "without a name", changes: { "Devhook-Tunnel": undefined }, status: 400, code: "name-invalid" },
    { name: "with an upper-case name", changes: { "Devhook-Tunnel": "App" }, status: 400, code: "name-invalid" },
    { name: "with a reserved name", changes: { "Devhook-Tunnel": "_devhook" }, status: 400, code: "name-invalid" },
    { name: "with a name of 64 characters", changes: { "Devhook-Tunnel": "a".repeat(64) }, status: 400, code: "name-invalid" },
    { name: "with two names", changes: { "Devhook-Tunnel": "app", "devhook-tunnel": "b" }, status: 400, code: "name-invalid" },
    { name: "without an instance", changes: { "Devhook-Instance": undefined }, status: 400, code: "instance-invalid" },
    { name: "with an instance of 65 characters", changes: { "Devhook-Instance": "i".repeat(65) }, status: 400, code: "instance-invalid" },
    { name: "with a name that another key owns", changes: { Authorization: `Bearer ${clientKey(2)}` }, status: 409, code: "name-taken" },
    { name: "with a body", changes: { "Content-Length": "3" }, status: 400, code: "upgrade-with-body" },
    { name: "with a chunked body", changes: { "Transfer-Encoding": "chunked" }, status: 400, code: "upgrade-with-body" },
    { name: "with two Hosts", changes: { host: "b" }, status: 400, code: "ambiguous-framing" },
    { name: "with a Host that is none", changes: { Host: "[bad" }, status: 400, code: "host-invalid" },
  ])("$name is $status $code, in JSON, before it completes", async ({ changes, status, code }) => {
    await relay.client();
    const sender = await relay.sender();
    sender.write(request(changes));
    const answer = await sender.answer();
    expect(answer.status).toBe(status);
    expect(codeOf(answer)).toBe(code);
    expect(headerOf(answer, "content-type")).toMatch(/^application\/json/);
    expect(headerOf(answer, "connection")).toBe("close");
    expect(answer.body.toString()).not.toMatch(/d[hk]_[a-z2-7]{8}|evil/);
    expect(await sender.untilClosed()).toBe("");
    expect(JSON.stringify(relay.log)).not.toMatch(/d[hk]_[a-z2-7]{8}/);
  });

  test.each([
    { name: "another path", line: "GET /_devhook/links HTTP/1.1", status: 404 },
    { name: "a query", line: "GET /_devhook/link?x HTTP/1.1", status: 404 },
    { name: "a slash more", line: "GET /_devhook/link/ HTTP/1.1", status: 404 },
    { name: "two slashes", line: "GET // HTTP/1.1", status: 404 },
    { name: "POST", line: "POST /_devhook/link HTTP/1.1", status: 404 },
    { name: "HTTP/1.0", line: "GET /_devhook/link HTTP/1.0", status: 404 },
  ])("by $name opens no link", async ({ line, status }) => {
    const sender = await relay.sender();
    sender.write(request({}, line));
    expect((await sender.answer()).status).toBe(status);
    expect(relay.log.some(({ event }) => event === "link-opened")).toBe(false);
  });

  test.each(["h2c", "websocket, h2c", "Websocket/13", "\xff", ",", "TLS/1.0"])(
    "that wants %s is an ordinary request, and no link",
    async (wish) => {
      const sender = await relay.sender();
      sender.write(request({ Upgrade: wish }));
      expect((await sender.answer()).status).toBe(404);
      expect(relay.log.some(({ event }) => event === "link-opened")).toBe(false);
    },
  );

  test.each([
    { name: "no key", changes: { "Sec-WebSocket-Key": undefined } },
    { name: "a bad key", changes: { "Sec-WebSocket-Key": "x" } },
    { name: "another version", changes: { "Sec-WebSocket-Version": "12" } },
    { name: "extensions that are none", changes: { "Sec-WebSocket-Extensions": ";;;=" } },
    { name: "protocols that are none", changes: { "Sec-WebSocket-Protocol": "devhook.1,,," } },
  ])("with $name leaves the relay running", async ({ changes }) => {
    const sender = await relay.sender();
    sender.write(request(changes));
    await sender.answer();
    expect((await relay.client()).closed()).toBeUndefined();
  });

  test("by GET without an upgrade is answered in JSON", async () => {
    const sender = await relay.sender();
    sender.write("GET /_devhook/link HTTP/1.1\r\nHost: a\r\n\r\n");
    const answer = await sender.answer();
    expect(answer.status).toBe(404);
    expect(codeOf(answer)).toBe("not-found");
  });

  test("whose sender goes away at any point leaves the relay running", async () => {
    const text = request({});
    for (let length = 1; length <= text.length; length += 7) {
      const sender = await relay.sender();
      sender.write(text.slice(0, length));
      sender.reset();
    }
    expect((await relay.client()).closed()).toBeUndefined();
  });
});

describe("WELCOME", () => {
  test("comes first, with all its members", async () => {
    const client = await relay.client();
    const [first] = client.frames;
    expect(first?.type).toBe(FRAME.WELCOME);
    const welcome = JSON.parse(first?.payload.toString() ?? "") as Readonly<Record<string, unknown>>;
    expect(welcome).toMatchObject({ epoch: 1, tunnel: "app", urls: [`${relay.relay.url}/app`], maxBody: 104_857_600 });
    expect(typeof welcome["version"]).toBe("string");
    expect(Math.abs(Number(welcome["now"]) - Date.now())).toBeLessThan(10_000);
    expect(Object.keys(welcome).toSorted()).toEqual(["epoch", "maxBody", "now", "tunnel", "urls", "version"]);
  });
});

/** A RESPONSE with a header whose value is given byte for byte. */
function rawHeader(stream: number, name: string, value: string): Buffer {
  return frame(FRAME.RESPONSE, stream, Buffer.concat([u16(200), Buffer.from([1]), s16("OK"), u16(1), s16(name), s16(value)]));
}

describe("a client that breaks the protocol is closed with its code, and its senders get 502", () => {
  test.each([
    { name: "half a frame head", code: 1002, reason: "frame-truncated", send: () => [Buffer.from([0x11, 0, 0])] },
    { name: "an empty message", code: 1002, reason: "message-empty", send: () => [Buffer.alloc(0)] },
    { name: "an unknown type", code: 1002, reason: "frame-unknown", send: () => [frame(0x7f, 0)] },
    { name: "a REQUEST", code: 1002, reason: "frame-direction", send: () => [frame(FRAME.REQUEST, 1)] },
    { name: "a WELCOME", code: 1002, reason: "frame-direction", send: () => [frame(FRAME.WELCOME, 0, "{}")] },
    { name: "DATA on stream 0", code: 1002, reason: "frame-stream", send: () => [frame(FRAME.DATA, 0, "x")] },
    { name: "a RESPONSE with the status 99", code: 1002, reason: "frame-payload", send: () => [responseFrame(1, { status: 99 })] },
    { name: "CR LF in a value", code: 1002, reason: "frame-payload", send: () => [rawHeader(1, "A", "b\r\nSet-Cookie: evil=1")] },
    { name: "CR LF in a name", code: 1002, reason: "frame-payload", send: () => [rawHeader(1, "A: b\r\nSet-Cookie", "evil")] },
    {
      name: "CR LF in a reason",
      code: 1002,
      reason: "frame-payload",
      send: () => [responseFrame(1, { reason: "OK\r\nSet-Cookie: evil=1" })],
    },
    {
      name: "CR LF in an interim answer",
      code: 1002,
      reason: "frame-payload",
      send: () => [informationFrame(1, 103, ["A", "b\r\nSet-Cookie: evil=1"])],
    },
    { name: "DATA of 65,537 bytes", code: 1009, reason: "frame-oversized", send: () => [frame(FRAME.DATA, 1, Buffer.alloc(65_537))] },
    {
      name: "a whole body of 262,145 bytes",
      code: 1009,
      reason: "frame-oversized",
      send: () => [responseFrame(1, { body: Buffer.alloc(262_145) })],
    },
    { name: "DATA before RESPONSE", code: 1002, reason: "stream-unexpected", send: () => [frame(FRAME.DATA, 1, "x")] },
    { name: "END before RESPONSE", code: 1002, reason: "stream-unexpected", send: () => [frame(FRAME.END, 1)] },
    { name: "a RESPONSE on a stream that was never opened", code: 1002, reason: "stream-unexpected", send: () => [responseFrame(2)] },
    { name: "CREDIT on a stream that was never opened", code: 1002, reason: "stream-unexpected", send: () => [creditFrame(999, 1)] },
    { name: "a 101 that nobody asked for", code: 1002, reason: "stream-unexpected", send: () => [responseFrame(1, { status: 101 })] },
    {
      name: "17 interim answers",
      code: 1002,
      reason: "stream-unexpected",
      send: () => Array.from({ length: 17 }, () => informationFrame(1, 103)),
    },
    { name: "too much CREDIT", code: 1002, reason: "credit-overflow", send: () => [creditFrame(1, 16_777_216)] },
    { name: "a GOAWAY that is no JSON", code: 1002, reason: "frame-payload", send: () => [frame(FRAME.GOAWAY, 0, "{")] },
  ])("$name: $code $reason", async ({ code, reason, send }) => {
    const client = await relay.client();
    const { sender } = await inFlight(client, "POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 600000\r\n\r\n");
    client.send(...send());
    await until(() => client.closed(), "the close");
    expect(client.closed()).toEqual({ code, reason });
    const answer = await lastAnswer(sender);
    expect(answer.status).toBe(502);
    expect(codeOf(answer)).toBe("link-lost");
    expect(headerOf(answer, "devhook-outcome")).toBe("unknown");
    expect(answer.head).not.toContain("evil");
  });

  async function lastAnswer(sender: RawSender) {
    for (;;) {
      const answer = await sender.answer();
      if (answer.status >= 200) return answer;
    }
  }

  test("a text message: 1003", async () => {
    const client = await relay.client();
    const { sender } = await inFlight(client);
    client.sendText("hello");
    await until(() => client.closed(), "the close");
    expect(client.closed()?.code).toBe(1003);
    expect((await sender.answer()).status).toBe(502);
  });

  test("a message of 1,048,577 bytes: 1009, one of 1,048,576 is read", async () => {
    const client = await relay.client();
    const { sender } = await inFlight(client);
    client.send(...Array.from({ length: 16 }, () => frame(FRAME.DATA, 999, Buffer.alloc(65_527))));
    await until(() => client.closed(), "the close");
    expect(client.closed()).toEqual({ code: 1002, reason: "stream-unexpected" });
    expect((await sender.answer()).status).toBe(502);
    const second = await relay.client();
    second.send(Buffer.alloc(1_048_577));
    await until(() => second.closed(), "the close");
    expect(second.closed()?.code).toBe(1009);
  });

  test("a second RESPONSE while the first one's body is open: 1002", async () => {
    const client = await relay.client();
    const { sender, stream } = await inFlight(client);
    client.send(responseFrame(stream), frame(FRAME.DATA, stream, "x"), responseFrame(stream, { body: "second" }));
    await until(() => client.closed(), "the close");
    expect(client.closed()).toEqual({ code: 1002, reason: "stream-unexpected" });
    expect(await sender.untilClosed()).not.toContain("second");
  });

  test("more DATA than credit: 1002", async () => {
    const client = await relay.client();
    const { sender, stream } = await inFlight(client);
    sender.pause();
    client.send(responseFrame(stream));
    await until(() => {
      if (client.closed() === undefined) client.send(...Array.from({ length: 15 }, () => frame(FRAME.DATA, stream, Buffer.alloc(65_536))));
      return client.closed();
    }, "the close");
    expect(client.closed()).toEqual({ code: 1002, reason: "credit-exceeded" });
  });

  test("frames for exchanges that have ended are ignored", async () => {
    const client = await relay.client();
    const { sender, stream } = await inFlight(client);
    client.send(responseFrame(stream, { body: "ok" }));
    await sender.answer();
    client.send(
      responseFrame(stream, { body: "again" }),
      frame(FRAME.DATA, stream, "x"),
      frame(FRAME.END, stream),
      frame(FRAME.RESET, stream, "\x03"),
      creditFrame(stream, 0xffffffff),
      informationFrame(stream, 103),
    );
    sender.write(GET);
    const next = await client.request();
    client.send(responseFrame(next.stream, { body: "next" }));
    expect((await sender.answer()).body.toString()).toBe("next");
    expect(client.closed()).toBeUndefined();
  });

  test("a fault of one client touches no other", async () => {
    const bad = await relay.client({ tunnel: "bad" });
    const good = await relay.client();
    const { sender, stream } = await inFlight(good);
    bad.send(frame(0x7f, 0));
    await until(() => bad.closed(), "the close");
    good.send(responseFrame(stream, { body: "good" }));
    expect((await sender.answer()).body.toString()).toBe("good");
  });
});

describe("a newer client of a tunnel", () => {
  test("takes over: the older one hears who, is closed with 4001, and its late answers go nowhere", async () => {
    const old = await relay.client({ instance: "old" });
    const { sender, stream } = await inFlight(old);
    const fresh = await relay.client({ instance: "new" });
    expect(JSON.parse(fresh.frames[0]?.payload.toString() ?? "")).toMatchObject({ epoch: 2 });
    const goaway = JSON.parse((await old.next(FRAME.GOAWAY)).payload.toString()) as object;
    expect(goaway).toMatchObject({ reason: "taken-over" });
    old.send(responseFrame(stream, { body: "late" }));
    await until(() => old.closed(), "the close");
    expect(old.closed()).toEqual({ code: 4001, reason: "taken-over" });
    const answer = await sender.answer();
    expect(answer.status).toBe(502);
    expect(headerOf(answer, "devhook-outcome")).toBe("unknown");
    sender.write(GET);
    const next = await fresh.request();
    fresh.send(responseFrame(next.stream, { body: "new" }));
    expect((await sender.answer()).body.toString()).toBe("new");
    expect(old.frames.filter(({ type }) => type === FRAME.REQUEST)).toHaveLength(1);
  });

  test("of the same process replaces its own link in silence", async () => {
    const old = await relay.client();
    await relay.client();
    await until(() => old.closed(), "the close");
    expect(old.closed()?.code).toBe(4001);
    expect(old.frames.some(({ type }) => type === FRAME.GOAWAY)).toBe(false);
  });

  test("with another key gets nothing, and the owner keeps its tunnel", async () => {
    const owner = await relay.client();
    await expect(dialRelay(relay.port, { tunnel: "app", token: clientKey(2) })).rejects.toThrow(/closed/);
    const { sender, stream } = await inFlight(owner);
    owner.send(responseFrame(stream, { body: "mine" }));
    expect((await sender.answer()).body.toString()).toBe("mine");
  });

  test("of another tunnel never sees its requests", async () => {
    const one = await relay.client();
    const two = await relay.client({ tunnel: "two", token: clientKey(2) });
    const { sender, stream } = await inFlight(one);
    expect(two.frames).toHaveLength(1);
    one.send(responseFrame(stream, { body: "one" }));
    expect((await sender.answer()).body.toString()).toBe("one");
  });
});

describe("a client that says GOAWAY", () => {
  test("finishes what it has, and gets nothing new", async () => {
    const client = await relay.client();
    const { sender, stream } = await inFlight(client);
    client.send(frame(FRAME.GOAWAY, 0, JSON.stringify({ reason: "leaving", message: "bye", retryAfterMs: 0 })));
    const late = await relay.sender();
    late.write(GET);
    expect((await late.answer()).status).toBe(503);
    client.send(responseFrame(stream, { body: "last" }));
    expect((await sender.answer()).body.toString()).toBe("last");
  });
});
