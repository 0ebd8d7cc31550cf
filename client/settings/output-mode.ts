import type { Settings } from "./config.ts";

/** How a running tunnel is shown. */
export type OutputMode = NonNullable<Settings["output"]>;

/** What decides about it. */
export type OutputFacts = {
  /** what flag, variable or file ask for, the stronger already chosen; undefined: nothing */
  readonly asked: Settings["output"];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: { readonly stdin: boolean; readonly stdout: boolean };
  /** of the terminal on stdout, in cells; undefined where there is none */
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
};

/** Cells that the screen needs to show anything of use. */
export const LEAST_SCREEN = { columns: 40, rows: 8 } as const;

/**
 * Chooses the output: what was asked for, otherwise the screen where a person can read it, otherwise lines. The screen needs a terminal on both sides that
 * can move its cursor; where it was asked for and cannot be, `warning` says why. Unasked, it also stays away from CI, from screen readers
 * (`INK_SCREEN_READER`, `DEVHOOK_A11Y`) and from terminals smaller than {@link LEAST_SCREEN}.
 */
export function outputMode({ asked, env, isTTY, size }: OutputFacts): { readonly mode: OutputMode; readonly warning?: string } {
  if (asked !== undefined && asked !== "interactive") return { mode: asked };
  const missing = missingFor(isTTY, env);
  if (missing !== undefined) {
    return asked === undefined
      ? { mode: "compact" }
      : { mode: "compact", warning: `the screen cannot be shown, lines are instead: ${missing}` };
  }
  if (asked === "interactive") return { mode: "interactive" };
  const isWanted = !["CI", "INK_SCREEN_READER", "DEVHOOK_A11Y"].some((name) => isOn(env[name]));
  const hasRoom = size !== undefined && size.columns >= LEAST_SCREEN.columns && size.rows >= LEAST_SCREEN.rows;
  return { mode: isWanted && hasRoom ? "interactive" : "compact" };
}

/** @returns what the screen cannot do without, as a clause; undefined when nothing is missing */
function missingFor({ stdin, stdout }: OutputFacts["isTTY"], env: OutputFacts["env"]): string | undefined {
  if (!stdout) return "stdout is not a terminal";
  if (!stdin) return "stdin is not a terminal, so that no key could be read";
  return env["TERM"] === "dumb" ? "TERM is dumb: this terminal cannot move its cursor" : undefined;
}

/** Whether a variable that switches something is set; `0` and `false` are what people write for off. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value.toLowerCase() !== "false";
}
