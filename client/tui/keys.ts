/** Where keys go: one of these has the focus. */
export const CONTEXTS = ["list", "detail", "form", "menu", "ask", "log", "help", "text"] as const;

/** A place of {@link CONTEXTS}. */
export type Context = (typeof CONTEXTS)[number];

/** Places where keys type: what types something is never an action there. */
const TYPING: readonly Context[] = ["help", "text"];

/** What an action needs beyond its place; without it, it is neither offered nor done. */
export type Need =
  /** a delivery that is selected */
  | "delivery"
  /** tries of the selected delivery, one below the other */
  | "tries"
  /** two deliveries that are marked, or one that is marked and one that is selected */
  | "pair"
  /** a search or a filter that matches something */
  | "matches"
  /** a sender in a menu whose secret is kept */
  | "secret"
  /** words that what is typed can be completed to */
  | "words";

/** Columns of the help, in this order. */
export const GROUPS = ["move", "event", "view", "app", "edit", "type"] as const;

/** An action that keys start. */
type Row = {
  /** comma-separated, as in `ui.keys`; see {@link parseKeys} */
  readonly keys: string;
  /** in the help; actions of a group with the same label stand on one line */
  readonly label: string;
  readonly group: (typeof GROUPS)[number];
  readonly where: readonly Context[];
  readonly needs?: readonly Need[];
  /** what the footer says, and its rank: a narrow terminal drops the highest numbers */
  readonly hint?: readonly [text: string, rank: number];
  /** must not be taken away: the way out */
  readonly fixed?: true;
};

const EVENTS: readonly Context[] = ["list", "detail"];
const LINES: readonly Context[] = ["list", "detail", "menu", "log", "help"];

/**
 * Every action of the screen by its id, which is what `ui.keys` remaps. The one table behind dispatch, footer, help and docs/keys.md. `o` stays free: it is
 * for opening the web inspector once there is one.
 */
