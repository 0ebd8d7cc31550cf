import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import { until } from "../../rig/until.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { type CommandLineOptions, runCommand, startCommand } from "./command-line.ts";
import { databaseOf, record } from "./history.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const FIELDS = [
  "id",
  "receivedAt",
  "tunnel",
  "method",
  "path",
  "provider",
  "event",
  "eventId",
  "verdict",
  "held",
  "state",
  "attempts",
  "status",
  "ms",
  "bytes",
  "duplicateOf",
];

type Row = Readonly<Record<string, unknown>>;

async function json(argv: readonly string[] = [], options: CommandLineOptions = {}): Promise<readonly Row[]> {
  const { code, stdout } = await runCommand(home, ["events", "--json", ...argv], options);
  expect(code).toBe(0);
  return rowsOf(stdout);
}

function rowsOf(text: string): readonly Row[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Row);
}

const refusal = (seq: number, at: number) => ({
  relay: "http://127.0.0.1:8080",
  tunnel: "shop",
  seq,
  at,
  method: "POST",
  path: "/refused",
  status: 503,
  reason: "offline",
});

describe("devhook events", () => {
  it("says how to begin when there is nothing, with an empty result and exit 0", async () => {
    const { code, stdout, stderr } = await runCommand(home, ["events"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("devhook start 8000");
    expect((await runCommand(home, ["events", "--json"])).stdout).toBe("");
  });

  it("gives exactly the documented fields as NDJSON, oldest first", async () => {
    const answered = { request: sampleRequest(), body: Buffer.from("12345"), end: sampleEnd() };
    const failed = {
      request: sampleRequest({ target: "/x" }),
      end: {
        n: 1,
        kind: "live" as const,
        at: 1,
        target: "http://localhost:8000/x",
        timings: { total: 3 },
        error: { code: "app-refused", message: "m", hint: "h" },
      },
    };
    await record(home, [answered, failed]);
    const rows = await json();
    expect(rows.map((row) => Object.keys(row))).toEqual([FIELDS, FIELDS]);
    expect(rows[0]).toEqual({
      id: answered.request.id,
      receivedAt: new Date(answered.request.receivedAt).toISOString(),
      tunnel: "shop",
      method: "POST",
      path: "/hooks/stripe",
      provider: null,
      event: null,
      eventId: null,
      verdict: null,
      held: false,
      state: "answered",
      attempts: 1,
      status: 200,
      ms: 2.25,
      bytes: 5,
      duplicateOf: null,
    });
    expect(rows[1]).toMatchObject({ id: failed.request.id, state: "failed", status: null, attempts: 1 });
  });

  it("shows sender, event, verdict and repeats, in the table and in JSON", async () => {
    const first = sampleRequest();
    const second = sampleRequest();
    const facts = { provider: "moltify", event: "task.submitted", eventId: "e1", verdict: "valid", duplicateOf: null, verification: null };
    await record(home, [
      { request: first, end: sampleEnd(), facts },
      { request: second, end: sampleEnd(), facts: { ...facts, verdict: "invalid", duplicateOf: first.id } },
    ]);
    expect(await json()).toMatchObject([
      { id: first.id, provider: "moltify", event: "task.submitted", eventId: "e1", verdict: "valid", duplicateOf: null },
      { id: second.id, provider: "moltify", verdict: "invalid", duplicateOf: first.id },
    ]);
    const lines = (await runCommand(home, ["events"])).stdout.split("\n");
    expect(lines[1]).toMatch(/ answered +valid +moltify +task\.submitted +1 /);
    expect(lines[2]).toMatch(/ answered, repeat +invalid +moltify +task\.submitted +1 /);
  });

  it("shows what the relay refused among the deliveries, in the order of time", async () => {
    const now = Date.now();
    await record(
      home,
      [
        { request: sampleRequest({ receivedAt: now - 3000 }), end: sampleEnd() },
        { request: sampleRequest({ receivedAt: now - 1000 }), end: sampleEnd() },
      ],
      [refusal(1, now - 2000)],
    );
    const rows = await json();
    expect(rows.map(({ state }) => state)).toEqual(["answered", "refused", "answered"]);
    expect(Object.keys(rows[1] ?? {})).toEqual(FIELDS);
    expect(rows[1]).toMatchObject({ id: null, path: "/refused", status: 503, attempts: 0, ms: null });
    const { stdout } = await runCommand(home, ["events"]);
    expect(stdout.split("\n")[2]).toMatch(/503 +refused .*POST \/refused$/);
  });

  it("keeps to the newest --limit (50 unless told) and to --since", async () => {
    const now = Date.now();
    const requests = Array.from({ length: 60 }, (_, index) =>
      sampleRequest({ receivedAt: now - 60_000 * (60 - index) + 30_000, target: `/${index}` }),
    );
    await record(
      home,
      requests.map((request) => ({ request, end: sampleEnd() })),
    );
    expect((await json()).map(({ path }) => path)).toEqual(Array.from({ length: 50 }, (_, index) => `/${index + 10}`));
    expect((await json(["--limit", "2"])).map(({ path }) => path)).toEqual(["/58", "/59"]);
    expect(await json(["--limit", "1000"])).toHaveLength(60);
    expect(await json(["--since", "30m", "--limit", "100"])).toHaveLength(30);
    expect(await json(["--since", "2d", "--limit", "100"])).toHaveLength(60);
  });

  it("lists what a filter asks for, and no refusals; without a match it is empty, says so on stderr and ends with 0", async () => {
    await record(
      home,
      [200, 500, 404, 503].map((status, index) => ({
        request: sampleRequest({ target: `/${index}` }),
        body: Buffer.from(`{"n":${index}}`),
        end: sampleEnd({ head: { status, reason: "", headers: [] } }),
      })),
      [refusal(1, Date.now())],
    );
    expect((await json(["--filter", "status:5xx"])).map(({ path }) => path)).toEqual(["/1", "/3"]);
    expect((await json(["--filter", "status:5xx,404", "--limit", "2"])).map(({ path }) => path)).toEqual(["/2", "/3"]);
    expect((await json(["--filter", "-b.n:1 is:failed", "--since", "1h"])).map(({ path }) => path)).toEqual(["/2", "/3"]);
    expect(await json(["--filter", "path:/refused"])).toEqual([]);
    const { code, stdout, stderr } = await runCommand(home, ["events", "--filter", "status:302"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("no recorded delivery matches");
    const wrong = await runCommand(home, ["events", "--filter", "status:oops"]);
    expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
    expect(wrong.stderr).toContain("column 8");
  });

  it.each([40, 60, 80, 100, 160])("fits a terminal of %i columns with code and request on every line", async (columns) => {
    await record(
      home,
      Array.from({ length: 3 }, (_, index) => ({
        request: sampleRequest({ target: `/webhooks/${"long/".repeat(40)}${index}` }),
        end: sampleEnd(),
      })),
    );
    const { stdout } = await runCommand(home, ["events"], { tty: { stdout: true }, columns, env: { NO_COLOR: "1" } });
    const lines = stdout.split("\n").slice(0, -1);
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    for (const line of lines.slice(1)) expect(line).toMatch(/ 200 .*POST|^[^ ]+ +[0-9a-f-]+ +200/);
    expect(stdout).not.toContain("\u001b");
  });

  it("shows ids that `show` takes back, also of deliveries within one millisecond", async () => {
    const receivedAt = Date.now();
    const requests = Array.from({ length: 4 }, () => sampleRequest({ receivedAt }));
    await record(
      home,
      requests.map((request) => ({ request, end: sampleEnd() })),
    );
    const { stdout } = await runCommand(home, ["events"]);
    const ids = stdout
      .split("\n")
      .slice(1, -1)
      .map((line) => line.split(/ +/)[1] ?? "");
    for (const [index, id] of ids.entries()) {
      const shown = JSON.parse((await runCommand(home, ["show", id, "--json"])).stdout) as Row;
      expect(shown["id"]).toBe(requests[index]?.id);
    }
  });

  it("lets nothing of a request act on the terminal", async () => {
    await record(home, [{ request: sampleRequest({ target: "/\u001b]52;c;eA==\u0007\u009b31m" }), end: sampleEnd() }]);
    const { stdout } = await runCommand(home, ["events"]);
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(stdout).toContain("␛]52;c;eA==␇\\x9b31m");
  });

  it("names a database that is none, with exit 2 and three lines", async () => {
    await home.write("data/devhook/devhook.db", "this is no database, but long enough to look like one".repeat(100));
    const { code, stderr } = await runCommand(home, ["events"]);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
    expect(stderr).toContain("devhook.db");
  });
});

describe("devhook events --follow", () => {
  it("prints what is there, then each new delivery once it is answered, and each new refusal, until a signal", async () => {
    await record(home, [{ request: sampleRequest({ target: "/old" }), end: sampleEnd() }]);
    const command = startCommand(home, ["events", "--follow", "--json"]);
    const rows = (): readonly Row[] => rowsOf(command.stdout().toString("utf8"));
    await until(() => rows().length === 1);

    const recorder = await createRecorder({ path: databaseOf(home), onNotice: () => undefined, onHealth: () => undefined });
    try {
      const slow = sampleRequest({ target: "/slow" });
      const quick = sampleRequest({ target: "/quick" });
      recorder.received(slow, Buffer.alloc(0));
      recorder.received(quick, Buffer.alloc(0));
      recorder.attemptStarted(quick.id, sampleEnd());
      recorder.answered(quick.id, sampleEnd());
      await until(() => rows().length === 2);
      expect(rows()[1]).toMatchObject({ path: "/quick", state: "answered" });
      recorder.answered(slow.id, sampleEnd({ head: { status: 500, reason: "", headers: [] } }));
      recorder.refused([refusal(1, Date.now())]);
      await until(() => rows().length === 4);
      expect(
        rows()
          .slice(2)
          .map(({ path, state, status }) => [path, state, status]),
      ).toEqual([
        ["/slow", "answered", 500],
        ["/refused", "refused", 503],
      ]);
    } finally {
      await recorder.close();
    }
    command.signal("SIGINT");
    expect(await command.ended).toBe(130);
    expect(rows()).toHaveLength(4);
  });

  it("prints of what comes only what the filter takes once it is answered", async () => {
    await record(home, [{ request: sampleRequest({ target: "/old" }), end: sampleEnd() }]);
    const command = startCommand(home, ["events", "--follow", "--json", "--filter", "status:5xx,200 -path:/quiet"]);
    const paths = (): unknown[] => rowsOf(command.stdout().toString("utf8")).map(({ path }) => path);
    await until(() => paths().length === 1);
    const recorder = await createRecorder({ path: databaseOf(home), onNotice: () => undefined, onHealth: () => undefined });
    try {
      const slow = sampleRequest({ target: "/slow" });
      recorder.received(slow, Buffer.alloc(0));
      for (const target of ["/quiet", "/first", "/quiet"]) {
        const request = sampleRequest({ target });
        recorder.received(request, Buffer.alloc(0));
        recorder.answered(request.id, sampleEnd());
      }
      recorder.refused([refusal(1, Date.now())]);
      await until(() => paths().length === 2);
      recorder.answered(slow.id, sampleEnd({ head: { status: 500, reason: "", headers: [] } }));
      await until(() => paths().length === 3);
    } finally {
      await recorder.close();
    }
    command.signal("SIGINT");
    expect(await command.ended).toBe(130);
    expect(paths()).toEqual(["/old", "/first", "/slow"]);
  });

  it("waits for the first delivery of a history that is not there yet", async () => {
    const command = startCommand(home, ["events", "--follow"]);
    await until(() => command.stdout().includes("REQUEST"));
    await record(home, [{ request: sampleRequest({ target: "/first" }), end: sampleEnd() }]);
    await until(() => command.stdout().includes("POST /first"));
    command.signal("SIGTERM");
    expect(await command.ended).toBe(130);
  });
});
