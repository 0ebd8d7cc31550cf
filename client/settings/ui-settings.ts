import type { ConfigIssue } from "./config-file.ts";
import { nearest } from "./nearest.ts";

/** How the screen looks and which keys it has; files set it under `ui`. */
export type UiSettings = {
  /** keys by the id of an action (docs/keys.md). Texts that nobody has checked: whoever makes the keymap does */
  readonly keys: Readonly<Record<string, string>>;
  readonly theme: "default" | "blue-orange" | "high-contrast" | "mono";
  /** ASCII signs, also where the locale has others */
  readonly ascii: boolean;
  /** whether the screen takes clicks, which costs the terminal's own selection of text */
  readonly mouse: boolean;
};

/** What a file says of it. */
export type UiValues = Partial<UiSettings>;

const DEFAULTS: UiSettings = { keys: {}, theme: "default", ascii: false, mouse: false };
const THEMES: readonly UiSettings["theme"][] = ["default", "blue-orange", "high-contrast", "mono"];
const NAMES = Object.keys(DEFAULTS);
const KEYS_RULE = 'keys as a text, such as "r" or "r,ctrl+e"';

/** Reads what stands under `ui`. Values are those that are accepted, also when others are not. */
export function readUi(json: unknown): { readonly ui: UiValues; readonly issues: readonly ConfigIssue[] } {
  if (!isObject(json)) {
    return { ui: {}, issues: [{ at: "ui", message: "is not an object", accepts: `an object with ${NAMES.join(", ")}` }] };
  }
  const issues: ConfigIssue[] = [];
  const ui: { -readonly [Name in keyof UiValues]: UiValues[Name] } = {};
  for (const [name, value] of Object.entries(json)) {
    const refuse = (accepts: string): void => void issues.push({ at: `ui.${name}`, message: "is not accepted", accepts });
    switch (name) {
      case "keys": {
        const read = readKeys(value);
        ui.keys = read.keys;
        issues.push(...read.issues);
        break;
      }
      case "theme": {
        const theme = THEMES.find((each) => each === value);
        if (theme === undefined) refuse(THEMES.join(" or "));
        else ui.theme = theme;
        break;
      }
      case "ascii":
      case "mouse":
        if (typeof value === "boolean") ui[name] = value;
        else refuse("true or false");
        break;
      default: {
        const near = nearest(name, NAMES);
        const message = `is not a setting${near === undefined ? "" : `; did you mean ui.${near}?`}`;
        issues.push({ at: `ui.${name}`, message, accepts: NAMES.join(", ") });
      }
    }
  }
  return { ui, issues };
}

function readKeys(json: unknown): { readonly keys: UiSettings["keys"]; readonly issues: readonly ConfigIssue[] } {
  if (!isObject(json)) {
    return { keys: {}, issues: [{ at: "ui.keys", message: "is not an object", accepts: "an object of keys by action (docs/keys.md)" }] };
  }
  const entries = Object.entries(json);
  return {
    keys: Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string")),
    issues: entries
      .filter(([, keys]) => typeof keys !== "string")
      .map(([id]) => ({ at: `ui.keys.${id}`, message: "is not accepted", accepts: KEYS_RULE })),
  };
}

/** Merges what files say, the earlier the stronger; keys action by action. */
export function mergeUi(files: readonly UiValues[]): UiSettings {
  const weakestFirst = files.toReversed();
  const keys = Object.fromEntries(weakestFirst.flatMap((file) => Object.entries(file.keys ?? {})));
  return Object.assign({}, DEFAULTS, ...weakestFirst, { keys }) as UiSettings;
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
