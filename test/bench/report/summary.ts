import type { ContestantName } from "../contestants/contestant.ts";
import type { TransferResult } from "../workloads/transfer.ts";
import type { WebhookResult } from "../workloads/webhook.ts";
import { median } from "./median.ts";
import type { Results } from "./results.ts";

/** The medians of one contestant at one number of connections. */
export type WebhookCell = {
  readonly contestant: ContestantName;
  readonly connections: number;
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** of all repetitions together */
  readonly errors: number;
  readonly relayCpuUs: number;
  readonly clientCpuUs: number;
};

/** The medians of one contestant; growth is the worst of all repetitions, bytes. */
export type TransferCell = {
  readonly contestant: ContestantName;
  readonly rate: number;
  readonly errors: number;
  readonly relayGrowth: number;
  readonly clientGrowth: number;
};

export function webhookCells({ runs }: WebhookResult): readonly WebhookCell[] {
  const keys = new Map(runs.map(({ contestant, connections }) => [`${connections} ${contestant}`, { contestant, connections }]));
  return [...keys.values()]
    .map(({ contestant, connections }) => {
      const own = runs.filter((run) => run.contestant === contestant && run.connections === connections);
      return {
        contestant,
        connections,
        rate: median(own.map((run) => run.rate)),
        p50Ms: median(own.map((run) => run.p50Ms)),
        p99Ms: median(own.map((run) => run.p99Ms)),
        errors: own.reduce((sum, run) => sum + run.errors, 0),
        relayCpuUs: median(own.map((run) => run.relayCpuUs)),
        clientCpuUs: median(own.map((run) => run.clientCpuUs)),
      };
    })
    .sort((a, b) => a.connections - b.connections);
}

export function transferCells({ runs }: TransferResult): readonly TransferCell[] {
  return [...new Set(runs.map((run) => run.contestant))].map((contestant) => {
    const own = runs.filter((run) => run.contestant === contestant);
    return {
      contestant,
      rate: median(own.map((run) => run.rate)),
      errors: own.reduce((sum, run) => sum + run.errors, 0),
      relayGrowth: Math.max(...own.map((run) => run.relayGrowth)),
      clientGrowth: Math.max(...own.map((run) => run.clientGrowth)),
    };
  });
}

/**
 * One figure as a multiple of another. Undefined where the two must not be compared: too few repetitions, an error in either, a history with gaps,
 * or one of them missing.
 */
export function ratio<T extends { readonly errors: number }>(
  results: Pick<Results, "noRatios">,
  a: T | undefined,
  b: T | undefined,
  figure: (cell: T) => number,
): number | undefined {
  if (results.noRatios !== undefined || a === undefined || b === undefined || a.errors > 0 || b.errors > 0) return undefined;
  const value = figure(a) / figure(b);
  return Number.isFinite(value) ? value : undefined;
}
