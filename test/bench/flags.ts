import { parseArgs } from "node:util";
import { CONTESTANTS, type ContestantName } from "./contestants/contestant.ts";

const WORKLOADS = ["webhook", "download", "upload", "idle", "tunnels", "startup"] as const;

type Workload = (typeof WORKLOADS)[number];

/** What was asked for. */
export type Flags = {
  readonly quick: boolean;
  readonly json: boolean;
  readonly only: ReadonlySet<Workload>;
  readonly contestants: ReadonlySet<ContestantName>;
  readonly connections: readonly number[];
  /** of each webhook measurement */
  readonly seconds: number;
  readonly repetitions: number;
  /** folder for CPU profiles of devhook's two processes; no other contestant runs then */
  readonly profile: string | undefined;
};

export const USAGE = `Usage: npm run bench -- [options]
  --only LIST          of ${WORKLOADS.join(",")} (default: all)
  --contestants LIST   of ${CONTESTANTS.join(",")} (default: all)
  --connections LIST   of the webhook workload (default: 1,16,64,256)
  --seconds N          of each webhook measurement (default: 5)
  --repetitions N      (default: 3; ratios need as many)
  --quick              one short repetition: shows that it runs, compares nothing
  --json               one JSON document on stdout
  --profile FOLDER     CPU profiles of devhook's relay and client, which are the only ones to run then`;

/** @returns undefined for flags that make no sense */
export function readFlags(argv: readonly string[]): Flags | undefined {
  const text = { type: "string" } as const;
  const yes = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { quick: yes, json: yes, only: text, contestants: text, connections: text, seconds: text, repetitions: text, profile: text },
    });
    const quick = values.quick;
    const short = quick || values.profile !== undefined;
    return {
      quick,
      json: values.json,
      only: new Set((values.only?.split(",") ?? WORKLOADS).map((name) => oneOf(WORKLOADS, name))),
      contestants: new Set((values.contestants?.split(",") ?? CONTESTANTS).map((name) => oneOf(CONTESTANTS, name))),
      connections: (values.connections ?? "1,16,64,256").split(",").map((value) => whole(value, 1_000)),
      seconds: whole(values.seconds ?? (quick ? "1" : "5"), 600),
      repetitions: whole(values.repetitions ?? (short ? "1" : "3"), 100),
      profile: values.profile,
    };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

function oneOf<T extends string>(all: readonly T[], name: string): T {
  const found = all.find((candidate) => candidate === name);
  if (found === undefined) throw new Error(`"${name}" is none of ${all.join(", ")}`);
  return found;
}

function whole(value: string, max: number): number {
  const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (number < 1 || number > max) throw new Error(`"${value}" is no whole number from 1 to ${max}`);
  return number;
}
