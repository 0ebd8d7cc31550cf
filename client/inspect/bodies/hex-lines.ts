import type { BodyLines } from "./body-lines.ts";
import { findText } from "./find-text.ts";
import { LineWriter } from "./line-writer.ts";
import type { Extent } from "./shown-units.ts";

const ROW_BYTES = 16;
/** `00 ` for each byte, one space more in the middle and one behind. */
const HEX_WIDTH = ROW_BYTES * 3 + 2;
/** Of a whole line, and of the last one as if it were. */
const LINE_UNITS = 10 + HEX_WIDTH + ROW_BYTES;
const EXTENT: Extent = { units: LINE_UNITS, cells: LINE_UNITS, isFlat: true };

/** Bytes by their numbers: offset, sixteen bytes, what of them is ASCII. Places are offsets. */
export function hexLines(bytes: Buffer): BodyLines {
  const total = Math.ceil(bytes.length / ROW_BYTES);
  return {
    places: bytes.length + 1,
    total: () => total,
    lines(from, count, options) {
      const last = Math.min(total, from + count);
      const measured = options.measured === true ? { segments: [], isCut: false, extent: EXTENT } : undefined;
      return Array.from({ length: Math.max(last - from, 0) }, (_, index) => {
        if (measured !== undefined) return measured;
        const at = (from + index) * ROW_BYTES;
        const row = bytes.subarray(at, at + ROW_BYTES);
        const writer = new LineWriter(options);
        writer.push("dim", `${at.toString(16).padStart(8, "0")}  `);
        writer.push("plain", hexOf(row).padEnd(HEX_WIDTH));
        writer.push("string", row.toString("latin1").replaceAll(/[^ -~]/g, "."));
        return writer.line();
      });
    },
    lineOf: (place) => Math.min(Math.floor(place / ROW_BYTES), Math.max(total - 1, 0)),
    find: findText(() => bytes.toString("latin1")),
  };
}

function hexOf(row: Buffer): string {
  const pairs = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
  return `${pairs.slice(0, 8).join(" ")}  ${pairs.slice(8).join(" ")}`;
}
