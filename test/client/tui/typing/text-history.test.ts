import { expect, it } from "vitest";
import { earlier, historyOf, later, remember } from "../../../../client/tui/typing/text-history.ts";

it("goes back as far as there are texts, and forward to what was being typed", () => {
  const seen: string[] = [];
  let [history, text] = [historyOf(["first", "second"]), "draft"];
  for (const step of [later, earlier, earlier, earlier, later, later, later]) {
    [history, text] = step(history, text);
    seen.push(text);
  }
  expect(seen).toEqual(["draft", "second", "first", "first", "second", "draft", "draft"]);
});

it("has nothing but the draft before anything was entered", () => {
  const [history, text] = earlier(historyOf([]), "draft");
  expect([text, later(history, text)[1]]).toEqual(["draft", "draft"]);
});

it("remembers each text once, the newest last, and fifty of them", () => {
  expect(remember(["a", "b", "c"], "a")).toEqual(["b", "c", "a"]);
  expect(remember(["a"], "")).toEqual(["a"]);
  const full = Array.from({ length: 50 }, (_, at) => String(at));
  expect(remember(full, "next")).toEqual([...full.slice(1), "next"]);
});
