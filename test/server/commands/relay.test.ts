import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { registerRelayCommands } from "../../../server/commands/index.ts";
import { openRegistry } from "../../../server/tunnels/open-registry.ts";
import type { Registry } from "../../../server/tunnels/registry.ts";
import { systemClock } from "../../../shared/clock.ts";
import { parseToken } from "../../../shared/tokens.ts";
import { until } from "../../rig/until.ts";

const LOCAL = { open: false, exposed: false };
let folder = "";
let dataDir = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-relay-"));
  dataDir = join(folder, "relay");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** One command line, run in this process. */
function run(line: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const listeners = new Set<(signal: string, count: number) => void>();
  let signals = 0;
  const context = {
    env: { HOME: folder, DEVHOOK_DATA_DIR: folder, ...env },
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    clock: systemClock,
    onSignal: (listener: (signal: string, count: number) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const program = new Command("devhook").exitOverride().configureOutput({
    writeOut: (text) => out.push(text),
    writeErr: (text) => err.push(text),
  });
  registerRelayCommands(program, context);
  return {
    done: program.parseAsync([...line], { from: "user" }),
    stdout: () => out.join(""),
    stderr: () => err.join(""),
    signal: () => {
      signals += 1;
      for (const listener of listeners) listener("SIGTERM", signals);
    },
  };
}

async function result(...line: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const command = run(["relay", ...line]);
  await command.done;
  return { stdout: command.stdout(), stderr: command.stderr() };
}

async function json(...line: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await result(...line, "--json");
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

function withRegistry<T>(action: (registry: Registry) => T): T {
  const registry = openRegistry(
    { dataDir, namesPerToken: 10 },
    { clock: systemClock, onFault: (error) => expect.unreachable(String(error)) },
  );
  try {
    return action(registry);
  } finally {
    registry.close();
  }
}

/** Claims `name` with the token text. */
function claim(text: string, name: string): void {
  withRegistry((registry) => {
    const admission = registry.admit(text, LOCAL);
    expect(admission.ok && registry.claim(admission.owner, name).ok).toBe(true);
  });
}

describe("devhook relay token", () => {
  test("add prints a token that admits, alone on stdout", async () => {
    const { stdout, stderr } = await result("token", "add", "ana");
    expect(parseToken(stdout.trimEnd()).kind).toBe("token");
    expect(stderr).toContain("for ana");
    expect(stderr).not.toContain("dh_");
    expect(withRegistry((registry) => registry.admit(stdout.trimEnd(), LOCAL))).toMatchObject({
      ok: true,
      owner: { label: "ana", admin: false },
    });
  });

  test("add --json prints exactly id, label and token", async () => {
    const made = await json("token", "add", "ana", "--admin");
    expect(made).toEqual({ id: expect.stringMatching(/^[a-z2-7]{8}$/), label: "ana", token: expect.stringMatching(/^dh_/) });
    expect(withRegistry((registry) => registry.listTokens())).toMatchObject([{ label: "ana", admin: true }]);
  });

  test("add refuses a label that is none, and makes nothing", async () => {
    await expect(result("token", "add", "a\nb")).rejects.toMatchObject({ code: "usage" });
    expect(await json("token", "list")).toEqual([]);
  });

  test.each([[["token", "list"]], [["token", "revoke", "x"]], [["token", "rotate", "x"]], [["name", "list"]], [["name", "release", "x"]]])(
    "%j in a folder without a relay says so and makes nothing",
    async (line) => {
      await expect(result(...line)).rejects.toMatchObject({ code: "not-found", message: `There is no relay's data in ${dataDir}.` });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test("--data-dir is taken before and behind the subcommand", async () => {
    const other = join(folder, "other");
    await result("--data-dir", other, "token", "add", "ana");
    await result("token", "add", "ben", "--data-dir", other);
    expect(await json("token", "list", "--data-dir", other)).toMatchObject([{ label: "ana" }, { label: "ben" }]);
    expect(readdirSync(folder)).toEqual(["other"]);
  });

  test("list shows each token aligned, and no secret", async () => {
    const first = (await json("token", "add", "ana")) as { readonly id: string; readonly token: string };
    await json("token", "add", "prometheus of the office", "--admin");
    claim(first.token, "shop");
    const { stdout } = await result("token", "list");
    const lines = stdout.trimEnd().split("\n");
    const today = new Date(systemClock.now()).toISOString().slice(0, 10);
    expect(lines[0]).toBe("ID        LABEL                     ADMIN  NAMES  CREATED     ROTATED  REVOKED");
    expect(lines[1]).toBe(`${first.id}  ana                       no     1      ${today}  -        -`);
    expect(lines).toHaveLength(3);
    expect(stdout).not.toContain(first.token.slice(3, 20));
  });

  test("rotate replaces the secret by a beginning of the id and keeps names", async () => {
    const made = (await json("token", "add", "ana")) as { readonly id: string; readonly token: string };
    claim(made.token, "shop");
    const rotated = (await json("token", "rotate", made.id.slice(0, 4))) as { readonly id: string; readonly token: string };
    expect(rotated.id).toBe(made.id);
    expect(withRegistry((registry) => registry.admit(made.token, LOCAL))).toMatchObject({ ok: false, code: "token-refused" });
    claim(rotated.token, "shop");
  });

  test("revoke ends a token once", async () => {
    const made = (await json("token", "add", "ana")) as { readonly id: string; readonly token: string };
    expect(await json("token", "revoke", "latest")).toEqual({ id: made.id, label: "ana", revoked: true });
    expect(withRegistry((registry) => registry.admit(made.token, LOCAL))).toMatchObject({ ok: false, code: "token-refused" });
    await expect(result("token", "revoke", made.id)).rejects.toMatchObject({ code: "not-found", exitCode: 1 });
    await expect(result("token", "rotate", made.id)).rejects.toMatchObject({ code: "not-found", exitCode: 1 });
    await expect(result("token", "revoke", "latest")).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("devhook relay name", () => {
  test("list and release", async () => {
    const made = (await json("token", "add", "ana")) as { readonly id: string; readonly token: string };
    claim(made.token, "shop");
    expect((await result("name", "list")).stdout).toContain(`shop  ${made.id} (ana)  `);
    expect(await json("name", "release", "shop")).toEqual({ name: "shop", released: true });
    expect(await json("name", "list")).toMatchObject([{ name: "shop", ownerLabel: "ana", closedUntil: expect.stringMatching(/^\d{4}-/) }]);
    await expect(result("name", "release", "shop")).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("devhook relay", () => {
  test("prints one ready line as JSON, serves, and stops on a signal", async () => {
    const command = run(["relay", "--port", "0", "--json"]);
    await until(() => command.stdout().endsWith("\n"));
    const ready = JSON.parse(command.stdout()) as { readonly url: string };
    expect(ready).toEqual({ type: "ready", url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: process.pid });
    expect((await fetch(`${ready.url}/_devhook/healthz`)).status).toBe(200);
    command.signal();
    await command.done;
    await expect(fetch(`${ready.url}/_devhook/healthz`)).rejects.toThrow("fetch failed");
    const events = command
      .stderr()
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly event: string }).event);
    expect(events).toContain("relay-started");
    expect(events.at(-1)).toBe("relay-stopped");
  });

  test("takes tokens that are added and revoked while it runs", async () => {
    const command = run(["relay", "--port", "0"]);
    await until(() => command.stdout().endsWith("\n"));
    const url = command.stdout().replace("ready: ", "").trim();
    const made = (await json("token", "add", "ana")) as { readonly id: string; readonly token: string };
    const check = async (): Promise<number> =>
      (await fetch(`${url}/_devhook/token`, { headers: { authorization: `Bearer ${made.token}` } })).status;
    expect(await check()).toBe(200);
    await json("token", "revoke", made.id);
    expect(await check()).toBe(401);
    expect(command.stderr()).not.toContain(made.token.slice(3));
    command.signal();
    await command.done;
  });

  test("refuses to be reached by others without tokens, and starts with one", async () => {
    await expect(run(["relay", "--port", "0", "--public-url", "https://hooks.example.com"]).done).rejects.toMatchObject({
      code: "relay-needs-tokens",
      exitCode: 2,
    });
    await json("token", "add", "ana");
    const command = run(["relay", "--port", "0", "--public-url", "https://hooks.example.com"]);
    await until(() => command.stdout() === "ready: https://hooks.example.com\n");
    command.signal();
    await command.done;
  });

  test("refuses a flag that it does not accept before it opens anything", async () => {
    await expect(run(["relay", "--port", "http"]).done).rejects.toMatchObject({ code: "usage" });
    await expect(run(["relay", "--tsl-cert", "x"]).done).rejects.toMatchObject({ code: "commander.unknownOption" });
    await expect(run(["relay", "tokens"]).done).rejects.toMatchObject({ code: "commander.excessArguments" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ["relay"],
    ["relay", "token", "add"],
    ["relay", "token", "list"],
    ["relay", "token", "rotate"],
    ["relay", "token", "revoke"],
    ["relay", "name", "list"],
    ["relay", "name", "release"],
  ])("help of %s %s %s shows two examples", async (...line) => {
    const words = line.filter((word) => word !== undefined);
    const command = run([...words, "--help"]);
    await expect(command.done).rejects.toMatchObject({ code: "commander.helpDisplayed" });
    expect(command.stdout().match(/^ {2}devhook relay/gm)).toHaveLength(2);
  });
});
