import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../commands/command-line.ts";
import { createHome, type Home } from "../settings/home.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

describe("devhook start", () => {
  it.each([
    ["18191", "http://127.0.0.1:18191"],
    ["localhost:18191", "http://localhost:18191"],
    ["http://[::1]:18191", "http://127.0.0.2:18191"],
    ["https://hooks.example", "https://hooks.example:443"],
  ])("refuses the app %s on the relay %s: each delivery would come straight back", async (target, server) => {
    const { code, stderr } = await runCommand(home, ["start", target, "--server", server, "--json"]);
    expect(code).toBe(2);
    expect(stderr).toContain("is the relay itself");
  });

  it("refuses to hold, which this version cannot", async () => {
    const { code, stderr } = await runCommand(home, ["start", "18191", "--when-offline", "hold"]);
    expect(code).toBe(2);
    expect(stderr).toContain("not part of this version");
  });
});
