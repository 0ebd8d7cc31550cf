import { readFileSync } from "node:fs";
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

async function probe(options: AppProbeOptions): Promise<AppProbe> {
  const app = await startAppProbe(options);
  closers.push(app.close);
  return app;
}

function forwarder(...args: Parameters<typeof forwarderFor>): Forwarder {
  const made = forwarderFor(...args);
  closers.push(made.close);
  return made;
}

const malformed = JSON.parse(readFileSync(new URL("../../corpora/malformed-answers.json", import.meta.url), "utf8")) as readonly {
  readonly kind: string;
  readonly bytes: string;
}[];

describe("the answer", () => {
  test("comes back verbatim, and its head before its body is there", async () => {
    const app = await probe({});
    const call = begin(forwarder(app), captured(), Buffer.alloc(0));
    await until(() => app.requests[0]);
    app.connections[0]?.write("HTTP/1.1 207 Multi Status\r\nX-b: 1\r\nx-A: caf\xe9\r\nX-b: 2\r\nTransfer-Encoding: chunked\r\n\r\n");
    await until(() => call.heard.head);
    expect(call.heard.head).toEqual({
      status: 207,
      reason: "Multi Status",
      headers: ["X-b", "1", "x-A", "caf\xe9", "X-b", "2", "Transfer-Encoding", "chunked"],
    });
    for (const event of ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]) {
      const before = call.heard.chunks.length;
      app.connections[0]?.write(`9\r\n${event}\r\n`);
      await until(() => call.heard.chunks.length > before);
      expect(call.heard.chunks.at(-1)?.toString()).toBe(event);
    }
    app.connections[0]?.write("0\r\n\r\n");
    await until(call.over);
    expect(call.heard).toMatchObject({ ended: 1, failures: [] });
  });

  test("may be a redirect: it is passed on, nobody follows it", async () => {
    const elsewhere = await probe({ answer: () => okAnswer() });
    const app = await probe({
      answer: () => `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${elsewhere.port}/latest/meta-data\r\nContent-Length: 0\r\n\r\n`,
    });
    const { heard } = await callWhole(forwarder(app));
    expect(heard.head?.status).toBe(302);
    expect(heard.head?.headers[1]).toBe(`http://127.0.0.1:${elsewhere.port}/latest/meta-data`);
    expect(elsewhere.connections).toEqual([]);
  });

  test("may have interim answers before it", async () => {
    const app = await probe({
      answer: () => ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", okAnswer()],
    });
    const call = await callWhole(forwarder(app));
    expect(call.heard.interim).toEqual([{ status: 103, reason: "Early Hints", headers: ["Link", "</a>"] }]);
    expect(call.body()).toBe("ok");
  });

  test("of 40 MB arrives whole through a reader that pauses, and the app waits for it", async () => {
    const size = 40 * 1_048_576;
    const body = Buffer.alloc(size);
    for (let at = 0; at < size; at += 4) body.writeUInt32BE(at, at);
    const app = await probe({});
    const call = begin(forwarder(app), captured(), Buffer.alloc(0));
    await until(() => app.requests[0]);
    call.heard.goOn = false;
    app.connections[0]?.write([`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`, body]);
    await until(() => call.heard.chunks.length > 0);
    // several turns in which more would come if it could
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(call.heard.chunks).toHaveLength(1);
    // one piece for each resume
    for (let seen = 1; seen <= 20; seen++) {
      call.call.resume();
      await until(() => call.heard.chunks.length > seen);
      expect(call.heard.chunks).toHaveLength(seen + 1);
    }
    call.heard.goOn = true;
    call.call.resume();
    await until(call.over);
    expect(Buffer.concat(call.heard.chunks).equals(body)).toBe(true);
  });
});

