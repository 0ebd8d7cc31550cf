import type { BodyDifference } from "../../compare/compare-bodies.ts";
import type { Change, Comparison } from "../../compare/compare-deliveries.ts";
import type { HeaderDifference } from "../../compare/compare-headers.ts";
import { cellsOf } from "../../terminal/cut-line.ts";
import type { Look, PaneDocument } from "../model.ts";
import { joinParts } from "./document.ts";
import { paintLine, type Piece, piece, textOf } from "./piece.ts";

/** Characters of one value that are made safe and shown at most: a member may be a megabyte. */
const VALUE_LIMIT = 2_000;

/** How two deliveries are told apart: `#127 14:02:31`. Untrusted. */
export type DiffLabels = { readonly before: string; readonly after: string };

/** How it is shown. */
export type DiffOptions = { readonly columns: number; readonly look: Look };

/** A line, made when somebody looks at it: there may be as many as two bodies have. */
type LazyLine = () => readonly Piece[];

/** What is not the same in the requests of two deliveries, as a document. What is only in the first has `-`, only in the second `+`, in both `~`. */
export function openDiff(comparison: Comparison, { before, after }: DiffLabels, options: DiffOptions): PaneDocument {
  const { equal, method, target, headers, body, partial } = comparison;
  const { columns, look } = options;
  const { theme } = look;
  const lines: readonly LazyLine[] = [
    () => [piece("--- ", "bad"), piece(before, "bold")],
    () => [piece("+++ ", "ok"), piece(after, "bold")],
    ...(partial
      ? [line(piece(`${theme.glyphs.warn} `, "warn"), piece("a body is not recorded whole: what is missing was not compared"))]
      : []),
    ...(equal ? [line(), line(piece(`${theme.glyphs.ok} the same request`, "ok"))] : []),
    ...changeLines("method", method, options),
    ...changeLines("target", target, options),
    ...headerLines(headers),
    ...bodyLines(body, options),
  ];
  return joinParts(paintLine([piece(equal ? "the same request" : summaryOf(comparison))], columns, theme), [
    {
      count: lines.length,
      lines: (from, count) => lines.slice(Math.max(0, from), Math.max(0, from + count)).map((make) => paintLine(make(), columns, theme)),
      foldOf: () => undefined,
      find(needle, most) {
        const found: number[] = [];
        const wanted = needle.toLowerCase();
        if (wanted === "") return found;
        for (let index = 0; index < lines.length && found.length < most; index++) {
          if (
            textOf(lines[index]?.() ?? [])
              .toLowerCase()
              .includes(wanted)
          )
            found.push(index);
        }
        return found;
      },
    },
  ]);
}

function summaryOf({ method, target, headers, body }: Comparison): string {
  const names = headers.added.length + headers.removed.length + headers.changed.length;
  const parts = [
    ...(method === undefined ? [] : ["method"]),
    ...(target === undefined ? [] : ["target"]),
    ...(names > 0 ? [`${names} ${names === 1 ? "header" : "headers"}`] : headers.equal ? [] : ["the order of headers"]),
    ...(body.kind === "same" ? [] : ["body"]),
  ];
  return `not the same: ${parts.join(", ")}`;
}

function line(...pieces: readonly Piece[]): LazyLine {
  return () => pieces;
}

function title(text: string): readonly LazyLine[] {
  return [line(), line(piece(text, "bold"))];
}

/** A value of one side. */
function side(sign: "-" | "+", text: string, indent = "  "): LazyLine {
  return () => [piece(`${indent}${sign} `, sign === "-" ? "bad" : "ok"), shown(text)];
}

function shown(text: string): Piece {
  return piece(text.length > VALUE_LIMIT ? text.slice(0, VALUE_LIMIT) : text);
}

function changeLines(name: string, change: Change<string> | undefined, options: DiffOptions): readonly LazyLine[] {
  return change === undefined ? [] : [...title(name), ...changedLines("", change, options)];
}

/** A value of both sides: on one line when it fits, else on one for each. */
function changedLines(name: string, { before, after }: Change<string>, { columns, look }: DiffOptions): readonly LazyLine[] {
  const sign = piece("  ~ ", "warn");
  const label = name === "" ? "" : `${name}: `;
  const to = ` ${look.theme.glyphs.to} `;
  const isShort = label.length + before.length + after.length <= columns && cellsOf(`  ~ ${label}${before}${to}${after}`) <= columns;
  if (isShort && name !== "") return [() => [sign, shown(label), shown(before), piece(to, "dim"), shown(after)]];
  const sides = [side("-", before, name === "" ? "  " : "    "), side("+", after, name === "" ? "  " : "    ")];
  return name === "" ? sides : [() => [sign, shown(label)], ...sides];
}

function headerLines({ equal, added, removed, changed, order }: HeaderDifference): readonly LazyLine[] {
  if (equal) return [];
  const text = ([name, value]: readonly [string, string]): string => `${name}: ${value}`;
  return [
    ...title("headers"),
    ...removed.map((each) => side("-", text(each))),
    ...changed.flatMap(({ name, before, after }) => [
      line(piece("  ~ ", "warn"), shown(name)),
      ...before.map((each) => side("-", text(each), "    ")),
      ...after.map((each) => side("+", text(each), "    ")),
    ]),
    ...added.map((each) => side("+", text(each))),
    ...(order ? [line(piece("  ~ ", "warn"), piece("they stand in another order"))] : []),
  ];
}

function bodyLines(body: BodyDifference, options: DiffOptions): readonly LazyLine[] {
  switch (body.kind) {
    case "same":
      return [];
    case "binary":
      return [...title("body"), line(piece("  ~ ", "warn"), piece(`differs from byte ${body.offset} on`))];
    case "text":
      return [
        ...title("body, by its lines"),
        ...body.lines.map((each) =>
          side(
            each.side === "before" ? "-" : "+",
            `${String(each.number).padStart(4)} ${each.text.slice(0, VALUE_LIMIT).replace(/\r?\n$/, "")}`,
          ),
        ),
      ];
    case "json": {
      const { changed, removed, added } = body;
      if (changed.length + removed.length + added.length === 0) {
        return [...title("body, JSON"), line(piece("  ~ ", "warn"), piece("the same values, written otherwise"))];
      }
      const name = (path: string): string => (path === "" ? "all of it" : path);
      return [
        ...title("body, JSON"),
        ...changed.flatMap(({ path, ...change }) => changedLines(name(path), change, options)),
        ...removed.map(({ path, value }) => side("-", `${name(path)}: ${value}`)),
        ...added.map(({ path, value }) => side("+", `${name(path)}: ${value}`)),
      ];
    }
  }
}
