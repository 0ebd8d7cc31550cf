import { FLOOR, PEER, SUBJECT } from "../contestants/contestant.ts";
import { judged, ms, times, type Goal } from "./judged.ts";
import { median } from "./median.ts";
import type { Results } from "./results.ts";
import { screenGoals } from "./screen-goals.ts";
import { ratio, transferCells, webhookCells, type TransferCell, type WebhookCell } from "./summary.ts";

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** @returns a line for each goal whose workload was run */
export function goalsOf(results: Results): readonly Goal[] {
  return [
    ...webhookGoals(results),
    ...transferGoals(results, "download"),
    ...transferGoals(results, "upload"),
    ...footprintGoals(results),
    ...screenGoals(results.screen),
  ];
}

function webhookGoals(results: Results): readonly Goal[] {
  if (results.webhook === undefined) return [];
  const cells = webhookCells(results.webhook);
  const cell = (contestant: string, connections: number): WebhookCell | undefined =>
    cells.find((candidate) => candidate.contestant === contestant && candidate.connections === connections);
  const goals: Goal[] = [];
  for (const connections of [16, 64]) {
    const [own, peer] = [cell(SUBJECT, connections), cell(PEER, connections)];
    if (own === undefined) continue;
    const rate = ratio(results, own, peer, ({ rate: value }) => value);
    const p99 = ratio(results, own, peer, ({ p99Ms }) => p99Ms);
    goals.push({ goal: `webhook at ${connections}: rate at least 3 x ${PEER}`, ...judged(rate, (value) => value >= 3, times) });
    goals.push({ goal: `webhook at ${connections}: p99 at most half of ${PEER}`, ...judged(p99, (value) => value <= 0.5, times) });
  }
  const [own, floor] = [cell(SUBJECT, 1), cell(FLOOR, 1)];
  if (own !== undefined) {
    const comparable = ratio(results, own, floor, ({ p99Ms }) => p99Ms) !== undefined && floor !== undefined;
    const limit = comparable ? 3 * floor.p99Ms + 3 : undefined;
    goals.push({
      goal: `webhook at 1: p99 at most 3 x ${FLOOR} + 3 ms`,
      ...judged(
        limit && own.p99Ms / limit,
        (value) => value <= 1,
        () => `${own.p99Ms.toFixed(1)} ms of ${(limit ?? 0).toFixed(1)} ms`,
      ),
    });
  }
  const busiest = cell(SUBJECT, 256);
  if (busiest !== undefined) goals.push({ goal: "webhook at 256: no errors", ...judged(busiest.errors, (value) => value === 0, String) });
  const lives = results.webhook.lives.filter(({ contestant }) => contestant === SUBJECT);
  const lost = lives.reduce((sum, { received, recorded }) => sum + ((received ?? 0) - (recorded ?? 0)), 0);
  const all = lives.reduce((sum, { received }) => sum + (received ?? 0), 0);
  goals.push({
    goal: "webhook: every delivery in the history",
    ...judged(
      lost,
      (value) => value === 0,
      () => `${lost} of ${all} missing`,
    ),
  });
  return goals;
}

function transferGoals(results: Results, kind: "upload" | "download"): readonly Goal[] {
  const result = results[kind];
  if (result === undefined) return [];
  const cells = transferCells(result);
  const cell = (contestant: string): TransferCell | undefined => cells.find((candidate) => candidate.contestant === contestant);
  const own = cell(SUBJECT);
  if (own === undefined) return [];
  const what = `${kind} of ${result.bytes / MIB} MB`;
  const rate = ratio(results, own, cell(PEER), (candidate) => candidate.rate);
  const growth = (side: string, bytes: number): Goal => ({
    goal: `${what}: ${side} grows by less than 32 MB`,
    ...judged(
      own.errors > 0 ? undefined : bytes / MIB,
      (value) => value < 32,
      (value) => `${value.toFixed(1)} MB`,
    ),
  });
  return [
    { goal: `${what}: rate at least half of ${PEER}`, ...judged(rate, (value) => value >= 0.5, times) },
    growth("relay", own.relayGrowth),
    growth("client", own.clientGrowth),
  ];
}

function footprintGoals({ idle, tunnels, startup }: Results): readonly Goal[] {
  const each = tunnels && (tunnels.after - tunnels.before) / tunnels.tunnels / KIB;
  return [
    ...(idle === undefined
      ? []
      : [
          {
            goal: "idle start: under 120 MB",
            ...judged(
              idle.rss / MIB,
              (value) => value < 120,
              (value) => `${value.toFixed(1)} MB`,
            ),
          },
          {
            goal: "idle start: under 1 % CPU",
            ...judged(
              idle.cpuPercent,
              (value) => value < 1,
              (value) => `${value.toFixed(2)} %`,
            ),
          },
        ]),
    ...(each === undefined
      ? []
      : [
          {
            goal: "idle tunnel: under 30 KB",
            ...judged(
              each,
              (value) => value < 30,
              (value) => `${value.toFixed(1)} KB`,
            ),
          },
        ]),
    ...(startup === undefined
      ? []
      : [
          { goal: "devhook --version: under 200 ms", ...judged(median(startup.version), (value) => value < 200, ms) },
          { goal: "devhook start: URL within 500 ms", ...judged(median(startup.url), (value) => value <= 500, ms) },
        ]),
  ];
}
