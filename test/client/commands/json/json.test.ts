import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { commandRows } from "../../../../client/commands/index.ts";
import { startRecordingApp } from "../../../rig/recording-app.ts";
import { send } from "../../../rig/send.ts";
import { until } from "../../../rig/until.ts";
import { createHome, type Home } from "../../settings/home.ts";
import { type CommandLineOptions, type CommandResult, runCommand, type RunningCommand, startCommand } from "../command-line.ts";
import { fieldRows, jsonPage } from "./page.ts";
import { PARTS, SECTIONS } from "./shapes.ts";
import { createSteady } from "./steady.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/json.md");
const SECRET = "made-up-secret-of-github";
const STRIPE = "whsec_bWFkZS11cC1zZWNyZXQtb2Ytc3RyaXBl";
const BODY = '{"action":"opened","issue":{"number":7,"title":"It is slow"}}';
const COMMENT = BODY.replace("7", "8");
const SHAPES = SECTIONS.flatMap((section) => section.shapes);

/** Everything that was printed, by the name of its shape. */
const printed = new Map<string, unknown[]>();
/** What differs from run to run, and what stands for it on the page. */
const known: (readonly [string, string])[] = [[process.versions.node, "20.20.0"]];
const closers: (() => unknown)[] = [];

let home: Home;
let app: Awaited<ReturnType<typeof startRecordingApp>>;

