import type { AttemptKind } from "../../../shared/http/exchange.ts";
import type { AttemptHead } from "../../ledger/records.ts";
import { clockTime } from "../../output/clock-time.ts";
import type { Look } from "../model.ts";
import type { Glyphs } from "../theme.ts";
import { patiencePieces, statusMeaning } from "./answer-line.ts";
import type { AttemptChange, DetailContent } from "./content.ts";
import { type Meaning, type Piece, piece } from "./piece.ts";
import { type Row, sentence } from "./rows.ts";
import { changePieces } from "./sent.ts";

const KINDS: Readonly<Record<AttemptKind, string>> = { live: "live", held: "held", retry: "retry", resend: "resend", trigger: "test" };

const CHANGES: Readonly<Record<AttemptChange, { readonly glyph: keyof Glyphs; readonly meaning: Meaning; readonly text: string }>> = {
  fixed: { glyph: "ok", meaning: "ok", text: "fixed" },
  "still-failing": { glyph: "bad", meaning: "bad", text: "still failing" },
  regressed: { glyph: "bad", meaning: "bad", text: "regressed" },
  same: { glyph: "dot", meaning: "dim", text: "same" },
};

/** Each call of the app on a line, with what was special about it below. */
export function tryRows(content: DetailContent, look: Look): readonly Row[] {
  const { head } = content;
  if (head.attempts.length === 0) {
    return [sentence(piece(head.held ? "held: your app gets it later" : "your app has not been called yet", "dim"))];
  }
  return [
    { pieces: [piece("   n  time      how      code         ms", "dim")] },
    ...head.attempts.flatMap((attempt, index) => attemptRows(attempt, { content, look, before: head.attempts[index - 1] })),
  ];
}

type Surroundings = { readonly content: DetailContent; readonly look: Look; readonly before: AttemptHead | undefined };

function attemptRows(attempt: AttemptHead, { content, look, before }: Surroundings): readonly Row[] {
  const { n, kind, at, head, timings, error, late, target } = attempt;
  const { glyphs } = look.theme;
  const meaning = head === undefined || error !== undefined ? "bad" : statusMeaning(head.status);
  const isOver = timings !== undefined;
  const code = head === undefined ? (isOver ? "ERR" : glyphs.waiting) : String(head.status);
  const ms = isOver ? `${Math.round(timings.total)} ms` : "";
  const change = content.changes.get(n);
  const patience = kind === "live" || kind === "retry" ? patiencePieces(attempt, content.provider) : [];
  const more: readonly (readonly Piece[])[] = [
    ...(change === undefined ? [] : [[piece(`${glyphs[CHANGES[change].glyph]} ${CHANGES[change].text}`, CHANGES[change].meaning)]]),
    ...(late ? [[piece("after the sender had been answered", "warn")]] : []),
    ...(patience.length === 0 ? [] : [patience]),
  ];
  return [
    {
      pieces: [
        piece(`${String(n).padStart(4)}  ${clockTime(at)}  ${KINDS[kind].padEnd(8)} `),
        piece(code.padEnd(4), isOver ? meaning : "dim"),
        piece(ms.padStart(11)),
        ...more.flatMap((pieces) => [piece("  "), ...pieces]),
      ],
    },
    ...below(
      error === undefined ? [] : [piece(`${glyphs.bad} ${error.code}: `, "bad"), piece(`${error.message} ${glyphs.dot} ${error.hint}`)],
    ),
    ...below(target === before?.target || before === undefined ? [] : [piece("called ", "dim"), piece(target)]),
    ...below(changePieces(attempt, content)),
  ].map((row): Row => ({ ...row, attempt: n }));
}

function below(pieces: readonly Piece[]): readonly Row[] {
  return pieces.length === 0 ? [] : [{ pieces: [piece("      "), ...pieces], hang: 8 }];
}
