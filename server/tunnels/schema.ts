/**
 * The relay's database of tokens, names and refusals; entry n - 1 is migration n. Released entries never change.
 * Times are milliseconds since 1970. Owners of names have no foreign key: an anonymous owner has no row.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    admin INTEGER NOT NULL CHECK (admin IN (0, 1)),
    created_at INTEGER NOT NULL,
    rotated_at INTEGER,
    revoked_at INTEGER
  ) STRICT;

  CREATE TABLE names (
    name TEXT PRIMARY KEY,
    owner_kind TEXT NOT NULL CHECK (owner_kind IN ('token', 'anonymous')),
    owner_id TEXT NOT NULL,
    claimed_at INTEGER NOT NULL,
    released_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX names_by_owner ON names (owner_kind, owner_id) WHERE released_at IS NULL;

  CREATE TABLE refusals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tunnel TEXT NOT NULL,
    at INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE INDEX refusals_by_tunnel ON refusals (tunnel, seq);
  `,
];
