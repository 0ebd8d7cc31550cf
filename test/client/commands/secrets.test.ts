import { generateKeyPairSync } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../rig/until.ts";
import { createHome, type Home } from "../settings/home.ts";
import { type CommandResult, runCommand, startCommand } from "./command-line.ts";

const SECRET = "made-up-secret-0123456789";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

async function stored(): Promise<unknown> {
  const text = await readFile(join(home.configDir, "secrets.json"), "utf8").catch(() => "{}");
  return (JSON.parse(text) as { secrets?: unknown }).secrets;
}

function set(id: string, stdin: string): Promise<CommandResult> {
  return runCommand(home, ["secrets", "set", id], { stdin });
}

describe("devhook secrets set", () => {
  it("takes no secret from the arguments, and does not repeat it", async () => {
    const { code, stdout, stderr } = await runCommand(home, ["secrets", "set", "moltify", SECRET]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).not.toContain(SECRET);
    expect(await stored()).toBeUndefined();
  });

  it("names the nearest sender, and stores nothing", async () => {
    const { code, stderr } = await set("strpe", SECRET);
    expect([code, stderr]).toEqual([2, expect.stringContaining("did you mean stripe?")]);
    expect(await stored()).toBeUndefined();
  });

  it.each([
    ["nothing", "", "no secret"],
    ["white space", " \n\n", "no secret"],
    ["bytes that are no text", "\u0000\u0001", "no text"],
    ["one byte more than 64 KiB", "x".repeat(65_537), "too large"],
  ])("refuses %s", async (_what, stdin, told) => {
    const { code, stderr } = await set("moltify", stdin);
    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
    expect(await stored()).toBeUndefined();
  });

  it("stores all of stdin, up to 64 KiB, without its last line end, in a file of the user alone", async () => {
    const { code, stdout, stderr } = await set("moltify", `${SECRET}\n`);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe("stored the secret of Moltify (25 characters, ends in 6789)\n");
    expect(await stored()).toEqual({ moltify: [SECRET] });
    expect((await stat(join(home.configDir, "secrets.json"))).mode & 0o777).toBe(0o600);
    const long = "x".repeat(65_536);
    expect((await set("moltify", long)).code).toBe(0);
    expect(await stored()).toEqual({ moltify: [long] });
  });

  it("stores a JSON array as several, and a PEM whole, under the id of an alias", async () => {
    expect((await set("moltify", JSON.stringify([SECRET, "older-secret"]))).stdout).toContain("stored 2 secrets");
    const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" }).toString();
    const { stdout, stderr } = await set("sns", pem);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^stored the secret of Amazon SNS \(\d+ characters\)\n$/);
    expect(await stored()).toEqual({ "aws-sns": [pem.trim()], moltify: [SECRET, "older-secret"] });
  });

  it("takes the id of a provider of the user's own", async () => {
    const scheme = {
      id: "v1",
      signature: [{ in: "header", name: "X-Acme" }],
      algorithm: "hmac-sha256",
      encoding: "hex",
      key: { form: "text" },
      signed: "{body}",
    };
    await home.write("work/project/devhook.config.json", { providers: { acme: { signing: { schemes: [scheme] } } } });
    expect((await set("acme", SECRET)).code).toBe(0);
    expect(await stored()).toEqual({ acme: [SECRET] });
  });

  it.each([
    ["masked with dots", "moltify", "sk_...1234", "masked"],
    ["masked with an ellipsis", "moltify", "sk_…1234", "masked"],
    ["masked with stars", "moltify", "****1234", "masked"],
    ["in quotes", "moltify", '"made-up-secret"', "quotes"],
    ["in white space", "moltify", "  made-up-secret ", "white space"],
    ["in white space inside an array", "moltify", '["made-up-secret "]', "white space"],
    ["without its prefix", "stripe", "made-up-secret-1", "begins with whsec_"],
    ["that is not base64", "svix", "whsec_not!base64", "cannot be used"],
    ["that is no public key", "discord", "made-up", "cannot be used"],
    ["that is half of an array", "moltify", '["made-up-secret"', "JSON array"],
    ["that nobody will use", "postmark", "made-up-secret", "will not be used"],
  ])("stores a secret %s and warns, without showing it", async (_what, id, text, told) => {
    const { code, stdout, stderr } = await set(id, text);
    expect(code).toBe(0);
    expect(stderr).toContain(told);
    expect(stdout + stderr).not.toContain(text.trim());
  });

  it("says so when the environment wins", async () => {
    const { stderr } = await runCommand(home, ["secrets", "set", "moltify"], { stdin: SECRET, env: { DEVHOOK_SECRET_MOLTIFY: "other" } });
    expect(stderr).toContain("DEVHOOK_SECRET_MOLTIFY is set and wins");
  });

  it("asks at a terminal without showing what is typed, also for the lines of a PEM", async () => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString().trim();
    for (const [id, typed, expected] of [
      ["moltify", `typo\u0015${SECRET}x\u007f\r`, SECRET],
      ["discord", `\u001b[200~${pem.replaceAll("\n", "\r")}\u001b[201~\r`, pem],
    ] as const) {
      const stdin = new PassThrough();
      const raw: boolean[] = [];
      Object.assign(stdin, { setRawMode: (on: boolean) => raw.push(on) });
      const command = startCommand(home, ["secrets", "set", id], { stdin, tty: { stdin: true, stderr: true } });
      await until(() => command.stderr().includes("not shown"));
      stdin.write(typed);
      expect(await command.ended).toBe(0);
      expect(raw).toEqual([true, false]);
      expect(await stored()).toMatchObject({ [id]: [expected] });
      expect(command.stderr() + command.stdout().toString()).not.toContain(expected);
    }
  });

  it("stores nothing after ctrl-c at the prompt", async () => {
    const stdin = new PassThrough();
    const command = startCommand(home, ["secrets", "set", "moltify"], { stdin, tty: { stdin: true } });
    await until(() => command.stderr().includes("not shown"));
    stdin.write("half\u0003");
    expect(await command.ended).toBe(130);
    expect(await stored()).toBeUndefined();
  });
});

