import type { Contestant, ContestantName, Stack } from "../contestants/contestant.ts";
import type { BenchSetup } from "../running/bench-setup.ts";
import { cpuOf, forgetPeak, peakOf, quiet } from "../running/usage.ts";
import { startWebhookApp } from "./app.ts";
import type { LoadTool } from "./load-tool.ts";
import { preflight } from "./preflight.ts";
import { rotated } from "./rotated.ts";

/** How the webhook workload is run. */
export type WebhookPlan = {
  readonly contestants: readonly Contestant[];
  readonly tool: LoadTool;
  readonly connections: readonly number[];
  /** of each measurement */
  readonly seconds: number;
  readonly repetitions: number;
};

/** One measurement. */
type WebhookRun = {
  readonly contestant: ContestantName;
  readonly connections: number;
  readonly requests: number;
  /** answered requests a second */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** CPU time for each request, microseconds */
  readonly relayCpuUs: number;
  readonly clientCpuUs: number;
};

/** What one life of a contestant left behind: one repetition. */
type WebhookLife = {
  readonly contestant: ContestantName;
  /** most memory at once, bytes */
  readonly relayPeak: number;
  readonly clientPeak: number;
  /** deliveries that it received and that its history holds; undefined for one that keeps none */
  readonly received: number | undefined;
  readonly recorded: number | undefined;
  readonly warnings: readonly string[];
};

export type WebhookResult = {
  readonly app: string;
  readonly bodyBytes: number;
  readonly runs: readonly WebhookRun[];
  readonly lives: readonly WebhookLife[];
};

/** Bytes of the webhook's body: the middle of what platforms send. */
const BODY_BYTES = 2_048;
/** Seconds: the code is compiled at full load, and each number of connections gets its sockets. */
const FIRST_WARM_UP = 3;
const WARM_UP = 1;
const TIMEOUT_SECONDS = 10;
/** Milliseconds: what one contestant still writes to its disk must not be charged to the next one. */
const QUIET_WITHIN_MS = 10_000;

/** POSTs small webhooks as fast as each contestant takes them, over a growing number of connections. */
export async function runWebhook(setup: BenchSetup, plan: WebhookPlan): Promise<WebhookResult> {
  const runs: WebhookRun[] = [];
  const lives: WebhookLife[] = [];
  const body = webhookBody();
  let appName = "";
  for (let repetition = 0; repetition < plan.repetitions; repetition += 1) {
    const app = await startWebhookApp(setup);
    appName = app.name;
    const order = rotated(plan.contestants, repetition);
    const stacks: { readonly name: ContestantName; readonly stack: Stack }[] = [];
    for (const { name, start } of order) {
      const stack = await start(app.port);
      stacks.push({ name, stack });
      await preflight(name, stack.address, body);
      await load(stack, plan.connections.includes(64) ? 64 : (plan.connections[0] ?? 1), Math.min(FIRST_WARM_UP, plan.seconds));
      forgetPeak([...stack.relay, ...stack.client]);
    }
    for (const connections of plan.connections) {
      for (const { name, stack } of stacks) {
        setup.say(`webhook ${repetition + 1}/${plan.repetitions}: ${name}, ${connections} connections`);
        await load(stack, connections, WARM_UP);
        await quiet([...stack.relay, ...stack.client], QUIET_WITHIN_MS);
        const before = [cpuOf(stack.relay), cpuOf(stack.client)];
        const figures = await load(stack, connections, plan.seconds);
        // what is written behind the answer is part of its cost
        await quiet([...stack.relay, ...stack.client], QUIET_WITHIN_MS);
        const each = (after: number, at: number): number => (after - (before[at] ?? 0)) / Math.max(1, figures.requests);
        runs.push({
          contestant: name,
          connections,
          requests: figures.requests,
          rate: figures.requests / figures.seconds,
          p50Ms: figures.p50Ms,
          p99Ms: figures.p99Ms,
          errors: figures.errors,
          relayCpuUs: each(cpuOf(stack.relay), 0),
          clientCpuUs: each(cpuOf(stack.client), 1),
        });
      }
    }
    for (const { name, stack } of stacks) {
      const [relayPeak, clientPeak] = [peakOf(stack.relay), peakOf(stack.client)];
      const warnings = stack.warnings();
      const history = await stack.close();
      lives.push({ contestant: name, relayPeak, clientPeak, received: history?.received, recorded: history?.recorded, warnings });
    }
    await app.close();
  }
  return { app: appName, bodyBytes: BODY_BYTES, runs, lives };

  function load(stack: Stack, connections: number, seconds: number): ReturnType<LoadTool["run"]> {
    return plan.tool.run({ address: stack.address, path: "/webhook", body, connections, seconds, timeoutSeconds: TIMEOUT_SECONDS });
  }
}

function webhookBody(): string {
  const event = { id: "evt_0001", type: "job.completed", created: 1_700_000_000, data: { note: "" } };
  const room = BODY_BYTES - Buffer.byteLength(JSON.stringify(event));
  return JSON.stringify({ ...event, data: { note: "x".repeat(room) } });
}
