/**
 * The numbered migrations of journal.db; released ones never change. The comments stand inside the SQL on purpose: `sqlite3 journal.db .schema` shows
 * them. Times are milliseconds since 1970.
 */
export const JOURNAL_MIGRATIONS: readonly string[] = [
  `
CREATE TABLE held ( -- one row for each request that was answered for an app that was away, until the client has stored it
  seq             INTEGER PRIMARY KEY AUTOINCREMENT, -- order of acceptance; no number is given twice
  id              TEXT NOT NULL UNIQUE, -- UUIDv7, the devhook-id header
  tunnel          TEXT NOT NULL,
  received_at     INTEGER NOT NULL,
  status          INTEGER NOT NULL, -- what the sender was answered
  size            INTEGER NOT NULL, -- what the limits count: body, method, target, header lines
  method          TEXT NOT NULL,
  target          TEXT NOT NULL,    -- raw request target; each character is one byte (latin1), as in headers
  base            TEXT NOT NULL,    -- path prefix that the relay took off: /name or empty
  headers         TEXT NOT NULL,    -- JSON [[name, value], ...] as they stood on the wire
  forwarded_for   TEXT NOT NULL,
  forwarded_proto TEXT NOT NULL,
  forwarded_host  TEXT NOT NULL,
  upgrade         INTEGER NOT NULL, -- 1: asked for a WebSocket
  body            BLOB NOT NULL
) STRICT;
CREATE INDEX held_by_tunnel ON held (tunnel, seq, received_at, size); -- the last two so that counting reads no bodies
CREATE INDEX held_by_age ON held (received_at);

CREATE TABLE expired ( -- what was held for too long: written when the row in held goes, read by the log of refusals
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  tunnel      TEXT NOT NULL,
  id          TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  at          INTEGER NOT NULL, -- when it expired
  method      TEXT NOT NULL,
  path        TEXT NOT NULL,    -- the beginning of its target
  status      INTEGER NOT NULL, -- what the sender was answered
  reason      TEXT NOT NULL     -- expired
) STRICT;
CREATE INDEX expired_by_tunnel ON expired (tunnel, seq);
`,
];
