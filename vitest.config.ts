import { defineConfig } from "vitest/config";

/** Milliseconds. Real processes and sockets on two busy cores; conditions end waits long before, a hang is what this ends. */
const LIMIT_MS = 30_000;

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
          exclude: ["test/e2e/**", "test/oracles/**", "test/system/**", "test/tooling/lint-fixture/**"],
        },
      },
      { extends: true, test: { name: "e2e", include: ["test/e2e/**/*.test.ts"] } },
      // no build: it judges modules. Its globalSetup installs the packages that it compares with
      {
        test: {
          name: "oracles",
          include: ["test/oracles/*.test.ts"],
          globalSetup: "test/oracles/install.ts",
          testTimeout: LIMIT_MS,
          hookTimeout: LIMIT_MS,
        },
      },
      { extends: true, test: { name: "system", include: ["test/system/**/*.test.ts"], fileParallelism: false } },
    ],
  },
});
