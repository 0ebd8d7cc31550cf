import type { IdleResult } from "../workloads/idle.ts";
import type { ScreenResult } from "../workloads/screen/screen.ts";
import type { StartupResult } from "../workloads/startup.ts";
import type { TransferResult } from "../workloads/transfer.ts";
import type { TunnelsResult } from "../workloads/tunnels.ts";
import type { WebhookResult } from "../workloads/webhook.ts";

/** Where and with what the figures were taken: they mean nothing elsewhere. */
type Machine = {
  readonly at: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly loadTool: string;
  /** of the last minute, before the run and after it: what others did on this machine */
  readonly loadBefore: number;
  readonly loadAfter: number;
};

/** All that one run has measured; what was left out is undefined. */
export type Results = {
  readonly machine: Machine;
  readonly repetitions: number;
  /** undefined: ratios may be drawn; else why not */
  readonly noRatios: string | undefined;
  readonly contestants: readonly { readonly name: string; readonly about: string }[];
  /** contestants that this machine does not have, and why */
  readonly missing: readonly string[];
  readonly webhook: WebhookResult | undefined;
  readonly upload: TransferResult | undefined;
  readonly download: TransferResult | undefined;
  readonly idle: IdleResult | undefined;
  readonly tunnels: TunnelsResult | undefined;
  readonly startup: StartupResult | undefined;
  readonly screen: ScreenResult | undefined;
};
