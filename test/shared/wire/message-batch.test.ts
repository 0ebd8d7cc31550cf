import { beforeEach, expect, test } from "vitest";
import { BufferPool } from "../../../shared/wire/buffer-pool.ts";
import { MessageBatch } from "../../../shared/wire/message-batch.ts";

let messages: Buffer[];
let release: (() => void)[];
let batch: MessageBatch;

beforeEach(() => {
  messages = [];
  release = [];
  batch = new MessageBatch(new BufferPool(), (message, sent) => {
    messages.push(message);
    release.push(sent);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("all frames of a turn are one message, in order", async () => {
  batch.push(Buffer.from("a"));
  batch.push(Buffer.from("b"), Buffer.from("c"));
  await Promise.resolve();
  batch.push(Buffer.from("d"));
  expect(messages).toEqual([]);
  await turn();
  expect(messages.map(String)).toEqual(["abcd"]);
  batch.push(Buffer.from("e"));
  await turn();
  expect(messages.map(String)).toEqual(["abcd", "e"]);
  await turn();
  expect(messages).toHaveLength(2);
});

test("no message is above 1,048,576 bytes, no frame is divided, and the order stays", async () => {
  const sizes = [9, 65_545, 65_545, 65_545, 131_072, 131_073, 1_048_576, 10, 20];
  for (const [index, size] of sizes.entries()) batch.push(Buffer.alloc(9, index), Buffer.alloc(size - 9, index));
  await turn();
  expect(Buffer.concat(messages).equals(Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, index))))).toBe(true);
  expect(Math.max(...messages.map(({ length }) => length))).toBe(1_048_576);
  const ends = new Set(sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0)));
  let at = 0;
  for (const { length } of messages) expect(ends.has((at += length))).toBe(true);
});

test("a frame above 1,048,576 bytes is a fault of the caller", () => {
  expect(() => batch.push(Buffer.alloc(9), Buffer.alloc(1_048_568))).toThrow(RangeError);
});

test("a message keeps its bytes until it is sent, whatever its frames were made of", async () => {
  const frame = Buffer.from("first");
  batch.push(frame);
  frame.fill("x");
  await turn();
  batch.push(Buffer.from("second"));
  await turn();
  expect(messages.map(String)).toEqual(["first", "second"]);
  for (const sent of release) sent();
  batch.push(Buffer.from("third"));
  await turn();
  expect(messages.at(-1)?.toString()).toBe("third");
});

test("flushed by hand it sends at once, and once", async () => {
  batch.push(Buffer.from("a"));
  batch.flush();
  batch.flush();
  expect(messages.map(String)).toEqual(["a"]);
  await turn();
  expect(messages).toHaveLength(1);
});

test("a frame written into its room stands in order with those pushed, and above 1,048,576 bytes there is none", async () => {
  batch.push(Buffer.from("a"));
  batch.room(1).write("b");
  batch.room(131_072).fill("c");
  batch.push(Buffer.from("d"));
  await turn();
  expect(messages.map(String)).toEqual(["ab", "c".repeat(131_072), "d"]);
  expect(() => batch.room(1_048_577)).toThrow(RangeError);
});
