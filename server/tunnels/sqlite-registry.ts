import type { Clock } from "../../shared/clock.ts";
import { databaseFault } from "../../shared/sqlite/fault.ts";
import { migrate } from "../../shared/sqlite/migrate.ts";
import { openDatabase, type Database } from "../../shared/sqlite/open.ts";
import { judgeToken } from "./admission.ts";
import { createBook } from "./book.ts";
import { isOwner, judgeClaim, judgeName, type NameRow } from "./names.ts";
import { createRefusalLog } from "./refusal-log.ts";
import type { Claim, NewToken, Owner, Registry } from "./registry.ts";
import { MIGRATIONS } from "./schema.ts";
import { checkedLabel, newSecret, newTokenId, type TokenRow } from "./token.ts";

/** What {@link openSqliteRegistry} needs. */
export type SqliteRegistryOptions = {
  readonly clock: Clock;
  /** how many names one owner may have */
  readonly namesPerToken: number;
  /** make the file when there is none (default true) */
  readonly create?: boolean;
  /** hears of a database that cannot be read or written while the relay runs; what is known goes on serving */
  readonly onFault: (error: unknown) => void;
  /** how often another process's changes are looked for, milliseconds (default 1 s: revoked sessions must end within 5 s) */
  readonly pollMs?: number;
};

const POLL_MS = 1000;

/**
 * A {@link Registry} in the database file `path`. Everything is answered from memory; a change by another process is seen by
 * `PRAGMA data_version`, which costs microseconds, once a second and before each handshake.
 * @throws {@link DevhookError} as openDatabase and migrate
 */
export function openSqliteRegistry(path: string, options: SqliteRegistryOptions): Registry {
  const database = openDatabase(path, { create: options.create ?? true });
  try {
    migrate(database, MIGRATIONS);
    return overDatabase(database, options);
  } catch (error) {
    database.close();
    throw databaseFault(error, path);
  }
}

function overDatabase(database: Database, options: SqliteRegistryOptions): Registry {
  const { clock } = options;
  const onFault = (error: unknown): void => options.onFault(databaseFault(error, database.name));
  const book = createBook();
  const rows = statements(database);
  const refusals = createRefusalLog(database, onFault);
  let version: unknown;
  refresh();
  const poll = setInterval(() => attempt(refresh), options.pollMs ?? POLL_MS);
  poll.unref();

  /** Takes over what another process has written since the last look. The version is read first: a write in between is found by the next look. */
  function refresh(): void {
    const current = database.pragma("data_version", { simple: true });
    if (current === version) return;
    reload();
    version = current;
  }

  function reload(): void {
    const { tokens, names } = rows.read();
    book.replace(tokens, names);
  }

  /** `action` for the running relay, where a fault of the database is reported and must not end the process. */
  function attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      onFault(error);
    }
  }

  function claim(owner: Owner, name: string): Claim {
    const badName = judgeName(owner, name);
    if (badName !== undefined) return badName;
    let claimed: Claim = {
      ok: false,
      status: 503,
      code: "registry-unavailable",
      message: "The relay cannot write its database at the moment.",
    };
    attempt(() => {
      refresh();
      const now = clock.now();
      const known = book.names.get(name);
      const again = known !== undefined && known.releasedAt === undefined && isOwner(known, owner);
      claimed = again ? { ok: true, fresh: false } : rows.claim.immediate(owner, name, { now, limit: options.namesPerToken });
      if (claimed.ok && claimed.fresh) book.setName(toNewRow(owner, name, now));
    });
    return claimed;
  }

  /** A write of the operator: what it throws is worded for the person at the command. */
  function changed<T>(action: () => T): T {
    try {
      const result = action();
      reload();
      return result;
    } catch (error) {
      throw databaseFault(error, database.name);
    }
  }

  function addToken(label: string, { admin = false }: { readonly admin?: boolean } = {}): NewToken {
    const { text, hash } = newSecret();
    const row = { id: newTokenId(), label: checkedLabel(label), hash, admin, createdAt: clock.now() };
    changed(() => rows.addToken.run({ ...row, admin: admin ? 1 : 0 }));
    return { id: row.id, label: row.label, admin, token: text };
  }

  function rotateToken(id: string): NewToken | undefined {
    const { text, hash } = newSecret();
    const done = changed(() => rows.rotateToken.run({ id, hash, now: clock.now() }).changes > 0);
    const row = book.tokens.get(id);
    return done && row !== undefined ? { id, label: row.label, admin: row.admin, token: text } : undefined;
  }

  return {
    admit: function admit(text, policy) {
      attempt(refresh);
      return judgeToken(text, policy, book);
    },
    claim,
    exists: book.exists,
    hasTokens: book.hasTokens,
    addToken,
    listTokens: book.tokenRecords,
    rotateToken,
    revokeToken: (id) => changed(() => rows.revokeToken.run({ id, now: clock.now() }).changes > 0),
    listNames: book.nameRecords,
    releaseName: function releaseName(name) {
      refusals.flush();
      return changed(() => rows.releaseName.immediate(name, clock.now()));
    },
    onRevoked: book.revoked.add,
    onReleased: book.released.add,
    logRefusal: (refusal) => {
      if (book.exists(refusal.tunnel)) refusals.add(refusal);
    },
    unread: function unread(tunnel) {
      let found: ReturnType<Registry["unread"]> = [];
      attempt(() => (found = refusals.unread(tunnel)));
      return found;
    },
    seen: (tunnel, seq) => attempt(() => refusals.seen(tunnel, seq)),
    close: function close() {
      clearInterval(poll);
      refusals.flush();
      database.close();
    },
  };
}

