import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { embeddedRelayConfig, relayConfig, relayDataDir, requireTokens, type RelayFlags } from "../../server/config.ts";
import { DevhookError } from "../../shared/errors.ts";

const ENV = { HOME: "/home/ana" };
const MIB = 1024 ** 2;

function fault(flags: RelayFlags): DevhookError {
  try {
    relayConfig(flags, ENV);
  } catch (error) {
    if (error instanceof DevhookError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the defaults", () => {
  test("are a relay for this machine", () => {
    expect(relayConfig({}, ENV)).toEqual({ ...embeddedRelayConfig, port: 8080, dataDir: "/home/ana/.local/share/devhook/relay" });
  });

  test("hold what the documentation says", () => {
    expect(relayConfig({}, ENV)).toMatchObject({
      host: "127.0.0.1",
      maxBody: 100 * MIB,
      heldMaxBody: 10 * MIB,
      heldTotal: 4096 * MIB,
      namesPerToken: 100,
      rate: undefined,
      rateAddress: undefined,
    });
  });

  test("limit the rate of an open relay", () => {
    expect(relayConfig({ open: true }, ENV).rate).toBe(20);
    expect(relayConfig({ open: true, rate: "5/s" }, ENV).rate).toBe(5);
    expect(relayConfig({ open: true, rate: "off" }, ENV).rate).toBeUndefined();
  });
});

describe("flags that are not accepted", () => {
  test.each<[RelayFlags, string]>([
    [{ host: "" }, "--host"],
    [{ host: "a b" }, "--host"],
    [{ host: "127.0.0.1:8080" }, "--host"],
    [{ host: "http://x" }, "--host"],
    [{ port: "" }, "--port"],
    [{ port: "65536" }, "--port"],
    [{ port: "-1" }, "--port"],
    [{ port: "80.5" }, "--port"],
    [{ port: "0x50" }, "--port"],
    [{ domain: "*.example.com" }, "--domain"],
    [{ domain: "https://example.com" }, "--domain"],
    [{ domain: "example.com:80" }, "--domain"],
    [{ domain: "10.0.0.1" }, "--domain"],
    [{ domain: `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(62)}` }, "--domain"],
    [{ publicUrl: "hooks.example.com" }, "--public-url"],
    [{ publicUrl: "ftp://hooks.example.com" }, "--public-url"],
    [{ publicUrl: "https://hooks.example.com/base" }, "--public-url"],
    [{ publicUrl: "https://hooks.example.com/?" }, "--public-url"],
    [{ publicUrl: "https://u:p@hooks.example.com" }, "--public-url"],
    [{ dataDir: "" }, "--data-dir"],
    [{ maxBody: "10x" }, "--max-body"],
    [{ maxBody: "0" }, "--max-body"],
    [{ heldMaxBody: "" }, "--held-max-body"],
    [{ heldMaxBody: "101mb" }, "--held-max-body"],
    [{ heldMaxBody: "2mb", heldTotal: "1mb" }, "--held-max-body"],
    [{ heldTotal: "lots" }, "--held-total"],
    [{ namesPerToken: "0" }, "--names-per-token"],
    [{ trustProxy: "" }, "--trust-proxy"],
    [{ trustProxy: "10.0.0.0/33" }, "--trust-proxy"],
    [{ trustProxy: "10.0.0.0/8," }, "--trust-proxy"],
    [{ trustProxy: "::/129" }, "--trust-proxy"],
    [{ trustProxy: "10.0.0.0/8/8" }, "--trust-proxy"],
    [{ trustProxy: "proxy.example.com" }, "--trust-proxy"],
    [{ rate: "0" }, "--rate"],
    [{ rate: "fast" }, "--rate"],
    [{ rateAddress: "5/min" }, "--rate-address"],
    [{ tlsCert: "a.pem" }, "--tls-key"],
    [{ tlsKey: "a.pem" }, "--tls-cert"],
  ])("%j: the message names %s", (flags, flag) => {
    const error = fault(flags);
    expect(error.code).toBe("usage");
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(flag);
    expect(error.why).toBeDefined();
  });

  test("are shown without anything that a terminal acts on", () => {
    expect(fault({ host: "\u001b[2J\u009b\u202e\n" }).lines.join("")).toMatch(/^[\x20-\x7e]*$/);
  });
});

describe("flags that are accepted", () => {
  test.each<[RelayFlags, object]>([
    [{ host: "[::1]" }, { host: "::1", exposedBy: undefined }],
    [
      { host: "localhost", port: "0" },
      { host: "localhost", port: 0, exposedBy: undefined },
    ],
    [{ port: "65535" }, { port: 65_535 }],
    [{ domain: "Tunnel.Example.COM." }, { domain: "tunnel.example.com" }],
    [{ publicUrl: "https://Hooks.example.com:443/" }, { publicUrl: "https://hooks.example.com" }],
    [{ publicUrl: "http://10.0.0.1:8080" }, { publicUrl: "http://10.0.0.1:8080" }],
    [
      { maxBody: "1", heldTotal: "1" },
      { maxBody: 1, heldMaxBody: 1, heldTotal: 1 },
    ],
    [{ heldMaxBody: "100mb" }, { heldMaxBody: 100 * MIB }],
    [
      { rate: "0.5", rateAddress: "100/s" },
      { rate: 0.5, rateAddress: 100 },
    ],
    [{ dataDir: "/srv/relay" }, { dataDir: "/srv/relay" }],
  ])("%j", (flags, expected) => {
    expect(relayConfig(flags, ENV)).toMatchObject(expected);
  });

  test("trust exactly the proxies named", () => {
    const list = relayConfig({ trustProxy: "10.0.0.0/8, 192.0.2.7,fd00::/8" }, ENV).trustProxy;
    const trusted = (address: string, family: "ipv4" | "ipv6" = "ipv4"): boolean | undefined => list?.check(address, family);
    expect([trusted("10.1.2.3"), trusted("192.0.2.7"), trusted("fd00::1", "ipv6")]).toEqual([true, true, true]);
    expect([trusted("11.0.0.1"), trusted("192.0.2.8"), trusted("fe80::1", "ipv6"), trusted("127.0.0.1")]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("the data folder", () => {
  test.each([
    [undefined, { HOME: "/h", XDG_DATA_HOME: "/x" }, "/x/devhook/relay"],
    [undefined, { HOME: "/h", XDG_DATA_HOME: "relative" }, "/h/.local/share/devhook/relay"],
    [undefined, { HOME: "/h", XDG_DATA_HOME: "/x", DEVHOOK_DATA_DIR: "/d" }, "/d/relay"],
    [undefined, { HOME: "/h", DEVHOOK_DATA_DIR: "" }, "/h/.local/share/devhook/relay"],
    [undefined, {}, join(homedir(), ".local/share/devhook/relay")],
    ["/flag", { DEVHOOK_DATA_DIR: "/d" }, "/flag"],
  ])("for the flag %j and %j", (flag, env, folder) => {
    expect(relayDataDir(flag, env)).toBe(folder);
  });
});

describe("a relay that others could reach", () => {
  const without = { hasTokens: () => false };

  test.each<[RelayFlags, string]>([
    [{ host: "0.0.0.0" }, "--host 0.0.0.0"],
    [{ host: "::" }, "--host ::"],
    [{ host: "192.168.1.2" }, "--host 192.168.1.2"],
    [{ host: "relay.example.com" }, "--host relay.example.com"],
    [{ host: "localhost.example.com" }, "--host localhost.example.com"],
    [{ publicUrl: "https://hooks.example.com" }, "--public-url"],
    [{ domain: "example.com" }, "--domain"],
    [{ trustProxy: "127.0.0.1" }, "--trust-proxy"],
  ])("by %j needs a token or --open, and says how to get one", (flags, by) => {
    const config = relayConfig({ ...flags, dataDir: "/srv/my relay" }, ENV);
    expect(config.admission).toEqual({ open: false, exposed: true });
    expect(() => requireTokens(config, without)).toThrow(
      expect.objectContaining({
        code: "relay-needs-tokens",
        why: expect.stringContaining(`${by} `),
        fix: expect.stringContaining("devhook relay token add LABEL --data-dir '/srv/my relay'"),
      }),
    );
    expect(() => requireTokens(config, { hasTokens: () => true })).not.toThrow();
    expect(() => requireTokens(relayConfig({ ...flags, open: true }, ENV), without)).not.toThrow();
  });

  test.each(["127.0.0.1", "127.255.255.254", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"])("is not one at %s", (host) => {
    expect(() => requireTokens(relayConfig({ host }, ENV), without)).not.toThrow();
  });
});

describe("certificate and key", () => {
  const file = (name: string): string => join(import.meta.dirname, "../corpora/tls", name);

  test("that belong together are read", () => {
    const { tls } = relayConfig({ tlsCert: file("one.crt"), tlsKey: file("one.key") }, ENV);
    expect(tls?.cert.toString()).toContain("BEGIN CERTIFICATE");
    expect(tls?.key.toString()).toContain("PRIVATE KEY");
  });

  test.each([
    ["one.crt", "two.key"],
    ["README.md", "one.key"],
    ["one.crt", "README.md"],
    ["one.key", "one.crt"],
  ])("%s and %s are refused before the relay starts", (cert, key) => {
    const error = fault({ tlsCert: file(cert), tlsKey: file(key) });
    expect(error).toMatchObject({ code: "tls-invalid", exitCode: 2 });
    expect(error.lines.join(" ")).toContain("--tls-cert");
  });

  test.each([
    ["missing.crt", "one.key", "--tls-cert"],
    ["one.crt", "missing.key", "--tls-key"],
  ])("%s and %s: the message names %s", (cert, key, flag) => {
    const error = fault({ tlsCert: file(cert), tlsKey: file(key) });
    expect(error).toMatchObject({ code: "tls-invalid", message: `The file of ${flag} cannot be read.` });
    expect(error.why).toContain("missing");
  });
});
