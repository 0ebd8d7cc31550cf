import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder } from "../../../client/ledger/recorder.ts";
import { sampleEnd, sampleRequest } from "../ledger/samples.ts";
import { createHome, type Home } from "../settings/home.ts";
import { runCommand } from "./command-line.ts";
import { databaseOf, record } from "./history.ts";

let home: Home;
beforeEach(async () => {
  home = await createHome();
});
afterEach(() => home.remove());

const diff = (...argv: readonly string[]): ReturnType<typeof runCommand> => runCommand(home, ["diff", ...argv]);

/** Records two deliveries. @returns their ids */
async function two(
  [before, after]: readonly [object, object],
  [oldBody, newBody]: readonly [string | Buffer, string | Buffer] = ["", ""],
): Promise<readonly [string, string]> {
  const [first, second] = [sampleRequest(before), sampleRequest(after)];
  await record(home, [
    { request: first, body: Buffer.from(oldBody as string), end: sampleEnd() },
    { request: second, body: Buffer.from(newBody as string) },
  ]);
  return [first.id, second.id];
}

describe("devhook diff", () => {
  it("ends with 0 for the same request", async () => {
    const ids = await two([{}, {}], ["{}", "{}"]);
    const { code, stdout } = await diff("latest~1", "latest");
    expect([code, stdout]).toEqual([0, expect.stringMatching(`^--- ${ids[0]} .*\n\\+\\+\\+ ${ids[1]} .*\nthe same request\n$`)]);
    expect((await diff("latest", "latest")).code).toBe(0);
  });

  it("shows what differs, and ends with 1", async () => {
    await two(
      [{ headers: ["A", "1", "B", "2"] }, { method: "PUT", target: "/x", headers: ["C", "3", "A", "4"] }],
      ['{"a":{"b":1.0},"c":[1]}', '{"a":{"b":1},"d":null}'],
    );
    const { code, stdout } = await diff("latest~1", "latest");
    expect(code).toBe(1);
    expect(stdout.split("\n").slice(2).join("\n")).toBe(
      [
        "method: POST → PUT",
        "target: /hooks/stripe?x=1&x=2 → /x",
        "headers:",
        "  - B: 2",
        "  - A: 1",
        "  + A: 4",
        "  + C: 3",
        "body (JSON, 23B → 22B):",
        "  ~ a.b: 1.0 → 1",
        "  - c: [1]",
        "  + d: null",
        "",
      ].join("\n"),
    );
  });

  it("shows another order, other white space, lines and bytes", async () => {
    const shown = async (
      bodies: readonly [string | Buffer, string | Buffer],
      headers: readonly [string[], string[]] = [[], []],
    ): Promise<string> => {
      await two([{ headers: headers[0] }, { headers: headers[1] }], bodies);
      return (await diff("latest~1", "latest")).stdout.split("\n").slice(2).join("\n");
    };
    expect(
      await shown(
        ["", ""],
        [
          ["A", "1", "B", "2"],
          ["B", "2", "A", "1"],
        ],
      ),
    ).toBe("headers:\n  they stand in another order\n");
    expect(await shown(["[1]", "[ 1 ]"])).toBe("body (JSON, 3B → 5B): the same values, written otherwise\n");
    expect(await shown(["a\nb\n", "a\nc\n"])).toBe("body (text, 4B):\n  -    2 b\n  +    2 c\n");
    expect(await shown([Buffer.from([0, 1]), Buffer.from([0, 2])])).toBe("body (2B): differs from byte 1 on\n");
  });

  it("has the documented JSON shape", async () => {
    const ids = await two([{ headers: ["A", "1"] }, { headers: ["A", "2"], method: "PUT" }], ["x", "y"]);
    const { code, stdout } = await diff("latest~1", "latest", "--json");
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      {
        equal: false,
        partial: false,
        before: ids[0],
        after: ids[1],
        method: { before: "POST", after: "PUT" },
        target: null,
        headers: { added: [], removed: [], changed: [{ name: "a", before: [["A", "1"]], after: [["A", "2"]] }], order: false },
        body: {
          kind: "text",
          lines: [
            { side: "before", number: 1, text: "x" },
            { side: "after", number: 1, text: "y" },
          ],
          bytes: { before: 1, after: 1 },
        },
      },
    ]);
    expect(stdout.trimEnd()).not.toContain("\n");
  });

  it("says when a body is not recorded whole", async () => {
    const recorder = await createRecorder({
      path: databaseOf(home),
      limits: { bodyBytes: 4 },
      onNotice: () => undefined,
      onHealth: () => undefined,
    });
    for (const text of ["123456", "123457"]) recorder.received(sampleRequest(), Buffer.from(text));
    await recorder.close();
    expect(await diff("latest~1", "latest")).toMatchObject({ code: 0, stderr: expect.stringContaining("not recorded whole") as string });
  });

  it("shows 200 differences of a kind, and disarms them all", async () => {
    const hostile = "\u001b]0;x\u0007\u009b31m\u202e";
    const lines = (letter: string): string => Array.from({ length: 150 }, (_, i) => `${letter}${i}${hostile}`).join("\n");
    await two(
      [
        { target: `/${hostile}`, headers: ["X", hostile.slice(0, 8)] },
        { target: "/", headers: [] },
      ],
      [lines("a"), lines("b")],
    );
    const { stdout } = await diff("latest~1", "latest");
    expect(stdout).toContain("… 100 more: --json has all");
    expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    await two([{}, {}], [JSON.stringify({ [hostile]: hostile }), "{}"]);
    expect((await diff("latest~1", "latest")).stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it("wants two deliveries that are there", async () => {
    await two([{}, {}]);
    for (const [argv, code] of [
      [["latest"], 2],
      [["latest", "latest~2"], 1],
      [["latest", "zzz"], 1],
      [["latest", "latest", "latest"], 2],
    ] as const) {
      expect(await diff(...argv)).toMatchObject({ code, stdout: "" });
    }
  });
});
