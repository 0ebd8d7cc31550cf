import type { CommandContext } from "../commands/context.ts";
import type { Session } from "../session/run.ts";

/** milliseconds that deliveries in flight get when devhook stops */
const STOP_GRACE_MS = 30_000;
/** milliseconds between two looks at what is in flight */
const LOOK_MS = 20;

/** What the signals ask for. */
export type StopSignals = {
  /** the first: stop */
  readonly first: Promise<void>;
  /** the second: stop at once */
  readonly second: Promise<void>;
  /** whether one has come */
  readonly begun: () => boolean;
  /** Counts as one more signal: a key asks for the same. */
  readonly ask: () => void;
  /** Leaves ctrl-c to another program that has the terminal: it is sent to all that run in it. */
  readonly during: <T>(work: () => Promise<T>) => Promise<T>;
  /** Leaves signals to whoever listens next. */
  readonly ignore: () => void;
};

/** Listens for signals from now on. */
export function stopSignals(context: CommandContext): StopSignals {
  const resolvers: (() => void)[] = [];
  const first = new Promise<void>((resolve) => resolvers.push(resolve));
  const second = new Promise<void>((resolve) => resolvers.push(resolve));
  let count = 0;
  const ask = (): void => {
    count += 1;
    for (const resolve of resolvers.slice(0, count)) resolve();
  };
  let others = 0;
  const ignore = context.onSignal((signal) => {
    if (others === 0 || signal !== "SIGINT") ask();
  });

  async function during<T>(work: () => Promise<T>): Promise<T> {
    others += 1;
    try {
      return await work();
    } finally {
      others -= 1;
    }
  }

  return { first, second, begun: () => count > 0, ask, during, ignore };
}

/** Lets what is in flight finish: nothing new comes in, 30 s at most, and `hurry` ends the wait. */
export async function drain(session: Session, hurry: Promise<void>): Promise<void> {
  session.leave();
  const timers: NodeJS.Timeout[] = [];
  const idle = new Promise<void>((resolve) => {
    timers.push(setTimeout(resolve, STOP_GRACE_MS));
    timers.push(
      setInterval(() => {
        if (session.inFlight() === 0) resolve();
      }, LOOK_MS),
    );
  });
  if (session.inFlight() > 0) await Promise.race([idle, hurry]);
  for (const timer of timers) clearTimeout(timer);
}
