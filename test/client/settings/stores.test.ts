import { mkdir, readFile, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadClientKey } from "../../../client/settings/client-key.ts";
import { removeToken, storeToken, tokenFor } from "../../../client/settings/credentials.ts";
import { withFileLock } from "../../../client/settings/file-lock.ts";
import { recallTunnel, rememberTunnel, type TunnelMemory } from "../../../client/settings/tunnels-memory.ts";
import { setDefaultServer } from "../../../client/settings/user-config.ts";
import { systemClock } from "../../../shared/clock.ts";
import { isRandomName } from "../../../shared/names.ts";
import { parseToken, tokenText } from "../../../shared/tokens.ts";
import { createHome, type Home } from "./home.ts";

const clock = systemClock;
const relay = new URL("https://relay.example.com");
const other = new URL("https://relay.example.com:8443");

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

describe("tokenFor", () => {
  const token = tokenText("token");
  const stored = tokenText("token");
  const ask = (
    source: "flag" | "environment" | "project" | "user",
    { env = {}, to = relay }: { env?: Record<string, string>; to?: URL } = {},
  ) => tokenFor({ relay: to, source, env, credentialsFile: join(home.configDir, "credentials.json") });

  it.each(["flag", "environment", "user"] as const)("sends DEVHOOK_TOKEN to a relay that comes from %s", async (source) => {
    expect(await ask(source, { env: { DEVHOOK_TOKEN: token } })).toEqual({ kind: "token", token, from: "environment" });
  });

  it("never sends DEVHOOK_TOKEN to a relay that a project file names", async () => {
    expect(await ask("project", { env: { DEVHOOK_TOKEN: token } })).toEqual({ kind: "none", withheld: true });
  });

  it("sends a stored token to its own origin only", async () => {
    const file = join(home.configDir, "credentials.json");
    await storeToken(file, { relay, token: stored, clock });
    expect(await ask("user")).toEqual({ kind: "token", token: stored, from: "stored" });
    expect(await ask("project", { env: { DEVHOOK_TOKEN: token } })).toEqual({ kind: "token", token: stored, from: "stored" });
    for (const to of [other, new URL("http://relay.example.com"), new URL("https://example.com"), new URL("https://a.relay.example.com")]) {
      expect(await ask("user", { to })).toEqual({ kind: "none", withheld: false });
    }
  });

  it("prefers DEVHOOK_TOKEN to a stored one, and refuses one that is malformed without quoting it", async () => {
    await storeToken(join(home.configDir, "credentials.json"), { relay, token: stored, clock });
    expect(await ask("flag", { env: { DEVHOOK_TOKEN: `${token}\n` } })).toEqual({ kind: "token", token, from: "environment" });
    const error = await ask("flag", { env: { DEVHOOK_TOKEN: token.slice(0, -1) } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "token-malformed" });
    expect(JSON.stringify((error as { lines: unknown }).lines)).not.toContain(token.slice(3, 20));
  });

  it("refuses a client key in the place of a token", async () => {
    await expect(ask("flag", { env: { DEVHOOK_TOKEN: tokenText("client-key") } })).rejects.toMatchObject({ code: "token-malformed" });
  });

  it("says that a credentials file is damaged without showing what is in it", async () => {
    const path = await home.write("config/devhook/credentials.json", `{"tokens": ${token}`);
    const error = await ask("user").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "config-invalid" });
    expect((error as Error).message).toContain(path);
    expect((error as Error).cause).toBeUndefined();
    expect(String((error as Error).stack)).not.toContain(token);
  });
});

describe("storeToken", () => {
  it("writes a 0600 file in a 0700 folder and keeps the tokens of other relays", async () => {
    const file = join(home.configDir, "credentials.json");
    const [one, two] = [tokenText("token"), tokenText("token")];
    await storeToken(file, { relay, token: one, clock });
    await storeToken(file, { relay: other, token: two, clock });
    expect([await modeOf(file), await modeOf(home.configDir)]).toEqual(["600", "700"]);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ version: 1, tokens: { [relay.origin]: one, [other.origin]: two } });
    expect(await removeToken(file, { relay, clock })).toBe(true);
    expect(await removeToken(file, { relay, clock })).toBe(false);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ version: 1, tokens: { [other.origin]: two } });
    expect(await readdir(home.configDir)).toEqual(["credentials.json"]);
  });

  it("closes a file that others could read before a token goes in", async () => {
    const file = await home.write("config/devhook/credentials.json", { version: 1, tokens: {} });
    expect(await modeOf(file)).toBe("644");
    await storeToken(file, { relay, token: tokenText("token"), clock });
    expect(await modeOf(file)).toBe("600");
  });

  it("loses no token when many are stored at once", async () => {
    const file = join(home.configDir, "credentials.json");
    const relays = Array.from({ length: 20 }, (_, index) => new URL(`https://relay-${index}.example.com`));
    await Promise.all(relays.map((each) => storeToken(file, { relay: each, token: tokenText("token"), clock })));
    const { tokens } = JSON.parse(await readFile(file, "utf8")) as { tokens: object };
    expect(Object.keys(tokens).toSorted()).toEqual(relays.map(({ origin }) => origin).toSorted());
  });
});

