import { readFileSync, writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { embeddedRelayConfig } from "../../../server/config.ts";
import { silentLog } from "../../../server/log.ts";
import { startRelay } from "../../../server/relay.ts";
import { systemClock } from "../../../shared/clock.ts";
import { tokenText } from "../../../shared/tokens.ts";
import { until } from "../../rig/until.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand, startCommand } from "./command-line.ts";

let home: Home;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A relay with one token. */
async function relayWithToken(): Promise<{ readonly url: string; readonly token: string }> {
  const dataDir = join(home.root, "relay");
  const added = await runCommand(home, ["relay", "token", "add", "laptop", "--json", "--data-dir", dataDir]);
  const { token } = JSON.parse(added.stdout) as { token: string };
  const relay = await startRelay({ ...embeddedRelayConfig, dataDir }, { log: silentLog, clock: systemClock });
  closers.push(() => relay.close({ graceMs: 0 }));
  return { url: relay.url, token };
}

async function serve(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

const credentials = (): string => join(home.configDir, "credentials.json");
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe("devhook login", () => {
  it("has the relay check a token from stdin, keeps it 0600 and makes the relay the default", async () => {
    const { url, token } = await relayWithToken();
    const { code, stdout, stderr } = await runCommand(home, ["login", url], { stdin: `${token}\nmore\n` });
    expect([code, stdout]).toEqual([0, `logged in to ${url} as laptop\n`]);
    expect(stdout + stderr).not.toContain(token);
    expect((await stat(credentials())).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(credentials(), "utf8"))).toEqual({ version: 1, tokens: { [url]: token } });
    expect(JSON.parse(await readFile(join(home.configDir, "config.json"), "utf8"))).toEqual({ server: url });
  });

  it("reads a token from a terminal without showing it, through corrections and the marks of a paste", async () => {
    const { url, token } = await relayWithToken();
    const stdin = new PassThrough();
    const raw: boolean[] = [];
    Object.assign(stdin, { setRawMode: (on: boolean) => raw.push(on) });
    const command = startCommand(home, ["login", url], { stdin, tty: { stdin: true, stderr: true } });
    await until(() => command.stderr().includes("Token"));
    stdin.write("typo\u0015");
    stdin.write(`\u001b[200~${token}x\u001b[201~`);
    stdin.write("\u007f\r");
    expect(await command.ended).toBe(0);
    expect(raw).toEqual([true, false]);
    expect(command.stderr() + command.stdout().toString()).not.toContain(token.slice(0, 12));
    expect(await readFile(credentials(), "utf8")).toContain(token);
  });

  it("ends with 130 on ctrl-c at the prompt and gives the terminal back", async () => {
    const { url } = await relayWithToken();
    const stdin = new PassThrough();
    const raw: boolean[] = [];
    Object.assign(stdin, { setRawMode: (on: boolean) => raw.push(on) });
    const command = startCommand(home, ["login", url], { stdin, tty: { stdin: true } });
    await until(() => command.stderr().includes("Token"));
    stdin.write("dh_half\u0003");
    expect(await command.ended).toBe(130);
    expect(raw).toEqual([true, false]);
    expect(await isThere(credentials())).toBe(false);
  });

  it("refuses a malformed token before it asks the relay", async () => {
    let asked = 0;
    const port = await serve(createServer((_request, response) => response.end(String(asked++))));
    const { code, stderr } = await runCommand(home, ["login", `http://127.0.0.1:${port}`], {
      stdin: `${tokenText("token").slice(0, -1)}!`,
    });
    expect([code, asked]).toEqual([2, 0]);
    expect(stderr).toContain("is not a devhook token");
  });

  it("stores nothing when the relay does not know the token, and ends with 3", async () => {
    const { url } = await relayWithToken();
    const { code, stderr } = await runCommand(home, ["login", url], { stdin: tokenText("token") });
    expect(code).toBe(3);
    expect(stderr).toContain("does not know this token");
    expect(await isThere(credentials())).toBe(false);
    expect(await isThere(join(home.configDir, "config.json"))).toBe(false);
  });

  it("ends with 3 when nothing listens there, or something that is no relay", async () => {
    const server = createServer((_request, response) => response.end("hello"));
    const port = await serve(server);
    const strange = await runCommand(home, ["login", `http://127.0.0.1:${port}`], { stdin: tokenText("token") });
    expect([strange.code, strange.stderr]).toEqual([3, expect.stringContaining("is not a devhook relay")]);
    await closers.pop()?.();
    const nobody = await runCommand(home, ["login", `http://127.0.0.1:${port}`], { stdin: tokenText("token") });
    expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining("nothing listens")]);
    const nowhere = await runCommand(home, ["login", "https://relay.invalid"], { stdin: tokenText("token") });
    expect(nowhere.code).toBe(3);
    expect(nowhere.stderr).toMatch(/DNS/);
  });

  it("does not carry the token along a redirect", async () => {
    const seen: (string | undefined)[] = [];
    const thief = await serve(
      createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.end('{"label":"x"}');
      }),
    );
    const port = await serve(
      createServer((_request, response) => {
        response.writeHead(302, { location: `http://127.0.0.1:${thief}/_devhook/token` }).end();
      }),
    );
    expect((await runCommand(home, ["login", `http://127.0.0.1:${port}`], { stdin: tokenText("token") })).code).toBe(3);
    expect(seen).toEqual([]);
  });

  it("never sends a token over plain http to another machine", async () => {
    const { code, stderr } = await runCommand(home, ["login", "http://192.0.2.1:8080"], { stdin: tokenText("token") });
    expect(code).toBe(2);
    expect(stderr).toContain("without encryption");
  });

  it("accepts a self-signed certificate with --insecure only", async () => {
    const dataDir = join(home.root, "relay");
    const added = await runCommand(home, ["relay", "token", "add", "laptop", "--json", "--data-dir", dataDir]);
    const { token } = JSON.parse(added.stdout) as { token: string };
    const file = (name: string): Buffer => readFileSync(new URL(`../../corpora/tls/${name}`, import.meta.url));
    const tls = { cert: file("one.crt"), key: file("one.key") };
    const relay = await startRelay({ ...embeddedRelayConfig, dataDir, tls }, { log: silentLog, clock: systemClock });
    closers.push(() => relay.close({ graceMs: 0 }));
    const url = `https://localhost:${relay.port}`;
    const strict = await runCommand(home, ["login", url], { stdin: token });
    expect([strict.code, strict.stderr]).toEqual([3, expect.stringContaining("--insecure")]);
    expect((await runCommand(home, ["login", url, "--insecure"], { stdin: token })).code).toBe(0);
  });

  it("asks for a token that is not there with exit 2", async () => {
    expect((await runCommand(home, ["login", "http://127.0.0.1:1"], { stdin: "\n" })).code).toBe(2);
  });
});

describe("devhook logout", () => {
  it("forgets the token and the default relay, and leaves other relays and settings alone", async () => {
    const { url, token } = await relayWithToken();
    await runCommand(home, ["login", url], { stdin: token });
    const other = "https://other.example.com";
    writeFileSync(credentials(), JSON.stringify({ version: 1, tokens: { [url]: token, [other]: tokenText("token") } }));
    expect(await runCommand(home, ["logout"])).toMatchObject({ code: 0, stdout: `logged out from ${url}\n` });
    expect(Object.keys((JSON.parse(await readFile(credentials(), "utf8")) as { tokens: object }).tokens)).toEqual([other]);
    expect(JSON.parse(await readFile(join(home.configDir, "config.json"), "utf8"))).toEqual({});
    expect((await runCommand(home, ["logout"])).code).toBe(1);
    expect((await runCommand(home, ["logout", other])).code).toBe(0);
    expect((await runCommand(home, ["logout", other])).code).toBe(1);
  });
});
