import type { Command } from "commander";

/** A command as completion sees it. */
export type CommandNode = {
  /** `devhook relay token` */
  readonly path: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly commands: readonly CommandNode[];
  readonly options: readonly OptionNode[];
  /** fixed values of the first argument */
  readonly choices: readonly string[];
};

type OptionNode = {
  /** `-h`, `--help` */
  readonly flags: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  /** fixed values; empty: anything, files are offered */
  readonly choices: readonly string[];
};

/** What a commander program holds, down to the last option. */
export function commandTree(command: Command, above = ""): CommandNode {
  const path = above === "" ? command.name() : `${above} ${command.name()}`;
  const help = command.createHelp();
  return {
    path,
    name: command.name(),
    aliases: command.aliases(),
    summary: command.summary() || command.description(),
    commands: help
      .visibleCommands(command)
      .filter((each) => each.name() !== "help")
      .map((each) => commandTree(each, path)),
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
      summary: option.description,
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}

/** A function for `complete -F`; needs nothing of the bash-completion package. */
export function bashScript(tree: CommandNode): string {
  const nodes = flatten(tree);
  return `# devhook completion for bash: eval "$(devhook completion bash)"
_devhook() {
  local at=${quote(tree.path)} word i candidates=
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$at $word" in
${steps(nodes)
  .map(({ from, to }) => `      ${quote(from)}) at=${quote(to)} ;;`)
  .join("\n")}
    esac
  done
  case "$at $previous" in
${valued(nodes)
  .map(
    ({ at, choices }) =>
      `    ${quote(at)}) candidates=${quote(choices.join(" "))}; COMPREPLY=($(compgen -W "$candidates" -- "$current")); return ;;`,
  )
  .join("\n")}
  esac
  case "$at" in
${nodes.map((node) => `    ${quote(node.path)}) candidates=${quote(words(node).join(" "))} ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _devhook devhook
`;
}

/** For a file named _devhook in $fpath, or for eval after compinit. */
export function zshScript(tree: CommandNode): string {
  const nodes = flatten(tree);
  return `#compdef devhook
# devhook completion for zsh: eval "$(devhook completion zsh)" after compinit
_devhook() {
  local at=${quote(tree.path)} word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
${steps(nodes)
  .map(({ from, to }) => `      ${quote(from)}) at=${quote(to)} ;;`)
  .join("\n")}
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${valued(nodes)
  .map(
    ({ at, choices }) => `    ${quote(at)}) ${choices.length === 0 ? "_files" : `compadd -- ${choices.map(quote).join(" ")}`}; return ;;`,
  )
  .join("\n")}
  esac
  case "$at" in
${nodes.map((node) => `    ${quote(node.path)}) candidates=(${described(node).map(quote).join(" ")}) ;;`).join("\n")}
  esac
  _describe devhook candidates || _files
}
if [ "$funcstack[1]" = "_devhook" ]; then _devhook "$@"; else compdef _devhook devhook; fi
`;
}

/** For ~/.config/fish/completions/devhook.fish. */
export function fishScript(tree: CommandNode): string {
  const nodes = flatten(tree);
  const lines = nodes.flatMap((node) => {
    const condition = `-n ${fishQuote(`test (__devhook_at) = "${node.path}"`)}`;
    return [
      ...node.commands.flatMap(({ name, aliases, summary }) =>
        [name, ...aliases].map((each) => `complete -c devhook -f ${condition} -a ${fishQuote(each)} -d ${fishQuote(summary)}`),
      ),
      ...node.choices.map((choice) => `complete -c devhook -f ${condition} -a ${fishQuote(choice)}`),
      ...node.options.map((option) => `complete -c devhook ${condition} ${fishOption(option)}`),
    ];
  });
  return `# devhook completion for fish
function __devhook_at
  set -l at ${fishQuote(tree.path)}
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
${steps(nodes)
  .map(({ from, to }) => `      case ${fishQuote(from)}\n        set at ${fishQuote(to)}`)
  .join("\n")}
    end
  end
  echo $at
end
${lines.join("\n")}
`;
}

function flatten(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(flatten)];
}

/** `devhook replay` leads to `devhook resend`. */
function steps(nodes: readonly CommandNode[]): readonly { readonly from: string; readonly to: string }[] {
  return nodes.flatMap((node) =>
    node.commands.flatMap((child) => [child.name, ...child.aliases].map((word) => ({ from: `${node.path} ${word}`, to: child.path }))),
  );
}

/** Where the word before the cursor is an option that takes a value: its choices, or none for anything. */
function valued(nodes: readonly CommandNode[]): readonly { readonly at: string; readonly choices: readonly string[] }[] {
  return nodes.flatMap((node) =>
    node.options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags, choices }) => flags.map((flag) => ({ at: `${node.path} ${flag}`, choices }))),
  );
}

function words(node: CommandNode): readonly string[] {
  return [
    ...node.commands.flatMap(({ name, aliases }) => [name, ...aliases]),
    ...node.choices,
    ...node.options.flatMap(({ flags }) => flags),
  ];
}

/** `name:summary` as _describe wants it: colons of the name escaped. */
function described(node: CommandNode): readonly string[] {
  const entry = (word: string, summary: string): string => `${word.replaceAll(":", "\\:")}:${summary}`;
  return [
    ...node.commands.flatMap(({ name, aliases, summary }) => [name, ...aliases].map((word) => entry(word, summary))),
    ...node.choices.map((choice) => entry(choice, "")),
    ...node.options.flatMap(({ flags, summary }) => flags.map((flag) => entry(flag, summary))),
  ];
}

function fishOption({ flags, summary, takesValue, choices }: OptionNode): string {
  const parts = flags.map((flag) => (flag.startsWith("--") ? `-l ${fishQuote(flag.slice(2))}` : `-s ${fishQuote(flag.slice(1))}`));
  if (takesValue) parts.push("-r");
  if (choices.length > 0) parts.push(`-f -a ${fishQuote(choices.join(" "))}`);
  return `${parts.join(" ")} -d ${fishQuote(summary)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
