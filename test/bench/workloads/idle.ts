import { setTimeout as wait } from "node:timers/promises";
import { devhookCommand, readyUrl } from "../contestants/devhook-program.ts";
import type { BenchSetup } from "../running/bench-setup.ts";
import { cpuOf, rssOf, settled } from "../running/usage.ts";
import { startBulkApp } from "./app.ts";

export type IdleResult = {
  readonly seconds: number;
  /** of one core */
  readonly cpuPercent: number;
  /** bytes */
  readonly rss: number;
};

/** Milliseconds: the work of the start is over by then. */
const SETTLED_WITHIN_MS = 15_000;

/** What `devhook start` with its embedded relay and no screen takes while nothing arrives. */
export async function runIdle(setup: BenchSetup, { seconds }: { readonly seconds: number }): Promise<IdleResult> {
  setup.say(`idle: devhook start, ${seconds} s`);
  const app = await startBulkApp(setup);
  const args = ["start", `http://127.0.0.1:${app.port}`, "--port", "0", "--output", "json"];
  const child = await setup.children.start(devhookCommand(setup, await setup.folder("idle"), args));
  await child.line(readyUrl);
  await settled([child.pid], SETTLED_WITHIN_MS);
  const before = cpuOf([child.pid]);
  const begun = performance.now();
  await wait(seconds * 1_000);
  const took = (performance.now() - begun) / 1_000;
  const cpuPercent = (cpuOf([child.pid]) - before) / 1e4 / took;
  const rss = rssOf([child.pid]);
  await child.end();
  await app.close();
  return { seconds: took, cpuPercent, rss };
}
