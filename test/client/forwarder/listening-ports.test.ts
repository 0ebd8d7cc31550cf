import { afterEach, expect, test } from "vitest";
import { listeningPorts } from "../../../client/forwarder/listening-ports.ts";
import { type AppProbe, type AppProbeOptions, okAnswer, startAppProbe } from "../../rig/app-probe.ts";
import { testRelay } from "../../rig/relay.ts";
import { until } from "../../rig/until.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function probe(options: AppProbeOptions = {}): Promise<AppProbe> {
  const app = await startAppProbe(options);
  closers.push(app.close);
  return app;
}

async function freePort(): Promise<number> {
  const { port, close } = await startAppProbe();
  await close();
  return port;
}

test("a port counts where something listens, on either loopback address, whether it answers or not", async () => {
  const silent = await probe();
  const six = await probe({ on: ["::1"], answer: () => okAnswer('{"ok":true}') });
  const lost = await probe({ answer: (_request, connection) => (connection.reset(), undefined) });
  const endless = await probe({ answer: () => `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(100_000)}` });
  const ports = [endless.port, silent.port, await freePort(), lost.port, six.port];
  expect(await listeningPorts(ports)).toEqual([endless.port, silent.port, lost.port, six.port]);
});

test("the port of a relay of devhook is none that an app listens on", async () => {
  const relay = await testRelay();
  closers.push(relay.close);
  const app = await probe({ answer: () => "HTTP/1.1 404 Not Found\r\n\r\n" });
  expect(await listeningPorts([relay.port, app.port], 10_000)).toEqual([app.port]);
});

test("connections are closed again", async () => {
  const apps = [await probe(), await probe({ answer: () => okAnswer() })];
  expect(await listeningPorts(apps.map(({ port }) => port))).toHaveLength(2);
  await until(() => apps.every(({ connections }) => connections.length === 1 && connections.every((connection) => connection.ended())));
});
