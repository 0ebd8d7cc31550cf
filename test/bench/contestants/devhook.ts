import { join } from "node:path";
import Database from "better-sqlite3";
import type { BenchSetup } from "../running/bench-setup.ts";
import type { Child } from "../running/children.ts";
import type { Contestant } from "./contestant.ts";
import { devhookCommand, readyUrl } from "./devhook-program.ts";

/** Milliseconds: making a token needs one start of Node. */
const TOKEN_WITHIN_MS = 15_000;

/**
 * A relay of its own with a token, and a client that records.
 * @param profiles folder for CPU profiles of both; undefined: none are taken
 */
export function createDevhook(setup: BenchSetup, profiles: string | undefined): Contestant {
  return {
    name: "devhook",
    about: "devhook relay + devhook start, separate processes, recording, --output json",
    start: async (appPort) => {
      const { children } = setup;
      const home = await setup.folder("devhook");
      const relayData = join(home, "relay");
      const token = await addToken(setup, home, relayData);
      const profiled = (side: string): readonly string[] =>
        profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${side}.cpuprofile`];
      const relayArgs = ["relay", "--port", "0", "--json", "--data-dir", relayData];
      const relay = await children.start(devhookCommand(setup, home, relayArgs, { node: profiled("relay") }));
      const relayUrl = await relay.line(readyUrl);
      const client = await children.start(
        devhookCommand(setup, home, ["start", `http://127.0.0.1:${appPort}`, "--server", relayUrl, "--output", "json"], {
          env: { DEVHOOK_TOKEN: token },
          node: profiled("client"),
        }),
      );
      const url = new URL(await client.line(readyUrl));
      const events = listen(client);
      // the relay's log is of no interest, but must be read away
      relay.watch(() => {});
      return {
        address: { port: Number(url.port), base: url.pathname.replace(/\/$/, ""), host: url.host },
        relay: [relay.pid],
        client: [client.pid],
        warnings: () => [
          ...events.warnings(),
          ...[relay, client].filter((child) => !child.running()).map((child) => `${child.name} has ended`),
        ],
        close: async () => {
          await client.end();
          await relay.end();
          return { received: events.deliveries(), recorded: recordedIn(join(home, "data/devhook.db")) };
        },
      };
    },
  };
}

/** @returns the token's text */
export async function addToken(setup: BenchSetup, home: string, relayData: string): Promise<string> {
  const args = ["relay", "token", "add", "bench", "--json", "--data-dir", relayData];
  const made: unknown = JSON.parse(await setup.children.run(devhookCommand(setup, home, args), TOKEN_WITHIN_MS));
  if (typeof made === "object" && made !== null && "token" in made && typeof made.token === "string") return made.token;
  throw new Error("devhook relay token add --json printed no token");
}

/** Collects `warning` and `closed` from the events, without making text of the rest. */
function listen(client: Child): { readonly warnings: () => readonly string[]; readonly deliveries: () => number } {
  const found = new Set<string>();
  let last: readonly Buffer[] = [];
  client.watch((piece) => {
    // the line that ends it all may come in two pieces
    last = [...last.slice(-1), piece];
    if (!piece.includes(`"type":"warning"`)) return;
    for (const line of piece.toString("utf8").split("\n")) {
      const code = /"type":"warning".*"code":"([^"]+)"/.exec(line)?.[1];
      if (code !== undefined) found.add(`warning ${code}`);
    }
  });
  return {
    warnings: () => [...found],
    deliveries: () => Number(/"type":"closed".*"deliveries":(\d+)/.exec(Buffer.concat(last).toString("utf8"))?.[1] ?? Number.NaN),
  };
}

/** Deliveries that were ever recorded: old ones may have been forgotten since, but their numbers are not used again. */
function recordedIn(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    return Number(database.prepare("SELECT max(seq) FROM deliveries").pluck().get() ?? 0);
  } finally {
    database.close();
  }
}
