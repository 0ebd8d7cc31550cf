import { headerRowsOf } from "../frame/layout.ts";
import { type ActionId, ACTIONS, type Context } from "../keys.ts";
import { type Message, type PaneSize, type Row, TABS, type TunnelView } from "../model.ts";
import { THEME_NAMES } from "../theme.ts";
import { editField, EMPTY_FIELD, FIELD_LIMIT, fieldOf, hasRoomFor, typeInto } from "../typing/text-field.ts";
import { completeFilter, type KnownValues } from "./complete-filter.ts";
import type { Effect } from "./effects.ts";
import {
  anchored,
  changeRows,
  follow,
  moveBy,
  type RowChange,
  selectedRow,
  selectPosition,
  selectSeq,
  showOnly,
  turnOrder,
} from "./list-state.ts";
import { contextOf, type FormView, givenOf, type Hit, type Metrics, type Overlay, pairOf, type ScreenState } from "./state.ts";

/** Something that happens to the screen. */
export type ScreenEvent =
  /** a key that means something where the focus is */
  | { readonly type: "action"; readonly action: ActionId; readonly metrics: Metrics }
  /** the mouse, where nothing lies over the panes */
  | { readonly type: "click"; readonly hit: Hit; readonly metrics: Metrics }
  | { readonly type: "wheel"; readonly by: 1 | -1; readonly hit: Hit; readonly metrics: Metrics }
  /** text that was typed where there is something to type into */
  | { readonly type: "typed"; readonly text: string }
  /** text that was pasted there; `isCut`: there was more of it */
  | { readonly type: "pasted"; readonly text: string; readonly isCut: boolean; readonly at: number }
  /** text that was pasted where there is not */
  | { readonly type: "stray-paste"; readonly at: number }
  | { readonly type: "resized"; readonly size: PaneSize }
  | { readonly type: "rows"; readonly change: RowChange; readonly listRows: number }
  | { readonly type: "tunnel"; readonly tunnel: Partial<TunnelView> }
  | { readonly type: "said"; readonly message: Message }
  /** as `said`, for the log only */
  | { readonly type: "noted"; readonly message: Message }
  /** a toast has been there for long enough */
  | { readonly type: "toast-over"; readonly toast: Message }
  /** what a filter lets through, undefined for everything */
  | { readonly type: "filtered"; readonly text: string; readonly seqs: ReadonlySet<number> | undefined }
  /** a filter that means nothing; the list keeps the one before */
  | { readonly type: "filter-fault"; readonly text: string; readonly message: string; readonly column: number | undefined }
  /** work opens something over the list */
  | { readonly type: "open"; readonly overlay: Overlay }
  | { readonly type: "form"; readonly form: FormView }
  | { readonly type: "close-overlay" }
  | { readonly type: "prompt-fault"; readonly message: string }
  /** the keys go to a line of the detail */
  | { readonly type: "line"; readonly line: number };

/** What comes of an event. */
export type Step = { readonly state: ScreenState; readonly effects: readonly Effect[] };

/** Messages that the log keeps. */
const LOG_KEPT = 500;
/** Filters that are remembered. */
const FILTERS_KEPT = 50;
/** Lines of a page that stay in sight when it is turned. */
const PAGE_OVERLAP = 1;
/** Lines of the detail that a turn of the wheel goes. */
const WHEEL_LINES = 3;
/** More at once are asked for first. */
const ASK_ABOVE = 20;

/** What `f` goes through. */
const QUICK_FILTERS = ["", "is:failed", "sig:bad", "age:<5m"] as const;

