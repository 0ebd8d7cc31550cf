import { compareHeaders } from "../../compare/compare-headers.ts";
import type { AttemptHead } from "../../ledger/records.ts";
import { shortSize } from "../../output/short-size.ts";
import type { Look } from "../model.ts";
import type { DetailContent } from "./content.ts";
import { type Piece, piece } from "./piece.ts";
import { EMPTY, heading, type Row, sentence } from "./rows.ts";

/** What an attempt sent otherwise than it was received, in a few words; nothing when it sent what was received. */
export function changePieces({ n, request }: AttemptHead, { head, sameBodies }: DetailContent): readonly Piece[] {
  if (request === undefined) return [];
  const { added, removed, changed } = compareHeaders(head.headers, request.headers);
  const names = new Set([...changed.map(({ name }) => name), ...added.map(([name]) => `+${name}`), ...removed.map(([name]) => `-${name}`)]);
  const isAsLong = request.body.total === head.body.total;
  const sizes = `body ${shortSize(head.body.total)} to ${shortSize(request.body.total)}`;
  const body = isAsLong ? (sameBodies.get(n) === false ? ["another body of the same size"] : []) : [sizes];
  const parts = [
    ...(request.method === head.method ? [] : [`method ${request.method}`]),
    ...(request.target === head.target ? [] : [`target ${request.target}`]),
    ...(names.size === 0 ? [] : [`headers ${[...names].join(", ")}`]),
    ...body,
  ];
  return [piece("~ sent with changes", "warn"), piece(parts.length === 0 ? "" : `: ${parts.join("; ")}`)];
}

/** The request of an attempt that sent something else: its first line, and the header lines that are not as they were received. */
export function sentRows({ request }: AttemptHead, { head }: DetailContent, look: Look): readonly Row[] {
  if (request === undefined) return [];
  const { added, removed, changed } = compareHeaders(head.headers, request.headers);
  const line = (sign: "+" | "-", [name, value]: readonly [string, string]): Row => ({
    pieces: [piece(` ${sign} ${name}: ${value}`, sign === "+" ? "ok" : "bad")],
    hang: 5,
  });
  const lines = [
    ...changed.flatMap(({ before, after }) => [...before.map((each) => line("-", each)), ...after.map((each) => line("+", each))]),
    ...removed.map((each) => line("-", each)),
    ...added.map((each) => line("+", each)),
  ];
  return [
    EMPTY,
    heading("the request as it was sent", look),
    sentence(piece(`${request.method} ${request.target}`, "bold")),
    ...(lines.length === 0 ? [sentence(piece("its headers are those that were received", "dim"))] : lines),
  ];
}
