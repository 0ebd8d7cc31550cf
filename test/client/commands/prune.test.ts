import { statSync } from "node:fs";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import { openDatabase } from "../../../shared/sqlite/open.ts";
import { sqlite } from "../../rig/sqlite.ts";
import { until } from "../../rig/until.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand, startCommand } from "./command-line.ts";
import { databaseOf, record } from "./history.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const DAY = 86_400_000;

/** Records deliveries and makes them this many days old. */
async function recordOld(days: readonly number[], body = Buffer.from("12345")): Promise<void> {
  await record(
    home,
    days.map((_, index) => ({ request: sampleRequest({ target: `/${index}` }), body, end: sampleEnd() })),
  );
  const seqs = new Map<number, number[]>();
  for (const [index, each] of days.entries()) seqs.set(each, [...(seqs.get(each) ?? []), index + 1]);
  for (const [each, some] of seqs) {
    sqlite(databaseOf(home), `UPDATE deliveries SET recorded_at = ${Date.now() - each * DAY} WHERE seq IN (${some.join()})`);
  }
}

const pathsLeft = (): unknown[] => sqlite(databaseOf(home), "SELECT path FROM deliveries ORDER BY seq").map(({ path }) => path);

describe("devhook prune", () => {
  it("wants --yes where nobody can be asked, and removes nothing without it", async () => {
    await recordOld([9, 8, 6]);
    const { code, stdout, stderr } = await runCommand(home, ["prune"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("2 deliveries");
    expect(stderr).toContain("--yes");
    expect((await runCommand(home, ["prune", "--older-than", "soon", "--yes"])).code).toBe(2);
    expect(pathsLeft()).toHaveLength(3);
  });

  it("removes what is older than 7 days, or than it is told, with its attempts", async () => {
    await recordOld([9, 8, 6.99, 1, 0]);
    const { code, stdout, stderr } = await runCommand(home, ["prune", "--yes"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^2 deliveries removed, \d+B of headers and bodies; the database is .* smaller\n$/);
    expect(pathsLeft()).toEqual(["/2", "/3", "/4"]);
    expect(sqlite(databaseOf(home), "SELECT count(*) AS n FROM attempts")).toEqual([{ n: 3 }]);
    expect((await runCommand(home, ["prune", "--yes", "--older-than", "12h"])).code).toBe(0);
    expect(pathsLeft()).toEqual(["/4"]);
    expect((await runCommand(home, ["prune"])).stdout).toBe("nothing is that old\n");
  });

  it("keeps what is owed, pinned, unseen or without an answer", async () => {
    await recordOld([9, 9, 9, 9, 9]);
    const change = ["owed = 1", "pinned = 1", "unseen = 1", "state = 'pending'"].map(
      (set, index) => `UPDATE deliveries SET ${set} WHERE seq = ${index + 1}`,
    );
    sqlite(databaseOf(home), change.join(";"));
    const { stdout } = await runCommand(home, ["prune", "--yes", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ removed: 1 });
    expect(pathsLeft()).toEqual(["/0", "/1", "/2", "/3"]);
  });

  it("counts the bytes and gives them back to the disk, every one of a thousand deliveries", async () => {
    const body = Buffer.alloc(20_000, "x");
    await recordOld(
      Array.from({ length: 1000 }, () => 9),
      body,
    );
    const before = statSync(databaseOf(home)).size;
    // while somebody has it open, nothing happens by itself
    const other = openDatabase(databaseOf(home));
    const result = JSON.parse((await runCommand(home, ["prune", "--yes", "--json"])).stdout) as Record<string, number>;
    expect(Object.keys(result)).toEqual(["removed", "bytes", "freed"]);
    expect(result["removed"]).toBe(1000);
    expect(result["bytes"]).toBeGreaterThan(1000 * body.length);
    expect(result["bytes"]).toBeLessThan(1000 * (body.length + 1000));
    expect(result["freed"]).toBeGreaterThan(1000 * body.length);
    expect(statSync(databaseOf(home)).size).toBeLessThan(before - 1000 * body.length);
    expect(statSync(`${databaseOf(home)}-wal`).size).toBe(0);
    other.close();
    expect(sqlite(databaseOf(home), "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  it("forgets old refusals as well", async () => {
    const refusal = {
      relay: "http://127.0.0.1:8080",
      tunnel: "shop",
      seq: 1,
      at: Date.now() - 8 * DAY,
      method: "POST",
      path: "/",
      status: 503,
      reason: "offline",
    };
    await record(home, [], [refusal, { ...refusal, seq: 2, at: Date.now() }]);
    await runCommand(home, ["prune", "--yes"]);
    expect(sqlite(databaseOf(home), "SELECT relay_seq FROM refusals")).toEqual([{ relay_seq: 2 }]);
  });

  it("asks on a terminal, and takes anything but yes for no", async () => {
    await recordOld([9]);
    const asked = async (answer: string) => {
      const stdin = new PassThrough();
      const command = startCommand(home, ["prune"], { stdin, tty: { stdin: true, stderr: true } });
      await until(() => command.stderr().includes("[y/N]"));
      expect(command.stderr()).toContain("1 delivery with");
      stdin.write(answer);
      return command.ended;
    };
    expect(await asked("\n")).toBe(130);
    expect(pathsLeft()).toHaveLength(1);
    expect(await asked("y\n")).toBe(0);
    expect(pathsLeft()).toEqual([]);
  });

  it("has nothing to do where nothing was ever recorded, and makes no file", async () => {
    const { code, stdout } = await runCommand(home, ["prune", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([0, { removed: 0, bytes: 0, freed: 0 }]);
    expect(statSync(databaseOf(home), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("lets a tunnel record meanwhile", async () => {
    await recordOld(Array.from({ length: 2000 }, () => 9));
    const health: unknown[] = [];
    const recorder = await createRecorder({ path: databaseOf(home), onNotice: () => undefined, onHealth: (state) => health.push(state) });
    try {
      const pruning = startCommand(home, ["prune", "--yes"]);
      for (let i = 0; i < 50; i++) {
        const request = sampleRequest({ target: "/new" });
        recorder.received(request, Buffer.from("x"));
        recorder.answered(request.id, sampleEnd());
        await recorder.flush();
      }
      expect(await pruning.ended).toBe(0);
    } finally {
      await recorder.close();
    }
    expect(health).toEqual([]);
    expect(pathsLeft()).toEqual(Array.from({ length: 50 }, () => "/new"));
  });

  it("stops at a signal between two steps, and says what it has done until then", async () => {
    await recordOld(Array.from({ length: 2000 }, () => 9));
    const command = startCommand(home, ["prune", "--yes", "--json"]);
    await until(() => pathsLeft().length < 2000);
    command.signal("SIGINT");
    expect(await command.ended).toBe(130);
    const { removed } = JSON.parse(command.stdout().toString()) as { removed: number };
    expect(removed).toBeGreaterThan(0);
    expect(removed).toBeLessThan(2000);
    expect(pathsLeft()).toHaveLength(2000 - removed);
  });
});