/** One step of the screen: values in, values out. */
export function reduce(state: ScreenState, event: ScreenEvent): Step {
  switch (event.type) {
    case "action":
      return act(settleToast(state), event.action, event.metrics);
    case "click":
      return click(settleToast(state), event);
    case "wheel":
      return still(wheel(settleToast(state), event));
    case "typed":
      return type(settleToast(state), event.text);
    case "pasted":
      return paste(settleToast(state), event);
    case "stray-paste":
      return still(
        withMessage(settleToast(state), {
          at: event.at,
          kind: "warning",
          text: "pasted text was left out: nothing here takes text (press / to filter)",
        }),
      );
    case "resized":
      return still({ ...state, size: event.size });
    case "rows":
      return still(withSelection(state, anchored(changeRows(heldList(state, event.change), event.change), event.listRows)));
    case "tunnel":
      return still({ ...state, tunnel: { ...state.tunnel, ...event.tunnel } });
    case "said":
      return still(withMessage(state, event.message));
    case "noted":
      return still({ ...state, log: [...state.log, event.message].slice(-LOG_KEPT) });
    case "toast-over":
      return still(state.toast === event.toast ? { ...state, toast: undefined } : state);
    case "filtered":
      return still({
        ...withSelection(state, showOnly(state.list, event.seqs)),
        filter: { ...state.filter, applied: event.text, fault: undefined },
      });
    case "filter-fault":
      return still(withFault(state, event));
    case "open":
      return still({ ...state, overlay: event.overlay });
    case "form":
      return still(state.overlay?.kind === "form" ? { ...state, overlay: { ...state.overlay, form: event.form } } : state);
    case "close-overlay":
      return still({ ...state, overlay: undefined });
    case "prompt-fault":
      return still(state.overlay?.kind === "prompt" ? { ...state, overlay: { ...state.overlay, fault: event.message } } : state);
    case "line":
      return still({ ...state, detail: { ...state.detail, line: event.line } });
  }
}

function still(state: ScreenState): Step {
  return { state, effects: [] };
}

function works(state: ScreenState, ...effects: readonly Effect[]): Step {
  return { state, effects };
}

function withMessage(state: ScreenState, message: Message): ScreenState {
  const isHidden = state.toast?.kind === "error" && message.kind !== "error";
  return { ...state, log: [...state.log, message].slice(-LOG_KEPT), toast: isHidden ? state.toast : message };
}

/** An error stays until a key is pressed: this is one. */
function settleToast(state: ScreenState): ScreenState {
  return state.toast?.kind === "error" ? { ...state, toast: undefined } : state;
}

function act(state: ScreenState, action: ActionId, metrics: Metrics): Step {
  switch (action) {
    case "quit":
    case "quit-anywhere":
      return works(state, { do: "quit" });
    case "repaint":
    case "suspend":
    case "reconnect":
      return works(state, { do: action });
    case "back":
    case "close":
      return back(state);
    default:
      return state.overlay === undefined ? actBelow(state, action, metrics) : actOver(state, state.overlay, action, metrics);
  }
}

/** A row is selected, and opened when it was already; a tab is opened; the keys go to the pane that was clicked, and to its line. */
function click(state: ScreenState, { hit, metrics }: Extract<ScreenEvent, { type: "click" }>): Step {
  if (hit.pane === "list") {
    if (hit.seq === undefined) return still(state);
    if (state.focus === "list" && state.list.selected === hit.seq) return act(state, "open", metrics);
    return still({ ...withList(state, selectSeq(anchored(state.list, metrics.listRows), hit.seq), metrics), focus: "list" });
  }
  if (selectedRow(state.list) === undefined) return still(state);
  if (hit.tab !== undefined) return still(withTab(state, hit.tab));
  const { line = state.detail.line, top } = hit;
  return still({ ...state, focus: "detail", detail: { ...state.detail, line, top } });
}

/** The pane under the pointer scrolls, wherever the keys go. */
function wheel(state: ScreenState, { by, hit, metrics }: Extract<ScreenEvent, { type: "wheel" }>): ScreenState {
  if (hit.pane === "list") return withList(state, moveBy(anchored(state.list, metrics.listRows), by), metrics);
  const { detailRows, detailCount } = metrics;
  const top = Math.max(0, Math.min(hit.top + by * WHEEL_LINES, detailCount - detailRows));
  const line = Math.min(Math.max(state.detail.line, top), top + detailRows - 1);
  return { ...state, detail: { ...state.detail, top, line } };
}

/** The list as it meets a change: whoever reads a delivery goes on reading it when a newer one comes. */
function heldList({ list, focus }: ScreenState, { rows }: RowChange): ScreenState["list"] {
  const newest = list.shown.at(-1)?.seq;
  const isReading = focus === "detail" && newest !== undefined && rows.some(({ seq }) => seq > newest);
  return isReading ? { ...list, isFollowing: false } : list;
}

/** A fault stands under the text that it is about. */
function withFault(state: ScreenState, { text, message, column }: Extract<ScreenEvent, { type: "filter-fault" }>): ScreenState {
  const overlay = state.overlay ?? filterBar(state, text);
  return { ...state, overlay, filter: { ...state.filter, fault: { message, column } } };
}

