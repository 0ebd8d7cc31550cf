import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** Microseconds of one tick in /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;
const KIB = 1_024;

/** CPU time that these processes have used so far, all their threads, microseconds. */
export function cpuOf(pids: readonly number[]): number {
  return sum(pids, (pid) => {
    const stat = read(pid, "stat");
    // the program's name stands in brackets and may hold anything: fields are counted behind the last one
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_US;
  });
}

/** Resident memory of these processes, bytes. */
export function rssOf(pids: readonly number[]): number {
  return sum(pids, (pid) => statusOf(pid, "VmRSS"));
}

/** The most that was resident at once since the start or {@link forgetPeak}, summed over the processes, bytes. */
export function peakOf(pids: readonly number[]): number {
  return sum(pids, (pid) => statusOf(pid, "VmHWM"));
}

/** Lets the peak begin anew. Where the kernel refuses, the peak stays that of the whole life: growth may then look larger than it is. */
export function forgetPeak(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, "5");
    } catch {
      // told above
    }
  }
}

/** This process and all below it: sshd serves a session in children of its own. */
export function familyOf(pid: number): readonly number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const family = [pid];
  // grows while it is read: each member's children follow it
  for (const member of family) family.push(...parents.filter(([, parent]) => parent === member).map(([child]) => child));
  return family;
}

/** Waits until the processes have nothing left to do (below 3 % of one core for 300 ms), at most `limitMs`. */
export async function quiet(pids: readonly number[], limitMs: number): Promise<void> {
  const span = 300;
  for (let waited = 0; waited < limitMs; waited += span) {
    const before = cpuOf(pids);
    await wait(span);
    if (cpuOf(pids) - before <= span * 1_000 * 0.03) return;
  }
}

/** Waits until the memory of the processes has stayed within 1 % for 4 s, at most `limitMs`: garbage has been collected, or will not be. */
export async function settled(pids: readonly number[], limitMs: number): Promise<number> {
  const looks: number[] = [rssOf(pids)];
  for (let waited = 0; waited < limitMs; waited += 1_000) {
    await wait(1_000);
    looks.push(rssOf(pids));
    const last = looks.slice(-5);
    if (last.length === 5 && Math.max(...last) <= Math.min(...last) * 1.01) break;
  }
  return looks.at(-1) ?? 0;
}

function parentOf(pid: number): number {
  try {
    const stat = read(pid, "stat");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    // it ended meanwhile
    return 0;
  }
}

function statusOf(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(read(pid, "status"))?.[1] ?? 0) * KIB;
}

function read(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, "utf8");
}

function sum(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + of(pid), 0);
}
