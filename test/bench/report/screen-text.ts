import { PER_SECOND, type FollowingResult } from "../workloads/screen/following.ts";
import type { ScreenResult } from "../workloads/screen/screen.ts";
import { median } from "./median.ts";
import { percentile } from "./percentile.ts";
import { table } from "./table.ts";

const MIB = 1_048_576;

/** The screen's figures for a person to read. */
export function screenText(screen: ScreenResult): string {
  const { prepared, following, quietCpuPercent, idle, start, memory, stall, burst, bodies } = screen;
  return [
    `Screen: devhook start in a pseudo-terminal, its relay in another process, history of ${prepared} deliveries`,
    following && followingTable(following, quietCpuPercent ?? Number.NaN),
    idle && `  idle, ${idle.seconds.toFixed(0)} s: ${idle.cpuPercent.toFixed(2)} % CPU, ${idle.frames} frames, ${mib(idle.rss)} MB`,
    start &&
      `  first paint, median of ${start.full.length}: ${ms(median(start.empty))} with an empty history, ${ms(median(start.full))} with a full one; rows after ${ms(median(start.rows))}`,
    memory &&
      `  memory after ${memory.minutes} min at ${PER_SECOND}/s: ${mib(memory.rss)} MB, peak ${mib(memory.peak)}, second half ${memory.growth < 0 ? "" : "+"}${mib(memory.growth)}, ${memory.errors} errors`,
    stall &&
      `  probes of 50/s beside the load, ${stall.seconds} s each: ${latencies(stall.before)}; while the terminal does not read ${latencies(stall.stalled)}; ${stall.errors} errors, ${stall.held} bytes held`,
    burst &&
      `  burst of ${burst.webhooks}, medians of ${burst.screen.length}: ${median(burst.screen).toFixed(2)} s, without a screen ${median(burst.quiet).toFixed(2)} s: ${(median(burst.screen) / median(burst.quiet)).toFixed(2)} x; ${burst.errors} errors, ${burst.unrecorded} not recorded`,
    ...(bodies?.kinds ?? []).map(
      ({ name, ms: values }) => `  body of ${name}: ${ms(median(values))} from key to paint, at most ${ms(Math.max(...values))}`,
    ),
  ]
    .filter((part) => part !== undefined)
    .join("\n");
}

function followingTable(following: readonly FollowingResult[], quietCpuPercent: number): string {
  const heading = [
    "size",
    "key p50 ms",
    "p95",
    "max",
    "keys",
    "CPU %",
    "quiet %",
    "screen %",
    "frames/s",
    "bytes/frame",
    "clears",
    "errors",
  ];
  const rows = following.map(({ size, seconds, cpuPercent, frames, bytes, clears, keys, errors }) => [
    `${size.columns}x${size.rows}`,
    percentile(keys, 0.5).toFixed(1),
    percentile(keys, 0.95).toFixed(1),
    Math.max(...keys).toFixed(1),
    String(keys.length),
    cpuPercent.toFixed(1),
    quietCpuPercent.toFixed(1),
    (cpuPercent - quietCpuPercent).toFixed(1),
    (frames / seconds).toFixed(1),
    (bytes / frames).toFixed(0),
    String(clears),
    String(errors),
  ]);
  return `While ${PER_SECOND} webhooks/s arrive\n${table(heading, rows)}`;
}

function latencies(values: readonly number[]): string {
  return `p50 ${percentile(values, 0.5).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms, most ${Math.max(...values).toFixed(1)} ms`;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
