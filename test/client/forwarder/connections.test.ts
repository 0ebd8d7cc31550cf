import { afterEach, describe, expect, test } from "vitest";
import type { Forwarder } from "../../../client/forwarder/forward.ts";
import { systemClock } from "../../../shared/clock.ts";
import { okAnswer, startAppProbe, type AppProbe, type AppProbeOptions } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";
import { begin, callWhole, captured, forwarderFor } from "./calls.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function probe(options: AppProbeOptions = { answer: () => okAnswer() }): Promise<AppProbe> {
  const app = await startAppProbe(options);
  closers.push(app.close);
  return app;
}

function forwarder(...args: Parameters<typeof forwarderFor>): Forwarder {
  const made = forwarderFor(...args);
  closers.push(made.close);
  return made;
}

/** A clock that a test can put forward. */
function movable(): { readonly now: () => number; readonly monotonic: () => number; skip: (milliseconds: number) => void } {
  let skipped = 0;
  return { now: systemClock.now, monotonic: () => systemClock.monotonic() + skipped, skip: (milliseconds) => (skipped += milliseconds) };
}

describe("a kept connection", () => {
  test("serves request after request", async () => {
    const app = await probe();
    const target = forwarder(app);
    for (let i = 0; i < 5; i++) expect((await callWhole(target)).body()).toBe("ok");
    expect(app.connections).toHaveLength(1);
    expect(app.requests).toHaveLength(5);
  });

  test("is closed when the app says so, and after an HTTP/1.0 answer", async () => {
    const answers = [okAnswer("ok", ["Connection: close"]), okAnswer().replace("1.1", "1.0"), okAnswer()];
    const app = await probe({ answer: () => answers.shift() ?? okAnswer() });
    const target = forwarder(app);
    for (let i = 0; i < 3; i++) expect((await callWhole(target)).body()).toBe("ok");
    expect(app.connections).toHaveLength(3);
  });

  test.each([
    ["after 1.5 s where the app says nothing", [], 1_400, 1_600],
    ["a second before the app's own limit", ["Keep-Alive: timeout=5"], 3_900, 4_100],
    ["after 30 s at most", ["Keep-Alive: timeout=999999"], 29_900, 30_100],
  ])("is let go of %s", async (_when, headers, stillMs, goneMs) => {
    const clock = movable();
    const app = await probe({ answer: () => okAnswer("ok", headers) });
    const target = forwarder(app, { clock });
    await callWhole(target);
    clock.skip(stillMs - 500);
    await callWhole(target);
    expect(app.connections).toHaveLength(1);
    clock.skip(goneMs);
    // no look at the idle ones has come between: the limit counts all the same
    await callWhole(target);
    expect(app.connections).toHaveLength(2);
    clock.skip(goneMs);
    await until(() => app.open() === 0, "the idle connection to be closed by itself");
  });

  test("is not kept when the app would close it within the second", async () => {
    const app = await probe({ answer: () => okAnswer("ok", ["Keep-Alive: timeout=1"]) });
    await callWhole(forwarder(app));
    expect(await until(() => app.open() === 0)).toBe(true);
  });

  test("that the app closes between requests is not used again", async () => {
    const app = await probe();
    const target = forwarder(app);
    for (let i = 0; i < 3; i++) {
      expect((await callWhole(target)).body()).toBe("ok");
      const last = app.connections.at(-1);
      last?.end();
      await until(() => last?.closed(), "our end to follow");
    }
    expect(app.connections).toHaveLength(3);
  });

  test.each(["GET", "PUT", "DELETE"])("that breaks under a %s lets the request go once more, on a new one", async (method) => {
    let seen = 0;
    const app = await probe({
      answer: (_request, connection) => {
        if (++seen % 2 === 1) return okAnswer();
        connection.reset();
        return undefined;
      },
    });
    const target = forwarder(app);
    await callWhole(target, { method });
    expect((await callWhole(target, { method })).heard).toMatchObject({ ended: 1, failures: [] });
    expect(app.connections).toHaveLength(2);
    expect(app.requests).toHaveLength(3);
  });

  test("an app that breaks every time gets a GET twice, not more", async () => {
    let healthy = true;
    const app = await probe({
      answer: (_request, connection) => {
        if (healthy) return okAnswer();
        connection.reset();
        return undefined;
      },
    });
    const target = forwarder(app);
    const warm = Array.from({ length: 4 }, () => begin(target, captured({ method: "GET" }), Buffer.alloc(0)));
    await until(() => warm.every((call) => call.over()));
    healthy = false;
    const { heard } = await callWhole(target, { method: "GET" });
    expect(heard.failures).toMatchObject([{ error: { code: "app-reset" }, sent: true }]);
    expect(app.requests).toHaveLength(6);
  });

  test.each(["POST", "PATCH"])("that breaks under a %s never repeats it", async (method) => {
    let seen = 0;
    const app = await probe({
      answer: (_request, connection) => {
        if (++seen === 1) return okAnswer();
        connection.reset();
        return undefined;
      },
    });
    const target = forwarder(app);
    await callWhole(target, { method });
    expect((await callWhole(target, { method })).heard.failures).toMatchObject([
      { error: { code: "app-reset" }, begun: false, sent: true },
    ]);
    expect(app.requests).toHaveLength(2);
  });

  test("that breaks while the app goes away: whether the request was processed is unknown", async () => {
    const app = await probe({ answer: () => okAnswer() });
    const target = forwarder(app);
    await callWhole(target, { method: "GET" });
    const port = app.port;
    const call = begin(target, captured({ method: "GET" }), Buffer.alloc(0));
    await app.close();
    await until(call.over);
    expect(call.heard.failures).toMatchObject([
      { error: { code: "app-refused", message: `nothing listens on 127.0.0.1:${port}` }, sent: true },
    ]);
  });
});

