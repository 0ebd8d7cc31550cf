import { readJson } from "../../shared/signatures/json-text.ts";
import type { RecordedBody } from "../ledger/records.ts";
import { compareJson, type JsonDifference } from "./compare-json.ts";
import { compareLines, type LineChange } from "./compare-lines.ts";

/** How two bodies differ: by the members of JSON, by the lines of text, or by their bytes. */
export type BodyDifference =
  | { readonly kind: "same" }
  | ({ readonly kind: "json" } & JsonDifference)
  | { readonly kind: "text"; readonly lines: readonly LineChange[] }
  /** the first byte that is not the same, 0 being the first of all */
  | { readonly kind: "binary"; readonly offset: number };

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Compares two bodies as far as they are recorded; larger ones than `mostBytes` by their bytes alone, which takes no time. */
export function compareBodies(before: RecordedBody, after: RecordedBody, { mostBytes = Infinity } = {}): BodyDifference {
  const [old, fresh] = [before.bytes, after.bytes];
  const isSame = old.equals(fresh);
  if (isSame && before.total === after.total) return { kind: "same" };
  const bytes = { kind: "binary", offset: firstDifference(old, fresh) } as const;
  // the difference lies in what is not recorded
  if (isSame || Math.max(old.length, fresh.length) > mostBytes) return bytes;
  const json = [readJson(old), readJson(fresh)] as const;
  if (json[0] !== undefined && json[1] !== undefined) return { kind: "json", ...compareJson(json[0], json[1]) };
  const text = [textOf(old), textOf(fresh)] as const;
  if (text[0] === undefined || text[1] === undefined) return bytes;
  return { kind: "text", lines: compareLines(text[0], text[1]) };
}

function firstDifference(old: Buffer, fresh: Buffer): number {
  const end = Math.min(old.length, fresh.length);
  let at = 0;
  while (at < end && old[at] === fresh[at]) at++;
  return at;
}

/** @returns undefined when it is no UTF-8, or holds NUL, which no text does */
function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return TEXT.decode(bytes);
  } catch {
    return undefined;
  }
}
