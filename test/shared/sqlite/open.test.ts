import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DevhookError } from "../../../shared/errors.ts";
import { databaseFault } from "../../../shared/sqlite/fault.ts";
import { openDatabase } from "../../../shared/sqlite/open.ts";
import { sqlite } from "../../rig/sqlite.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-sqlite-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function faultOf(action: () => unknown): DevhookError {
  try {
    action();
  } catch (error) {
    if (error instanceof DevhookError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("a file that cannot be used", () => {
  test("a missing file is not made unless asked for", () => {
    const path = join(folder, "none.db");
    expect(faultOf(() => openDatabase(path)).code).toBe("not-found");
    expect(existsSync(path)).toBe(false);
  });

  test("a folder below a file, in /proc, or a folder in the place of the file is data-dir-unwritable", () => {
    writeFileSync(join(folder, "plain"), "x");
    mkdirSync(join(folder, "dir.db"));
    for (const path of [join(folder, "plain", "devhook.db"), "/proc/devhook/devhook.db", "/proc/devhook.db", join(folder, "dir.db")]) {
      const fault = faultOf(() => openDatabase(path, { create: true }));
      expect([path, fault.code]).toEqual([path, "data-dir-unwritable"]);
      expect(fault.message).toContain(path);
      expect(fault.fix).toContain("DEVHOOK_DATA_DIR");
      expect(fault.lines).toHaveLength(3);
    }
  });

  test("a file that is no database is database-corrupt, is left as it was, and the named command moves it aside", () => {
    const path = join(folder, "it's devhook.db");
    const noise = Buffer.alloc(40_000, "no database ");
    writeFileSync(path, noise);
    const fault = faultOf(() => openDatabase(path, { create: true }));
    expect(fault.code).toBe("database-corrupt");
    expect(fault.lines).toHaveLength(3);
    expect(readFileSync(path).equals(noise)).toBe(true);
    expect(faultOf(() => openDatabase(path, { readonly: true })).code).toBe("database-corrupt");
    const command = (fault.fix ?? "").replace(/^.*again: /, "");
    execFileSync("sh", ["-ec", command]);
    expect(existsSync(path)).toBe(false);
    openDatabase(path, { create: true }).close();
  });

  test("overwritten pages are database-corrupt when they are read", () => {
    const path = join(folder, "devhook.db");
    const database = openDatabase(path, { create: true });
    database.exec("CREATE TABLE t (a TEXT)");
    for (let i = 0; i < 100; i++) database.prepare("INSERT INTO t VALUES (?)").run("x".repeat(2_000));
    database.close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 16_384 * 2);
    writeFileSync(path, bytes);
    const damaged = openDatabase(path);
    let caught: unknown;
    try {
      damaged.prepare("SELECT count(a) FROM t WHERE a <> 'y'").get();
    } catch (error) {
      caught = databaseFault(error, path);
    }
    damaged.close();
    expect(caught).toMatchObject({ code: "database-corrupt" });
  });

  test("a lock that another process keeps is database-busy after the time to wait", () => {
    const path = join(folder, "devhook.db");
    const holder = openDatabase(path, { create: true });
    const waiter = openDatabase(path, { busyTimeoutMs: 30 });
    holder.exec("BEGIN IMMEDIATE");
    expect(
      faultOf(() => {
        try {
          waiter.exec("CREATE TABLE t (a)");
        } catch (error) {
          throw databaseFault(error, path);
        }
      }).code,
    ).toBe("database-busy");
    holder.close();
    waiter.close();
  });

  test("no room is database-io and says so", () => {
    const path = join(folder, "devhook.db");
    const database = openDatabase(path, { create: true, maxPages: 4 });
    database.exec("CREATE TABLE t (a)");
    let caught: unknown;
    try {
      database.prepare("INSERT INTO t VALUES (?)").run(Buffer.alloc(200_000));
    } catch (error) {
      caught = databaseFault(error, path);
    }
    expect(caught).toMatchObject({ code: "database-io", message: `There is no room left to write ${path}.` });
    expect(database.inTransaction).toBe(false);
    database.close();
  });

  test("a fault of ours is not dressed up as one of the database", () => {
    const bug = new TypeError("x is undefined");
    expect(databaseFault(bug, "x")).toBe(bug);
  });
});

describe("the native module", () => {
  /** A bundle of the room beside a module of that name which fails in the way given. */
  function runWithModule(source: string | undefined): string {
    execFileSync(
      join(import.meta.dirname, "../../../node_modules/.bin/esbuild"),
      [
        "shared/sqlite/open.ts",
        "--bundle",
        "--platform=node",
        "--format=esm",
        "--external:better-sqlite3",
        `--outfile=${join(folder, "open.mjs")}`,
      ],
      { cwd: join(import.meta.dirname, "../../.."), stdio: "ignore" },
    );
    if (source !== undefined) {
      mkdirSync(join(folder, "node_modules/better-sqlite3"), { recursive: true });
      writeFileSync(join(folder, "node_modules/better-sqlite3/index.js"), source);
    }
    const program = `import { openDatabase } from "./open.mjs"; try { openDatabase("x.db", { create: true }); } catch (e) { console.log(e.code + "\\n" + e.lines.join("\\n")); }`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd: folder, encoding: "utf8" });
    return stdout;
  }

  test("a module that is missing or was built for another Node is database-unavailable, and the program runs on", () => {
    const missing = runWithModule(undefined).trimEnd().split("\n");
    expect(missing[0]).toBe("database-unavailable");
    expect(missing).toHaveLength(4);
    const wrongAbi = runWithModule(
      `module.exports = class { constructor() { throw Object.assign(new Error("compiled against\\nanother Node"), { code: "ERR_DLOPEN_FAILED" }); } };`,
    );
    expect(wrongAbi).toContain("database-unavailable\n");
    expect(wrongAbi).toContain("npm rebuild better-sqlite3");
    expect(wrongAbi).toContain("python3 make g++");
    expect(existsSync(join(folder, "x.db"))).toBe(false);
  });
});

