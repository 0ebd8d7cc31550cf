import { afterEach, describe, expect, test } from "vitest";
import type { AppTarget } from "../../../client/forwarder/app-target.ts";
import { okAnswer, startAppProbe, type AppProbe, type ProbeRequest } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";
import { begin, callWhole, captured, forwarderFor, type Said } from "./calls.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function probe(options: Parameters<typeof startAppProbe>[0] = {}): Promise<AppProbe> {
  const app = await startAppProbe({ answer: () => okAnswer(), ...options });
  closers.push(app.close);
  return app;
}

/** What the app gets for a request with a whole body. */
async function sent(said: Said, body = "", target: Partial<AppTarget> = {}): Promise<ProbeRequest> {
  const app = await probe();
  const forwarder = forwarderFor(app, { target });
  closers.push(forwarder.close);
  await callWhole(forwarder, said, body);
  expect(app.requests).toHaveLength(1);
  return app.requests[0] as ProbeRequest;
}

/** The lines that devhook adds. */
const ADDED = [
  "X-Forwarded-For: 203.0.113.9",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: shop.example",
  "devhook-id: 01990000-0000-7000-8000-000000000001",
  "devhook-attempt: 1",
];

describe("the request that the app gets", () => {
  test("keeps case, order, duplicates and latin1 of the headers, and every byte of the body", async () => {
    const headers = [
      "hOsT",
      "shop.example",
      "X-B",
      "2",
      "x-a",
      "1",
      "X-B",
      "caf\xe9 \xff",
      "Empty",
      "",
      "Content-Length",
      "4",
      "Z",
      "\tin\tside",
    ];
    const request = await sent({ headers }, "\x00\xff\r\n");
    expect(request.lines).toEqual([
      "POST /hook HTTP/1.1",
      "hOsT: shop.example",
      "X-B: 2",
      "x-a: 1",
      "X-B: caf\xe9 \xff",
      "Empty: ",
      "Content-Length: 4",
      "Z: \tin\tside",
      ...ADDED,
    ]);
    expect(request.body.toString("latin1")).toBe("\x00\xff\r\n");
  });

  test.each([
    "/a%2Fb/%2e%2e/c",
    "//double//slash",
    "/a/../b/./c",
    "*",
    "http://elsewhere.example/path?x=1",
    "/?q=%00&a=b&&=",
    "/caf\xe9\xff",
    '/[]{}|\\^`"<>',
    "?only",
    "/#fragment",
  ])("keeps the target %s as it is", async (target) => {
    const method = target === "*" ? "OPTIONS" : "GET";
    const request = await sent({ method, target });
    expect(request.lines[0]).toBe(`${method} ${target} HTTP/1.1`);
  });

  test("gets a body with GET, and an unusual method", async () => {
    const get = await sent({ method: "GET", headers: ["Host", "a", "content-length", "5"] }, "hello");
    expect(get.lines[0]).toBe("GET /hook HTTP/1.1");
    expect(get.body.toString()).toBe("hello");
    expect((await sent({ method: "M-SEARCH" })).lines[0]).toBe("M-SEARCH /hook HTTP/1.1");
  });

  test("stays chunked when it came chunked, whole or empty", async () => {
    const headers = ["Host", "a", "TRANSFER-encoding", "chunked"];
    const request = await sent({ headers }, "hello");
    expect(request.lines).toEqual(["POST /hook HTTP/1.1", "Host: a", "TRANSFER-encoding: chunked", ...ADDED]);
    expect(request.body.toString()).toBe("5\r\nhello\r\n0\r\n\r\n");
    expect((await sent({ headers })).body.toString()).toBe("0\r\n\r\n");
  });

  test("gets nothing added when a POST has neither body nor framing", async () => {
    expect((await sent({})).lines).toEqual(["POST /hook HTTP/1.1", "Host: shop.example", ...ADDED]);
  });

  test("is framed once, whatever the sender said twice", async () => {
    const both = await sent(
      { headers: ["Host", "a", "Content-Length", "5", "Transfer-Encoding", "chunked", "Content-Length", "6"] },
      "hello",
    );
    expect(both.lines).toEqual(["POST /hook HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", ...ADDED]);
    expect(both.body.toString()).toBe("5\r\nhello\r\n0\r\n\r\n");
    const twice = await sent({ headers: ["Host", "a", "Content-Length", "3", "content-length", "6"] }, "hello");
    expect(twice.lines).toEqual(["POST /hook HTTP/1.1", "Host: a", "Content-Length: 5", ...ADDED]);
  });

  test("gets the length of a body that has none, such as one that was edited", async () => {
    expect((await sent({}, "hello")).lines).toContain("Content-Length: 5");
  });

  test("gets the Host that the relay was asked for when the sender, of HTTP/1.0, has none", async () => {
    expect((await sent({ headers: ["A", "b"] })).lines.slice(0, 3)).toEqual(["POST /hook HTTP/1.1", "Host: shop.example", "A: b"]);
    const nowhere = await sent({ headers: [], forwarded: { for: "203.0.113.9", proto: "http", host: "" } });
    expect(nowhere.lines[1]).toMatch(/^Host: 127\.0\.0\.1:[0-9]+$/);
  });

  test("has the user's headers in place of the sender's and of devhook's own", async () => {
    const request = await sent({ headers: ["Host", "a", "x-env", "prod", "X-Env", "prod2", "B", "b"] }, "", {
      headers: ["X-Env", "dev", "X-Two", "1", "X-Two", "2", "x-forwarded-for", "192.0.2.1"],
    });
    expect(request.lines).toEqual([
      "POST /hook HTTP/1.1",
      "Host: a",
      "B: b",
      ...ADDED.slice(1),
      "X-Env: dev",
      "X-Two: 1",
      "X-Two: 2",
      "x-forwarded-for: 192.0.2.1",
    ]);
  });

  test("has the app's own Host with host-header rewrite, in its place", async () => {
    const request = await sent({ headers: ["A", "b", "HOST", "shop.example"] }, "", { hostHeader: "rewrite" });
    expect(request.lines.slice(1, 3)).toEqual(["A: b", expect.stringMatching(/^HOST: 127\.0\.0\.1:[0-9]+$/)]);
    const none = await sent({ headers: [] }, "", { hostHeader: "rewrite" });
    expect(none.lines[1]).toMatch(/^Host: 127\.0\.0\.1:[0-9]+$/);
  });

  test("has the path prefix before a path, and before nothing else", async () => {
    const targets = await Promise.all(
      ["/hook?a=b", "//x", "*", "http://elsewhere.example/y"].map(
        async (target) => (await sent({ target }, "", { path: "/api/v1" })).lines[0],
      ),
    );
    expect(targets).toEqual([
      "POST /api/v1/hook?a=b HTTP/1.1",
      "POST /api/v1//x HTTP/1.1",
      "POST * HTTP/1.1",
      "POST http://elsewhere.example/y HTTP/1.1",
    ]);
  });

  test("loses the hop-by-hop list, and nothing that Connection names", async () => {
    const hop = [
      "Connection",
      "keep-alive, X-Signature",
      "Keep-Alive",
      "timeout=5",
      "proxy-connection",
      "x",
      "TE",
      "trailers",
      "Trailer",
      "X",
    ];
    const more = ["Upgrade", "h2c", "HTTP2-Settings", "AAA", "Expect", "100-continue"];
    const request = await sent({ headers: ["Host", "a", ...hop, ...more, "X-Signature", "sha256=1"] });
    expect(request.lines).toEqual(["POST /hook HTTP/1.1", "Host: a", "X-Signature: sha256=1", ...ADDED]);
  });

  test("says where it came from in devhook's words, never in the sender's", async () => {
    const forged = [
      "x-forwarded-for",
      "1.2.3.4",
      "X-FORWARDED-HOST",
      "evil",
      "X-Forwarded-Port",
      "1",
      "Devhook-Id",
      "forged",
      "devhook-outcome",
      "ok",
    ];
    expect((await sent({ headers: ["Host", "a", ...forged] })).lines).toEqual(["POST /hook HTTP/1.1", "Host: a", ...ADDED]);
  });

  test.each([
    ["a header name", { headers: ["A b", "c"] }],
    ["a value", { headers: ["A", "b\r\nEvil: 1"] }],
    ["a target", { target: "/a b" }],
    ["an empty target", { target: "" }],
    ["a method", { method: "GET /x HTTP/1.1\r\nEvil: 1\r\n\r\nPOST" }],
    ["a user's header", { headers: [] }, { headers: ["Evil", "a\nb"] }],
  ] as const)("is not sent at all when %s could break the message", async (_what, said: Said, target: Partial<AppTarget> = {}) => {
    const app = await probe();
    const forwarder = forwarderFor(app, { target });
    closers.push(forwarder.close);
    const { heard } = await callWhole(forwarder, said);
    expect(heard.failures).toMatchObject([{ error: { code: "unsendable" }, begun: false, sent: false }]);
    expect(app.connections.map((connection) => connection.received().length)).toEqual(app.connections.map(() => 0));
  });
});

