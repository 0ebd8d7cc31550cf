import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Home, makeHome, run, runCommand, startTunnel } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { sendRaw } from "../rig/send-raw.ts";

const ROOT = join(import.meta.dirname, "../..");

let home: Home;
let app: RecordingApp;
beforeEach(async () => {
  home = makeHome();
  app = await startRecordingApp();
});
afterEach(async () => {
  await app.close();
  home.remove();
});

it("a fixture replays a delivery byte for byte, and fails when the app answers otherwise", { timeout: 60_000 }, async () => {
  const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const headers: readonly (readonly [string, string])[] = [
    ["Host", "127.0.0.1"],
    ["x-SIGNATURE", "v1=made-up"],
    ["X-Latin", "caf\u00e9"],
    ["x-dup", "1"],
    ["X-Dup", "2"],
    ["Content-Length", "256"],
  ];
  const tunnel = await startTunnel(app.port, [], { home });
  try {
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await sendRaw(tunnel.port, Buffer.concat([Buffer.from(`PUT /${tunnel.name}/a//b/%2F?x=1 HTTP/1.1\r\n${head}\r\n`, "latin1"), body]));
    await tunnel.program.event("attempt");
  } finally {
    tunnel.program.signal("SIGINT");
    await tunnel.program.ended;
  }
  expect((await run(["export", "latest", "--as", "fixture", "--out", "fixtures"], { home })).code).toBe(0);
  symlinkSync(join(ROOT, "node_modules"), join(home.folder, "node_modules"));
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const replay = (env = {}): ReturnType<typeof runCommand> =>
    runCommand(process.execPath, [vitest, "run", "--root", "fixtures"], { home, env: { CI: "1", ...env } });

  const passed = await replay();
  expect([passed.code, passed.stderr]).toEqual([0, ""]);
  const seen = app.requests.at(-1);
  expect(app.requests).toHaveLength(2);
  expect({ method: seen?.method, target: seen?.target, headers: seen?.headers, body: seen?.body }).toEqual({
    method: "PUT",
    target: "/a//b/%2F?x=1",
    // Node's own: nothing else is to come on this connection
    headers: [...headers, ["Connection", "close"]],
    body,
  });

  app.on("/new/a//b/%2F", (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew"));
  const failed = await replay({ APP_URL: `http://127.0.0.1:${app.port}/new/` });
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("expected 'new' to be 'ok'")]);
});
