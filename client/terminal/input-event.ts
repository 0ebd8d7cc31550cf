/** A key as it was pressed. */
export type Key = {
  /**
   * the character for keys that type one (`r`, `R`, `?`; with ctrl or meta too), otherwise `space`, `enter`, `tab`, `esc`, `backspace`, `delete`, `insert`,
   * `up`, `down`, `left`, `right`, `home`, `end`, `pageup`, `pagedown`, `f1` to `f12`
   */
  readonly name: string;
  readonly ctrl: boolean;
  /** alt, or option */
  readonly meta: boolean;
  /** of keys that type nothing; in `R` it is part of the name */
  readonly shift: boolean;
  /** what the key types, one cluster; empty for keys that type nothing, and with ctrl or meta */
  readonly text: string;
};

/** A click, a movement or a turn of the wheel. */
export type Mouse = {
  readonly action: "press" | "release" | "move" | "wheel-up" | "wheel-down";
  /** 0 left, 1 middle, 2 right; -1 when none is pressed */
  readonly button: number;
  /** cell, from 0 */
  readonly column: number;
  readonly row: number;
};

/** What a terminal sends. */
export type InputEvent =
  | { readonly type: "key"; readonly key: Key }
  /** `text` is untrusted and may hold control characters; lines end with `\n`. `cut`: there was more than is kept */
  | { readonly type: "paste"; readonly text: string; readonly cut: boolean }
  | { readonly type: "mouse"; readonly mouse: Mouse }
  | { readonly type: "focus"; readonly focused: boolean }
  /** what the terminal itself says (colours, attributes, positions) and sequences that nobody knows: never what a person has typed */
  | { readonly type: "reply"; readonly text: string };
