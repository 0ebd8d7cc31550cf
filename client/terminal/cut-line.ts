import stringWidth from "string-width";
import { sanitizeLine } from "../inspect/sanitize.ts";

/** Cells between two tab stops, as terminals have them. */
const TAB_CELLS = 8;
/** Marks on one letter that a row has room for; piles of them paint over the rows around. No orthography needs more. */
const MOST_MARKS = 4;
/** UTF-16 units looked at for each cell to fill: an escape such as `\u202e` or a letter with its marks is shorter. */
const UNITS_PER_CELL = 8;

const SGR = String.raw`\u001b\[[\d;:]*m`;
/** Pieces of a line of ours: an SGR sequence, or text without control characters. What is neither is no piece. */
const PIECES = new RegExp(`${SGR}|[^\\u0000-\\u001f\\u007f-\\u009f]+`, "g");
/** Halves of surrogate pairs. */
const HALVES = /\p{Cs}/gu;
const ASCII = /^[\u0020-\u007e]*$/;
/** Letters, punctuation, lines and signs of one cell each that no neighbour changes: most of what is shown, and measured by its length. */
const PLAIN = /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2193\u23ce\u2400-\u2421\u2500-\u25cf\u2713\u2717]*$/;
/** One letter with marks that take no cell, which all terminals measure alike; no flag, skin tone, keycap, jamo, or letter newer than our tables. */
const SAFE = /^[^\p{M}\p{Cn}\p{Co}\p{Emoji_Modifier}\p{Regional_Indicator}\u1160-\u11ff\ud7b0-\ud7ff]\p{Mn}*$/u;
/** Letters that join what follows, were it our own space: Grapheme_Cluster_Break=Prepend, without what the sanitiser escapes. */
const JOINS = /[\u0d4e\u{111c2}\u{111c3}\u{113d1}\u{1193f}\u{11941}\u{11a3a}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]$/u;
/** What is shown for clusters beyond ASCII: to measure one takes longer than to remember it, and most texts have few. */
const known = new Map<string, readonly [shown: string, width: number]>();
const MOST_KNOWN = 2_000;
const CLUSTERS = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Whether a text consists of letters and signs of one cell each that no neighbour changes: most of what is shown does. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** How untrusted text is shown. */
export type FitOptions = {
  /** `safe`: clusters that terminals measure differently become `·`, so that nothing to the right moves; `any`: they stay, where nothing is */
  readonly clusters?: "safe" | "any";
  /** for terminals that do not speak UTF-8: everything beyond ASCII becomes `.` */
  readonly ascii?: boolean;
};

/**
 * Untrusted text in exactly `cells` cells (as {@link cellsOf} counts): sanitised, tabs expanded, cut with `…` when it is longer, filled with spaces when
 * it is shorter. Clusters without a width of their own and letters under a pile of marks become `·` in any case.
 */
export function fitText(text: string, cells: number, { clusters = "safe", ascii = false }: FitOptions = {}): string {
  if (cells < 1) return "";
  if ((ascii ? ASCII : PLAIN).test(text.slice(0, cells + 1)))
    return text.length <= cells ? text.padEnd(cells) : `${text.slice(0, cells - 1)}${ascii ? "~" : "…"}`;

  const limit = cells * UNITS_PER_CELL;
  const safe = text
    .slice(0, limit + 1)
    .split("\t")
    .map((piece) => sanitizeLine(piece, limit))
    .join("\t");
  let fitted = "";
  let used = 0;
  // where the text ends if the last cell goes to the sign that something is missing
  let short = { end: 0, used: 0 };
  for (const { segment } of CLUSTERS.segment(safe)) {
    const [shown, width] = shownCluster(segment, used, { clusters, ascii });
    if (used + width > cells) return `${fitted.slice(0, short.end)}${ascii ? "~" : "…"}${" ".repeat(cells - short.used - 1)}`;
    fitted += shown;
    used += width;
    if (used < cells) short = { end: fitted.length, used };
  }
  return fitted + " ".repeat(cells - used);
}

/** What of a text fits into some cells. */
export type TakenText = {
  readonly shown: string;
  readonly cells: number;
  /** offset in the text behind what is shown */
  readonly end: number;
};

/**
 * As much of a text from `from` on as `cells` cells take, neither filled nor marked as cut: a part of a line that others follow. The text is one line and
 * sanitised already; clusters stand as {@link fitText} shows them with `any`.
 */
