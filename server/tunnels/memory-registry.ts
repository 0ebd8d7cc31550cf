import type { Clock } from "../../shared/clock.ts";
import { judgeToken } from "./admission.ts";
import { createBook } from "./book.ts";
import { judgeClaim, judgeName } from "./names.ts";
import { capped } from "./refusal.ts";
import {
  REFUSALS_KEPT,
  type Claim,
  type LoggedRefusal,
  type NewToken,
  type Owner,
  type RefusedRequest,
  type Registry,
} from "./registry.ts";
import { checkedLabel, newSecret, newTokenId, type TokenRow } from "./token.ts";

/** What a {@link createMemoryRegistry} needs. */
export type MemoryRegistryOptions = {
  readonly clock: Clock;
  /** how many names one owner may have */
  readonly namesPerToken: number;
};

/** numbers of refusals a millisecond of the clock, more than any relay gives: so they never repeat, and fit the 6 bytes of REFUSALS_SEEN until 2109 */
const SEQ_PER_MS = 64;

/** A {@link Registry} that ends with the process: for the embedded relay, and where SQLite cannot be had. */
export function createMemoryRegistry(options: MemoryRegistryOptions): Registry {
  const book = createBook();
  const refusals = new Map<string, LoggedRefusal[]>();
  // clients drop rows whose numbers they have seen: a relay that starts again must not begin at 1
  let lastSeq = options.clock.now() * SEQ_PER_MS;

  function claim(owner: Owner, name: string): Claim {
    const badName = judgeName(owner, name);
    if (badName !== undefined) return badName;
    const now = options.clock.now();
    const judged = judgeClaim(owner, name, {
      row: book.names.get(name),
      owned: () => book.owned(owner),
      limit: options.namesPerToken,
      now,
    });
    if (judged.ok && judged.fresh) book.setName({ name, ownerKind: owner.kind, ownerId: owner.id, claimedAt: now, releasedAt: undefined });
    return judged;
  }

  function issue(row: Omit<TokenRow, "hash">): NewToken {
    const { text, hash } = newSecret();
    book.setToken({ ...row, hash });
    return { id: row.id, label: row.label, admin: row.admin, token: text };
  }

  function logRefusal(refusal: RefusedRequest): void {
    if (!book.exists(refusal.tunnel)) return;
    const rows = refusals.get(refusal.tunnel) ?? [];
    if (rows.length >= REFUSALS_KEPT) rows.shift();
    rows.push({ ...capped(refusal), seq: ++lastSeq });
    refusals.set(refusal.tunnel, rows);
  }

  return {
    admit: (text, policy) => judgeToken(text, policy, book),
    claim,
    exists: book.exists,
    hasTokens: book.hasTokens,
    addToken: function addToken(label, { admin = false } = {}) {
      const createdAt = options.clock.now();
      return issue({ id: newTokenId(), label: checkedLabel(label), admin, createdAt, rotatedAt: undefined, revokedAt: undefined });
    },
    listTokens: book.tokenRecords,
    rotateToken: function rotateToken(id) {
      const row = book.tokens.get(id);
      return row === undefined || row.revokedAt !== undefined ? undefined : issue({ ...row, rotatedAt: options.clock.now() });
    },
    revokeToken: function revokeToken(id) {
      const row = book.tokens.get(id);
      if (row === undefined || row.revokedAt !== undefined) return false;
      book.setToken({ ...row, revokedAt: options.clock.now() });
      return true;
    },
    listNames: book.nameRecords,
    releaseName: function releaseName(name) {
      const row = book.names.get(name);
      if (row === undefined || row.releasedAt !== undefined) return false;
      refusals.delete(name);
      book.setName({ ...row, releasedAt: options.clock.now() });
      return true;
    },
    onRevoked: book.revoked.add,
    onReleased: book.released.add,
    logRefusal,
    unread: (tunnel) => [...(refusals.get(tunnel) ?? [])],
    seen: function seen(tunnel, seq) {
      const left = (refusals.get(tunnel) ?? []).filter((row) => row.seq > seq);
      if (left.length > 0) refusals.set(tunnel, left);
      else refusals.delete(tunnel);
    },
    close: () => refusals.clear(),
  };
}
