import type { KnownTokens } from "./admission.ts";
import { createListeners, type Listeners } from "./listeners.ts";
import { isOwner, type NameRow } from "./names.ts";
import type { NameRecord, Owner, TokenRecord } from "./registry.ts";
import type { TokenRow } from "./token.ts";

/** All tokens and names in memory: what both registries answer from. */
export type Book = KnownTokens & {
  readonly tokens: ReadonlyMap<string, TokenRow>;
  readonly names: ReadonlyMap<string, NameRow>;
  /** sessions of this token id must end */
  readonly revoked: Listeners;
  /** this name was given up */
  readonly released: Listeners;
  readonly setToken: (token: TokenRow) => void;
  readonly setName: (row: NameRow) => void;
  /** Takes over what a database holds now, and tells the listeners what ended by that. */
  readonly replace: (tokens: readonly TokenRow[], names: readonly NameRow[]) => void;
  readonly hasTokens: () => boolean;
  readonly exists: (name: string) => boolean;
  /** how many names the owner has, those given up not counted */
  readonly owned: (owner: Owner) => number;
  readonly tokenRecords: () => readonly TokenRecord[];
  readonly nameRecords: () => readonly NameRecord[];
};

/** An empty book. */
export function createBook(): Book {
  const tokens = new Map<string, TokenRow>();
  const byHash = new Map<string, TokenRow>();
  const names = new Map<string, NameRow>();
  const revoked = createListeners();
  const released = createListeners();

  function setToken(token: TokenRow): void {
    const before = tokens.get(token.id);
    if (before !== undefined) byHash.delete(before.hash.toString("hex"));
    tokens.set(token.id, token);
    byHash.set(token.hash.toString("hex"), token);
    if (before !== undefined && sessionsEnd(before, token)) revoked.tell(token.id);
  }

  function setName(row: NameRow): void {
    const before = names.get(row.name);
    names.set(row.name, row);
    if (before !== undefined && ownerLost(before, row)) released.tell(row.name);
  }

  function replace(nowTokens: readonly TokenRow[], nowNames: readonly NameRow[]): void {
    const oldTokens = new Map(tokens);
    const oldNames = new Map(names);
    tokens.clear();
    byHash.clear();
    names.clear();
    for (const token of nowTokens) {
      tokens.set(token.id, token);
      byHash.set(token.hash.toString("hex"), token);
    }
    for (const row of nowNames) names.set(row.name, row);
    for (const [id, before] of oldTokens) if (sessionsEnd(before, tokens.get(id))) revoked.tell(id);
    for (const [name, before] of oldNames) if (ownerLost(before, names.get(name))) released.tell(name);
  }

  function hasTokens(): boolean {
    for (const token of tokens.values()) if (token.revokedAt === undefined) return true;
    return false;
  }

  function exists(name: string): boolean {
    const row = names.get(name);
    return row !== undefined && row.releasedAt === undefined;
  }

  function owned(owner: Owner): number {
    let count = 0;
    for (const row of names.values()) if (row.releasedAt === undefined && isOwner(row, owner)) count += 1;
    return count;
  }

  function tokenRecords(): readonly TokenRecord[] {
    const counts = new Map<string, number>();
    for (const row of names.values()) {
      if (row.ownerKind === "token" && row.releasedAt === undefined) counts.set(row.ownerId, (counts.get(row.ownerId) ?? 0) + 1);
    }
    return [...tokens.values()]
      .toSorted((a, b) => a.createdAt - b.createdAt)
      .map(({ hash: _hash, ...shown }) => Object.assign(shown, { names: counts.get(shown.id) ?? 0 }));
  }

  function nameRecords(): readonly NameRecord[] {
    return [...names.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((row) => ({ ...row, ownerLabel: row.ownerKind === "token" ? tokens.get(row.ownerId)?.label : undefined }));
  }

  return { tokens, byHash, names, revoked, released, setToken, setName, replace, hasTokens, exists, owned, tokenRecords, nameRecords };
}

/** Whether clients that came in with the token of `before` have to go. */
function sessionsEnd(before: TokenRow, now: TokenRow | undefined): boolean {
  if (before.revokedAt !== undefined) return false;
  return now === undefined || now.revokedAt !== undefined || !now.hash.equals(before.hash);
}

/** Whether the owner of `before` does not own the name any more. */
function ownerLost(before: NameRow, now: NameRow | undefined): boolean {
  if (before.releasedAt !== undefined) return false;
  return now === undefined || now.releasedAt !== undefined || now.ownerKind !== before.ownerKind || now.ownerId !== before.ownerId;
}