type StoredToken = {
  readonly id: string;
  readonly label: string;
  readonly hash: Buffer;
  readonly admin: number;
  readonly createdAt: number;
  readonly rotatedAt: number | null;
  readonly revokedAt: number | null;
};

type StoredName = Omit<NameRow, "releasedAt"> & { readonly releasedAt: number | null };

const TOKEN_COLUMNS = "id, label, hash, admin, created_at AS createdAt, rotated_at AS rotatedAt, revoked_at AS revokedAt";
const NAME_COLUMNS = "name, owner_kind AS ownerKind, owner_id AS ownerId, claimed_at AS claimedAt, released_at AS releasedAt";

/** The statements of the registry, prepared once. */
function statements(database: Database) {
  const allTokens = database.prepare<[], StoredToken>(`SELECT ${TOKEN_COLUMNS} FROM tokens ORDER BY created_at, rowid`);
  const allNames = database.prepare<[], StoredName>(`SELECT ${NAME_COLUMNS} FROM names`);
  const oneName = database.prepare<[string], StoredName>(`SELECT ${NAME_COLUMNS} FROM names WHERE name = ?`);
  const owned = database
    .prepare<[string, string], number>("SELECT count(*) FROM names WHERE owner_kind = ? AND owner_id = ? AND released_at IS NULL")
    .pluck();
  const putName = database.prepare(
    "INSERT OR REPLACE INTO names (name, owner_kind, owner_id, claimed_at, released_at) VALUES (@name, @ownerKind, @ownerId, @claimedAt, NULL)",
  );
  const release = database.prepare("UPDATE names SET released_at = ? WHERE name = ? AND released_at IS NULL");
  const forget = database.prepare("DELETE FROM refusals WHERE tunnel = ?");

  return {
    addToken: database.prepare("INSERT INTO tokens (id, label, hash, admin, created_at) VALUES (@id, @label, @hash, @admin, @createdAt)"),
    rotateToken: database.prepare("UPDATE tokens SET hash = @hash, rotated_at = @now WHERE id = @id AND revoked_at IS NULL"),
    revokeToken: database.prepare("UPDATE tokens SET revoked_at = @now WHERE id = @id AND revoked_at IS NULL"),
    read: database.transaction(() => ({ tokens: allTokens.all().map(toTokenRow), names: allNames.all().map(toNameRow) })),
    claim: database.transaction((owner: Owner, name: string, { now, limit }: { readonly now: number; readonly limit: number }): Claim => {
      const stored = oneName.get(name);
      const row = stored === undefined ? undefined : toNameRow(stored);
      const judged = judgeClaim(owner, name, { row, owned: () => owned.get(owner.kind, owner.id) ?? 0, limit, now });
      if (judged.ok && judged.fresh) {
        putName.run(toNewRow(owner, name, now));
        // those of a former owner, written after the name was given up
        forget.run(name);
      }
      return judged;
    }),
    releaseName: database.transaction((name: string, now: number): boolean => {
      if (release.run(now, name).changes === 0) return false;
      forget.run(name);
      return true;
    }),
  };
}

function toNewRow(owner: Owner, name: string, now: number): NameRow {
  return { name, ownerKind: owner.kind, ownerId: owner.id, claimedAt: now, releasedAt: undefined };
}

function toTokenRow(row: StoredToken): TokenRow {
  return { ...row, admin: row.admin === 1, rotatedAt: row.rotatedAt ?? undefined, revokedAt: row.revokedAt ?? undefined };
}

function toNameRow(row: StoredName): NameRow {
  return { ...row, releasedAt: row.releasedAt ?? undefined };
}
