import type { HeaderList } from "../../shared/http/headers.ts";
import type { Segment } from "../inspect/bodies/body-lines.ts";
import { openRecordedBody } from "../inspect/recorded-body.ts";
import type { RecordedBody } from "../ledger/records.ts";
import type { Colours } from "../output/colours.ts";
import { SEGMENT_MEANINGS } from "../output/words/segment-meanings.ts";

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
  if (body.total === 0 && complete) return [`${colours.bold(title)} none`];
  const view = await openRecordedBody({ headers, body, complete });
  const most = view.kind === "hex" ? HEX_LINES : BODY.lines;
  const left = view.total() - most;
  const lines = view.lines(0, most, { width: BODY.width });
  return [
    `${colours.bold(title)} ${view.facts.join(", ")}`,
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
  const colour = SEGMENT_MEANINGS[style];
  return colour === undefined ? text : colours[colour](text);
}
