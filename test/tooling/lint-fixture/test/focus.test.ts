import { expect, it, test } from "vitest";

// expect vitest(no-focused-tests)
it.only("is the only one", () => {
  expect(1).toBe(1);
});

// expect vitest(no-disabled-tests)
it.skip("is left out", () => {
  expect(1).toBe(1);
});

// expect vitest(warn-todo)
it.todo("is not written");

test("has a double", () => {
  expect(1).toBe(1);
});

// expect vitest(no-identical-title)
test("has a double", () => {
  expect(1).toBe(1);
});

// expect vitest(expect-expect)
it("cannot fail", () => {
  JSON.parse("{}");
});

it("may hold what is any by design", () => {
  const value = expect.anything();
  // expect typescript(no-floating-promises)
  Promise.resolve(value);
  expect(value).toBeDefined();
});
