import { BlockList } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FRAME, responseFrame, type FakeClient } from "../../rig/fake-client.ts";
import { codeOf, headerOf } from "../../rig/raw-sender.ts";
import { testRelay, type TestRelay } from "../../rig/relay.ts";

describe("a relay with a domain", () => {
  let relay: TestRelay;
  let client: FakeClient;

  beforeAll(async () => {
    relay = await testRelay({ domain: "hooks.test" });
    client = await relay.client();
  });

  afterAll(() => relay.close());

  test.each([
    { line: "GET /a/b?c HTTP/1.1", host: "app.hooks.test", target: "/a/b?c", base: "" },
    { line: "GET /a HTTP/1.1", host: "APP.Hooks.TEST", target: "/a", base: "" },
    { line: "GET /a HTTP/1.1", host: "app.hooks.test:8080", target: "/a", base: "" },
    { line: "GET /a HTTP/1.1", host: "app.hooks.test.", target: "/a", base: "" },
    { line: "GET /a HTTP/1.1", host: "app.hooks.test.:99", target: "/a", base: "" },
    { line: "GET /_devhook/healthz HTTP/1.1", host: "app.hooks.test", target: "/_devhook/healthz", base: "" },
    { line: "OPTIONS * HTTP/1.1", host: "app.hooks.test", target: "*", base: "" },
    { line: "GET http://app.hooks.test/x HTTP/1.1", host: "app.hooks.test", target: "http://app.hooks.test/x", base: "" },
    { line: "GET HTTP://APP.hooks.test:80/x HTTP/1.1", host: "app.HOOKS.test:80", target: "HTTP://APP.hooks.test:80/x", base: "" },
    { line: "GET /app/x HTTP/1.1", host: "hooks.test", target: "/x", base: "/app" },
    { line: "GET /app HTTP/1.1", host: "127.0.0.1", target: "/", base: "/app" },
    { line: "GET /app?q=1 HTTP/1.1", host: "[::1]:80", target: "/?q=1", base: "/app" },
    { line: "GET /app/ HTTP/1.0", host: "a", target: "/", base: "/app" },
    {
      line: 'GET /app//a/../b/%2e%2e/%2F%00;p?x=%FF&y={}" HTTP/1.1',
      host: "a",
      target: '//a/../b/%2e%2e/%2F%00;p?x=%FF&y={}"',
      base: "/app",
    },
    { line: "GET /app#frag HTTP/1.1", host: "a", target: "/#frag", base: "/app" },
    { line: "GET http://a/app/x?y HTTP/1.1", host: "a", target: "http://a/x?y", base: "/app" },
    { line: "GET http://a/app HTTP/1.1", host: "A", target: "http://a/", base: "/app" },
    { line: "QUERY /app/q HTTP/1.1", host: "a", target: "/q", base: "/app" },
    { line: "M-SEARCH /app/q HTTP/1.1", host: "a", target: "/q", base: "/app" },
  ])("$line for $host reaches the app as $target", async ({ line, host, target, base }) => {
    const sender = await relay.sender();
    sender.write(`${line}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const request = await client.request();
    expect(request).toMatchObject({ target, base, forwardedHost: host, method: line.split(" ")[0] });
    client.send(responseFrame(request.stream, { body: "ok" }));
    expect((await sender.answer()).status).toBe(200);
    await sender.untilClosed();
  });

  test.each([
    { line: "GET / HTTP/1.1", host: "a", status: 404 },
    { line: "GET //app/ HTTP/1.1", host: "a", status: 404 },
    { line: "GET /./app/ HTTP/1.1", host: "a", status: 404 },
    { line: "GET /%61pp/ HTTP/1.1", host: "a", status: 404 },
    { line: "GET /APP/ HTTP/1.1", host: "a", status: 404 },
    { line: "GET /app.x/ HTTP/1.1", host: "a", status: 404 },
    { line: "OPTIONS * HTTP/1.1", host: "a", status: 404 },
    { line: "GET /other/ HTTP/1.1", host: "a", status: 404 },
    { line: "GET / HTTP/1.1", host: "other.hooks.test", status: 404 },
    { line: "GET / HTTP/1.1", host: "x.app.hooks.test", status: 404 },
    { line: "GET / HTTP/1.1", host: "app.hooks.test.evil", status: 404 },
    { line: "GET / HTTP/1.1", host: "appxhooks.test", status: 404 },
    { line: "GET http://b/app/ HTTP/1.1", host: "a", status: 400 },
    { line: "GET http://user@a/app/ HTTP/1.1", host: "a", status: 400 },
    { line: "GET ftp://a/app/ HTTP/1.1", host: "a", status: 400 },
    { line: "GET /app/ HTTP/1.1", host: "[bad", status: 400 },
    { line: "GET /app/ HTTP/1.1", host: "user@a", status: 400 },
    { line: "GET /app/ HTTP/1.1", host: "a/b", status: 400 },
    { line: "GET /app/ HTTP/1.1", host: "a b", status: 400 },
    { line: "GET /app/ HTTP/1.1", host: "a:123456", status: 400 },
    { line: "GET /app/ HTTP/1.1", host: "a,b", status: 400 },
    { line: "GET /app/ HTTP/1.1", host: "\xff", status: 400 },
    { line: "GET app/ HTTP/1.1", host: "a", status: 400 },
    { line: "GET /app/\xc3\xa9 HTTP/1.1", host: "a", status: 400 },
    { line: "CONNECT app.hooks.test:80 HTTP/1.1", host: "app.hooks.test:80", status: 405 },
  ])("$line for $host is $status, as a request and as an upgrade", async ({ line, host, status }) => {
    const served = client.frames.filter((one) => one.type === FRAME.REQUEST).length;
    for (const upgrade of [
      "",
      "Connection: Upgrade\r\nUpgrade: websocket\r\n",
      "Connection: Upgrade\r\nUpgrade: h2c\r\nOrigin: \\no url\r\n",
    ]) {
      const sender = await relay.sender();
      sender.write(`${line}\r\nHost: ${host}\r\n${upgrade}\r\n`);
      const answer = await sender.answer();
      expect(answer.status).toBe(status);
      expect(codeOf(answer)).toMatch(/^[a-z-]+$/);
      expect(answer.body.toString()).not.toContain("evil");
      sender.destroy();
    }
    expect(client.frames.filter((one) => one.type === FRAME.REQUEST)).toHaveLength(served);
  });
});

describe("where a request came from", () => {
  let relay: TestRelay | undefined;

  afterEach(() => relay?.close());

  const SPOOFED =
    "GET /app/ HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 8.8.8.8\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\n\r\n";

  test("is decided by the relay, whatever a sender says", async () => {
    relay = await testRelay();
    const client = await relay.client();
    (await relay.sender()).write(SPOOFED);
    expect(await client.request()).toMatchObject({ forwardedFor: "127.0.0.1", forwardedHost: "a.test", flags: 1 });
  });

  test("is what a trusted proxy says, with the proxy itself at the end", async () => {
    const trustProxy = new BlockList();
    trustProxy.addSubnet("127.0.0.0", 8, "ipv4");
    relay = await testRelay({ trustProxy });
    const client = await relay.client();
    (await relay.sender()).write(SPOOFED);
    expect(await client.request()).toMatchObject({ forwardedFor: "9.9.9.9, 8.8.8.8, 127.0.0.1", forwardedHost: "evil.test", flags: 5 });
  });
});

describe("tunnels that share an origin", () => {
  let relay: TestRelay | undefined;

  afterEach(() => relay?.close());

  const HEADERS = [
    "Set-Cookie",
    "a=1; Path=/; Domain=hooks.test; HttpOnly",
    "SET-COOKIE",
    "b=2",
    "Content-Security-Policy",
    "default-src *",
    "Content-Length",
    "2",
  ];

  async function answerTo(config: Parameters<typeof testRelay>[0], options: { readonly tunnel: string; readonly request: string }) {
    relay = await testRelay(config);
    const client = await relay.client({ tunnel: options.tunnel });
    const sender = await relay.sender();
    sender.write(options.request);
    const { stream } = await client.request();
    client.send(responseFrame(stream, { headers: HEADERS, body: "ok" }));
    const answer = await sender.answer();
    return answer.headers.slice(0, answer.headers.indexOf("devhook-id"));
  }

  /** what an anonymous client may claim where everybody may come */
  const RANDOM = "abcdefghijklmnopqrstuvwxyz";
  const OPEN = { admission: { open: true, exposed: true }, exposedBy: "--domain", domain: "hooks.test" };

  test("are kept apart in path form on a relay that others reach", async () => {
    expect(await answerTo(OPEN, { tunnel: RANDOM, request: `GET /${RANDOM}/ HTTP/1.1\r\nHost: a\r\n\r\n` })).toEqual([
      "Set-Cookie",
      `a=1; HttpOnly; Path=/${RANDOM}/`,
      "SET-COOKIE",
      `b=2; Path=/${RANDOM}/`,
      "Content-Security-Policy",
      "default-src *",
      "Content-Length",
      "2",
      "Content-Security-Policy",
      "sandbox",
    ]);
  });

  test.each([
    { name: "in host form", config: OPEN, tunnel: RANDOM, request: `GET / HTTP/1.1\r\nHost: ${RANDOM}.hooks.test\r\n\r\n` },
    { name: "on a relay of this machine alone", config: {}, tunnel: "app", request: "GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n" },
  ])("are left as they are $name", async ({ config, tunnel, request }) => {
    expect(await answerTo(config, { tunnel, request })).toEqual(HEADERS);
  });
});

test("a header of devhook's own in an answer says which delivery it was", async () => {
  const relay = await testRelay();
  try {
    const client = await relay.client();
    const sender = await relay.sender();
    sender.write("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
    const { stream, id } = await client.request();
    client.send(responseFrame(stream, { body: "" }));
    expect(headerOf(await sender.answer(), "devhook-id")).toBe(id);
  } finally {
    await relay.close();
  }
});
