import { createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FoundFacts } from "../../../client/ledger/records.ts";
import { type RecordingApp, startRecordingApp } from "../../rig/recording-app.ts";
import { until } from "../../rig/until.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { type CommandResult, runCommand, startCommand } from "./command-line.ts";
import { record } from "./history.ts";

const ENV = { DEVHOOK_SECRET_MOLTIFY: "made-up" };
const CALLBACK = "https://moltify.ai/api/agent/tasks/task_1/callback";
const MOLTIFY = ["x-moltify-timestamp", "1", "x-moltify-signature", "old"];

let home: Home;
let app: RecordingApp;
beforeEach(async () => {
  home = await createHome();
  // edits that are kept go with it
  vi.stubEnv("TMPDIR", home.root);
  app = await startRecordingApp();
});
afterEach(() => home.remove());
afterEach(() => app.close());
afterEach(() => vi.unstubAllEnvs());

type Given = {
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly provider?: string;
  readonly verdict?: string;
  readonly scheme?: string | null;
};

async function recordOne({ headers = [], body = "one", provider, verdict = "valid", scheme = null }: Given = {}): Promise<string> {
  const bytes = Buffer.from(body);
  const lines = [
    "Host",
    "relay.example",
    "Content-Length",
    String(bytes.length),
    "X-Twice",
    "a",
    "Content-Type",
    "text/plain",
    "x-twice",
    "b",
  ];
  const request = sampleRequest({ target: "/hooks?x=1", headers: [...lines, ...headers] });
  const end = sampleEnd({ target: `http://127.0.0.1:${app.port}/hooks?x=1` });
  const facts: FoundFacts | undefined =
    provider === undefined
      ? undefined
      : { provider, event: null, eventId: null, verdict, duplicateOf: null, verification: JSON.stringify({ provider, scheme }) };
  await record(home, [{ request, body: bytes, end, ...(facts !== undefined && { facts }) }]);
  return request.id;
}

function resend(argv: readonly string[], options: Parameters<typeof runCommand>[2] = {}): Promise<CommandResult> {
  return runCommand(home, ["resend", ...argv], { ...options, env: { ...ENV, ...options.env } });
}

/** What the app got last, devhook's own lines left out. */
async function seen(id: string, attempt = 1) {
  const { method, target, headers, body } = await app.request(id, attempt);
  const lines = headers.filter(([name]) => !/^(?:x-forwarded|devhook)-/i.test(name)).map(([name, value]) => `${name}: ${value}`);
  return { method, target, lines, body: body?.toString("latin1") };
}

type Sent = {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly string[])[];
  readonly bodyBase64: string;
};

/** What is recorded of the last attempt. */
async function recorded(id: string): Promise<{ readonly kind: string; readonly request?: Sent }> {
  const { stdout } = await runCommand(home, ["show", id, "--json"]);
  const { attempts } = JSON.parse(stdout) as { readonly attempts: readonly { readonly kind: string; readonly request?: Sent }[] };
  return attempts.at(-1) ?? { kind: "" };
}

describe("devhook resend -H and --body: what they refuse", () => {
  it.each([
    ["-H", "no colon"],
    ["-H", "Bad Name: x"],
    ["-H", "X-Bad: a\u0001b"],
    ["-H", "Content-Length: 3"],
    ["-H", "Host: other"],
    ["--body", "text"],
    ["--body", "@"],
    ["--body", "@missing.json"],
  ])("%s %j, and nothing is sent", async (flag, value) => {
    const id = await recordOne();
    const { code, stdout, stderr } = await resend([id, flag, value]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^✗ .*/);
    expect(app.requests).toHaveLength(0);
  });
});

