import { Command, CommanderError } from "commander";
import { DevhookError } from "../../shared/errors.ts";
import type { CommandContext } from "./context.ts";
import { commandRows } from "./index.ts";

/** Columns of help where no terminal says its width. */
const HELP_WIDTH = 100;

/**
 * The commander program; what it prints goes to the context's streams, and faults come as exceptions. The commands that the arguments name get
 * their options and code, others are names only; completion gets all of them.
 */
async function buildProgram(context: CommandContext): Promise<Command> {
  const program = new Command("devhook")
    .description("A stable URL for your local app: every webhook in your terminal, byte for byte.")
    .usage("<command> [options]")
    .version(context.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      // faults are worded by reportFailure
      outputError: () => undefined,
      getOutHelpWidth: () => context.terminal?.columns ?? HELP_WIDTH,
      getErrHelpWidth: () => context.terminal?.columns ?? HELP_WIDTH,
    })
    .configureHelp({ showGlobalOptions: false });
  program.addHelpText("before", "Examples:\n  devhook start 8000\n  devhook events --since 1h\n");

  // `devhook events …` and `devhook help events`
  const named = context.argv.slice(0, 2);
  for (const row of commandRows) {
    if (named.includes("completion") || named.includes(row.name) || row.aliases.some((alias) => named.includes(alias))) {
      await row.register(program, context);
    } else {
      program.command(row.name).aliases(row.aliases).summary(row.summary).description(row.summary);
    }
  }
  return program;
}

/**
 * Parses the arguments and runs the command that they name; no arguments print the help.
 * @throws {DevhookError} `usage` for an unknown command, option or value, naming the nearest one
 */
export async function runProgram(context: CommandContext): Promise<void> {
  const program = await buildProgram(context);
  if (context.argv.length === 0) {
    program.outputHelp();
    return;
  }
  try {
    await program.parseAsync([...context.argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // help or version was asked for and has been printed
    if (error.exitCode === 0) return;
    throw usageError(error, context.argv);
  }
}

/** Commander's `error: unknown option '--jsn'\n(Did you mean --json?)` in our three lines. */
function usageError(error: CommanderError, argv: readonly string[]): DevhookError {
  const command = argv.find((word) => !word.startsWith("-"));
  const known = commandRows.some((row) => row.name === command || row.aliases.includes(command ?? ""));
  const fix = `see: devhook ${known ? `${command} ` : ""}--help`;
  if (error.code === "commander.help") return new DevhookError("usage", { what: "which command?", fix });
  const [first = "", ...rest] = error.message.split("\n");
  const what = first.replace(/^error: /, "");
  const hint = /^\(Did you mean (.*)\?\)$/.exec(rest.join(" ").trim())?.[1];
  return hint === undefined
    ? new DevhookError("usage", { what, fix })
    : new DevhookError("usage", { what, why: `did you mean ${hint}?`, fix });
}
