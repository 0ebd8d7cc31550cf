import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { until } from "../rig/until.ts";

const PROGRAM = join(import.meta.dirname, "../../dist/devhook.js");

/** Answers that the app owes its callers. */
let held: ServerResponse[] = [];
let folder = "";
let started: ChildProcess;
let ended: Promise<number | null>;
let said = "";
let url = "";
const app = createServer((request, response) => {
  request.resume();
  held.push(response);
});

beforeEach(async () => {
  held = [];
  said = "";
  folder = mkdtempSync(join(tmpdir(), "devhook-ctrl-c-"));
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  const { port } = app.address() as AddressInfo;
  const env = { ...process.env, DEVHOOK_DATA_DIR: folder, XDG_CONFIG_HOME: folder };
  started = spawn(process.execPath, [PROGRAM, "start", String(port), "--port", "0"], { env, stdio: ["ignore", "pipe", "pipe"] });
  ended = new Promise((resolve) => started.on("close", resolve));
  for (const stream of [started.stdout, started.stderr]) stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  url = await until(() => /http:\/\/127\.0\.0\.1:\d+\/[a-z2-7]{26}/.exec(said)?.[0], "a URL");
});

afterEach(async () => {
  started.kill("SIGKILL");
  await ended;
  app.closeAllConnections();
  await new Promise((resolve) => app.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** Sends a webhook and waits until the app has it. */
async function underWay(): Promise<{ readonly answer: Promise<Response>; readonly response: ServerResponse }> {
  const answer = fetch(`${url}/hook`, { method: "POST", body: "{}" });
  return { answer, response: await until(() => held[0], "the webhook at the app") };
}

/** @returns undefined when no answer comes soon: the app has it */
function briefly(to: string): Promise<Response | undefined> {
  return fetch(to, { signal: AbortSignal.timeout(500) }).catch(() => undefined);
}

it("lets what is under way finish, though npm passes the same ctrl-c on", async () => {
  const { answer, response } = await underWay();
  started.kill("SIGINT");
  // of another kind, because the kernel makes one of two that wait
  started.kill("SIGTERM");
  await until(async () => (await briefly(url))?.status === 503, "the tunnel to take no more");
  response.end("done");
  expect(await (await answer).text()).toBe("done");
  expect(await ended).toBe(0);
});

it("ends on a second ctrl-c, whatever is under way", async () => {
  const { answer } = await underWay();
  const status = answer.then((response) => response.status);
  await until(() => {
    started.kill("SIGINT");
    return started.exitCode !== null;
  }, "the end, long before the 30 s that calls get");
  expect(await status).toBe(502);
});