describe("an answer that fails", () => {
  test.each(malformed)("as malformed, in a sentence: $kind", async ({ bytes }) => {
    const app = await probe({ answer: () => bytes });
    const { heard } = await callWhole(forwarder(app));
    expect(heard.failures).toMatchObject([{ error: { code: "app-malformed" }, sent: true }]);
    expect(heard.failures[0]?.error.message).toMatch(/^the app's answer is not valid HTTP\/1\.1: [\x20-\x7e]+$/);
    expect(heard.failures[0]?.error.hint).not.toBe("");
    expect(heard.ended).toBe(0);
    await until(() => app.open() === 0, "the connection to be closed");
  });

  test.each([
    ["before its answer", "", false],
    ["in the middle of its headers", "HTTP/1.1 200 OK\r\nA: b", false],
    ["after 3 of 10 bytes of its answer", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true],
    ["in the middle of its answer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", true],
  ])("because the app closes %s", async (words, bytes, begun) => {
    const app = await probe({
      answer: (_request, connection) => {
        connection.write(bytes);
        connection.close();
        return undefined;
      },
    });
    const { heard } = await callWhole(forwarder(app));
    expect(heard.failures).toMatchObject([
      { error: { code: "app-reset", message: `the app closed the connection ${words}` }, begun, sent: true },
    ]);
    expect(heard.ended).toBe(0);
  });

  test.each([
    ["before its answer", "", false],
    ["after 3 of 10 bytes of its answer", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true],
    ["in the middle of its answer", "HTTP/1.1 200 OK\r\n\r\nuntil the end", true],
  ])("because the app resets %s", async (words, bytes, begun) => {
    const app = await probe({});
    const call = begin(forwarder(app), captured(), Buffer.alloc(0));
    await until(() => app.requests[0]);
    app.connections[0]?.write(bytes);
    await until(() => call.heard.chunks.length > 0 || bytes === "");
    app.connections[0]?.reset();
    await until(call.over);
    expect(call.heard.failures).toMatchObject([
      { error: { code: "app-reset", message: `the app reset the connection ${words}` }, begun, sent: true },
    ]);
  });

  test("because it does not begin in time: app-timeout, and the connection ends", async () => {
    let skipped = 0;
    let looks = 0;
    const clock = { ...systemClock, monotonic: () => (looks++, systemClock.monotonic() + skipped) };
    /** The forwarder has looked at the time since. */
    const looked = (before: number) => until(() => looks > before + 1, "a look at the deadlines");
    const app = await probe({});
    const call = begin(forwarder(app, { clock, timeoutMs: 30_000 }), captured(), Buffer.alloc(0));
    await until(() => app.requests[0]);
    skipped = 29_000;
    await looked(looks);
    expect(call.over()).toBe(false);
    skipped = 30_001;
    await until(call.over);
    expect(call.heard.failures).toMatchObject([
      { error: { code: "app-timeout", message: "the app did not answer within 30 s" }, begun: false, sent: true },
    ]);
    await until(() => app.open() === 0);
  });

  test("because it stops in the middle: app-stalled", async () => {
    let skipped = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skipped };
    const app = await probe({ answer: () => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc" });
    const call = begin(forwarder(app, { clock, timeoutMs: 30_000 }), captured(), Buffer.alloc(0));
    await until(() => call.body() === "abc");
    skipped = 5 * 60_000 + 1;
    await until(call.over);
    expect(call.heard.failures).toMatchObject([
      { error: { code: "app-stalled", message: "the app sent nothing for 300 s in the middle of its answer" }, begun: true, sent: true },
    ]);
  });

  test("never because the sender is slow, to send or to read", async () => {
    let skipped = 0;
    let looks = 0;
    const clock = { ...systemClock, monotonic: () => (looks++, systemClock.monotonic() + skipped) };
    /** The forwarder has looked at the time since. */
    const looked = (before: number) => until(() => looks > before + 1, "a look at the deadlines");
    const app = await probe({});
    const call = begin(forwarder(app, { clock, timeoutMs: 30_000 }), captured({ headers: ["Host", "a", "Transfer-Encoding", "chunked"] }));
    call.call.write(Buffer.from("half"));
    await until(() => app.connections[0]?.received().includes("half"));
    skipped += 3_600_000;
    await looked(looks);
    expect(call.over()).toBe(false);
    call.call.end();
    await until(() => app.requests[0]);
    call.heard.goOn = false;
    app.connections[0]?.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
    await until(() => call.body() === "abc");
    skipped += 3_600_000;
    await looked(looks);
    expect(call.over()).toBe(false);
    call.heard.goOn = true;
    call.call.resume();
    app.connections[0]?.write("def");
    await until(call.over);
    expect(call.heard).toMatchObject({ ended: 1, failures: [] });
  });
});

test("an aborted call is heard of no more, not even the rest of a piece", async () => {
  const app = await probe({ answer: () => okAnswer("hello") });
  const target = forwarder(app);
  const heard: string[] = [];
  const call = target.call(captured(), Buffer.alloc(0), 1, {
    information: () => heard.push("information"),
    head: () => {
      heard.push("head");
      call.abort();
    },
    data: () => heard.push("data") > 0,
    end: () => heard.push("end"),
    failed: () => heard.push("failed"),
    handedOn: () => heard.push("handedOn"),
  });
  await until(() => app.connections[0]?.closed());
  expect(heard).toEqual(["head"]);
});

test("an answer before the whole upload is taken, and the connection is not used again", async () => {
  const app = await probe({});
  const target = forwarder(app);
  const call = begin(target, captured({ headers: ["Host", "a", "Content-Length", "1000"] }));
  call.call.write(Buffer.from("some"));
  await until(() => app.connections[0]?.received().includes("some"));
  app.connections[0]?.write(okAnswer("enough"));
  await until(call.over);
  expect(call.heard).toMatchObject({ ended: 1, failures: [] });
  expect(call.body()).toBe("enough");
  call.call.write(Buffer.from("more"));
  call.call.end();
  await until(() => app.open() === 0);
});
