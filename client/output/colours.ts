/** Colours of the user's own theme, by meaning; each returns its text unchanged where colour is off. */
export type Colours = {
  readonly ok: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly link: (text: string) => string;
  /** what matters less */
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
};

/** What decides about colour on one stream. */
export type ColourFacts = {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * Whether to colour: FORCE_COLOR (not empty; `0` and `false` mean off) wins over NO_COLOR (not empty: off), and both over whether a person is
 * looking (a terminal that is not dumb).
 */
export function wantsColour({ isTTY, env }: ColourFacts): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return isTTY && env["TERM"] !== "dumb";
}

/** Only the 16 colours that every terminal theme defines, never black or white: readable on light and dark. */
export function createColours(facts: ColourFacts): Colours {
  const on = wantsColour(facts);
  const sgr = (open: number, close: number) => (text: string) => (on ? `\u001b[${open}m${text}\u001b[${close}m` : text);
  return { ok: sgr(32, 39), bad: sgr(31, 39), warn: sgr(33, 39), link: sgr(36, 39), dim: sgr(2, 22), bold: sgr(1, 22) };
}
