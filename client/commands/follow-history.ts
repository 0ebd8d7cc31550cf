import type { Clock } from "../../shared/clock.ts";
import type { Filter } from "../filter/filter.ts";
import type { History } from "../ledger/history.ts";
import type { DeliverySummary } from "../ledger/records.ts";
import { deliveryRow, type EventRow, refusalRow } from "./event-row.ts";
import { newestOf, watchHistory } from "./watch-history.ts";

/** An app that takes longer than this gets its row as it stands, so that looking back never goes far. Milliseconds. */
const PENDING_MS = 60_000;
/** Rows of one query. */
const PAGE = 500;
/** Refusals of a tunnel that a relay keeps: a client that connects brings at most these. */
const REFUSALS = 1000;

/** What comes into the history after a moment. */
export type Follower = {
  /** seq of the newest delivery at that moment, 0 for none */
  readonly afterSeq: number;
  /**
   * Hands over each new delivery once its first attempt is over (or a minute has passed), and each new refusal, one after the other, until `stop`
   * is aborted.
   * @throws DevhookError when the history cannot be read any more
   */
  readonly run: (onRow: (row: EventRow) => Promise<void>, stop: AbortSignal) => Promise<void>;
};

/**
 * Follows `history` from now on; reading begins with `run`, and misses nothing in between.
 * @param filter hands over only deliveries that match when it is their turn, and no refusals
 */
export function createFollower(
  history: History,
  { clock, filter }: { readonly clock: Clock; readonly filter?: Filter | undefined },
): Follower {
  const afterSeq = newestOf(history)?.seq ?? 0;
  let last = afterSeq;
  /** pending deliveries: seq -> when they were first seen, monotonic milliseconds */
  const open = new Map<number, number>();
  let known = new Set(history.refusals({ limit: REFUSALS }).map(keyOf));

  function look(): readonly EventRow[] {
    const due: DeliverySummary[] = [];
    const now = clock.monotonic();
    let from = Math.min(last, ...[...open.keys()].map((seq) => seq - 1));
    for (;;) {
      const page = history.list({ order: "oldest", afterSeq: from, limit: PAGE });
      for (const delivery of page) {
        const { seq, state } = delivery;
        from = seq;
        if (seq <= last && !open.has(seq)) continue;
        last = Math.max(last, seq);
        const since = open.get(seq) ?? now;
        open.set(seq, since);
        if (state === "pending" && now - since < PENDING_MS) continue;
        open.delete(seq);
        due.push(delivery);
      }
      if (page.length < PAGE) break;
    }
    const rows = matching(due).map(deliveryRow);
    if (filter !== undefined) return rows;
    const refusals = history.refusals({ limit: REFUSALS });
    for (const refusal of refusals.toReversed()) if (!known.has(keyOf(refusal))) rows.push(refusalRow(refusal));
    known = new Set(refusals.map(keyOf));
    return rows;
  }

  /** @param due in the order of their recording */
  function matching(due: readonly DeliverySummary[]): readonly DeliverySummary[] {
    const [first, final] = [due[0], due.at(-1)];
    if (filter === undefined || first === undefined || final === undefined) return due;
    const range = { afterSeq: first.seq - 1, upToSeq: final.seq, limit: final.seq - first.seq + 1 };
    const found = new Set(history.list({ filter, order: "oldest", ...range }).map(({ seq }) => seq));
    return due.filter(({ seq }) => found.has(seq));
  }

  async function run(onRow: (row: EventRow) => Promise<void>, stop: AbortSignal): Promise<void> {
    async function hand(): Promise<boolean> {
      for (const row of look()) {
        await onRow(row);
        if (stop.aborted) break;
      }
      return false;
    }
    await watchHistory(history, clock, { look: hand, changesWithTime: () => open.size > 0, stop });
  }

  return { afterSeq, run };
}

function keyOf({ relay, tunnel, seq }: { readonly relay: string; readonly tunnel: string; readonly seq: number }): string {
  return `${relay} ${tunnel} ${seq}`;
}
