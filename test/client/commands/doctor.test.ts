import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Finding } from "../../../client/commands/doctor-finding.ts";
import { checkNode } from "../../../client/commands/doctor-machine.ts";
import { embeddedRelayConfig } from "../../../server/config.ts";
import { silentLog } from "../../../server/log.ts";
import { startRelay } from "../../../server/relay.ts";
import { systemClock } from "../../../shared/clock.ts";
import { tokenText } from "../../../shared/tokens.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { type CommandLineOptions, runCommand } from "./command-line.ts";
import { record } from "./history.ts";

let home: Home;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function listen(server: Server, host = "127.0.0.1", port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const port = await listen(createServer());
  await closers.pop()?.();
  return port;
}

async function doctor(argv: readonly string[] = [], options: CommandLineOptions = {}) {
  const { code, stdout } = await runCommand(home, ["doctor", "--json", ...argv], options);
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: readonly Finding[] };
  return { code, ok, checks, of: (id: Finding["id"]) => checks.find((check) => check.id === id) };
}

describe("devhook doctor", () => {
  it("finds a fresh machine whole: one line each, exit 0", async () => {
    const port = await listen(createServer());
    const { code, stdout } = await runCommand(home, ["doctor", String(port)], { env: { DEVHOOK_PORT: "0" } });
    expect(code).toBe(0);
    expect(
      stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(" ")[1]),
    ).toEqual(["node", "data", "database", "config", "relay", "app", "port", "terminal"]);
    expect(stdout).not.toMatch(/[✗!]/);
  });

  it("warns of an app that does not listen, with a remedy, and is well all the same", async () => {
    const { code, of } = await doctor([String(await freePort())], { env: { DEVHOOK_PORT: "0" } });
    expect(code).toBe(0);
    expect(of("app")).toMatchObject({ result: "warn", fix: expect.stringContaining("start your app") as string });
    expect(of("app")?.message).toMatch(/127\.0\.0\.1.*::1/);
  });

  it("finds an app that listens on IPv6 only, and says how to reach it", async () => {
    const port = await listen(createServer(), "::1");
    expect((await doctor([String(port)])).of("app")).toMatchObject({ result: "ok", message: `listens on ::1, port ${port}` });
    expect((await doctor([`127.0.0.1:${port}`])).of("app")).toMatchObject({ result: "warn", fix: `devhook start http://[::1]:${port}` });
  });

  it("fails on a port for the embedded relay that is taken", async () => {
    const port = await listen(createServer());
    const { code, ok, of } = await doctor([], { env: { DEVHOOK_PORT: String(port) } });
    expect([code, ok]).toEqual([1, false]);
    expect(of("port")).toMatchObject({ result: "fail", fix: expect.stringContaining("--port") as string });
  });

  it("fails on a wrong configuration and names it", async () => {
    await home.write("config/devhook/config.json", { prot: 1 });
    const { code, of } = await doctor();
    expect(code).toBe(1);
    expect(of("config")).toMatchObject({ result: "fail", message: expect.stringContaining("prot") as string, fix: "devhook config check" });
  });

  it("fails on a damaged database and on a data folder that cannot be made", async () => {
    await home.write("data/devhook/devhook.db", "no database".repeat(1000));
    expect((await doctor()).of("database")).toMatchObject({ result: "fail", fix: expect.stringMatching(/mv/) as string });
    const file = await home.write("a-file", "");
    const { code, of } = await doctor([], { env: { DEVHOOK_DATA_DIR: join(file, "data") } });
    expect(code).toBe(1);
    expect(of("data")?.result).toBe("fail");
  });

  it("checks the history", async () => {
    await record(home, [{ request: sampleRequest(), end: sampleEnd() }]);
    expect((await doctor()).of("database")).toMatchObject({ result: "ok", message: expect.stringContaining("whole") as string });
  });

  it("measures a relay and its clock, with and without a token", async () => {
    const dataDir = join(home.root, "relay");
    const added = await runCommand(home, ["relay", "token", "add", "laptop", "--json", "--data-dir", dataDir]);
    const { token } = JSON.parse(added.stdout) as { token: string };
    const relay = await startRelay({ ...embeddedRelayConfig, dataDir }, { log: silentLog, clock: systemClock });
    closers.push(() => relay.close({ graceMs: 0 }));
    const server = ["--server", relay.url];
    const known = await doctor(server, { env: { DEVHOOK_TOKEN: token } });
    expect(known.of("relay")).toMatchObject({ result: "ok" });
    expect(known.of("clock")).toMatchObject({ result: "ok" });
    expect(known.of("port")).toBeUndefined();
    expect((await doctor(server)).of("relay")).toMatchObject({ result: "warn", fix: expect.stringContaining("devhook login") as string });
    const refused = await doctor(server, { env: { DEVHOOK_TOKEN: tokenText("token") } });
    expect([refused.code, refused.of("relay")?.result]).toEqual([1, "fail"]);
    await home.write("work/project/devhook.config.json", { server: relay.url });
    expect((await doctor([], { env: { DEVHOOK_TOKEN: token } })).of("relay")?.message).toContain(
      "not sent to a relay that a project file names",
    );
  });

  it("warns of a clock that is off, in both directions", async () => {
    for (const [offset, word] of [
      [372_000, "behind"],
      [-372_000, "ahead"],
    ] as const) {
      const server = createHttpServer((_request, response) => {
        response.sendDate = false;
        response.setHeader("date", new Date(Date.now() + offset).toUTCString());
        response.end('{"ok":true}');
      });
      const port = await listen(server);
      const { of } = await doctor(["--server", `http://127.0.0.1:${port}`]);
      expect(of("clock")).toMatchObject({ result: "warn", message: expect.stringMatching(new RegExp(`37\\d s ${word}`)) as string });
    }
  });

  it("fails on a relay that is not there, or is none", async () => {
    const nobody = await doctor(["--server", `http://127.0.0.1:${await freePort()}`]);
    expect([nobody.code, nobody.of("relay")?.result]).toEqual([1, "fail"]);
    const port = await listen(createHttpServer((_request, response) => response.end("hello")));
    expect((await doctor(["--server", `http://127.0.0.1:${port}`])).of("relay")?.message).toContain("no devhook relay");
    expect((await doctor(["--server", "https://relay.invalid"])).of("relay")?.message).toContain("DNS");
  });

  it("tells of a terminal that is too small", async () => {
    expect((await doctor([], { tty: { stdout: true }, columns: 30 })).of("terminal")).toMatchObject({ result: "warn" });
    expect((await doctor([], { tty: { stdout: true }, columns: 80, env: { NO_COLOR: "1" } })).of("terminal")?.message).toBe(
      "80x24, no colour",
    );
  });
});

describe("checkNode", () => {
  it.each([
    ["20.18.3", "fail"],
    ["18.20.0", "fail"],
    ["20.19.0", "ok"],
    ["24.1.0", "ok"],
  ])("finds Node %s: %s", (version, result) => {
    expect(checkNode(version).result).toBe(result);
  });
});
