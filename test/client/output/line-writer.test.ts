import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createLineWriter } from "../../../client/output/line-writer.ts";
import { until } from "../../rig/until.ts";
import { createReader } from "./reader.ts";

const notice = (dropped: number): string => `dropped ${dropped}`;

describe("createLineWriter", () => {
  it("keeps at most its limit for a reader that has stopped, and says how many lines are missing once it reads again", async () => {
    const reader = createReader({ stalled: true });
    const writer = createLineWriter(reader.stream, notice);
    const line = "x".repeat(1023);
    for (let i = 0; i < 3000; i++) writer.write(line);
    expect(reader.stream.writableLength).toBe(1024 * 1024);
    reader.resume();
    await until(() => reader.lines().includes("dropped 1976"));
    expect(reader.lines().filter((each) => each === line)).toHaveLength(1024);
    writer.write("after");
    expect(reader.lines().at(-1)).toBe("after");
  });

  it("puts the notice where the lines are missing", async () => {
    const reader = createReader({ stalled: true });
    const writer = createLineWriter(reader.stream, notice, 20_000);
    writer.write("x".repeat(20_000));
    writer.write("lost");
    reader.resume();
    writer.write("next");
    await until(() => reader.lines().includes("next"));
    expect(reader.lines().slice(1)).toEqual(["dropped 1", "next"]);
  });

  it("sends lines that may wait as one piece, before a line that may not", () => {
    const pieces: string[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        pieces.push(chunk.toString());
        done();
      },
    });
    const writer = createLineWriter(stream, notice);
    for (const line of ["a", "b", "c"]) writer.writeSoon(line);
    expect(pieces).toEqual([]);
    writer.write("last");
    expect(pieces).toEqual(["a\nb\nc\nlast\n"]);
  });

  it("lets no line wait for company for ever", async () => {
    const reader = createReader();
    createLineWriter(reader.stream, notice).writeSoon("alone");
    expect(reader.lines()).toEqual([]);
    await until(() => reader.lines().includes("alone"));
  });

  it("counts lines that wait for company against the limit", async () => {
    const reader = createReader({ stalled: true });
    const writer = createLineWriter(reader.stream, notice);
    const line = "x".repeat(1023);
    for (let i = 0; i < 3000; i++) writer.writeSoon(line);
    expect(reader.stream.writableLength).toBe(1024 * 1024);
    reader.resume();
    await until(() => reader.lines().includes("dropped 1976"));
  });

  it("lets a single line pass that is longer than the limit", () => {
    const reader = createReader();
    createLineWriter(reader.stream, notice, 10).write("y".repeat(100));
    expect(reader.lines()).toEqual(["y".repeat(100)]);
  });
});
