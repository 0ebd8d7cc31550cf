import { devhookCommand, readyUrl } from "../contestants/devhook-program.ts";
import type { BenchSetup } from "../running/bench-setup.ts";
import { startBulkApp } from "./app.ts";

/** All in milliseconds, one figure a start. */
export type StartupResult = {
  /** node with nothing to do: the part that is not ours */
  readonly node: readonly number[];
  /** `devhook --version`, from the start to the end of the process */
  readonly version: readonly number[];
  /** `devhook start` with the embedded relay, from its start to the `ready` line; the first one makes the history's database */
  readonly url: readonly number[];
};

const WITHIN_MS = 15_000;

/** How long a user waits. */
export async function runStartup(setup: BenchSetup, { times }: { readonly times: number }): Promise<StartupResult> {
  setup.say(`startup: ${times} starts each`);
  const home = await setup.folder("startup");
  const app = await startBulkApp(setup);
  const node: number[] = [];
  const version: number[] = [];
  const url: number[] = [];
  for (let n = 0; n < times; n += 1) {
    node.push(await timed(() => setup.children.run({ name: "node", program: process.execPath, args: ["-e", "0"] }, WITHIN_MS)));
    version.push(await timed(() => setup.children.run(devhookCommand(setup, home, ["--version"]), WITHIN_MS)));
    const args = ["start", `http://127.0.0.1:${app.port}`, "--port", "0", "--output", "json"];
    const begun = performance.now();
    const child = await setup.children.start(devhookCommand(setup, home, args));
    await child.line(readyUrl);
    url.push(performance.now() - begun);
    await child.end();
  }
  await app.close();
  return { node, version, url };
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
}
