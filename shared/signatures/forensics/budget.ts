/**
 * What a search may cost. Work is counted, not timed, so that one message always gets the same answer. The unit is the hashing of one byte: 0.6 ns with
 * the SHA instructions of a processor, 2 ns without.
 */
export type Budget = {
  /** Takes the cost of a step. @returns false when not enough is left: the step must not be done then */
  readonly spend: (units: number) => boolean;
  readonly limit: number;
  readonly spent: () => number;
};

/** For any body, 17 ms: some 3,000 hypotheses about a small one. */
const BASE = 28_000_000;
/**
 * For each byte of the body, up to the most: 64 KB get 28 ms in all, 1 MB 0.2 s, larger ones little more. The bounds that must hold are 50 ms and 0.5 s; the rest is
 * for processors that are busy, and for memory.
 */
const FOR_EACH_BYTE = 280;
const MOST = 350_000_000;

/** To put a text together, to begin and end a keyed hash, and to look its digest up: 6 µs. */
export const HASH_START = 10_000;
/** To check a signature with a public key: 0.12 ms. */
export const PUBLIC_CHECK = 200_000;
/** To read JSON and put its tokens in order, for each byte. */
export const READ_JSON = 80;
/** To write a body in another JSON form: for each byte, each token, and each token and byte of those that some program writes otherwise. */
export const WRITE_BYTE = 2;
export const WRITE_TOKEN = 30;
export const WRITE_SPECIAL = 1_000;
export const WRITE_SPECIAL_BYTE = 40;
/** To see whether a change can have happened to a body, and to undo it, for each byte. Text beyond ASCII is looked at character by character. */
export const LOOK = 1;
export const LOOK_BEYOND_ASCII = 6;
export const RECODE = 4;

/** @param most the limit for large bodies, in units */
export function createBudget(bodyLength: number, most = MOST): Budget {
  const limit = Math.min(BASE + FOR_EACH_BYTE * bodyLength, most);
  let spent = 0;
  return {
    limit,
    spent: () => spent,
    spend(units) {
      if (spent + units > limit) return false;
      spent += units;
      return true;
    },
  };
}
