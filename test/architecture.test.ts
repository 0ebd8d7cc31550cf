import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { faultsOfFile, faultsOfTree } from "./rig/architecture.ts";

const ROOT = join(import.meta.dirname, "..");

/** Paths from the root, with forward slashes. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

const product = ["shared", "server", "client"].flatMap(filesIn);

it("keeps every import of the product on its way", () => {
  const faults = product
    .filter((path) => /\.tsx?$/.test(path))
    .flatMap((path) => faultsOfFile(path, readFileSync(join(ROOT, path), "utf8")));
  expect(faults).toEqual([]);
});

it("keeps names and places of the product's files telling", () => {
  expect(product.length).toBeGreaterThan(10);
  expect(faultsOfTree(product)).toEqual([]);
});

it("keeps the top level to the rooms, the papers and the files that tools force", () => {
  const rooms = ["client", "docs", "server", "shared", "test"];
  const papers = ["README.md", "CONTRIBUTING.md", "LICENSE"];
  const forced = ["package.json", "package-lock.json", "tsconfig.json", "vitest.config.ts", "esbuild.config.mjs", "knip.json"];
  const made = ["node_modules", "dist", "coverage"];
  const expected = [...rooms, ...papers, ...forced, ...made];
  expect(readdirSync(ROOT).filter((name) => !name.startsWith(".") && !name.endsWith(".tgz") && !expected.includes(name))).toEqual([]);
});

it.each([
  ["shared/ids.ts", `import { x } from "./errors.ts";`, "shared/errors.ts"],
  ["shared/http/a.ts", `import { x } from "../wire/frames.ts";`, "shared/wire/frames.ts"],
  ["shared/http/a.ts", `import Database from "better-sqlite3";`, "better-sqlite3"],
  ["shared/wire/a.ts", `export { x } from "../../server/relay.ts";`, "server/relay.ts"],
  ["shared/providers/github.ts", `import { x } from "../signatures/verify.ts";`, "types only"],
  ["shared/providers/github.ts", `import { x } from "./stripe.ts";`, "shared/providers/stripe.ts"],
  ["server/relay.ts", `import type { X } from "../client/main.ts";`, "client/main.ts"],
  ["server/links/a.ts", `import {\n  x,\n} from "../deliveries/deliver.ts";`, "server/deliveries/deliver.ts"],
  ["server/ingress/a.ts", `import { WebSocket } from "ws";`, "ws"],
  ["server/deliveries/states.ts", `import { x } from "node:crypto";`, "pure"],
  ["client/session/states.ts", `import { dial } from "./dial.ts";`, "client/session/dial.ts"],
  ["server/ingress/a.ts", `import { serve } from "@hono/node-server";`, "@hono/node-server"],
  ["client/session/run.ts", `import { WebSocket } from "ws";`, "ws"],
  ["client/commands/start.ts", `const relay = await import("../../server/relay.ts");`, "server/relay.ts"],
  ["client/main.ts", `import { relay } from "../server/relay.ts";`, "server/relay.ts"],
  ["client/tunnel/surface.ts", `import { openScreen } from "../screen/open-screen.ts";`, "client/screen/open-screen.ts"],
  ["client/commands/start.ts", `const { openScreen } = await import("../screen/open-screen.ts");`, "client/screen/open-screen.ts"],
  ["client/tunnel/surface.ts", `import { createTheme } from "../tui/theme.ts";`, "client/tui/theme.ts"],
  ["client/output/a.ts", `import { x } from "../ledger/ledger.ts";`, "client/ledger/ledger.ts"],
  ["client/forwarder/a.ts", `import "../session/run.ts";`, "client/session/run.ts"],
  ["client/forwarder/a.ts", `import lodash from "lodash";`, "lodash"],
  ["client/forwarder/a.ts", `import { until } from "../../test/rig/until.ts";`, "test/rig/until.ts"],
  ["client/forwarder/a.ts", `const at = Date.now();`, "Date.now"],
  ["client/commands/a.ts", `process.exit(1);`, "process.exit"],
  ["server/relay.ts", `console.log("text"); // for now`, "console."],
])("finds the fault in %s: %s", (path, source, told) => {
  const faults = faultsOfFile(path, source);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(told);
});

it.each([
  ["client/main.ts", `const { relay } = await import("../server/relay.ts");\nprocess.exit(0);`],
  ["client/tunnel/surface.ts", `const { openScreen } = await import("../screen/open-screen.ts");`],
  ["client/tunnel/surface.ts", `import type { Screen } from "../screen/open-screen.ts";`],
  ["client/screen/program.ts", `import { createTheme } from "../tui/theme.ts";`],
  ["client/session/dial.ts", `import { WebSocket } from "ws";`],
  ["client/session/states.ts", `import type { Dialled } from "./dial.ts";`],
  ["server/links/a.ts", `import { owner } from "./owners.ts";\nimport { createHash } from "node:crypto";`],
  ["server/links/a.ts", `/** never Date.now() here */\nexport const x = 1; // not console.log either`],
  ["shared/providers/index.ts", `import { github } from "./github.ts";`],
])("passes %s: %s", (path, source) => {
  expect(faultsOfFile(path, source)).toEqual([]);
});

it.each([
  ["client/session/runLoop.ts", "kebab-case"],
  ["shared/http/utils.ts", "utils"],
  ["server/common/a.ts", "common"],
  ["server/cellar/a.ts", "row"],
])("finds the fault in the place %s", (path, told) => {
  expect(faultsOfTree([path]).join("\n")).toContain(told);
});

it("wants each folder name once", () => {
  expect(faultsOfTree(["client/session/a.ts", "server/session/a.ts"]).join("\n")).toContain("same name");
});
