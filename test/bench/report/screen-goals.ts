import type { ScreenResult } from "../workloads/screen/screen.ts";
import { type Goal, judged, ms } from "./judged.ts";
import { median } from "./median.ts";
import { percentile } from "./percentile.ts";

const MIB = 1_048_576;
/** p95 from key to paint by size, milliseconds. */
const KEY_MS: Readonly<Record<string, number>> = { "80x24": 30, "120x40": 40, "200x60": 70 };
/** CPU while following, percent: up to so many cells, and above. */
const CPU = { cells: 120 * 40, most: 20, large: 22 };

/** What the screen means to reach. */
export function screenGoals(screen: ScreenResult | undefined): readonly Goal[] {
  return screen === undefined ? [] : [...followingGoals(screen), ...startGoals(screen), ...loadGoals(screen)];
}

function followingGoals({ following = [] }: ScreenResult): readonly Goal[] {
  return following.flatMap(({ size, cpuPercent, keys, bytes, frames, clears, errors }) => {
    const name = `${size.columns}x${size.rows}`;
    const limit = KEY_MS[name];
    const most = size.columns * size.rows > CPU.cells ? CPU.large : CPU.most;
    const goals: Goal[] = [];
    if (limit !== undefined)
      goals.push({
        goal: `screen ${name}: key to paint p95 at most ${limit} ms`,
        ...judged(percentile(keys, 0.95), (value) => value <= limit, tenths),
      });
    goals.push({ goal: `screen ${name}: CPU while following at most ${most} %`, ...judged(cpuPercent, (value) => value <= most, percent) });
    if (name === "120x40")
      goals.push({
        goal: `screen ${name}: a frame at most 2 kB`,
        ...judged(
          bytes / frames,
          (value) => value <= 2_000,
          (value) => `${value.toFixed(0)} B`,
        ),
      });
    goals.push({ goal: `screen ${name}: no clears, no errors`, ...judged(clears + errors, (value) => value === 0, String) });
    return goals;
  });
}

function startGoals({ idle, start }: ScreenResult): readonly Goal[] {
  const goals: Goal[] = [];
  if (idle !== undefined)
    goals.push({
      goal: "screen idle: at most 0.5 % CPU",
      ...judged(
        idle.cpuPercent,
        (value) => value <= 0.5,
        (value) => `${value.toFixed(2)} %`,
      ),
    });
  if (start !== undefined) {
    for (const [what, values] of [
      ["empty history", start.empty],
      ["full history", start.full],
    ] as const)
      goals.push({ goal: `screen: first paint within 400 ms, ${what}`, ...judged(median(values), (value) => value <= 400, ms) });
  }
  return goals;
}

function loadGoals({ memory, stall, burst, bodies }: ScreenResult): readonly Goal[] {
  const goals: Goal[] = [];
  if (memory !== undefined)
    goals.push({
      goal: `screen: at most 260 MB after ${memory.minutes} min`,
      ...judged(
        memory.rss / MIB,
        (value) => value <= 260,
        (value) => `${value.toFixed(0)} MB`,
      ),
    });
  if (stall !== undefined) {
    goals.push({
      goal: "screen, terminal that stalls: no answer waits more than 100 ms",
      ...judged(Math.max(...stall.stalled), (value) => value <= 100, tenths),
    });
    goals.push({ goal: "screen, terminal that stalls: no errors", ...judged(stall.errors, (value) => value === 0, String) });
  }
  if (burst !== undefined) {
    const { errors, unrecorded } = burst;
    const lost = `${errors} errors, ${unrecorded} missing`;
    goals.push({
      goal: `screen, burst of ${burst.webhooks}: nothing lost`,
      ...judged(
        errors + unrecorded,
        (value) => value === 0,
        () => lost,
      ),
    });
  }
  const [normal, ...hostile] = bodies?.kinds ?? [];
  for (const { name, ms: values } of hostile) {
    const more = Math.max(...values) - median(normal?.ms ?? []);
    goals.push({ goal: `screen, body of ${name}: at most 50 ms longer than a small one`, ...judged(more, (value) => value <= 50, tenths) });
  }
  return goals;
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

function tenths(value: number): string {
  return `${value.toFixed(1)} ms`;
}
