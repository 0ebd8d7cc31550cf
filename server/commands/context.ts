import type { Clock } from "../../shared/clock.ts";

/** Where text goes; any Writable fits. */
type Sink = { readonly write: (text: string) => unknown };

/** What the commands of the relay know of the process around them: the client's context has all of it. */
export type RelayCommandContext = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** results */
  readonly stdout: Sink;
  /** what a person reads on the way, and the relay's log */
  readonly stderr: Sink;
  readonly clock: Clock;
  /**
   * Calls `listener` for each SIGINT and SIGTERM, `count` being 1 for the first.
   * @returns takes the listener away
   */
  readonly onSignal: (listener: (signal: string, count: number) => void) => () => void;
};
