import { setTimeout as wait } from "node:timers/promises";
import type { BenchSetup } from "../../running/bench-setup.ts";
import { PER_SECOND, WARM_UP } from "./following.ts";
import { startSender } from "./sender.ts";
import { BODY, PATH, type Stage } from "./stage.ts";

/** How webhooks are answered while the terminal does not read, and for as long before that. */
export type StallResult = {
  readonly seconds: number;
  /** latencies of a steady probe beside the load, milliseconds */
  readonly before: readonly number[];
  readonly stalled: readonly number[];
  readonly errors: number;
  /** bytes that waited in the terminal, and came when it read again */
  readonly held: number;
};

const PROBES_PER_SECOND = 50;
/** Milliseconds in which what waited in the kernel is read. */
const DRAIN_MS = 20;

/** A terminal whose window is held for some seconds. */
export async function runStall(setup: BenchSetup, stage: Stage, { seconds }: { readonly seconds: number }): Promise<StallResult> {
  const { terminal, end } = await stage.screen({ columns: 200, rows: 60 });
  const order = { address: stage.address, body: BODY };
  const load = await startSender(setup, { ...order, path: PATH, perSecond: PER_SECOND });
  await wait(WARM_UP * 1_000);

  const probe = async (): Promise<{ readonly latencies: readonly number[]; readonly errors: number }> => {
    const sender = await startSender(setup, { ...order, path: "/probe", perSecond: PROBES_PER_SECOND });
    await wait(seconds * 1_000);
    return sender.stop();
  };
  const before = await probe();
  terminal.pause();
  const { bytes } = terminal.totals();
  const stalled = await probe();
  terminal.resume();
  await wait(DRAIN_MS);
  const held = terminal.totals().bytes - bytes;
  const { errors } = await load.stop();
  await end();
  return { seconds, before: before.latencies, stalled: stalled.latencies, errors: errors + before.errors + stalled.errors, held };
}
