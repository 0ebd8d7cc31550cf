import type { BenchSetup } from "../../running/bench-setup.ts";
import type { ScreenSize } from "../../running/screen-terminal.ts";
import { type BodiesResult, runBodies } from "./bodies.ts";
import { type BurstResult, runBurst } from "./burst.ts";
import { type FirstPaintResult, runFirstPaint } from "./first-paint.ts";
import { type FollowingResult, runFollowing, runQuiet } from "./following.ts";
import type { ScreenPart } from "./parts.ts";
import { type MemoryResult, type RestingResult, runMemory, runResting } from "./resting.ts";
import { createStage } from "./stage.ts";
import { runStall, type StallResult } from "./stall.ts";

/** How the screen is measured. */
export type ScreenPlan = {
  readonly parts: ReadonlySet<ScreenPart>;
  readonly sizes: readonly ScreenSize[];
  /** of each measurement of CPU time */
  readonly seconds: number;
  readonly minutes: number;
  readonly quick: boolean;
};

/** What was left out is undefined. */
export type ScreenResult = {
  /** deliveries of the history before anything was measured */
  readonly prepared: number;
  readonly following: readonly FollowingResult[] | undefined;
  /** CPU time of the client with `--output quiet` under the same load, percent of one core */
  readonly quietCpuPercent: number | undefined;
  readonly idle: RestingResult | undefined;
  readonly start: FirstPaintResult | undefined;
  readonly memory: MemoryResult | undefined;
  readonly stall: StallResult | undefined;
  readonly burst: BurstResult | undefined;
  readonly bodies: BodiesResult | undefined;
};

const DELIVERIES = 10_000;
const PRESSES = 60;
const STARTS = 10;
const STALL_SECONDS = 4;
const BURST = { webhooks: 5_000, times: 3 };
/** What --quick makes of them. */
const QUICK = { deliveries: 1_000, presses: 12, starts: 2, stallSeconds: 2, burst: { webhooks: 500, times: 1 } };

/** What `devhook start` takes with its screen in a real pseudo-terminal, and how fast that is. */
export async function runScreen(setup: BenchSetup, { parts, sizes, seconds, minutes, quick }: ScreenPlan): Promise<ScreenResult> {
  const deliveries = quick ? QUICK.deliveries : DELIVERIES;
  setup.say(`screen: a history of ${deliveries} deliveries`);
  const stage = await createStage(setup, { deliveries });
  async function part<T>(name: ScreenPart, run: () => Promise<T>): Promise<T | undefined> {
    if (!parts.has(name)) return undefined;
    setup.say(`screen: ${name}`);
    return run();
  }

  const result: ScreenResult = {
    prepared: stage.prepared,
    following: await part("following", async () => {
      const results: FollowingResult[] = [];
      for (const size of sizes) {
        setup.say(`screen: following, ${size.columns}x${size.rows}`);
        results.push(await runFollowing(setup, stage, { size, seconds, presses: quick ? QUICK.presses : PRESSES }));
      }
      return results;
    }),
    quietCpuPercent: await part("following", () => runQuiet(setup, stage, { seconds })),
    idle: await part("idle", () => runResting(stage, { seconds })),
    start: await part("start", () => runFirstPaint(stage, { times: quick ? QUICK.starts : STARTS })),
    memory: await part("memory", () => runMemory(setup, stage, { minutes })),
    stall: await part("stall", () => runStall(setup, stage, { seconds: quick ? QUICK.stallSeconds : STALL_SECONDS })),
    burst: await part("burst", () => runBurst(setup, stage, quick ? QUICK.burst : BURST)),
    bodies: await part("bodies", () => runBodies(stage)),
  };
  await stage.close();
  return result;
}
