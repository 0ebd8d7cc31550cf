import type { Command } from "commander";

/** What a command's help says beside its usage and options. */
export type Explanation = {
  /** one line for the list of commands */
  readonly summary: string;
  /** what it does, in a sentence or two */
  readonly description: string;
  /** two whole command lines */
  readonly examples: readonly [string, string];
};

/** Gives `command` its help text, examples first. */
export function explain(command: Command, { summary, description, examples }: Explanation): Command {
  return command
    .summary(summary)
    .description(description)
    .addHelpText("before", `Examples:\n${examples.map((example) => `  ${example}\n`).join("")}`);
}
