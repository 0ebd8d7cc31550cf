import type { Scheme } from "./scheme.ts";
import { placeholdersOf } from "./template.ts";

/** How much of the body a signature covers. `part`: some of its members; others can be changed by anybody. */
export type Coverage = "whole" | "part" | "none";

/** Placeholders that stand for every byte, or every value, of the body. */
const WHOLE = new Set(["body", "body-as", "body-without", "body-sha256-hex", "contentful", "form-sorted", "form-sorted-unique"]);
const PART = new Set(["body-only", "sns", "adyen"]);

/** How much of the body a scheme covers. */
export function coverageOf({ signed, bodyDigest }: Pick<Scheme, "signed" | "bodyDigest">): Coverage {
  if (bodyDigest !== undefined) return "whole";
  // `{body:path}` is one member
  const names = [...placeholdersOf(signed.replaceAll(/\{body:/g, "{body-only:"))];
  if (names.some((name) => WHOLE.has(name))) return "whole";
  return names.some((name) => PART.has(name)) ? "part" : "none";
}
