import { createHmac, timingSafeEqual } from "node:crypto";
import { Agent, request as openRequest } from "node:http";
import { createRequire } from "node:module";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ledgerRow, ledgerRows, sha256 } from "../rig/ledger-file.ts";
import { type HeaderLines, valuesOf } from "../rig/message-reader.ts";
import { run } from "../rig/programs.ts";
import type { Handler } from "../rig/recording-app.ts";
import { type RawAnswer, sendRaw } from "../rig/send-raw.ts";
import { endToEnd, FORMS, linesAtApp, openWay, pairsOf, type Way } from "../rig/tunnel-forms.ts";
import { until } from "../rig/until.ts";

/** GitHub's own examples; the types of the package do not fit its file. */
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as readonly {
  readonly name: string;
  readonly examples: readonly unknown[];
}[];
const SECRET = "not-a-secret-of-anybody";
const KIB = 1_024;
const MIB = 1_024 * KIB;
/** Requests under way at once: what a busy platform does, and less than the app's connections. */
const AT_ONCE = 16;

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
/** Bytes that no two offsets share, so that a lost, doubled or moved piece shows. */
function noise(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0, seed = 12_345; i < length; i++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[i] = seed >>> 16;
  }
  return bytes;
}

describe.each(FORMS)("%s", (form) => {
  let way: Way;

  beforeAll(async () => {
    way = await openWay(form);
  });
  afterAll(() => way.close());

  /** Compares what the app got and what the ledger holds with what was sent. */
  async function compare(
    answer: RawAnswer,
    sent: { readonly method: string; readonly path: string; readonly headers: readonly string[]; readonly body?: Buffer },
  ): Promise<void> {
    const headers: HeaderLines = [["Host", way.host], ...pairsOf(sent.headers)];
    const body = sent.body ?? Buffer.alloc(0);
    expect(answer.id).toMatch(/^[0-9a-f-]{36}$/);
    const seen = await way.app.request(answer.id);
    expect({ method: seen.method, target: seen.target, version: seen.version }).toEqual({
      method: sent.method,
      target: sent.path,
      version: "HTTP/1.1",
    });
    expect(seen.headers.filter(([name]) => name.toLowerCase() !== "transfer-encoding")).toEqual(linesAtApp(headers, answer));
    expect({ bytes: seen.bytes, sha256: seen.sha256 }).toEqual({ bytes: body.length, sha256: sha256(body) });
    expect(await ledgerRow(way.home.database, answer.id)).toMatchObject({
      method: sent.method,
      target: sent.path,
      headers,
      bytes: body.length,
      sha256: sha256(body),
      complete: true,
      status: answer.status,
    });
  }

  async function roundTrip(method: string, path: string, headers: readonly string[], body?: Buffer): Promise<RawAnswer> {
    const answer = await way.send(method, path, headers, body);
    expect(answer).toMatchObject({ status: 200, whole: true });
    await compare(answer, { method, path, headers, ...(body === undefined ? {} : { body }) });
    return answer;
  }

  it("carries all of GitHub's example webhooks, many at once, with signatures that still fit", async () => {
    const payloads = examples.flatMap(({ name, examples: each }) =>
      each.map((payload) => ({ name, body: Buffer.from(JSON.stringify(payload)) })),
    );
    expect(payloads).toHaveLength(329);
    const sent = new Map<string, { readonly headers: HeaderLines; readonly body: Buffer }>();
    const left = [...payloads.entries()];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          const [index, { name, body }] = next;
          const headers = [
            "Accept: */*",
            `Content-Length: ${body.length}`,
            "Content-Type: application/json",
            "User-Agent: GitHub-Hookshot/5c07b2a",
            `X-GitHub-Delivery: 00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
            `X-GitHub-Event: ${name}`,
            `X-Hub-Signature-256: sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
          ];
          const answer = await way.send("POST", `/github?n=${index}`, headers, body);
          expect(answer).toMatchObject({ status: 200, whole: true });
          sent.set(answer.id, { headers: [["Host", way.host], ...pairsOf(headers)], body });
        }
      }),
    );

    expect(sent.size).toBe(329);
    const rows = await until(() => {
      const all = ledgerRows(way.home.database, "d.target LIKE '/github?n=%'");
      return all.size === 329 && [...all.values()].every(({ state }) => state === "answered") ? all : undefined;
    }, "329 deliveries in the ledger");
    for (const [id, { headers, body }] of sent) {
      const seen = await way.app.request(id);
      expect({ headers: seen.headers, sha256: seen.sha256 }).toEqual({ headers: linesAtApp(headers, { id }), sha256: sha256(body) });
      const signature = createHmac("sha256", SECRET)
        .update(seen.body ?? "")
        .digest("hex");
      expect(timingSafeEqual(Buffer.from(`sha256=${signature}`), Buffer.from(valuesOf(seen.headers, "x-hub-signature-256")[0] ?? ""))).toBe(
        true,
      );
      expect(rows.get(id)).toMatchObject({ headers, sha256: sha256(body), status: 200 });
    }
  });

  it.each<[string, string, Buffer]>([
    ["every byte value", "application/octet-stream", everyByte],
    ["a body of one byte", "text/plain", Buffer.from("\n")],
    ["a byte order mark and a newline at the end", "application/json", Buffer.from('\ufeff{"a": 1}\r\n')],
    [
      "JSON that no serialiser would write again",
      "application/json",
      Buffer.from('{ "a":1.0, "a" : 2,"b":"\\u00e9\\/", "n":12345678901234567890 }'),
    ],
    ["text in latin-1", "text/plain; charset=iso-8859-1", Buffer.from("caf\u00e9", "latin1")],
    ["a form", "application/x-www-form-urlencoded", Buffer.from("a=1&a=2&b=%C3%A9+x&c")],
    [
      "multipart with a file",
      "multipart/form-data; boundary=x",
      Buffer.concat([
        Buffer.from('--x\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n'),
        everyByte,
        Buffer.from("\r\n--x--\r\n"),
      ]),
    ],
    ["the most that crosses the link in one piece", "application/octet-stream", noise(256 * KIB)],
    ["one byte more than that", "application/octet-stream", noise(256 * KIB + 1)],
  ])("leaves %s as it is", async (_what, type, body) => {
    const answer = await roundTrip("POST", "/bodies", [`Content-Type: ${type}`, `Content-Length: ${body.length}`], body);
    expect(answer.status).toBe(200);
  });

  it("leaves an empty body empty, with its length of 0", async () => {
    const answer = await roundTrip("POST", "/empty", ["Content-Type: application/json", "Content-Length: 0"]);
    expect(answer.status).toBe(200);
  });

  it("does not touch an encoded body", async () => {
    const body = gzipSync(Buffer.from(JSON.stringify({ text: "x".repeat(5_000) })));
    const { id } = await roundTrip("POST", "/gzip", ["Content-Encoding: gzip", `Content-Length: ${body.length}`], body);
    expect(gunzipSync((await way.app.request(id)).body ?? "").toString()).toContain("xxx");
  });

  it("keeps duplicate headers, their case, order and bytes, with Authorization and Cookie", async () => {
    const answer = await roundTrip(
      "POST",
      "/headers",
      [
        "x-SIGNATURE: v1=abc",
        "X-Signature: v2=def",
        "ACCEPT: a",
        "accept: b",
        "Authorization: Bearer made-up",
        "Cookie: a=1; b=2",
        "cookie: c=3",
        "Proxy-Authorization: Basic bWFkZTp1cA==",
        "X-Latin: caf\u00e9 \u00fc\u00ff",
        "X-Utf8: " + Buffer.from("日本").toString("latin1"),
        "X-Empty:",
        "X-Inner:  two  spaces\tand a tab",
        'Weird!#$%&\'*+-.^_`|~Name: "quoted, with comma", x',
        `X-Long: ${"l".repeat(20_000)}`,
        "Via: 1.1 somebody",
        "Content-Length: 2",
      ],
      Buffer.from("{}"),
    );
    expect(answer.status).toBe(200);
  });

  it("drops nothing but the published hop-by-hop headers, whatever Connection names", async () => {
    const answer = await roundTrip("POST", "/hops", [
      "Connection: keep-alive, X-Signature",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "TE: trailers",
      "X-Signature: v1=abc",
      "Content-Length: 0",
    ]);
    expect(answer.status).toBe(200);
  });

  it("lets no sender speak in devhook's name", async () => {
    const forged = [
      "X-Forwarded-For: 9.9.9.9",
      "x-forwarded-proto: https",
      "X-FORWARDED-HOST: evil.test",
      "Devhook-Id: 1",
      "devhook-attempt: 7",
    ];
    const answer = await way.send("POST", "/forged", ["X-One: 1", ...forged, "Content-Length: 0"]);
    const seen = await way.app.request(answer.id);
    expect(seen.headers).toEqual(
      linesAtApp(
        [
          ["Host", way.host],
          ["X-One", "1"],
          ["Content-Length", "0"],
        ],
        answer,
      ),
    );
    // the record has what was sent
    expect((await ledgerRow(way.home.database, answer.id)).headers).toEqual([
      ["Host", way.host],
      ...pairsOf(["X-One: 1", ...forged, "Content-Length: 0"]),
    ]);
  });

  it.each<[string, string]>([
    ["/", "/"],
    ["an empty query", "/?"],
    ["escapes, duplicate and empty parameters", "/a%2Fb%2fc/%2e%2E/%25?x=%26&x=%26&y&=z&&"],
    ["double slashes", "//double//slash//"],
    ["dots", "/a/../b/./..//c"],
    ["escaped dots and slashes", "/..%2f..%2fetc/passwd"],
    ["broken escapes", "/%zz%"],
    ["punctuation", "/semi;colon,comma'quote\"(paren){brace}[bracket]|pipe\\back^caret`tick<tag>~"],
    ["a URL in the query", "/x?url=http://a.test/b?c=d&e=@:/#hash"],
    ["a fragment", "/x#hash"],
    ["a port and an at sign", "/:8080/x@y"],
    ["58,000 characters", `/long/${"abcdefghij".repeat(5_000)}?${"k=v&".repeat(2_000)}`],
  ])("passes a target on as it stands: %s", async (_what, path) => {
    const answer = await roundTrip("GET", path, []);
    expect(answer.status).toBe(200);
  });

  it("makes the tunnel's name alone the root of the app", async () => {
    const bare = form === "own relay, host form" ? ["/", "/?q=1"] : [`/${way.tunnel.name}`, `/${way.tunnel.name}?q=1`];
    for (const [index, target] of bare.entries()) {
      const answer = await sendRaw(way.tunnel.port, `GET ${target} HTTP/1.1\r\nHost: ${way.host}\r\n\r\n`);
      expect((await way.app.request(answer.id)).target).toBe(["/", "/?q=1"][index]);
    }
  });

  it("passes OPTIONS * on where the host names the tunnel, and knows no tunnel where nothing does", async () => {
    const answer = await sendRaw(way.tunnel.port, `OPTIONS * HTTP/1.1\r\nHost: ${way.host}\r\n\r\n`);
    const [status, seen] = form === "own relay, host form" ? [200, 1] : [404, 0];
    expect(answer.status).toBe(status);
    expect(way.app.requests.filter(({ target }) => target === "*")).toHaveLength(seen);
  });

  it("serves HTTP/1.0 senders, with and without a Host", async () => {
    const request = `POST ${way.target("/old")} HTTP/1.0\r\nHost: ${way.host}\r\nContent-Length: 2\r\n\r\n{}`;
    const answer = await sendRaw(way.tunnel.port, request);
    expect({ status: answer.status, whole: answer.whole, body: answer.body.toString() }).toEqual({ status: 200, whole: true, body: "ok" });
    await compare(answer, { method: "POST", path: "/old", headers: ["Content-Length: 2"], body: Buffer.from("{}") });
    if (form === "own relay, host form") return;
    const without = await sendRaw(way.tunnel.port, `GET ${way.target("/older")} HTTP/1.0\r\n\r\n`);
    // HTTP/1.1 apps refuse a request without one
    expect(valuesOf((await way.app.request(without.id)).headers, "host")).toEqual([`localhost:${way.app.port}`]);
  });

  it("refuses more headers than it passes on, rather than to lose one", async () => {
    const many = Array.from({ length: 510 }, (_, n) => `X-${n}: ${n}`);
    await roundTrip("GET", "/many", many);
    const answer = await way.send("GET", "/many", [...many, "X-Signature: v1", "X-One-More: 1"]);
    expect(answer.status).toBe(431);
    expect(way.app.requests.filter(({ target }) => target === "/many")).toHaveLength(1);
  });

  it("refuses raw bytes beyond ASCII in a target instead of escaping them", async () => {
    const answer = await way.send("GET", "/caf\u00e9");
    expect({ status: answer.status, code: (JSON.parse(answer.body.toString()) as { readonly error: object }).error }).toMatchObject({
      status: 400,
      code: { code: "not-http" },
    });
    expect(way.app.requests.some(({ target }) => target.startsWith("/caf"))).toBe(false);
  });

  it("passes an absolute target on", async () => {
    const path = "/abs%2Folute/../x?y=1";
    const answer = await sendRaw(way.tunnel.port, `GET http://${way.host}${way.target(path)} HTTP/1.1\r\nHost: ${way.host}\r\n\r\n`);
    expect(answer.status).toBe(200);
    await compare(answer, { method: "GET", path: `http://${way.host}${path}`, headers: [] });
  });

  it("takes a chunked body in odd pieces, with extensions, as one body", async () => {
    const body = noise(70_001);
    const parts: Buffer[] = [];
    for (let at = 0, size = 1; at < body.length; at += size, size = (size * 7) % 9_973) {
      const piece = body.subarray(at, at + size);
      parts.push(Buffer.from(`${piece.length.toString(16).toUpperCase()};ext="a b";n=${at}\r\n`), piece, Buffer.from("\r\n"));
    }
    const head = `POST ${way.target("/chunked")} HTTP/1.1\r\nHost: ${way.host}\r\nTransfer-Encoding: chunked\r\nX-After: 1\r\n\r\n`;
    const answer = await sendRaw(way.tunnel.port, [Buffer.from(head), ...parts, Buffer.from("0\r\n\r\n")]);
    expect(answer.status).toBe(200);
    await compare(answer, { method: "POST", path: "/chunked", headers: ["Transfer-Encoding: chunked", "X-After: 1"], body });
    const seen = await way.app.request(answer.id);
    expect(valuesOf(seen.headers, "transfer-encoding")).toEqual(["chunked"]);
    expect(valuesOf(seen.headers, "content-length")).toEqual([]);
  });

  it("takes a body with a length that comes byte by byte", async () => {
    const head = `POST ${way.target("/slowly")} HTTP/1.1\r\nHost: ${way.host}\r\nContent-Length: 5\r\n\r\n`;
    const answer = await sendRaw(way.tunnel.port, (socket) => {
      const bytes = `${head}hello`.split("");
      const next = (): void => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(byte, "latin1", () => setImmediate(next));
      };
      next();
    });
    expect(answer.status).toBe(200);
    await compare(answer, { method: "POST", path: "/slowly", headers: ["Content-Length: 5"], body: Buffer.from("hello") });
  });

  it.each<[string, Buffer | undefined]>([
    ["HEAD", undefined],
    ["OPTIONS", undefined],
    ["PUT", Buffer.from("put")],
    ["PATCH", Buffer.from("patch")],
    ["DELETE", undefined],
    ["DELETE", Buffer.from("delete")],
    ["GET", Buffer.from("get with a body")],
    ["POST", undefined],
    ["PROPFIND", Buffer.from("<x/>")],
  ])("passes %s on (body: %s)", async (method, body) => {
    const answer = await roundTrip(method, "/method", body === undefined ? [] : [`Content-Length: ${body.length}`], body);
    expect(answer.status).toBe(200);
  });

  it("serves Node's own client: one connection for many requests, chunked uploads, 100-continue, an offer of HTTP/2", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = noise(2 * MIB);
    const connections = new Set<number | undefined>();
    const post = (path: string, headers: Readonly<Record<string, string>>): Promise<string> =>
      new Promise((resolve, reject) => {
        const to = { host: "127.0.0.1", port: way.tunnel.port, path: way.target(path), method: "POST", agent };
        const sent = openRequest({ ...to, headers: { Host: way.host, ...headers } }, (response) => {
          connections.add(response.socket.localPort);
          response.resume().on("end", () => resolve(String(response.headers["devhook-id"])));
        });
        sent.on("error", reject);
        if (headers["Expect"] === undefined) sent.end(body);
        else sent.on("continue", () => sent.end(body)).flushHeaders();
      });

    const length = { "Content-Length": String(body.length) };
    for (const headers of [
      length,
      { "Transfer-Encoding": "chunked" },
      { ...length, Expect: "100-continue" },
      { ...length, Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA" },
    ]) {
      const seen = await way.app.request(await post("/upload", headers));
      expect({ method: seen.method, target: seen.target, sha256: seen.sha256 }).toEqual({
        method: "POST",
        target: "/upload",
        sha256: sha256(body),
      });
    }
    expect(connections.size).toBe(1);
    agent.destroy();
  });

  describe("answers", () => {
    const date = "Date: Mon, 01 Jan 2024 00:00:00 GMT";

    /** Lets the app answer with exactly these bytes and compares what comes out. */
    async function through(path: string, head: readonly string[], body: Buffer | string = "", method = "POST"): Promise<RawAnswer> {
      const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
      way.app.on(path, (socket) => {
        socket.write(`${head.join("\r\n")}\r\n\r\n`, "latin1");
        socket.write(bytes);
      });
      const answer = await way.send(method, path, method === "POST" ? ["Content-Length: 0"] : []);
      const [, status, ...reason] = (head[0] ?? "").split(" ");
      expect({ status: answer.status, reason: answer.reason, whole: answer.whole }).toEqual({
        status: Number(status),
        reason: reason.join(" "),
        whole: true,
      });
      expect(endToEnd(answer.headers)).toEqual([...endToEnd(pairsOf(head.slice(1))), ["devhook-id", answer.id]]);
      const row = await ledgerRow(way.home.database, answer.id);
      expect({ status: row.status, headers: row.answerHeaders }).toEqual({ status: answer.status, headers: pairsOf(head.slice(1)) });
      expect({ bytes: row.answerBytes, sha256: row.answerSha256 }).toEqual({ bytes: answer.bytes, sha256: answer.sha256 });
      return answer;
    }

    it("keep every line: case, order, duplicates, latin-1, an odd reason, no Date", async () => {
      const answer = await through(
        "/answer-lines",
        [
          "HTTP/1.1 299 Fein \u00fcber alles",
          "set-cookie: a=1; Path=/",
          "X-b: caf\u00e9",
          "Set-Cookie: b=2",
          "CONTENT-LENGTH: 3",
          "x-B: again",
          "X-Empty:",
        ],
        "abc",
      );
      expect(answer.body.toString()).toBe("abc");
    });

    it("keep an empty reason, and the app's own Date and Server", async () => {
      const answer = await through("/answer-date", ["HTTP/1.1 200 ", date, "Server: mine", "Content-Length: 0"]);
      expect(valuesOf(answer.headers, "date")).toEqual(valuesOf(pairsOf([date]), "date"));
    });

    it.each([
      ["204 without a body", ["HTTP/1.1 204 No Content", date]],
      ["304 with a validator", ["HTTP/1.1 304 Not Modified", 'ETag: "x"', "Content-Length: 500"]],
      ["a redirect, not followed", ["HTTP/1.1 302 Found", "Location: http://127.0.0.1:1/elsewhere", "Content-Length: 0"]],
      ["an error of the app", ["HTTP/1.1 500 Oops", "Content-Length: 0"]],
      ["a status of its own", ["HTTP/1.1 799 Strange", "Content-Length: 0"]],
    ])("%s", async (what, head) => {
      const answer = await through(`/${what.replaceAll(/\W/g, "")}`, head);
      expect(answer.bytes).toBe(0);
    });

    it("to HEAD keep the length of what GET would have", async () => {
      const answer = await through("/answer-head", ["HTTP/1.1 200 OK", "Content-Length: 1234", "Content-Type: text/plain"], "", "HEAD");
      expect(answer.bytes).toBe(0);
    });

    it("of every byte value come back as they are, with a length", async () => {
      const answer = await through("/answer-bytes", ["HTTP/1.1 200 OK", "Content-Length: 256"], everyByte);
      expect(answer.sha256).toBe(sha256(everyByte));
    });

    it("in chunks come back whole", async () => {
      const answer = await through(
        "/answer-chunks",
        ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"],
        "1\r\na\r\n3;x=y\r\nbcd\r\n0\r\nX-Trailer: t\r\n\r\n",
      );
      expect(answer.body.toString()).toBe("abcd");
    });

    it("without a length end with the app's connection", async () => {
      way.app.on("/answer-close", (socket) => void socket.end("HTTP/1.0 200 Fine\r\nX-A: 1\r\n\r\nuntil the end"));
      const answer = await way.send("POST", "/answer-close", ["Content-Length: 0"]);
      expect({ status: answer.status, whole: answer.whole, body: answer.body.toString() }).toEqual({
        status: 200,
        whole: true,
        body: "until the end",
      });
      expect(endToEnd(answer.headers)).toEqual([
        ["X-A", "1"],
        ["devhook-id", answer.id],
      ]);
    });

    it("may come after early hints", async () => {
      way.app.on("/hints", (socket) => {
        socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nlink: </b.js>\r\n\r\n");
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      });
      const answer = await way.send("GET", "/hints");
      expect(answer).toMatchObject({ status: 200, whole: true });
      expect(answer.interim).toEqual([
        {
          startLine: "HTTP/1.1 103 Early Hints",
          headers: [
            ["Link", "</a.css>; rel=preload"],
            ["link", "</b.js>"],
          ],
        },
      ]);
    });
  });

  it("carries 10 MB up and 10 MB down, and records both whole", async () => {
    const body = noise(10 * MIB);
    way.app.on("/large", (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body);
    });
    const answer = await way.send("PUT", "/large", [`Content-Length: ${body.length}`], body);
    expect({ bytes: answer.bytes, sha256: answer.sha256, whole: answer.whole }).toEqual({
      bytes: body.length,
      sha256: sha256(body),
      whole: true,
    });
    await compare(answer, { method: "PUT", path: "/large", headers: [`Content-Length: ${body.length}`], body });
    const row = await ledgerRow(way.home.database, answer.id);
    expect({ truncated: row.truncated, bytes: row.answerBytes, sha256: row.answerSha256 }).toEqual({
      truncated: false,
      bytes: body.length,
      sha256: sha256(body),
    });
  });

  it("records 10 MiB of a larger body and says that there was more", async () => {
    const body = noise(10 * MIB + 1);
    const answer = await way.send("PUT", "/larger", [`Content-Length: ${body.length}`], body);
    expect((await way.app.request(answer.id)).sha256).toBe(sha256(body));
    expect(await ledgerRow(way.home.database, answer.id)).toMatchObject({
      truncated: true,
      bytes: body.length,
      sha256: sha256(body.subarray(0, 10 * MIB)),
    });
  });

  describe("an app that misbehaves", () => {
    async function madeAnswerOf(answer: RawAnswer): Promise<{ readonly status: number; readonly code: string; readonly outcome: string }> {
      expect(answer.whole).toBe(true);
      const { error, delivery } = JSON.parse(answer.body.toString()) as {
        readonly error: { readonly code: string; readonly message: string; readonly hint: string };
        readonly delivery: string;
      };
      expect(error.message).not.toBe("");
      expect(error.hint).not.toBe("");
      expect(delivery).toBe(answer.id);
      expect(await ledgerRow(way.home.database, answer.id)).toMatchObject({ status: null, state: "failed", error: error.code });
      return { status: answer.status, code: error.code, outcome: valuesOf(answer.headers, "devhook-outcome")[0] ?? "" };
    }

    it.each<[string, Handler, string]>([
      ["closes before its answer", (socket) => void socket.end(), "app-reset"],
      ["resets the connection before its answer", (socket) => void socket.resetAndDestroy(), "app-reset"],
      ["closes in the middle of its head", (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Le"), "app-reset"],
      ["sends garbage", (socket) => void socket.end("\0\u0001 hello, is this the right port?\r\n\r\n"), "app-malformed"],
      ["speaks another protocol", (socket) => void socket.end("220 smtp.example ESMTP\r\n"), "app-malformed"],
      [
        "contradicts itself about its length",
        (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        "app-malformed",
      ],
    ])("that %s is told apart with 502 and a reason", async (what, handler, code) => {
      const path = `/bad/${what.replaceAll(/\W/g, "")}`;
      way.app.on(path, handler);
      expect(await madeAnswerOf(await way.send("POST", path, ["Content-Length: 2"], Buffer.from("{}")))).toEqual({
        status: 502,
        code,
        outcome: "unknown",
      });
    });

    it.each<[string, Handler]>([
      ["a body with a length", (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")],
      ["a body in chunks", (socket) => void socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")],
      ["a chunk", (socket) => void socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhello")],
      [
        "a body, with a reset",
        (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly", () => socket.resetAndDestroy()),
      ],
      ["a chunk, with nonsense", (socket) => void socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX")],
    ])("that breaks off in the middle of %s breaks the sender's connection", async (what, handler) => {
      const path = `/cut/${what.replaceAll(/\W/g, "")}`;
      way.app.on(path, handler);
      const answer = await way.send("POST", path, ["Content-Length: 0"]);
      expect(answer.whole).toBe(false);
      await until(() => [...ledgerRows(way.home.database, `d.target = '${path}'`).values()][0]?.state === "failed", "the failed attempt");
    });

    it("may answer before the upload is whole", async () => {
      way.app.on("/early", {
        head: (socket) => void socket.end("HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\nConnection: close\r\n\r\nstop"),
      });
      const answer = await sendRaw(way.tunnel.port, (socket) => {
        socket.write(`POST ${way.target("/early")} HTTP/1.1\r\nHost: ${way.host}\r\nContent-Length: ${5 * MIB}\r\n\r\n`);
        socket.write(noise(MIB));
      });
      expect({ status: answer.status, reason: answer.reason, body: answer.body.toString() }).toEqual({
        status: 413,
        reason: "Too Much",
        body: "stop",
      });
    });
  });

  it("hands no part of a request on as if it were whole", async () => {
    const head = `POST ${way.target("/aborted")} HTTP/1.1\r\nHost: ${way.host}\r\nContent-Length: ${MIB}\r\n\r\n`;
    const half = noise(MIB / 2);
    const seen = (): (typeof way.app.requests)[number] | undefined => way.app.requests.find(({ target }) => target === "/aborted");
    const answer = await sendRaw(way.tunnel.port, (socket) => {
      socket.write(head);
      socket.write(half);
      void until(() => (seen()?.bytes ?? 0) > 0, "the beginning at the app").finally(() => socket.destroy());
    });
    expect(answer.status).toBe(0);
    const row = await until(
      () => [...ledgerRows(way.home.database, "d.target = '/aborted'").values()].find(({ state }) => state === "failed"),
      "the attempt's end",
    );
    expect(row).toMatchObject({ complete: false, error: "sender-aborted" });
    expect(seen()?.whole).toBe(false);
  });

  it("gives back the exact bytes with show --raw", async () => {
    const headers = ["X-Latin: caf\u00e9", "x-dup: 1", "X-Dup: 2", "Content-Length: 256"];
    const { id } = await roundTrip("POST", "/shown?a=%2F&a", headers, everyByte);
    const raw = async (what: string): Promise<Buffer> => {
      const { code, stdout, stderr } = await run(["show", id, "--raw", what], { home: way.home });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return stdout;
    };
    expect(await raw("body")).toEqual(everyByte);
    const sentLines = [`Host: ${way.host}`, ...headers].join("\r\n");
    expect((await raw("headers")).toString("latin1").trimEnd()).toBe(sentLines);
    expect((await raw("request")).toString("latin1")).toBe(
      `POST /shown?a=%2F&a HTTP/1.1\r\n${sentLines}\r\n\r\n${everyByte.toString("latin1")}`,
    );
  });
});