describe("devhook resend -H and --body", () => {
  it("set headers in the place of those of the same name, others last, and record what was sent", async () => {
    const id = await recordOne();
    const { code, stdout, stderr } = await resend([id, "-H", "X-TWICE: 1", "--header", "X-New: caf\u00e9", "-H", "x-twice:2", "--json"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ id, attempt: 2, edited: true });
    const headers = [
      "Host: relay.example",
      "Content-Length: 3",
      "X-Twice: 1",
      "X-Twice: 2",
      "Content-Type: text/plain",
      "X-New: caf\u00e9",
    ];
    expect(await seen(id)).toEqual({ method: "POST", target: "/hooks?x=1", lines: headers, body: "one" });
    const { kind, request } = await recorded(id);
    expect([kind, request?.headers.map((pair) => pair.join(": "))]).toEqual(["resend", headers]);
    expect((await runCommand(home, ["events", "--filter", "is:edited", "--json"])).stdout).toContain(id);
  });

  it("win over headers of the configuration, also where devhook would write its own", async () => {
    await home.write("work/project/devhook.config.json", { headers: { "X-Twice": "configured", "X-Other": "configured" } });
    const id = await recordOne();
    expect((await resend([id, "-H", "X-Twice: mine", "-H", "X-Forwarded-Proto: gopher"])).code).toBe(0);
    const { headers } = await app.request(id);
    const of = (name: string) => headers.filter((pair) => pair[0].toLowerCase() === name).map((pair) => pair[1]);
    expect([of("x-twice"), of("x-other"), of("x-forwarded-proto")]).toEqual([["mine"], ["configured"], ["gopher"]]);
  });

  it("put other bytes in the place of the body, with their length, from a file or stdin", async () => {
    const id = await recordOne();
    await home.write("work/project/body.json", "four bytes and more");
    expect((await resend([id, "--body", "@body.json"])).code).toBe(0);
    expect(await seen(id)).toMatchObject({ body: "four bytes and more", lines: expect.arrayContaining(["Content-Length: 19"]) as unknown });
    expect((await resend([id, "--body", "-"], { stdin: "" })).code).toBe(0);
    expect(await seen(id, 2)).toMatchObject({ body: "", lines: expect.arrayContaining(["Content-Length: 0"]) as unknown });
    expect(Buffer.from((await recorded(id)).request?.bodyBase64 ?? "-", "base64")).toHaveLength(0);
  });

  it("keep a chunked body chunked", async () => {
    const request = sampleRequest({ headers: ["Host", "x", "Transfer-Encoding", "chunked"] });
    await record(home, [{ request, body: Buffer.from("one") }]);
    expect((await resend(["latest", "--to", String(app.port), "--body", "-"], { stdin: "other" })).code).toBe(0);
    const { chunks, body } = await app.request(request.id);
    expect([chunks, body?.toString()]).toEqual([[5], "other"]);
  });

  it("record nothing special when they change nothing", async () => {
    const id = await recordOne();
    const { stdout } = await resend(
      [id, "--body", "-", "-H", "X-Twice: a", "-H", "X-Twice: b", "-H", "Content-Type: text/plain", "--json"],
      {
        stdin: "one",
      },
    );
    // two lines of one name stand together now
    expect(JSON.parse(stdout)).toMatchObject({ edited: true });
    const same = await resend([id, "--body", "-", "-H", "content-type: text/plain", "--json"], { stdin: "one" });
    expect(JSON.parse(same.stdout)).not.toHaveProperty("edited");
    expect((await recorded(id)).request).toBeUndefined();
  });

  it("say that the old signature does not hold for another body, unless it is made anew", async () => {
    const id = await recordOne({ provider: "moltify", headers: MOLTIFY });
    const old = await resend([id, "--body", "-"], { stdin: "other" });
    expect([old.code, old.stderr]).toEqual([0, expect.stringContaining(`${id}: the old signature does not hold`)]);
    expect(old.stderr).toContain("--resign");
    expect((await seen(id)).lines).toContain("x-moltify-signature: old");

    const anew = await resend([id, "--body", "-", "--resign"], { stdin: "other" });
    expect([anew.code, anew.stderr]).toEqual([0, ""]);
    expect(anew.stdout).toContain("(edited, signed anew) same");
    const { lines, body } = await seen(id, 2);
    const at = lines.find((line) => line.startsWith("x-moltify-timestamp"))?.split(": ")[1] ?? "";
    expect([body, lines.find((line) => line.startsWith("x-moltify-signature"))]).toEqual([
      "other",
      `x-moltify-signature: ${createHmac("sha256", "made-up").update(`${at}.other`).digest("hex")}`,
    ]);
    expect((await resend([id, "-H", "X-New: 1"])).stderr).toBe("");
  });

  it("goes to the same app the next time, whatever the target was made", async () => {
    const id = await recordOne();
    const edited = await resend([id, "--edit"], { env: await editor(`text.replace("/hooks?x=1", "/other")`) });
    expect(edited.code).toBe(0);
    expect((await resend([id])).code).toBe(0);
    expect([(await seen(id)).target, (await seen(id, 2)).target]).toEqual(["/other", "/hooks?x=1"]);
  });
});

