import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Home, makeHome, type Program, run, startProgram } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { send } from "../rig/send.ts";

let home: Home;
let app: RecordingApp;
const programs: Program[] = [];

beforeEach(async () => {
  home = makeHome();
  app = await startRecordingApp();
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.kill();
  await app.close();
  home.remove();
});

/** The environment of a machine where the native module was built for another Node. */
function withoutSqlite(): Readonly<Record<string, string>> {
  const path = join(home.folder, "hide.cjs");
  writeFileSync(
    path,
    `const { Module } = require("node:module");
const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === "better-sqlite3") throw Object.assign(new Error("compiled against another Node"), { code: "ERR_DLOPEN_FAILED" });
  return load(name, ...rest);
};`,
  );
  return { NODE_OPTIONS: `--require=${path}` };
}

it.each(["warn", "off"])(
  "with a history that cannot be opened any more, and --verify %s, deliveries still reach the app",
  async (verify) => {
    // a run from before the module was lost
    const before = startProgram(["start", String(app.port), "--json"], { home });
    programs.push(before);
    await before.event("ready");
    before.signal("SIGINT");
    expect(await before.ended).toBe(0);
    expect((await run(["events", "--json"], { home })).code).toBe(0);

    const program = startProgram(["start", String(app.port), "--json", "--verify", verify], { home, env: withoutSqlite() });
    programs.push(program);
    const { url } = await program.event("ready");
    expect(await program.event("warning", ({ code }) => code === "database-unavailable")).toMatchObject({
      message: expect.stringContaining("history is kept in memory only") as unknown,
    });
    expect((await send(`${String(url)}/hook`, { body: "{}" })).status).toBe(200);
    expect(app.requests).toHaveLength(1);
  },
);
