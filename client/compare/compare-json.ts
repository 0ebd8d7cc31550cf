import type { JsonNode, JsonText } from "../../shared/signatures/json-text.ts";

/** How two JSON texts differ. Values stand as they were written, so that 1.0 and 1 are not the same. */
export type JsonDifference = {
  readonly added: readonly { readonly path: string; readonly value: string }[];
  readonly removed: readonly { readonly path: string; readonly value: string }[];
  readonly changed: readonly { readonly path: string; readonly before: string; readonly after: string }[];
};

type Found = { -readonly [Kind in keyof JsonDifference]: JsonDifference[Kind][number][] };

/**
 * Compares two JSON texts member by member, and the items of arrays by their number. White space, the order of members, and members that another
 * of the same name hides make no difference here. A path is names and numbers joined by dots, names with anything unusual in them as
 * `["name"]`; that of the whole text is empty.
 */
export function compareJson(before: JsonText, after: JsonText): JsonDifference {
  const found: Found = { added: [], removed: [], changed: [] };

  function compare(old: JsonNode, fresh: JsonNode, path: string): void {
    if (old.kind === "object" && fresh.kind === "object") {
      const [was, is] = [membersOf(old), membersOf(fresh)];
      for (const name of new Set([...was.keys(), ...is.keys()])) pair(was.get(name), is.get(name), below(path, name));
    } else if (old.kind === "array" && fresh.kind === "array") {
      const most = Math.max(old.items.length, fresh.items.length);
      for (let i = 0; i < most; i++) pair(old.items[i], fresh.items[i], below(path, String(i)));
    } else {
      const [was, is] = [written(before, old), written(after, fresh)];
      if (was !== is) found.changed.push({ path, before: was, after: is });
    }
  }

  function pair(old: JsonNode | undefined, fresh: JsonNode | undefined, path: string): void {
    if (old !== undefined && fresh !== undefined) compare(old, fresh, path);
    else if (old !== undefined) found.removed.push({ path, value: written(before, old) });
    else if (fresh !== undefined) found.added.push({ path, value: written(after, fresh) });
  }

  compare(before.root, after.root, "");
  return found;
}

/** By name, in order; of members with the same name the last, as JSON.parse has it. */
function membersOf({ members }: Extract<JsonNode, { kind: "object" }>): ReadonlyMap<string, JsonNode> {
  return new Map(members.map(({ name, value }) => [name, value]));
}

/** The text of a value, which stands there in one character a byte. */
function written({ text }: JsonText, { start, end }: JsonNode): string {
  return Buffer.from(text.slice(start, end), "latin1").toString("utf8");
}

function below(path: string, name: string): string {
  if (!/^[\p{L}\p{N}_$@:/-]+$/u.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}
