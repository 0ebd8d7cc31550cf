import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEVHOOK, type Home, makeHome, type Result, runCommand } from "../rig/programs.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCS = join(ROOT, "docs");
const EXAMPLES = join(DOCS, "examples");

let home: Home;
let examples: string;
beforeEach(() => {
  home = makeHome();
  // a path with a space, as some checkouts have
  examples = join(home.folder, "the examples");
  for (const folder of [examples, join(home.folder, "bin"), join(home.folder, "tmp")]) mkdirSync(folder);
  symlinkSync(DEVHOOK, join(home.folder, "bin/devhook"));
  for (const name of readdirSync(EXAMPLES)) copyFileSync(join(EXAMPLES, name), join(examples, name));
});
afterEach(() => home.remove());

/** Runs the script as the job does, in an environment where devhook is set up for something else. */
function runScript(shell = "sh"): Promise<Result> {
  const env = {
    PATH: `${join(home.folder, "bin")}:${process.env["PATH"] ?? ""}`,
    TMPDIR: join(home.folder, "tmp"),
    DEVHOOK_SERVER: "https://relay.example",
    WEBHOOKS_REPORT: "report.jsonl",
  };
  return runCommand(shell, [join(examples, "webhooks.sh")], { home, env });
}

function changeApp(from: string, to: string): void {
  const path = join(examples, "app.mjs");
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

/** Files of the user and of the run that are left. */
function leftovers(): readonly string[] {
  return [...readdirSync(join(home.folder, "tmp")), ...readdirSync(home.folder)].filter(
    (name) => !["bin", "tmp", "the examples"].includes(name),
  );
}

describe("the example of docs/ci.md", () => {
  it.each(["sh", "bash"])("passes in %s with its own app, and leaves nothing behind", async (shell) => {
    const { code, stdout, stderr } = await runScript(shell);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.toString()).toMatch(/^(?:ok: .+\n){6}$/);
    expect(leftovers()).toEqual([]);
  });

  it("fails for an app that keeps a repeated payment twice, and reports the deliveries without the secret", async () => {
    changeApp("!seen.has(event.id) && ", "");
    const { code, stdout, stderr } = await runScript();
    expect(code).toBe(1);
    expect(stdout.toString()).toMatch(/^(?:ok: .+\n){5}$/);
    expect(stderr).toContain('not ok: the app has kept one payment: expected ["cs_1"], got ["cs_1","cs_1"]');
    expect(leftovers()).toEqual(["report.jsonl"]);
    const report = readFileSync(join(home.folder, "report.jsonl"), "utf8");
    expect(report.trimEnd().split("\n")).toHaveLength(4);
    expect(report).not.toContain("made_up");
  });

  it("fails with the reason when the app does not start", async () => {
    changeApp("server.listen(", 'throw new Error("no app today");\nserver.listen(');
    const { code, stderr } = await runScript();
    expect(code).not.toBe(0);
    expect(stderr).toContain("no app today");
    expect(leftovers()).toEqual([]);
  });

  it("fails with the reason when the tunnel does not start", async () => {
    const script = join(examples, "webhooks.sh");
    writeFileSync(script, readFileSync(script, "utf8").replace("--port 0", "--port none"));
    const { code, stderr } = await runScript();
    expect(code).not.toBe(0);
    expect(stderr).toContain("--port");
    expect(leftovers()).toEqual([]);
  });
});

describe("docs/ci.md", () => {
  it("shows lines of the script as they stand there", () => {
    const script = readFileSync(join(EXAMPLES, "webhooks.sh"), "utf8").split("\n");
    const blocks = [...readFileSync(join(DOCS, "ci.md"), "utf8").matchAll(/^```sh\n([^`]*)^```/gm)].map(([, block = ""]) => block);
    const shown = blocks.flatMap((block) => block.trimEnd().split("\n"));
    expect(shown.length).toBeGreaterThan(4);
    expect(shown.filter((line) => !script.includes(line))).toEqual([]);
  });

  it("has a job that runs the script and keeps its report", () => {
    const job = readFileSync(join(EXAMPLES, "github-actions.yml"), "utf8");
    expect(job).toContain("- run: sh docs/examples/webhooks.sh\n");
    const [, report] = /WEBHOOKS_REPORT: (\S+)/.exec(job) ?? [];
    expect(job).toContain(`path: ${report}\n`);
  });
});
