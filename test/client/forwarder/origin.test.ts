import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock, type Clock } from "../../../shared/clock.ts";
import { okAnswer, startAppProbe, type AppProbe, type AppProbeOptions } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";
import { begin, callWhole, captured, forwarderFor } from "./calls.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function probe(options: AppProbeOptions = {}): Promise<AppProbe> {
  const app = await startAppProbe({ answer: () => okAnswer(), ...options });
  closers.push(app.close);
  return app;
}

function forwarder(...args: Parameters<typeof forwarderFor>): ReturnType<typeof forwarderFor> {
  const made = forwarderFor(...args);
  closers.push(made.close);
  return made;
}

/** A port on which nothing listens, on either loopback address. */
async function freePort(): Promise<number> {
  const app = await startAppProbe({ on: ["127.0.0.1", "::1"] });
  await app.close();
  return app.port;
}

describe("localhost", () => {
  test.each([[["127.0.0.1"]], [["::1"]], [["127.0.0.1", "::1"]]])("finds an app on %j", async (on) => {
    const app = await probe({ on });
    const call = await callWhole(forwarder(new URL(`http://localhost:${app.port}`)));
    expect(call.body()).toBe("ok");
    expect(app.connections.map(({ address }) => address)).toEqual([on[0]]);
  });

  test("where nothing listens names both addresses, and says what to do", async () => {
    const port = await freePort();
    const { heard } = await callWhole(forwarder(new URL(`http://localhost:${port}`)));
    expect(heard.failures).toEqual([
      {
        error: {
          code: "app-refused",
          message: `nothing listens on 127.0.0.1:${port} and [::1]:${port}`,
          hint: "start your app there, or point devhook at where it listens: devhook start PORT",
        },
        begun: false,
        sent: false,
      },
    ]);
  });

  test("means loopback under every name below it, and an IPv6 address works as a target", async () => {
    const app = await probe({ on: ["::1"] });
    expect((await callWhole(forwarder(new URL(`http://shop.localhost:${app.port}`)))).body()).toBe("ok");
    expect((await callWhole(forwarder(new URL(`http://[::1]:${app.port}`)))).body()).toBe("ok");
  });

  test("a name that does not exist is unreachable, in words", async () => {
    const { heard } = await callWhole(forwarder(new URL("http://no-such-host.invalid:3000")));
    expect(heard.failures).toMatchObject([{ error: { code: "app-unreachable" }, sent: false }]);
    expect(heard.failures[0]?.error.message).toContain("no-such-host.invalid");
  });
});

describe("an app that is not there yet", () => {
  /** A clock that counts how often it is asked: when a call begins, and then by the pool and by the call for each connection that is refused. */
  function countingClock(): { readonly clock: Clock; readonly refused: () => number; readonly skip: (milliseconds: number) => void } {
    let asked = 0;
    let skipped = 0;
    const clock = { ...systemClock, monotonic: () => (asked++, systemClock.monotonic() + skipped) };
    return { clock, refused: () => Math.floor((asked - 1) / 2), skip: (milliseconds) => (skipped += milliseconds) };
  }

  test("is found when it starts within the grace", async () => {
    const port = await freePort();
    const { clock, refused } = countingClock();
    const call = begin(forwarder(new URL(`http://localhost:${port}`), { clock, graceMs: 3_600_000 }), captured(), Buffer.from(""));
    await until(() => refused() >= 2, "two refused connections");
    expect(call.over()).toBe(false);
    const app = await probe({ port });
    await until(call.over);
    expect(call.body()).toBe("ok");
    expect(app.requests).toHaveLength(1);
  });

  test("is given up after the grace, and at once without", async () => {
    const port = await freePort();
    const patient = countingClock();
    const call = begin(
      forwarder(new URL(`http://localhost:${port}`), { clock: patient.clock, graceMs: 3_600_000 }),
      captured(),
      Buffer.from(""),
    );
    await until(() => patient.refused() >= 2, "two refused connections");
    patient.skip(3_600_000);
    await until(call.over);
    expect(call.heard.failures).toMatchObject([{ error: { code: "app-refused" }, sent: false }]);
    const hasty = countingClock();
    const { heard } = await callWhole(forwarder(new URL(`http://localhost:${port}`), { clock: hasty.clock, graceMs: 0 }));
    expect(heard.failures).toHaveLength(1);
    expect(hasty.refused()).toBe(1);
  });

  test("may be given up while it is probed", async () => {
    const port = await freePort();
    const url = new URL(`http://localhost:${port}`);
    const given = countingClock();
    const call = begin(forwarder(url, { clock: given.clock, graceMs: 3_600_000 }), captured(), Buffer.from(""));
    await until(() => given.refused() >= 2, "two refused connections");
    call.call.abort();
    const tried = given.refused();
    // another call of the same kind goes on, and shows that there was time enough
    const other = countingClock();
    const witness = begin(forwarder(url, { clock: other.clock, graceMs: 3_600_000 }), captured(), Buffer.from(""));
    await until(() => other.refused() >= 5, "five refused connections of another call");
    expect(given.refused()).toBe(tried);
    expect(call.over()).toBe(false);
    witness.call.abort();
  });
});

