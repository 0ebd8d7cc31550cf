import { FilterError } from "./filter-error.ts";

/** One word of an expression, as written. Columns count characters from 1. */
export type WrittenWord = {
  readonly column: number;
  readonly isNegated: boolean;
  /** what stands in front of the first colon outside quotes, undefined for a bare word */
  readonly key: string | undefined;
  readonly values: readonly WrittenValue[];
};

/** One of the values between commas. */
export type WrittenValue = {
  readonly column: number;
  /** without quotes; wildcards as `*` */
  readonly text: string;
  /** what stands between the wildcards; a `*` in quotes is none */
  readonly pieces: readonly string[];
};

/** More than anybody types, and little enough for one SQL statement. Characters. */
const MOST_LENGTH = 8192;

/**
 * Splits an expression into words at spaces, and their values at commas, outside quotes.
 * @throws FilterError
 */
export function splitWords(text: string): readonly WrittenWord[] {
  if (text.length > MOST_LENGTH) {
    throw new FilterError(MOST_LENGTH + 1, `it has ${text.length} characters`, `at most ${MOST_LENGTH}`);
  }
  // SQLite ends a text there
  const nul = text.indexOf("\0");
  if (nul !== -1) throw new FilterError(nul + 1, "there is a NUL character", "any other character");
  const words: WrittenWord[] = [];
  const reader = new Reader(text);
  for (;;) {
    reader.skipSpace();
    if (reader.isAtEnd()) return words;
    words.push(reader.word());
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  skipSpace(): void {
    while (!this.isAtEnd() && isSpace(this.#text[this.#at])) this.#at++;
  }

  word(): WrittenWord {
    const column = this.#at + 1;
    const isNegated = this.#take("-");
    const key = this.#key();
    const values = [this.#value()];
    while (this.#take(",")) values.push(this.#value());
    return { column, isNegated, key, values };
  }

  /** @returns what stands in front of a colon, if one comes before anything that ends a key */
  #key(): string | undefined {
    let end = this.#at;
    while (end < this.#text.length && !isSpace(this.#text[end]) && !'",:'.includes(this.#text[end] ?? "")) end++;
    if (this.#text[end] !== ":") return undefined;
    const key = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return key;
  }

  #value(): WrittenValue {
    const start = this.#at;
    const pieces: string[] = [];
    let piece = "";
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character === "," || isSpace(character)) break;
      this.#at++;
      if (character === '"') {
        piece += this.#quoted();
      } else if (character === "*") {
        pieces.push(piece);
        piece = "";
      } else {
        piece += character;
      }
    }
    if (this.#at === start) throw new FilterError(start + 1, "there is no value", 'a value; "" for an empty one, * for any');
    pieces.push(piece);
    return { column: start + 1, text: pieces.join("*"), pieces };
  }

  /** Behind an opening quote, to behind the closing one; a backslash makes a quote or another backslash part of the text. */
  #quoted(): string {
    const start = this.#at;
    let text = "";
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined) throw new FilterError(start, "this quote is never closed", '" at the end of the text');
      if (character === '"') return text;
      const next = this.#text[this.#at];
      if (character === "\\" && (next === '"' || next === "\\")) {
        text += next;
        this.#at++;
      } else {
        text += character;
      }
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}
