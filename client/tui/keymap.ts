import { DevhookError } from "../../shared/errors.ts";
import { cellsOf } from "../terminal/cut-line.ts";
import type { Key } from "../terminal/input-event.ts";
import { type Action, type ActionId, ACTIONS, type Context, GROUPS, isTyping, type Need, parseKeys, typesText } from "./keys.ts";

/** A line of the help, or a hint of the footer. */
type KeyHint = {
  /** as people read them: `^r`, `↑` */
  readonly keys: string;
  readonly label: string;
};

/** What there is at the moment; what an action needs must be in it. */
export type Given = ReadonlySet<Need>;

/** The actions with the keys of this user. */
export type Keymap = {
  /** What a key does where this has the focus; undefined: nothing, or it types. */
  readonly actionOf: (key: Key, context: Context, given: Given) => ActionId | undefined;
  /** Keys of an action, for texts that name one: `press r`. */
  readonly keysOf: (id: ActionId) => string;
  /** Hints for at most `cells` cells, two between any two: those that matter most, in the order of the table; `help` and the way out last. */
  readonly footer: (context: Context, given: Given, cells: number) => readonly KeyHint[];
  /**
   * Lines of the help by group: what works where `context` had the focus when help was asked for. A line has four keys at most, the first of each of its
   * actions and then others that are short; `search` keeps labels that hold it, and lines that it is a key of, shown or not.
   */
  readonly help: (
    context: Context,
    given: Given,
    search?: string,
  ) => readonly { readonly group: string; readonly lines: readonly KeyHint[] }[];
};

/** Keys on one line of the help, and cells of each but the first: docs/keys.md has the others, a terminal has no room for them. */
const MOST_KEYS = 4;
const MOST_KEY_CELLS = 2;

/** Keys as they are shown; the others stand for themselves. */
const SIGNS: Readonly<Record<string, string>> = { up: "↑", down: "↓", left: "←", right: "→", enter: "⏎", comma: "," };

/**
 * Makes the keymap of a user.
 * @param remapped `ui.keys`: keys by action id
 * @param ascii names instead of arrows
 * @throws DevhookError `config-invalid` for an action that does not exist or must keep its keys, for what is no key, and for a key that two actions of one
 *   place would have
 */
export function createKeymap(remapped: Readonly<Record<string, string>>, { ascii }: { readonly ascii: boolean }): Keymap {
  const actions = remap(remapped);
  const shown = (key: string): string => showKey(key, ascii);

  function usable(context: Context, given: Given): readonly Action[] {
    return actions.filter(
      ({ where, needs = [], keys }) => keys.length > 0 && where.includes(context) && needs.every((need) => given.has(need)),
    );
  }

  return {
    actionOf: (key, context, given) => {
      const id = idOf(key);
      if (isTyping(context) && typesText(id)) return undefined;
      return usable(context, given).find(({ keys }) => keys.includes(id))?.id;
    },
    keysOf: (id) => (actions.find((action) => action.id === id)?.keys ?? []).slice(0, 1).map(shown).join(""),
    footer: (context, given, cells) => {
      const offered = usable(context, given).flatMap(({ hint, keys }) => {
        if (hint === undefined || (isTyping(context) && keys.every(typesText))) return [];
        return [{ keys: keys.slice(0, 1).map(shown).join(""), label: hint[0], rank: hint[1] }];
      });
      const kept = new Set<(typeof offered)[number]>();
      let free = cells;
      for (const hint of offered.toSorted((a, b) => a.rank - b.rank)) {
        free -= cellsOf(`${hint.keys} ${hint.label}`) + (kept.size === 0 ? 0 : 2);
        if (free < 0) break;
        kept.add(hint);
      }
      return offered.filter((hint) => kept.has(hint)).map(({ keys, label }) => ({ keys, label }));
    },
    help: (context, given, search = "") => {
      const lines = new Map<string, { readonly group: string; readonly label: string; readonly lists: (readonly string[])[] }>();
      for (const { group, label, keys } of usable(context, given)) {
        const line = lines.get(`${group} ${label}`) ?? { group, label, lists: [] };
        line.lists.push(keys.map(shown));
        lines.set(`${group} ${label}`, line);
      }
      const found = [...lines.values()]
        .filter(({ label, lists }) => lists.flat().includes(search) || label.toLowerCase().includes(search.toLowerCase()))
        .map(({ group, label, lists }) => ({ group, label, keys: joinKeys(lists, ascii) }));
      return GROUPS.map((group) => ({
        group,
        lines: found.filter((line) => line.group === group).map(({ label, keys }) => ({ label, keys })),
      })).filter(({ lines: shownLines }) => shownLines.length > 0);
    },
  };
}

