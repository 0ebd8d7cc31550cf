import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const THREAD = pathToFileURL(join(ROOT, "dist/journal-writer.js"));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devhook-fsync-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Holds one request after the other, and writes a line when it was told that one is on disk. */
const PROGRAM = `
  import { writeSync } from "node:fs";
  import { openJournal } from "./server/journal/journal.ts";
  import { sampleRequest } from "./test/server/journal/open-journals.ts";
  const [path, thread] = process.argv.slice(2);
  const journal = await openJournal({ path, thread: new URL(thread), onHealth: (health) => console.error(health) });
  for (let n = 0; n < 20; n++) {
    const { held } = await journal.hold(sampleRequest(), Buffer.alloc(2_000, n), { status: 202 });
    writeSync(1, held ? "held\\n" : "refused\\n");
  }
  await journal.close();`;

type Call = { readonly at: number; readonly kind: "write" | "sync" | "held" };

/** The calls that matter, of all threads, in the order of their ends; a file of strace holds those of one thread. */
function callsIn(prefix: string): readonly Call[] {
  const calls: Call[] = [];
  for (const name of readdirSync(folder).filter((one) => one.startsWith(prefix))) {
    for (const line of readFileSync(join(folder, name), "utf8").split("\n")) {
      const [, begin = "", text = "", took = ""] = /^(\d+\.\d+) (.*) = \d+ <(\d+\.\d+)>$/.exec(line) ?? [];
      const end = Number(begin) + Number(took);
      // what was told counts from its begin, what the disk did from its end
      if (/^write\(1<.*"held\\n"/.test(text)) calls.push({ at: Number(begin), kind: "held" });
      else if (/^f(?:data)?sync\(\d+<.*journal\.db-wal>/.test(text)) calls.push({ at: end, kind: "sync" });
      else if (/^pwrite64\(\d+<.*journal\.db-wal>/.test(text)) calls.push({ at: end, kind: "write" });
    }
  }
  return calls.sort((a, b) => a.at - b.at);
}

test("between a write to the journal and the yes for it there is always a successful fsync", () => {
  const program = join(folder, "program.mjs");
  buildSync({
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: program,
  });
  const trace = join(folder, "trace");
  const options = ["-ff", "-ttt", "-T", "-y", "-e", "trace=pwrite64,fsync,fdatasync,write", "-o", trace];
  const output = execFileSync("strace", [...options, process.execPath, program, join(folder, "journal.db"), THREAD.href], {
    encoding: "utf8",
  });
  expect(output).toBe("held\n".repeat(20));
  const before = callsIn("trace.")
    .map(({ kind }) => kind)
    .join(" ")
    .split("held")
    .slice(0, -1);
  expect(before).toHaveLength(20);
  expect(before.filter((calls) => !/write.* sync $/.test(calls))).toEqual([]);
});
