/** Texts that were entered before, and where in them somebody looks. */
export type TextHistory = {
  /** the newest last */
  readonly texts: readonly string[];
  /** which of `texts` is shown; `texts.length`: what is being typed */
  readonly at: number;
  /** what was being typed when somebody began to look */
  readonly draft: string;
};

/** Texts that are remembered. */
const KEPT = 50;

/** A history, before anybody looks into it. */
export function historyOf(texts: readonly string[]): TextHistory {
  return { texts, at: texts.length, draft: "" };
}

/** One text further back. @param shown what stands in the field @returns what is to stand there */
export function earlier(history: TextHistory, shown: string): readonly [TextHistory, string] {
  const draft = history.at === history.texts.length ? shown : history.draft;
  const at = Math.max(0, history.at - 1);
  return [{ ...history, at, draft }, history.texts[at] ?? draft];
}

/** One text forward, in the end what was being typed. @param shown what stands in the field @returns what is to stand there */
export function later(history: TextHistory, shown: string): readonly [TextHistory, string] {
  if (history.at === history.texts.length) return [history, shown];
  const at = history.at + 1;
  return [{ ...history, at }, history.texts[at] ?? history.draft];
}

/** Texts with one that was entered: each stands there once, where it was entered last; an empty one is nothing to remember. */
export function remember(texts: readonly string[], entered: string): readonly string[] {
  return entered === "" ? texts : [...texts.filter((text) => text !== entered), entered].slice(-KEPT);
}