describe("bytes behind an answer", () => {
  const poison = okAnswer("poison");

  test.each([
    ["in one piece with it", (): string => okAnswer("first") + poison],
    ["behind HEAD-like 204", (): string => `HTTP/1.1 204 No Content\r\nContent-Length: 60\r\n\r\n${poison}`],
    ["raw", (): string => `${okAnswer("first")}\r\n`],
  ])("never become another request's answer: %s", async (_how, first) => {
    const app = await probe({
      answer: (request, connection) => (connection.index === 0 && request.index === 0 ? first() : okAnswer("second")),
    });
    const target = forwarder(app);
    await callWhole(target);
    expect((await callWhole(target)).body()).toBe("second");
    expect(app.connections).toHaveLength(2);
  });

  test("that come later end the idle connection", async () => {
    const app = await probe();
    const target = forwarder(app);
    await callWhole(target);
    app.connections[0]?.write(poison);
    await until(() => app.connections[0]?.closed());
    expect((await callWhole(target)).body()).toBe("ok");
    expect(app.connections).toHaveLength(2);
  });

  test("a body that HEAD should not have, sent late, is met by nobody", async () => {
    const app = await probe({
      answer: (request) => (request.lines[0]?.startsWith("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" : okAnswer("second")),
    });
    const target = forwarder(app);
    await callWhole(target, { method: "HEAD" });
    app.connections[0]?.write(poison);
    expect((await callWhole(target)).body()).toBe("second");
    expect(app.connections).toHaveLength(2);
  });
});

describe("the limit of connections", () => {
  test("makes the next request wait for a free one, in order", async () => {
    const app = await probe({});
    const target = forwarder(app, { maxConnections: 2 });
    const calls = ["/1", "/2", "/3", "/4"].map((path) => begin(target, captured({ target: path }), Buffer.alloc(0)));
    await until(() => app.requests.length === 2);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(app.connections).toHaveLength(2);
    app.connections[1]?.write(okAnswer());
    await until(() => app.requests.length === 3);
    app.connections[0]?.reset();
    await until(() => app.requests.length === 4);
    expect(app.requests.slice(2).map(({ lines }) => lines[0])).toEqual(["POST /3 HTTP/1.1", "POST /4 HTTP/1.1"]);
    for (const connection of app.connections.slice(1)) connection.write(okAnswer());
    await until(() => calls.every((call) => call.over()));
    expect(calls.map(({ heard }) => heard.ended)).toEqual([1, 0, 1, 1].map((_, at) => (calls[at]?.heard.failures.length === 0 ? 1 : 0)));
    expect(calls.filter(({ heard }) => heard.failures.length === 1)).toHaveLength(1);
  });

  test("waiting for a place is not taken for silence of the app, and has a fault of its own", async () => {
    const app = await probe({});
    const target = forwarder(app, { maxConnections: 1, timeoutMs: 300 });
    const [first, second] = [1, 2].map(() => begin(target, captured(), Buffer.alloc(0)));
    await until(() => first?.over() === true && second?.over() === true);
    expect(first?.heard.failures).toMatchObject([{ error: { code: "app-timeout" }, sent: true }]);
    expect(second?.heard.failures).toMatchObject([
      { error: { code: "app-busy", hint: expect.stringContaining("--max-connections") }, sent: false },
    ]);
    expect(app.requests).toHaveLength(1);
  });

  test("a wish that is withdrawn is not served", async () => {
    const app = await probe({});
    const target = forwarder(app, { maxConnections: 1 });
    const first = begin(target, captured({ target: "/1" }), Buffer.alloc(0));
    const second = begin(target, captured({ target: "/2" }), Buffer.alloc(0));
    const third = begin(target, captured({ target: "/3" }), Buffer.alloc(0));
    await until(() => app.requests.length === 1);
    second.call.abort();
    app.connections[0]?.write(okAnswer());
    await until(() => app.requests.length === 2);
    app.connections[0]?.write(okAnswer());
    await until(third.over);
    expect(first.heard.ended + third.heard.ended).toBe(2);
    expect(app.requests.map(({ lines }) => lines[0])).toEqual(["POST /1 HTTP/1.1", "POST /3 HTTP/1.1"]);
    expect(second.over()).toBe(false);
  });

  test("a request that is sent again finds room although idle connections fill the limit", async () => {
    let healthy = true;
    const app = await probe({
      answer: (request, connection) => {
        if (healthy || request.index === 0) return okAnswer();
        connection.reset();
        return undefined;
      },
    });
    const target = forwarder(app, { maxConnections: 2 });
    const warm = [1, 2].map(() => begin(target, captured(), Buffer.alloc(0)));
    await until(() => warm.every((call) => call.over()));
    healthy = false;
    expect((await callWhole(target, { method: "GET" })).heard).toMatchObject({ ended: 1, failures: [] });
  });
});

describe("a resume that comes late", () => {
  test("does not start a connection that serves somebody else by now", async () => {
    const app = await probe({ answer: (request) => (request.index === 0 ? okAnswer("first") : undefined) });
    const target = forwarder(app, { maxConnections: 1 });
    const first = await callWhole(target);
    const second = begin(target, captured(), Buffer.alloc(0));
    second.heard.goOn = false;
    await until(() => app.requests.length === 2);
    app.connections[0]?.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
    await until(() => second.heard.chunks.length === 1);
    app.connections[0]?.write("def");
    first.call.resume();
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(second.body()).toBe("abc");
    second.call.resume();
    await until(second.over);
    expect(second.body()).toBe("abcdef");
  });
});

test("a call that is given up while its connection opens leaves no timer", async () => {
  // it accepts and never speaks TLS
  const app = await probe({});
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const call = begin(forwarder(new URL(`https://127.0.0.1:${app.port}`)), captured(), Buffer.alloc(0));
  await until(() => app.connections[0]);
  const before = timers();
  call.call.abort();
  expect(timers()).toBe(before - 1);
  await until(() => app.open() === 0);
});

test("close() ends everything: calls, kept, opening and waiting connections, and timers", async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const app = await probe({ answer: (request) => (request.lines[0]?.includes("/quick") ? okAnswer() : undefined) });
  const target = forwarder(app, { maxConnections: 3, graceMs: 60_000 });
  const quick = [1, 2].map(() => begin(target, captured({ target: "/quick" }), Buffer.alloc(0)));
  await until(() => quick.every((call) => call.over()));
  const calls = Array.from({ length: 6 }, () => begin(target, captured(), Buffer.alloc(0)));
  await until(() => app.requests.length === 5);
  const unused = forwarder(new URL("http://127.0.0.1:1"), { graceMs: 60_000 });
  const probing = begin(unused, captured(), Buffer.alloc(0));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  target.close();
  unused.close();
  await until(() => app.open() === 0);
  const told = [...calls, probing].flatMap(({ heard }) =>
    heard.failures.map(({ error, sent }) => `${error.code} ${sent ? "sent" : "unsent"}`),
  );
  // three had connections, three waited for one, one probed
  const count = (what: string): number => told.filter((each) => each === what).length;
  expect([told.length, count("stopped sent"), count("stopped unsent")]).toEqual([7, 3, 4]);
  await until(() => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length <= before, "timers to end", 2_000);
});
