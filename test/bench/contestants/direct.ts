import type { Contestant } from "./contestant.ts";

/** No tunnel at all: what the app and the load tool can do. */
export function createDirect(): Contestant {
  return {
    name: "direct",
    about: "no tunnel",
    start: (appPort) =>
      Promise.resolve({
        address: { port: appPort, base: "", host: `127.0.0.1:${appPort}` },
        relay: [],
        client: [],
        warnings: () => [],
        close: () => Promise.resolve(undefined),
      }),
  };
}
