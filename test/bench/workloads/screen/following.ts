import { setTimeout as wait } from "node:timers/promises";
import type { BenchSetup } from "../../running/bench-setup.ts";
import { plainOf, type ScreenSize, type ScreenTerminal } from "../../running/screen-terminal.ts";
import { cpuOf } from "../../running/usage.ts";
import { startSender } from "./sender.ts";
import { BODY, PATH, pointerOf, type Stage } from "./stage.ts";

/** What a screen of one size does while webhooks arrive. */
export type FollowingResult = {
  readonly size: ScreenSize;
  readonly seconds: number;
  /** of one core, all threads of the client's process */
  readonly cpuPercent: number;
  /** while nobody pressed a key */
  readonly frames: number;
  readonly bytes: number;
  /** screens that were cleared after the first frame, keys included */
  readonly clears: number;
  /** from the write of a key to the last byte of the frame that shows what it does, milliseconds */
  readonly keys: readonly number[];
  readonly errors: number;
};

/** Webhooks a second. */
export const PER_SECOND = 200;
/** Seconds: the code of the screen is compiled by then. */
export const WARM_UP = 4;
/** Presses of each key for every one of `/` and tab, which are pressed again to get back. */
const MOVES = 6;
/** Milliseconds between two keys: at least, and up to so many more. */
const PAUSE = { least: 60, more: 120 };
/** Rows above and below what the pointer moves in: the list's own edges, and its neighbours. */
const EDGE = { top: 6, bottom: 5 };

/** CPU time while the list follows what arrives, then keys at random moments while as much arrives. */
export async function runFollowing(
  setup: BenchSetup,
  stage: Stage,
  { size, seconds, presses }: { readonly size: ScreenSize; readonly seconds: number; readonly presses: number },
): Promise<FollowingResult> {
  const { terminal, end } = await stage.screen(size);
  const first = terminal.totals();
  const sender = await startSender(setup, { address: stage.address, path: PATH, body: BODY, perSecond: PER_SECOND });
  await wait(WARM_UP * 1_000);
  const [before, cpuBefore, begun] = [terminal.totals(), cpuOf([terminal.pid]), performance.now()];
  await wait(seconds * 1_000);
  const took = (performance.now() - begun) / 1_000;
  const cpuPercent = (cpuOf([terminal.pid]) - cpuBefore) / 1e4 / took;
  const after = terminal.totals();
  const keys = await pressKeys(terminal, size, presses);
  const clears = terminal.totals().clears - first.clears;
  const { errors } = await sender.stop();
  await end();
  return { size, seconds: took, cpuPercent, frames: after.frames - before.frames, bytes: after.bytes - before.bytes, clears, keys, errors };
}

/** CPU time of the client without a screen under the same load, percent of one core. */
export async function runQuiet(setup: BenchSetup, stage: Stage, { seconds }: { readonly seconds: number }): Promise<number> {
  const client = await stage.quiet();
  const sender = await startSender(setup, { address: stage.address, path: PATH, body: BODY, perSecond: PER_SECOND });
  await wait(WARM_UP * 1_000);
  const [before, begun] = [cpuOf([client.pid]), performance.now()];
  await wait(seconds * 1_000);
  const cpuPercent = (cpuOf([client.pid]) - before) / 1e4 / ((performance.now() - begun) / 1_000);
  await sender.stop();
  await client.end();
  return cpuPercent;
}

async function pressKeys(terminal: ScreenTerminal, size: ScreenSize, presses: number): Promise<readonly number[]> {
  const keys: number[] = [];
  const [top, bottom] = [Math.min(EDGE.top, size.rows >> 1), size.rows - EDGE.bottom];
  // away from the newest row, into the middle of the list, where a move is a move of the pointer
  terminal.press("k");
  await terminal.shows((rows) => plainOf(rows[0] ?? "").includes("PAUSED"), "PAUSED");
  for (let n = 0; n < (bottom - top) >> 1; n += 1) await move("k");

  while (keys.length < presses) {
    for (let n = 0; n < MOVES && keys.length < presses; n += 1) {
      const at = pointerOf(terminal.rows()) ?? 0;
      const key = at <= top ? "j" : at >= bottom ? "k" : Math.random() < 0.5 ? "j" : "k";
      keys.push(await move(key));
    }
    for (const [there, back] of [
      ["/", "\u001b"],
      ["\t", "\t"],
    ] as const) {
      if (keys.length >= presses) break;
      const before = footerOf(terminal.rows());
      keys.push(await press(there, (rows) => footerOf(rows) !== before));
      // ESC waits for what may follow it, so that only the way there is counted
      await press(back, (rows) => footerOf(rows) === before);
    }
  }
  return keys;

  function move(key: "j" | "k"): Promise<number> {
    const wanted = (pointerOf(terminal.rows()) ?? 0) + (key === "j" ? 1 : -1);
    return press(key, (rows) => pointerOf(rows) === wanted);
  }

  async function press(key: string, isShown: (rows: readonly string[]) => boolean): Promise<number> {
    await wait(PAUSE.least + Math.random() * PAUSE.more);
    if (isShown(terminal.rows())) throw new Error(`the screen shows what ${JSON.stringify(key)} does before it is pressed`);
    const begun = performance.now();
    terminal.press(key);
    return (await terminal.shows(isShown, `what ${JSON.stringify(key)} does`)) - begun;
  }
}

/** The keys that act here: another text in each context. */
function footerOf(rows: readonly string[]): string {
  return plainOf(rows.at(-1) ?? "").trimEnd();
}
