import { headerPairs } from "../../../shared/http/headers.ts";
import type { AttemptHead } from "../../ledger/records.ts";
import type { BodyMode, Look, PaneDocument, Tab } from "../model.ts";
import { answerPieces, attemptOf, patiencePieces } from "./answer-line.ts";
import { bodyPart, fitting, MOST_WRAPPED } from "./body-part.ts";
import type { DetailContent, OpenedBody } from "./content.ts";
import { joinParts, type Part } from "./document.ts";
import { headerRoles, headerRows } from "./header-rows.ts";
import { paintLine, piece } from "./piece.ts";
import { EMPTY, fact, type Row, rowsPart, sentence } from "./rows.ts";
import { changePieces, sentRows } from "./sent.ts";
import { signatureRows } from "./signature.ts";
import { summaryRows } from "./summary.ts";
import { tryRows } from "./tries.ts";

/** How a tab is shown. */
export type DetailOptions = {
  /** cells of a line at most */
  readonly columns: number;
  /** whether long lines go on below; else they are cut */
  readonly wrap: boolean;
  /** that the bodies were opened in, see {@link bodyForm} */
  readonly mode: BodyMode;
  /** what `foldOf` of a document gave, and the user has folded */
  readonly folded: ReadonlySet<number>;
  readonly look: Look;
  /** number of the attempt whose answer is shown; undefined: the newest */
  readonly attempt?: number | undefined;
};

/** How a body is to be opened for a mode. */
export function bodyForm(mode: BodyMode): { readonly as?: "text" | "hex" } {
  return mode === "pretty" ? {} : { as: mode === "raw" ? "text" : "hex" };
}

/** A tab of a delivery as a document. No line of it, and no title, is wider than `columns`. */
export function openDetail(tab: Tab, content: DetailContent, options: DetailOptions): PaneDocument {
  const { look, columns } = options;
  const rows = (all: readonly Row[]): Part => rowsPart(all, options);
  const titled = (title: string, parts: readonly Part[]): PaneDocument => joinParts(paintLine([piece(title)], columns, look.theme), parts);
  const dot = ` ${look.theme.glyphs.dot} `;
  switch (tab) {
    case "summary":
      return titled("", [rows(summaryRows(content, look))]);
    case "headers": {
      const { headers } = content.head;
      const count = headerPairs(headers).length;
      return titled(`${count} ${count === 1 ? "line" : "lines"}, in the order received`, [
        rows(headerRows(headers, look, headerRoles(content))),
      ]);
    }
    case "body":
      return titled(bodyTitle(content.request, options, dot), bodyParts(content.request, options));
    case "response":
      return response(content, options, titled);
    case "signature":
      return titled("", [rows(signatureRows(content, look))]);
    case "tries": {
      const count = content.head.attempts.length;
      const part = rowsPart(tryRows(content, look), options);
      return { ...titled(count === 0 ? "" : `${count} ${count === 1 ? "try" : "tries"}`, [part]), attemptAt: part.attemptAt };
    }
  }
}

function response(
  content: DetailContent,
  options: DetailOptions,
  titled: (title: string, parts: readonly Part[]) => PaneDocument,
): PaneDocument {
  const { head, provider, answer } = content;
  const { look } = options;
  const dot = ` ${look.theme.glyphs.dot} `;
  const attempt = attemptOf(head, options.attempt);
  const rows = (all: readonly Row[]): Part => rowsPart(all, options);
  if (attempt === undefined) {
    return titled("", [rows([sentence(piece(head.held ? "held: your app gets it later" : "your app has not been called yet", "dim"))])]);
  }
  const tries = head.attempts.length > 1 ? `try ${attempt.n} of ${head.attempts.length}` : "";
  const hint = attempt.error === undefined ? [] : [fact("hint", piece(attempt.error.hint))];
  const patience = patiencePieces(attempt, provider);
  const changes = changePieces(attempt, content);
  const begin = [
    sentence(...answerPieces(attempt, look)),
    ...hint,
    ...(patience.length === 0 ? [] : [fact("sender", ...patience)]),
    ...(changes.length === 0 ? [] : [sentence(...changes, piece(`; see below`, "dim"))]),
  ];
  const sent = sentParts(attempt, content, options);
  if (attempt.head === undefined) return titled(tries, [rows(begin), ...sent]);
  const title = [tries, bodyTitle(answer, options, dot)].filter((part) => part !== "").join(dot);
  return titled(title, [rows([...begin, EMPTY, ...headerRows(attempt.head.headers, look), EMPTY]), ...bodyParts(answer, options), ...sent]);
}

/** What an attempt sent, where that is not what was received. */
function sentParts(attempt: AttemptHead, content: DetailContent, options: DetailOptions): readonly Part[] {
  const { look } = options;
  if (attempt.request === undefined) return [];
  const head = sentRows(attempt, content, look);
  if (content.sent === undefined || content.sameBodies.get(attempt.n) === true)
    return [rowsPart([...head, sentence(piece("its body is the one that was received", "dim"))], options)];
  // two bodies in one document: places of the second one are counted on from the first
  const base = content.answer.state === "open" ? content.answer.view.places : 0;
  const folded = new Set([...options.folded].flatMap((place) => (place >= base ? [place - base] : [])));
  const title = bodyTitle(content.sent, { ...options, folded }, ` ${look.theme.glyphs.dot} `);
  const titleRows = title === "" ? [] : [sentence(piece(title, "dim"))];
  return [
    rowsPart([...head, EMPTY, ...titleRows], options),
    ...bodyParts(content.sent, { ...options, folded }).map((part): Part => ({
      ...part,
      foldOf: (line) => {
        const place = part.foldOf(line);
        return place === undefined ? undefined : place + base;
      },
    })),
  ];
}

/** Type, size, coding, and how it is shown. */
function bodyTitle(body: OpenedBody, options: DetailOptions, dot: string): string {
  if (body.state !== "open") return "";
  const { mode, wrap, folded } = options;
  const { view } = body;
  const shown = mode === "raw" ? ["as it is written"] : mode === "bytes" ? ["its bytes"] : [];
  const cut = wrap && fitting(view, options).total(folded) > MOST_WRAPPED ? [`wrapped up to line ${MOST_WRAPPED}`] : [];
  return [...view.facts, ...shown, ...cut].join(dot);
}

function bodyParts(body: OpenedBody, options: DetailOptions): readonly Part[] {
  const { look } = options;
  const { glyphs } = look.theme;
  const say = (row: Row): readonly Part[] => [rowsPart([row], options)];
  if (body.state === "loading") return say(sentence(piece(`${glyphs.waiting} the body is being read`, "dim")));
  if (body.state === "fault") return say(sentence(piece(`${glyphs.bad} `, "bad"), piece(body.text)));
  const { view } = body;
  if (view.kind === "empty") return say(sentence(piece("no body", "dim")));
  const notes = view.notes.map((note) => sentence(piece(`${glyphs.warn} `, "warn"), piece(note)));
  return [rowsPart(notes, options), bodyPart(view, options)];
}
