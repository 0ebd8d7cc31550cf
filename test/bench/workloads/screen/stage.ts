import { cp } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Address } from "../../contestants/contestant.ts";
import { devhookCommand, readyUrl } from "../../contestants/devhook-program.ts";
import { addToken } from "../../contestants/devhook.ts";
import type { BenchSetup } from "../../running/bench-setup.ts";
import type { Child, Command } from "../../running/children.ts";
import { openScreenTerminal, plainOf, type ScreenSize, type ScreenTerminal } from "../../running/screen-terminal.ts";
import { startWebhookApp } from "../app.ts";
import { preflight } from "../preflight.ts";
import { NUMBER, sendMany } from "./sender.ts";

/** A relay, an app, and a history: what a screen is measured on. */
export type Stage = {
  readonly address: Address;
  /** deliveries of the history that each program begins with */
  readonly prepared: number;
  /** Starts the client with its screen, on a copy of the history, and waits for nothing. */
  readonly start: (size: ScreenSize, options?: { readonly empty?: boolean }) => Promise<WatchedScreen>;
  /** The same; resolves when it shows rows and can deliver. */
  readonly screen: (size: ScreenSize) => Promise<WatchedScreen>;
  /** Starts the client with `--output quiet`, on a copy of the history; resolves when it delivers. */
  readonly quiet: () => Promise<Watched & { readonly pid: number }>;
  readonly close: () => Promise<void>;
};

/** A running client. */
type Watched = {
  /** deliveries that were ever recorded */
  readonly recorded: () => number;
  readonly end: () => Promise<void>;
};

type WatchedScreen = Watched & { readonly terminal: ScreenTerminal };

/** About 0.2 kB, with a number of its own in each. */
export const BODY = JSON.stringify({
  id: `evt_${NUMBER}`,
  type: "job.completed",
  created: 1_700_000_000,
  data: { job: `job_${NUMBER}`, customer: "Example Ltd", state: "done", note: "delivered in the morning, signed for at the desk" },
});
export const PATH = "/webhooks/jobs";

const NAME = "bench";
const CONNECTIONS = 32;
/** Milliseconds between two tries of a client that connects. */
const AGAIN_MS = 50;
const CONNECTED_WITHIN_MS = 15_000;

/** Prepares it: deliveries come through the relay, as all do. */
export async function createStage(setup: BenchSetup, { deliveries }: { readonly deliveries: number }): Promise<Stage> {
  const { children } = setup;
  const app = await startWebhookApp(setup);
  const home = await setup.folder("screen");
  const relayData = join(home, "relay");
  const token = await addToken(setup, home, relayData);
  const relay = await children.start(devhookCommand(setup, home, ["relay", "--port", "0", "--json", "--data-dir", relayData]));
  const relayUrl = await relay.line(readyUrl);
  relay.watch(() => {});
  const template = await setup.folder("screen-history");
  const first = await children.start(client(template, ["--output", "json"]));
  const url = new URL(await first.line(readyUrl));
  first.watch(() => {});
  const address: Address = { port: Number(url.port), base: url.pathname.replace(/\/$/, ""), host: url.host };
  await preflight("devhook", address, BODY);
  const { errors } = await sendMany(setup, { address, path: PATH, body: BODY, count: deliveries - 1, connections: CONNECTIONS });
  await first.end();
  if (errors > 0) throw new Error(`${errors} of ${deliveries} deliveries failed while the history was prepared`);

  function client(folder: string, args: readonly string[]): Command {
    const all = ["start", `http://127.0.0.1:${app.port}`, "--server", relayUrl, "--name", NAME, ...args];
    return devhookCommand(setup, folder, all, { env: { DEVHOOK_TOKEN: token } });
  }

  async function copied(empty: boolean): Promise<string> {
    const folder = await setup.folder("screen-home");
    if (!empty) await cp(template, folder, { recursive: true });
    return folder;
  }

  async function start(size: ScreenSize, { empty = false } = {}): Promise<WatchedScreen> {
    const folder = await copied(empty);
    const terminal = openScreenTerminal(setup, client(folder, []), size);
    return { terminal, recorded: () => recordedIn(folder), end: terminal.end };
  }

  return {
    address,
    prepared: deliveries,
    start,
    screen: async (size) => {
      const started = await start(size);
      const { terminal } = started;
      await terminal.shows((rows) => rows.some((row) => plainOf(row).includes("online")), "online");
      await terminal.shows((rows) => pointerOf(rows) !== undefined, "rows");
      return started;
    },
    quiet: async () => {
      const folder = await copied(false);
      const child: Child = await children.start(client(folder, ["--output", "quiet"]));
      const begun = performance.now();
      for (;;) {
        try {
          await preflight("devhook", address, BODY);
          break;
        } catch (error) {
          if (!child.running() || performance.now() - begun > CONNECTED_WITHIN_MS) throw error;
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        }
      }
      return { pid: child.pid, recorded: () => recordedIn(folder), end: child.end };
    },
    close: async () => {
      await relay.end();
      await app.close();
    },
  };
}

/** The row in which the list has its pointer. */
export function pointerOf(rows: readonly string[]): number | undefined {
  const at = rows.findIndex((row) => plainOf(row).startsWith("▸"));
  return at === -1 ? undefined : at;
}

function recordedIn(home: string): number {
  const database = new Database(join(home, "data/devhook.db"), { readonly: true });
  try {
    return Number(database.prepare("SELECT max(seq) FROM deliveries").pluck().get() ?? 0);
  } finally {
    database.close();
  }
}
