import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openJournal, type HeldDelivery, type Journal } from "../../../server/journal/journal.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { until } from "../../rig/until.ts";
import { bodyOf, requestOf } from "./killed-samples.ts";
import { EVERYTHING } from "./open-journals.ts";

const ROOT = join(import.meta.dirname, "../../..");
const THREAD = pathToFileURL(join(ROOT, "dist/journal-writer.js"));
/** Databases that are killed at the same time, and how often each. */
const DATABASES = 3;
const KILLS = 21;
/** One in five is killed within so many milliseconds of its start: while it makes, opens or recovers the file. */
const EARLY = 0.2;
const EARLY_MS = 150;
/** The others when they have said so much at most: some 120 lines. */
const SAID_BYTES = 6_000;
/** Holds and forgets as fast as it can, eight at a time, and says what it was told to be on disk. Not through a stream: what is not written when the signal comes was never said. */
const PROGRAM = `
  import { writeSync } from "node:fs";
  import { openJournal } from "./server/journal/journal.ts";
  import { createIdSource } from "./shared/ids.ts";
  import { bodyOf, requestOf } from "./test/server/journal/killed-samples.ts";
  const [path, thread] = process.argv.slice(2);
  const ids = createIdSource();
  const say = (line) => writeSync(1, line + "\\n");
  const onHealth = (health) => say(JSON.stringify(health));
  const journal = await openJournal({ path, thread: new URL(thread), limits: { tunnelDeliveries: 1_000_000 }, onHealth });
  const lane = async () => {
    for (let n = 0; ; n++) {
      const id = ids.next(Date.now());
      const { held } = await journal.hold(requestOf(id), bodyOf(id), { status: 202 });
      if (!held) throw new Error("refused");
      say("held " + id);
      if (n % 4 === 0) continue;
      say("forgetting " + id);
      if (await journal.forget(requestOf(id).tunnel, [id])) say("forgotten " + id);
    }
  };
  say("ready");
  await Promise.all(Array.from({ length: 8 }, lane));`;

let folder = "";
let program = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-killed-"));
  program = join(folder, "program.mjs");
  buildSync({
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: program,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the programs have said so far, by id. `unknown`: it was asked to be forgotten, and the answer was not heard. */
type Said = Map<string, "held" | "unknown" | "forgotten">;

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Starts the program and kills it: soon after its start, while it opens the file, or in the midst of its work. */
async function runAndKill(path: string, said: Said, random: () => number): Promise<void> {
  // into a file: a pipe that is full would hold the program up
  const file = `${path}.said`;
  const fd = openSync(file, "w");
  const child = spawn(process.execPath, [program, path, THREAD.href], { stdio: ["ignore", fd, "inherit"] });
  closeSync(fd);
  const exited = once(child, "exit");
  const [chance, where] = [random(), random()];
  const moment = performance.now() + where * EARLY_MS;
  try {
    // so much said, however fast this machine is; it works on meanwhile, so the signal comes at any instant
    if (chance < EARLY) await until(() => performance.now() >= moment);
    else await until(() => statSync(file).size > where * SAID_BYTES);
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
  for (const line of readFileSync(file, "utf8").split("\n").slice(0, -1)) {
    const [word = "", id = ""] = line.split(" ");
    if (word === "held" || word === "forgotten") said.set(id, word);
    else if (word === "forgetting") said.set(id, "unknown");
    else if (word !== "ready") throw new Error(`the program said: ${line}`);
  }
}

/** Everything that is held. */
async function allOf(journal: Journal): Promise<readonly HeldDelivery[]> {
  const tunnels = (await journal.tunnels()) ?? [];
  const lists = await Promise.all(tunnels.map((tunnel) => journal.next(tunnel, EVERYTHING)));
  return lists.flatMap((list) => list ?? []);
}

/** Compares the file with what was said, and empties it, so that the next look is as quick. */
async function judge(path: string, said: Said): Promise<void> {
  const journal = await openJournal({ path, onHealth: (health) => expect(health).toBeUndefined() });
  try {
    const stored = await allOf(journal);
    const ids = new Set(stored.map(({ request }) => request.id));
    expect([...said].filter(([id, word]) => word === "held" && !ids.has(id))).toEqual([]);
    expect([...said].filter(([id, word]) => word === "forgotten" && ids.has(id))).toEqual([]);
    for (const { request, body } of stored) {
      expect(body.equals(bodyOf(request.id))).toBe(true);
      expect(request).toEqual(requestOf(request.id));
    }
    expect(journal.totals().count).toBe(stored.length);
    for (const tunnel of (await journal.tunnels()) ?? []) expect(await journal.release(tunnel)).toBe(true);
  } finally {
    await journal.close();
  }
}

/** Several times what it takes on a machine that does nothing else, milliseconds. */
const LIMIT_MS = 120_000;

test(
  `what was said to be held is there byte for byte after each of ${DATABASES * KILLS} kills, what was said to be forgotten is not`,
  async () => {
    let held = 0;
    let forgotten = 0;
    let kills = 0;
    async function killOften(_: unknown, database: number): Promise<void> {
      const path = join(folder, `${database}`, "journal.db");
      mkdirSync(join(folder, `${database}`));
      const random = numbersFrom(20_261_121 + database);
      for (let n = 0; n < KILLS; n++) {
        const said: Said = new Map();
        await runAndKill(path, said, random);
        await judge(path, said);
        kills++;
        for (const word of said.values()) {
          if (word === "held") held++;
          if (word === "forgotten") forgotten++;
        }
      }
      expect(sqlite(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    }
    // all of them end before the folder goes, also when one has found something
    const ends = await Promise.allSettled(Array.from({ length: DATABASES }, killOften));
    expect(ends.filter(({ status }) => status === "rejected")).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(60);
    // the kills came while there was something to lose
    expect(held).toBeGreaterThan(kills * 2);
    expect(forgotten).toBeGreaterThan(kills * 4);
    process.stdout.write(`${kills} kills: ${held} held and ${forgotten} forgotten deliveries, none lost, none back\n`);
  },
  LIMIT_MS,
);
