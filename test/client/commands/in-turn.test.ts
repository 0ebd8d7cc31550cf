import { expect, it } from "vitest";
import { inTurn } from "../../../client/commands/in-turn.ts";

type Open = { readonly item: number; readonly end: () => void; readonly fail: (error: Error) => void };

/** Work that ends when it is told to. */
function createWork() {
  const open: Open[] = [];
  const work = (item: number): Promise<void> => new Promise((resolve, reject) => void open.push({ item, end: resolve, fail: reject }));
  return { work, begun: () => open.map(({ item }) => item), at: (index: number) => open[index] as Open };
}

/** All that is due without a timer has happened. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

const never = new AbortController().signal;

it("begins nothing where there is nothing, or it is stopped already", async () => {
  const { work, begun } = createWork();
  await inTurn([], { most: 2, stop: never }, work);
  await inTurn([1], { most: 2, stop: AbortSignal.abort() }, work);
  expect(begun()).toEqual([]);
});

it("begins in order, and no more than so many before one is over", async () => {
  const { work, begun, at } = createWork();
  const all = inTurn([1, 2, 3, 4], { most: 2, stop: never }, work);
  expect(begun()).toEqual([1, 2]);
  at(1).end();
  await settle();
  expect(begun()).toEqual([1, 2, 3]);
  at(0).end();
  await settle();
  expect(begun()).toEqual([1, 2, 3, 4]);
  at(2).end();
  at(3).end();
  await all;
});

it.each(["stopped", "failed"])("waits for what was begun when it is %s, and begins nothing more", async (how) => {
  const { work, begun, at } = createWork();
  const stop = new AbortController();
  let end: unknown = "open";
  const all = inTurn([1, 2, 3], { most: 2, stop: stop.signal }, work).then(
    () => (end = "over"),
    (error: unknown) => (end = error),
  );
  const fault = new Error("made up");
  if (how === "stopped") {
    stop.abort();
    at(0).end();
  } else {
    at(0).fail(fault);
  }
  await settle();
  expect([begun(), end]).toEqual([[1, 2], "open"]);
  at(1).end();
  await all;
  expect([begun(), end]).toEqual([[1, 2], how === "stopped" ? "over" : fault]);
});
