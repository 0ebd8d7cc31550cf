import { expect, it } from "vitest";
import { changedNames, framedHeaders, replaceHeaders } from "../../../client/resending/replace-headers.ts";

it("puts new values in the place of the first of that name, in its spelling, and other headers last", () => {
  const old = ["A", "1", "x-b", "2", "C", "3", "X-B", "4"];
  expect(replaceHeaders(old, ["X-B", "5", "D", "6", "x-B", "7"])).toEqual(["A", "1", "x-b", "5", "x-b", "7", "C", "3", "D", "6"]);
  expect(replaceHeaders(old, [])).toEqual(old);
});

it("takes away what is to go, but for what gets a new value", () => {
  expect(replaceHeaders(["A", "1", "B", "2"], ["b", "3"], () => true)).toEqual(["B", "3"]);
});

it.each([
  { had: ["content-length", "7", "A", "b"], bytes: 3, gets: ["content-length", "3", "A", "b"] },
  { had: ["Content-Length", "7"], bytes: 0, gets: ["Content-Length", "0"] },
  { had: ["Content-Length", "7", "Content-Length", "7"], bytes: 3, gets: ["Content-Length", "3"] },
  { had: ["A", "b"], bytes: 3, gets: ["A", "b", "Content-Length", "3"] },
  { had: ["A", "b"], bytes: 0, gets: ["A", "b"] },
  { had: ["Content-Length", "7", "transfer-encoding", "gzip, chunked"], bytes: 3, gets: ["transfer-encoding", "chunked"] },
])("frames $bytes bytes below $had as $gets", ({ had, bytes, gets }) => {
  expect(framedHeaders(had, bytes)).toEqual(gets);
});

it("knows the names whose values differ in number, order or text", () => {
  const before = ["A", "1", "B", "2", "b", "3", "C", "4", "D", "5"];
  const after = ["a", "1", "B", "3", "b", "2", "C", "4", "C", "4", "E", "6"];
  expect([...changedNames(before, after)].toSorted()).toEqual(["b", "c", "d", "e"]);
});
