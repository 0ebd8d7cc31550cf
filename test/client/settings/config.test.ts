import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfigFiles, readEnvironment, resolveSettings, type SettingFlags } from "../../../client/settings/config.ts";
import { THEME_NAMES } from "../../../client/tui/theme.ts";
import { DevhookError } from "../../../shared/errors.ts";
import { createHome, type Home } from "./home.ts";

const PROJECT = "work/project/devhook.config.json";
const USER = "config/devhook/config.json";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

function resolve(flags: SettingFlags = {}, env: Record<string, string> = {}) {
  return resolveSettings({ env: { ...home.env, ...env }, cwd: home.cwd }, flags);
}

async function refusal(flags: SettingFlags = {}, env: Record<string, string> = {}): Promise<DevhookError> {
  const error: unknown = await resolve(flags, env).catch((thrown: unknown) => thrown);
  if (error instanceof DevhookError) return error;
  throw new Error(`no refusal: ${JSON.stringify(error)}`);
}

describe("resolveSettings", () => {
  it("has the documented defaults when nothing is configured", async () => {
    const { settings, sources } = await resolve();
    expect(settings).toEqual({
      server: undefined,
      port: undefined,
      name: undefined,
      target: new URL("http://localhost:3000"),
      path: "",
      timeoutMs: 30_000,
      graceMs: 2000,
      maxConnections: 50,
      headers: [],
      hostHeader: "keep",
      output: undefined,
      whenOffline: undefined,
      insecure: false,
      provider: [],
      verify: "warn",
      answerHandshakes: false,
    });
    expect(new Set(Object.values(sources))).toEqual(new Set(["default"]));
  });

  it("lets a flag win over a variable, a variable over the project and the project over the user", async () => {
    await home.write(USER, { name: "user", port: 1001, timeout: 1, grace: 1 });
    await home.write(PROJECT, { name: "project", port: 1002, timeout: 2 });
    const { settings, sources } = await resolve({ name: "flag" }, { DEVHOOK_NAME: "variable", DEVHOOK_PORT: "1003" });
    expect([settings.name, settings.port, settings.timeoutMs, settings.graceMs]).toEqual(["flag", 1003, 2000, 1000]);
    expect([sources.name, sources.port, sources.timeout, sources.grace]).toEqual(["flag", "environment", "project", "user"]);
  });

  it("finds the project file in a folder above, the nearest one first", async () => {
    await home.write("devhook.config.json", { name: "far", grace: 9 });
    await home.write("work/devhook.config.json", { name: "near" });
    const { settings } = await resolve();
    expect([settings.name, settings.graceMs]).toEqual(["near", 2000]);
  });

  it("reads every setting from a file", async () => {
    await home.write(USER, {
      server: "relay.example.com",
      port: 0,
      name: "shop",
      forwardTo: "http://localhost:8000/api/",
      path: "/hooks",
      timeout: 0.5,
      grace: 0,
      maxConnections: 1,
      headers: { "X-One": "1", "X-Two": ["a", "b"] },
      hostHeader: "rewrite",
      output: "json",
      whenOffline: "hold",
      insecure: true,
      provider: ["stripe=/stripe", "Moltify"],
      verify: "enforce",
      answerHandshakes: true,
    });
    expect((await resolve()).settings).toEqual({
      server: new URL("https://relay.example.com"),
      port: 0,
      name: "shop",
      target: new URL("http://localhost:8000"),
      path: "/api/hooks",
      timeoutMs: 500,
      graceMs: 0,
      maxConnections: 1,
      headers: ["X-One", "1", "X-Two", "a", "X-Two", "b"],
      hostHeader: "rewrite",
      output: "json",
      whenOffline: "hold",
      insecure: true,
      provider: [
        { id: "stripe", path: "/stripe" },
        { id: "moltify", path: "" },
      ],
      verify: "enforce",
      answerHandshakes: true,
    });
  });

  it("reads every setting from the environment", async () => {
    const { settings } = await resolve(
      {},
      {
        DEVHOOK_SERVER: "localhost:8080",
        DEVHOOK_TARGET: "8000",
        DEVHOOK_MAX_CONNECTIONS: "7",
        DEVHOOK_HEADERS: "X-One: 1\nX-Two:2\n",
        DEVHOOK_INSECURE: "1",
        DEVHOOK_OUTPUT: "quiet",
        DEVHOOK_HOST_HEADER: "keep",
        DEVHOOK_WHEN_OFFLINE: "reject",
        DEVHOOK_NAME: "",
      },
    );
    expect(settings.server?.href).toBe("http://localhost:8080/");
    expect(settings.target.href).toBe("http://localhost:8000/");
    expect(settings.headers).toEqual(["X-One", "1", "X-Two", "2"]);
    expect([settings.maxConnections, settings.insecure, settings.output, settings.whenOffline]).toEqual([7, true, "quiet", "reject"]);
    expect(settings.name).toBeUndefined();
  });

  it("takes --subdomain for --name, --forward-to for the target and --json for --output json", async () => {
    const { settings } = await resolve({ subdomain: "shop", forwardTo: "127.0.0.1:9000", json: true, header: ["X-A: b"] });
    expect([settings.name, settings.target.href, settings.output, settings.headers]).toEqual([
      "shop",
      "http://127.0.0.1:9000/",
      "json",
      ["X-A", "b"],
    ]);
  });

  it("refuses two flags of one setting that say different things", async () => {
    expect((await refusal({ target: "8000", forwardTo: "9000" })).code).toBe("usage");
    expect((await resolve({ target: "8000", forwardTo: "http://localhost:8000" })).settings.target.port).toBe("8000");
  });

  it.each([
    [{ port: "65536" }, "--port"],
    [{ port: "-1" }, "--port"],
    [{ port: "80.5" }, "--port"],
    [{ port: "" }, "--port"],
    [{ target: "0" }, "target"],
    [{ target: "65536" }, "target"],
    [{ target: "myapp" }, "target"],
    [{ target: "ftp://localhost:21" }, "target"],
    [{ target: "http://user:pw@localhost:1" }, "target"],
    [{ target: "http://localhost:1/?q" }, "target"],
    [{ name: "_admin" }, "--name"],
    [{ name: "UPPER" }, "--name"],
    [{ name: "x".repeat(64) }, "--name"],
    [{ timeout: "0" }, "--timeout"],
    [{ timeout: "3601" }, "--timeout"],
    [{ timeout: "1e3" }, "--timeout"],
    [{ grace: "3601" }, "--grace"],
    [{ maxConnections: "0" }, "--max-connections"],
    [{ maxConnections: "10001" }, "--max-connections"],
    [{ path: "hooks" }, "--path"],
    [{ path: "/a b" }, "--path"],
    [{ path: "/a?b" }, "--path"],
    [{ path: "/a\r\nb" }, "--path"],
    [{ server: "https://relay.example.com/path" }, "--server"],
    [{ server: "https://user@relay.example.com" }, "--server"],
    [{ server: "" }, "--server"],
    [{ header: ["no colon"] }, "--header"],
    [{ header: ["Na me: x"] }, "--header"],
    [{ header: ["X: a\r\nY: b"] }, "--header"],
    [{ header: ["Content-Length: 5"] }, "--header"],
    [{ header: ["Host: other"] }, "--header"],
    [{ output: "pretty" }, "--output"],
    [{ hostHeader: "drop" }, "--host-header"],
    [{ whenOffline: "wait" }, "--when-offline"],
  ] as const)("refuses %j and says what is accepted", async (flags, named) => {
    const error = await refusal(flags);
    expect(error.code).toBe("usage");
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(named);
    expect(error.why).toMatch(/^accepted: ./);
  });

  it("accepts values at the limits", async () => {
    await expect(
      resolve({ port: "65535", timeout: "3600", grace: "0", maxConnections: "10000", name: "x".repeat(63) }),
    ).resolves.toBeDefined();
  });

  it("names variable, value and what is accepted", async () => {
    const error = await refusal({}, { DEVHOOK_PORT: "many" });
    expect([error.code, error.exitCode]).toEqual(["config-invalid", 2]);
    expect(error.message).toContain("DEVHOOK_PORT");
    expect(error.why).toContain("a port");
  });

  it.each(["token", "tokens", "secret", "secrets", "insecure"])("refuses %s in a project file", async (key) => {
    const path = await home.write(PROJECT, { [key]: key === "insecure" ? true : "dh_made-up" });
    const error = await refusal();
    expect(error.code).toBe("config-invalid");
    expect(error.message).toContain(path);
    expect(error.message).toContain(key);
    expect(error.lines.join()).not.toContain("dh_made-up");
  });

  it("names the setting that was probably meant", async () => {
    await home.write(PROJECT, { maxConections: 5 });
    expect((await refusal()).message).toContain("did you mean maxConnections?");
    await home.write(PROJECT, { xyzzy: 5 });
    expect((await refusal()).message).not.toContain("did you mean");
  });

  it("says where in a file the JSON breaks", async () => {
    const path = await home.write(USER, '{\n  "port": 8080,\n  oops\n}');
    expect((await refusal()).message).toBe(`${path}: line 3, column 3 is not JSON`);
    await home.write(USER, '{\n  "port": 8080');
    expect((await refusal()).message).toContain("line 2, column 15");
  });

  it.each(["[]", "null", "5", '"text"'])("refuses a file that holds %s", async (text) => {
    await home.write(USER, text);
    expect((await refusal()).message).toContain("is not an object");
  });

  it("does not let a file reach into objects of the language", async () => {
    await home.write(PROJECT, '{"__proto__": {"insecure": true}, "constructor": 1}');
    await refusal();
    expect(({} as Record<string, unknown>)["insecure"]).toBeUndefined();
  });

  it("ignores a byte order mark", async () => {
    await home.write(USER, '\ufeff{"port": 8099}');
    expect((await resolve()).settings.port).toBe(8099);
  });
});

