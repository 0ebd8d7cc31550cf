import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import { type RecordingApp, startRecordingApp } from "../../rig/recording-app.ts";
import { until } from "../../rig/until.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand, startCommand } from "./command-line.ts";
import { databaseOf, record } from "./history.ts";

let home: Home;
let app: RecordingApp;
beforeEach(async () => {
  home = await createHome();
  app = await startRecordingApp();
});
afterEach(() => home.remove());
afterEach(() => app.close());

type Row = Readonly<Record<string, unknown>>;

function target(path = "/hooks?x=1"): string {
  return `http://127.0.0.1:${app.port}${path}`;
}

async function recordOne(change: Parameters<typeof sampleRequest>[0] = {}, body: Buffer = Buffer.from([0, 1, 255])) {
  const headers = [
    "Host",
    "relay.example",
    "Content-Length",
    String(body.length),
    "X-Twice",
    "a",
    "x-twice",
    "b",
    "Authorization",
    "Bearer made-up",
  ];
  const request = sampleRequest({ target: "/hooks?x=1", headers, ...change });
  await record(home, [{ request, body, end: sampleEnd({ target: target(request.target) }) }]);
  return request;
}

async function attemptsOf(id: string): Promise<readonly Row[]> {
  const shown = await runCommand(home, ["show", id, "--json"]);
  return (JSON.parse(shown.stdout) as { attempts: readonly Row[] }).attempts;
}

