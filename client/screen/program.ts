import { createCatalogue } from "../../shared/catalogue/catalogue.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { openHistory } from "../ledger/history.ts";
import type { ListedDelivery } from "../ledger/records.ts";
import type { InputEvent, Mouse } from "../terminal/input-event.ts";
import { createInputParser } from "../terminal/input.ts";
import type { StartTimer } from "../terminal/timer.ts";
import { createKeymap } from "../tui/keymap.ts";
import { ACTIONS, type Context, isTyping } from "../tui/keys.ts";
import type { Look, Message, Row, TunnelView } from "../tui/model.ts";
import { type Composed, composeFrame } from "../tui/panes/compose-frame.ts";
import { createInkFrames } from "../tui/panes/ink-frames.tsx";
import type { Effect } from "../tui/state/effects.ts";
import { countsOf, rowOf as rowWith, selectedRow } from "../tui/state/list-state.ts";
import { reduce, type ScreenEvent } from "../tui/state/reduce.ts";
import { contextOf, firstState, givenOf, type Metrics } from "../tui/state/state.ts";
import { createTheme, type ThemeName } from "../tui/theme.ts";
import { createActions } from "./actions.ts";
import { createDeliveryActions } from "./delivery-actions.ts";
import { createDetails } from "./details.ts";
import { createFormActions } from "./form-actions.ts";
import { createKnownSecrets } from "./known-secrets.ts";
import { createMainCaller } from "./main-caller.ts";
import type { FromScreen, ScreenData, ToScreen } from "./messages.ts";
import { createPace } from "./pace.ts";
import { createRowsReader } from "./rows-reader.ts";
import { createSecretActions } from "./secret-actions.ts";
import { createTelling, type Said } from "./telling.ts";

/** What the screen needs of the world around: the main thread, and the time. */
export type ProgramDoors = {
  readonly post: (message: FromScreen) => void;
  readonly clock: Clock;
  readonly startTimer: StartTimer;
};

/** Least and most milliseconds that changes of rows are gathered for, and how many times as long as the last frame took. */
const GATHER = { least: 100, most: 500, frames: 8 };
/** How long a message stays when it is no error, milliseconds. */
const TOAST_MS = 4_000;
/** Where an example leads that a provider is not known for. */
const EXAMPLE_PATH = "/webhooks/moltify";

const NO_METRICS: Metrics = {
  listRows: 20,
  detailRows: 20,
  detailCount: 0,
  foldAt: undefined,
  attemptAt: undefined,
  isSplit: false,
  overlayCount: 0,
  overlayRows: 1,
};

/**
 * The screen: takes messages of the main thread, shows frames. State goes one way: an event changes it (reduce.ts), effects of that are done here, and what came of
 * them is an event again.
 * @returns takes a message in
 */
