import type { Relay } from "../relay.ts";
import type { RelayCommandContext } from "./context.ts";

/**
 * Starts a relay and serves until a signal comes. The first one stops it in good order, a second one ends at once; one that comes while it
 * starts is not lost.
 * @param onReady hears of the relay once it serves
 */
export async function serve(context: RelayCommandContext, start: () => Promise<Relay>, onReady: (relay: Relay) => void): Promise<void> {
  let relay: Relay | undefined;
  let signals = 0;
  let stopped: (end: Promise<void>) => void = () => {};
  const end = new Promise<void>((resolve) => {
    stopped = resolve;
  });

  function obey(): void {
    if (relay === undefined || signals === 0) return;
    stopped(signals === 1 ? relay.close() : relay.close({ graceMs: 0 }));
  }

  const ignore = context.onSignal(function onSignal() {
    signals += 1;
    obey();
  });
  try {
    relay = await start();
    if (signals === 0) onReady(relay);
    obey();
    await end;
  } finally {
    ignore();
  }
}