function remap(remapped: Readonly<Record<string, string>>): readonly Action[] {
  for (const [id, text] of Object.entries(remapped)) {
    const action = ACTIONS.find((each) => each.id === id);
    if (action === undefined) throw refusal(`there is no action "${id}"`, `actions: ${ACTIONS.map((each) => each.id).join(", ")}`);
    if (action.fixed === true) throw refusal(`${id} keeps its keys: it is the way out that always works`, `take ${id} out of ui.keys`);
    if (parseKeys(text) === undefined) {
      throw refusal(`"${text}" for ${id} is not a list of keys`, "write keys like r, R, ctrl+r, alt+enter, space, f5, separated by commas");
    }
  }
  const actions = ACTIONS.map((action) => {
    const text = Object.hasOwn(remapped, action.id) ? remapped[action.id] : undefined;
    return text === undefined ? action : { ...action, keys: parseKeys(text) ?? [] };
  });
  for (const [index, one] of actions.entries()) {
    for (const other of actions.slice(index + 1)) {
      const key = one.keys.find((each) => other.keys.includes(each));
      const place = one.where.find((each) => other.where.includes(each));
      if (key === undefined || place === undefined) continue;
      throw refusal(`${key} would be both ${one.id} and ${other.id} (in ${place})`, `give ${one.id} or ${other.id} other keys in ui.keys`);
    }
  }
  return actions;
}

function refusal(why: string, fix: string): DevhookError {
  return new DevhookError("config-invalid", { what: "ui.keys cannot be used", why, fix });
}

/** The key as the table writes it. */
function idOf({ name, ctrl, meta, shift }: Key): string {
  const key = name === "," ? "comma" : ctrl && name.length === 1 ? name.toLowerCase() : name;
  return `${ctrl ? "ctrl+" : ""}${meta ? "alt+" : ""}${shift ? "shift+" : ""}${key}`;
}

function showKey(key: string, ascii: boolean): string {
  const plus = key.lastIndexOf("+", key.length - 2);
  const name = key.slice(plus + 1);
  const sign = ascii && name !== "comma" ? name : (SIGNS[name] ?? name);
  return key.slice(0, plus + 1).replace("ctrl+", "^") + sign;
}

/** `1 2 3 4` as `1–4`; of others the first of each action, then what is short. */
function joinKeys(lists: readonly (readonly string[])[], ascii: boolean): string {
  const first = [...new Set(lists.flatMap((keys) => keys.slice(0, 1)))];
  const isRun = first.length > 2 && first.every((key, at) => /^\d$/.test(key) && Number(key) === Number(first[0]) + at);
  if (isRun) return `${first[0]}${ascii ? "-" : "–"}${first.at(-1)}`;
  const longest = Math.max(...lists.map(({ length }) => length));
  const others = Array.from({ length: longest }, (_, at) => lists.flatMap((keys) => keys[at] ?? [])).flat();
  const short = others.filter((key) => cellsOf(key) <= MOST_KEY_CELLS);
  return [...new Set([...first, ...short])].slice(0, MOST_KEYS).join(" ");
}