/** An EDITOR that leaves a copy of what it was given in edit.txt, and puts the value of an expression over `text` (latin1) in its place. */
async function editor(expression: string): Promise<{ readonly EDITOR: string }> {
  const script = await home.write(
    "my editor.mjs",
    `import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
     const path = process.argv.at(-1);
     copyFileSync(path, ${JSON.stringify(`${home.root}/edit.txt`)});
     writeFileSync(${JSON.stringify(`${home.root}/path.txt`)}, path);
     const text = readFileSync(path, "latin1");
     const result = ${expression};
     if (result !== undefined) writeFileSync(path, result, "latin1");`,
  );
  return { EDITOR: `"${process.execPath}" '${script}' --wait` };
}

function given(): string {
  return readFileSync(`${home.root}/edit.txt`, "utf8");
}

function editedPath(): string {
  return readFileSync(`${home.root}/path.txt`, "utf8");
}

describe("devhook resend --edit: what it refuses", () => {
  it("more than one delivery, none, and stdin for the body", async () => {
    const ids = [await recordOne(), await recordOne()];
    const env = await editor("text");
    for (const argv of [ids, ["--filter", "path:/hooks"]]) {
      const { code, stderr } = await resend([...argv, "--edit"], { env });
      expect([code, stderr]).toEqual([2, expect.stringContaining("--edit is for one delivery, and these are 2")]);
    }
    expect((await resend([...ids.slice(1), "--edit", "--body", "-"], { env })).code).toBe(2);
    expect(app.requests).toHaveLength(0);
  });

  it("to start without an editor", async () => {
    await recordOne();
    const { code, stderr } = await resend(["latest", "--edit"], { env: { EDITOR: " " } });
    expect([code, stderr]).toEqual([2, expect.stringContaining("EDITOR=nano")]);
  });

  it.each([
    { what: "another header line", change: `text.replace("X-Twice: a", "X-Twice")`, line: 7 },
    { what: "a name that HTTP does not allow", change: `text.replace("X-Twice", "X Twice")`, line: 7 },
    { what: "no request line", change: `text.replace(/POST.*\\n/, "")`, line: 4 },
    { what: "another Base64", change: `text.replace("POST", "@body base64\\nPOST").replace("one\\n", "o*e\\n")`, line: 12 },
  ])("to send $what: it names the line and keeps the file", async ({ change, line }) => {
    await recordOne();
    const { code, stdout, stderr } = await resend(["latest", "--edit"], { env: await editor(change) });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`line ${line} is not right`);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
    expect(stderr).toContain(`your edit is kept: ${editedPath()}`);
    expect(existsSync(editedPath())).toBe(true);
    expect(app.requests).toHaveLength(0);
  });

  it("to send what cannot be signed, and keeps the file", async () => {
    const id = await recordOne({
      provider: "upmoltwork",
      scheme: "in-body-compact",
      body: '{"event":"task.created","signature":"sha256=old"}',
    });
    const env = { ...(await editor(`text.replace('{"event"', '"event"')`)), DEVHOOK_SECRET_UPMOLTWORK: "made-up" };
    const { code, stderr } = await resend([id, "--edit", "--resign"], { env });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`your edit is kept: ${editedPath()}`)]);
    expect(app.requests).toHaveLength(0);
  });

  it("to send anything when the editor fails or the file is emptied", async () => {
    await recordOne();
    const failed = await resend(["latest", "--edit"], { env: await editor("process.exit(3)") });
    expect([failed.code, failed.stderr]).toEqual([2, expect.stringContaining("it ended with 3")]);
    expect(existsSync(dirname(editedPath()))).toBe(false);
    const gone = await resend(["latest", "--edit"], { env: await editor("void rmSync(path)") });
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining("no file")]);
    const emptied = await resend(["latest", "--edit"], { env: await editor(`"\\n"`) });
    expect([emptied.code, emptied.stderr]).toEqual([130, expect.stringContaining("nothing has been sent")]);
    expect(existsSync(dirname(editedPath()))).toBe(false);
    const missing = await resend(["latest", "--edit"], { env: { EDITOR: "/no/such/editor" } });
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("/no/such/editor")]);
    expect(app.requests).toHaveLength(0);
  });
});

