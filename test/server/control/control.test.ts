import { createServer, request, type IncomingHttpHeaders } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createControl } from "../../../server/control/control.ts";
import { countIn, createStats, type RelayStats } from "../../../server/control/stats.ts";
import { silentLog } from "../../../server/log.ts";
import { createMemoryRegistry } from "../../../server/tunnels/memory-registry.ts";
import type { Registry } from "../../../server/tunnels/registry.ts";
import { tokenText } from "../../../shared/tokens.ts";

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

let now = 5000;
let stopping = false;
/** What the server takes for the peer's address; undefined leaves the real one. */
let peer: string | undefined;
let registry: Registry;
let stats: RelayStats;
let port = 0;
let close: () => Promise<void>;

beforeEach(async () => {
  now = 5000;
  stopping = false;
  peer = undefined;
  const clock = { now: () => now, monotonic: () => now };
  registry = createMemoryRegistry({ clock, namesPerToken: 10 });
  stats = createStats();
  const control = createControl({
    registry,
    stats,
    clock,
    admission: { open: false, exposed: false },
    log: silentLog,
    version: "1.2.3",
    stopping: () => stopping,
  });
  const server = createServer((req, res) => {
    if (peer !== undefined) Object.defineProperty(req.socket, "remoteAddress", { value: peer, configurable: true });
    control(req, res);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  port = (server.address() as AddressInfo).port;
  close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
});

afterEach(async () => {
  registry.close();
  await close();
});

async function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ host: "127.0.0.1", port, path: `/_devhook${path}`, headers, method, agent: false }, (res) => {
      text(res).then((body) => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }), reject);
    });
    req.on("error", reject);
    req.end(method === "POST" ? '{"a":1}' : undefined);
  });
}

/** What the server answers to these bytes, until it closes. */
async function send(bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes, "latin1");
  return text(socket);
}

describe("health", () => {
  test("says version and seconds since the start", async () => {
    now += 61_500;
    const answer = await get("/healthz");
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ ok: true, version: "1.2.3", uptime: 61 });
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  test("is 503 while the relay stops", async () => {
    stopping = true;
    const answer = await get("/healthz");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({ ok: false });
  });
});

describe("routes", () => {
  test.each(["", "/", "/nothing", "/healthz/", "/healthz/../metrics", "/%68ealthz/x"])("%j is 404 with a JSON reason", async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: "not-found" } });
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s changes nothing and allows no foreign page anything", async (method) => {
    const answer = await get("/token", { origin: "https://evil.example", "access-control-request-method": "POST" }, method);
    expect(answer.status).toBe(404);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test.each([
    "GET /_devhook/healthz HTTP/1.1\r\nHost: [bad\r\nConnection: close\r\n\r\n",
    "GET /_devhook/healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    "GET http://x:99999/_devhook/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "GET /_devhook//\\..%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "GET /_devhook/\xff\xfe HTTP/1.1\r\nHost: \xff\r\nConnection: close\r\n\r\n",
    "GET /_devhook/healthz HTTP/1.0\r\n\r\n",
    "GET /_devhook/metrics HTTP/1.0\r\nAuthorization: Bearer \xff\r\n\r\n",
    "TRACE /_devhook/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "GET /_devhook/healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
  ])("the odd request %j gets an answer and ends nothing", async (bytes) => {
    expect(await send(bytes)).toMatch(/^HTTP\/1\.1 (?:200|400|401|404|500) /);
    expect((await get("/healthz")).status).toBe(200);
  });
});

describe("the check of a token", () => {
  test("names its label", async () => {
    const { token } = registry.addToken("ana", { admin: true });
    const answer = await get("/token", { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ kind: "token", label: "ana", admin: true });
  });

  test.each([
    ["no token", {}, "token-missing"],
    ["a damaged one", { authorization: "Bearer dh_x" }, "token-malformed"],
    ["an unknown one", { authorization: `Bearer ${tokenText("token")}` }, "token-refused"],
    ["another scheme", { authorization: "Basic YTpi" }, "token-malformed"],
  ])("is 401 for %s", async (_what, headers, code) => {
    registry.addToken("ana");
    const answer = await get("/token", headers);
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code } });
  });
});

