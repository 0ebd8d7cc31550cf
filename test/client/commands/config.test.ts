import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand } from "./command-line.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

describe("devhook config check", () => {
  it("says where it looked when there is nothing", async () => {
    const { code, stdout } = await runCommand(home, ["config", "check"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`project file ${join(home.cwd, "devhook.config.json")}: not there`);
    expect(stdout).toContain(`user file ${join(home.configDir, "config.json")}: not there`);
  });

  it("names file, path inside and what is accepted for everything that is wrong, and ends with 2", async () => {
    const path = await home.write("work/project/devhook.config.json", { port: "many", insecure: true, taget: 1, grace: 3 });
    const { code, stdout } = await runCommand(home, ["config", "check"], { env: { DEVHOOK_TIMEOUT: "never", DEVHOOK_SERVR: "x" } });
    expect(code).toBe(2);
    expect(stdout).toContain(`project file ${path}: ✗ not accepted, sets grace`);
    expect(stdout).toMatch(/✗ port is not accepted; accepted: a port/);
    expect(stdout).toMatch(/✗ insecure cannot be set by a project file/);
    expect(stdout).toMatch(/✗ taget is not a setting; did you mean target\?/);
    expect(stdout).toMatch(/✗ DEVHOOK_TIMEOUT is not accepted; accepted: seconds/);
    expect(stdout).toMatch(/! DEVHOOK_SERVR .* did you mean DEVHOOK_SERVER\?/);
  });

  it("says what a file sets of the screen", async () => {
    await home.write("config/devhook/config.json", { grace: 3, ui: { theme: "mono", keys: { zoom: "f5" } } });
    const { code, stdout } = await runCommand(home, ["config", "check"]);
    expect(code).toBe(0);
    expect(stdout).toContain("✓ ok, sets grace, ui.theme, ui.keys");
  });

  it("gives the same as one JSON document", async () => {
    await home.write("config/devhook/config.json", { port: -1 });
    const { code, stdout, stderr } = await runCommand(home, ["config", "check", "--json"]);
    expect([code, stderr]).toEqual([2, ""]);
    const document = JSON.parse(stdout) as {
      ok: boolean;
      files: readonly { kind: string; state: string; issues: readonly { at: string }[] }[];
    };
    expect(document.ok).toBe(false);
    expect(document.files.map(({ kind, state }) => [kind, state])).toEqual([
      ["project", "absent"],
      ["user", "invalid"],
    ]);
    expect(document.files[1]?.issues[0]?.at).toBe("port");
  });

  it("disarms control characters in keys", async () => {
    await home.write("config/devhook/config.json", { "\u001b[31mred": 1 });
    expect((await runCommand(home, ["config", "check"])).stdout).not.toContain("\u001b");
  });
});

describe("devhook config path", () => {
  it("prints the path of the user file and nothing else", async () => {
    expect((await runCommand(home, ["config", "path"])).stdout).toBe(`${join(home.configDir, "config.json")}\n`);
  });
});
