import { allHeaders, firstHeader, type HeaderList } from "../../shared/http/headers.ts";
import type { Segment, SegmentStyle } from "../inspect/bodies/body-lines.ts";
import { openBody } from "../inspect/body-view.ts";
import type { RecordedBody } from "../ledger/records.ts";
import type { Colours } from "../output/colours.ts";
import { shortSize } from "../output/short-size.ts";

/** A page or two of a terminal; --raw has everything. */
const BODY = { lines: 60, width: 2000 };
/** Bytes by their numbers say little to most people. */
const HEX_LINES = 16;
/** A body with what is known about it. */
export type DescribedBody = {
  readonly headers: HeaderList;
  readonly body: RecordedBody;
  readonly complete: boolean;
  /** the flags that write all of it */
  readonly all: string;
};

/** A body for a person: a title with its facts, what is wrong with it, then its beginning. Safe to print. */
export async function describeBody(title: string, described: DescribedBody, colours: Colours): Promise<readonly string[]> {
  const { headers, body, complete, all } = described;
  const { bytes, total, truncated } = body;
  if (total === 0 && complete) return [`${colours.bold(title)} none`];
  const contentType = firstHeader(headers, "content-type");
  const contentEncoding = allHeaders(headers, "content-encoding").join(",");
  const view = await openBody({ contentType, contentEncoding, bytes, truncated: truncated || !complete });
  const cutShort = truncated ? [`the first ${shortSize(bytes.length)} of ${shortSize(total)} are recorded`] : complete ? [] : ["not whole"];
  const most = view.kind === "hex" ? HEX_LINES : BODY.lines;
  const left = view.total() - most;
  const lines = view.lines(0, most, { width: BODY.width });
  return [
    `${colours.bold(title)} ${[...view.facts, ...cutShort].join(", ")}`,
    ...view.notes.map((note) => `  ${colours.warn("!")} ${note}`),
    ...lines.map(({ segments, isCut }) => `  ${segments.map((segment) => painted(segment, colours)).join("")}${isCut ? "…" : ""}`),
    ...(left > 0 || lines.some(({ isCut }) => isCut) ? [`  ${colours.dim(`… ${leftOut(left)}${all} writes all of it`)}`] : []),
  ];
}

function leftOut(lines: number): string {
  if (lines <= 0) return "";
  return lines === 1 ? "1 line more, " : `${lines} lines more, `;
}

function painted({ text, style }: Segment, colours: Colours): string {
  const colour = PAINT[style];
  return colour === undefined ? text : colours[colour](text);
}

const PAINT: Readonly<Record<SegmentStyle, keyof Colours | undefined>> = {
  key: "link",
  string: "ok",
  number: "warn",
  literal: "warn",
  escape: "dim",
  dim: "dim",
  punctuation: undefined,
  plain: undefined,
};
