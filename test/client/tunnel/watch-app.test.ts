import { createServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type AppNews, type AppWatch, watchApp, type WatchOptions } from "../../../client/tunnel/watch-app.ts";
import { type AppProbe, startAppProbe } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function probe(options: Parameters<typeof startAppProbe>[0] = {}): Promise<AppProbe> {
  const app = await startAppProbe(options);
  closers.push(app.close);
  return app;
}

/** A port that was free a moment ago, on both loopback addresses. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const app = (port: number, host = "localhost"): WatchOptions["target"] => ({ url: new URL(`http://${host}:${port}`), insecure: false });
/** looks that follow each other at once, and ones that never come */
const FAST = { up: 5, down: 5 };
const NEVER = { up: 2 ** 30, down: 2 ** 30 };

type Watched = { readonly watch: AppWatch; readonly news: readonly AppNews[] };

function watched(target: WatchOptions["target"], options: Partial<WatchOptions> = {}): Watched {
  const news: AppNews[] = [];
  const watch = watchApp({ target, ownPorts: () => [], ports: [], everyMs: FAST, onNews: (found) => news.push(found), ...options });
  closers.push(watch.stop);
  return { watch, news };
}

const UP: AppNews = { state: "up", reason: "", others: [] };

describe("the watch over the app", () => {
  it("tells at once that nothing listens and where it looked, then that the app is there, then that it is gone", async () => {
    const port = await freePort();
    const down: AppNews = { state: "down", reason: `nothing listens on 127.0.0.1:${port} and [::1]:${port}`, others: [] };
    const { news } = watched(app(port));
    await until(() => news.length === 1);
    const started = await startAppProbe({ port });
    await until(() => news.length === 2);
    await started.close();
    await until(() => news.length === 3);
    expect(news).toEqual([down, UP, down]);
  });

  it("finds an app that listens on IPv6 only", async () => {
    const six = await probe({ on: ["::1"] });
    const { news } = watched(app(six.port));
    await until(() => news.length === 1);
    expect(news).toEqual([UP]);
  });

  it("says why there is no connection where that is not because nothing listens", async () => {
    const { news } = watched({ url: new URL("http://no-such-host.invalid:8000"), insecure: false });
    await until(() => news.length === 1);
    expect(news[0]).toMatchObject({ state: "down", reason: expect.stringContaining("no connection to no-such-host.invalid (") as unknown });
  });

  it("opens one connection for each look, says nothing on it and closes it", async () => {
    const started = await probe({});
    const { news } = watched(app(started.port));
    await until(() => started.connections.length >= 5);
    await until(() => started.connections.slice(0, 4).every((connection) => connection.ended()));
    expect(started.connections.map((connection) => connection.received().length)).toEqual(started.connections.map(() => 0));
    expect(news).toEqual([UP]);
  });

  it("looks at once when a delivery did not reach an app that was up, and not again while it is known to be down", async () => {
    const started = await startAppProbe({});
    const { watch, news } = watched(app(started.port), { everyMs: NEVER });
    watch.unreached();
    await until(() => news.length === 1);
    await started.close();
    watch.unreached();
    watch.unreached();
    await until(() => news.length === 2);
    expect(news.map(({ state }) => state)).toEqual(["up", "down"]);
    const again = await probe({ port: started.port });
    watch.unreached();
    watch.retarget(app(started.port));
    await until(() => news.length === 3);
    expect(again.connections).toHaveLength(1);
  });

  it("names the usual ports that something else listens on, without devhook's own and the app's", async () => {
    const [own, four, six, closed] = [await probe({}), await probe({}), await probe({ on: ["::1"] }), await freePort()];
    const wanted = await freePort();
    const ports = [wanted, own.port, six.port, closed, four.port];
    const { news } = watched(app(wanted), { ports, ownPorts: () => [own.port], everyMs: NEVER });
    await until(() => news.length === 2);
    expect(news.map(({ others }) => others)).toEqual([[], [six.port, four.port]]);
    expect(own.connections).toEqual([]);
  });

  it("leaves other apps in peace while the app is up, and looks at them every fifteenth time while it is down", async () => {
    const other = await probe({ answer: () => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" });
    const wanted = await freePort();
    const { watch, news } = watched(app(wanted), { ports: [other.port] });
    await until(() => other.connections.length === 3);
    expect(news.map(({ others }) => others)).toEqual([[], [other.port]]);
    const started = await probe({ port: wanted });
    await until(() => started.connections.length > 5);
    const before = other.connections.length;
    await until(() => started.connections.length > 40);
    expect(other.connections).toHaveLength(before);
    expect(news.at(-1)).toEqual(UP);
    watch.stop();
  });

  it("does not look on this machine for what is missing on another", async () => {
    const other = await probe({});
    const { news } = watched({ url: new URL("http://no-such-host.invalid:8000"), insecure: false }, { ports: [other.port] });
    await until(() => news.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(other.connections).toEqual([]);
  });

  it("tells of another app afresh, even when it is the same news", async () => {
    const [first, second] = [await probe({}), await probe({})];
    const { watch, news } = watched(app(first.port), { everyMs: NEVER });
    await until(() => news.length === 1);
    watch.retarget(app(second.port));
    await until(() => news.length === 2);
    expect(news).toEqual([UP, UP]);
    expect([first.connections.length, second.connections.length]).toEqual([1, 1]);
  });

  it("says nothing after its end, and may be ended by whoever hears of the app", async () => {
    const other = await probe({});
    const news: AppNews[] = [];
    const watch = watchApp({
      target: app(await freePort()),
      ownPorts: () => [],
      ports: [other.port],
      everyMs: FAST,
      onNews: (found) => {
        news.push(found);
        watch.stop();
      },
    });
    await until(() => news.length === 1);
    const second = watched(app(other.port));
    second.watch.stop();
    second.watch.unreached();
    const third = watched(app((await probe({})).port));
    await until(() => third.news.length === 1);
    expect(news).toHaveLength(1);
    expect(second.news).toEqual([]);
    expect(other.connections).toEqual([]);
  });

  it("keeps no process alive between two looks", async () => {
    const started = await probe({});
    const setting = vi.spyOn(globalThis, "setTimeout");
    const { news } = watched(app(started.port), { everyMs: NEVER });
    await until(() => news.length === 1);
    const waits = setting.mock.calls.flatMap(([, ms], at) => (ms === NEVER.up ? [setting.mock.results[at]?.value as NodeJS.Timeout] : []));
    setting.mockRestore();
    expect(waits.map((timer) => timer.hasRef())).toEqual([false]);
  });
});
