import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { ledgerRow } from "../rig/ledger-file.ts";
import { makeHome, startTunnel } from "../rig/programs.ts";
import { sendRaw } from "../rig/send-raw.ts";
import { FORMS, openWay, type Way } from "../rig/tunnel-forms.ts";
import { until } from "../rig/until.ts";

const MIB = 1_048_576;
/** What a large body may cost each program, bytes. */
const GROWTH = 32 * MIB;

describe.each(FORMS)("%s", (form) => {
  let way: Way;
  let app: Socket | undefined;

  beforeAll(async () => {
    way = await openWay(form);
    way.app.on("/stream", (socket) => {
      app = socket;
    });
  });
  afterAll(() => way.close());

  /** Opens a connection through the tunnel and tells what has come so far. */
  function openReader(path: string): { readonly text: () => string; readonly socket: Socket; readonly ended: () => boolean } {
    let text = "";
    let ended = false;
    const socket = connect(way.tunnel.port, "127.0.0.1");
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.on("close", () => (ended = true)).on("error", () => undefined);
    socket.write(`GET ${way.target(path)} HTTP/1.1\r\nHost: ${way.host}\r\n\r\n`);
    return { text: () => text, socket, ended: () => ended };
  }

  it.each([
    ["in chunks", "Transfer-Encoding: chunked\r\n", (event: string) => `${event.length.toString(16)}\r\n${event}\r\n`],
    ["until the connection ends", "Connection: close\r\n", (event: string) => event],
  ])("passes server-sent events on one by one, %s", async (_how, header, framed) => {
    app = undefined;
    const reader = openReader("/stream");
    const socket = await until(() => app, "the request at the app");
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${header}\r\n`);
    // the head alone, then each event alone: the next is sent only when the one before has been seen
    await until(() => reader.text().includes("text/event-stream"), "the head at the sender");
    for (const n of [1, 2, 3]) {
      socket.write(framed(`data: ${n}\n\n`));
      await until(() => reader.text().includes(`data: ${n}\n\n`), `event ${n} at the sender`);
    }
    socket.end(header.startsWith("Transfer") ? "0\r\n\r\n" : "");
    await until(() => reader.text().endsWith("0\r\n\r\n") || reader.ended(), "the end at the sender");
    reader.socket.destroy();
    expect(reader.text().match(/data: \d/g)).toEqual(["data: 1", "data: 2", "data: 3"]);
  });

  it("keeps latin-1 header values of an answer that streams", async () => {
    app = undefined;
    const reader = openReader("/stream");
    const socket = await until(() => app, "the request at the app");
    socket.write("HTTP/1.1 200 Sch\u00f6n\r\nX-Latin: caf\u00e9\r\nTransfer-Encoding: chunked\r\n\r\n", "latin1");
    await until(() => reader.text().includes("\r\n\r\n"), "the head at the sender");
    reader.socket.destroy();
    expect(reader.text()).toContain("HTTP/1.1 200 Sch\u00f6n\r\nX-Latin: caf\u00e9\r\n");
  });

  it("passes a redirect on and never follows it", async () => {
    const elsewhere = createServer((_request, response) => response.end("followed"));
    let followed = 0;
    elsewhere.on("connection", () => (followed += 1));
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/there?x=1`;
    for (const status of [301, 302, 303, 307, 308]) {
      way.app.on(
        `/redirect/${status}`,
        (socket) => void socket.write(`HTTP/1.1 ${status} Go\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`),
      );
      const answer = await way.send("POST", `/redirect/${status}`, ["Content-Length: 2"], Buffer.from("{}"));
      expect({ status: answer.status, location: answer.headers.find(([name]) => name === "Location")?.[1] }).toEqual({ status, location });
    }
    expect(followed).toBe(0);
    elsewhere.close();
  });

  it("tells the app when the sender stops listening", async () => {
    app = undefined;
    const reader = openReader("/stream");
    const socket = await until(() => app, "the request at the app");
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    await until(() => reader.text().includes("data: 1"), "an event at the sender");
    reader.socket.destroy();
    await until(() => socket.destroyed, "the end of the app's connection");
    const { id } = way.app.requests.at(-1) ?? { id: "" };
    expect(await ledgerRow(way.home.database, id)).toMatchObject({ status: 200, error: "sender-gone" });
  });
});

