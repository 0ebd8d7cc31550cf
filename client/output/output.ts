import type { AttemptEvent, ClosedEvent, DeliveryEvent, LinkEvent, ReadyEvent, VerificationEvent, WarningEvent } from "./events.ts";

/**
 * Where a running tunnel is shown. No call waits or throws: whoever reads slowly loses lines (and is told how many), never deliveries.
 */
export interface Output {
  readonly ready: (event: ReadyEvent) => void;
  readonly delivery: (event: DeliveryEvent) => void;
  readonly verification: (event: VerificationEvent) => void;
  readonly attempt: (event: AttemptEvent) => void;
  readonly link: (event: LinkEvent) => void;
  readonly warning: (event: WarningEvent) => void;
  readonly closed: (event: ClosedEvent) => void;
}
