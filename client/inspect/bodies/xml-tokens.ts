const EXCLAMATION = 0x21;
const DOUBLE = 0x22;
const SINGLE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

/** Offset behind the markup that begins at `at` with `<`; -1 when it does not end. */
export function tokenEnd(text: string, at: number): number {
  switch (text.charCodeAt(at + 1)) {
    case EXCLAMATION:
      if (text.startsWith("<!--", at)) return behind(text, "-->", at + 4);
      if (text.startsWith("<![CDATA[", at)) return behind(text, "]]>", at + 9);
      return declarationEnd(text, at + 2);
    case QUESTION:
      return behind(text, "?>", at + 2);
    case SLASH:
      return behind(text, ">", at + 2);
    default:
      return tagEnd(text, at + 1);
  }
}

/** Whether the names that begin at two offsets are the same. */
export function isSameName(text: string, first: number, second: number): boolean {
  let at = 0;
  while (isNameUnit(text.charCodeAt(first + at))) {
    if (text.charCodeAt(first + at) !== text.charCodeAt(second + at)) return false;
    at++;
  }
  return !isNameUnit(text.charCodeAt(second + at));
}

/** Leniently: what ends no name in a tag belongs to it. */
function isNameUnit(code: number): boolean {
  return code > 0x20 && code !== SLASH && code !== GREATER && code !== LESS && code !== DOUBLE && code !== SINGLE && code !== EQUALS;
}

/** Offset behind a name, `at` when there is none. */
export function nameEnd(text: string, at: number): number {
  let end = at;
  while (isNameUnit(text.charCodeAt(end))) end++;
  return end;
}

export function behind(text: string, what: string, at: number): number {
  const found = text.indexOf(what, at);
  return found === -1 ? -1 : found + what.length;
}

/** A `>` within quotes ends no tag. */
function tagEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === GREATER) return at + 1;
    if (code === DOUBLE || code === SINGLE) {
      at = text.indexOf(code === DOUBLE ? '"' : "'", at + 1);
      if (at === -1) return -1;
    }
  }
  return -1;
}

/** Of a DOCTYPE, with its own declarations in brackets. */
function declarationEnd(text: string, from: number): number {
  const bracket = text.indexOf("[", from);
  const end = text.indexOf(">", from);
  if (bracket === -1 || end < bracket) return end === -1 ? -1 : end + 1;
  const closing = text.indexOf("]", bracket);
  return closing === -1 ? -1 : behind(text, ">", closing);
}

/** Where the next markup begins, or the end. */
export function behindText(text: string, at: number): number {
  const markup = text.indexOf("<", at);
  return markup === -1 ? text.length : markup;
}

export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

export function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}