function filterBar({ filter }: ScreenState, text: string): Overlay {
  return { kind: "filter", field: fieldOf(text), before: filter.applied, at: filter.history.length };
}

/** One level back. It never quits. */
function back(state: ScreenState): Step {
  const { overlay, detail, filter } = state;
  if (overlay?.kind === "filter") {
    return works({ ...state, overlay: undefined, filter: { ...filter, fault: undefined } }, { do: "filter", text: "", soon: false });
  }
  if (overlay !== undefined) return still({ ...state, overlay: overlay.kind === "help" ? overlay.over : undefined });
  if (detail.diff !== undefined) return still({ ...state, detail: { ...detail, diff: undefined, line: 0, top: 0 } });
  if (state.focus === "detail" && detail.attempt !== undefined) return still(withTab(state, "tries"));
  if (state.focus === "detail" && detail.search !== "") return still({ ...state, detail: { ...detail, search: "" } });
  if (state.zoom) return still({ ...state, zoom: false, focus: "list" });
  if (state.focus === "detail") return still({ ...state, focus: "list" });
  if (filter.applied !== "") return works(state, { do: "filter", text: "", soon: false });
  return still(state);
}

function actBelow(state: ScreenState, action: ActionId, metrics: Metrics): Step {
  const { detail, filter, tunnel } = state;
  // a filter or another size may have moved what is on the screen
  const list = anchored(state.list, metrics.listRows);
  const row = selectedRow(list);
  const id = row?.id ?? "";
  const open = (overlay: Overlay): Step => still({ ...state, overlay });
  const ofList = (next: ScreenState["list"]): Step => still(withList(state, next, metrics));
  switch (action) {
    case "down":
    case "up":
    case "page-down":
    case "page-up":
    case "first":
    case "last":
      if (state.focus === "detail") return still({ ...state, detail: scrolled(detail, action, metrics) });
      if (action === "first") return ofList(selectPosition(list, 0));
      if (action === "last") return ofList(selectPosition(list, Infinity));
      return ofList(moveBy(list, stepOf(action, metrics.listRows)));
    case "follow":
      return ofList(follow(list));
    case "newest-first":
      return ofList(turnOrder(list));
    case "open":
      return still(row === undefined ? state : { ...state, focus: "detail" });
    case "other-pane":
      return still({ ...state, focus: state.focus === "list" ? "detail" : "list" });
    case "zoom":
      return still({ ...state, zoom: !state.zoom });
    case "header":
      return still({ ...state, header: otherHeader(state) });
    case "mouse":
      return works({ ...state, mouse: !state.mouse }, { do: "mouse", on: !state.mouse });
    case "theme": {
      const name = THEME_NAMES[(THEME_NAMES.indexOf(state.theme) + 1) % THEME_NAMES.length] ?? "default";
      return works({ ...state, theme: name }, { do: "theme", name });
    }

    case "tab-summary":
    case "tab-headers":
    case "tab-body":
    case "tab-response":
    case "tab-signature":
    case "tab-tries":
      return still(withTab(state, action.slice("tab-".length) as (typeof TABS)[number]));
    case "next-tab":
      return still(withTab(state, TABS[(TABS.indexOf(detail.tab) + 1) % TABS.length] ?? "summary"));
    case "previous-tab":
      return still(withTab(state, TABS.at(TABS.indexOf(detail.tab) - 1) ?? "summary"));
    case "show-try":
      if (metrics.attemptAt === undefined) return still(state);
      return still({ ...state, detail: { ...withTab(state, "response").detail, attempt: metrics.attemptAt } });
    case "wrap":
      return still({ ...state, detail: { ...detail, wrap: !detail.wrap, line: 0, top: 0 } });
    case "raw":
    case "bytes": {
      const mode = action === "raw" ? "raw" : "bytes";
      return still({
        ...state,
        detail: { ...detail, mode: detail.mode === mode ? "pretty" : mode, folded: new Set(), line: 0, top: 0 },
      });
    }
    case "fold": {
      const { foldAt } = metrics;
      if (foldAt === undefined) return still(state);
      const folded = new Set(detail.folded);
      if (!folded.delete(foldAt)) folded.add(foldAt);
      return still({ ...state, detail: { ...detail, folded } });
    }

    case "filter":
      return open(filterBar(state, filter.applied));
    case "search":
      return open({ kind: "search", field: fieldOf(detail.search) });
    case "quick-filter": {
      const at = QUICK_FILTERS.findIndex((text) => text === filter.applied);
      return works(state, { do: "filter", text: QUICK_FILTERS[(at + 1) % QUICK_FILTERS.length] ?? "", soon: false });
    }
    case "next-match":
    case "previous-match":
      if (state.focus === "detail") return works(state, { do: "find", direction: action === "next-match" ? 1 : -1 });
      return ofList(moveBy(list, action === "next-match" ? 1 : -1));

    case "resend":
    case "re-sign": {
      const ids = idsInHand(state);
      const effect: Effect = { do: "resend", ids, resign: action === "re-sign" };
      if (ids.length <= ASK_ABOVE) return works(state, effect);
      return open(ask(`Send ${ids.length} deliveries to ${tunnel.app.target} again?`, "Your app is called once for each of them.", effect));
    }
    case "edit":
      return works(state, { do: "edit", id });
    case "copy-curl":
      return works(state, { do: "copy", what: "curl", id });
    case "copy-menu":
      return open(copyMenu(id));
    case "copy-url":
      return works(state, { do: "copy-url" });
    case "mark":
      return works(state, { do: "mark", ids: [id], on: row?.marked !== true });
    case "pin":
      return works(state, { do: "pin", ids: [id], on: row?.pinned !== true });
    case "diff": {
      const pair = pairOf(list);
      if (pair === undefined) return still(state);
      return still({ ...state, focus: "detail", detail: { ...detail, diff: pair, line: 0, top: 0 } });
    }
    case "note":
      return open({
        kind: "prompt",
        title: `Note on #${row?.seq ?? ""}`,
        hint: "empty: no note",
        field: fieldOf(row?.note ?? ""),
        hidden: false,
        fault: undefined,
        what: { kind: "note", id },
      });
    case "delete": {
      const ids = idsInHand(state);
      const what = ids.length === 1 ? `delivery ${nameOf(state, ids)}` : `${ids.length} marked deliveries`;
      const words = [...doubtsOf(state, ids), "Gone from the history for good. What is owed to your app stays."];
      return open(ask(`Delete ${what}?`, words.join(" "), { do: "delete", ids }));
    }
    case "clear":
      return open(
        ask(
          "Delete all deliveries of this tunnel?",
          "Pinned ones, those under way and those owed to your app stay. The rest is gone for good.",
          { do: "clear" },
        ),
      );
    case "export": {
      const ids = idsInHand(state);
      return open(exportMenu(ids, nameOf(state, ids)));
    }

    case "test":
      return works(state, { do: "test-menu" });
    case "port":
      return works(state, { do: "port-menu" });
    case "secrets":
      return works(state, { do: "secrets-menu" });
    case "log":
      return open({ kind: "log", scroll: Infinity });
    case "help":
      return open(helpOn(state));
    case "commands":
      return open({ kind: "commands", field: EMPTY_FIELD, index: 0, from: contextOf(state) });
    default:
      return still(state);
  }
}

