import { afterEach, describe, expect, test } from "vitest";
import { okAnswer, startAppProbe, type AppProbe, type AppProbeOptions } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";
import { begin, captured, forwarderFor, type HeardCall } from "./calls.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const ASK = captured({
  method: "GET",
  upgrade: true,
  headers: ["Host", "a", "Connection", "keep-alive, Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Key", "AAAA"],
});

async function ask(options: AppProbeOptions): Promise<{ readonly app: AppProbe; readonly call: HeardCall }> {
  const app = await startAppProbe({ halfOpen: true, ...options });
  closers.push(app.close);
  const forwarder = forwarderFor(app);
  closers.push(forwarder.close);
  const call = begin(forwarder, ASK);
  await until(() => call.heard.head ?? call.heard.failures[0]);
  return { app, call };
}

describe("an upgrade", () => {
  test("keeps its two headers, and is raw in both directions after a 101", async () => {
    const { app, call } = await ask({ answer: () => `${SWITCH}\x81\x02hi` });
    expect(app.requests[0]?.lines.slice(1, 5)).toEqual([
      "Host: a",
      "Connection: keep-alive, Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Key: AAAA",
    ]);
    expect(call.heard.head?.status).toBe(101);
    await until(() => call.body() === "\x81\x02hi");
    call.call.write(Buffer.from("\x00\r\n\r\nraw\xff", "latin1"));
    await until(() => app.connections[0]?.received().toString("latin1").endsWith("\x00\r\n\r\nraw\xff"));
    app.connections[0]?.write(["HTTP/1.1 200 OK\r\n\r\n", "more"]);
    await until(() => call.body().endsWith("HTTP/1.1 200 OK\r\n\r\nmore"));
    expect(call.heard.handedOn).toBe(9);
  });

  test("may be half closed by the app: the sender goes on until it ends", async () => {
    const { app, call } = await ask({ answer: () => SWITCH });
    app.connections[0]?.write("last");
    app.connections[0]?.end();
    await until(call.over);
    expect(call.heard).toMatchObject({ ended: 1, failures: [] });
    expect(call.body()).toBe("last");
    call.call.write(Buffer.from("still here"));
    await until(() => app.connections[0]?.received().includes("still here"));
    const large = Buffer.alloc(3_000_000, "x");
    call.call.write(large);
    call.call.end();
    await until(() => app.connections[0]?.ended());
    expect(app.connections[0]?.received().length).toBeGreaterThan(large.length);
    await until(() => app.open() === 0);
  });

  test("may be half closed by the sender: the app goes on until it ends", async () => {
    const { app, call } = await ask({ answer: () => SWITCH });
    call.call.write(Buffer.from("bye"));
    call.call.end();
    await until(() => app.connections[0]?.ended());
    app.connections[0]?.write("and so on");
    await until(() => call.body() === "and so on");
    expect(call.over()).toBe(false);
    app.connections[0]?.end();
    await until(call.over);
    expect(call.heard).toMatchObject({ ended: 1, failures: [] });
    await until(() => app.open() === 0);
  });

  test("that the app resets has failed, not ended", async () => {
    const { app, call } = await ask({ answer: () => SWITCH });
    app.connections[0]?.reset();
    await until(call.over);
    expect(call.heard).toMatchObject({ ended: 0, failures: [{ error: { code: "app-reset" }, begun: true, sent: true }] });
  });

  test("that the app resets after it has ended its half has failed: the sender's half goes nowhere", async () => {
    const { app, call } = await ask({ answer: () => SWITCH });
    app.connections[0]?.end();
    await until(call.over);
    expect(call.heard).toMatchObject({ ended: 1, failures: [] });
    app.connections[0]?.reset();
    // a reset shows in what is written: the app's end has already been read
    await until(() => {
      call.call.write(Buffer.from("x"));
      return call.heard.failures[0];
    });
    expect(call.heard).toMatchObject({ ended: 1, failures: [{ error: { code: "app-reset" }, begun: true, sent: true }] });
  });

  test("that is aborted ends the app's connection", async () => {
    const { app, call } = await ask({ answer: () => SWITCH, halfOpen: false });
    call.call.abort();
    await until(() => app.open() === 0);
    expect(call.over()).toBe(false);
  });

  test("that the app refuses is an ordinary answer, and the connection is not used again", async () => {
    const { app, call } = await ask({ halfOpen: false, answer: () => okAnswer("no").replace("200 OK", "404 Not Found") });
    await until(call.over);
    expect(call.heard.head?.status).toBe(404);
    expect(call.body()).toBe("no");
    await until(() => app.open() === 0);
  });
});
