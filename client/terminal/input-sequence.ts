import type { InputEvent, Key, Mouse } from "./input-event.ts";

/** What stands at the beginning of a text: its length, and what it means; nothing for what is dropped. */
type Found = { readonly length: number; readonly event?: InputEvent };

const ESC = "\u001b";
/** Parameters, intermediates, final byte: ECMA-48, 5.4. */
const CSI = /^\u001b\[([0-?]*)([ -/]*)([@-~])/;
/** One that has not ended yet. */
const CSI_OPEN = /^\u001b\[[0-?]*[ -/]*$/;
/** Device control, start of string, operating system command, privacy message, application program command: end with ST, or BEL as xterm allows. */
const STRING = /^\u001b[PX\]^_]([^\u0007\u001b\u0018\u001a]*)(\u0007|\u001b\\|[\u0018\u001a])/;
const STRING_OPEN = /^\u001b[PX\]^_][^\u0007\u001b\u0018\u001a]*\u001b?$/;
/** Characters of a string that ends nowhere, after which it counts as ended. */
const STRING_LIMIT = 64 * 1024;

/** Keys by the final byte of `CSI` and `SS3`. */
const BY_FINAL: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};
/** Keypad keys of `SS3`, which send what is on them. */
const KEYPAD = "jklmnopqrstuvwxy";
const KEYPAD_TEXT = "*+,-./0123456789";
/** Keys by the number before `~`; rxvt has some twice. */
const BY_NUMBER: Readonly<Record<number, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
};
/** Keys of one control byte that are not ctrl and a letter. */
const BY_BYTE: Readonly<Record<number, string>> = { 8: "backspace", 9: "tab", 10: "enter", 13: "enter", 27: "esc", 127: "backspace" };

/**
 * Reads the control byte or escape sequence at the beginning of `text`. Follows xterm (ctlseqs), with the keys of rxvt, the Linux console, and the
 * encodings of fixterms and kitty.
 * @returns undefined while it may go on
 */
export function readSequence(text: string): Found | undefined {
  if (!text.startsWith(ESC)) return controlByte(text);
  const next = text[1];
  if (next === undefined) return undefined;
  if (next === "[") return readCsi(text);
  if (next === "O") return readSs3(text);
  if ("PX]^_".includes(next)) return readString(text);
  if (next === ESC) return readTwice(text);
  return readMeta(text);
}

function controlByte(text: string): Found {
  const code = text.charCodeAt(0);
  // C1 is no key, and no part of UTF-8 that somebody typed
  if (code > 0x7f) return { length: 1 };
  return found(1, byteKey(code));
}

function byteKey(code: number): Key {
  const name = BY_BYTE[code];
  if (name !== undefined) return named(name);
  // ctrl takes 0x40 off: @ A … Z [ \ ] ^ _
  return code === 0 ? { ...named("space"), ctrl: true } : { ...named(String.fromCharCode(code + 0x40).toLowerCase()), ctrl: true };
}

function readMeta(text: string): Found {
  const character = String.fromCodePoint(text.codePointAt(1) ?? 0);
  const code = character.charCodeAt(0);
  if (code >= 0x80 && code < 0xa0) return { length: 2 };
  const key = code < 0x20 || code === 0x7f ? byteKey(code) : named(character === " " ? "space" : character);
  return found(1 + character.length, { ...key, meta: true });
}

/** Alt and an arrow, in some terminals; otherwise the escape key, pressed before something else. */
function readTwice(text: string): Found | undefined {
  const third = text[2];
  if (third === undefined) return undefined;
  if (third === "[" || third === "O") {
    const inner = readSequence(text.slice(1));
    if (inner === undefined) return undefined;
    if (inner.event?.type === "key") return found(inner.length + 1, { ...inner.event.key, meta: true });
  }
  return found(1, named("esc"));
}

function readSs3(text: string): Found | undefined {
  const final = text[2];
  if (final === undefined) return undefined;
  const name = BY_FINAL[final];
  if (name !== undefined) return found(3, named(name));
  if (final === "M") return found(3, named("enter"));
  const typed = KEYPAD_TEXT[KEYPAD.indexOf(final)];
  if (typed !== undefined) return found(3, { ...named(typed), text: typed });
  return found(2, { ...named("O"), meta: true });
}

function readString(text: string): Found | undefined {
  const match = STRING.exec(text);
  if (match !== null) return reply(match[0].length, text);
  if (STRING_OPEN.test(text) && text.length < STRING_LIMIT) return undefined;
  // broken off by another sequence, or endless
  const next = text.indexOf(ESC, 2);
  return reply(next === -1 ? text.length : next, text);
}

