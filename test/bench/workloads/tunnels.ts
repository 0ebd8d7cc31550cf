import { join } from "node:path";
import { devhookCommand, readyUrl } from "../contestants/devhook-program.ts";
import { addToken } from "../contestants/devhook.ts";
import type { BenchSetup } from "../running/bench-setup.ts";
import { settled } from "../running/usage.ts";

/** What the program of idle links is to do; the token is in its environment. */
export type IdleLinksOrder = { readonly relay: string; readonly links: number };

export type TunnelsResult = {
  readonly tunnels: number;
  /** memory of the relay, bytes */
  readonly before: number;
  readonly after: number;
};

/** Milliseconds: V8 collects what is idle after some 10 s. */
const SETTLED_WITHIN_MS = 30_000;
const OPEN_WITHIN_MS = 60_000;

/** What a relay takes for each tunnel on which nothing arrives. */
export async function runTunnels(setup: BenchSetup, { tunnels }: { readonly tunnels: number }): Promise<TunnelsResult> {
  setup.say(`tunnels: ${tunnels} idle links on one relay`);
  const home = await setup.folder("tunnels");
  const data = join(home, "relay");
  const token = await addToken(setup, home, data);
  const args = ["relay", "--port", "0", "--json", "--data-dir", data, "--names-per-token", String(tunnels)];
  const relay = await setup.children.start(devhookCommand(setup, home, args));
  const url = await relay.line(readyUrl);
  relay.watch(() => {});
  const before = await settled([relay.pid], SETTLED_WITHIN_MS);
  const order: IdleLinksOrder = { relay: url, links: tunnels };
  const links = await setup.children.start({
    name: "idle-links",
    program: process.execPath,
    args: [join(setup.programs, "idle-links.js"), JSON.stringify(order)],
    env: { ...process.env, DEVHOOK_TOKEN: token },
  });
  await links.line((line) => (line === `open ${tunnels}` ? true : undefined), OPEN_WITHIN_MS);
  const after = await settled([relay.pid], SETTLED_WITHIN_MS);
  if (!links.running()) throw new Error("the links did not stay open");
  await links.end();
  await relay.end();
  return { tunnels, before, after };
}
