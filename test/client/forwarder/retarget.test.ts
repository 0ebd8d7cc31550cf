import { afterEach, describe, expect, test } from "vitest";
import type { Forwarder } from "../../../client/forwarder/forward.ts";
import { type AppProbe, type AppProbeOptions, okAnswer, startAppProbe } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";
import { begin, callWhole, captured, forwarderFor, optionsFor } from "./calls.ts";

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

const BODY = Buffer.from("{}");
const KEPT = ["Keep-Alive: timeout=60"];

describe("a forwarder that is sent to another app", () => {
  test("calls the new one from then on, with its prefix, its Host and its headers", async () => {
    const before = await probe();
    const after = await probe();
    const calls = forwarder(before);
    await callWhole(calls, {}, "{}");
    const { target } = optionsFor(after, { target: { path: "/api", hostHeader: "rewrite", headers: ["X-Mine", "1"] } });
    calls.retarget(target);
    expect(calls.target()).toBe(target);
    await callWhole(calls, {}, "{}");
    expect(before.requests).toHaveLength(1);
    expect(after.requests[0]?.lines).toEqual(
      expect.arrayContaining(["POST /api/hook HTTP/1.1", `Host: 127.0.0.1:${after.port}`, "X-Mine: 1"]),
    );
  });

  test("closes the idle connections to the old one at once, however long it would keep them", async () => {
    const before = await probe({ answer: () => okAnswer("ok", KEPT) });
    const after = await probe();
    const calls = forwarder(before);
    const running = [begin(calls, captured(), BODY), begin(calls, captured(), BODY)];
    await until(() => running.every((call) => call.over()));
    expect(before.open()).toBe(2);
    calls.retarget(optionsFor(after).target);
    expect(await until(() => before.open() === 0)).toBe(true);
  });

  test("lets a call that runs end where it began, and closes its connection behind it", async () => {
    const before = await probe({});
    const after = await probe();
    const calls = forwarder(before);
    const running = begin(calls, captured(), BODY);
    await until(() => before.requests.length === 1);
    calls.retarget(optionsFor(after).target);
    expect((await callWhole(calls, {}, "{}")).body()).toBe("ok");
    expect(running.over()).toBe(false);
    before.connections[0]?.write(okAnswer("from the old one", KEPT));
    await until(running.over);
    expect(running.body()).toBe("from the old one");
    expect(await until(() => before.open() === 0)).toBe(true);
  });

  test("lets calls that wait for a place at the old one have it, one after the other", async () => {
    const before = await probe({});
    const after = await probe();
    const calls = forwarder(before, { maxConnections: 1 });
    const running = [begin(calls, captured(), BODY), begin(calls, captured(), BODY)];
    await until(() => before.requests.length === 1);
    calls.retarget(optionsFor(after).target);
    before.connections[0]?.write(okAnswer("1"));
    await until(() => before.requests.length === 2);
    before.connections[0]?.write(okAnswer("2"));
    await until(() => running.every((call) => call.over()));
    expect(running.map((call) => call.body())).toEqual(["1", "2"]);
    expect(after.requests).toEqual([]);
    expect(await until(() => before.open() === 0)).toBe(true);
  });

  test("tells of a call that began at the old one by the old one's address", async () => {
    const before = await probe({});
    const calls = forwarder(before, { graceMs: 300 });
    await before.close();
    const refused = begin(calls, captured(), BODY);
    calls.retarget(optionsFor(await probe()).target);
    await until(refused.over);
    expect(refused.heard.failures[0]?.error).toMatchObject({
      code: "app-refused",
      message: `nothing listens on 127.0.0.1:${before.port}`,
    });
  });

  test("ends the calls at every app when it is closed", async () => {
    const before = await probe({});
    const after = await probe({});
    const calls = forwarder(before);
    const running = [begin(calls, captured(), BODY)];
    calls.retarget(optionsFor(after).target);
    running.push(begin(calls, captured(), BODY));
    await until(() => before.requests.length + after.requests.length === 2);
    calls.close();
    expect(running.map(({ heard }) => heard.failures[0]?.error.code)).toEqual(["stopped", "stopped"]);
    expect(await until(() => before.open() + after.open() === 0)).toBe(true);
  });
});