function readCsi(text: string): Found | undefined {
  // the Linux console's F1 to F5
  if (text.startsWith("\u001b[[")) {
    const key = "ABCDE".indexOf(text[3] ?? "");
    if (text.length < 4) return undefined;
    return key === -1 ? reply(3, text) : found(4, named(`f${key + 1}`));
  }
  if (text.startsWith("\u001b[M")) return readOldMouse(text);
  const match = CSI.exec(text);
  if (match === null) {
    if (CSI_OPEN.test(text)) return undefined;
    if (text.length > 2 && /^[^0-?]/.test(text.slice(2))) return found(2, { ...named("["), meta: true });
    const broken = /^\u001b\[[0-?]*[ -/]*/.exec(text)?.[0].length ?? 2;
    return reply(broken, text);
  }
  const [{ length }, parameters = "", intermediates = "", final = ""] = match;
  return { length, event: csiEvent(parameters, intermediates, final) ?? { type: "reply", text: text.slice(1, length) } };
}

/** Three bytes behind `CSI M`: buttons, column, row, each with 32 added. */
function readOldMouse(text: string): Found | undefined {
  if (text.length < 6) return undefined;
  const buttons = text.charCodeAt(3) - 32;
  const isRelease = (buttons & 3) === 3 && buttons < 32;
  const event = mouseEvent(buttons, text.charCodeAt(4) - 32, text.charCodeAt(5) - 32, isRelease);
  return event === undefined ? reply(6, text) : { length: 6, event };
}

/** @returns undefined for what is no key, click or focus */
function csiEvent(parameters: string, intermediates: string, final: string): InputEvent | undefined {
  if (parameters === "" && (final === "I" || final === "O")) return { type: "focus", focused: final === "I" };
  const mouse = /^<?(\d+);(\d+);(\d+)$/.exec(parameters);
  if (mouse !== null && (final === "M" || (final === "m" && parameters.startsWith("<")))) {
    return mouseEvent(Number(mouse[1]), Number(mouse[2]), Number(mouse[3]), final === "m");
  }
  if (intermediates !== "") return undefined;
  const key = csiKey(parameters, final);
  return key === undefined ? undefined : { type: "key", key };
}

function csiKey(parameters: string, final: string): Key | undefined {
  if (!/^[\d:;]*$/.test(parameters)) return undefined;
  const [first = [], second = [], third = []] = parameters.split(";").map((part) => part.split(":").map(Number));
  const [code = 1, shifted] = first;
  const [modifiers = 1, kind = 1] = second;
  // a key let go, which only kitty tells
  if (kind === 3) return undefined;
  if (final === "u") return typedKey(code, modifiers, shifted);
  if (final === "~" && code === 27 && third[0] !== undefined) return typedKey(third[0], modifiers);
  if (final === "Z") return { ...named("tab"), shift: true };

  const isLetter = BY_FINAL[final] !== undefined;
  // `CSI row ; column R` answers where the cursor is
  if (isLetter && code > 1) return undefined;
  if (isLetter) return withModifiers(named(BY_FINAL[final] ?? ""), modifiers);
  // rxvt: the final byte tells the modifiers
  const rxvt = { "~": modifiers, "^": 5, "@": 6 }[final];
  const name = BY_NUMBER[code];
  if (rxvt !== undefined && name !== undefined) return withModifiers(named(name), rxvt);
  const arrow = { a: "up", b: "down", c: "right", d: "left" }[final];
  return arrow !== undefined && parameters === "" ? { ...named(arrow), shift: true } : undefined;
}

/** A key told by the code point on it. */
function typedKey(code: number, modifiers: number, shifted?: number): Key | undefined {
  const name = BY_BYTE[code];
  if (name !== undefined) return withModifiers(named(name), modifiers);
  // kitty's own numbers for keys without a character, and what is no character at all
  if (code < 32 || code > 0x10_ffff || (code >= 0xd800 && code < 0xf900)) return undefined;
  const { ctrl, meta, shift } = withModifiers(named(""), modifiers);
  const typed = String.fromCodePoint(code);
  const character = shift ? (shifted === undefined ? typed.toUpperCase() : String.fromCodePoint(shifted)) : typed;
  return { name: character === " " ? "space" : character, ctrl, meta, shift: false, text: ctrl || meta ? "" : character };
}

/** @param modifiers one more than the sum of shift 1, alt 2, ctrl 4, super 8, hyper 16, meta 32 */
function withModifiers(key: Key, modifiers: number): Key {
  const bits = Math.max(0, modifiers - 1);
  return { ...key, shift: (bits & 1) !== 0, meta: (bits & 0b10_0010) !== 0, ctrl: (bits & 4) !== 0 };
}

/**
 * @param buttons button in bits 0, 1, 6 and 7; shift 4, meta 8, ctrl 16; movement 32
 * @returns undefined for wheels that turn sideways
 */
function mouseEvent(buttons: number, column: number, row: number, isRelease: boolean): InputEvent | undefined {
  const number = buttons & 3;
  const isWheel = (buttons & 64) !== 0;
  if (isWheel && number > 1) return undefined;
  let action: Mouse["action"] = isRelease ? "release" : "press";
  if (isWheel) action = number === 0 ? "wheel-up" : "wheel-down";
  else if ((buttons & 32) !== 0) action = "move";
  const button = isWheel || number === 3 ? -1 : number;
  return { type: "mouse", mouse: { action, button, column: Math.max(0, column - 1), row: Math.max(0, row - 1) } };
}

function named(name: string): Key {
  return { name, ctrl: false, meta: false, shift: false, text: "" };
}

function found(length: number, key: Key): Found {
  return { length, event: { type: "key", key } };
}

function reply(length: number, text: string): Found {
  return { length, event: { type: "reply", text: text.slice(1, length) } };
}
