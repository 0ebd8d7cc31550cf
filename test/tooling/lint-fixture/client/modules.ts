// expect unicorn(prefer-node-protocol)
import { readFileSync } from "fs";
// expect import(no-duplicates)
import { join } from "node:path";
import { resolve } from "node:path";
// expect typescript(consistent-type-imports)
import { Buffer } from "node:buffer";
// expect typescript(no-import-type-side-effects)
import { type Stats } from "node:fs";

// expect typescript(no-require-imports)
import events = require("node:events");

// expect import(no-mutable-exports)
export let counter = 0;

export function use(stats: Stats, buffer: Buffer): string {
  counter += 1;
  return join(resolve("."), String(readFileSync(".")), String(stats.size), buffer.toString("hex"), String(events.defaultMaxListeners));
}

// expect import(no-default-export)
export default use;