describe("devhook secrets list", () => {
  it("says how to begin when there are none", async () => {
    const { code, stdout, stderr } = await runCommand(home, ["secrets", "list"]);
    expect([code, stdout, stderr]).toEqual([0, "", "no secrets yet: devhook secrets set ID\n"]);
    expect((await runCommand(home, ["secrets", "list", "--json"])).stdout).toBe("[]\n");
  });

  it("shows where each comes from and which wins, by length and end, and never one whole", async () => {
    await set("moltify", JSON.stringify([SECRET, "short-one"]));
    await set("stripe", "whsec_made-up-stripe");
    const env = {
      DEVHOOK_SECRET_STRIPE: "whsec_made-up-other",
      DEVHOOK_SECRET_TRIGGER_DEV: "made-up-trigger",
      DEVHOOK_SECRET_STRIPEE: "x",
    };
    const { stdout, stderr } = await runCommand(home, ["secrets", "list"], { env });
    expect(stdout.replaceAll(/ {2,}/g, " | ")).toBe(
      [
        "ID | FROM | COUNT | SECRETS",
        "moltify | stored | 2 | 25 characters, ends in 6789; 9 characters",
        "stripe | DEVHOOK_SECRET_STRIPE | 1 | 19 characters, ends in ther",
        "stripe | stored (not used) | 1 | 20 characters, ends in ripe",
        "trigger.dev | DEVHOOK_SECRET_TRIGGER_DEV | 1 | 15 characters, ends in gger",
        "",
      ].join("\n"),
    );
    expect(stderr).toContain("DEVHOOK_SECRET_STRIPEE belongs to no provider");
    const json = JSON.parse((await runCommand(home, ["secrets", "list", "--json"], { env })).stdout) as readonly unknown[];
    expect(json[0]).toEqual({
      id: "moltify",
      from: "stored",
      used: true,
      secrets: [
        { length: 25, ends: "6789" },
        { length: 9, ends: null },
      ],
    });
  });

  it("refuses a damaged file without quoting it", async () => {
    await home.write("config/devhook/secrets.json", `{"secrets": ${SECRET}`);
    const { code, stderr } = await runCommand(home, ["secrets", "list"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("is damaged")]);
    expect(stderr).not.toContain(SECRET);
  });
});

describe("devhook secrets remove", () => {
  it("ends with 1 when there was none, and says where the used one stands", async () => {
    const { code, stderr } = await runCommand(home, ["secrets", "remove", "moltify"], { env: { DEVHOOK_SECRET_MOLTIFY: SECRET } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("stands in DEVHOOK_SECRET_MOLTIFY")]);
    expect((await runCommand(home, ["secrets", "remove", "mltify"])).code).toBe(2);
  });

  it("forgets the stored secrets of one sender, also of one that is not described any more", async () => {
    await home.write("config/devhook/secrets.json", { version: 1, secrets: { acme: ["a"], moltify: [SECRET] } });
    expect((await runCommand(home, ["secrets", "remove", "acme"])).stdout).toBe("removed the secret of acme\n");
    const { code, stdout } = await runCommand(home, ["secrets", "remove", "moltify", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([0, { id: "moltify", removed: true }]);
    expect(await stored()).toEqual({});
  });
});