describe("the request body", () => {
  test.each([0, 1, 16_383, 16_384, 16_385, 65_536, 262_144, 3_000_000])("arrives whole with %i bytes, in one piece", async (bytes) => {
    const app = await probe();
    const forwarder = forwarderFor(app);
    closers.push(forwarder.close);
    const body = Buffer.alloc(bytes, "0123456789abcdef");
    const call = begin(forwarder, captured({ headers: ["Host", "a", "Content-Length", String(bytes)] }), body);
    await until(call.over);
    expect(call.heard.ended).toBe(1);
    expect(app.requests[0]?.body.equals(body)).toBe(true);
  });

  test.each([
    ["with a length", ["Host", "a", "Content-Length", "11"], "hello world"],
    ["chunked", ["Host", "a", "Transfer-Encoding", "chunked"], "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"],
  ])("goes on in the pieces in which it comes, %s", async (_how, headers, framed) => {
    const app = await probe();
    const forwarder = forwarderFor(app);
    closers.push(forwarder.close);
    const call = begin(forwarder, captured({ headers }));
    call.call.write(Buffer.from("hello"));
    await until(() => app.connections[0]?.received().includes("hello"), "the first piece, before the second is written");
    call.call.write(Buffer.from(" world"));
    call.call.end();
    await until(call.over);
    expect(app.requests[0]?.body.toString()).toBe(framed);
    expect(call.heard).toMatchObject({ ended: 1, handedOn: 11 });
  });

  test("stops being taken when the app does not read, and goes on when it does", async () => {
    const app = await probe({ paused: true });
    const forwarder = forwarderFor(app);
    closers.push(forwarder.close);
    const piece = Buffer.alloc(65_536, "x");
    const window = 524_288;
    const total = 32 * 1_048_576;
    const call = begin(forwarder, captured({ headers: ["Host", "a", "Content-Length", String(total)] }));
    let written = 0;
    // as the relay does: never more than a window beyond what was handed on
    const feed = (): boolean => {
      while (written < total && written + piece.length - call.heard.handedOn <= window) {
        call.call.write(piece);
        written += piece.length;
      }
      return written === total;
    };
    let stable = 0;
    let last = -1;
    await until(() => {
      feed();
      stable = call.heard.handedOn === last ? stable + 1 : 0;
      last = call.heard.handedOn;
      return stable > 60;
    }, "the app's sockets to be full");
    // kernel buffers take some megabytes; the rest stays with the sender
    expect(call.heard.handedOn).toBeLessThan(16 * 1_048_576);
    expect(written - call.heard.handedOn).toBeGreaterThan(window - 2 * piece.length);
    app.connections[0]?.resume();
    await until(feed, "the whole body to be written");
    call.call.end();
    await until(call.over);
    expect(app.requests[0]?.body.length).toBe(total);
    expect(call.heard).toMatchObject({ ended: 1, handedOn: total });
  });
});
