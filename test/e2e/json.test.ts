import { afterAll, beforeAll, expect, it } from "vitest";
import { SECTIONS } from "../client/commands/json/shapes.ts";
import { addToken, type Home, makeHome, type Program, run, startProgram, startRelayProgram } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";
import { send } from "../rig/send.ts";

const SHAPES = new Map(SECTIONS.flatMap(({ shapes }) => shapes.map(({ name, schema }) => [name, schema] as const)));

let home: Home;
let app: RecordingApp;
const programs: Program[] = [];

beforeAll(async () => {
  home = makeHome();
  app = await startRecordingApp();
});
afterAll(async () => {
  for (const program of programs) await program.kill();
  await app.close();
  home.remove();
});

/** What is wrong with a value of this shape, in words. */
function faultsOf(name: string, value: unknown): readonly string[] {
  const schema = SHAPES.get(name);
  if (schema === undefined) return [`${name}: not described`];
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.map(({ path, message }) => `${name}: ${path.join(".")}: ${message}`);
}

function track(program: Program): Program {
  programs.push(program);
  return program;
}

it("has the documented form from the first line of start to the last, through the loss of relay and app", async () => {
  const relay = await startRelayProgram([], { home });
  track(relay.program);
  const { token } = await addToken(relay, home);
  const args = ["start", `127.0.0.1:${app.port}`, "--server", relay.url, "--name", "shop", "--grace", "0", "--json"];
  const tunnel = track(startProgram(args, { home, env: { DEVHOOK_TOKEN: token, DEVHOOK_SECRET_GITHUB: "made-up" } }));
  const { url } = await tunnel.event("ready");

  const forged = { "X-GitHub-Event": "ping", "X-GitHub-Delivery": "1", "X-Hub-Signature-256": `sha256=${"0".repeat(64)}` };
  await send(`${String(url)}/hook`, { body: "{}", headers: forged });
  await tunnel.event("verification");
  await send(`${String(url)}/hook`, { body: "{}", headers: forged });
  await tunnel.event("attempt", () => true, 2);
  await app.close();
  expect((await send(`${String(url)}/hook`, { body: "{}" })).status).toBe(502);
  await tunnel.event("attempt", ({ error }) => error !== null);

  relay.program.signal("SIGTERM");
  expect(await relay.program.ended).toBe(0);
  await tunnel.event("link", ({ state, attempt }) => state === "reconnecting" && Number(attempt) > 0);
  const again = await startRelayProgram(["--port", String(relay.port)], { home });
  track(again.program);
  await tunnel.event("link", ({ state }) => state === "connected");
  tunnel.signal("SIGTERM");
  expect(await tunnel.ended).toBe(0);

  expect(tunnel.events().flatMap((event) => faultsOf(event.type, event))).toEqual([]);
  expect(new Set(tunnel.events().map(({ type }) => type))).toEqual(
    new Set(["ready", "delivery", "verification", "attempt", "link", "closed"]),
  );
  for (const program of [relay.program, again.program]) {
    expect(program.events().flatMap((event) => faultsOf("relay ready", event))).toEqual([]);
    expect(program.events()).toHaveLength(1);
  }
});

it("has it in a warning, and in the end of a tunnel that is refused", async () => {
  const relay = await startRelayProgram(["--port", "0"], { home });
  track(relay.program);
  const lonely = track(startProgram(["start", "1", "--port", "0", "--json"], { home }));
  await lonely.event("warning", ({ code }) => code === "app-down");
  lonely.signal("SIGTERM");
  expect(await lonely.ended).toBe(0);
  const refused = await run(["start", "1", "--server", relay.url, "--name", "shop", "--json"], { home });
  expect(refused.code).not.toBe(0);
  const events = String(refused.stdout)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly type: string });
  expect(events.at(-1)?.type).toBe("closed");
  expect([...lonely.events(), ...events].flatMap((event) => faultsOf(event.type, event))).toEqual([]);
});