describe("devhook resend --edit", () => {
  it("sends and records what was made of the request, with the length of the new body, and takes the file away", async () => {
    const id = await recordOne({ body: "one\ntwo" });
    const env = await editor(
      `text.replace("POST /hooks?x=1", "PUT /other").replace("X-Twice: a\\n", "X-Mine: 1\\n").replace("one\\ntwo", "three\\ntwo")`,
    );
    const { code, stdout, stderr } = await resend([id, "--edit", "--json"], { env });
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ target: `http://127.0.0.1:${app.port}/other`, edited: true });
    expect(given()).toMatch(/^(?:# .*\n)+POST \/hooks\?x=1 HTTP\/1\.1\nHost: relay\.example\n[^]*\nx-twice: b\n\none\ntwo\n$/);
    expect(await seen(id)).toEqual({
      method: "PUT",
      target: "/other",
      lines: ["Host: relay.example", "Content-Length: 9", "X-Mine: 1", "Content-Type: text/plain", "x-twice: b"],
      body: "three\ntwo",
    });
    expect((await recorded(id)).request).toMatchObject({ method: "PUT", target: "/other" });
    expect(existsSync(dirname(editedPath()))).toBe(false);
  });

  it("sends unchanged what was not changed, and says so", async () => {
    const id = await recordOne({ body: Buffer.from([0, 255, 10, 13]) });
    const { code, stdout, stderr } = await resend([id, "--edit"], { env: await editor("text") });
    expect([code, stderr]).toEqual([0, "! nothing was changed in the editor\n"]);
    expect(stdout).not.toContain("edited");
    expect(given()).toContain("@body base64\n");
    expect((await seen(id)).body).toBe("\u0000\u00ff\n\r");
    expect((await recorded(id)).request).toBeUndefined();
  });

  it("shows what -H, --body and --callback-url have made of it already, and signs what comes out", async () => {
    const id = await recordOne({ provider: "moltify", headers: MOLTIFY });
    await home.write("work/project/body.json", `{"data":{"callbackUrl":"${CALLBACK}"}}`);
    const argv = [id, "--edit", "--body", "@body.json", "-H", "X-New: 1", "--callback-url", "http://localhost:9/cb"];
    const { code, stdout } = await resend(argv, { env: await editor(`text.replace("/cb", "/other")`) });
    expect([code, stdout]).toEqual([0, expect.stringContaining("(edited, signed anew)")]);
    expect(given()).toContain('X-New: 1\n\n{"data":{"callbackUrl":"http://localhost:9/cb"}}\n');
    const { lines, body = "" } = await seen(id);
    expect(body).toBe('{"data":{"callbackUrl":"http://localhost:9/other"}}');
    const at = lines.find((line) => line.startsWith("x-moltify-timestamp"))?.split(": ")[1] ?? "";
    expect(lines).toContain(`x-moltify-signature: ${createHmac("sha256", "made-up").update(`${at}.${body}`).digest("hex")}`);
  });

  it("keeps the request from other users while it is open, and ends with the editor when devhook is told to", async () => {
    await recordOne();
    const env = await editor(`(setInterval(() => {}, 1000), undefined)`);
    const command = startCommand(home, ["resend", "latest", "--edit"], { env });
    await until(() => existsSync(`${home.root}/path.txt`) && editedPath() !== "", "the editor");
    const path = editedPath();
    expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readdirSync(dirname(path))).toHaveLength(1);
    command.signal("SIGTERM");
    expect(await command.ended).toBe(130);
    expect(existsSync(path)).toBe(false);
    expect(app.requests).toHaveLength(0);
  });
});

describe("ctrl-c while the editor is open", () => {
  it("is the editor's alone", async () => {
    const id = await recordOne();
    const go = `${home.root}/go`;
    const env = await editor(`(setInterval(() => existsSync(${JSON.stringify(go)}) && process.exit(), 5), text)`);
    const command = startCommand(home, ["resend", id, "--edit"], { env });
    await until(() => existsSync(`${home.root}/path.txt`), "the editor");
    command.signal("SIGINT");
    await home.write("go", "");
    expect(await command.ended).toBe(0);
    expect((await seen(id)).body).toBe("one");
  });
});

