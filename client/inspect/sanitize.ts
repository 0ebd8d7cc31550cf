/** Characters of one untrusted value on one line: beyond it nobody reads, and a terminal that wraps a megabyte is slow. */
export const LINE_LIMIT = 512;

/**
 * What a terminal, or the eye, could be fooled with: control bytes (C0, DEL, C1), everything of category Cf (bidi controls, zero-width
 * characters, soft hyphen, tags), line and paragraph separators, lone surrogates, and the blank letters among the default-ignorables.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * One line of untrusted text for a terminal: every character of {@link UNSAFE} stands as a visible escape (`␛`, `\x9b`, `\u202e`), so the
 * result holds neither a control nor an invisible character. For what people read; JSON output and raw bytes do not pass here.
 * @param limit longest result in UTF-16 units; what is cut is replaced by one `…`
 */
export function sanitizeLine(text: string, limit: number = LINE_LIMIT): string {
  // an escape is never shorter than what it stands for, so nothing behind the limit can come into the result
  const shown = (text.length > limit ? text.slice(0, limit + 1) : text).replace(UNSAFE, escapeOf);
  return shown.length > limit ? cut(shown, limit) : shown;
}

/** A piece of a text: as it stood there, or the escape that stands for one unsafe character, `code` its code point. */
export type SafePiece = { readonly text: string; readonly code?: number };

/** The text in pieces that are safe to print, in order: what {@link sanitizeLine} joins, for those who mark escapes. Nothing is cut. */
export function* safePieces(text: string): Generator<SafePiece> {
  let at = 0;
  for (const { 0: character, index } of text.matchAll(UNSAFE)) {
    if (index > at) yield { text: text.slice(at, index) };
    yield { text: escapeOf(character), code: character.codePointAt(0) ?? 0 };
    at = index + character.length;
  }
  if (at < text.length) yield { text: text.slice(at) };
}

/** `text`, which is safe already, in at most `limit` UTF-16 units, the last one `…` when something is missing. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  if (limit < 1) return "";
  const end = limit - 1;
  // never leaves half of a surrogate pair behind
  return `${text.slice(0, isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end)}…`;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // U+2400 to U+241F picture C0, one sign for each
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "␡";
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
