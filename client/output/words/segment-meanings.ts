import type { SegmentStyle } from "../../inspect/bodies/body-lines.ts";

/** What parts of a body are coloured as. No colour says what the text itself does not. */
export const SEGMENT_MEANINGS: Readonly<Record<SegmentStyle, "link" | "ok" | "warn" | "dim" | undefined>> = {
  key: "link",
  string: "ok",
  number: "warn",
  literal: "warn",
  escape: "dim",
  dim: "dim",
  punctuation: undefined,
  plain: undefined,
};