/** What looks otherwise than the header that there is, and back. */
function otherHeader({ header, size }: Pick<ScreenState, "header" | "size">): ScreenState["header"] {
  if (header !== "auto") return "auto";
  return headerRowsOf(size.rows, "auto") === 1 ? "shown" : "hidden";
}

/** All marked deliveries when the selected one is among them, else the selected one alone: marks that one has forgotten must not decide. */
function idsInHand({ list }: Pick<ScreenState, "list">): readonly string[] {
  const selected = selectedRow(list);
  if (selected === undefined) return [];
  return selected.marked ? list.rows.filter((each) => each.marked).map(({ id }) => id) : [selected.id];
}

/** What somebody may not know who deletes these deliveries. */
function doubtsOf({ list }: Pick<ScreenState, "list">, ids: readonly string[]): readonly string[] {
  const wanted = new Set(ids);
  const rows = list.rows.filter(({ id }) => wanted.has(id));
  const [only] = rows;
  const name = rows.length === 1 && only !== undefined ? `#${only.seq}` : undefined;
  const pinned = rows.filter((row) => row.pinned).length;
  const pending = rows.filter(({ state }) => state === "pending").length;
  const shown = new Set(list.shown.map(({ id }) => id));
  const hidden = rows.filter(({ id }) => !shown.has(id)).length;
  return [
    ...(pinned === 0 ? [] : [`${name ?? pinned} ${pinned === 1 ? "is" : "are"} pinned.`]),
    ...(pending === 0
      ? []
      : [`${name ?? pending} ${pending === 1 ? "is under way: its answer" : "are under way: their answers"} will be in no history.`]),
    ...(hidden === 0 ? [] : [`${hidden} of them ${hidden === 1 ? "is" : "are"} hidden by the filter.`]),
  ];
}

