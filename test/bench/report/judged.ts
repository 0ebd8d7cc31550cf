/** What devhook means to reach, and what this run says of it. */
export type Goal = {
  readonly goal: string;
  readonly figure: string;
  /** undefined: this run cannot say */
  readonly reached: boolean | undefined;
};

/** Judges a figure; undefined when this run has none. */
export function judged(
  value: number | undefined,
  reached: (value: number) => boolean,
  shown: (value: number) => string,
): Pick<Goal, "figure" | "reached"> {
  return value === undefined ? { figure: "-", reached: undefined } : { figure: shown(value), reached: reached(value) };
}

export function times(value: number): string {
  return `${value.toFixed(2)} x`;
}

export function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
