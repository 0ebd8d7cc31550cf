import type { BenchSetup } from "../../running/bench-setup.ts";
import { quiet } from "../../running/usage.ts";
import { sendMany } from "./sender.ts";
import { BODY, PATH, type Stage } from "./stage.ts";

/** Many webhooks at once, with the screen and without. */
export type BurstResult = {
  readonly webhooks: number;
  /** seconds until all are answered, one figure a burst */
  readonly screen: readonly number[];
  readonly quiet: readonly number[];
  /** webhooks that were not answered with 200, and those that are not in the history, of all bursts with the screen */
  readonly errors: number;
  readonly unrecorded: number;
};

const CONNECTIONS = 64;
/** Milliseconds: what one burst left to do must not be charged to the next. */
const QUIET_WITHIN_MS = 10_000;

/** As many as arrive at once when a sender catches up. */
export async function runBurst(
  setup: BenchSetup,
  stage: Stage,
  { webhooks, times }: { readonly webhooks: number; readonly times: number },
): Promise<BurstResult> {
  const order = { address: stage.address, path: PATH, body: BODY, count: webhooks, connections: CONNECTIONS };
  const silent = await stage.quiet();
  const without = await bursts(silent.pid);
  await silent.end();
  const { terminal, recorded, end } = await stage.screen({ columns: 120, rows: 40 });
  const before = recorded();
  const shown = await bursts(terminal.pid);
  await end();
  return {
    webhooks,
    screen: shown.seconds,
    quiet: without.seconds,
    errors: shown.errors,
    unrecorded: (times + 1) * webhooks - (recorded() - before),
  };

  async function bursts(pid: number): Promise<{ readonly seconds: readonly number[]; readonly errors: number }> {
    const seconds: number[] = [];
    let errors = 0;
    for (let n = 0; n <= times; n += 1) {
      const figures = await sendMany(setup, order);
      errors += figures.errors;
      // the first one compiles the code
      if (n > 0) seconds.push(figures.seconds);
      await quiet([pid], QUIET_WITHIN_MS);
    }
    return { seconds, errors };
  }
}