/** What these deliveries are called in a title. */
function nameOf({ list }: Pick<ScreenState, "list">, ids: readonly string[]): string {
  return ids.length === 1 ? `#${list.rows.find(({ id }) => id === ids[0])?.seq ?? ""}` : `${ids.length} deliveries`;
}

/** Help on what has the focus, and comes back when it is closed. */
function helpOn(state: ScreenState): Overlay {
  return { kind: "help", field: EMPTY_FIELD, scroll: 0, from: contextOf(state), over: state.overlay };
}

function ask(question: string, consequence: string, effect: Effect): Overlay {
  return { kind: "ask", question, consequence, effect };
}

function copyMenu(id: string): Overlay {
  const item = (label: string, hint: string, what: Extract<Effect, { do: "copy" }>["what"]) => ({
    label,
    hint,
    effect: { do: "copy", what, id } as const,
  });
  return {
    kind: "menu",
    title: "Copy",
    index: 0,
    items: [
      item("curl command", "the request, for a shell", "curl"),
      item("body", "as it came, where it is text", "body"),
      item("headers", "one a line", "headers"),
      item("answer", "body of your app's answer", "answer"),
      item("id", "for devhook show", "id"),
      item("URL", "that the sender called", "url"),
      item("path", "of the request", "path"),
    ],
  };
}

function exportMenu(ids: readonly string[], name: string): Overlay {
  const item = (label: string, hint: string, form: Extract<Effect, { do: "export" }>["form"]) => ({
    label,
    hint,
    effect: { do: "export", form, ids } as const,
  });
  return {
    kind: "menu",
    title: `Export ${name}`,
    index: 0,
    items: [
      item("HAR", "for browsers and other tools", "har"),
      item("curl", "a shell script", "curl"),
      item("jsonl", "for devhook import", "jsonl"),
      item("raw", "the requests as they came", "raw"),
      item("fixture", "for a test of your app", "fixture"),
    ],
  };
}

function stepOf(action: "down" | "up" | "page-down" | "page-up", height: number): number {
  if (action === "down") return 1;
  if (action === "up") return -1;
  const page = Math.max(1, height - PAGE_OVERLAP);
  return action === "page-down" ? page : -page;
}

function scrolled(
  detail: ScreenState["detail"],
  action: "down" | "up" | "page-down" | "page-up" | "first" | "last",
  { detailCount, detailRows }: Metrics,
): ScreenState["detail"] {
  const last = Math.max(0, detailCount - 1);
  const at = action === "first" ? 0 : action === "last" ? last : Math.min(detail.line, last) + stepOf(action, detailRows);
  const line = Math.min(Math.max(at, 0), last);
  return { ...detail, line, top: Math.max(Math.min(detail.top, line), line - detailRows + 1) };
}

/** Another delivery is looked at from its beginning, in the same tab. */
function withSelection(state: ScreenState, list: ScreenState["list"]): ScreenState {
  if (list.selected === state.list.selected) return { ...state, list };
  return { ...state, list, detail: { ...state.detail, attempt: undefined, line: 0, top: 0, folded: new Set(), diff: undefined } };
}

/** The list after a key or a click: what is at its top stays there. */
function withList(state: ScreenState, list: ScreenState["list"], { listRows }: Metrics): ScreenState {
  return withSelection(state, anchored(list, listRows));
}

function withTab(state: ScreenState, tab: (typeof TABS)[number]): ScreenState {
  return {
    ...state,
    focus: "detail",
    detail: { ...state.detail, tab, attempt: undefined, diff: undefined, line: 0, top: 0, folded: new Set() },
  };
}

