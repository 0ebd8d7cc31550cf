import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "../contestants/contestant.ts";
import type { BenchSetup } from "../running/bench-setup.ts";
import { findProgram } from "../running/find-program.ts";

/** What the load tool is to do. */
export type LoadOrder = {
  readonly address: Address;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
  /** an answer that takes longer is an error */
  readonly timeoutSeconds: number;
};

/** What came of it. */
export type LoadFigures = {
  /** answered, well or not */
  readonly requests: number;
  readonly seconds: number;
  /** connections that failed, answers that did not come, statuses other than 2xx */
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/** The same for all contestants of a run. */
export type LoadTool = {
  readonly name: string;
  readonly run: (order: LoadOrder) => Promise<LoadFigures>;
};

/** Milliseconds beyond the asked time: the start of the tool, and the answers that it still waits for. */
const SLACK_MS = 30_000;

/** @returns wrk when this machine has it, else the one of this folder */
export function createLoadTool(setup: BenchSetup): LoadTool {
  const wrk = findProgram("wrk");
  return wrk === undefined ? createOwn(setup) : createWrk(setup, wrk);
}

function createOwn({ children, programs }: BenchSetup): LoadTool {
  return {
    name: "own (raw sockets in Node; wrk is not on PATH)",
    run: async (order) => {
      const args = [join(programs, "load.js"), JSON.stringify(order)];
      const text = await children.run({ name: "load", program: process.execPath, args }, order.seconds * 1_000 + SLACK_MS);
      return JSON.parse(text) as LoadFigures;
    },
  };
}

function createWrk({ children, folder }: BenchSetup, program: string): LoadTool {
  return {
    name: "wrk (1 thread)",
    run: async ({ address, path, body, connections, seconds, timeoutSeconds }) => {
      const script = join(await folder("wrk"), "post.lua");
      await writeFile(script, wrkScript(body));
      const url = `http://127.0.0.1:${address.port}${address.base}${path}`;
      const counts = ["-t", "1", "-c", String(connections), "-d", `${seconds}s`, "--timeout", `${timeoutSeconds}s`];
      const args = [...counts, "-s", script, "-H", `Host: ${address.host}`, url];
      const text = await children.run({ name: "wrk", program, args }, seconds * 1_000 + SLACK_MS);
      const line = text.split("\n").find((candidate) => candidate.startsWith('{"requests"'));
      if (line === undefined) throw new Error(`wrk printed no figures: ${text.slice(-500)}`);
      return JSON.parse(line) as LoadFigures;
    },
  };
}

/** wrk reports microseconds, and counts statuses from 400 up as errors. */
function wrkScript(body: string): string {
  return `wrk.method = "POST"
wrk.body = [==[${body}]==]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["User-Agent"] = "devhook-bench"
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%.6f,"errors":%d,"p50Ms":%.3f,"p99Ms":%.3f}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
`;
}
