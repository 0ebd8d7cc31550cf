/**
 * Prints `passed failed` of a vitest JSON report. A test file that could not be loaded, and a test that was left out, count as failed;
 * so does a report that is missing or holds no test.
 */
import { readFileSync } from "node:fs";

/** @typedef {{ numPassedTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} Report */

/** @param {string} path */
function count(path) {
  /** @type {Report} */
  let report;
  try {
    report = /** @type {Report} */ (JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const results = report.testResults.flatMap((file) => file.assertionResults);
  const passed = results.filter((test) => test.status === "passed").length;
  const unloaded = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = results.length - passed + unloaded.length;
  return { passed, failed: passed + failed === 0 ? 1 : failed };
}

const { passed, failed } = count(process.argv[2] ?? "");
process.stdout.write(`${passed} ${failed}\n`);