function actOver(state: ScreenState, overlay: Overlay, action: ActionId, metrics: Metrics): Step {
  const put = (next: Overlay): Step => still({ ...state, overlay: next });
  if (action === "help") return put(helpOn(state));
  switch (overlay.kind) {
    case "help": {
      const scroll = scrolledBy(overlay.scroll, action, metrics);
      if (scroll !== undefined) return put({ ...overlay, scroll });
      return put({ ...overlay, field: editField(overlay.field, action) });
    }
    case "log": {
      const scroll = scrolledBy(overlay.scroll, action, metrics);
      return scroll === undefined ? still(state) : put({ ...overlay, scroll });
    }
    case "menu": {
      const last = overlay.items.length - 1;
      if (action === "choose") {
        const chosen = overlay.items[overlay.index];
        return chosen === undefined ? still(state) : works({ ...state, overlay: undefined }, chosen.effect);
      }
      if (action === "remove-secret") {
        const chosen = overlay.items[overlay.index]?.effect;
        if (chosen?.do !== "ask-secret") return still(state);
        const effect = { do: "remove-secret", provider: chosen.provider } as const;
        return put(ask(`Remove the secret of ${chosen.provider}?`, "Its deliveries cannot be checked without it.", effect));
      }
      const index = scrolledBy(overlay.index, action, { ...metrics, overlayCount: last + 1, overlayRows: 1 });
      return index === undefined ? still(state) : put({ ...overlay, index });
    }
    case "ask":
      if (action === "yes") return works({ ...state, overlay: undefined }, overlay.effect);
      return action === "no" ? still({ ...state, overlay: undefined }) : still(state);
    case "form":
      return actOnForm(state, overlay, action);
    case "filter":
      return actOnFilter(state, overlay, action);
    case "search":
      if (action !== "submit") return put({ ...overlay, field: editField(overlay.field, action) });
      return works({ ...state, overlay: undefined, detail: { ...state.detail, search: overlay.field.text } }, { do: "find", direction: 1 });
    case "prompt":
      if (action !== "submit") return put({ ...overlay, field: editField(overlay.field, action), fault: undefined });
      return works(state, { do: "prompted", what: overlay.what, text: overlay.field.text });
    case "commands":
      return actOnCommands(state, overlay, action, metrics);
  }
}

/** @returns undefined for an action that scrolls nothing */
function scrolledBy(at: number, action: ActionId, { overlayCount, overlayRows }: Metrics): number | undefined {
  const last = Math.max(0, overlayCount - overlayRows);
  const from = Math.min(at, last);
  switch (action) {
    case "down":
    case "up":
    case "page-down":
    case "page-up":
      return Math.min(Math.max(from + stepOf(action, overlayRows), 0), last);
    case "first":
      return 0;
    case "last":
      return last;
    default:
      return undefined;
  }
}

function actOnFilter(state: ScreenState, overlay: Extract<Overlay, { kind: "filter" }>, action: ActionId): Step {
  const { history } = state.filter;
  if (action === "submit") {
    const { text } = overlay.field;
    const known = history.filter((each) => each !== text);
    const next = text === "" ? history : [...known, text].slice(-FILTERS_KEPT);
    return works({ ...state, overlay: undefined, filter: { ...state.filter, history: next } }, { do: "filter", text, soon: false });
  }
  if (action === "history-up" || action === "history-down") {
    const at = Math.min(Math.max(overlay.at + (action === "history-up" ? -1 : 1), 0), history.length);
    const text = history[at] ?? overlay.before;
    return works({ ...state, overlay: { ...overlay, at, field: fieldOf(text) } }, { do: "filter", text, soon: true });
  }
  const field = action === "complete" ? completeFilter(overlay.field, knownValues(state)) : editField(overlay.field, action);
  return typedFilter(state, { ...overlay, field }, overlay.field.text);
}

/** What a filter can be completed to, of what is in the list. */
function knownValues({ list }: ScreenState): KnownValues {
  const values = (of: (row: Row) => string | undefined): readonly string[] => [...new Set(list.rows.flatMap((row) => of(row) ?? []))];
  return { from: values(({ provider }) => provider), type: values(({ event }) => event), method: values(({ method }) => method) };
}

function typedFilter(state: ScreenState, overlay: Extract<Overlay, { kind: "filter" }>, before: string): Step {
  const { text } = overlay.field;
  const next = { ...state, overlay };
  return text === before ? still(next) : works(next, { do: "filter", text, soon: true });
}

