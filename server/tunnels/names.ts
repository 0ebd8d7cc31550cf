import { isRandomName, isTunnelName, TUNNEL_NAME_RULE } from "../../shared/names.ts";
import { NAME_QUARANTINE_MS, type Claim, type Owner, type Refusal } from "./registry.ts";

/** A tunnel name as the relay keeps it. Times are milliseconds since 1970. */
export type NameRow = {
  readonly name: string;
  readonly ownerKind: Owner["kind"];
  readonly ownerId: string;
  readonly claimedAt: number;
  readonly releasedAt: number | undefined;
};

/** What is known where a name is claimed. */
export type ClaimFacts = {
  /** the row of the name, if it ever had an owner */
  readonly row: NameRow | undefined;
  /** how many names the owner has; asked for only when the name would be a new one */
  readonly owned: () => number;
  /** how many names one owner may have */
  readonly limit: number;
  /** milliseconds since 1970 */
  readonly now: number;
};

/** Whether `owner` may claim `name` by form alone; undefined when it may. */
export function judgeName(owner: Owner, name: string): Refusal | undefined {
  if (!isTunnelName(name)) return { ok: false, status: 400, code: "name-invalid", message: `A tunnel name has ${TUNNEL_NAME_RULE}.` };
  if (owner.names === "any" || isRandomName(name)) return undefined;
  return {
    ok: false,
    status: 400,
    code: "name-invalid",
    message: "Without a token this relay gives out random names only (26 characters of a-z and 2-7).",
  };
}

/**
 * Whether `owner` gets `name`: `fresh` when it becomes the owner by this. Anonymous owners fall under the same limit as tokens.
 * The form of the name has been judged before.
 */
export function judgeClaim(owner: Owner, name: string, facts: ClaimFacts): Claim {
  const { row } = facts;
  const own = row !== undefined && isOwner(row, owner);
  if (row !== undefined && row.releasedAt === undefined) {
    if (own) return { ok: true, fresh: false };
    return { ok: false, status: 409, code: "name-taken", message: `The tunnel name ${name} belongs to somebody else.` };
  }
  if (row?.releasedAt !== undefined && !own && facts.now < row.releasedAt + NAME_QUARANTINE_MS) {
    const until = new Date(row.releasedAt + NAME_QUARANTINE_MS).toISOString().slice(0, 10);
    return {
      ok: false,
      status: 409,
      code: "name-quarantined",
      message: `The tunnel name ${name} was given up and is closed to others until ${until}.`,
    };
  }
  if (facts.owned() < facts.limit) return { ok: true, fresh: true };
  return {
    ok: false,
    status: 403,
    code: "too-many-names",
    message: `You own ${facts.limit} tunnel names on this relay, its limit; its operator can free one with: devhook relay name release NAME`,
  };
}

/** Whether the name is `owner`'s, be it in use or given up. */
export function isOwner(row: NameRow, owner: Owner): boolean {
  return row.ownerKind === owner.kind && row.ownerId === owner.id;
}