export function takeText(
  text: string,
  cells: number,
  { from = 0, ascii = false }: { readonly from?: number; readonly ascii?: boolean } = {},
): TakenText {
  const ahead = text.slice(from, from + cells + 1);
  if ((ascii ? ASCII : PLAIN).test(ahead)) {
    const shown = ahead.slice(0, Math.max(0, cells));
    return { shown, cells: shown.length, end: from + shown.length };
  }
  let shown = "";
  let used = 0;
  let end = from;
  for (const { segment } of CLUSTERS.segment(text.slice(from, from + cells * UNITS_PER_CELL + 1))) {
    // half of a character, at the end of what is looked at
    if (end > from && end + segment.length < text.length && /[\ud800-\udbff]$/.test(segment)) break;
    const [sign, width] = ascii ? shownCluster(segment, used, { clusters: "any", ascii }) : knownCluster(segment);
    if (used + width > cells) break;
    shown += sign;
    used += width;
    end += segment.length;
  }
  return { shown, cells: used, end };
}

/** What {@link shownCluster} has for a cluster without tabs, with `any` and beyond ASCII. */
function knownCluster(cluster: string): readonly [string, number] {
  let shown = known.get(cluster);
  if (shown === undefined) {
    shown = shownCluster(cluster, 0, { clusters: "any", ascii: false });
    if (known.size === MOST_KNOWN) known.clear();
    known.set(cluster, shown);
  }
  return shown;
}

/** @returns what stands for the cluster, and its cells */
function shownCluster(cluster: string, column: number, { clusters, ascii }: Required<FitOptions>): readonly [string, number] {
  if (cluster === "\t") {
    const width = TAB_CELLS - (column % TAB_CELLS);
    return [" ".repeat(width), width];
  }
  if (ASCII.test(cluster)) return [cluster, cluster.length];
  if (ascii) return [".", 1];
  const width = stringWidth(cluster);
  const isPile = (cluster.match(/\p{M}/gu)?.length ?? 0) > MOST_MARKS;
  if (width === 0 || isPile || JOINS.test(cluster) || (clusters === "safe" && !SAFE.test(cluster))) return ["·", 1];
  return [cluster, width];
}

/**
 * A line of ours in at most `cells` cells: text and SGR sequences; every other control character is taken out, so that a line can neither move the
 * cursor nor speak to the terminal. A wide letter that would end beyond `cells` is left out.
 * @returns with every style ended
 */
export function clipLine(line: string, cells: number): string {
  if (line.length <= cells && PLAIN.test(line)) return line;
  let clipped = "";
  let used = 0;
  let styled = false;
  for (const [found] of line.matchAll(PIECES)) {
    if (found.startsWith("\u001b")) {
      clipped += found;
      styled = true;
      continue;
    }
    // what stood between two halves of a letter may have been taken out: they would become one that nobody has measured
    const piece = PLAIN.test(found) ? found : found.replaceAll(HALVES, "");
    const [text, width] = clipText(piece, cells - used);
    clipped += text;
    used += width;
    if (text.length < piece.length) break;
  }
  return styled ? `${clipped}\u001b[0m` : clipped;
}

/** A line of ours in exactly `cells` cells: as {@link clipLine}, filled with spaces. */
export function fitLine(line: string, cells: number): string {
  const clipped = clipLine(line, cells);
  return clipped + " ".repeat(Math.max(0, cells - cellsOf(clipped)));
}

/** Cells that a line takes: East Asian wide letters two, marks none, emoji clusters two; SGR sequences and control characters none. */
export function cellsOf(line: string): number {
  if (PLAIN.test(line)) return line.length;
  let cells = 0;
  for (const [piece] of line.matchAll(PIECES)) if (!piece.startsWith("\u001b")) cells += stringWidth(piece);
  return cells;
}

/** @returns the beginning of the text that fits, and its cells */
function clipText(text: string, cells: number): readonly [string, number] {
  if (PLAIN.test(text)) {
    const fits = text.slice(0, Math.max(0, cells));
    return [fits, fits.length];
  }
  let end = 0;
  let used = 0;
  for (const { segment } of CLUSTERS.segment(text)) {
    const width = stringWidth(segment);
    if (used + width > cells) break;
    end += segment.length;
    used += width;
  }
  return [text.slice(0, end), used];
}
