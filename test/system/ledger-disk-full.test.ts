import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openHistory } from "../../client/ledger/history.ts";
import { createRecorder, type RecorderHealth } from "../../client/ledger/recorder.ts";
import { systemClock } from "../../shared/clock.ts";
import { sampleRequest } from "../client/ledger/samples.ts";
import { until } from "../rig/until.ts";

// A file system of 2 MiB needs root to be mounted: this folder of tests runs as root.
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-full-"));
  execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", folder]);
});
afterEach(() => {
  execFileSync("/bin/umount", [folder]);
  rmSync(folder, { recursive: true });
});

test("a full disk stops the history with a notice, loses nothing that was noticed, and the history goes on when there is room", async () => {
  const path = join(folder, "devhook.db");
  const ballast = join(folder, "ballast");
  writeFileSync(ballast, Buffer.alloc(1_048_576));
  const health: RecorderHealth[] = [];
  const noticed = new Set<string>();
  const recorder = await createRecorder({
    path,
    limits: { retryMs: 10 },
    onNotice: (ids) => ids.forEach((id) => noticed.add(id)),
    onHealth: (state) => health.push(state),
  });
  await until(async () => {
    recorder.received(sampleRequest(), Buffer.alloc(20_000));
    await recorder.flush();
    return health.length > 0;
  });
  expect(health).toMatchObject([{ state: "failing", code: "database-io" }]);
  truncateSync(ballast, 0);
  await until(async () => {
    recorder.received(sampleRequest(), Buffer.alloc(20_000));
    await recorder.flush();
    return health.length > 1;
  });
  expect(health[1]).toMatchObject({ state: "ok" });
  expect(health[1]?.lost).toBeGreaterThan(0);
  const history = openHistory(path, { clock: systemClock });
  const stored = new Set(history.list({ limit: 10_000, order: "oldest" }).map((one) => one.id));
  expect([...noticed].filter((id) => !stored.has(id))).toEqual([]);
  history.close();
  await recorder.close();
  expect(execFileSync("sqlite3", [path, "PRAGMA integrity_check"], { encoding: "utf8" })).toBe("ok\n");
});
