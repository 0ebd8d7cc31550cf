import { signatureSign } from "../list/signature-sign.ts";
import type { Look } from "../model.ts";
import type { CheckedSignature } from "./content.ts";
import { type Piece, piece } from "./piece.ts";

/** The words of a glance, spelt out. */
const WORDS: Readonly<Record<string, string>> = {
  ok: "SIGNATURE OK",
  bad: "BAD SIGNATURE",
  form: "MALFORMED SIGNATURE",
  miss: "SIGNATURE MISSING",
  old: "SIGNATURE TOO OLD",
  new: "SIGNATURE OF A TIME TO COME",
  none: "NOT SIGNED",
  key: "NOT CHECKED: NO SECRET",
  unk: "NOT CHECKED: UNKNOWN SCHEME",
};

/** The verdict at a glance: a sign and what it means in capitals. */
export function verdictPieces(verification: CheckedSignature | undefined, { theme }: Pick<Look, "theme">): readonly Piece[] {
  if (verification === undefined) return [piece(`${theme.glyphs.none} `, "dim"), piece("NO SIGNATURE CHECKED", "bold")];
  const { glyph, word, meaning } = signatureSign({ verdict: verification.verdict, reason: verification.reason?.code });
  return [piece(`${theme.glyphs[glyph]} `, meaning), piece(WORDS[word] ?? verification.verdict, meaning === "dim" ? "bold" : meaning)];
}
