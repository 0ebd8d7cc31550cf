import type { Look, PaneSize } from "../model.ts";
import { askLines } from "../overlays/ask-lines.ts";
import { commandsLines } from "../overlays/commands-lines.ts";
import { filterBar, searchBar } from "../overlays/filter-bar.ts";
import { formLines } from "../overlays/form-lines.ts";
import { helpLines } from "../overlays/help-lines.ts";
import { logLines } from "../overlays/log-lines.ts";
import { menuLines } from "../overlays/menu-lines.ts";
import { promptLines } from "../overlays/prompt-lines.ts";
import { commandsOf } from "../state/reduce.ts";
import { givenOf, type ScreenState } from "../state/state.ts";
import type { PaneText } from "./ink-frames.tsx";

/** What lies over the panes, or stands in place of the status and the keys. */
export type Shown = {
  readonly pane: PaneText | undefined;
  /** two lines at the bottom */
  readonly bar: readonly string[] | undefined;
  /** lines to scroll through, and how many are seen at once */
  readonly count: number;
  readonly rows: number;
};

/** Widest of a box: longer lines are hard to read. */
const MOST_COLUMNS = { words: 76, keys: 110, log: 120 };
/** Columns and rows around a box, so that it is seen as one. */
const AROUND = { columns: 2, rows: 2 };

/** Keys of the filter language, those that people ask for most first. */
const FILTER_KEYS = [
  "status:5xx,err",
  "sig:bad",
  "from:stripe",
  "type:job.*",
  "path:/hook*",
  "ms:>500",
  "age:<5m",
  "is:failed",
  "b.data.id:x",
  "h.name:x",
  "body:text",
  "-not",
];

/** The overlay of this moment; undefined when there is none. */
export function overlayOf(state: ScreenState, look: Look, size: PaneSize): Shown | undefined {
  const { overlay, list } = state;
  switch (overlay?.kind) {
    case undefined:
      return undefined;
    case "help": {
      const view = {
        context: overlay.from,
        given: givenOf({ ...state, overlay: overlay.over }),
        field: overlay.field,
        scroll: overlay.scroll,
      };
      const within = boxSize(size, MOST_COLUMNS.keys);
      const { lines, count, rows } = helpLines(view, within, look);
      return box(lines, within, { count, rows });
    }
    case "log": {
      const within = boxSize(size, MOST_COLUMNS.log);
      const { lines, count, rows } = logLines({ messages: state.log, scroll: overlay.scroll }, within, look);
      return box(lines, within, { count, rows });
    }
    case "menu": {
      const within = boxSize(size, MOST_COLUMNS.words);
      return box(menuLines(overlay, within, look), within);
    }
    case "ask": {
      const within = boxSize(size, MOST_COLUMNS.words);
      return box(askLines(overlay, within, look), within);
    }
    case "prompt": {
      const within = boxSize(size, MOST_COLUMNS.words);
      return box(promptLines(overlay, within, look), within);
    }
    case "commands": {
      const within = boxSize(size, MOST_COLUMNS.words);
      const commands = commandsOf({ ...state, overlay: undefined }, overlay.from, overlay.field.text);
      return box(commandsLines({ ...overlay, commands }, within, look), within);
    }
    case "form": {
      const within = boxSize(size, MOST_COLUMNS.words + 2);
      return box(formLines({ ...overlay.form, index: overlay.index }, within, look), within);
    }
    case "filter": {
      const view = { field: overlay.field, fault: state.filter.fault, shown: list.shown.length, all: list.rows.length, keys: FILTER_KEYS };
      return { pane: undefined, bar: filterBar(view, size.columns, look), count: 0, rows: 1 };
    }
    case "search": {
      const { keymap } = look;
      const hint = `searches what is shown here; ${keymap.keysOf("next-match")} and ${keymap.keysOf("previous-match")} go from match to match`;
      return { pane: undefined, bar: searchBar({ field: overlay.field, hint }, size.columns, look), count: 0, rows: 1 };
    }
  }
}

function boxSize({ columns, rows }: PaneSize, most: number): PaneSize {
  return { columns: Math.min(columns - AROUND.columns, most), rows: rows - AROUND.rows };
}

function box(lines: readonly string[], { columns }: PaneSize, scroll = { count: 0, rows: 1 }): Shown {
  return { pane: { columns, lines }, bar: undefined, ...scroll };
}
