import { type ActionId, type Context, CONTEXTS } from "../../../../client/tui/keys.ts";
import type { Message, Row } from "../../../../client/tui/model.ts";
import type { Effect } from "../../../../client/tui/state/effects.ts";
import { reduce, type ScreenEvent, type Step } from "../../../../client/tui/state/reduce.ts";
import { contextOf, firstState, type FormView, type Metrics, type Overlay, type ScreenState } from "../../../../client/tui/state/state.ts";
import { EMPTY_FIELD } from "../../../../client/tui/typing/text-field.ts";
import { rowOf, tunnelOf } from "../frame/screen-values.ts";

export const METRICS: Metrics = {
  listRows: 5,
  detailRows: 10,
  detailCount: 40,
  foldAt: 7,
  attemptAt: 1,
  isSplit: false,
  overlayCount: 30,
  overlayRows: 10,
};

export const FORM: FormView = {
  title: "Edit & resend #2",
  request: "POST http://localhost:8000/hook",
  ticks: [
    { id: "recomputeSignature", label: "recompute signature", on: true },
    { id: "newTimestamp", label: "new timestamp", on: true },
  ],
  fixed: [],
  remark: undefined,
  headers: { changed: 1, all: 9 },
  body: { before: 412, after: 398 },
  json: "ok",
  diff: [{ sign: "-", text: "before" }],
  fault: undefined,
};

/** One of each, as it looks when it opens. */
export const OVERLAYS: Readonly<Record<Overlay["kind"], Overlay>> = {
  help: { kind: "help", field: EMPTY_FIELD, scroll: 0, from: "list", over: undefined },
  log: { kind: "log", scroll: Infinity },
  menu: {
    kind: "menu",
    title: "Secrets: choose the sender",
    index: 0,
    items: [
      { label: "Stripe", hint: "no secret", effect: { do: "ask-secret", provider: "stripe" } },
      { label: "GitHub", hint: "…9f3c", effect: { do: "ask-secret", provider: "github" }, isKept: true },
      { label: "Moltify", hint: "no secret", effect: { do: "ask-secret", provider: "moltify" } },
    ],
  },
  ask: { kind: "ask", question: "Delete all?", consequence: "gone", effect: { do: "clear" } },
  prompt: {
    kind: "prompt",
    title: "Note on #2",
    hint: "empty: no note",
    field: EMPTY_FIELD,
    hidden: false,
    fault: undefined,
    what: { kind: "note", id: "id-2" },
  },
  filter: { kind: "filter", field: EMPTY_FIELD, before: "", at: 0 },
  search: { kind: "search", field: EMPTY_FIELD },
  commands: { kind: "commands", field: EMPTY_FIELD, index: 0, from: "list" },
  form: { kind: "form", form: FORM, index: 0 },
};

/** A screen of 80x24 with `count` deliveries, the newest selected. */
export function stateOf(count: number, changes: Partial<ScreenState> = {}): ScreenState {
  const rows = Array.from({ length: count }, (_, at) => numbered(at + 1));
  const first = firstState({ columns: 80, rows: 24 }, tunnelOf(), "default", { mouse: false });
  return { ...run(first, { type: "rows", change: { rows }, listRows: METRICS.listRows }), ...changes };
}

export function numbered(seq: number, changes: Partial<Row> = {}): Row {
  return rowOf({ seq, id: `id-${seq}`, ...changes });
}

/** A screen on which this context has the keys. */
export function stateIn(context: Context): readonly ScreenState[] {
  if (context === "list" || context === "detail") return [stateOf(9, { focus: context })];
  const overlays = Object.values(OVERLAYS);
  return overlays.filter((overlay) => contextOf({ overlay, focus: "list" }) === context).map((overlay) => stateOf(9, { overlay }));
}

export const ALL_CONTEXTS = CONTEXTS;

/** The state after some events. */
export function run(state: ScreenState, ...events: readonly (ScreenEvent | ActionId)[]): ScreenState {
  return steps(state, ...events).state;
}

/** The state after some events, and all that they have asked for. */
export function steps(state: ScreenState, ...events: readonly (ScreenEvent | ActionId)[]): Step & { readonly effects: readonly Effect[] } {
  const effects: Effect[] = [];
  let now = state;
  for (const event of events) {
    const step = reduce(now, typeof event === "string" ? { type: "action", action: event, metrics: METRICS } : event);
    effects.push(...step.effects);
    now = step.state;
  }
  return { state: now, effects };
}

export function typed(text: string): ScreenEvent {
  return { type: "typed", text };
}

export function said(kind: Message["kind"], text = kind as string): ScreenEvent {
  return { type: "said", message: { at: 1, kind, text } };
}

export function arrive(...rows: readonly Row[]): ScreenEvent {
  return { type: "rows", change: { rows }, listRows: METRICS.listRows };
}