test("only the configured origin is dialled, whatever a request says", async () => {
  const app = await probe();
  const elsewhere = await probe();
  const target = forwarder(app);
  const there = `127.0.0.1:${elsewhere.port}`;
  const targets = fc.constantFrom(
    `http://${there}/`,
    `//${there}/x`,
    `/\\${there}/`,
    `@${there}`,
    there,
    `/..//${there}`,
    `http://a@${there}/?x`,
    "*",
    "http:",
    "/\xff",
  );
  const headers = fc.constantFrom(
    ["Host", there],
    ["Host", "a", "Host", there],
    ["Host", "", "X-Forwarded-Host", there],
    ["Forwarded", `host=${there}`, "Host", `user@${there}`],
    ["Host", "a", "Proxy-Connection", "keep-alive", "Location", `http://${there}`],
    ["Host", "a", "Alt-Svc", `h2="${there}"`],
  );
  const methods = fc.constantFrom("GET", "POST", "CONNECT", "OPTIONS", "TRACE");
  await fc.assert(
    fc.asyncProperty(targets, headers, methods, async (path, lines, method) => {
      const { heard } = await callWhole(target, { target: path, headers: lines, method });
      expect(heard.ended).toBe(1);
    }),
    { numRuns: 200 },
  );
  expect(app.requests).toHaveLength(200);
  expect(elsewhere.connections).toEqual([]);
});

describe("an app with a certificate of its own", () => {
  const file = (name: string): string => readFileSync(new URL(`../../corpora/tls/${name}`, import.meta.url), "utf8");
  const tls = { key: file("one.key"), cert: file("one.crt") };

  test("is refused in words that name --insecure", async () => {
    const app = await probe({ tls });
    const { heard } = await callWhole(forwarder(new URL(`https://localhost:${app.port}`)));
    expect(heard.failures).toMatchObject([
      { error: { code: "app-unreachable", hint: expect.stringContaining("--insecure") }, sent: false },
    ]);
    expect(heard.failures[0]?.error.message).toMatch(/self-signed certificate/);
    expect(app.requests).toEqual([]);
  });

  test("works with it, again and again on one connection", async () => {
    const app = await probe({ tls });
    const target = forwarder(new URL(`https://localhost:${app.port}`), {
      target: { insecure: true, url: new URL(`https://localhost:${app.port}`) },
    });
    const large = Buffer.alloc(1_000_000, "abc");
    const call = begin(target, captured({ headers: ["Host", "a", "Content-Length", String(large.length)] }), large);
    await until(call.over);
    expect(call.body()).toBe("ok");
    expect(app.requests[0]?.body.equals(large)).toBe(true);
    expect((await callWhole(target)).body()).toBe("ok");
    expect(app.connections).toHaveLength(1);
  });
});