function actOnForm(state: ScreenState, overlay: Extract<Overlay, { kind: "form" }>, action: ActionId): Step {
  const { form, index } = overlay;
  switch (action) {
    case "form-next":
    case "form-previous": {
      const by = action === "form-next" ? 1 : -1;
      const count = Math.max(1, form.ticks.length);
      return still({ ...state, overlay: { ...overlay, index: (index + by + count) % count } });
    }
    case "form-toggle": {
      const tick = form.ticks[index];
      return tick === undefined ? still(state) : works(state, { do: "form-tick", tick: tick.id });
    }
    case "edit-headers":
      return works(state, { do: "form", what: "headers" });
    case "edit-body":
      return works(state, { do: "form", what: "body" });
    case "form-defaults":
      return works(state, { do: "form", what: "defaults" });
    case "form-curl":
      return works(state, { do: "form", what: "curl" });
    case "form-send":
      return works(state, { do: "form", what: "send" });
    default:
      return still(state);
  }
}

/** Actions that can be run by their names, and what is typed narrows them down to. */
export function commandsOf(
  state: ScreenState,
  from: Context,
  search: string,
): readonly { readonly id: ActionId; readonly label: string }[] {
  const given = givenOf(state);
  const wanted = search.toLowerCase();
  return ACTIONS.filter(
    ({ id, label, where, needs = [], group }) =>
      group !== "move" &&
      group !== "type" &&
      id !== "commands" &&
      where.includes(from) &&
      needs.every((need) => given.has(need)) &&
      (id.includes(wanted) || label.toLowerCase().includes(wanted)),
  ).map(({ id, label }) => ({ id, label }));
}

function actOnCommands(state: ScreenState, overlay: Extract<Overlay, { kind: "commands" }>, action: ActionId, metrics: Metrics): Step {
  const commands = commandsOf(state, overlay.from, overlay.field.text);
  if (action === "submit") {
    const chosen = commands[Math.min(overlay.index, commands.length - 1)];
    const below = { ...state, overlay: undefined };
    return chosen === undefined ? still(state) : act(below, chosen.id, metrics);
  }
  if (action === "history-up" || action === "history-down") {
    const index = Math.min(Math.max(overlay.index + (action === "history-up" ? -1 : 1), 0), Math.max(0, commands.length - 1));
    return still({ ...state, overlay: { ...overlay, index } });
  }
  const chosen = commands[overlay.index];
  if (action === "complete" && chosen !== undefined) {
    const index = commandsOf(state, overlay.from, chosen.id).findIndex(({ id }) => id === chosen.id);
    return still({ ...state, overlay: { ...overlay, field: fieldOf(chosen.id), index } });
  }
  const field = editField(overlay.field, action);
  return still({ ...state, overlay: { ...overlay, field, index: field.text === overlay.field.text ? overlay.index : 0 } });
}

/** What does not fit is told: a secret without its end is another one, and is not taken at all. */
function paste(state: ScreenState, { text, isCut, at }: Extract<ScreenEvent, { type: "pasted" }>): Step {
  const { overlay } = state;
  if (overlay === undefined || !("field" in overlay)) return still(state);
  if (!isCut && hasRoomFor(overlay.field, text)) return type(state, text);
  const limit = FIELD_LIMIT.toLocaleString("en");
  if (overlay.kind === "prompt" && overlay.what.kind === "secret") {
    const fault = `this secret does not fit: ${limit} characters are the most here. Keep it with: devhook secrets set ${overlay.what.provider} < FILE`;
    return still({ ...state, overlay: { ...overlay, field: EMPTY_FIELD, fault } });
  }
  const told = `what was pasted is cut: ${limit} characters are the most here`;
  const step = type(state, text);
  const typed = step.state.overlay;
  if (typed?.kind === "prompt") return { ...step, state: { ...step.state, overlay: { ...typed, fault: told } } };
  return { ...step, state: withMessage(step.state, { at, kind: "error", text: told }) };
}

function type(state: ScreenState, text: string): Step {
  const { overlay } = state;
  switch (overlay?.kind) {
    case "filter":
      return typedFilter(state, { ...overlay, field: typeInto(overlay.field, text) }, overlay.field.text);
    case "help":
      return still({ ...state, overlay: { ...overlay, field: typeInto(overlay.field, text), scroll: 0 } });
    case "commands":
      return still({ ...state, overlay: { ...overlay, field: typeInto(overlay.field, text), index: 0 } });
    case "search":
      return still({ ...state, overlay: { ...overlay, field: typeInto(overlay.field, text) } });
    case "prompt":
      return still({ ...state, overlay: { ...overlay, field: typeInto(overlay.field, text), fault: undefined } });
    default:
      return still(state);
  }
}
