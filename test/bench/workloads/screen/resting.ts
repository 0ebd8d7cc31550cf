import { setTimeout as wait } from "node:timers/promises";
import type { BenchSetup } from "../../running/bench-setup.ts";
import { cpuOf, rssOf, settled } from "../../running/usage.ts";
import { PER_SECOND } from "./following.ts";
import { startSender } from "./sender.ts";
import { BODY, PATH, type Stage } from "./stage.ts";

/** A screen while nothing arrives. */
export type RestingResult = { readonly seconds: number; readonly cpuPercent: number; readonly frames: number; readonly rss: number };

/** Memory of a screen over a longer time, bytes. */
export type MemoryResult = {
  readonly minutes: number;
  readonly rss: number;
  /** since the middle of the time */
  readonly growth: number;
  readonly peak: number;
  readonly errors: number;
};

const SIZE = { columns: 120, rows: 40 };
const SETTLED_WITHIN_MS = 15_000;
/** Looks at the memory that a figure is the mean of: garbage comes and goes. */
const LOOKS = 10;

/** CPU time while nothing arrives and nobody types. */
export async function runResting(stage: Stage, { seconds }: { readonly seconds: number }): Promise<RestingResult> {
  const { terminal, end } = await stage.screen(SIZE);
  await settled([terminal.pid], SETTLED_WITHIN_MS);
  const [before, frames, begun] = [cpuOf([terminal.pid]), terminal.totals().frames, performance.now()];
  await wait(seconds * 1_000);
  const took = (performance.now() - begun) / 1_000;
  const result = {
    seconds: took,
    cpuPercent: (cpuOf([terminal.pid]) - before) / 1e4 / took,
    frames: terminal.totals().frames - frames,
    rss: rssOf([terminal.pid]),
  };
  await end();
  return result;
}

/** Memory while webhooks arrive for minutes. */
export async function runMemory(setup: BenchSetup, stage: Stage, { minutes }: { readonly minutes: number }): Promise<MemoryResult> {
  const { terminal, end } = await stage.screen(SIZE);
  const sender = await startSender(setup, { address: stage.address, path: PATH, body: BODY, perSecond: PER_SECOND });
  const looks: number[] = [];
  for (let second = 0; second < minutes * 60; second += 1) {
    await wait(1_000);
    looks.push(rssOf([terminal.pid]));
  }
  const { errors } = await sender.stop();
  await end();
  const half = looks.length >> 1;
  const middle = mean(looks.slice(Math.max(0, half - LOOKS), half));
  const last = mean(looks.slice(-LOOKS));
  return { minutes, rss: last, growth: last - middle, peak: Math.max(...looks), errors };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