const TABLE = {
  open: { keys: "enter,l,d", label: "open", group: "view", where: ["list"], needs: ["delivery"], hint: ["open", 1] },
  "show-try": { keys: "enter", label: "show this try", group: "view", where: ["detail"], needs: ["tries"], hint: ["show try", 1] },
  choose: { keys: "enter", label: "choose", group: "view", where: ["menu"], hint: ["choose", 1] },
  "remove-secret": { keys: "D", label: "remove secret (asks)", group: "edit", where: ["menu"], needs: ["secret"], hint: ["remove", 2] },

  down: { keys: "j,down", label: "rows", group: "move", where: LINES },
  up: { keys: "k,up", label: "rows", group: "move", where: LINES },
  first: { keys: "g,home", label: "ends", group: "move", where: ["list", "detail", "menu", "log"] },
  last: { keys: "G,end", label: "ends", group: "move", where: ["list", "detail", "menu", "log"] },
  "page-down": { keys: "J,ctrl+d,pagedown", label: "page", group: "move", where: LINES },
  "page-up": { keys: "K,ctrl+u,pageup", label: "page", group: "move", where: LINES },
  follow: { keys: "F", label: "follow newest", group: "move", where: EVENTS },
  "other-pane": { keys: "tab", label: "other pane", group: "move", where: EVENTS, needs: ["delivery"], hint: ["pane", 12] },
  "next-match": { keys: "n", label: "matches", group: "move", where: EVENTS, needs: ["matches"] },
  "previous-match": { keys: "N", label: "matches", group: "move", where: EVENTS, needs: ["matches"] },
  back: { keys: "esc", label: "back", group: "move", where: ["list", "detail", "form", "menu", "ask", "log", "help", "text"] },

  resend: { keys: "r", label: "resend as received", group: "event", where: EVENTS, needs: ["delivery"], hint: ["resend", 2] },
  "re-sign": { keys: "R", label: "re-sign & resend", group: "event", where: EVENTS, needs: ["delivery"], hint: ["re-sign", 9] },
  edit: { keys: "e", label: "edit & resend", group: "event", where: EVENTS, needs: ["delivery"], hint: ["edit", 3] },
  "copy-curl": { keys: "c", label: "copy as curl", group: "event", where: EVENTS, needs: ["delivery"], hint: ["curl", 7] },
  "copy-menu": { keys: "y", label: "copy menu", group: "event", where: EVENTS, needs: ["delivery"] },
  mark: { keys: "m", label: "mark, diff marked", group: "event", where: EVENTS, needs: ["delivery"], hint: ["mark", 10] },
  diff: { keys: "=", label: "mark, diff marked", group: "event", where: EVENTS, needs: ["pair"], hint: ["diff", 11] },
  note: { keys: ";", label: "note", group: "event", where: EVENTS, needs: ["delivery"] },
  pin: { keys: "*", label: "pin (never pruned)", group: "event", where: EVENTS, needs: ["delivery"] },
  delete: { keys: "D", label: "delete (asks)", group: "event", where: EVENTS, needs: ["delivery"] },
  export: { keys: "X", label: "export (har, curl)", group: "event", where: EVENTS, needs: ["delivery"] },

  "tab-summary": { keys: "1", label: "tabs", group: "view", where: EVENTS, needs: ["delivery"] },
  "tab-headers": { keys: "2", label: "tabs", group: "view", where: EVENTS, needs: ["delivery"] },
  "tab-body": { keys: "3", label: "tabs", group: "view", where: EVENTS, needs: ["delivery"] },
  "tab-response": { keys: "4", label: "tabs", group: "view", where: EVENTS, needs: ["delivery"] },
  "tab-signature": { keys: "5", label: "tabs", group: "view", where: EVENTS, needs: ["delivery"] },
  "tab-tries": { keys: "6", label: "tabs", group: "view", where: EVENTS, needs: ["delivery"] },
  "previous-tab": { keys: "[", label: "previous, next tab", group: "view", where: EVENTS, needs: ["delivery"] },
  "next-tab": { keys: "]", label: "previous, next tab", group: "view", where: EVENTS, needs: ["delivery"] },
  zoom: { keys: "z", label: "zoom pane", group: "view", where: EVENTS, needs: ["delivery"] },
  wrap: { keys: "w", label: "wrap/raw/bytes", group: "view", where: ["detail"], hint: ["wrap", 5] },
  raw: { keys: "x", label: "wrap/raw/bytes", group: "view", where: ["detail"], hint: ["raw", 6] },
  bytes: { keys: "b", label: "wrap/raw/bytes", group: "view", where: ["detail"] },
  search: { keys: "/", label: "search", group: "view", where: ["detail"], hint: ["search", 4] },
  fold: { keys: "space", label: "fold JSON", group: "view", where: ["detail"] },
  header: { keys: "i", label: "status lines", group: "view", where: EVENTS },
  "newest-first": { keys: "O", label: "newest on top", group: "view", where: EVENTS },
  theme: { keys: "T", label: "theme", group: "view", where: EVENTS },

  filter: { keys: "/", label: "filter", group: "app", where: ["list"], hint: ["filter", 4] },
  "quick-filter": { keys: "f", label: "quick filter", group: "app", where: EVENTS },
  test: { keys: "t", label: "test event", group: "app", where: EVENTS, hint: ["test", 5] },
  reconnect: { keys: "ctrl+r", label: "reconnect now", group: "app", where: ["list", "detail", "log"] },
  "copy-url": { keys: "u", label: "copy URL", group: "app", where: EVENTS, hint: ["URL", 8] },
  port: { keys: "p", label: "port of your app", group: "app", where: EVENTS },
  secrets: { keys: "s", label: "secrets", group: "app", where: EVENTS },
  clear: { keys: "C", label: "delete all (asks)", group: "app", where: EVENTS },
  mouse: { keys: "M", label: "mouse on, off", group: "app", where: EVENTS },
  commands: { keys: ":", label: "commands", group: "app", where: EVENTS, hint: ["commands", 13] },
  log: { keys: "L", label: "log of messages", group: "app", where: EVENTS },
  help: { keys: "?", label: "help", group: "app", where: ["list", "detail", "form", "menu", "log"], hint: ["help", 0] },
  close: { keys: "q", label: "close", group: "app", where: ["detail", "form", "menu", "ask", "log"], hint: ["close", 0] },
  quit: { keys: "q", label: "quit", group: "app", where: ["list"], hint: ["quit", 0] },
  "quit-anywhere": { keys: "ctrl+c", label: "quit", group: "app", where: CONTEXTS, fixed: true },
  repaint: { keys: "ctrl+l", label: "paint again", group: "app", where: CONTEXTS },
  suspend: { keys: "ctrl+z", label: "suspend", group: "app", where: CONTEXTS },

  "edit-headers": { keys: "h", label: "edit headers", group: "edit", where: ["form"], hint: ["headers", 3] },
  "edit-body": { keys: "enter,e", label: "edit body", group: "edit", where: ["form"], hint: ["$EDITOR", 2] },
  "form-defaults": { keys: "d", label: "defaults", group: "edit", where: ["form"], hint: ["defaults", 4] },
  "form-toggle": { keys: "space", label: "tick", group: "edit", where: ["form"], hint: ["tick", 6] },
  "form-next": { keys: "tab,j,down", label: "previous, next tick", group: "edit", where: ["form"] },
  "form-previous": { keys: "shift+tab,k,up", label: "previous, next tick", group: "edit", where: ["form"] },
  "form-curl": { keys: "v", label: "view as curl", group: "edit", where: ["form"], hint: ["view as curl", 5] },
  "form-send": { keys: "ctrl+s", label: "send", group: "edit", where: ["form"], hint: ["send", 1] },
  yes: { keys: "y", label: "yes", group: "edit", where: ["ask"], hint: ["yes", 1] },
  no: { keys: "n", label: "no", group: "edit", where: ["ask"], hint: ["no", 1] },

  submit: { keys: "enter", label: "accept", group: "type", where: ["text"], hint: ["accept", 1] },
  complete: { keys: "tab", label: "complete", group: "type", where: ["text"], needs: ["words"], hint: ["complete", 2] },
  "history-up": { keys: "up", label: "earlier, later text", group: "type", where: ["text"] },
  "history-down": { keys: "down", label: "earlier, later text", group: "type", where: ["text"] },
  "caret-left": { keys: "left", label: "move the caret", group: "type", where: TYPING },
  "caret-right": { keys: "right", label: "move the caret", group: "type", where: TYPING },
  "caret-home": { keys: "home,ctrl+a", label: "move the caret", group: "type", where: TYPING },
  "caret-end": { keys: "end,ctrl+e", label: "move the caret", group: "type", where: TYPING },
  "erase-left": { keys: "backspace", label: "erase", group: "type", where: TYPING },
  "erase-right": { keys: "delete", label: "erase", group: "type", where: TYPING },
  "erase-word": { keys: "ctrl+w,alt+backspace", label: "erase word", group: "type", where: TYPING },
  "erase-all": { keys: "ctrl+u", label: "erase all", group: "type", where: ["text"] },
} as const satisfies Readonly<Record<string, Row>>;

