import type { RelayConfig } from "../../server/config.ts";
import { embeddedRelayConfig } from "../../server/config.ts";
import type { Log } from "../../server/log.ts";
import { startRelay, type Relay } from "../../server/relay.ts";
import { systemClock, type Clock } from "../../shared/clock.ts";
import { clientKey, dialRelay, type DialOptions, type FakeClient } from "./fake-client.ts";
import { openRawSender, type RawSender } from "./raw-sender.ts";

/** One line of the relay's log. */
type LogLine = { readonly level: string; readonly event: string } & Readonly<Record<string, unknown>>;

/** A relay with everything that was opened against it: closed together. */
export type TestRelay = {
  readonly relay: Relay;
  readonly port: number;
  readonly log: readonly LogLine[];
  /** a client of the tunnel `app`, unless told otherwise */
  readonly client: (options?: Partial<DialOptions>) => Promise<FakeClient>;
  readonly sender: (options?: { readonly tls?: boolean }) => Promise<RawSender>;
  readonly close: () => Promise<void>;
};

/** Starts a relay in memory on 127.0.0.1. */
export async function testRelay(config: Partial<RelayConfig> = {}, clock: Clock = systemClock): Promise<TestRelay> {
  const log: LogLine[] = [];
  const write = (level: string) => (event: string, fields?: object) => void log.push({ level, event, ...fields });
  const recording: Log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const relay = await startRelay({ ...embeddedRelayConfig, ...config }, { log: recording, clock });
  const clients: FakeClient[] = [];
  const senders: RawSender[] = [];
  return {
    relay,
    port: relay.port,
    log,
    client: async (options) => {
      const client = await dialRelay(relay.port, { tunnel: "app", token: clientKey(), ...options });
      clients.push(client);
      return client;
    },
    sender: async (options) => {
      const sender = await openRawSender(relay.port, options);
      senders.push(sender);
      return sender;
    },
    close: async () => {
      for (const client of clients) client.terminate();
      for (const sender of senders) sender.destroy();
      await relay.close({ graceMs: 0 });
    },
  };
}
