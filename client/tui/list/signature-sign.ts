import type { Row } from "../model.ts";
import type { Theme } from "../theme.ts";

/** A verdict at a glance. The word is four letters at most. */
export type SignatureSign = {
  readonly glyph: keyof Theme["glyphs"];
  readonly word: string;
  readonly meaning: "ok" | "bad" | "warn" | "dim";
};

const VALID: SignatureSign = { glyph: "ok", word: "ok", meaning: "ok" };
const BAD: SignatureSign = { glyph: "bad", word: "bad", meaning: "bad" };
const MALFORMED: SignatureSign = { glyph: "bad", word: "form", meaning: "bad" };
const NONE: SignatureSign = { glyph: "none", word: "none", meaning: "dim" };
const NO_SECRET: SignatureSign = { glyph: "unknown", word: "key", meaning: "warn" };
const UNKNOWN: SignatureSign = { glyph: "unknown", word: "unk", meaning: "dim" };

/** Reasons of an invalid signature that a word of their own tells better than `bad`. */
const REASONS: Readonly<Record<string, SignatureSign>> = {
  stale: { glyph: "warn", word: "old", meaning: "warn" },
  future: { glyph: "warn", word: "new", meaning: "warn" },
  "signature-missing": { glyph: "bad", word: "miss", meaning: "bad" },
  "signature-malformed": MALFORMED,
  "timestamp-missing": MALFORMED,
  "timestamp-malformed": MALFORMED,
  "id-missing": MALFORMED,
};

/** How the signature of a delivery is shown; a verdict that there is not (yet) looks like no signature. */
export function signatureSign({ verdict, reason }: Pick<Row, "verdict" | "reason">): SignatureSign {
  switch (verdict) {
    case "valid":
      return VALID;
    case "invalid":
      return (reason !== undefined && Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined) ?? BAD;
    case "no-secret":
      return NO_SECRET;
    case "unknown-scheme":
      return UNKNOWN;
    default:
      return NONE;
  }
}
