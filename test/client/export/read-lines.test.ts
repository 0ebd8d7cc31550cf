import { expect, it } from "vitest";
import { readLines } from "../../../client/export/read-lines.ts";

/** Reads a text that comes in pieces of this many bytes. */
async function read(text: string | Buffer, { piece = 3, limit = 10 } = {}): Promise<readonly object[]> {
  const bytes = Buffer.from(text as string);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += piece) yield await Promise.resolve(bytes.subarray(at, at + piece));
  }
  const lines: object[] = [];
  for await (const line of readLines(chunks(), limit)) lines.push(line);
  return lines;
}

it.each([1, 2, 3, 7, 100])("reads lines that come in pieces of %i bytes", async (piece) => {
  expect(await read("a\n\n \u00fc\u00fc\n{\r\nlast", { piece })).toEqual([
    { number: 1, text: "a" },
    { number: 3, text: " \u00fc\u00fc" },
    { number: 4, text: "{\r" },
    { number: 5, text: "last" },
  ]);
});

it("takes a line of the limit, and ends with one that is a byte longer", async () => {
  expect(await read("0123456789\n0123456789\n")).toMatchObject([{ number: 1 }, { number: 2 }]);
  expect(await read("x\n0123456789a\ny")).toEqual([
    { number: 1, text: "x" },
    { number: 2, problem: "it is longer than 10 bytes" },
  ]);
});

it("ends with a line that is no UTF-8", async () => {
  const bad = { number: 2, problem: "it is not UTF-8" };
  expect(await read(Buffer.from([0x61, 0x0a, 0xff, 0x0a, 0x62]))).toEqual([{ number: 1, text: "a" }, bad]);
  expect(await read(Buffer.from([0x61, 0x0a, 0xc3]))).toEqual([{ number: 1, text: "a" }, bad]);
});
