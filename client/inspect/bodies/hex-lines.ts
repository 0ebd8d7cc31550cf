import type { BodyLines } from "./body-lines.ts";
import { findText } from "./find-text.ts";
import { LineWriter } from "./line-writer.ts";
import type { Extent } from "./shown-units.ts";

/** Bytes of a line, and of shorter ones for where that does not fit. */
const ROW_BYTES = 16;
const SHORTER = [8, 4] as const;
/** Bytes that stand together. */
const GROUP = 8;

/** Bytes by their numbers: offset, sixteen bytes, what of them is ASCII. Places are offsets. */
export function hexLines(bytes: Buffer): BodyLines {
  return {
    ...linesOf(bytes, ROW_BYTES),
    within: (columns) => linesOf(bytes, [ROW_BYTES, ...SHORTER].find((each) => lineUnits(each) <= columns) ?? SHORTER[1]),
  };
}

/** `00 ` for each byte, one space more behind each group. */
function hexUnits(rowBytes: number): number {
  return rowBytes * 3 + Math.ceil(rowBytes / GROUP);
}

/** Of a whole line, and of the last one as if it were. */
function lineUnits(rowBytes: number): number {
  return 10 + hexUnits(rowBytes) + rowBytes;
}

function linesOf(bytes: Buffer, rowBytes: number): BodyLines {
  const total = Math.ceil(bytes.length / rowBytes);
  const units = lineUnits(rowBytes);
  const whole: Extent = { units, cells: units, isFlat: true };
  return {
    places: bytes.length + 1,
    total: () => total,
    lines(from, count, options) {
      const last = Math.min(total, from + count);
      const measured = options.measured === true ? { segments: [], isCut: false, extent: whole } : undefined;
      return Array.from({ length: Math.max(last - from, 0) }, (_, index) => {
        if (measured !== undefined) return measured;
        const at = (from + index) * rowBytes;
        const row = bytes.subarray(at, at + rowBytes);
        const writer = new LineWriter(options);
        writer.push("dim", `${at.toString(16).padStart(8, "0")}  `);
        writer.push("plain", hexOf(row).padEnd(hexUnits(rowBytes)));
        writer.push("string", row.toString("latin1").replaceAll(/[^ -~]/g, "."));
        return writer.line();
      });
    },
    lineOf: (place) => Math.min(Math.floor(place / rowBytes), Math.max(total - 1, 0)),
    find: findText(() => bytes.toString("latin1")),
  };
}

function hexOf(row: Buffer): string {
  const pairs = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
  return `${pairs.slice(0, GROUP).join(" ")}  ${pairs.slice(GROUP).join(" ")}`;
}
