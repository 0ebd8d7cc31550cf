import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../shared/clock.ts";
import type { History } from "../ledger/history.ts";
import type { DeliverySummary } from "../ledger/records.ts";

/** Between two looks at the history: quick for a person, and one cheap pragma where nothing has changed. Milliseconds. */
const LOOK_MS = 150;
/** What changes without anybody writing (a process that has died, an age) is seen this often. Milliseconds. */
const AGAIN_MS = 5000;

/** How somebody watches the history. */
export type Watch = {
  /** @returns whether that was all: nothing more is looked for */
  readonly look: () => Promise<boolean>;
  /** whether time alone may change what the next look finds */
  readonly changesWithTime: () => boolean;
  readonly stop: AbortSignal;
};

/**
 * Looks at once, then each time the history has changed, until `stop` is aborted. A look that takes long is followed by a pause as long.
 * @throws DevhookError when the history cannot be read any more
 */
export async function watchHistory(history: History, clock: Clock, { look, changesWithTime, stop }: Watch): Promise<void> {
  let seen: number | undefined;
  let lookedAt = clock.monotonic();
  while (!stop.aborted) {
    let pause = LOOK_MS;
    const version = history.dataVersion();
    if (version !== seen || (changesWithTime() && clock.monotonic() - lookedAt >= AGAIN_MS)) {
      seen = version;
      lookedAt = clock.monotonic();
      if (await look()) return;
      pause = Math.max(LOOK_MS, clock.monotonic() - lookedAt);
    }
    await delay(pause, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** The newest delivery, undefined for none. */
export function newestOf(history: History): DeliverySummary | undefined {
  return history.list({ order: "newest", limit: 1 })[0];
}
