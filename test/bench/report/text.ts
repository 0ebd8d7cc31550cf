import { FLOOR, PEER } from "../contestants/contestant.ts";
import type { TransferResult } from "../workloads/transfer.ts";
import type { WebhookResult } from "../workloads/webhook.ts";
import { goalsOf } from "./goals.ts";
import { median } from "./median.ts";
import type { Results } from "./results.ts";
import { screenText } from "./screen-text.ts";
import { ratio, transferCells, webhookCells } from "./summary.ts";
import { table } from "./table.ts";

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** The results for a person to read. */
export function textOf(results: Results): string {
  const { webhook, upload, download, idle, tunnels, startup, screen } = results;
  return [
    machineLines(results),
    webhook && webhookTable(results, webhook),
    download && transferTable(results, download),
    upload && transferTable(results, upload),
    idle &&
      `Idle devhook start (embedded relay, no screen), ${idle.seconds.toFixed(0)} s: ${mib(idle.rss)} MB, ${idle.cpuPercent.toFixed(2)} % CPU`,
    tunnels &&
      `${tunnels.tunnels} idle tunnels on one relay: ${mib(tunnels.before)} -> ${mib(tunnels.after)} MB, ${((tunnels.after - tunnels.before) / tunnels.tunnels / KIB).toFixed(1)} KB each`,
    startup &&
      [
        `Start-up, median of ${startup.url.length}: node -e 0 ${ms(startup.node)}, devhook --version ${ms(startup.version)}, devhook start to URL ${ms(startup.url)}`,
        `  (first start, which makes the history's database: ${ms(startup.url.slice(0, 1))})`,
      ].join("\n"),
    screen && screenText(screen),
    goalTable(results),
  ]
    .filter((part) => part !== undefined)
    .join("\n\n");
}

function machineLines({ machine, contestants, missing, repetitions, noRatios }: Results): string {
  const { cpu, cores, memoryGiB, node, loadTool, loadBefore, loadAfter, at } = machine;
  return [
    `${at}, ${cores} x ${cpu}, ${memoryGiB.toFixed(0)} GiB, node ${node}, load tool: ${loadTool}`,
    `load average of this machine ${loadBefore.toFixed(2)} before, ${loadAfter.toFixed(2)} after; repetitions: ${repetitions}, medians; everything on loopback`,
    ...contestants.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`),
    ...missing.map((line) => `  left out: ${line}`),
    ...(noRatios === undefined ? [] : [`No ratios: ${noRatios}.`]),
  ].join("\n");
}

function webhookTable(results: Results, webhook: WebhookResult): string {
  const cells = webhookCells(webhook);
  const heading = [
    "conns",
    "contestant",
    "req/s",
    "p50 ms",
    "p99 ms",
    "errors",
    "CPU µs relay",
    "client",
    `rate/${PEER}`,
    `p99/${PEER}`,
    `rate/${FLOOR}`,
  ];
  const rows = cells.map((cell) => {
    const at = (name: string): (typeof cells)[number] | undefined =>
      cells.find((other) => other.contestant === name && other.connections === cell.connections);
    return [
      String(cell.connections),
      cell.contestant,
      cell.rate.toFixed(0),
      cell.p50Ms.toFixed(2),
      cell.p99Ms.toFixed(2),
      String(cell.errors),
      cell.contestant === FLOOR ? "-" : cell.relayCpuUs.toFixed(0),
      cell.contestant === FLOOR ? "-" : cell.clientCpuUs.toFixed(0),
      multiple(ratio(results, cell, at(PEER), ({ rate }) => rate)),
      multiple(ratio(results, cell, at(PEER), ({ p99Ms }) => p99Ms)),
      multiple(ratio(results, cell, at(FLOOR), ({ rate }) => rate)),
    ];
  });
  const names = [...new Set(webhook.lives.map(({ contestant }) => contestant))].filter((name) => name !== FLOOR);
  const peaks = names.map((name) => {
    const own = webhook.lives.filter(({ contestant }) => contestant === name);
    return `${name} ${mib(median(own.map(({ relayPeak }) => relayPeak)))} / ${mib(median(own.map(({ clientPeak }) => clientPeak)))}`;
  });
  const histories = webhook.lives.flatMap(({ contestant, received, recorded }) =>
    received === undefined || recorded === undefined ? [] : [`${contestant} recorded ${recorded} of ${received} deliveries`],
  );
  const warnings = webhook.lives.flatMap(({ contestant, warnings: told }) => told.map((warning) => `${contestant}: ${warning}`));
  return [
    `Webhook: POST of ${webhook.bodyBytes} bytes of JSON, answer 200 by ${webhook.app}`,
    table(heading, rows),
    `Most memory, MB, relay / client: ${peaks.join(", ")}`,
    ...histories,
    ...new Set(warnings),
  ].join("\n");
}

function transferTable(results: Results, transfer: TransferResult): string {
  const cells = transferCells(transfer);
  const heading = ["contestant", "MB/s", "errors", "growth MB relay", "client", `rate/${PEER}`, `rate/${FLOOR}`];
  const rows = cells.map((cell) => [
    cell.contestant,
    cell.rate.toFixed(0),
    String(cell.errors),
    cell.contestant === FLOOR ? "-" : mib(cell.relayGrowth),
    cell.contestant === FLOOR ? "-" : mib(cell.clientGrowth),
    ...[PEER, FLOOR].map((name) =>
      multiple(
        ratio(
          results,
          cell,
          cells.find((other) => other.contestant === name),
          ({ rate }) => rate,
        ),
      ),
    ),
  ]);
  const faults = transfer.runs.flatMap(({ contestant, faults: told }) => told.map((fault) => `${contestant}: ${fault}`));
  return [
    `${transfer.kind} of ${transfer.bytes / MIB} MB, ${transfer.times} one after the other`,
    table(heading, rows),
    ...new Set(faults),
  ].join("\n");
}

function goalTable(results: Results): string {
  const rows = goalsOf(results).map(({ goal, figure, reached }) => [
    goal,
    figure,
    reached === undefined ? "not judged" : reached ? "reached" : "NOT REACHED",
  ]);
  return `Goals\n${table(["goal", "figure", ""], rows)}`;
}

function multiple(value: number | undefined): string {
  return value === undefined ? "-" : `${value.toFixed(2)} x`;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

function ms(values: readonly number[]): string {
  return `${median(values).toFixed(0)} ms`;
}
