import { expect, test } from "vitest";
import { Roster } from "../../shared/roster.ts";

type Guest = { readonly name: string; place: number };

const guest = (name: string): Guest => ({ name, place: -1 });
const names = (roster: Roster<Guest>): string => [...roster].map(({ name }) => name).join("");

function filled(): { readonly roster: Roster<Guest>; readonly a: Guest; readonly b: Guest; readonly c: Guest } {
  const roster = new Roster<Guest>();
  const [a, b, c] = [guest("a"), guest("b"), guest("c")];
  for (const each of [a, b, c]) roster.add(each);
  return { roster, a, b, c };
}

test("whoever leaves is gone, and the others can still leave", () => {
  const { roster, a, b, c } = filled();
  roster.delete(a);
  expect(names(roster)).toBe("cb");
  roster.delete(c);
  roster.delete(b);
  expect(roster.size).toBe(0);
});

test("whoever was never in it, or has left, changes nothing by leaving", () => {
  const { roster, a } = filled();
  roster.delete(guest("x"));
  roster.delete(a);
  roster.delete(a);
  expect(names(roster)).toBe("cb");
  // it holds a place of the same number elsewhere
  const elsewhere = filled();
  roster.delete(elsewhere.b);
  expect(names(roster)).toBe("cb");
});

test("those that are in it at the beginning are all met, even if they leave on the way", () => {
  const { roster } = filled();
  let met = "";
  for (const each of roster) {
    met += each.name;
    roster.delete(each);
    if (each.name === "a") roster.add(guest("d"));
  }
  expect(met).toBe("abc");
  expect(names(roster)).toBe("d");
});

test("the one that is looked for is found", () => {
  const { roster, b } = filled();
  expect(roster.find(({ name }) => name === "b")).toBe(b);
  expect(roster.find(({ name }) => name === "z")).toBeUndefined();
});
