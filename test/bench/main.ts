/** `npm run bench`: measures devhook beside other ways from a sender to a local app. docs/benchmark.md says how to read it. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { createDevhook } from "./contestants/devhook.ts";
import { createDirect } from "./contestants/direct.ts";
import { createLocaltunnel } from "./contestants/localtunnel.ts";
import { createOpenssh } from "./contestants/openssh.ts";
import { readFlags, USAGE, type Flags } from "./flags.ts";
import { goalsOf } from "./report/goals.ts";
import { hottest } from "./report/hottest.ts";
import type { Results } from "./report/results.ts";
import { textOf } from "./report/text.ts";
import type { BenchSetup } from "./running/bench-setup.ts";
import { createChildren } from "./running/children.ts";
import { runIdle } from "./workloads/idle.ts";
import { createLoadTool } from "./workloads/load-tool.ts";
import { runScreen } from "./workloads/screen/screen.ts";
import { runStartup } from "./workloads/startup.ts";
import { runTransfer } from "./workloads/transfer.ts";
import { runTunnels } from "./workloads/tunnels.ts";
import { runWebhook } from "./workloads/webhook.ts";

/** Fewer say nothing about how much a figure varies. */
const REPETITIONS_FOR_RATIOS = 3;
const TUNNELS = 1_000;
const STARTS = 10;
const IDLE_SECONDS = 20;
/** What --quick makes of them. */
const QUICK = { tunnels: 100, starts: 3, idleSeconds: 10 };

const flags = readFlags(process.argv.slice(2));
if (flags === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else if (process.platform !== "linux") {
  console.error("The benchmark reads CPU time and memory from /proc, which only Linux has.");
  process.exitCode = 2;
} else {
  process.exitCode = await bench(flags);
}

/** @returns the exit code */
async function bench(wanted: Flags): Promise<number> {
  const children = createChildren();
  const temporary = await mkdtemp(join(tmpdir(), "devhook-bench-"));
  let folders = 0;
  let interrupted = false;
  const setup: BenchSetup = {
    children,
    root: process.cwd(),
    programs: import.meta.dirname,
    folder: async (name) => {
      const made = join(temporary, `${name}-${(folders += 1)}`);
      await mkdir(made);
      return made;
    },
    say: (text) => void process.stderr.write(`${text}\n`),
  };
  const tidy = async (): Promise<void> => {
    await children.endAll();
    await rm(temporary, { recursive: true, force: true });
  };
  const stop = (): void => {
    interrupted = true;
    void tidy().then(() => process.exit(130));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    const results = await measure(setup, wanted);
    const goals = goalsOf(results);
    console.log(wanted.json ? JSON.stringify({ ...results, goals }) : textOf(results));
    if (wanted.profile !== undefined) console.error(await hottest(wanted.profile));
    return 0;
  } catch (error) {
    // whatever was being measured then failed for want of its programs
    if (!interrupted) console.error(error instanceof Error ? error.message : error);
    return interrupted ? 130 : 1;
  } finally {
    await tidy();
  }
}

async function measure(setup: BenchSetup, wanted: Flags): Promise<Results> {
  const { repetitions, connections, seconds, only, quick } = wanted;
  const loadBefore = loadavg()[0] ?? 0;
  const tool = createLoadTool(setup);
  const openssh = await createOpenssh(setup);
  const profile = wanted.profile === undefined ? undefined : resolve(wanted.profile);
  const all = [createDirect(), createDevhook(setup, profile), createLocaltunnel(setup), ...("missing" in openssh ? [] : [openssh])];
  const contestants = all.filter(({ name }) => (profile === undefined ? wanted.contestants.has(name) : name === "devhook"));
  const compared = { contestants, repetitions };

  const webhook = only.has("webhook") ? await runWebhook(setup, { ...compared, tool, connections, seconds }) : undefined;
  const download = only.has("download") ? await runTransfer(setup, { ...compared, kind: "download" }) : undefined;
  const upload = only.has("upload") ? await runTransfer(setup, { ...compared, kind: "upload" }) : undefined;
  const idle = only.has("idle") ? await runIdle(setup, { seconds: quick ? QUICK.idleSeconds : IDLE_SECONDS }) : undefined;
  const tunnels = only.has("tunnels") ? await runTunnels(setup, { tunnels: quick ? QUICK.tunnels : TUNNELS }) : undefined;
  const startup = only.has("startup") ? await runStartup(setup, { times: quick ? QUICK.starts : STARTS }) : undefined;

  const screen = only.has("screen") ? await runScreen(setup, { ...wanted.screen, quick }) : undefined;

  const processors = cpus();
  return {
    machine: {
      at: new Date().toISOString(),
      cpu: processors[0]?.model.trim() ?? "unknown processor",
      cores: processors.length,
      memoryGiB: totalmem() / 1_024 ** 3,
      node: process.version,
      loadTool: tool.name,
      loadBefore,
      loadAfter: loadavg()[0] ?? 0,
    },
    repetitions,
    noRatios: repetitions < REPETITIONS_FOR_RATIOS ? `fewer than ${REPETITIONS_FOR_RATIOS} repetitions` : undefined,
    contestants: contestants.map(({ name, about }) => ({ name, about })),
    missing: "missing" in openssh ? [`ssh: ${openssh.missing}`] : [],
    webhook,
    upload,
    download,
    idle,
    tunnels,
    startup,
    screen,
  };
}
