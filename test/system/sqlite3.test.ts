import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addToken, type Home, makeHome, type Program, startRelayProgram, startTunnel } from "../rig/programs.ts";
import { startRecordingApp } from "../rig/recording-app.ts";
import { until } from "../rig/until.ts";

let home: Home;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function sqlite3(database: string, sql: string): string {
  return execFileSync("sqlite3", ["-cmd", ".timeout 10000", database, sql], { encoding: "utf8" }).trim();
}

async function end(program: Program): Promise<void> {
  program.signal("SIGINT");
  expect(await program.ended).toBe(0);
}

test("the sqlite3 program reads the history and the relay's database, and finds both whole, while they are written and afterwards", async () => {
  const dataDir = `${home.folder}/relay`;
  const { id, token } = await addToken({ dataDir }, home, "laptop");
  const app = await startRecordingApp();
  closers.push(app.close);
  const relay = await startRelayProgram([], { home, dataDir });
  closers.push(relay.program.kill);
  const { program, url } = await startTunnel(app.port, ["--server", relay.url, "--name", "shop"], { home, env: { DEVHOOK_TOKEN: token } });
  closers.push(program.kill);
  for (const n of [1, 2, 3]) await fetch(`${url}/hook?n=${n}`, { method: "POST", body: "caf\u00e9" });

  const deliveries = "SELECT seq, method, target, state, status, hex(body) FROM deliveries ORDER BY seq";
  const stored = [1, 2, 3].map((n) => `${n}|POST|/hook?n=${n}|answered|200|636166C3A9`).join("\n");
  const registry = `${dataDir}/relay.db`;
  const check = (): void => {
    for (const database of [home.database, registry]) {
      expect(sqlite3(database, "PRAGMA integrity_check; PRAGMA foreign_key_check")).toBe("ok");
      for (const table of sqlite3(database, "SELECT name FROM sqlite_schema WHERE type = 'table'").split("\n")) {
        expect(sqlite3(database, `SELECT count(*) FROM "${table}"`)).toMatch(/^\d+$/);
      }
    }
    expect(sqlite3(home.database, deliveries)).toBe(stored);
    expect(sqlite3(registry, "SELECT id, label FROM tokens")).toBe(`${id}|laptop`);
    expect(sqlite3(registry, "SELECT name FROM names")).toBe("shop");
  };
  await until(() => sqlite3(home.database, deliveries) === stored, "three deliveries in the history");
  check();
  await end(program);
  await end(relay.program);
  check();
});
