import type { Command } from "commander";
import { ERROR_EXIT_CODES } from "../../shared/errors.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import { createColours } from "../output/colours.ts";
import type { ConfigFile, ConfigIssue } from "../settings/config-file.ts";
import { readConfigFiles, readEnvironment } from "../settings/config.ts";
import { resolvePaths } from "../settings/paths.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";

/** Adds `devhook config check` and `devhook config path`. */
export function registerConfig(program: Command, context: CommandContext): void {
  const config = explain(program.command("config"), {
    summary: "check the configuration, or say where it is",
    description: "Flags win over DEVHOOK_… variables, these over devhook.config.json of the project, and that over the file of the user.",
    examples: ["devhook config check", 'cat "$(devhook config path)"'],
  });
  explain(config.command("check"), {
    summary: "say what is read from where, and what is not accepted",
    description:
      "Lists each file and variable that is looked at, with the path inside it and what is accepted. Exit 2 when something is not.",
    examples: ["devhook config check", "devhook config check --json"],
  })
    .option("--json", "one JSON document")
    .action(async ({ json = false }: { json?: boolean }) => check(context, { json }));
  explain(config.command("path"), {
    summary: "print the path of your configuration file",
    description: "Prints where your own configuration file is, or would be.",
    examples: ["devhook config path", '$EDITOR "$(devhook config path)"'],
  }).action(() => {
    context.stdout.write(`${resolvePaths(context).userConfigFile}\n`);
  });
}

async function check(context: CommandContext, { json = false }: { json?: boolean }): Promise<void> {
  const { project, user } = await readConfigFiles(context);
  const environment = readEnvironment(context.env);
  const issues = [...project.issues, ...user.issues, ...environment.issues];
  if (issues.length > 0) context.outcome.code = ERROR_EXIT_CODES["config-invalid"];
  const variables = Object.keys(environment.values);

  if (json) {
    const files = [project, user].map(({ kind, path, state, issues: found }) => ({ kind, path, state, issues: found }));
    const document = { ok: issues.length === 0, files, environment: { issues: environment.issues, strangers: environment.strangers } };
    context.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const colours = createColours({ isTTY: context.isTTY.stdout, env: context.env });
  const lines = [project, user].flatMap((file) => [
    fileLine(file),
    ...file.issues.map((issue) => `    ${colours.bad("✗")} ${issueText(issue)}`),
  ]);
  lines.push(`environment: ${variables.length === 0 ? "no setting" : `sets ${variables.join(", ")}`}`);
  for (const issue of environment.issues) lines.push(`    ${colours.bad("✗")} ${issueText(issue)}`);
  for (const { at, message, accepts } of environment.strangers)
    lines.push(`    ${colours.warn("!")} ${at} ${message}; did you mean ${accepts}?`);
  context.stdout.write(`${lines.join("\n")}\n`);

  function fileLine({ kind, path, state, values, ui }: ConfigFile): string {
    const set = [...Object.keys(values), ...Object.keys(ui).map((name) => `ui.${name}`)];
    const word = { absent: colours.dim("not there"), ok: colours.ok("✓ ok"), invalid: colours.bad("✗ not accepted") }[state];
    return `${kind} file ${sanitizeLine(path)}: ${word}${set.length === 0 ? "" : `, sets ${set.join(", ")}`}`;
  }
}

function issueText({ at, message, accepts }: ConfigIssue): string {
  return `${sanitizeLine(at === "" ? "it" : at, 100)} ${sanitizeLine(message)}; accepted: ${accepts}`;
}
