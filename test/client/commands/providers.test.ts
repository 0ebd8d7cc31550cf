import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { providers } from "../../../shared/providers/index.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand } from "./command-line.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const ACME = {
  name: "Acme",
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "X-Acme" }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{body}",
      },
    ],
  },
};

describe("devhook providers", () => {
  it("names the nearest one for an id that nobody has, with exit 2", async () => {
    const { code, stdout, stderr } = await runCommand(home, ["providers", "moltyfi"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("did you mean moltify?");
  });

  it("refuses a configuration that describes a provider wrongly", async () => {
    await home.write("work/project/devhook.config.json", { providers: { acme: { signing: { schemes: [] } } } });
    const { code, stderr } = await runCommand(home, ["providers"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("providers.acme.signing.schemes")]);
  });

  it("lists every sender with how it signs, its deadline and its retries", async () => {
    const { code, stdout } = await runCommand(home, ["providers"]);
    expect(code).toBe(0);
    const [title = "", ...lines] = stdout.trimEnd().split("\n");
    expect(title).toMatch(/^ID +NAME +SIGNS +DEADLINE +RETRIES$/);
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(providers.map(({ id }) => id).toSorted());
    expect(lines.find((line) => line.startsWith("svix "))).toMatch(/^svix +Svix +HMAC-SHA256, with time +15 s +8 tries$/);
  });

  it("gives the records as JSON, all and one, also by an alias", async () => {
    const all = await runCommand(home, ["providers", "--json"]);
    const records = JSON.parse(all.stdout) as readonly { readonly id: string }[];
    expect(records.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(providers.toSorted((a, b) => a.id.localeCompare(b.id)));
    const one = await runCommand(home, ["providers", "sns", "--json"]);
    expect(JSON.parse(one.stdout)).toEqual(providers.find(({ id }) => id === "aws-sns"));
  });

  it("shows one with scheme, tolerance, deadline, retries, evidence and date of each", async () => {
    const { code, stdout } = await runCommand(home, ["providers", "moltjobs"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^MoltJobs\n/);
    expect(stdout).toMatch(/\nScheme v1 {2}\[official-doc: [^\]]+, 2026-06-10\]\n/);
    expect(stdout).toMatch(/ {2}signed text +\{timestamp\}\.\{body\}\n/);
    expect(stdout).toMatch(/ {2}tolerance +5 min old, 5 min ahead, the limit itself excluded\n/);
    expect(stdout).toMatch(/ {2}retries +3 in all; waits: 30 s, 5 min\. [^\n]+\[official-doc: moltjobs\.io blog, [^\]]+\]\n/);
    expect(stdout).toMatch(/ {2}disabled +not found\n/);
    expect(stdout).toMatch(/ {2}job\.paid +[^\n]+\[documented; sample published\]/);
    expect(stdout).toContain("devhook secrets set moltjobs, or in DEVHOOK_SECRET_MOLTJOBS");
  });

  it("has the user's own among them, and their texts cannot act on the terminal", async () => {
    const evil = { ...ACME, notes: ["\u001b[2Jgone"] };
    await home.write("work/project/devhook.config.json", { providers: { acme: evil } });
    await home.write("config/devhook/config.json", { providers: { stripe: ACME } });
    const listed = JSON.parse((await runCommand(home, ["providers", "--json"])).stdout) as readonly { id: string; name: string }[];
    expect(listed.filter(({ name }) => name === "Acme").map(({ id }) => id)).toEqual(["acme", "stripe"]);
    const { stdout } = await runCommand(home, ["providers", "acme"], { tty: { stdout: true } });
    expect(stdout).toContain("␛[2Jgone");
    expect(stdout).toContain("[devhook.config.json]");
  });
});
