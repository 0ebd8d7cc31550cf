import type { AttemptHead, DeliveryHead } from "../../ledger/records.ts";
import type { Look } from "../model.ts";
import type { ProviderFacts } from "./content.ts";
import { type Meaning, type Piece, piece } from "./piece.ts";

/** Part of the time that a sender waits, from which it is worth a warning. */
const NEAR_PERCENT = 50;

/** The attempt that is shown: the one with number `n`, or the newest. */
export function attemptOf({ attempts }: Pick<DeliveryHead, "attempts">, n: number | undefined): AttemptHead | undefined {
  return n === undefined ? attempts.at(-1) : attempts.find((attempt) => attempt.n === n);
}

/** How an attempt ended: `200 OK in 35 ms`, or why there is no answer. */
export function answerPieces(attempt: AttemptHead, look: Pick<Look, "theme">): readonly Piece[] {
  const { head, error, timings, late } = attempt;
  const { glyphs } = look.theme;
  const took = timings === undefined ? "" : ` in ${Math.round(timings.total)} ms`;
  const tooLate = late ? [piece(", after the sender had been answered", "warn")] : [];
  if (head === undefined) {
    if (error === undefined && timings === undefined) return [piece(`${glyphs.waiting} no answer yet`, "warn")];
    return [piece(`${glyphs.bad} no answer`, "bad"), piece(`${took}${error === undefined ? "" : `: ${error.message}`}`)];
  }
  const meaning = statusMeaning(head.status);
  const status = piece(`${glyphs[meaning]} ${`${head.status} ${head.reason}`.trim()}`, meaning);
  const broken = error === undefined ? [] : [piece(`, not whole: ${error.message}`, "bad")];
  return [status, piece(took), ...tooLate, ...broken];
}

/** What a status means for the sender. */
export function statusMeaning(status: number): Extract<Meaning, "ok" | "warn" | "bad"> {
  return status >= 500 ? "bad" : status >= 400 ? "warn" : "ok";
}

/** How much of the time that the sender waits an attempt took; nothing when either is not known. */
export function patiencePieces({ timings }: AttemptHead, provider: ProviderFacts | undefined): readonly Piece[] {
  const deadline = provider?.delivery.deadline;
  if (provider === undefined || deadline === undefined || deadline === "not found" || timings === undefined) return [];
  const percent = Math.floor(timings.total / (deadline.value * 10));
  if (percent >= 100) return [piece(`too late: ${provider.name} waits ${deadline.value} s`, "bad")];
  if (percent < 1) return [piece(`${provider.name} waits ${deadline.value} s`)];
  const text = `${percent} % of the ${deadline.value} s that ${provider.name} waits`;
  return [percent >= NEAR_PERCENT ? piece(text, "warn") : piece(text)];
}
