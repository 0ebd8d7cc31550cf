import { type TextField, typeInto } from "../typing/text-field.ts";

/** Keys of the filter language (docs/filters.md), those that people ask for most first. */
const KEYS = ["status", "sig", "from", "type", "path", "method", "ms", "size", "age", "at", "try", "id", "is", "body", "note", "tunnel"];
/** Values of the keys that take one of a few. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  status: ["2xx", "3xx", "4xx", "5xx", "err"],
  sig: ["ok", "bad", "none", "key", "unknown"],
  is: ["failed", "pending", "held", "resend", "edited", "test", "marked", "dup"],
};

/** Values that are known at the moment, by key. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

/** Completes the word of a filter that ends at the caret, as far as all that it may become agree; a key gets its colon. */
export function completeFilter(field: TextField, known: KnownValues): TextField {
  const [, word = ""] = /(?:^|\s)-?([^\s"]*)$/.exec(field.text.slice(0, field.caret)) ?? [];
  const [, key, values = ""] = /^([^:]*):(.*)$/.exec(word) ?? [];
  const typed = key === undefined ? word : (values.split(",").at(-1) ?? "");
  const choices = key === undefined ? KEYS.map((each) => `${each}:`) : (VALUES[key.toLowerCase()] ?? known[key.toLowerCase()] ?? []);
  const fitting = choices.filter((each) => each.toLowerCase().startsWith(typed.toLowerCase()));
  const [first] = fitting;
  const isInside = /^[^\s]/.test(field.text.slice(field.caret));
  if (first === undefined || word === "" || isInside) return field;
  return typeInto(field, sharedStart(first, fitting).slice(typed.length));
}

function sharedStart(first: string, all: readonly string[]): string {
  let length = first.length;
  while (!all.every((each) => each.startsWith(first.slice(0, length)))) length--;
  return first.slice(0, length);
}
