import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../shared/clock.ts";
import type { History } from "../ledger/history.ts";
import { deliveryRow, type EventRow, refusalRow } from "./event-row.ts";

/** Between two looks at the history: quick for a person, and one cheap pragma where nothing has changed. Milliseconds. */
const LOOK_MS = 150;
/** A delivery whose process has died changes without anybody writing: looked at this often while one is open. Milliseconds. */
const OPEN_LOOK_MS = 5000;
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

/** Follows `history` from now on; reading begins with `run`, and misses nothing in between. */
export function createFollower(history: History, clock: Clock): Follower {
  const afterSeq = history.list({ order: "newest", limit: 1 })[0]?.seq ?? 0;
  let last = afterSeq;
  /** pending deliveries: seq -> when they were first seen, monotonic milliseconds */
  const open = new Map<number, number>();
  let known = new Set(history.refusals({ limit: REFUSALS }).map(keyOf));

  function look(): readonly EventRow[] {
    const rows: EventRow[] = [];
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
        rows.push(deliveryRow(delivery));
      }
      if (page.length < PAGE) break;
    }
    const refusals = history.refusals({ limit: REFUSALS });
    for (const refusal of refusals.toReversed()) if (!known.has(keyOf(refusal))) rows.push(refusalRow(refusal));
    known = new Set(refusals.map(keyOf));
    return rows;
  }

  async function run(onRow: (row: EventRow) => Promise<void>, stop: AbortSignal): Promise<void> {
    let seen: number | undefined;
    let lookedAt = clock.monotonic();
    while (!stop.aborted) {
      const version = history.dataVersion();
      const overdue = open.size > 0 && clock.monotonic() - lookedAt >= OPEN_LOOK_MS;
      if (version !== seen || overdue) {
        seen = version;
        lookedAt = clock.monotonic();
        for (const row of look()) {
          await onRow(row);
          if (stop.aborted) return;
        }
      }
      await delay(LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  return { afterSeq, run };
}

function keyOf({ relay, tunnel, seq }: { readonly relay: string; readonly tunnel: string; readonly seq: number }): string {
  return `${relay} ${tunnel} ${seq}`;
}
