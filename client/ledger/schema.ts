/**
 * The numbered migrations of devhook.db. The comments stand inside the SQL on purpose: `sqlite3 devhook.db .schema` shows them.
 *
 * Every index costs each delivery as much as its row: there are those that something asks for. Times need none, since seq and id rise with them; attempts
 * lie in the order of their key.
 *
 * There is no full-text index: a LIKE scan over 100,000 deliveries answers a `body:` search fast enough, and an index would double the
 * writes of every delivery for a search that few ever make.
 */
export const LEDGER_MIGRATIONS: readonly string[] = [
  `
CREATE TABLE runs ( -- one row for each process that records; a pending delivery whose run is gone was interrupted
  id         INTEGER PRIMARY KEY,
  pid        INTEGER NOT NULL,
  host       TEXT NOT NULL,
  started_at INTEGER NOT NULL, -- all times: milliseconds since 1970, UTC
  renewed_at INTEGER NOT NULL, -- every 5 s while the process lives
  ended_at   INTEGER           -- set by a clean end
);

CREATE TABLE deliveries ( -- one row for each request received for a tunnel
  seq             INTEGER PRIMARY KEY, -- order of recording
  id              TEXT NOT NULL UNIQUE, -- UUIDv7, the devhook-id header
  run             INTEGER,              -- runs.id of the process that records it
  state           TEXT NOT NULL DEFAULT 'pending', -- pending, answered, failed, interrupted
  received_at     INTEGER NOT NULL, -- by the relay's clock
  recorded_at     INTEGER NOT NULL, -- by this machine's clock
  tunnel          TEXT NOT NULL,
  method          TEXT NOT NULL,
  path            TEXT NOT NULL, -- target without its query
  attempts        INTEGER NOT NULL DEFAULT 0,
  status          INTEGER, -- of the newest attempt; NULL: no answer
  ms              REAL,    -- total time of the newest attempt
  provider        TEXT,
  event           TEXT,
  event_id        TEXT,    -- the provider's own id of the event
  verdict         TEXT,    -- valid, invalid, unsigned, no-secret, unknown-scheme
  duplicate_of    TEXT,    -- id of the first delivery of the same event
  held            INTEGER NOT NULL DEFAULT 0, -- 1: the relay or devhook answered for the app
  owed            INTEGER NOT NULL DEFAULT 0, -- 1: must still reach the app
  due_at          INTEGER,                    -- when an owed delivery is tried next
  failures        INTEGER NOT NULL DEFAULT 0, -- failed attempts of an owed delivery
  unseen          INTEGER NOT NULL DEFAULT 0, -- 1: an owed delivery that failed for good and that nobody has looked at yet
  pinned          INTEGER NOT NULL DEFAULT 0, -- 1: kept for ever
  marked          INTEGER NOT NULL DEFAULT 0, -- 1: marked by the user
  forwarded_for   TEXT NOT NULL,
  forwarded_proto TEXT NOT NULL,
  forwarded_host  TEXT NOT NULL,
  base            TEXT NOT NULL, -- path prefix that the relay took off: /name or empty
  upgrade         INTEGER NOT NULL DEFAULT 0, -- 1: asked for a WebSocket
  complete        INTEGER NOT NULL DEFAULT 0, -- 1: the body arrived whole
  truncated       INTEGER NOT NULL DEFAULT 0, -- 1: only the first body_kept bytes are recorded
  body_bytes      INTEGER NOT NULL DEFAULT 0, -- received
  body_kept       INTEGER NOT NULL DEFAULT 0, -- recorded: body, then body_parts with n = 0
  target          TEXT NOT NULL, -- raw request target; each character is one byte (latin1), as in headers
  headers         TEXT NOT NULL, -- JSON [[name, value], ...] as they stood on the wire
  verification    TEXT,          -- JSON
  body            BLOB
);
CREATE INDEX deliveries_open     ON deliveries (state) WHERE state <> 'answered';
CREATE INDEX deliveries_owed     ON deliveries (tunnel, due_at) WHERE owed = 1;
CREATE INDEX deliveries_kept     ON deliveries (seq) WHERE pinned = 1 OR owed = 1 OR unseen = 1;
CREATE INDEX deliveries_event    ON deliveries (provider, event) WHERE provider IS NOT NULL;
CREATE INDEX deliveries_event_id ON deliveries (event_id) WHERE event_id IS NOT NULL;

CREATE TABLE attempts ( -- one row for each call of the app
  delivery      INTEGER NOT NULL REFERENCES deliveries (seq) ON DELETE CASCADE,
  n             INTEGER NOT NULL, -- 1, 2, ...: the devhook-attempt header
  kind          TEXT NOT NULL,    -- live, held, retry, resend, trigger
  at            INTEGER NOT NULL,
  target        TEXT NOT NULL,    -- URL that was called
  status        INTEGER,          -- NULL: no answer (yet)
  reason        TEXT,
  head_ms       REAL,
  total_ms      REAL,             -- NULL: not over
  error_code    TEXT,
  error_message TEXT,
  error_hint    TEXT,
  late          INTEGER NOT NULL DEFAULT 0, -- 1: answered after the sender had been answered
  truncated     INTEGER NOT NULL DEFAULT 0,
  body_bytes    INTEGER NOT NULL DEFAULT 0, -- of the answer
  body_kept     INTEGER NOT NULL DEFAULT 0,
  request       TEXT,             -- JSON {method, target, headers} when it was not sent as received
  request_body  BLOB,
  headers       TEXT,             -- JSON [[name, value], ...] of the answer
  body          BLOB,
  PRIMARY KEY (delivery, n)
) WITHOUT ROWID;

CREATE TABLE body_parts ( -- what follows deliveries.body (n = 0) and attempts.body (n = the attempt)
  delivery INTEGER NOT NULL REFERENCES deliveries (seq) ON DELETE CASCADE,
  n        INTEGER NOT NULL,
  part     INTEGER NOT NULL,
  bytes    BLOB NOT NULL,
  PRIMARY KEY (delivery, n, part)
);

CREATE TABLE notes (
  id       INTEGER PRIMARY KEY,
  delivery INTEGER NOT NULL REFERENCES deliveries (seq) ON DELETE CASCADE,
  at       INTEGER NOT NULL,
  text     TEXT NOT NULL
);
CREATE INDEX notes_delivery ON notes (delivery);

CREATE TABLE refusals ( -- what a relay refused, or let expire, while nobody was there to record it
  id        INTEGER PRIMARY KEY,
  relay     TEXT NOT NULL, -- origin
  tunnel    TEXT NOT NULL,
  relay_seq INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  method    TEXT NOT NULL,
  path      TEXT NOT NULL,
  status    INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  UNIQUE (relay, tunnel, relay_seq)
);
CREATE INDEX refusals_at ON refusals (at);
`,
  `
CREATE TABLE last_removed ( -- one row: the highest deliveries.seq of those that were the newest when they were deleted
  seq INTEGER NOT NULL
);
INSERT INTO last_removed VALUES (0);
-- a number is never given twice: whoever asks for what came after it would miss its second owner
CREATE TRIGGER deliveries_newest_removed AFTER DELETE ON deliveries WHEN OLD.seq > (SELECT coalesce(max(seq), 0) FROM deliveries) BEGIN
  UPDATE last_removed SET seq = max(seq, OLD.seq);
END;
`,
  `
ALTER TABLE deliveries ADD COLUMN outcome TEXT; -- delivered or failed: what became of one that was owed
CREATE INDEX deliveries_unseen ON deliveries (tunnel) WHERE unseen = 1;
CREATE TABLE custodians ( -- which process calls the app for what is owed to a tunnel; its lease is that of its run
  tunnel TEXT PRIMARY KEY,
  run    INTEGER NOT NULL
) WITHOUT ROWID;
`,
];
