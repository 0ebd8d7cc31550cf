import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { Pool } from "undici";
import { afterEach, expect, test } from "vitest";
import { okAnswer, startAppProbe, type AppProbe } from "../../rig/app-probe.ts";
import { until } from "../../rig/until.ts";
import { callWhole, forwarderFor } from "./calls.ts";

// The reasons for a codec of our own, measured on the clients that would otherwise do. When one of these tests fails, ask again.

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function probe(): Promise<AppProbe> {
  const app = await startAppProbe({ answer: () => okAnswer() });
  closers.push(app.close);
  return app;
}

const HEADERS = ["X-First", "1", "Content-Length", "2", "Host", "shop.example", "X-Last", "2"];

test("undici moves Host to the front in lower case and Content-Length to the end; we do not", async () => {
  const app = await probe();
  const pool = new Pool(`http://127.0.0.1:${app.port}`);
  closers.push(() => pool.destroy());
  pool.dispatch(
    { method: "POST", path: "/hook", headers: HEADERS, body: Buffer.from("hi") },
    { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd() {}, onResponseError() {} },
  );
  await until(() => app.requests[0]);
  expect(app.requests[0]?.lines[1]).toBe("host: shop.example");
  expect(app.requests[0]?.lines.at(-1)).toBe("content-length: 2");

  const forwarder = forwarderFor(app);
  closers.push(forwarder.close);
  await callWhole(forwarder, { headers: HEADERS }, "hi");
  expect(app.requests[1]?.lines.slice(1, 5)).toEqual(["X-First: 1", "Content-Length: 2", "Host: shop.example", "X-Last: 2"]);
});

test("node:http adds Transfer-Encoding to a POST without a body; we do not", async () => {
  const app = await probe();
  const req = httpRequest({ port: app.port, host: "127.0.0.1", method: "POST", path: "/hook", agent: false });
  req.on("error", () => {});
  closers.push(() => req.destroy());
  const flat = httpRequest({
    port: app.port,
    host: "127.0.0.1",
    method: "POST",
    path: "/hook",
    agent: false,
    headers: ["Host", "shop.example", "X-A", "1"],
  });
  flat.on("error", () => {});
  closers.push(() => flat.destroy());
  flat.flushHeaders();
  flat.end();
  await once(flat, "response");
  expect(app.requests[0]?.head).toMatch(/transfer-encoding: chunked/i);

  const forwarder = forwarderFor(app);
  closers.push(forwarder.close);
  await callWhole(forwarder, { headers: ["Host", "shop.example", "X-A", "1"] });
  expect(app.requests[1]?.head).not.toMatch(/transfer-encoding|content-length/i);
});
