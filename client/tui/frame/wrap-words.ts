import { cellsOf, fitText } from "../../terminal/cut-line.ts";
import type { Theme } from "../theme.ts";

/** A sentence (safe text, without styles) in lines of at most `cells` cells, broken between words; a word that is longer is cut. */
export function wrapWords(text: string, cells: number, { ascii }: Pick<Theme, "ascii">): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (cellsOf(longer) <= cells) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = cellsOf(word) <= cells ? word : fitText(word, cells, { ascii }).trimEnd();
  }
  return line === "" ? lines : [...lines, line];
}
