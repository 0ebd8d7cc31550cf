import type { ActionId } from "../keys.ts";
import type { Look, PaneSize } from "../model.ts";
import { fieldLine, type TextField } from "../typing/text-field.ts";
import { BOX_COLUMNS, BOX_ROWS, boxLines } from "./box-lines.ts";
import { entryLines, selectedOf } from "./menu-lines.ts";

/** Actions by name, narrowed down by what is typed. */
export type CommandsView = {
  readonly field: TextField;
  /** those that match, in order */
  readonly commands: readonly { readonly id: ActionId; readonly label: string }[];
  /** the selected one, from 0 */
  readonly index: number;
};

/** The line that is typed, and below it the commands that match: name, meaning and key. */
export function commandsLines({ field, commands, index }: CommandsView, { columns, rows }: PaneSize, look: Look): readonly string[] {
  const inner = Math.max(1, columns - BOX_COLUMNS);
  const items = commands.map(({ id, label }) => {
    const keys = look.keymap.keysOf(id);
    return { label: id, hint: keys === "" ? label : `${label} (${keys})` };
  });
  const size = { columns: inner, rows: rows - BOX_ROWS - 1 };
  const entries = entryLines({ items, index, empty: "no command has that in its name" }, size, look);
  const place = entries.length < items.length ? `${selectedOf(items, index) + 1} of ${items.length}` : "";
  return boxLines({ title: "Commands", place, lines: [`: ${fieldLine(field, Math.max(0, inner - 2), look)}`, ...entries] }, columns, look);
}
