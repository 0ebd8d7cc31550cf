/** What became of a delivery that devhook had answered for the app: the app took it, or said no, or failed too often. */
export type Outcome = "delivered" | "failed";

/** Statuses below 500 that say "not now": Request Timeout, Too Early, Too Many Requests. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** What an answer of the app with this status settles; undefined when a later call may be answered otherwise. */
export function outcomeOf(status: number): Outcome | undefined {
  if (status >= 500 || PASSING.has(status)) return undefined;
  return status >= 200 && status < 300 ? "delivered" : "failed";
}
