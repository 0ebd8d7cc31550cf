import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Milliseconds. Real processes and sockets on two busy cores; conditions end waits long before, a hang is what this ends. */
const LIMIT_MS = 30_000;

/** What looks at the process it runs in (its open sockets and timers, the code it runs): there, what other files left behind would count too. */
const ALONE = [
  "test/client/forwarder/connections.test.ts",
  "test/client/session/run.test.ts",
  "test/server/deliveries/deliveries.test.ts",
  // puts something in the place of a module before anything imports it
  "test/shared/signatures/forensics/limits.test.ts",
  "test/trunk.test.ts",
];

/** What opens sockets and databases all the time: `npm test` runs it, `npm run check` has no time for it. */
const ROOMS = [
  "test/server/**/*.test.ts",
  "test/client/ledger/**/*.test.ts",
  "test/client/owed/run.test.ts",
  "test/client/session/**/*.test.ts",
  "test/client/forwarder/**/*.test.ts",
  "test/client/screen/**/*.test.ts",
  // commands that read or change a history: each test records one first, into a database of its own with a thread that writes
  "test/client/commands/{diff,events,export,import,prune,resend,resend-changes,resign,show,verify,wait}.test.ts",
  // databases, and processes that open them at the same moment
  "test/shared/sqlite/*.test.ts",
];

/** Where better-sqlite3 cannot be compiled, the rooms that store are left out: DEVHOOK_TEST_WITHOUT_SQLITE=1. */
const STORING = [
  "test/client/ledger/**",
  "test/client/owed/run.test.ts",
  "test/client/commands/**",
  "test/client/screen/**",
  "test/client/tunnel/surface.test.ts",
  "test/shared/sqlite/**",
  "test/server/tunnels/**",
];
const LEFT_OUT = process.env["DEVHOOK_TEST_WITHOUT_SQLITE"] === "1" ? STORING : [];

export default defineConfig({
  test: {
    globalSetup: "test/rig/setup/build.ts",
    pool: "forks",
    // tests here wait more than they compute: with one for each core, the cores would idle
    maxWorkers: 5,
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "test/oracles/**", "test/system/**", "test/tooling/lint-fixture/**", ...ROOMS, ...ALONE, ...LEFT_OUT],
          // to start a process and import into it takes longer than most files do: one after the other, files share a few
          isolate: false,
          // they compute: with more processes than cores each module is loaded more often, and nothing is gained
          maxWorkers: availableParallelism(),
          // another number of processes, so another turn
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: "rooms", include: ROOMS, exclude: [...ALONE, ...LEFT_OUT], isolate: false } },
      { extends: true, test: { name: "alone", include: ALONE } },
      { extends: true, test: { name: "e2e", include: ["test/e2e/**/*.test.ts"] } },
      // no build: it judges modules. Its globalSetup installs the packages that it compares with
      {
        test: {
          name: "oracles",
          include: ["test/oracles/*.test.ts"],
          globalSetup: "test/oracles/install.ts",
          // a failure lists every change that was judged differently
          chaiConfig: { truncateThreshold: 0 },
          testTimeout: LIMIT_MS,
          hookTimeout: LIMIT_MS,
        },
      },
      { extends: true, test: { name: "system", include: ["test/system/**/*.test.ts"], fileParallelism: false } },
    ],
  },
});