function valuesOf(stdout: string): readonly unknown[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

function keep(name: string, values: readonly unknown[]): void {
  printed.set(name, [...(printed.get(name) ?? []), ...values]);
}

/** Runs a command and keeps what it prints under the name of its shape. */
async function print(name: string, argv: readonly string[], options: CommandLineOptions = {}): Promise<CommandResult> {
  const result = await runCommand(home, argv, options);
  if (result.stdout === "") throw new Error(`devhook ${argv.join(" ")} has printed nothing: ${result.stderr}`);
  keep(name, valuesOf(result.stdout));
  return result;
}

type Event = Readonly<Record<string, unknown>>;

/** The `nth` (1) line of this type. */
function eventOf(command: RunningCommand, type: string, nth = 1): Promise<Event> {
  return until(() => {
    const whole = command.stdout().toString("utf8");
    const lines = valuesOf(whole.slice(0, whole.lastIndexOf("\n") + 1)) as readonly Event[];
    return lines.filter((line) => line["type"] === type)[nth - 1];
  }, `line ${nth} of type ${type}`);
}

function github(event: string, delivery: string, signedBody = BODY): Record<string, string> {
  return {
    "User-Agent": "GitHub-Hookshot/1a2b3c4",
    "Content-Type": "application/json",
    "X-GitHub-Event": event,
    "X-GitHub-Delivery": delivery,
    "X-Hub-Signature-256": `sha256=${createHmac("sha256", SECRET).update(signedBody).digest("hex")}`,
  };
}

/** Sends a delivery and waits until all is said about it. @returns its id */
async function deliver(
  tunnel: RunningCommand,
  path: string,
  { body, headers }: { body: string; headers: Record<string, string> },
): Promise<string> {
  const { url } = (await eventOf(tunnel, "ready")) as { readonly url: string };
  const attempts = valuesOf(tunnel.stdout().toString("utf8")).filter((line) => (line as Event)["type"] === "attempt").length;
  const answer = await send(url + path, { body, headers });
  await eventOf(tunnel, "attempt", attempts + 1);
  return answer.headers.find(([name]) => name === "devhook-id")?.[1] ?? "";
}

function keepEvents(tunnel: RunningCommand): void {
  for (const line of valuesOf(tunnel.stdout().toString("utf8"))) keep(String((line as Event)["type"]), [line]);
}

async function end(command: RunningCommand): Promise<void> {
  command.signal("SIGTERM");
  await command.ended;
}

function portOf(url: unknown): string {
  return new URL(String(url)).port;
}

beforeAll(async () => {
  home = await createHome();
  closers.push(home.remove);
  app = await startRecordingApp();
  closers.push(app.close);
  const gone = await startRecordingApp();
  await gone.close();
  known.push([home.root, "/home/ana"], [`:${app.port}`, ":8000"], [`port ${app.port}`, "port 8000"]);
  known.push([`:${gone.port}`, ":8001"], [`port ${gone.port}`, "port 8001"]);

  await doctorAndConfig();
  await secrets();
  await provide();
  await tunnels(gone.port);
});
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

async function doctorAndConfig(): Promise<void> {
  await print("doctor", ["doctor", String(app.port), "--json"], { env: { DEVHOOK_PORT: "0", DEVHOOK_SERVR: "https://relay.example" } });
  await home.write("work/project/devhook.config.json", { target: 8000, timeout: "soon" });
  await print("config check", ["config", "check", "--json"], { env: { DEVHOOK_PORT: "0", DEVHOOK_SERVR: "https://relay.example" } });
  await home.write("work/project/devhook.config.json", {});
}

async function secrets(): Promise<void> {
  await print("stored secret", ["secrets", "set", "stripe", "--json"], { stdin: STRIPE });
  await print("secrets", ["secrets", "list", "--json"], { env: { DEVHOOK_SECRET_STRIPE: "made-up" } });
  await print("signed body", ["sign", "-", "--provider", "stripe", "--at", "2026-11-21T14:02:31Z", "--json"], { stdin: BODY });
  await print("removed secret", ["secrets", "remove", "stripe", "--json"]);
  const inBody = ["sign", "-", "--provider", "upmoltwork", "--scheme", "in-body-compact", "--secret-env", "MADE_UP", "--json"];
  await print("signed body", inBody, { stdin: '{"event":"task.created"}', env: { MADE_UP: SECRET } });
}

async function provide(): Promise<void> {
  await print("provider", ["providers", "langfuse", "--json"]);
  const { stdout } = await runCommand(home, ["providers", "--json"]);
  const [all] = valuesOf(stdout);
  keep("provider", all as readonly unknown[]);
}

/** A relay with a token, a tunnel through it, and all that can be done with what came. */
async function tunnels(closedPort: number): Promise<void> {
  const data = ["--data-dir", join(home.root, "relay")];
  const relay = startCommand(home, ["relay", "--json", "--port", "0", ...data]);
  closers.push(() => end(relay));
  const { url } = await eventOf(relay, "ready");
  known.push([`:${portOf(url)}`, ":8080"]);
  const made = await print("new token", ["relay", "token", "add", "laptop of ana", "--json", ...data]);
  const { id, token } = JSON.parse(made.stdout) as { readonly id: string; readonly token: string };
  known.push([token, `dh_${"abcdefghijklmnopqrstuvwxyz234567".repeat(2).slice(0, 58)}`], [id, "k3v7qz2m"]);
  const env = { DEVHOOK_SERVER: String(url), DEVHOOK_TOKEN: token, DEVHOOK_SECRET_GITHUB: SECRET };

  const tunnel = startCommand(home, ["start", `127.0.0.1:${app.port}`, "--json", "--name", "shop"], { env });
  closers.push(() => end(tunnel));
  const sent = [
    { body: BODY, headers: github("issues", "72d3162e") },
    { body: BODY, headers: github("issues", "72d3162e") },
    { body: `${BODY}\n`, headers: github("issues", "8ac05b10") },
    { body: COMMENT, headers: github("issue_comment", "9f1e2d3c", COMMENT) },
    { body: "one\ntwo\n", headers: {} },
    { body: "one\n2\n", headers: {} },
    { body: "one\u0000", headers: {} },
  ];
  const ids: string[] = [];
  for (const each of sent) ids.push(await deliver(tunnel, each.body.startsWith("{") ? "/github" : "/other?x=1", each));
  const [first = "", again = "", broken = "", comment = "", text = "", otherText = "", binary = ""] = ids;
  await eventOf(tunnel, "verification");
  const down = startCommand(home, ["start", `127.0.0.1:${closedPort}`, "--json", "--name", "spare", "--grace", "0"], { env });
  closers.push(() => end(down));
  await eventOf(down, "warning");
  await deliver(down, "/hook", { body: BODY, headers: {} });
  await end(down);
  keepEvents(down);

  await print("tunnel names", ["relay", "name", "list", "--json", ...data]);
  await print("released name", ["relay", "name", "release", "spare", "--json", ...data]);
  await print("tunnel names", ["relay", "name", "list", "--json", ...data]);
  await end(relay);
  keep("relay ready", valuesOf(relay.stdout().toString("utf8")));
  await eventOf(tunnel, "link");
  await end(tunnel);
  keepEvents(tunnel);
  await print("new token", ["relay", "token", "rotate", id, "--json", ...data]);
  await print("tokens", ["relay", "token", "list", "--json", ...data]);
  await print("revoked token", ["relay", "token", "revoke", id, "--json", ...data]);
  await print("tokens", ["relay", "token", "list", "--json", ...data]);

  await print("event row", ["events", "--json"]);
  await print("resent delivery", ["resend", first, "--resign", "--json"], { env });
  await print("resent delivery", ["resend", first, "--to", `http://127.0.0.1:${closedPort}`, "--json"]);
  await print("event row", ["wait", "--filter", "from:github", "--count", "2", "--json"]);
  await print("delivery with attempts", ["show", first, "--attempt", "2", "--json"]);
  for (const each of ids) await print("delivery with attempts", ["show", each, "--json"]);
  for (const pair of [
    [first, comment],
    [first, again],
    [text, otherText],
    [text, binary],
  ])
    await print("difference", ["diff", ...pair, "--json"]);
  await print("verification result", ["verify", broken, "--json"], { env });
  await print("verification result", ["verify", first, "--json"], { env });
  const { stdout } = await print("exported delivery", ["export", first, "--as", "jsonl"]);
  await print("exported delivery", ["export", "--filter", "-is:marked", "--as", "jsonl", "--with-secrets"]);
  writeFileSync(join(home.cwd, "deliveries.jsonl"), stdout);
  await print("import", ["import", "deliveries.jsonl", "--json"]);
  await print("prune", ["prune", "--older-than", "0s", "--yes", "--json"]);
}

/** Of several values, the one that shows the most. */
const TELLING: Readonly<Record<string, (value: Event) => boolean>> = {
  ready: (value) => value["tunnel"] === "shop",
  delivery: (value) => value["duplicateOf"] !== null,
  attempt: (value) => value["error"] !== null,
  "tunnel names": (value) => JSON.stringify(value).includes('Z"}'),
  "verification result": (value) => value["verdict"] === "invalid",
};

function exampleOf(name: string): unknown {
  const values = printed.get(name) ?? [];
  const tells = TELLING[name];
  const found = tells === undefined ? values[0] : values.find((value) => tells(value as Event));
  if (found === undefined) throw new Error(`nothing that was printed as ${name} makes an example`);
  return found;
}

describe("the JSON that devhook prints", () => {
  it.each(SHAPES)("is as the schema of $name says, and nothing besides", ({ name, schema }) => {
    const values = printed.get(name) ?? [];
    expect(values).not.toEqual([]);
    for (const value of values) expect({ value, issues: schema.safeParse(value).error?.issues }).toEqual({ value, issues: undefined });
  });

  it("has no line without a schema", () => {
    expect([...printed.keys()].toSorted()).toEqual(SHAPES.map(({ name }) => name).toSorted());
  });

  it("is described for every command that has --json", async () => {
    const found: string[] = [];
    const look = async (words: readonly string[]): Promise<void> => {
      const { stdout } = await runCommand(home, [...words, "--help"]);
      if (/^ +--json\b/m.test(stdout)) found.push(words.join(" "));
      const below = /^Commands:\n((?: .*\n?)*)/m.exec(stdout)?.[1] ?? "";
      for (const [, name = ""] of below.matchAll(/^ {2}([a-z]+)/gm)) if (name !== "help") await look([...words, name]);
    };
    for (const { name } of commandRows) await look([name]);
    const described = SECTIONS.flatMap(({ commands }) => commands).filter((command) => !command.startsWith("export"));
    expect(described.toSorted()).toEqual(found.toSorted());
  });
});

describe("docs/json.md", () => {
  it("is made of the schemas and of what was printed (to write it anew: vitest with -u)", async () => {
    const steady = createSteady();
    const page = jsonPage(new Map(SHAPES.map(({ name }) => [name, steady.of(exampleOf(name), known)])));
    await expect(page).toMatchFileSnapshot(PAGE);
  });

  const parts = PARTS.map((schema) => ({ name: String(schema.meta()?.title), schema }));
  it.each([...SHAPES, ...parts])("says of $name what every member is, and when it is null or left out", ({ schema }) => {
    const rows = fieldRows(schema instanceof z.ZodArray ? (schema.element as z.ZodType) : schema);
    const silent = rows.filter(({ about, isOptional, isNullable }) => {
      return about === "" || (isOptional && !about.includes("Left out")) || (isNullable && !/\bnull\b/.test(about));
    });
    expect(silent).toEqual([]);
  });
});