describe("a WebSocket", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  it("of the ws package passes through, with its messages, sub-protocol and close code", async () => {
    const home = makeHome();
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "chat" });
    closers.push(home.remove, () => server.close());
    await until(() => server.address(), "the app");
    let closed = 0;
    server.on("connection", (socket, request) => {
      socket.send(`${request.url} ${request.headers["x-one"] as string}`);
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on("close", (code) => (closed = code));
    });
    const tunnel = await startTunnel((server.address() as AddressInfo).port, [], { home });
    closers.push(tunnel.program.kill);
    const received: (string | Buffer)[] = [];
    const sender = new WebSocket(`${tunnel.url.replace("http:", "ws:")}/socket?a=%2F`, ["chat"], { headers: { "X-One": "1" } });
    sender.on("message", (data: Buffer, isBinary) => received.push(isBinary ? data : data.toString()));
    await until(() => received.length === 1, "the first message");
    expect(sender.protocol).toBe("chat");
    const large = randomBytes(3 * MIB);
    sender.send("text \u00e9");
    sender.send(large);
    sender.send(Buffer.alloc(0));
    await until(() => received.length === 4, "all messages");
    expect(received[0]).toBe("/socket?a=%2F 1");
    expect(received[1]).toBe("text \u00e9");
    expect(large.equals(received[2] as Buffer)).toBe(true);
    expect((received[3] as Buffer).length).toBe(0);
    sender.close(4321, "enough");
    await until(() => closed, "the close at the app");
    expect(closed).toBe(4321);
  });

  it("that the app refuses gets the app's own answer", async () => {
    const way = await openWay("embedded relay");
    closers.push(way.close);
    way.app.on("/socket", {
      head: (socket) => void socket.end("HTTP/1.1 403 No Thanks\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!"),
    });
    const handshake = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: bWFkZSB1cCBrZXkgMTIzNA==",
    ];
    const answer = await way.send("GET", "/socket", handshake);
    expect({ status: answer.status, reason: answer.reason, body: answer.body.toString() }).toEqual({
      status: 403,
      reason: "No Thanks",
      body: "no!",
    });
  });
});

describe("100 MB", () => {
  const piece = randomBytes(MIB);
  const total = createHash("sha256");
  for (let n = 0; n < 100; n++) total.update(piece);
  const sha256 = total.digest("hex");
  let way: Way;

  beforeAll(async () => {
    way = await openWay("own relay, path form");
    way.app.on("/down", (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${100 * MIB}\r\n\r\n`);
      pump(socket, 100);
    });
    // what the programs need for any streamed body at all is there before it is measured
    way.app.on("/warm", (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${MIB}\r\n\r\n`);
      pump(socket, 1);
    });
    await way.send("PUT", "/warm", [`Content-Length: ${MIB}`], piece);
  });
  afterAll(() => way.close());

  /** Writes the piece `times`, at the pace of whoever reads. */
  function pump(socket: Socket, times: number): void {
    if (times === 0 || socket.destroyed) return;
    if (socket.write(piece)) setImmediate(() => pump(socket, times - 1));
    else socket.once("drain", () => pump(socket, times - 1));
  }

  /** What the kernel says about a process, bytes. */
  function memory(pid: number): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const of = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1_024;
    return { now: of("VmRSS"), peak: of("VmHWM") };
  }

  /** Growth of both programs beyond their level before, at its highest. */
  async function growthDuring(work: () => Promise<void>): Promise<{ readonly relay: number; readonly client: number }> {
    const pids = [way.relayPid ?? 0, way.tunnel.program.pid];
    // the peak begins again at what is in use now (proc(5), clear_refs)
    for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, "5");
    const before = pids.map((pid) => memory(pid).now);
    await work();
    const [relay = Infinity, client = Infinity] = pids.map((pid, index) => memory(pid).peak - (before[index] ?? 0));
    return { relay, client };
  }

  it("come down whole, in little memory", async () => {
    const growth = await growthDuring(async () => {
      const answer = await way.send("GET", "/down");
      expect({ bytes: answer.bytes, sha256: answer.sha256, whole: answer.whole }).toEqual({ bytes: 100 * MIB, sha256, whole: true });
    });
    expect(growth.relay).toBeLessThan(GROWTH);
    expect(growth.client).toBeLessThan(GROWTH);
  });

  it("go up whole, in little memory", async () => {
    const growth = await growthDuring(async () => {
      const answer = await sendRaw(way.tunnel.port, (socket) => {
        socket.write(`PUT ${way.target("/up")} HTTP/1.1\r\nHost: ${way.host}\r\nContent-Length: ${100 * MIB}\r\n\r\n`);
        pump(socket, 100);
      });
      expect(answer.status).toBe(200);
      expect((await way.app.request(answer.id)).sha256).toBe(sha256);
    });
    expect(growth.relay).toBeLessThan(GROWTH);
    expect(growth.client).toBeLessThan(GROWTH);
  });

  it("one byte more than the relay takes are refused before they are read", async () => {
    const answer = await way.send("PUT", "/too-large", [`Content-Length: ${100 * MIB + 1}`]);
    expect({
      status: answer.status,
      code: (JSON.parse(answer.body.toString()) as { readonly error: { readonly code: string } }).error.code,
    }).toEqual({
      status: 413,
      code: "body-too-large",
    });
  });
});
