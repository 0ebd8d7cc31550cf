import { join } from "node:path";
import type { Address, Contestant, ContestantName } from "../contestants/contestant.ts";
import type { BenchSetup } from "../running/bench-setup.ts";
import { forgetPeak, peakOf, quiet, rssOf } from "../running/usage.ts";
import { startBulkApp } from "./app.ts";
import { preflight } from "./preflight.ts";
import { rotated } from "./rotated.ts";

/** What the transfer program is to do. */
export type TransferOrder = {
  readonly address: Address;
  readonly kind: TransferKind;
  /** of each body */
  readonly bytes: number;
  readonly times: number;
  readonly timeoutSeconds: number;
};
type TransferKind = "upload" | "download";

/** What came of it: all transfers together, and a sentence for each that went wrong. */
export type TransferFigures = { readonly seconds: number; readonly faults: readonly string[] };

type TransferRun = {
  readonly contestant: ContestantName;
  /** MiB a second */
  readonly rate: number;
  readonly errors: number;
  readonly faults: readonly string[];
  /** most memory above that before the transfers, bytes */
  readonly relayGrowth: number;
  readonly clientGrowth: number;
};

export type TransferResult = {
  readonly kind: TransferKind;
  readonly bytes: number;
  readonly times: number;
  readonly runs: readonly TransferRun[];
};

export type TransferPlan = { readonly contestants: readonly Contestant[]; readonly kind: TransferKind; readonly repetitions: number };

const MIB = 1_024 * 1_024;
/** Bytes of a body, and how many one after the other: some hundred MiB, so that a second or so is measured. */
const SIZES = { upload: { bytes: 10 * MIB, times: 10 }, download: { bytes: 100 * MIB, times: 2 } };
/** A first transfer of 1 MiB compiles the code and allots the buffers: what comes on top grows with the body. */
const WARM_UP = { bytes: MIB, times: 2 };
const TIMEOUT_SECONDS = 20;
const LIMIT_MS = 120_000;
const QUIET_WITHIN_MS = 10_000;

/** Moves large bodies through fresh processes of each contestant. */
export async function runTransfer(setup: BenchSetup, { contestants, kind, repetitions }: TransferPlan): Promise<TransferResult> {
  const runs: TransferRun[] = [];
  const size = SIZES[kind];
  const app = await startBulkApp(setup);
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const { name, start } of rotated(contestants, repetition)) {
      setup.say(`${kind} ${repetition + 1}/${repetitions}: ${name}`);
      const stack = await start(app.port);
      await preflight(name, stack.address, "{}");
      await move({ ...WARM_UP, kind, address: stack.address, timeoutSeconds: TIMEOUT_SECONDS });
      await quiet([...stack.relay, ...stack.client], QUIET_WITHIN_MS);
      const before = { relay: rssOf(stack.relay), client: rssOf(stack.client) };
      forgetPeak([...stack.relay, ...stack.client]);
      const { seconds, faults } = await move({ ...size, kind, address: stack.address, timeoutSeconds: TIMEOUT_SECONDS });
      runs.push({
        contestant: name,
        rate: (size.bytes * size.times) / MIB / seconds,
        errors: faults.length,
        faults: [...new Set([...faults, ...stack.warnings()])],
        relayGrowth: peakOf(stack.relay) - before.relay,
        clientGrowth: peakOf(stack.client) - before.client,
      });
      await stack.close();
    }
  }
  await app.close();
  return { kind, ...size, runs };

  async function move(order: TransferOrder): Promise<TransferFigures> {
    const args = [join(setup.programs, "transfer.js"), JSON.stringify(order)];
    return JSON.parse(await setup.children.run({ name: "transfer", program: process.execPath, args }, LIMIT_MS)) as TransferFigures;
  }
}
