const KIB = 1_024;
const MIB = 1_024 * KIB;
const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** How much the ledger keeps, and how long its parts wait. */
export type LedgerLimits = {
  /** recorded of one request or response body; more is counted and flagged */
  readonly bodyBytes: number;
  /** rows that may wait for the disk, bytes: beyond it deliveries are left out of the history */
  readonly waitingBytes: number;
  /** rows that wait for the disk, bytes, from which on large bodies come no faster than it takes them */
  readonly pacedBytes: number;
  /** how long the next piece of a large body waits for that at most, milliseconds */
  readonly paceMs: number;
  /** rows of one transaction */
  readonly batchRows: number;
  /** bytes of one transaction */
  readonly batchBytes: number;
  /** how long the first row of a batch waits for company, milliseconds */
  readonly batchMs: number;
  /** pause between two tries while the database fails, milliseconds */
  readonly retryMs: number;
  /** how long the writer waits for another process's lock, milliseconds */
  readonly busyMs: number;
  /** how often a run says that it lives, milliseconds */
  readonly renewMs: number;
  /** age of a delivery that is forgotten, milliseconds */
  readonly keepMs: number;
  /** deliveries */
  readonly keepCount: number;
  /** size of the database without its free pages */
  readonly keepBytes: number;
  /** how often the three limits above are looked after, milliseconds */
  readonly tidyMs: number;
  /** the -wal file is emptied when it is larger, bytes */
  readonly walBytes: number;
  /** the database file may not grow beyond this many pages (undefined: the disk decides) */
  readonly maxPages: number | undefined;
};

/** The limits of design and documentation; a change here belongs into docs/ as well. */
export const LEDGER_LIMITS: LedgerLimits = {
  bodyBytes: 10 * MIB,
  waitingBytes: 64 * MIB,
  // what waits is memory, which uploads one after the other would fill; twice as much made them no faster
  pacedBytes: 4 * MIB,
  paceMs: SECOND,
  batchRows: 512,
  batchBytes: MIB,
  // screens refresh every 100 ms; each commit writes the last page of every index again, and waits for the disk
  batchMs: 50,
  retryMs: SECOND,
  busyMs: 5 * SECOND,
  renewMs: 5 * SECOND,
  keepMs: 7 * DAY,
  keepCount: 100_000,
  keepBytes: 1_024 * MIB,
  tidyMs: 60 * SECOND,
  walBytes: 32 * MIB,
  maxPages: undefined,
};

/** A body is stored in pieces of at most this many bytes: a row of any size is written and read in one piece of memory. */
export const PIECE_BYTES = 256 * KIB;

/** A note is a remark, not a document. Characters (UTF-16). */
export const NOTE_CHARACTERS = 2_000;

/** A run that has not been renewed for this long is gone: three renewals missed. Milliseconds. */
export const LEASE_MS = 15 * SECOND;