describe("devhook resend", () => {
  it("sends bytes, target and headers unchanged to the app of the last attempt, and records the attempt", async () => {
    const request = await recordOne();
    const { code, stdout } = await runCommand(home, ["resend", "latest"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`${request.id.slice(0, 18)} 200 \\d+ms POST /hooks\\?x=1 → http://127.0.0.1:${app.port} same\n$`));
    const seen = await app.request(request.id);
    expect([seen.method, seen.target, seen.body]).toEqual(["POST", "/hooks?x=1", Buffer.from([0, 1, 255])]);
    const lines = seen.headers.map(([name, value]) => `${name}: ${value}`);
    for (const line of ["Host: relay.example", "X-Twice: a", "x-twice: b", "Authorization: Bearer made-up", "devhook-attempt: 2"]) {
      expect(lines).toContain(line);
    }
    const attempts = await attemptsOf(request.id);
    expect(attempts.map(({ n, kind, status, target: called }) => [n, kind, status, called])).toEqual([
      [1, "live", 200, target()],
      [2, "resend", 200, target()],
    ]);
    expect(attempts[1]).toMatchObject({ bodyBase64: Buffer.from("ok").toString("base64"), error: null });
  });

  it("goes to another app with --to, whose path is put in front, and back to that one the next time", async () => {
    const request = await recordOne();
    const other = await startRecordingApp();
    try {
      expect((await runCommand(home, ["resend", request.id, "--to", `http://127.0.0.1:${other.port}/v2/`])).code).toBe(0);
      expect((await other.request(request.id)).target).toBe("/v2/hooks?x=1");
      expect((await runCommand(home, ["replay", request.id])).code).toBe(0);
      expect((await other.request(request.id, 2)).target).toBe("/v2/hooks?x=1");
      expect(app.requests).toHaveLength(0);
    } finally {
      await other.close();
    }
  });

  it("prints one JSON object a line with --json, in the order of the ids", async () => {
    const first = await recordOne({ target: "/1" });
    const second = await recordOne({ target: "/2" });
    const { code, stdout, stderr } = await runCommand(home, ["resend", second.id, "latest~1", "latest", "--json"]);
    expect([code, stderr]).toEqual([0, ""]);
    const rows = stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Row);
    expect(rows.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(rows[0]).toEqual({
      id: second.id,
      attempt: 2,
      target: target("/2"),
      status: 200,
      ms: expect.any(Number) as number,
      error: null,
      change: "same",
    });
  });

  it("ends with 1 when an answer is not 2xx", async () => {
    await recordOne();
    app.on("/hooks", (socket) => socket.write("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"));
    expect((await runCommand(home, ["resend", "latest"])).code).toBe(1);
    app.on("/hooks", (socket) => socket.write("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"));
    expect((await runCommand(home, ["resend", "latest"])).code).toBe(1);
    expect(app.requests.map((request) => request.target)).toEqual(["/hooks?x=1", "/hooks?x=1"]);
  });

  it("ends with 3 when nothing listens there, says so and records that", async () => {
    const request = await recordOne();
    await app.close();
    const { code, stdout } = await runCommand(home, ["resend", "latest"]);
    expect(code).toBe(3);
    expect(stdout).toContain(" ERR ");
    expect(stdout).toContain("app-refused");
    expect((await attemptsOf(request.id))[1]).toMatchObject({ kind: "resend", status: null, error: { code: "app-refused" } });
  });

  it.each([
    { when: "before its answer", answer: "", status: null },
    // more than sockets hold: once it has all been taken, devhook has read some of it
    {
      when: "in the middle of its answer",
      answer: `HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n${"x".repeat(32_000_000)}`,
      status: 200,
    },
  ])("records the attempt that a signal ends $when, prints it, sends nothing more and ends with 130", async ({ answer, status }) => {
    const untouched = await recordOne({ target: "/other" });
    const request = await recordOne();
    let taken = false;
    app.on("/hooks", (socket) => socket.write(answer, () => (taken = true)));
    const command = startCommand(home, ["resend", request.id, untouched.id, "--concurrency", "1"]);
    await until(() => taken, "the app's answer to be taken");
    command.signal("SIGINT");
    expect(await command.ended).toBe(130);
    expect(command.stdout().toString("utf8")).toMatch(/^[^\n]* (ERR|200) [^\n]*stopped: [^\n]*\n$/);
    const attempts = await attemptsOf(request.id);
    expect(attempts).toHaveLength(2);
    expect(attempts[1]).toMatchObject({ n: 2, kind: "resend", target: target(), status, error: { code: "stopped" } });
    expect(await attemptsOf(untouched.id)).toHaveLength(1);
    expect(app.requests).toHaveLength(1);
  });

  it("sends nothing at all when one of the ids is wrong", async () => {
    await recordOne();
    expect((await runCommand(home, ["resend", "latest", "latest~5"])).code).toBe(1);
    expect(app.requests).toHaveLength(0);
  });

  it("refuses a body that is not whole, and a WebSocket", async () => {
    const recorder = await createRecorder({
      path: databaseOf(home),
      limits: { bodyBytes: 4 },
      onNotice: () => undefined,
      onHealth: () => undefined,
    });
    const large = sampleRequest();
    recorder.received(large, Buffer.from("123456"));
    const upgrade = sampleRequest({ upgrade: true });
    recorder.received(upgrade, Buffer.alloc(0));
    await recorder.close();
    const truncated = await runCommand(home, ["resend", large.id, "--to", String(app.port)]);
    expect([truncated.code, truncated.stderr]).toEqual([1, expect.stringContaining("not whole")]);
    expect((await runCommand(home, ["resend", upgrade.id, "--to", String(app.port)])).code).toBe(2);
    expect(app.requests).toHaveLength(0);
  });

  it("wants --to for a delivery that was never sent to an app", async () => {
    const request = sampleRequest();
    await record(home, [{ request }]);
    const { code, stderr } = await runCommand(home, ["resend", request.id]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--to")]);
    expect((await runCommand(home, ["resend", request.id, "--to", String(app.port)])).code).toBe(0);
  });

  it("asks before more than 20, and wants --yes where nobody can be asked", async () => {
    const requests = Array.from({ length: 21 }, () => sampleRequest());
    await record(
      home,
      requests.map((request) => ({ request, end: sampleEnd({ target: target(request.target) }) })),
    );
    const ids = requests.map(({ id }) => id);
    expect((await runCommand(home, ["resend", ...ids])).code).toBe(2);
    const tty = { stdin: true, stderr: true };
    expect((await runCommand(home, ["resend", ...ids], { tty, stdin: Readable.from([Buffer.from("n\n")]) })).code).toBe(130);
    expect(app.requests).toHaveLength(0);
    expect((await runCommand(home, ["resend", ...ids], { tty, stdin: Readable.from([Buffer.from("y\n")]) })).code).toBe(0);
    expect(app.requests).toHaveLength(21);
    expect((await runCommand(home, ["resend", ...ids, "--yes"])).code).toBe(0);
    expect((await runCommand(home, ["resend", ...ids.slice(1)])).code).toBe(0);
    expect(app.requests).toHaveLength(62);
  });

  it("wants ids or a filter, not both and not neither", async () => {
    await recordOne();
    for (const argv of [
      ["resend"],
      ["resend", "latest", "--filter", "is:failed"],
      ["resend", "--filter", "status:no"],
      ["resend", "--filter", ""],
    ]) {
      const { code, stdout } = await runCommand(home, argv);
      expect([argv, code, stdout]).toEqual([argv, 2, ""]);
    }
    expect(app.requests).toHaveLength(0);
  });

  it("sends all that a filter finds, the oldest first, and asks above 20 of them", async () => {
    for (const path of ["/a", "/b", "/a?2"]) await recordOne({ target: path });
    const { code, stdout } = await runCommand(home, ["resend", "--filter", "path:/a", "--json"]);
    expect(code).toBe(0);
    expect(
      stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as Row)["target"]),
    ).toEqual([target("/a"), target("/a?2")]);
    expect(app.requests).toHaveLength(2);
    const none = await runCommand(home, ["resend", "--filter", "path:/c"]);
    expect([none.code, none.stdout]).toEqual([1, ""]);
    expect(none.stderr).toContain("no recorded delivery matches");

    await record(
      home,
      Array.from({ length: 18 }, () => ({ request: sampleRequest({ target: "/a" }), end: sampleEnd({ target: target("/a") }) })),
    );
    expect((await runCommand(home, ["resend", "--filter", "path:/a"])).code).toBe(0);
    await recordOne({ target: "/a" });
    const refused = await runCommand(home, ["resend", "--filter", "path:/a"]);
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain("--yes");
    expect(app.requests).toHaveLength(2 + 20);
    expect((await runCommand(home, ["resend", "--filter", "path:/a", "--yes"])).code).toBe(0);
    expect(app.requests).toHaveLength(2 + 20 + 21);
  });

  it("leaves out of what a filter finds what can never be sent, says so and ends with 1", async () => {
    await recordOne({ target: "/socket", upgrade: true });
    const request = await recordOne({ target: "/whole" });
    const { code, stdout, stderr } = await runCommand(home, ["resend", "--filter", "method:POST", "--json"]);
    expect(code).toBe(1);
    expect(
      stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as Row)["id"]),
    ).toEqual([request.id]);
    expect(stderr).toMatch(/^! left out: delivery .* asked for a WebSocket\n$/);
    expect(app.requests.map((seen) => seen.target)).toEqual(["/whole"]);
  });

  it("says what has changed since the last attempt that tells anything", async () => {
    const request = await recordOne();
    const words: unknown[] = [];
    async function resend(): Promise<void> {
      const { stdout } = await runCommand(home, ["resend", "latest", "--json"]);
      words.push((JSON.parse(stdout) as Row)["change"]);
    }
    const answer = (status: string) => app.on("/hooks", (socket) => void socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`));
    answer("500 Broken");
    await resend();
    await resend();
    answer("204 No Content");
    await resend();
    await resend();
    expect(words).toEqual(["regressed", "still-failing", "fixed", "same"]);

    let taken = false;
    app.on("/hooks", () => (taken = true));
    const command = startCommand(home, ["resend", request.id, "--json"]);
    await until(() => taken, "the request");
    command.signal("SIGINT");
    expect(await command.ended).toBe(130);
    expect((JSON.parse(command.stdout().toString()) as Row)["change"]).toBeNull();
    answer("500 Broken");
    expect((await runCommand(home, ["resend", "latest"])).stdout).toMatch(/ 500 .* regressed\n$/);
    expect((await runCommand(home, ["resend", "latest"])).stdout).toMatch(/ 500 .* still failing\n$/);
  });

  it("has nothing to compare a first attempt with", async () => {
    await record(home, [{ request: sampleRequest() }]);
    const { stdout } = await runCommand(home, ["resend", "latest", "--to", String(app.port), "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ attempt: 1, change: null });
  });

  it("names what it does not know with exit 1", async () => {
    expect(await runCommand(home, ["resend", "latest"])).toMatchObject({ code: 1, stdout: "" });
  });
});

describe("devhook resend of many", () => {
  /** Deliveries to /0, /1, … that the app has answered. */
  async function recordMany(count: number): Promise<readonly string[]> {
    const requests = Array.from({ length: count }, (_, index) => sampleRequest({ target: `/${index}` }));
    await record(
      home,
      requests.map((request) => ({ request, end: sampleEnd({ target: target(request.target) }) })),
    );
    return requests.map(({ id }) => id);
  }

  /** The app answers when it is told to. */
  function holdAnswers(count: number): { readonly open: () => readonly string[]; readonly answer: (path: string) => void } {
    const sockets = new Map<string, Socket>();
    for (let i = 0; i < count; i++) app.on(`/${i}`, (socket, { target: path }) => void sockets.set(path, socket));
    return {
      open: () => [...sockets.keys()],
      answer: (path) => {
        sockets.get(path)?.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        sockets.delete(path);
      },
    };
  }

  it.each([
    { flags: [], most: 4 },
    { flags: ["--concurrency", "2"], most: 2 },
  ])("begins them in their order, $most at once, and tells the results in that order", async ({ flags, most }) => {
    const ids = await recordMany(6);
    const held = holdAnswers(6);
    const command = startCommand(home, ["resend", ...ids, ...flags]);
    const first = Array.from({ length: most }, (_, index) => `/${index}`);
    await until(() => held.open().length === most, "the first calls");
    expect(held.open()).toEqual(first);
    // the last of them is over first, and makes room for the next
    held.answer(first.at(-1) ?? "");
    await until(() => held.open().length === most, "the next call");
    expect(held.open()).toEqual([...first.slice(0, -1), `/${most}`]);
    for (let i = 0; i < 6; i++) {
      await until(() => i === most - 1 || held.open().includes(`/${i}`), `call ${i}`);
      held.answer(`/${i}`);
    }
    expect(await command.ended).toBe(0);
    const lines = command.stdout().toString().trimEnd().split("\n");
    expect(lines.map((line) => /POST (\/\d)/.exec(line)?.[1])).toEqual(["/0", "/1", "/2", "/3", "/4", "/5"]);
    expect(command.stderr()).toBe("6 sent: 6 answered 2xx, 0 otherwise, 0 failed\n");
  });

  it("has many open without a warning of Node", async () => {
    const ids = await recordMany(12);
    const held = holdAnswers(12);
    const warned = vi.spyOn(process, "emitWarning");
    try {
      const command = startCommand(home, ["resend", ...ids, "--concurrency", "12"]);
      await until(() => held.open().length === 12, "all calls");
      for (const path of held.open()) held.answer(path);
      expect(await command.ended).toBe(0);
      expect(warned).not.toHaveBeenCalled();
    } finally {
      warned.mockRestore();
    }
  });

  it("refuses a concurrency that is none", async () => {
    const ids = await recordMany(1);
    for (const wrong of ["0", "-1", "1.5", "many"]) {
      expect((await runCommand(home, ["resend", ...ids, "--concurrency", wrong])).code).toBe(2);
    }
    expect(app.requests).toHaveLength(0);
  });

  it("records what is in flight when a signal comes, and sends nothing more", async () => {
    const ids = await recordMany(5);
    const held = holdAnswers(5);
    const command = startCommand(home, ["resend", ...ids, "--concurrency", "3"]);
    await until(() => held.open().length === 3, "three calls");
    held.answer("/1");
    await until(() => held.open().includes("/3"), "the fourth call");
    command.signal("SIGINT");
    expect(await command.ended).toBe(130);
    const errors = [];
    for (const id of ids) errors.push((await attemptsOf(id)).slice(1).map(({ error }) => (error as Row | null)?.["code"] ?? null));
    expect(errors).toEqual([["stopped"], [null], ["stopped"], ["stopped"], []]);
    expect(command.stdout().toString().trimEnd().split("\n")).toHaveLength(4);
    expect(command.stderr()).toBe("4 sent: 1 answered 2xx, 0 otherwise, 3 failed; 1 not sent\n");
    expect(app.requests).toHaveLength(4);
  });

  it("sums up what came of them, with the code of the worst", async () => {
    const ids = await recordMany(3);
    app.on("/1", (socket) => void socket.write("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"));
    app.on("/2", (socket) => void socket.destroy());
    const { code, stderr } = await runCommand(home, ["resend", ...ids]);
    expect([code, stderr]).toEqual([1, "3 sent: 1 answered 2xx, 1 otherwise, 1 failed\n"]);
    await app.close();
    const gone = await runCommand(home, ["resend", ...ids]);
    expect([gone.code, gone.stderr]).toEqual([3, "3 sent: 0 answered 2xx, 0 otherwise, 3 failed\n"]);
  });
});