describe("a database of ours", () => {
  test("is in WAL mode, fsyncs every commit, checks foreign keys, and has 16 KiB pages that can be given back", () => {
    const database = openDatabase(join(folder, "devhook.db"), { create: true });
    const pragma = (name: string): unknown => database.pragma(name, { simple: true });
    expect(["journal_mode", "synchronous", "foreign_keys", "page_size", "auto_vacuum"].map(pragma)).toEqual(["wal", 2, 1, 16_384, 2]);
    database.close();
  });

  test("keeps these settings when it is opened again with another page size", () => {
    const path = join(folder, "devhook.db");
    openDatabase(path, { create: true }).close();
    const database = openDatabase(path, { pageSize: 4_096 });
    expect(database.pragma("page_size", { simple: true })).toBe(16_384);
    expect(database.pragma("synchronous", { simple: true })).toBe(2);
    database.close();
  });

  test("is 0600 in a 0700 folder under any umask, and so are its -wal and -shm", () => {
    for (const [name, umask] of [
      ["open", 0],
      ["shut", 0o777],
    ] as const) {
      const before = process.umask(umask);
      try {
        const path = join(folder, name, "deep", "devhook.db");
        const database = openDatabase(path, { create: true });
        database.exec("CREATE TABLE t (a)");
        expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual([0o600, 0o600, 0o600]);
        expect([modeOf(join(folder, name)), modeOf(join(folder, name, "deep"))]).toEqual([0o700, 0o700]);
        database.close();
      } finally {
        process.umask(before);
      }
    }
  });

  test("an existing folder keeps its mode; an existing file loses the rights of others", () => {
    chmodSync(folder, 0o755);
    const path = join(folder, "devhook.db");
    openDatabase(path, { create: true }).close();
    chmodSync(path, 0o644);
    openDatabase(path).close();
    expect([modeOf(folder), modeOf(path)]).toEqual([0o755, 0o600]);
  });

  test("readonly reads and refuses to write", () => {
    const path = join(folder, "devhook.db");
    const writer = openDatabase(path, { create: true });
    writer.exec("CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    const reader = openDatabase(path, { readonly: true });
    expect(reader.prepare("SELECT a FROM t").pluck().get()).toBe(7);
    expect(() => reader.exec("DELETE FROM t")).toThrow(/readonly/);
    reader.close();
    writer.close();
  });

  test("another SQLite finds nothing wrong with it while it is open", () => {
    const path = join(folder, "devhook.db");
    const database = openDatabase(path, { create: true });
    database.exec("CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    expect(sqlite(path, "PRAGMA integrity_check; SELECT a FROM t;")).toEqual([{ integrity_check: "ok" }, { a: 7 }]);
    database.close();
  });
});
