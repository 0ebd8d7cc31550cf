import type { Database } from "../../shared/sqlite/open.ts";

/**
 * Puts a recorded body together.
 * @param n 0 for the request's, else the number of the attempt
 * @param first what stands in the row itself
 * @param kept how many bytes there are in all: those that the row does not hold stand in body_parts
 */
export type ReadBody = (seq: number, n: number, first: Buffer | null, kept: number) => Buffer;

const NO_BYTES = Buffer.alloc(0);

export function createBodyReader(database: Database): ReadBody {
  const selectParts = database
    .prepare<[number, number], Buffer>("SELECT bytes FROM body_parts WHERE delivery = ? AND n = ? ORDER BY part")
    .pluck();
  return (seq, n, first, kept) => {
    const begin = first ?? NO_BYTES;
    return kept === begin.length ? begin : Buffer.concat([begin, ...selectParts.all(seq, n)]);
  };
}
