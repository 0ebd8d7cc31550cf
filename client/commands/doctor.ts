import type { Command } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { createColours } from "../output/colours.ts";
import { readConfigFiles, readEnvironment, resolveSettings, type ResolvedSettings, type SettingFlags } from "../settings/config.ts";
import type { CommandContext } from "./context.ts";
import { checkApp, checkPort } from "./doctor-app.ts";
import type { Finding } from "./doctor-finding.ts";
import { checkDatabase, checkDataFolder, checkNode, checkTerminal } from "./doctor-machine.ts";
import { checkRelay } from "./doctor-relay.ts";
import { explain } from "./explain.ts";

/** Adds `devhook doctor`. */
export function registerDoctor(program: Command, context: CommandContext): void {
  explain(program.command("doctor"), {
    summary: "find out what keeps devhook from working",
    description:
      "Checks Node, storage, configuration, relay, clock, app, port and terminal: one line each, with the remedy. Exit 1 when something is broken.",
    examples: ["devhook doctor", "devhook doctor 8000 --json"],
  })
    .argument("[target]", "the app: port, host:port or URL (default: the configured one, else 3000)")
    .option("-s, --server <url>", "the relay to reach (default: the configured one)")
    .option("--insecure", "accept a self-signed certificate of the relay")
    .option("--json", "one JSON document: {ok, checks: [{id, result, message, fix}]}")
    .action(async (target: string | undefined, { json = false, ...flags }: SettingFlags & { json?: boolean }) => {
      const findings = await examine(context, { ...flags, target });
      report(findings, { context, json });
    });
}

async function examine(context: CommandContext, flags: SettingFlags): Promise<readonly Finding[]> {
  const configuration = await checkConfiguration(context);
  const resolved = await resolveSettings(context, flags).catch((error: unknown) => {
    // a wrong file has its finding; a wrong flag is wrong usage
    if (error instanceof DevhookError && error.code === "config-invalid") return undefined;
    throw error;
  });
  const machine = [checkNode(), await checkDataFolder(context), checkDatabase(context)];
  return [...machine, ...configuration, ...(resolved === undefined ? [] : await checkNetwork(context, resolved)), checkTerminal(context)];
}

async function checkNetwork(context: CommandContext, resolved: ResolvedSettings): Promise<readonly Finding[]> {
  const [relay, app, port] = await Promise.all([
    checkRelay(context, resolved),
    checkApp(resolved.settings.target),
    resolved.settings.server === undefined ? checkPort(resolved.settings.port) : undefined,
  ]);
  return [...relay, app, ...(port === undefined ? [] : [port])];
}

async function checkConfiguration(context: CommandContext): Promise<readonly Finding[]> {
  const { project, user } = await readConfigFiles(context);
  const { issues, strangers } = readEnvironment(context.env);
  const broken = [project, user].flatMap((file) => file.issues.map(({ at, message }) => `${file.path}: ${at} ${message}`));
  const wrong = [...broken, ...issues.map(({ at, message }) => `${at} ${message}`)];
  const fix = "devhook config check";
  if (wrong[0] !== undefined) return [{ id: "config", result: "fail", message: wrong[0], fix }];
  if (strangers[0] !== undefined) return [{ id: "config", result: "warn", message: `${strangers[0].at} ${strangers[0].message}`, fix }];
  const read = [project, user].filter(({ state }) => state === "ok").map(({ path }) => path);
  return [{ id: "config", result: "ok", message: read.length === 0 ? "no configuration file, defaults hold" : read.join(", ") }];
}

function report(findings: readonly Finding[], { context, json }: { context: CommandContext; json: boolean }): void {
  const broken = findings.some(({ result }) => result === "fail");
  if (broken) context.outcome.code = 1;
  if (json) {
    context.stdout.write(`${JSON.stringify({ ok: !broken, checks: findings })}\n`);
    return;
  }
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  const marks = { ok: colours.ok("✓"), warn: colours.warn("!"), fail: colours.bad("✗"), skip: colours.dim("–") };
  for (const { id, result, message, fix } of findings) {
    const remedy = fix === undefined ? "" : ` → ${sanitizeLine(fix)}`;
    context.stdout.write(`${marks[result]} ${id.padEnd(8)} ${sanitizeLine(message)}${remedy}\n`);
  }
}
