import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder, type Recorder } from "../../../client/ledger/recorder.ts";
import { until } from "../../rig/until.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand, startCommand } from "./command-line.ts";
import { databaseOf, record } from "./history.ts";

let home: Home;
let recorder: Recorder | undefined;
beforeEach(async () => {
  home = await createHome();
});
afterEach(async () => {
  await recorder?.close();
  recorder = undefined;
  home.remove();
});

async function openRecorder(): Promise<Recorder> {
  recorder = await createRecorder({ path: databaseOf(home), onNotice: () => undefined, onHealth: () => undefined });
  return recorder;
}

/** Records an answered delivery for this path. @returns its id */
function send(to: Recorder, target: string, status = 200): string {
  const request = sampleRequest({ target });
  to.received(request, Buffer.from(`{"to":"${target}"}`));
  to.attemptStarted(request.id, sampleEnd());
  to.answered(request.id, sampleEnd({ head: { status, reason: "", headers: [] } }));
  return request.id;
}

const pathsIn = (text: string): unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { path: unknown }).path);

describe("devhook wait", () => {
  it("does not accept what is no number, and no id that is not there", async () => {
    for (const argv of [
      ["--count", "0"],
      ["--count", "1.5"],
      ["--timeout", "-1"],
      ["--timeout", "soon"],
      ["--filter", ""],
      ["--filter", "status:six"],
    ]) {
      expect((await runCommand(home, ["wait", ...argv])).code).toBe(2);
    }
    const missing = await runCommand(home, ["wait", "--after", "0199"]);
    expect([missing.code, missing.stdout]).toEqual([1, ""]);
    expect(missing.stderr).toContain("0199");
  });

  it("points at the column of a filter that means nothing, in three lines", async () => {
    const { code, stderr, stdout } = await runCommand(home, ["wait", "--filter", "from:stripe status:six"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
    expect(stderr).toContain("column 20");
    expect(stderr).toContain("5xx");
  });

  it("counts what is recorded already, the oldest first, and prints no more than it was asked for", async () => {
    await record(
      home,
      ["/a", "/b", "/a?2", "/a?3"].map((target) => ({ request: sampleRequest({ target }), end: sampleEnd() })),
    );
    const { code, stdout, stderr } = await runCommand(home, ["wait", "--filter", "path:/a", "--count", "2", "--json"]);
    expect([code, pathsIn(stdout), stderr]).toEqual([0, ["/a", "/a"], ""]);
    const table = await runCommand(home, ["wait"]);
    expect(table.stdout.split("\n").slice(0, -1)).toHaveLength(2);
    expect(table.stdout).toMatch(/REQUEST\n.*POST \/a\n$/);
  });

  it("misses nothing between two calls: after an id come those recorded behind it", async () => {
    const ids = ["/1", "/2", "/3"].map((target) => sampleRequest({ target }));
    await record(
      home,
      ids.map((request) => ({ request, end: sampleEnd() })),
    );
    const next = async (after: string) => pathsIn((await runCommand(home, ["wait", "--after", after, "--timeout", "0", "--json"])).stdout);
    expect(await next(ids[0]?.id ?? "")).toEqual(["/2"]);
    expect(await next("latest~1")).toEqual(["/3"]);
    expect(await next(ids[2]?.id ?? "")).toEqual([]);
    expect(await next("latest")).toEqual([]);
  });

  it("waits for those that come, and with a status for their answer", async () => {
    const to = await openRecorder();
    const old = send(to, "/old", 500);
    await to.flush();
    const waiting = startCommand(home, ["wait", "--after", old, "--filter", "status:500", "--count", "2", "--json"]);
    const open = sampleRequest({ target: "/slow" });
    to.received(open, Buffer.alloc(0));
    send(to, "/fine", 200);
    send(to, "/quick", 500);
    await until(() => waiting.stdout().includes("/quick"));
    expect(pathsIn(waiting.stdout().toString())).toEqual(["/quick"]);
    to.answered(open.id, sampleEnd({ head: { status: 500, reason: "", headers: [] } }));
    expect(await waiting.ended).toBe(0);
    expect(pathsIn(waiting.stdout().toString())).toEqual(["/quick", "/slow"]);
    expect(waiting.stderr()).toBe("");
  });

  it("counts a match once and for good, and prints no more than were missing", async () => {
    const to = await openRecorder();
    const [one, two, three] = [sampleRequest({ target: "/1" }), sampleRequest({ target: "/2" }), sampleRequest({ target: "/3" })];
    to.received(one, Buffer.alloc(0));
    const waiting = startCommand(home, ["wait", "--filter", "is:pending", "--count", "2", "--json"]);
    await until(() => waiting.stdout().includes("/1"));
    // in one batch, so that one look sees all of it
    to.answered(one.id, sampleEnd());
    to.received(two, Buffer.alloc(0));
    to.received(three, Buffer.alloc(0));
    expect(await waiting.ended).toBe(0);
    expect(pathsIn(waiting.stdout().toString())).toEqual(["/1", "/2"]);
  });

  it("sees the first delivery of a history that is not there yet", async () => {
    const waiting = startCommand(home, ["wait", "--filter", "b.to:/first", "--json"]);
    send(await openRecorder(), "/first");
    expect(await waiting.ended).toBe(0);
    expect(pathsIn(waiting.stdout().toString())).toEqual(["/first"]);
  });

  it("sees new ones after all others have been removed, whose numbers begin anew", async () => {
    const requests = ["/1", "/2", "/3"].map((target) => sampleRequest({ target }));
    await record(
      home,
      requests.map((request) => ({ request, end: sampleEnd() })),
    );
    const waiting = startCommand(home, ["wait", "--after", requests[2]?.id ?? "", "--count", "2", "--json"]);
    const to = await openRecorder();
    send(to, "/4");
    await until(() => waiting.stdout().includes("/4"));
    // a delivery is removed when it is older than that: those of this millisecond are not
    await until(async () => (await runCommand(home, ["prune", "--older-than", "0s", "--yes"])).code === 0 && (await isEmpty()));
    send(to, "/5");
    expect(await waiting.ended).toBe(0);
    expect(pathsIn(waiting.stdout().toString())).toEqual(["/4", "/5"]);
  });

  it("says no when the time is over: exit 1, what matched on stdout, what came besides on stderr", async () => {
    const to = await openRecorder();
    const before = send(to, "/before");
    await to.flush();
    const limits = ["--count", "2", "--timeout", "1.5"];
    const waiting = startCommand(home, ["wait", "--after", before, "--filter", "path:/wanted", ...limits, "--json"]);
    send(to, "/wanted");
    send(to, "/other");
    expect(await waiting.ended).toBe(1);
    expect(pathsIn(waiting.stdout().toString())).toEqual(["/wanted"]);
    expect(waiting.stderr()).toMatch(/^1 of 2 came within 1\.5 s; what came besides/);
    expect(waiting.stderr()).toContain("POST /other");
    expect(waiting.stderr()).not.toContain("/before");
    const nothing = await runCommand(home, ["wait", "--after", "latest", "--timeout", "0"]);
    expect([nothing.code, nothing.stdout]).toEqual([1, ""]);
    expect(nothing.stderr).toBe("0 of 1 came within 0 s; nothing else came\n");
  });

  it("ends with 130 on a signal, with what matched until then", async () => {
    const to = await openRecorder();
    const waiting = startCommand(home, ["wait", "--count", "2", "--json"]);
    send(to, "/one");
    await until(() => waiting.stdout().includes("/one"));
    waiting.signal("SIGINT");
    expect(await waiting.ended).toBe(130);
    expect(pathsIn(waiting.stdout().toString())).toEqual(["/one"]);
    expect(waiting.stderr()).toBe("");
  });

  async function isEmpty(): Promise<boolean> {
    return (await runCommand(home, ["events"])).stdout === "";
  }
});
