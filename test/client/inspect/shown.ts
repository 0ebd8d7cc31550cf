import type { BodyLines, LineOptions } from "../../../client/inspect/bodies/body-lines.ts";
import { type BodyContent, type BodyView, viewBody } from "../../../client/inspect/body-view.ts";

/** A body with a type, as it came. */
export function view(contentType: string | undefined, body: string | Buffer, more: Partial<BodyContent> = {}): BodyView {
  return viewBody({ contentType, bytes: Buffer.from(body as string), truncated: false, ...more });
}

/** What is seen of some lines, `…` where one goes on. */
export function shownLines(body: BodyLines, options: Partial<LineOptions> = {}, from = 0, count = 1_000_000): readonly string[] {
  return body
    .lines(from, count, { width: 10_000, ...options })
    .map(({ segments, isCut }) => `${segments.map(({ text }) => text).join("")}${isCut ? "…" : ""}`);
}

/** All lines as one text. */
export function shown(body: BodyLines, options: Partial<LineOptions> = {}): string {
  return shownLines(body, options).join("\n");
}

/** `style:text` of each part of a line. */
export function styles(body: BodyLines, line: number): readonly string[] {
  return body.lines(line, 1, { width: 10_000 }).flatMap(({ segments }) => segments.map(({ style, text }) => `${style}:${text}`));
}
