import { headerPairs } from "../../shared/http/headers.ts";
import type { Delivery } from "../ledger/records.ts";
import { MASK } from "./redact-head.ts";

/** A file of a fixture, `name` with forward slashes from its folder. */
export type FixtureFile = { readonly name: string; readonly bytes: Buffer };

/** The name of the test beside the folders of the fixtures. */
const REPLAY_FILE = "replay.test.ts";

/** What runs a fixture, in its folder. */
export const REPLAY_COMMAND = `APP_URL=http://localhost:3000 npx vitest run ${REPLAY_FILE}`;

/** The files of a fixture, one delivery at a time: a folder for each, and the test that sends them. @param read called once for each */
export function* fixtureFiles(ids: readonly string[], read: (id: string) => Delivery): Generator<FixtureFile> {
  for (const id of ids) for (const { name, bytes } of deliveryFiles(read(id))) yield { name: `${id}/${name}`, bytes };
  yield { name: REPLAY_FILE, bytes: Buffer.from(REPLAY_TEST) };
}

/** A delivery as files: the request, and the answer that the app gave last, if it gave one. */
function deliveryFiles(delivery: Delivery): readonly FixtureFile[] {
  const { method, target, headers, body } = delivery;
  const answered = delivery.attempts.findLast(({ head, error }) => head !== undefined && error === undefined);
  const request = { method, target, headers: headerPairs(headers), sentTo: originOf(delivery) };
  const files = [json("request.json", request), { name: "request.body", bytes: body.bytes }];
  if (answered?.head === undefined) return files;
  const { status, headers: lines } = answered.head;
  // a body that is not the app's any more is nothing to compare with
  const isWhole = !answered.body.truncated && !answered.body.bytes.includes(MASK);
  files.push(json("response.json", { status, headers: headerPairs(lines), compareBody: isWhole }));
  return [...files, { name: "response.body", bytes: answered.body.bytes }];
}

function json(name: string, value: object): FixtureFile {
  return { name, bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) };
}

/** Origin of the app that was called last. */
function originOf({ attempts }: Delivery): string | null {
  return /^https?:\/\/[^/?#]+/.exec(attempts.at(-1)?.target ?? "")?.[0] ?? null;
}

/** A vitest file that sends each fixture beside it to an app, byte for byte, and expects the recorded answer. */
const REPLAY_TEST = [
  `// Sends the recorded requests beside this file to your app: ${REPLAY_COMMAND}`,
  'import { existsSync, readdirSync, readFileSync } from "node:fs";',
  'import * as http from "node:http";',
  'import * as https from "node:https";',
  'import { dirname, join } from "node:path";',
  'import { fileURLToPath } from "node:url";',
  'import { expect, test } from "vitest";',
  "",
  "type Pairs = [name: string, value: string][];",
  "type Recorded = { method: string; target: string; headers: Pairs; sentTo: string | null };",
  "type Expected = { status: number; headers: Pairs; compareBody: boolean };",
  "",
  "const here = dirname(fileURLToPath(import.meta.url));",
  'const fixtures = readdirSync(here).filter((name) => existsSync(join(here, name, "request.json")));',
  'const read = <T>(...path: string[]): T => JSON.parse(readFileSync(join(here, ...path), "utf8")) as T;',
  "",
  'test.each(fixtures)("%s is answered as it was", async (name) => {',
  '  const recorded = read<Recorded>(name, "request.json");',
  '  const answer = await send(recorded, readFileSync(join(here, name, "request.body")));',
  '  if (!existsSync(join(here, name, "response.json"))) {',
  "    expect(answer.status).toBeLessThan(500);",
  "    return;",
  "  }",
  '  const expected = read<Expected>(name, "response.json");',
  "  expect(answer.status).toBe(expected.status);",
  '  if (expected.compareBody) expect(answer.body.toString()).toBe(readFileSync(join(here, name, "response.body")).toString());',
  "});",
  "",
  "function send({ method, target, headers, sentTo }: Recorded, body: Buffer): Promise<{ status: number; body: Buffer }> {",
  '  const app = new URL(process.env["APP_URL"] ?? sentTo ?? "http://localhost:3000");',
  '  const path = app.pathname.replace(/\\/+$/, "") + target;',
  "  // header lines in order, with case and duplicates: signatures cover bytes",
  "  const options = { method, path, headers: headers as unknown as http.OutgoingHttpHeaders, agent: false as const };",
  "  return new Promise((resolve, reject) => {",
  '    const request = (app.protocol === "https:" ? https : http).request(app, options, (response) => {',
  "      const parts: Buffer[] = [];",
  '      response.on("data", (part: Buffer) => parts.push(part));',
  '      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));',
  '      response.on("error", reject);',
  "    });",
  '    request.on("error", reject);',
  "    request.end(body);",
  "  });",
  "}",
  "",
].join("\n");
