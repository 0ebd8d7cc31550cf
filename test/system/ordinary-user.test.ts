import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../rig/until.ts";

const ROOT = join(import.meta.dirname, "../..");
const USER = `devhook-test-${process.pid}`;
const HOME = `/home/${USER}`;
/** Milliseconds: compiling better-sqlite3 takes a minute on two cores. */
const COMPILE_LIMIT_MS = 240_000;

/** This environment without what npm, the desktop and devhook put into it for the user who runs the tests. */
const inherited = Object.entries(process.env).filter(([name]) => !/^(?:npm_|XDG_|DEVHOOK_|VITEST)/i.test(name));
/** Where Node's headers are when they came with it: node-gyp fetches them otherwise. */
const nodePrefix = dirname(dirname(process.execPath));
const headers = existsSync(join(nodePrefix, "include/node/node.h")) ? { npm_package_config_node_gyp_nodedir: nodePrefix } : {};
const env = { ...Object.fromEntries(inherited), ...headers, HOME, USER, LOGNAME: USER };

let ids: { readonly uid: number; readonly gid: number };

beforeAll(() => {
  execFileSync("useradd", ["--create-home", "--home-dir", HOME, USER]);
  ids = { uid: Number(execFileSync("id", ["-u", USER])), gid: Number(execFileSync("id", ["-g", USER])) };
  execFileSync("bash", [
    "-c",
    // no user has the packages that only `npm test` installs, and their hundred thousand files take longer than the test
    `mkdir '${HOME}/devhook' && tar -C '${ROOT}' --exclude=./.git --exclude=./dist --exclude=./test/oracles/node_modules -cf - . | tar -C '${HOME}/devhook' -xf -`,
  ]);
  execFileSync("chown", ["-R", `${USER}:`, HOME]);
}, 120_000);
afterAll(() => execFileSync("userdel", ["--remove", "--force", USER], { stdio: "ignore" }));

it("starts in a clone, and finishes what is under way on ctrl-c, with status 0 and no word from npm", async () => {
  const held: ServerResponse[] = [];
  const app = createServer((request, response) => {
    request.resume();
    held.push(response);
  });
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  const { port } = app.address() as AddressInfo;

  const started = spawn("npm", ["start", "--", String(port)], {
    ...ids,
    env,
    cwd: `${HOME}/devhook`,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  const listen = (chunk: Buffer): void => void (said += chunk.toString());
  started.stdout.on("data", listen);
  started.stderr.on("data", listen);
  const ended = new Promise<number | null>((resolve) => started.on("close", resolve));
  try {
    const url = await until(() => /http:\/\/127\.0\.0\.1:\d+\/[a-z2-7]{26}/.exec(said)?.[0], "a URL");
    const answer = fetch(`${url}/hook`, { method: "POST", body: "{}" });
    const response = await until(() => held[0], "the request at the app");
    // ctrl-c in a terminal goes to everyone in the group, and npm passes its own on once more
    process.kill(-(started.pid as number), "SIGINT");
    response.end("done");
    expect(await (await answer).text()).toBe("done");
    expect(await ended).toBe(0);
    expect(said).not.toMatch(/npm (?:error|ERR)/);
  } finally {
    if (started.exitCode === null) process.kill(-(started.pid as number), "SIGKILL");
    app.closeAllConnections();
    app.close();
  }
});

it(
  "installs the package for all shells of a user, compiles what it must, and warns of nothing",
  () => {
    const as = { ...ids, env, cwd: `${HOME}/devhook`, encoding: "utf8" } as const;
    const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json"], as)) as readonly [{ readonly filename: string }];
    const prefix = `${HOME}/.local`;
    const said = execFileSync(
      "bash",
      ["-c", `npm install --global --prefix '${prefix}' --allow-scripts=better-sqlite3 ./${filename} 2>&1`],
      as,
    );
    expect(said).not.toMatch(/warn|error/i);
    expect(execFileSync(`${prefix}/bin/devhook`, ["--version"], as)).toMatch(/^\d+\.\d+\.\d+\n$/);
    const fresh = { ...as, env: { ...env, DEVHOOK_DATA_DIR: `${HOME}/fresh` } };
    expect(execFileSync(`${prefix}/bin/devhook`, ["events", "--json"], fresh)).toBe("");
  },
  COMPILE_LIMIT_MS,
);
