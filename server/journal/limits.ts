const MIB = 1_048_576;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** How much is held, and how long its parts wait. */
export type JournalLimits = {
  /** of one body */
  readonly bodyBytes: number;
  /** deliveries held for one tunnel */
  readonly tunnelDeliveries: number;
  /** bytes held for one tunnel: bodies, and heads with them, because many small webhooks are mostly heads */
  readonly tunnelBytes: number;
  /** bytes held for all tunnels together, counted alike */
  readonly totalBytes: number;
  /** age at which a delivery expires, milliseconds */
  readonly ageMs: number;
  /** records of expiry that a tunnel keeps until its client has seen them; the oldest go first */
  readonly expiriesKept: number;
  /** bytes on their way to the disk: they are memory */
  readonly waitingBytes: number;
  /** how long a request waits for the disk before it is refused, milliseconds: most senders give up after 10 s, and try again only if they were told no */
  readonly waitMs: number;
  /** how long the thread waits for another process's lock, milliseconds */
  readonly busyMs: number;
  /** pause before a thread that died is started again, milliseconds */
  readonly restartMs: number;
  /** the -wal file is emptied when it is larger, bytes */
  readonly walBytes: number;
  /** the database file may not grow beyond this many pages (undefined: the disk decides) */
  readonly maxPages: number | undefined;
};

/** The limits of a relay that was told nothing else. */
export const JOURNAL_LIMITS: JournalLimits = {
  bodyBytes: 10 * MIB,
  tunnelDeliveries: 1_000,
  tunnelBytes: 256 * MIB,
  totalBytes: 4_096 * MIB,
  ageMs: 72 * HOUR,
  expiriesKept: 1_000,
  waitingBytes: 64 * MIB,
  waitMs: 5 * SECOND,
  busyMs: 2 * SECOND,
  restartMs: SECOND,
  walBytes: 32 * MIB,
  maxPages: undefined,
};
