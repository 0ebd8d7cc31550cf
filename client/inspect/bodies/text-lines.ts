import type { BodyLines, SegmentStyle } from "./body-lines.ts";
import { findText } from "./find-text.ts";
import { LineMarks, type LineStart } from "./line-marks.ts";
import { markAll, markedLines } from "./marked-lines.ts";

const CR = 0x0d;

/** A text as it stands, line by line (LF or CRLF; one at the end begins no line). */
export function textLines(text: string, style: SegmentStyle = "plain"): BodyLines {
  const marks = new LineMarks();
  const step = ({ at }: LineStart): LineStart | undefined => {
    const end = text.indexOf("\n", at);
    return end === -1 || end === text.length - 1 ? undefined : { at: end + 1, depth: 0, until: 0 };
  };
  markAll(marks, step);
  return markedLines(
    {
      marks,
      step,
      write({ at }, writer) {
        const found = text.indexOf("\n", at);
        const end = found === -1 ? text.length : found;
        writer.push(style, text, at, found !== -1 && text.charCodeAt(end - 1) === CR ? Math.max(at, end - 1) : end);
      },
    },
    { places: text.length + 1, find: findText(() => text) },
  );
}
