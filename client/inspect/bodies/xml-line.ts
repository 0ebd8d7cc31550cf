import type { LineStart } from "./line-marks.ts";
import { behind, behindText, isSpace, skipSpace, tokenEnd } from "./xml-tokens.ts";

/** Goes from line to line of XML. One object for all of them: a megabyte may be three hundred thousand. */
export class XmlLine {
  readonly #text: string;
  at: number;
  depth: number;
  until: number;
  /** offset behind what stands on the line */
  end = 0;
  /** `single` is an empty element, `short` one with a line of text, `other` needs no check */
  token: "start" | "end" | "single" | "short" | "unfinished" | "other" = "other";
  /** where the end tag begins, of `end` and `short` */
  endTag = 0;
  /** offset behind the token, which may go on below the line */
  #tokenEnd = 0;

  constructor(text: string, { at, depth, until }: LineStart) {
    this.#text = text;
    this.at = at;
    this.depth = depth;
    this.until = until;
    this.#read();
  }

  /** Moves on. @returns whether there is a next line */
  next(): boolean {
    const text = this.#text;
    if (this.end < this.#tokenEnd) {
      this.at = this.end + 1;
      this.until = this.#tokenEnd;
    } else {
      if (this.token === "start") this.depth++;
      this.until = 0;
      this.at = skipSpace(text, this.end);
      if (this.at >= text.length) return false;
      if (text.startsWith("</", this.at)) this.depth = Math.max(this.depth - 1, 0);
    }
    this.#read();
    return true;
  }

  #read(): void {
    if (this.until > 0) {
      this.token = "other";
      this.#tokenEnd = this.until;
    } else {
      this.#readToken();
    }
    // a tag stands on one line however it was written
    const isTag = this.token !== "other" && this.token !== "unfinished";
    this.end = isTag ? this.#tokenEnd : newlineBefore(this.#text, this.at, this.#tokenEnd);
  }

  #readToken(): void {
    const { at } = this;
    const text = this.#text;
    this.token = "other";
    if (text[at] !== "<") {
      let end = behindText(text, at);
      while (isSpace(text.charCodeAt(end - 1))) end--;
      this.#tokenEnd = end;
      return;
    }
    const end = tokenEnd(text, at);
    this.#tokenEnd = end === -1 ? text.length : end;
    const next = text[at + 1];
    if (end === -1) {
      this.token = "unfinished";
    } else if (next === "/") {
      this.token = "end";
      this.endTag = at;
    } else if (next !== "!" && next !== "?") {
      this.token = text[end - 2] === "/" ? "single" : "start";
      if (this.token === "start") this.#readShort(end);
    }
  }

  /** Takes the end tag in, when nothing but text on the same line stands before it. */
  #readShort(from: number): void {
    const text = this.#text;
    const endTag = text.indexOf("<", from);
    if (endTag === -1 || text[endTag + 1] !== "/" || newlineBefore(text, from, endTag) < endTag) return;
    const end = behind(text, ">", endTag);
    if (end === -1) return;
    this.token = "short";
    this.endTag = endTag;
    this.#tokenEnd = end;
  }
}

/** The first line feed, or `end`. Not by indexOf: that would read on to the end of the text, for each of its tokens. */
function newlineBefore(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) !== 0x0a) at++;
  return at;
}
