/**
 * A text with wildcards, each of which stands for any characters or none. It fits whole texts, and takes ASCII letters of either case for the
 * same, as SQLite's LIKE does.
 */
export type TextPattern = {
  /** what stands between the wildcards: one piece more than there are wildcards */
  readonly pieces: readonly string[];
  /** Takes time in proportion to the text, whatever the pattern: nothing is ever tried again. */
  readonly fits: (text: string) => boolean;
};

/** @param pieces what stands between the wildcards; one piece is a text without any */
export function createPattern(pieces: readonly string[]): TextPattern {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  const start = finder(first, "y");
  const end = finder(last, "y");
  const inner = pieces.slice(1, -1).map((piece) => ({ length: piece.length, find: finder(piece, "g") }));

  function fits(text: string): boolean {
    if (!isAt(start, text, 0)) return false;
    if (pieces.length === 1) return text.length === first.length;
    let at = first.length;
    // the leftmost place of each piece leaves the most room for those behind it
    for (const { length, find } of inner) {
      find.lastIndex = at;
      const found = find.exec(text);
      if (found === null) return false;
      at = found.index + length;
    }
    const lastAt = text.length - last.length;
    return lastAt >= at && isAt(end, text, lastAt);
  }

  return { pieces, fits };
}

/** The pattern that fits where `pieces` stand anywhere in a text. */
export function createInnerPattern(pieces: readonly string[]): TextPattern {
  return createPattern(["", ...pieces, ""]);
}

/** The pattern of the same meaning for SQLite: `LIKE ? ESCAPE '\'`. */
export function likeText({ pieces }: TextPattern): string {
  return pieces.map((piece) => piece.replace(/[\\%_]/g, "\\$&")).join("%");
}

/** The bytes of a text in UTF-8, each as one character (latin1). */
export function wireText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** One sequence of characters and nothing else, so there is no choice to go back to. */
function finder(piece: string, flag: "y" | "g"): RegExp {
  const source = piece.replace(/[^0-9]/g, (unit) =>
    /[a-z]/i.test(unit) ? `[${unit.toLowerCase()}${unit.toUpperCase()}]` : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return new RegExp(source, flag);
}

function isAt(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}
