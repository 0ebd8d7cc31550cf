import { randomFillSync } from "node:crypto";

/**
 * UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then a 12-bit counter, then random bits. Within one process ids
 * rise strictly, also inside a millisecond and when the clock steps back, so that sorting by id is sorting by arrival.
 */
export type IdSource = {
  /** A new id as 36 lower-case characters. */
  readonly next: (now: number) => string;
};

/** Random bytes are drawn from the system a page at a time: one call for 512 ids. */
const RANDOM_PAGE = 4096;

/** @returns an {@link IdSource} with a counter of its own. */
export function createIdSource(): IdSource {
  const page = Buffer.allocUnsafe(RANDOM_PAGE);
  let used = RANDOM_PAGE;
  let lastMs = 0;
  let counter = 0;

  function next(now: number): string {
    if (used + 8 > RANDOM_PAGE) {
      randomFillSync(page);
      used = 0;
    }
    const random = used;
    used += 8;
    if (now > lastMs) {
      lastMs = now;
      // the counter starts in the lower half, so that at least 2,048 ids fit into a millisecond
      counter = page.readUInt16BE(random) & 0x7ff;
    } else if (++counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    const time = lastMs.toString(16).padStart(12, "0");
    const low = page.toString("hex", random + 2, random + 8);
    const variant = ((page[random] ?? 0) & 0x3f) | 0x80;
    const second = page[random + 1] ?? 0;
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}-${hex2(variant)}${hex2(second)}-${low}`;
  }

  return { next };
}

/** The 16 bytes of an id made by {@link createIdSource}, written at `offset`. */
export function writeId(id: string, into: Buffer, offset: number): void {
  into.write(id.slice(0, 8), offset, "hex");
  into.write(id.slice(9, 13), offset + 4, "hex");
  into.write(id.slice(14, 18), offset + 6, "hex");
  into.write(id.slice(19, 23), offset + 8, "hex");
  into.write(id.slice(24), offset + 10, "hex");
}

/** The id whose 16 bytes stand at `offset`. */
export function readId(from: Buffer, offset: number): string {
  const hex = from.toString("hex", offset, offset + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function hex2(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
