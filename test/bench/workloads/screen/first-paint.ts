import { pointerOf, type Stage } from "./stage.ts";

/** Milliseconds from the start of the process, one figure a start. */
export type FirstPaintResult = {
  /** to the last byte of the first frame, with a history that is empty and one that is full */
  readonly empty: readonly number[];
  readonly full: readonly number[];
  /** to the frame that has rows of the history */
  readonly rows: readonly number[];
};

/** How long somebody looks at nothing. */
export async function runFirstPaint(stage: Stage, { times }: { readonly times: number }): Promise<FirstPaintResult> {
  const [empty, full, rows]: number[][] = [[], [], []];
  for (let n = 0; n < times; n += 1) {
    const none = await stage.start({ columns: 120, rows: 40 }, { empty: true });
    empty?.push((await none.terminal.shows(isAnything, "a frame")) - none.terminal.startedAt);
    await none.end();
    const all = await stage.start({ columns: 120, rows: 40 });
    full?.push((await all.terminal.shows(isAnything, "a frame")) - all.terminal.startedAt);
    rows?.push((await all.terminal.shows((shown) => pointerOf(shown) !== undefined, "rows")) - all.terminal.startedAt);
    await all.end();
  }
  return { empty: empty ?? [], full: full ?? [], rows: rows ?? [] };
}

function isAnything(rows: readonly string[]): boolean {
  return rows.some((row) => row !== "");
}
