import { beforeEach, expect, test } from "vitest";
import { createJsonLog } from "../../server/json-log.ts";

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6), monotonic: () => 0 };
let lines: string[] = [];
const write = (line: string): void => void lines.push(line);

beforeEach(() => {
  lines = [];
});

test("an event is one JSON line with level, time and fields", () => {
  createJsonLog({ clock, write }).warn("link-closed", { tunnel: "shop", code: 1006, clean: false, label: undefined });
  expect(lines).toEqual([
    '{"level":"warn","time":"2026-01-02T03:04:05.006Z","event":"link-closed","tunnel":"shop","code":1006,"clean":false}\n',
  ]);
});

test("events below the level are left out", () => {
  createJsonLog({ clock, write }).debug("frame");
  createJsonLog({ clock, write, level: "error" }).warn("frame");
  expect(lines).toEqual([]);
  createJsonLog({ clock, write, level: "debug" }).debug("frame");
  createJsonLog({ clock, write }).info("frame");
  createJsonLog({ clock, write, level: "error" }).error("frame");
  expect(lines).toHaveLength(3);
});

test("text from outside stays inside its JSON string and acts on no terminal", () => {
  const path = '/a"\n{"level":"info"}\u001b[2J\u009b31m\u0007\u007f\u202eevil\u2028';
  createJsonLog({ clock, write }).info("refused", { path });
  expect(lines).toHaveLength(1);
  const [line = ""] = lines;
  expect(line.slice(0, -1)).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(line)).toMatchObject({ path });
});

test("text of 512 characters is kept, more is cut", () => {
  const log = createJsonLog({ clock, write });
  log.info("refused", { path: "x".repeat(512) });
  log.info("refused", { path: "x".repeat(513) });
  expect(lines.map((line) => (JSON.parse(line) as { readonly path: string }).path.length)).toEqual([512, 512]);
});
