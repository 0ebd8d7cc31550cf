import { expect, test } from "vitest";
import { parseSize } from "../../shared/size.ts";

test.each([
  ["", undefined],
  ["mb", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["10tb", undefined],
  ["10 m b", undefined],
  ["0x10", undefined],
  ["9007199254740992", undefined],
  ["9007199254740991", 9_007_199_254_740_991],
  ["0", 0],
  ["4096", 4096],
  ["512b", 512],
  ["64k", 65_536],
  ["64KB", 65_536],
  ["10mb", 10_485_760],
  ["10 MB", 10_485_760],
  ["1.5g", 1_610_612_736],
  ["4gb", 4_294_967_296],
])("the size %j is %s bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});