/** Id of an action. */
export type ActionId = keyof typeof TABLE;

/** An action as the table has it, with the keys that a user may have given it. */
export type Action = Omit<Row, "keys"> & {
  readonly id: ActionId;
  /** as {@link parseKeys} returns them */
  readonly keys: readonly string[];
};

/** Keys that type nothing; `space` and `comma` stand for what a list of keys cannot show. */
const NAMED = /^(?:space|comma|enter|tab|esc|backspace|delete|insert|up|down|left|right|home|end|pageup|pagedown|f[1-9]|f1[0-2])$/;
const MODIFIERS = ["ctrl", "alt", "shift"] as const;

/**
 * Reads keys as `ui.keys` writes them: separated by commas, modifiers before a plus (`ctrl+r`, `alt+enter`, `shift+tab`), characters as they are typed
 * (`R`, not `shift+r`). An empty text is no key at all.
 * @returns each with its modifiers in one order, or undefined when one of them is no key
 */
export function parseKeys(text: string): readonly string[] | undefined {
  if (text.trim() === "") return [];
  const keys = text.split(",").map((each) => parseKey(each.trim()));
  return keys.some((key) => key === undefined) ? undefined : keys.filter((key) => key !== undefined);
}

function parseKey(text: string): string | undefined {
  // the last plus of `ctrl++` is the key
  const parts = text === "+" ? ["+"] : text.endsWith("++") ? [...text.slice(0, -2).split("+"), "+"] : text.split("+");
  const name = parts.at(-1) ?? "";
  const given = parts.slice(0, -1);
  if (new Set(given).size !== given.length || given.some((each) => !MODIFIERS.some((modifier) => modifier === each))) return undefined;
  const isCharacter = /^[^\p{C}\p{Z}]$/u.test(name);
  if (!isCharacter && !NAMED.test(name)) return undefined;
  if (isCharacter && given.includes("shift")) return undefined;
  // a terminal sends the same byte for ctrl and either case
  const key = given.includes("ctrl") && isCharacter ? name.toLowerCase() : name;
  return [...MODIFIERS.filter((modifier) => given.includes(modifier)), key].join("+");
}

/** Whether what `key` (as {@link parseKeys} returns it) sends types something, so that it is text where people type. */
export function typesText(key: string): boolean {
  return !/^(?:ctrl|alt|shift)\+./.test(key) && (!NAMED.test(key) || key === "space" || key === "comma");
}

/** Whether keys type where this has the focus. */
export function isTyping(context: Context): boolean {
  return TYPING.includes(context);
}

/** All of them, in the order of the footer. */
export const ACTIONS: readonly Action[] = Object.entries<Row>(TABLE).map(([id, row]) => ({
  ...row,
  id: id as ActionId,
  keys: parseKeys(row.keys) ?? [],
}));