export function runScreen(data: ScreenData, { post, clock, startTimer }: ProgramDoors): (message: ToScreen) => void {
  const { ui } = data;
  const keymap = createKeymap(ui.keys, { ascii: ui.ascii });
  const lookOf = (name: ThemeName): Look => ({ keymap, theme: createTheme({ name, colour: ui.colour, ascii: ui.ascii }) });
  const catalogue = createCatalogue(data.own as readonly Provider[]);
  const history = openHistory(data.databaseFile, { clock });
  const main = createMainCaller(post);
  const pace = createPace();
  const telling = createTelling({ keys: keymap, seqOf: (id) => state.list.rows.find((row) => row.id === id)?.seq });
  const deadlines = new Map<string, number | undefined>();
  const lasting = new Map<string, Message>();

  let look = lookOf(ui.theme);
  let state = firstState(data.size, firstTunnel(data, clock), ui.theme, { mouse: ui.mouse });
  let metrics = NO_METRICS;
  let hitAt: Composed["hitAt"] = () => undefined;
  let target = data.app;
  let tunnel: string | undefined;
  let isLoading = true;
  /** whether the main thread waits for its last change to be taken in */
  let isAwaited = false;
  let frameMs = 0;
  let title = "";
  let cancelToast = (): void => undefined;
  let isPainting = false;

  const frames = createInkFrames((lines) => post({ type: "frame", lines }));
  const secrets = createKnownSecrets(data, { clock, onFault: (text) => say({ kind: "warning", text }), onRead: secretsRead });
  const details = createDetails({ history, catalogue, secrets, onLoaded: paint, onFault: (text) => say({ kind: "error", text }) });
  const rows = createRowsReader({
    history,
    startTimer,
    toRow: (delivery) => rowOf(delivery),
    rowOf: (seq) => rowWith(state.list, seq),
    gatherMs: () => Math.min(Math.max(GATHER.least, GATHER.frames * frameMs), GATHER.most),
    onRows: (change) => {
      details.forget(change.rows.map(({ id }) => id));
      pace.add(change.rows, clock.now());
      dispatch({ type: "rows", change, listRows: metrics.listRows });
      dispatch({ type: "tunnel", tunnel: { pace: pace.view(clock.now()), secretless: secretless() } });
    },
    onFiltered: (text, seqs) => dispatch({ type: "filtered", text, seqs }),
    onFilterFault: (text, message, column) => dispatch({ type: "filter-fault", text, message, column }),
    onFault: (error) => say(telling.fault(error)),
    onCaughtUp: () => {
      if (isAwaited) post({ type: "caught-up" });
      isAwaited = false;
    },
  });
  const deliveries = createDeliveryActions({
    telling,
    history,
    catalogue,
    secrets,
    clock,
    folder: data.exportFolder,
    paths: data,
    env: data.env,
    target: () => target,
    tunnel: () => tunnel,
    list: () => state.list,
    onChanged: (ids) => rows.changed(ids),
  });
  const act = createActions({
    telling,
    deliveries,
    secrets: createSecretActions({
      data,
      history,
      catalogue,
      secrets,
      main,
      clock,
      list: () => state.list,
      onChanged: (ids) => rows.changed(ids),
    }),
    form: createFormActions({ history, catalogue, secrets, clock, main, target: () => target, deliveries }),
    main,
    dispatch,
    say,
    isAsking: (what) => state.overlay?.kind === "prompt" && state.overlay.what === what,
    url: () => state.tunnel.url,
    ports: () => state.tunnel.app.others,
  });
  const parser = createInputParser(hear, startTimer);

  function rowOf(delivery: ListedDelivery): Row {
    // ten thousand at the start: spreading such an object takes V8 ten times as long
    return Object.assign({ deadline: deadlineOf(delivery.provider) }, delivery);
  }

  function deadlineOf(provider: string | undefined): number | undefined {
    if (provider === undefined) return undefined;
    if (!deadlines.has(provider)) {
      const deadline = catalogue.find(provider)?.delivery.deadline;
      deadlines.set(provider, deadline === undefined || deadline === "not found" ? undefined : deadline.value);
    }
    return deadlines.get(provider);
  }

  function secretless(): readonly string[] {
    const found = new Set<string>();
    for (const { provider, verdict } of state.list.rows) if (verdict === "no-secret" && provider !== undefined) found.add(provider);
    return [...found];
  }

  /** Without any there is nothing to show. */
  function secretsRead(): void {
    if (secrets.isAny()) paint();
  }

  function say(said: Said): void {
    dispatch({ type: "said", message: { ...said, at: clock.now() } });
  }

  function dispatch(event: ScreenEvent): void {
    const before = state;
    const step = reduce(state, event);
    state = step.state;
    if (state.toast !== before.toast) holdToast(state.toast);
    for (const effect of step.effects) perform(effect);
    if (state !== before) paint();
  }

  function holdToast(toast: Message | undefined): void {
    cancelToast();
    if (toast === undefined || toast.kind === "error") return;
    cancelToast = startTimer(() => dispatch({ type: "toast-over", toast }), TOAST_MS);
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case "quit":
      case "suspend":
      case "repaint":
      case "reconnect":
        return post({ type: "do", what: effect.do });
      case "mouse":
        post({ type: "do", what: effect.on ? "mouse-on" : "mouse-off" });
        return say({
          kind: "info",
          text: effect.on ? "clicks work here now; the terminal selects text with shift" : "text can be selected again",
        });
      case "theme":
        look = lookOf(effect.name);
        details.restyle();
        return say({ kind: "info", text: `theme ${effect.name}` });
      case "filter":
        return rows.filter(effect.text, { soon: effect.soon });
      case "find":
        return find(effect.direction);
      default:
        act(effect);
    }
  }

  /** Goes to the next line of the detail that holds what is looked for; behind the last one the first one comes. */
  function find(direction: 1 | -1): void {
    const { line, search } = state.detail;
    const found = details.find(search);
    if (found.length === 0) return say({ kind: "warning", text: search === "" ? "nothing is looked for" : `"${search}" is not here` });
    const next =
      direction === 1 ? (found.find((each) => each > line) ?? found[0]) : (found.findLast((each) => each < line) ?? found.at(-1));
    if (next !== undefined) dispatch({ type: "line", line: next });
  }

  /** At most one frame for all that happens in one turn. */
  function paint(): void {
    if (isPainting) return;
    isPainting = true;
    queueMicrotask(() => {
      isPainting = false;
      draw();
    });
  }

  function draw(): void {
    const began = clock.monotonic();
    const composed = composeFrame(state, {
      look,
      isLoading,
      document: (columns) => details.document(state, look, columns),
      reasons: () => details.reasons(selectedRow(state.list)?.id),
      empty: {
        path: EXAMPLE_PATH,
        tests: catalogue.providers.filter(({ events }) => (events?.length ?? 0) > 0).map(({ id }) => id),
        hasSecrets: secrets.isAny(),
      },
    });
    ({ metrics, hitAt } = composed);
    frames.show(composed.parts);
    frameMs = clock.monotonic() - began;
    const { failed } = countsOf(state.list);
    const next = `devhook ${new URL(target.origin).host}${failed > 0 ? ` (${failed} failed)` : ""}`;
    if (next !== title) post({ type: "title", title: next });
    title = next;
  }

  function hear(event: InputEvent): void {
    const context = contextOf(state);
    switch (event.type) {
      case "key": {
        const action = keymap.actionOf(event.key, context, givenOf(state));
        if (action !== undefined) return dispatch({ type: "action", action, metrics });
        if (isTyping(context) && event.key.text !== "") dispatch({ type: "typed", text: event.key.text });
        return;
      }
      case "paste":
        if (isTyping(context)) dispatch({ type: "pasted", text: event.text, isCut: event.cut, at: clock.now() });
        else dispatch({ type: "stray-paste", at: clock.now() });
        return;
      case "mouse":
        return hearMouse(event.mouse, context);
      case "focus":
      case "reply":
    }
  }

  /** The wheel scrolls the pane under the pointer, or whatever lies over it; what lies there is not clicked. */
  function hearMouse({ action, button, row, column }: Mouse, context: Context): void {
    const hit = state.overlay === undefined ? hitAt(row, column) : undefined;
    if (action === "press" && button === 0 && hit !== undefined) return dispatch({ type: "click", hit, metrics });
    if (action !== "wheel-up" && action !== "wheel-down") return;
    const isUp = action === "wheel-up";
    if (hit !== undefined) return dispatch({ type: "wheel", by: isUp ? -1 : 1, hit, metrics });
    if (scrolls(context)) dispatch({ type: "action", action: isUp ? "up" : "down", metrics });
  }

  draw();
  return (message) => {
    switch (message.type) {
      case "input":
        parser.feed(Buffer.from(message.bytes));
        return post({ type: "heard" });
      case "resized":
        return dispatch({ type: "resized", size: message.size });
      case "changed":
        isAwaited = true;
        return rows.changed(message.ids);
      case "tunnel":
        tunnel = message.name;
        rows.open(message.name);
        isLoading = false;
        return paint();
      case "ready":
        return dispatch({ type: "tunnel", tunnel: { url: message.url } });
      case "link":
        return dispatch({ type: "tunnel", tunnel: { link: message.link } });
      case "app":
        return dispatch({ type: "tunnel", tunnel: { app: message.app } });
      case "target":
        target = message.target;
        return paint();
      case "said":
        if (message.isLasting) {
          // the last that was said is the one in sight
          lasting.delete(message.code);
          lasting.set(message.code, message.message);
          dispatch({ type: "tunnel", tunnel: { banner: [...lasting.values()].at(-1) } });
        }
        return dispatch({ type: message.isQuiet ? "noted" : "said", message: message.message });
      case "result":
      case "fault":
        return main.answered(message);
    }
  };
}

function scrolls(context: Context): boolean {
  return ACTIONS.some(({ id, where }) => id === "down" && where.includes(context));
}

function firstTunnel({ app, relay, embedded, whenOffline }: ScreenData, clock: Clock): TunnelView {
  return {
    url: undefined,
    link: { state: "starting", attempt: 0, retryMs: undefined, reason: "", at: clock.now() },
    app: { state: "unknown", target: app.origin + app.path, reason: "", others: [] },
    embedded,
    relay: embedded ? "the relay in this process" : relay,
    whenOffline,
    secretless: [],
    banner: undefined,
    pace: { slots: [], perMinute: 0 },
  };
}
