import type { CommandContext } from "./context.ts";

/**
 * Runs one command line from start to end.
 * @returns the exit code; faults have been reported on stderr
 */
export async function run(context: CommandContext): Promise<number> {
  // scripts ask for the version often: it is answered before anything else is loaded
  if (context.argv[0] === "--version" || context.argv[0] === "-V") {
    context.stdout.write(`${context.version}\n`);
    return 0;
  }
  try {
    const { runProgram } = await import("./program.ts");
    await runProgram(context);
    return context.outcome.code;
  } catch (error) {
    const { reportFailure } = await import("./report-failure.ts");
    return reportFailure(error, context);
  }
}
