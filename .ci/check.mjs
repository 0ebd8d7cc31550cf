/**
 * `npm run check`: the scripts `check:…` of package.json. Format, lint, types and unused code one after the other, and beside them the unit tests, so
 * that two cores have work all the time. Arguments go to vitest. What the tests print comes at once; what the others print comes at the end, and only
 * if they fail; then a line for each. Ends with 1 when any of them has failed.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** @typedef {{ name: string, command: string, failed: boolean, seconds: number, output: string }} Result */

const { scripts } = /** @type {{ scripts: Record<string, string> }} */ (JSON.parse(readFileSync("package.json", "utf8")));

/**
 * @param {string} name of a script whose command is words between spaces; npm has put node_modules/.bin on the PATH
 * @param {{ more?: readonly string[], shown?: boolean }} [options] more words, and whether it prints at once
 * @returns {Promise<Result>}
 */
function run(name, { more = [], shown = false } = {}) {
  const command = scripts[name] ?? `no-script:${name}`;
  const [program = "", ...words] = command.split(" ");
  const began = performance.now();
  const child = spawn(program, [...words, ...more], { stdio: shown ? "inherit" : ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (/** @type {string} */ text) => (output += text));
  }
  return new Promise((resolve) => {
    /** @param {boolean} failed */
    const end = (failed) => resolve({ name, command, failed, seconds: (performance.now() - began) / 1000, output });
    child.on("error", (error) => {
      output += error.message;
      end(true);
    });
    // no code: a signal has ended it
    child.on("close", (code) => end(code !== 0));
  });
}

async function runOthers() {
  const results = [];
  for (const name of ["check:format", "check:lint", "check:types", "check:unused"]) results.push(await run(name));
  return results;
}

const [tests, others] = await Promise.all([run("check:tests", { more: process.argv.slice(2), shown: true }), runOthers()]);
const results = [...others, tests];
for (const { command, failed, output } of results) {
  if (failed && output !== "") process.stdout.write(`\n$ ${command}\n${output.trimEnd()}\n`);
}
process.stdout.write("\n");
for (const { name, failed, seconds } of results) {
  process.stdout.write(`${failed ? "✗" : "✓"} ${name.padEnd(13)}${seconds.toFixed(1).padStart(5)} s${failed ? "  failed" : ""}\n`);
}
process.exitCode = results.some(({ failed }) => failed) ? 1 : 0;
