/** Names that `ui.theme` takes. */
export const THEME_NAMES = ["default", "blue-orange", "high-contrast", "mono"] as const;

/** A name of {@link THEME_NAMES}. */
export type ThemeName = (typeof THEME_NAMES)[number];

/** What a text means. Colour is never the only sign: a word and a glyph say the same. */
const MEANINGS = ["ok", "bad", "warn", "link", "dim", "bold", "selected"] as const;

type Meaning = (typeof MEANINGS)[number];

/** SGR numbers that begin a style, and those that end exactly what they begin. */
type Style = readonly [begin: string, end: string];

const PLAIN: Style = ["", ""];
const BOLD: Style = ["1", "22"];
const INVERSE: Style = ["7", "27"];

/** No colour at all, for NO_COLOR as well. Weight and inversion are not colours. */
const MONO: Readonly<Record<Meaning, Style>> = {
  ok: PLAIN,
  bad: BOLD,
  warn: BOLD,
  link: ["4", "24"],
  dim: ["2", "22"],
  bold: BOLD,
  selected: INVERSE,
};

/** Only the 16 colours that the user's terminal theme defines, and neither black nor white: readable on light and dark without asking which. */
const STYLES: Readonly<Record<ThemeName, Readonly<Record<Meaning, Style>>>> = {
  default: { ...MONO, ok: ["32", "39"], bad: ["31", "39"], warn: ["33", "39"], link: ["36", "39"] },
  // for eyes that do not tell red from green; 33 is the nearest to orange that the 16 have
  "blue-orange": { ...MONO, ok: ["94", "39"], bad: ["1;33", "22;39"], warn: ["35", "39"], link: ["36", "39"] },
  // faint text is what low contrast is
  "high-contrast": {
    ...MONO,
    ok: ["1;32", "22;39"],
    bad: ["1;31", "22;39"],
    warn: ["1;33", "22;39"],
    link: ["1;4;36", "22;24;39"],
    dim: PLAIN,
    selected: ["1;7", "22;27"],
  },
  mono: MONO,
};

/** Signs of the screen, each one cell wide on every terminal: no emoji, nothing that has an emoji form. */
const GLYPHS = {
  ok: "✓",
  bad: "✗",
  warn: "!",
  unknown: "?",
  none: "–",
  waiting: "…",
  selected: "▸",
  online: "●",
  offline: "○",
  to: "→",
  caret: "▏",
  marked: "◆",
  /** something is cut off or left out here */
  cut: "…",
  /** between two facts of one line */
  dot: "·",
  horizontal: "─",
  vertical: "│",
  teeDown: "┬",
  teeUp: "┴",
  teeRight: "├",
  teeLeft: "┤",
  topLeft: "┌",
  topRight: "┐",
  bottomLeft: "└",
  bottomRight: "┘",
} as const;

/** Signs by what they stand for. */
export type Glyphs = Readonly<Record<keyof typeof GLYPHS, string>>;

const ASCII_GLYPHS: Glyphs = {
  ok: "+",
  bad: "x",
  warn: "!",
  unknown: "?",
  none: "-",
  waiting: ".",
  selected: ">",
  online: "*",
  offline: "o",
  to: ">",
  caret: "_",
  marked: "#",
  cut: "~",
  dot: "-",
  horizontal: "-",
  vertical: "|",
  teeDown: "+",
  teeUp: "+",
  teeRight: "+",
  teeLeft: "+",
  topLeft: "+",
  topRight: "+",
  bottomLeft: "+",
  bottomRight: "+",
};

/** Bars of a sparkline, from nothing to the most. */
const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const ASCII_BARS = ["_", ".", ":", "-", "=", "+", "*", "#"];

/** How the screen looks. */
export type Theme = {
  /** each returns the text in the style of its meaning, ended */
  readonly style: Readonly<Record<Meaning, (text: string) => string>>;
  readonly glyphs: Glyphs;
  /** eight, lowest first */
  readonly bars: readonly string[];
  readonly ascii: boolean;
};

/** What a theme is chosen by. */
export type ThemeOptions = {
  readonly name: ThemeName;
  /** what NO_COLOR and FORCE_COLOR have decided; without colour every theme is `mono` */
  readonly colour: boolean;
  /** ASCII signs instead of those of {@link GLYPHS} */
  readonly ascii: boolean;
};

/** Makes a theme. */
export function createTheme({ name, colour, ascii }: ThemeOptions): Theme {
  const styles = colour ? STYLES[name] : MONO;
  const painter = ([begin, end]: Style): ((text: string) => string) =>
    begin === "" ? (text) => text : (text) => (text === "" ? "" : `\u001b[${begin}m${text}\u001b[${end}m`);
  return {
    style: {
      ok: painter(styles.ok),
      bad: painter(styles.bad),
      warn: painter(styles.warn),
      link: painter(styles.link),
      dim: painter(styles.dim),
      bold: painter(styles.bold),
      selected: painter(styles.selected),
    },
    glyphs: ascii ? ASCII_GLYPHS : GLYPHS,
    bars: ascii ? ASCII_BARS : BARS,
    ascii,
  };
}