describe("devhook resend --callback-url", () => {
  const BODY = `{ "event":"task.submitted", "data":{"price": 1.50,\r\n "callbackUrl" : "${CALLBACK.replaceAll("/", "\\/")}","n":12345678901234567890}}`;

  it("refuses what is no URL, a provider that nobody knows, and deliveries that name no URL to call", async () => {
    const known = await recordOne({ provider: "moltify", headers: MOLTIFY, body: BODY });
    for (const wrong of ["localhost", "ftp://x", "http://a b"]) expect((await resend([known, "--callback-url", wrong])).code).toBe(2);
    const none = await recordOne({ provider: "github", body: BODY });
    const { code, stderr } = await resend([none, "--callback-url", "http://localhost:9"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("moltify")]);
    const without = await recordOne({ provider: "moltify", headers: MOLTIFY, body: '{"data":{"callbackUrl":null}}' });
    expect((await resend([without, "--callback-url", "http://localhost:9"])).code).toBe(2);
    expect(app.requests).toHaveLength(0);
  });

  it("wants the secret, as --resign does", async () => {
    const id = await recordOne({ provider: "moltify", headers: MOLTIFY, body: BODY });
    const { code, stderr } = await runCommand(home, ["resend", id, "--callback-url", "http://localhost:9"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("devhook secrets set moltify")]);
    expect(app.requests).toHaveLength(0);
  });

  it("writes the URL over the old one, leaves every other byte alone, and signs anew", async () => {
    const id = await recordOne({ provider: "moltify", headers: MOLTIFY, body: BODY });
    const url = "http://localhost:9/cb?a=1";
    const { code, stdout, stderr } = await resend([id, "--callback-url", url, "--json"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ edited: true, resigned: true });
    const { lines, body = "" } = await seen(id);
    expect(body).toBe(BODY.replace(CALLBACK.replaceAll("/", "\\/"), url));
    const at = lines.find((line) => line.startsWith("x-moltify-timestamp"))?.split(": ")[1] ?? "";
    expect(lines).toContain(`x-moltify-signature: ${createHmac("sha256", "made-up").update(`${at}.${body}`).digest("hex")}`);
    expect(lines).toContain(`Content-Length: ${body.length}`);
  });

  it("is not warned of, wherever it leads", async () => {
    const id = await recordOne({ provider: "moltify", headers: MOLTIFY, body: BODY });
    const { code, stderr } = await resend([id, "--callback-url", "https://mine.example.net/cb"]);
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("leaves those of several alone that name none", async () => {
    const other = await recordOne({ provider: "github", headers: ["X-Hub-Signature-256", "sha256=old"] });
    const id = await recordOne({ provider: "moltify", headers: MOLTIFY, body: BODY });
    const { code, stdout } = await resend([id, other, "--callback-url", "http://localhost:9", "--json"]);
    expect(code).toBe(0);
    const [first, second] = stdout.split("\n").slice(0, 2);
    expect(JSON.parse(first ?? "")).toMatchObject({ id, resigned: true });
    expect(JSON.parse(second ?? "")).not.toHaveProperty("edited");
    expect((await seen(other)).lines).toContain("X-Hub-Signature-256: sha256=old");
  });

  it("takes --provider where nobody was recognised, and warns before a forgery looks genuine", async () => {
    const id = await recordOne({ headers: MOLTIFY, body: BODY });
    const { code, stderr } = await resend([id, "--provider", "moltify", "--callback-url", "http://localhost:9"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("Do not launder a forgery")]);
  });
});

describe("a callback URL that is sent as it came", () => {
  const withUrl = (url: string) => `{"data":{"callbackUrl":${JSON.stringify(url)}}}`;

  it("is warned of before the app calls the real platform", async () => {
    const id = await recordOne({ provider: "moltify", headers: MOLTIFY, body: withUrl(CALLBACK) });
    const { code, stderr } = await resend([id, "--json"]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^! \S+: your app may call the real platform \(moltify\.ai\).*--callback-url URL.*\n$/),
    ]);
    const again = await resend([id, "--filter", ""]);
    expect(again.code).toBe(2);
  });

  it("is warned of once for many", async () => {
    const ids: string[] = [];
    for (const host of ["a", "b", "c", "d"])
      ids.push(await recordOne({ provider: "moltify", body: withUrl(`https://${host}.moltify.ai/x`), verdict: "unsigned" }));
    const { stderr } = await resend([...ids, "--json"]);
    expect(stderr).toMatch(/^! 4 deliveries: .*\(a\.moltify\.ai, b\.moltify\.ai, c\.moltify\.ai\)[^\n]*\n$/);
  });

  it.each(["http://localhost:9/cb", "http://127.0.0.1/cb", "http://[::1]:9/cb", "http://10.1.2.3/cb", "http://app:8000/cb", "no url"])(
    "is nothing to warn of when it is %s",
    async (url) => {
      const id = await recordOne({ provider: "moltify", headers: MOLTIFY, body: withUrl(url) });
      expect((await resend([id])).stderr).toBe("");
    },
  );
});