describe("the settings of the screen", () => {
  it("have defaults", async () => {
    expect((await resolve()).ui).toEqual({ keys: {}, theme: "default", ascii: false, mouse: false });
  });

  it("come from both files, the project's first, and keys action by action", async () => {
    await home.write(USER, { ui: { theme: "mono", mouse: true, keys: { resend: "r,ctrl+e", zoom: "f5" } } });
    await home.write(PROJECT, { ui: { theme: "high-contrast", ascii: true, keys: { zoom: "f6" } } });
    expect((await resolve()).ui).toEqual({ theme: "high-contrast", ascii: true, mouse: true, keys: { resend: "r,ctrl+e", zoom: "f6" } });
  });

  it.each(THEME_NAMES)("know the theme %s", async (theme) => {
    await home.write(USER, { ui: { theme } });
    expect((await resolve()).ui.theme).toBe(theme);
  });

  it.each([
    [[], "ui is not an object"],
    [{ theme: "pink" }, "ui.theme is not accepted"],
    [{ theme: null }, "ui.theme is not accepted"],
    [{ ascii: 1 }, "ui.ascii is not accepted"],
    [{ mouse: "true" }, "ui.mouse is not accepted"],
    [{ keys: "r" }, "ui.keys is not an object"],
    [{ keys: ["r"] }, "ui.keys is not an object"],
    [{ keys: { resend: 5 } }, "ui.keys.resend is not accepted"],
    [{ them: "mono" }, "ui.them is not a setting; did you mean ui.theme?"],
    [JSON.parse('{"__proto__": {"mouse": true}}') as unknown, "ui.__proto__ is not a setting"],
  ])("refuse %j and name the file, the path inside it and what is accepted", async (ui, message) => {
    const path = await home.write(PROJECT, JSON.stringify({ ui }));
    const error = await refusal();
    expect([error.code, error.exitCode]).toEqual(["config-invalid", 2]);
    expect(error.message.startsWith(`${path}: ${message}`)).toBe(true);
    expect(error.why).toMatch(/^accepted: ./);
  });

  it("keep what is accepted beside what is not, for those who list it", async () => {
    await home.write(PROJECT, { ui: { theme: "mono", mouse: 1, keys: { resend: "r", edit: null } } });
    const { project } = await readConfigFiles({ env: home.env, cwd: home.cwd });
    expect(project.ui).toEqual({ theme: "mono", keys: { resend: "r" } });
    expect(project.issues.map(({ at }) => at)).toEqual(["ui.mouse", "ui.keys.edit"]);
  });

  it("do not let keys reach into objects of the language", async () => {
    await home.write(USER, '{"ui": {"keys": {"__proto__": "r"}}}');
    expect(Object.entries((await resolve()).ui.keys)).toEqual([["__proto__", "r"]]);
  });
});

