import type { Clock } from "../../shared/clock.ts";
import { CLOSE, DEAD_AFTER_MS, LIVENESS_CHECK_MS, PING_INTERVAL_MS } from "../../shared/wire/constants.ts";
import type { Link } from "./link.ts";
import type { Owners } from "./owners.ts";

/**
 * Pings every link and drops those that have been silent too long (spec.md section 5): one timer for all of them, since a timer each would
 * cost more than the pings. A relay that was itself asleep (stopped, suspended) gives its links the full time again.
 * @returns ends it
 */
export function startHeartbeat(owners: Owners, options: { readonly clock: Clock; readonly onSilent: (link: Link) => void }): () => void {
  let lookedAt = options.clock.monotonic();
  const timer = setInterval(() => {
    const now = options.clock.monotonic();
    const lookedBefore = lookedAt;
    const slept = now - lookedBefore > LIVENESS_CHECK_MS * 4;
    lookedAt = now;
    for (const link of owners.all()) {
      link.countBytes(lookedBefore);
      if (slept) link.heardAt = now;
      if (now - link.heardAt >= DEAD_AFTER_MS) {
        options.onSilent(link);
        link.drop(CLOSE.SILENT, `nothing was heard for ${DEAD_AFTER_MS} ms`);
      } else if (now - link.pingedAt >= PING_INTERVAL_MS) {
        link.ping();
      }
    }
  }, LIVENESS_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
