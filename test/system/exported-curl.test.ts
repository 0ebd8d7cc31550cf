import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HeaderList } from "../../shared/http/headers.ts";
import { runCommand as runDevhook } from "../client/commands/command-line.ts";
import { record, type Recorded } from "../client/commands/history.ts";
import { sampleEnd, sampleRequest } from "../client/ledger/samples.ts";
import { createHome, type Home } from "../client/settings/home.ts";
import { sha256 } from "../rig/ledger-file.ts";
import { makeHome, runCommand } from "../rig/programs.ts";
import { type RecordingApp, startRecordingApp } from "../rig/recording-app.ts";

/** The last one expands `!` as it does for somebody who pastes. */
const SHELLS = [["sh"], ["dash"], ["bash"], ["bash", "--posix"], ["bash", "--norc", "-i"]] as const;
const RUNS = 60;

let home: Home;
let app: RecordingApp;
beforeEach(async () => {
  home = await createHome();
  app = await startRecordingApp();
});
afterEach(async () => {
  await app.close();
  home.remove();
});

const token = fc.string({ unit: fc.constantFrom(..."abXY09!#$%&'*+-.^_`|~".split("")), minLength: 1, maxLength: 10 });
const visible = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(..."'\"\\$`!;&|<>(){}[]*?#~%=@ \t-n".split("")) },
  { weight: 3, arbitrary: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) },
  { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)) },
);
const value = fc.array(visible, { maxLength: 30 }).map((all) => all.join("").replace(/^[\t ]+|[\t ]+$/g, ""));
const target = fc.oneof(
  fc.array(visible, { maxLength: 30 }).map((all) => `/${all.join("").replace(/[\t ]/g, "")}`),
  fc.constantFrom("*", "/../a/./b//c%2F?x=[1-3]{a,b}", "http://other.example/a", "/a#b", "//", "/?", "/-n"),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc.array(visible, { maxLength: 60 }).map((all) => Buffer.from(all.join(""), "latin1")),
  fc
    .constantFrom("", "@/etc/passwd", "it's", "it's!", "!!", "a\nb\n", "\n", "-n", "%s", "$HOME", "\0", "\r\n")
    .map((text) => Buffer.from(text)),
);

type Sample = {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly prefix: string;
};

const sample = fc
  .record({
    method: fc.oneof(fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"), token),
    target,
    lines: fc.array(fc.tuple(token, value), { maxLength: 5 }),
    framing: fc.constantFrom("length", "chunked", "none"),
    at: fc.nat(5),
    body,
    prefix: fc.constantFrom("", "/app"),
  })
  .map(({ method, lines, framing, at, prefix, ...rest }): Sample => {
    const own = lines.flatMap(([name, text], index) => (index === 0 ? [name, text, name.toUpperCase(), `${text}2`] : [name, text]));
    const length: HeaderList = ["content-LENGTH", String(rest.body.length)];
    const extra = framing === "length" ? length : framing === "chunked" ? ["Transfer-Encoding", "chunked"] : [];
    const headers = ["Host", "relay.example", ...own.slice(0, at * 2), ...extra, ...own.slice(at * 2)];
    return { ...rest, method, headers, prefix: rest.target.startsWith("/") ? prefix : "" };
  });

/** Records these, exports them as curl, and has a shell do what that says, as if it were typed or as a script. */
async function replay(
  samples: readonly Sample[],
  shell: readonly string[],
  how: "typed" | "script" = "typed",
): Promise<RecordingApp["requests"]> {
  const recorded = samples.map(({ method, target: own, headers, body: bytes, prefix }): Recorded => {
    const end = sampleEnd({ target: `http://127.0.0.1:${app.port}${prefix}${own}` });
    return { request: sampleRequest({ method, target: own, headers }), body: bytes, end };
  });
  await record(home, recorded);
  const ids = recorded.map(({ request }) => request.id);
  const script = await runDevhook(home, ["export", ...ids, "--as", "curl", "--with-secrets"]);
  expect([script.code, script.stderr]).toEqual([0, ""]);
  expect(script.stdout).toMatch(/^[\n\x20-\x7e]*$/);
  const user = makeHome();
  const before = app.requests.length;
  try {
    const [program = "", ...flags] = shell;
    const file = join(user.folder, "script");
    writeFileSync(file, script.stdout);
    const given = how === "typed" ? { home: user, stdin: script.stdout } : { home: user };
    const { stderr } = await runCommand(program, how === "typed" ? flags : [...flags, file], given);
    expect(stderr).not.toContain("curl: (");
  } finally {
    user.remove();
  }
  return app.requests.slice(before);
}

/** What should have arrived: the lines as they were, and a length where the sender gave none. */
function expected({ method, target: own, headers, body: bytes, prefix }: Sample): object {
  return { method, target: prefix + own, version: "HTTP/1.1", lines: headers, body: bytes.toString("latin1") };
}

function arrived(request: RecordingApp["requests"][number] | undefined, { headers }: Sample): object {
  const hasLength = headers.includes("content-LENGTH");
  const lines = request?.headers.filter(([name]) => hasLength || name.toLowerCase() !== "content-length").flat();
  return { method: request?.method, target: request?.target, version: request?.version, lines, body: request?.body?.toString("latin1") };
}

describe.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))("an exported curl command in %s", (_name, shell) => {
  it("sends what was recorded, whatever it is", async () => {
    const samples = fc.sample(sample, RUNS);
    const requests = await replay(samples, shell);
    expect(requests).toHaveLength(samples.length);
    for (const [index, one] of samples.entries()) expect(arrived(requests[index], one)).toEqual(expected(one));
  });
});

it.each(["sh", "dash", "bash"])("a large body, with every byte, comes out of an exported curl command in %s", async (shell) => {
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const bodies = [Buffer.concat([everyByte, everyByte]), randomBytes(1_048_577), Buffer.alloc(5_000, "it's\n")];
  const requests = await replay(
    bodies.map((bytes) => ({ method: "POST", target: "/large", headers: ["Host", "relay.example"], body: bytes, prefix: "" })),
    [shell],
    // a shell reads what is typed one byte at a time
    "script",
  );
  expect(requests.map((request) => request.sha256)).toEqual(bodies.map(sha256));
  expect(requests.map(({ headers }) => headers.map(([name]) => name))).toEqual(bodies.map(() => ["Host", "Content-Length"]));
});

it("an exported HEAD does not wait for the body that its answer announces", async () => {
  app.on("/head", (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  const one = { method: "HEAD", target: "/head", headers: ["Host", "relay.example"], body: Buffer.alloc(0), prefix: "" };
  const [request] = await replay([one, { ...one, target: "/next" }], ["sh"]);
  expect(request?.method).toBe("HEAD");
  expect(app.requests.map(({ target: seen }) => seen)).toEqual(["/head", "/next"]);
});
