import { Argument, type Command } from "commander";
import { bashScript, type CommandNode, commandTree, fishScript, zshScript } from "./completion-scripts.ts";
import type { CommandContext } from "./context.ts";
import { explain } from "./explain.ts";

/** Adds `devhook completion`. `program` has to hold every command by the time this one runs. */
export function registerCompletion(program: Command, context: CommandContext): void {
  explain(program.command("completion"), {
    summary: "print a completion script for bash, zsh or fish",
    description: "Prints a script that completes the commands, options and values of this version; your shell's start file evaluates it.",
    examples: ['eval "$(devhook completion bash)"', "devhook completion fish > ~/.config/fish/completions/devhook.fish"],
  })
    .addArgument(new Argument("<shell>", "the shell to complete for").choices(["bash", "zsh", "fish"]))
    .action((shell: "bash" | "zsh" | "fish") => {
      context.stdout.write(SCRIPTS[shell](commandTree(program)));
    });
}

const SCRIPTS: Readonly<Record<"bash" | "zsh" | "fish", (tree: CommandNode) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};