describe("metrics", () => {
  test("are Prometheus text with the relay's counters and the process's own", async () => {
    stats.answered = 7;
    stats.links = 2;
    stats.bytesIn = 1024;
    countIn(stats.refused, "client-offline");
    countIn(stats.refused, "client-offline");
    countIn(stats.linkCloses, "taken-over");
    countIn(stats.handshakesRefused, 401);
    const answer = await get("/metrics");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const lines = answer.body.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "# TYPE devhook_relay_requests_total counter",
        'devhook_relay_requests_total{outcome="answered"} 7',
        'devhook_relay_requests_total{outcome="client-offline"} 2',
        'devhook_relay_requests_total{outcome="sender-gone"} 0',
        "devhook_relay_links 2",
        "devhook_relay_request_body_bytes_total 1024",
        'devhook_relay_links_closed_total{reason="taken-over"} 1',
        'devhook_relay_handshakes_refused_total{status="401"} 1',
        'devhook_relay_info{version="1.2.3"} 1',
      ]),
    );
    expect(answer.body).toMatch(/^process_resident_memory_bytes \d/m);
  });

  test("are read anew each time, and not added up", async () => {
    stats.answered = 7;
    await get("/metrics");
    stats.answered = 8;
    expect((await get("/metrics")).body).toContain('devhook_relay_requests_total{outcome="answered"} 8\n');
  });

  test.each(["localhost", "127.0.0.1:8080", "127.9.9.9", "[::1]:80", "LOCALHOST:1"])("are open to this machine at %s", async (host) => {
    expect((await get("/metrics", { host })).status).toBe(200);
  });

  test.each(["evil.example", "localhost.evil.example", "10.0.0.1", "127.0.0.1.nip.io"])(
    "are closed to a page whose name %j was made to point here",
    async (host) => {
      expect((await get("/metrics", { host })).status).toBe(401);
    },
  );

  test.each(["Host: [::1\r\n", "Host: [bad]\r\n", "Host: localhost:1:2\r\n", "Host: \r\n", ""])(
    "are closed where %j says no host",
    async (line) => {
      expect(await send(`GET /_devhook/metrics HTTP/1.0\r\n${line}\r\n`)).toMatch(/^HTTP\/1\.1 40[01] /);
    },
  );

  test("are found under an absolute-form target", async () => {
    expect(await send("GET http://localhost/_devhook/metrics?x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });

  test.each(["Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "Via", "X-Real-IP"])(
    "are closed to whoever comes through a proxy that adds %s",
    async (name) => {
      expect((await get("/metrics", { host: "localhost", [name]: "" })).status).toBe(401);
    },
  );

  test.each(["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", ""])("are closed to the peer %j", async (address) => {
    peer = address;
    expect((await get("/metrics", { host: "localhost" })).status).toBe(401);
  });

  test("are open to a peer of this machine in IPv6 form", async () => {
    peer = "::ffff:127.0.0.1";
    expect((await get("/metrics")).status).toBe(200);
  });

  test("are open from afar to an admin token only", async () => {
    peer = "192.0.2.7";
    const admin = registry.addToken("ops", { admin: true });
    const plain = registry.addToken("ana");
    const read = async (token: string): Promise<number> =>
      (await get("/metrics", { authorization: `Bearer ${token}`, host: "relay.example.com" })).status;
    expect(await read(admin.token)).toBe(200);
    expect(await read(plain.token)).toBe(403);
    expect(await read(tokenText("token"))).toBe(401);
    registry.revokeToken(admin.id);
    expect(await read(admin.token)).toBe(401);
  });

  test("hold a wrong token against whoever sends it, also on this machine", async () => {
    expect((await get("/metrics", { authorization: "Bearer nonsense" })).status).toBe(401);
  });

  test("name no tunnel", async () => {
    const { token } = registry.addToken("ana");
    const admission = registry.admit(token, { open: false, exposed: false });
    expect(admission.ok && registry.claim(admission.owner, "very-own-name").ok).toBe(true);
    registry.logRefusal({ tunnel: "very-own-name", at: 1, method: "GET", path: "/", status: 503, reason: "offline" });
    expect((await get("/metrics")).body).not.toContain("very-own-name");
  });
});

test("the globals of the process stay as they are", async () => {
  const before = [globalThis.Request, globalThis.Response];
  await get("/healthz");
  expect([globalThis.Request, globalThis.Response]).toEqual(before);
});
