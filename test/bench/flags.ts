import { parseArgs } from "node:util";
import { CONTESTANTS, type ContestantName } from "./contestants/contestant.ts";
import type { ScreenSize } from "./running/screen-terminal.ts";
import { SCREEN_PARTS, type ScreenPart } from "./workloads/screen/parts.ts";

const WORKLOADS = ["webhook", "download", "upload", "idle", "tunnels", "startup", "screen"] as const;

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
  /** what the screen is measured in, and how long: seconds of each measurement of CPU time, minutes of memory */
  readonly screen: {
    readonly parts: ReadonlySet<ScreenPart>;
    readonly sizes: readonly ScreenSize[];
    readonly seconds: number;
    readonly minutes: number;
  };
  readonly repetitions: number;
  /** folder for CPU profiles of devhook's two processes; no other contestant runs then */
  readonly profile: string | undefined;
};

export const USAGE = `Usage: npm run bench -- [options]
  --only LIST          of ${WORKLOADS.join(",")} (default: all)
  --contestants LIST   of ${CONTESTANTS.join(",")} (default: all)
  --connections LIST   of the webhook workload (default: 1,16,64,256)
  --seconds N          of each webhook measurement (default: 5), and of CPU time of the screen (default: 20)
  --parts LIST         of the screen workload: ${SCREEN_PARTS.join(",")} (default: all)
  --sizes LIST         of the screen's terminal (default: 60x15,80x24,120x40,200x60)
  --minutes N          of the screen's memory (default: 2)
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
      options: {
        quick: yes,
        json: yes,
        only: text,
        contestants: text,
        connections: text,
        seconds: text,
        repetitions: text,
        profile: text,
        parts: text,
        sizes: text,
        minutes: text,
      },
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
      screen: {
        parts: new Set((values.parts?.split(",") ?? SCREEN_PARTS).map((name) => oneOf(SCREEN_PARTS, name))),
        sizes: (values.sizes ?? "60x15,80x24,120x40,200x60").split(",").map(sizeOf),
        seconds: whole(values.seconds ?? (quick ? "3" : "20"), 600),
        minutes: whole(values.minutes ?? (quick ? "1" : "2"), 120),
      },
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

function sizeOf(value: string): ScreenSize {
  const [columns = "", rows = "", ...rest] = value.split("x");
  if (rest.length > 0) throw new Error(`"${value}" is no size such as 80x24`);
  return { columns: whole(columns, 500), rows: whole(rows, 200) };
}

function whole(value: string, max: number): number {
  const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (number < 1 || number > max) throw new Error(`"${value}" is no whole number from 1 to ${max}`);
  return number;
}
