import type { Context, Need } from "../keys.ts";
import type { BodyMode, Message, PaneSize, Tab, TunnelView } from "../model.ts";
import type { EditForm } from "../overlays/form-lines.ts";
import type { ThemeName } from "../theme.ts";
import type { TextField } from "../typing/text-field.ts";
import type { Effect } from "./effects.ts";
import { EMPTY_LIST, type ListState, markedRows, selectedRow } from "./list-state.ts";

/** What is shown of the selected delivery, and where in it somebody looks. */
export type DetailState = {
  readonly tab: Tab;
  /** line that the keys are at, from 0 */
  readonly line: number;
  /** first line that is seen, as far as that is left to choose */
  readonly top: number;
  /** places of what is folded, of this tab */
  readonly folded: ReadonlySet<number>;
  readonly wrap: boolean;
  readonly mode: BodyMode;
  /** number of the attempt whose answer is shown, as long as its tab is; undefined: the newest */
  readonly attempt: number | undefined;
  /** text that is looked for; empty: none */
  readonly search: string;
  /** two deliveries that are compared in place of one that is shown */
  readonly diff: { readonly before: string; readonly after: string } | undefined;
};

/** The filter of the list. */
type FilterState = {
  /** what the list is filtered by; empty: nothing */
  readonly applied: string;
  /** what is wrong with what is being typed */
  readonly fault: { readonly message: string; readonly column: number | undefined } | undefined;
  /** filters of before, the newest last */
  readonly history: readonly string[];
};

/** One line of a menu. */
type MenuItem = {
  readonly label: string;
  readonly hint: string;
  readonly effect: Effect;
  /** of a sender: a secret of it is kept, and can be removed */
  readonly isKept?: boolean;
};

/** A form for an edited resend, as it is shown, and what its parts are called. */
export type FormView = Omit<EditForm, "index" | "ticks"> & {
  readonly ticks: readonly (EditForm["ticks"][number] & { readonly id: string })[];
};

/** What lies over list and detail, one at a time. */
export type Overlay =
  | {
      readonly kind: "help";
      readonly field: TextField;
      readonly scroll: number;
      readonly from: Context;
      /** what is there again when it is closed */
      readonly over: Overlay | undefined;
    }
  | { readonly kind: "log"; readonly scroll: number }
  | { readonly kind: "menu"; readonly title: string; readonly items: readonly MenuItem[]; readonly index: number }
  | { readonly kind: "ask"; readonly question: string; readonly consequence: string; readonly effect: Effect }
  | {
      readonly kind: "prompt";
      readonly title: string;
      readonly hint: string;
      readonly field: TextField;
      /** what is typed is not to be seen */
      readonly hidden: boolean;
      readonly fault: string | undefined;
      readonly what: Prompt;
    }
  | { readonly kind: "filter"; readonly field: TextField; readonly before: string; readonly at: number }
  | { readonly kind: "search"; readonly field: TextField }
  | { readonly kind: "commands"; readonly field: TextField; readonly index: number; readonly from: Context }
  | { readonly kind: "form"; readonly form: FormView; readonly index: number };

/** What a line of text is asked for. */
export type Prompt =
  | { readonly kind: "note"; readonly id: string }
  | { readonly kind: "secret"; readonly provider: string }
  | { readonly kind: "port" };

/** All that the screen shows, as a value. */
export type ScreenState = {
  readonly size: PaneSize;
  readonly tunnel: TunnelView;
  readonly list: ListState;
  readonly detail: DetailState;
  readonly filter: FilterState;
  readonly focus: "list" | "detail";
  readonly zoom: boolean;
  readonly header: "auto" | "shown" | "hidden";
  readonly theme: ThemeName;
  readonly mouse: boolean;
  readonly overlay: Overlay | undefined;
  /** what devhook has said, the oldest first */
  readonly log: readonly Message[];
  /** the one that is shown for a moment, or until a key when it is an error */
  readonly toast: Message | undefined;
};

/** What the panes measured at the last frame; keys that move by pages, or to an end, go by it. */
export type Metrics = {
  /** rows of the list that can be seen */
  readonly listRows: number;
  /** lines of the detail that can be seen */
  readonly detailRows: number;
  /** lines that the detail has */
  readonly detailCount: number;
  /** place that folds on the line that the keys are at */
  readonly foldAt: number | undefined;
  /** attempt that the line tells of that the keys are at */
  readonly attemptAt: number | undefined;
  /** whether list and detail stand side by side, or one above the other */
  readonly isSplit: boolean;
  /** lines of an overlay that scrolls, and how many of them can be seen */
  readonly overlayCount: number;
  readonly overlayRows: number;
};

/** What stands in a cell of the last frame; `top` is the first line of the detail that is seen. */
export type Hit =
  | { readonly pane: "list"; readonly seq: number | undefined }
  | { readonly pane: "detail"; readonly top: number; readonly tab?: Tab | undefined; readonly line?: number | undefined };

/** A screen that has nothing to show yet. */
export function firstState(size: PaneSize, tunnel: TunnelView, theme: ThemeName, { mouse }: { readonly mouse: boolean }): ScreenState {
  return {
    size,
    tunnel,
    list: EMPTY_LIST,
    detail: {
      tab: "summary",
      line: 0,
      top: 0,
      folded: new Set(),
      wrap: false,
      mode: "pretty",
      attempt: undefined,
      search: "",
      diff: undefined,
    },
    filter: { applied: "", fault: undefined, history: [] },
    focus: "list",
    zoom: false,
    header: "auto",
    theme,
    mouse,
    overlay: undefined,
    log: [],
    toast: undefined,
  };
}

/** Where keys go. */
export function contextOf({ overlay, focus }: Pick<ScreenState, "overlay" | "focus">): Context {
  switch (overlay?.kind) {
    case undefined:
      return focus;
    case "help":
    case "log":
    case "menu":
    case "ask":
    case "form":
      return overlay.kind;
    case "prompt":
    case "filter":
    case "search":
    case "commands":
      return "text";
  }
}

/** What there is, for keys that need it. */
export function givenOf(state: ScreenState): ReadonlySet<Need> {
  const given = new Set<Need>();
  const { list, filter, detail, focus, overlay } = state;
  const selected = selectedRow(list);
  if (selected !== undefined) given.add("delivery");
  if (pairOf(list) !== undefined) given.add("pair");
  if (detail.tab === "tries" && detail.diff === undefined && (selected?.attempts ?? 0) > 0) given.add("tries");
  if (overlay?.kind === "menu" && overlay.items[overlay.index]?.isKept === true) given.add("secret");
  if (overlay?.kind === "filter" || overlay?.kind === "commands") given.add("words");
  if (focus === "detail" ? detail.search !== "" : filter.applied !== "") given.add("matches");
  return given;
}

/** The two deliveries that are compared: the last two that are marked, or the marked one and the selected one. The older one first. */
export function pairOf(list: ListState): { readonly before: string; readonly after: string } | undefined {
  const marked = markedRows(list, 2);
  const selected = selectedRow(list);
  const [first, second = selected] = marked;
  if (first === undefined || second === undefined || first.seq === second.seq) return undefined;
  const [before, after] = first.seq < second.seq ? [first, second] : [second, first];
  return { before: before.id, after: after.id };
}
