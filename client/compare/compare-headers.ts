import { headerPairs, type HeaderList } from "../../shared/http/headers.ts";

type Line = readonly [name: string, value: string];

/** How two lists of header lines differ; names are compared in any case, lines as they are. */
export type HeaderDifference = {
  readonly equal: boolean;
  /** lines of names that the first list does not have */
  readonly added: readonly Line[];
  /** lines of names that the second list does not have */
  readonly removed: readonly Line[];
  /** names of both lists whose lines are not the same */
  readonly changed: readonly { readonly name: string; readonly before: readonly Line[]; readonly after: readonly Line[] }[];
  /** whether the names of both lists stand in another order */
  readonly order: boolean;
};

/** Compares two lists of header lines. */
export function compareHeaders(before: HeaderList, after: HeaderList): HeaderDifference {
  const old = headerPairs(before);
  const fresh = headerPairs(after);
  const oldByName = byName(old);
  const freshByName = byName(fresh);
  const added = fresh.filter(([name]) => !oldByName.has(name.toLowerCase()));
  const removed = old.filter(([name]) => !freshByName.has(name.toLowerCase()));
  const changed = [...oldByName].flatMap(([name, lines]) => {
    const others = freshByName.get(name);
    return others === undefined || isSame(lines, others) ? [] : [{ name, before: lines, after: others }];
  });
  // each name where it stands first: a line more or less is a change, not another order
  const common = [...oldByName.keys()].filter((name) => freshByName.has(name));
  const moved = [...freshByName.keys()].filter((name) => oldByName.has(name));
  const order = common.some((name, index) => name !== moved[index]) || (changed.length === 0 && !isSameOrder(old, fresh, common));
  return { equal: isSame(old, fresh), added, removed, changed, order };
}

function byName(lines: readonly Line[]): ReadonlyMap<string, readonly Line[]> {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const name = line[0].toLowerCase();
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [line]);
    else group.push(line);
  }
  return groups;
}

function isSame(some: readonly Line[], others: readonly Line[]): boolean {
  return some.length === others.length && some.every(([name, value], index) => name === others[index]?.[0] && value === others[index]?.[1]);
}

function isSameOrder(some: readonly Line[], others: readonly Line[], common: readonly string[]): boolean {
  const known = new Set(common);
  const isKnown = ([name]: Line): boolean => known.has(name.toLowerCase());
  return isSame(some.filter(isKnown), others.filter(isKnown));
}
