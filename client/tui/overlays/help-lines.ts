import { cellsOf, fitText } from "../../terminal/cut-line.ts";
import type { Given, Keymap } from "../keymap.ts";
import type { Context } from "../keys.ts";
import type { Look, PaneSize } from "../model.ts";
import { type TextField, fieldLine } from "../typing/text-field.ts";
import { BOX_COLUMNS, type ScrolledBox, scrolledBox } from "./box-lines.ts";

/** The keys that work in a place. */
export type HelpView = {
  /** what had the focus when help was asked for */
  readonly context: Context;
  readonly given: Given;
  /** what is searched for */
  readonly field: TextField;
  /** first line that is seen, as far as there are so many */
  readonly scroll: number;
};

/** Cells between two columns. */
const GAP = 3;

type Group = ReturnType<Keymap["help"]>[number];

/** The keys in groups, as many side by side as fit. */
export function helpLines({ context, given, field, scroll }: HelpView, { columns, rows }: PaneSize, look: Look): ScrolledBox {
  const { theme, keymap } = look;
  const inner = Math.max(1, columns - BOX_COLUMNS);
  const groups = keymap.help(context, given, field.text);
  const found = groups.reduce((sum, { lines }) => sum + lines.length, 0);
  const close = keymap.keysOf("back");
  const search = `/ ${fieldLine(field, Math.max(1, inner - 12), look)}${theme.style.dim(`${found} found`.padStart(10))}`;
  return scrolledBox(
    {
      title: "Keys",
      hint: `type to search${close === "" ? "" : ` ${theme.glyphs.dot} ${close} close`}`,
      fixed: field.text === "" ? [] : [search],
      lines: found === 0 ? [theme.style.dim("no key does that here")] : helpColumns(groups, inner, look),
    },
    { scroll, columns, rows },
    look,
  );
}

function helpColumns(groups: readonly Group[], cells: number, look: Look): readonly string[] {
  for (let count = groups.length; count > 1; count--) {
    const columns = distribute(groups, count).map((each) => columnOf(each, look));
    const width = columns.reduce((sum, column) => sum + column.width, GAP * (count - 1));
    if (width <= cells) return beside(columns);
  }
  const only = columnOf(groups, look);
  return only.lines.map((line) => line.text);
}

/** Groups in their order, each where there is least so far. */
function distribute(groups: readonly Group[], count: number): readonly (readonly Group[])[] {
  const columns = Array.from({ length: count }, (): { height: number; groups: Group[] } => ({ height: 0, groups: [] }));
  for (const group of groups) {
    const least = columns.reduce((low, column) => (column.height < low.height ? column : low));
    least.groups.push(group);
    least.height += group.lines.length + 2;
  }
  return columns.map((column) => column.groups);
}

type Column = { readonly width: number; readonly lines: readonly { readonly text: string; readonly width: number }[] };

function columnOf(groups: readonly Group[], look: Look): Column {
  const lines = groups.flatMap((group, at) => [...(at === 0 ? [] : [{ text: "", width: 0 }]), ...groupLines(group, look)]);
  return { width: Math.max(...lines.map(({ width }) => width)), lines };
}

function groupLines({ group, lines }: Group, { theme }: Look): Column["lines"] {
  const keysWidth = Math.max(...lines.map(({ keys }) => cellsOf(keys)));
  return [
    { text: theme.style.bold(group.toUpperCase()), width: group.length },
    ...lines.map(({ keys, label }) => ({
      text: `${theme.style.link(fitText(keys, keysWidth, theme))} ${label}`,
      width: keysWidth + 1 + label.length,
    })),
  ];
}

function beside(columns: readonly Column[]): readonly string[] {
  const height = Math.max(...columns.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    columns
      .map(({ width, lines }) => {
        const line = lines[at] ?? { text: "", width: 0 };
        return line.text + " ".repeat(width - line.width);
      })
      .join(" ".repeat(GAP)),
  );
}
