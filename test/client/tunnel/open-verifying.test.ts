import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveSettings, type SettingFlags } from "../../../client/settings/config.ts";
import { resolvePaths } from "../../../client/settings/paths.ts";
import { type OpenVerifying, openVerifying } from "../../../client/tunnel/open-verifying.ts";
import { systemClock } from "../../../shared/clock.ts";
import type { Provider } from "../../../shared/signatures/provider.ts";
import { record } from "../commands/history.ts";
import { sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
const opened: OpenVerifying[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  home.remove();
});

async function open(flags: SettingFlags): Promise<OpenVerifying & { readonly warned: readonly string[] }> {
  const surroundings = { env: home.env, cwd: home.cwd };
  const warned: string[] = [];
  const found = await openVerifying(await resolveSettings(surroundings, flags), {
    env: home.env,
    paths: resolvePaths(surroundings),
    clock: systemClock,
    output: { warning: ({ message }) => warned.push(message) },
    secrets: { moltify: ["made-up-flag"] },
    onFacts: () => {},
  });
  opened.push(found);
  return { ...found, warned };
}

function provider({ catalogue }: OpenVerifying, id: string): Provider {
  const found = catalogue.find(id);
  if (found === undefined) throw new Error(id);
  return found;
}

const MODES = ["off", "warn", "enforce"] as const;
const SECRETS = "config/devhook/secrets.json";

describe("what a tunnel knows of senders", () => {
  it.each(MODES)("with --verify %s has their secrets, to sign with", async (verify) => {
    const there = await open({ verify, provider: ["moltify"] });
    expect(there.secretsOf(provider(there, "moltify"))).toEqual(["made-up-flag"]);
    expect(there.secretsOf(provider(there, "stripe"))).toEqual([]);
  });

  it("with --verify off gets by without a file of secrets that is damaged, and says so", async () => {
    await home.write(SECRETS, "{ not json");
    const there = await open({ verify: "off" });
    expect(there.secretsOf(provider(there, "moltify"))).toEqual([]);
    expect(there.warned).toEqual([expect.stringContaining("secrets.json")]);
  });

  it("does not check signatures without the secrets that there may be", async () => {
    await home.write(SECRETS, "{ not json");
    await expect(open({ verify: "warn" })).rejects.toMatchObject({ code: "config-invalid" });
  });

  const from = (id: string, target: string) => ({
    request: sampleRequest({ target }),
    facts: { provider: id, event: null, eventId: null, verdict: "valid", duplicateOf: null, verification: null },
  });

  it.each(MODES)("with --verify %s has the path of each provider's newest delivery", async (verify) => {
    await record(home, [from("moltify", "/old"), from("moltify", "/new?x=1"), from("stripe", "/other")]);
    const { pathOf } = await open({ verify, provider: ["moltify"] });
    expect([pathOf("moltify"), pathOf("stripe"), pathOf("github")]).toEqual(["/new", "/other", undefined]);
  });

  it("has the path that --provider names, or the one below it that deliveries came to", async () => {
    await record(home, [from("moltify", "/elsewhere"), from("stripe", "/hooks/stripe")]);
    const { pathOf } = await open({ provider: ["moltify=/agents", "stripe=/hooks", "github=/git"] });
    expect([pathOf("moltify"), pathOf("stripe"), pathOf("github")]).toEqual(["/agents", "/hooks/stripe", "/git"]);
  });
});
