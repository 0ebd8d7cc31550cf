import { deadlineText, retriesText } from "../../../shared/catalogue/describe.ts";
import type { Disable } from "../../../shared/signatures/provider.ts";
import { shortSize } from "../../output/short-size.ts";
import { keyed } from "../frame/keyed.ts";
import type { Look } from "../model.ts";
import { answerPieces, attemptOf, patiencePieces } from "./answer-line.ts";
import type { DetailContent } from "./content.ts";
import { dayOf, preciseTime } from "./moment.ts";
import { type Piece, piece } from "./piece.ts";
import { EMPTY, fact, facts, heading, type Row, sentence } from "./rows.ts";
import { verdictPieces } from "./verdict-line.ts";

/** Characters of an id that no two deliveries have in common, but for two in one millisecond. */
const SHORT_ID = 18;

/** What arrived, what the app made of it, and what there is to know beside. */
export function summaryRows(content: DetailContent, look: Look): readonly Row[] {
  const { head, note, provider } = content;
  const { method, target, base, receivedAt, forwarded, event, eventId, bytes, complete, body, tunnel } = head;
  const whole = complete ? (body.truncated ? `, the first ${shortSize(body.kept)} are recorded` : "") : ", not whole";
  return [
    sentence(piece(`${method} ${target}`, "bold")),
    EMPTY,
    ...facts([
      ["received", `${dayOf(receivedAt)} ${preciseTime(receivedAt)}`],
      ["from", `${forwarded.for}, by ${forwarded.proto}${head.upgrade ? ", asks for a WebSocket" : ""}`],
      ["host", `${forwarded.host}${base}`],
      ["tunnel", tunnel],
      ["provider", provider === undefined ? head.provider : `${provider.name} (${provider.id})`],
      ["event", event],
      ["event id", eventId],
      ["size", `${shortSize(bytes)}${whole}`],
    ]),
    ...answerRows(content, look),
    ...verdictRows(content, look),
    ...repeatRows(content, look),
    ...markRows(content, look),
    ...facts([["note", note]]),
    ...providerRows(content, look),
    EMPTY,
    fact("id", piece(head.id)),
    // a unique beginning is enough, and a line that is not broken can be copied
    fact("", piece(`devhook show ${head.id.slice(0, SHORT_ID)}`, "dim")),
  ];
}

function answerRows({ head, provider }: DetailContent, look: Look): readonly Row[] {
  const attempt = attemptOf(head, undefined);
  if (attempt === undefined) {
    const words = head.held
      ? "held: your app gets it later"
      : head.state === "interrupted"
        ? INTERRUPTED
        : "your app has not been called yet";
    return [fact("your app", piece(`${look.theme.glyphs.waiting} ${words}`, "warn"))];
  }
  if (head.state === "interrupted") return [fact("your app", piece(`${look.theme.glyphs.bad} ${INTERRUPTED}`, "bad"))];
  const tries = head.attempts.length > 1 ? [piece(`, try ${attempt.n}`)] : [];
  const patience = patiencePieces(attempt, provider);
  return [
    fact("your app", ...answerPieces(attempt, look), ...tries),
    ...(patience.length === 0 ? [] : [fact("", ...patience)]),
    ...facts([["hint", attempt.error?.hint]]),
  ];
}

const INTERRUPTED = "devhook ended before your app had answered";

function verdictRows({ verification }: DetailContent, look: Look): readonly Row[] {
  const why = verification?.reason?.message;
  const more = keyed(look, "tab-signature", (key) => ` ${look.theme.glyphs.dot} ${key} shows more`);
  const reason = why === undefined ? [] : [piece(`: ${why}`)];
  return [fact("signature", ...verdictPieces(verification, look), ...reason, piece(more, "dim"))];
}

function repeatRows({ head: { duplicateOf }, verification }: DetailContent, { theme }: Look): readonly Row[] {
  if (duplicateOf === undefined) return [];
  const same = verification?.duplicate?.sameBytes;
  const bytes: readonly Piece[] =
    same === true ? [piece(", the same bytes")] : same === false ? [piece(`, ${theme.glyphs.warn} with other bytes`, "warn")] : [];
  return [fact("repeats", piece(duplicateOf), ...bytes)];
}

function markRows({ head }: DetailContent, look: Look): readonly Row[] {
  const marks = [
    ...(head.held ? ["held by devhook"] : []),
    ...(head.owed ? ["still owed to your app"] : []),
    ...(head.pinned ? ["pinned: never cleaned up"] : []),
  ];
  return facts([["marks", marks.join(` ${look.theme.glyphs.dot} `)]]);
}

function providerRows({ provider }: DetailContent, look: Look): readonly Row[] {
  if (provider === undefined) return [];
  const { delivery, notes = [] } = provider;
  const rows = facts([
    ["waits", delivery.deadline === "not found" ? undefined : deadlineText(delivery)],
    ["repeats", delivery.retries === "not found" ? undefined : retriesText(delivery)],
    ["gives up", delivery.disable === "not found" ? undefined : disableText(delivery.disable.value)],
    ...notes.map((text) => ["note", text] as const),
  ]);
  return rows.length === 0 ? [] : [EMPTY, heading(`what ${provider.name} does`, look), ...rows];
}

function disableText({ failures, of = "deliveries", consecutive }: Disable): string | undefined {
  if (failures === undefined) return undefined;
  const failed = failures === 1 ? `failed ${of === "attempts" ? "attempt" : "delivery"}` : `failed ${of}`;
  return `after ${failures} ${failed}${consecutive === true ? " in a row" : ""}`;
}
