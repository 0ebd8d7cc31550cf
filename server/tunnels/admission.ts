import { timingSafeEqual } from "node:crypto";
import { parseToken } from "../../shared/tokens.ts";
import type { Admission, AdmissionPolicy, Refusal } from "./registry.ts";
import { tokenHash, type TokenRow } from "./token.ts";

/** What {@link judgeToken} must know of the tokens. */
export type KnownTokens = {
  /** the token with this hash, in hex */
  readonly byHash: ReadonlyMap<string, TokenRow>;
};

/**
 * Who comes with this token text. Anonymous clients are let in under `--open`, and on a relay that only this machine reaches as long as it has never had a
 * token: revoking the last one must not open the door.
 */
export function judgeToken(text: string | undefined, policy: AdmissionPolicy, known: KnownTokens): Admission {
  if (text === undefined) return tokenMissing();
  const parsed = parseToken(text);
  if (parsed.kind === "malformed") {
    return refusal("token-malformed", `The token was damaged on its way here: ${parsed.why}.`);
  }
  const hash = tokenHash(parsed.secret);
  if (parsed.kind === "client-key") {
    if (!policy.open && (policy.exposed || known.byHash.size > 0)) return tokenMissing();
    const names = policy.open || policy.exposed ? "random" : "any";
    return { ok: true, owner: { kind: "anonymous", id: hash.toString("hex"), label: undefined, admin: false, names } };
  }
  const token = known.byHash.get(hash.toString("hex"));
  if (token === undefined || token.revokedAt !== undefined || !timingSafeEqual(token.hash, hash)) {
    return refusal("token-refused", "This relay does not know the token, or it has been revoked or replaced.");
  }
  return { ok: true, owner: { kind: "token", id: token.id, label: token.label, admin: token.admin, names: "any" } };
}

function tokenMissing(): Refusal {
  return refusal("token-missing", "This relay admits only clients that hold one of its tokens.");
}

function refusal(code: Refusal["code"], message: string): Refusal {
  return { ok: false, status: 401, code, message };
}