describe("a user's own providers", () => {
  const signing = {
    schemes: [
      {
        id: "mac",
        signature: [{ in: "header", name: "X-Mine" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
      },
    ],
  };

  it("come from both files, the project's first", async () => {
    await home.write(PROJECT, { providers: { mine: { name: "of the project", signing } } });
    await home.write(USER, { providers: { mine: { name: "of the user", signing }, stripe: { name: "My Stripe", signing } } });
    expect((await resolve()).ownProviders.map(({ name }) => name)).toEqual(["of the project", "My Stripe"]);
  });

  // a cloned project would be given the secrets that the user keeps for that sender
  it.each([
    ["stripe", { signing }],
    ["standard-webhooks", { signing }],
    ["mine", { aliases: ["github"], signing }],
    ["mine", { aliases: ["Generic-X-Webhook-Signature".toLowerCase()], signing }],
  ])("of a project do not stand in for a sender that devhook knows: %s", async (id, record) => {
    await home.write(PROJECT, { providers: { [id]: record } });
    const { project } = await readConfigFiles({ env: home.env, cwd: home.cwd });
    expect([project.state, project.ownProviders]).toEqual(["invalid", []]);
    expect(project.issues[0]?.message).toContain("a project file may not take its place");
  });
});

describe("readConfigFiles", () => {
  it("tells where it looked when there is nothing", async () => {
    const { project, user } = await readConfigFiles({ env: home.env, cwd: home.cwd });
    expect([project.state, project.path]).toEqual(["absent", join(home.cwd, "devhook.config.json")]);
    expect([user.state, user.path]).toEqual(["absent", join(home.configDir, "config.json")]);
  });

  it("lists everything that is wrong, and keeps what is right", async () => {
    await home.write(PROJECT, { port: 8080, timeout: -1, naem: "x", headers: ["bad"] });
    const { project } = await readConfigFiles({ env: home.env, cwd: home.cwd });
    expect(project.state).toBe("invalid");
    expect(project.issues.map(({ at }) => at)).toEqual(["naem", "timeout", "headers"]);
    expect(project.values).toEqual({ port: 8080 });
  });
});

describe("readEnvironment", () => {
  it("points out variables that look like a typo of ours, and leaves others alone", () => {
    const { strangers, issues } = readEnvironment({
      DEVHOOK_SERVR: "x",
      DEVHOOK_TOKEN: "y",
      DEVHOOK_SECRET_STRIPE: "z",
      DEVHOOK_SOMETHING_ELSE: "1",
    });
    expect(issues).toEqual([]);
    expect(strangers).toEqual([{ at: "DEVHOOK_SERVR", message: "is not a variable of devhook", accepts: "DEVHOOK_SERVER" }]);
  });
});
