import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../../../shared/sqlite/migrate.ts";
import { openDatabase } from "../../../shared/sqlite/open.ts";

const ROOT = join(import.meta.dirname, "../../..");
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-migrate-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const one = "CREATE TABLE a (x)";
const two = "CREATE TABLE b (y); INSERT INTO b SELECT x FROM a";

test("a schema newer than this program is refused and nothing is touched", () => {
  const database = openDatabase(join(folder, "d.db"), { create: true });
  database.pragma("user_version = 3");
  expect(() => migrate(database, [one, two])).toThrow(expect.objectContaining({ code: "database-newer", exitCode: 2 }));
  expect(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get()).toBe(0);
  database.close();
});

test("a schema exactly as new is left alone", () => {
  const database = openDatabase(join(folder, "d.db"), { create: true });
  database.pragma("user_version = 2");
  migrate(database, [one, two]);
  expect(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get()).toBe(0);
  database.close();
});

test("a migration that fails half way leaves the version before it, whole", () => {
  const database = openDatabase(join(folder, "d.db"), { create: true });
  expect(() => migrate(database, [one, "CREATE TABLE half (z); INSERT INTO nowhere VALUES (1)"])).toThrow(/nowhere/);
  expect(database.pragma("user_version", { simple: true })).toBe(1);
  expect(database.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["a"]);
  migrate(database, [one, two]);
  expect(database.pragma("user_version", { simple: true })).toBe(2);
  database.close();
});

test("an older file is brought forward with its rows", () => {
  const path = join(folder, "d.db");
  const before = openDatabase(path, { create: true });
  migrate(before, [one]);
  before.exec("INSERT INTO a VALUES (42)");
  before.close();
  const after = openDatabase(path);
  migrate(after, [one, two]);
  expect(after.prepare("SELECT y FROM b").pluck().get()).toBe(42);
  after.close();
});

test("six processes that make and migrate one file at the same moment all succeed, and each migration runs once", async () => {
  const program = join(folder, "race.mjs");
  buildSync({
    stdin: {
      contents: `
        import { openDatabase } from "./shared/sqlite/open.ts";
        import { migrate } from "./shared/sqlite/migrate.ts";
        process.stdin.once("data", () => {
          const database = openDatabase(process.argv[2], { create: true, busyTimeoutMs: 10000 });
          migrate(database, ["CREATE TABLE ran (n)", "INSERT INTO ran VALUES (1)", "INSERT INTO ran VALUES (2)"]);
          console.log(database.pragma("page_size", { simple: true }), database.pragma("auto_vacuum", { simple: true }), database.pragma("journal_mode", { simple: true }));
          database.close();
          process.exit(0);
        });
        console.log("armed");`,
      resolveDir: ROOT,
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile: program,
  });
  const path = join(folder, "new", "d.db");
  const racers = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, [program, path], { env: { ...process.env, NODE_PATH: join(ROOT, "node_modules") } });
    let out = "";
    let err = "";
    child.stdout.on("data", (text: Buffer) => (out += text.toString()));
    child.stderr.on("data", (text: Buffer) => (err += text.toString()));
    return { child, armed: once(child.stdout, "data"), ended: once(child, "close").then(([code]) => ({ code: code as number, out, err })) };
  });
  await Promise.all(racers.map((racer) => racer.armed));
  for (const racer of racers) racer.child.stdin.end("go\n");
  const ends = await Promise.all(racers.map((racer) => racer.ended));
  for (const end of ends) expect(end).toEqual({ code: 0, out: "armed\n16384 2 wal\n", err: "" });
  const database = openDatabase(path);
  expect(database.prepare("SELECT n FROM ran ORDER BY n").pluck().all()).toEqual([1, 2]);
  database.close();
}, 30_000);
