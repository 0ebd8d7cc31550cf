import { ACTIONS, GROUPS } from "../../../client/tui/keys.ts";

const INTRODUCTION = `# Keys

What each key of the screen does, by the id that \`ui.keys\` gives other keys to. This page is made from client/tui/keys.ts; on the screen, \`?\` shows what works
where you are.

\`\`\`json
{ "ui": { "keys": { "resend": "r,ctrl+e", "zoom": "f5", "theme": "" } } }
\`\`\`

Keys stand between commas, modifiers (\`ctrl\`, \`alt\`, \`shift\`) before a plus, characters as they are typed: \`R\`, not \`shift+r\`. Keys that type nothing are
\`space\`, \`comma\`, \`enter\`, \`tab\`, \`esc\`, \`backspace\`, \`delete\`, \`insert\`, \`up\`, \`down\`, \`left\`, \`right\`, \`home\`, \`end\`, \`pageup\`, \`pagedown\`, \`f1\` to
\`f12\`. An empty text takes all keys away. A key that two actions of one place would have is refused when devhook starts, with both names.

Places: \`list\` and \`detail\` are the two panes, \`form\` is edit & resend, \`menu\` any list to choose from, \`ask\` a question, \`log\` the messages, \`help\` the help,
\`text\` wherever one line is typed. Characters that type are text in \`help\` and \`text\`, whatever they mean elsewhere.
`;

/** docs/keys.md */
export function keysPage(): string {
  const sections = GROUPS.map((group) => {
    const rows = ACTIONS.filter((action) => action.group === group).map(({ id, keys, label, where, fixed = false }) => {
      const shown = keys.map((key) => `\`${key}\``).join(" ");
      return `| \`${id}\` | ${shown}${fixed ? " (cannot be changed)" : ""} | ${label} | ${where.join(", ")} |`;
    });
    return `## ${group}\n\n| id | keys | what | where |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return [INTRODUCTION, ...sections].join("\n");
}