describe("setDefaultServer", () => {
  it("changes one key and leaves the rest of the file as the user wrote it", async () => {
    const file = await home.write("config/devhook/config.json", { grace: 5, unknownYet: [1] });
    await setDefaultServer(file, { server: relay, clock });
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ server: relay.origin, grace: 5, unknownYet: [1] });
    expect(await modeOf(file)).toBe("600");
    await setDefaultServer(file, { server: undefined, clock });
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ grace: 5, unknownYet: [1] });
  });

  it.each(["{ broken", "[1]"])("does not touch a file that holds %j", async (text) => {
    const file = await home.write("config/devhook/config.json", text);
    await expect(setDefaultServer(file, { server: relay, clock })).rejects.toMatchObject({ code: "config-invalid" });
    expect(await readFile(file, "utf8")).toBe(text);
  });
});

describe("loadClientKey", () => {
  it("makes one key, 0600, and gives the same one from then on", async () => {
    const file = join(home.dataDir, "client-key");
    const key = await loadClientKey(file);
    expect(parseToken(key).kind).toBe("client-key");
    expect([await modeOf(file), await modeOf(home.dataDir)]).toEqual(["600", "700"]);
    expect(await loadClientKey(file)).toBe(key);
    expect(await readdir(home.dataDir)).toEqual(["client-key"]);
  });

  it("gives everyone the same key when many start at once", async () => {
    const file = join(home.dataDir, "client-key");
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadClientKey(file)));
    expect(new Set(keys).size).toBe(1);
    expect(await readdir(home.dataDir)).toEqual(["client-key"]);
  });

  it.each(["", "dk_short", tokenText("token")])("refuses a file that holds %j and leaves it", async (text) => {
    const file = await home.write("data/devhook/client-key", text);
    await expect(loadClientKey(file)).rejects.toMatchObject({ code: "config-invalid" });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("says so when the folder cannot be made", async () => {
    await home.write("data", "a file where the folder should be");
    await expect(loadClientKey(join(home.dataDir, "client-key"))).rejects.toMatchObject({ code: "data-dir-unwritable" });
  });
});

describe("tunnel memory", () => {
  const key = { relay: "embedded", target: "http://localhost:8000" };
  function memory(): TunnelMemory & { readonly warnings: string[] } {
    const warnings: string[] = [];
    return { file: join(home.dataDir, "tunnels.json"), clock, warn: (message) => warnings.push(message), warnings };
  }

  it("has one random name for each relay and app, the same every time", async () => {
    const first = await recallTunnel(memory(), key);
    expect(isRandomName(first.name)).toBe(true);
    expect((await recallTunnel(memory(), key)).name).toBe(first.name);
    expect((await recallTunnel(memory(), { ...key, target: "http://localhost:9000" })).name).not.toBe(first.name);
    expect((await recallTunnel(memory(), { ...key, relay: relay.origin })).name).not.toBe(first.name);
    expect(await modeOf(join(home.dataDir, "tunnels.json"))).toBe("600");
  });

  it("gives everyone the same name when many ask at once, and loses none of many apps", async () => {
    const names = await Promise.all(Array.from({ length: 20 }, () => recallTunnel(memory(), key)));
    expect(new Set(names.map(({ name }) => name)).size).toBe(1);
    const keys = Array.from({ length: 20 }, (_, index) => ({ ...key, target: `http://localhost:${9000 + index}` }));
    const made = await Promise.all(keys.map((each) => recallTunnel(memory(), each)));
    const again = await Promise.all(keys.map((each) => recallTunnel(memory(), each)));
    expect(again.map(({ name }) => name)).toEqual(made.map(({ name }) => name));
  });

  it("remembers URL and port", async () => {
    const { name } = await recallTunnel(memory(), key);
    await rememberTunnel(memory(), key, { name, url: "http://127.0.0.1:8080/x", port: 8080 });
    expect(await recallTunnel(memory(), key)).toMatchObject({ name, url: "http://127.0.0.1:8080/x", port: 8080 });
  });

  it.each(["{ broken", "[]", '{"version":1,"tunnels":[{"relay":"embedded","target":"http://localhost:8000","name":"../../evil"}]}'])(
    "moves a file aside that holds %j, says so, and goes on",
    async (text) => {
      await home.write("data/devhook/tunnels.json", text);
      const mine = memory();
      const { name } = await recallTunnel(mine, key);
      expect(isRandomName(name)).toBe(true);
      expect(mine.warnings).toHaveLength(1);
      const aside = (await readdir(home.dataDir)).find((file) => file.includes("damaged")) ?? "none";
      expect(mine.warnings[0]).toContain(aside);
      expect(await readFile(join(home.dataDir, aside), "utf8")).toBe(text);
    },
  );
});

describe("withFileLock", () => {
  it("lets one work at a time", async () => {
    const path = join(home.dataDir, "thing.json");
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, () =>
        withFileLock(path, clock, async () => {
          most = Math.max(most, ++inside);
          await stat(home.root);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(await readdir(home.dataDir)).toEqual([]);
  });

  it("is free again after the work has failed", async () => {
    const path = join(home.dataDir, "thing.json");
    await expect(withFileLock(path, clock, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withFileLock(path, clock, () => Promise.resolve("yes"))).toBe("yes");
  });

  it("takes over what a process left behind that has died", async () => {
    await mkdir(home.dataDir, { recursive: true });
    const lock = join(home.dataDir, "thing.json.lock");
    await writeFile(lock, "");
    const longAgo = clock.now() / 1000 - 60;
    await utimes(lock, longAgo, longAgo);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, () =>
        withFileLock(join(home.dataDir, "thing.json"), clock, async () => {
          most = Math.max(most, ++inside);
          await stat(home.root);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(await readdir(home.dataDir)).toEqual([]);
  });
});
