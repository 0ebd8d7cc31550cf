import { createHash, randomBytes } from "node:crypto";
import { toBase32 } from "../../shared/base32.ts";
import { DevhookError } from "../../shared/errors.ts";
import { parseToken, tokenText } from "../../shared/tokens.ts";
import { LABEL_LIMIT } from "./registry.ts";

/** A token as the relay keeps it. Times are milliseconds since 1970. */
export type TokenRow = {
  readonly id: string;
  readonly label: string;
  /** {@link tokenHash} of its secret: the secret itself is nowhere */
  readonly hash: Buffer;
  readonly admin: boolean;
  readonly createdAt: number;
  readonly rotatedAt: number | undefined;
  readonly revokedAt: number | undefined;
};

/** 40 bits, 8 characters: short enough to type, and a clash among thousands of tokens is one in a million (it is refused, not overwritten). */
const TOKEN_ID_BYTES = 5;

/** Other, control, format, surrogate and line-separating characters: a label goes to terminals and logs. */
const NOT_PRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** SHA-256 of a token's 32 secret bytes: what is stored and compared. A slow hash would add nothing to 256 random bits. */
export function tokenHash(secret: Uint8Array): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** A fresh token: its text, to be shown once, and its {@link tokenHash}, to be kept. */
export function newSecret(): { readonly text: string; readonly hash: Buffer } {
  const text = tokenText("token");
  const parsed = parseToken(text);
  if (parsed.kind === "malformed") throw new Error("a token just made cannot be read");
  return { text, hash: tokenHash(parsed.secret) };
}

/** A new id for a token: 8 lower-case base32 characters. */
export function newTokenId(): string {
  return toBase32(randomBytes(TOKEN_ID_BYTES));
}

/**
 * `label` without surrounding space.
 * @throws {@link DevhookError} `usage` when it is empty, longer than {@link LABEL_LIMIT} or not printable
 */
export function checkedLabel(label: string): string {
  const trimmed = label.trim();
  if (trimmed.length > 0 && trimmed.length <= LABEL_LIMIT && !NOT_PRINTABLE.test(trimmed)) return trimmed;
  throw new DevhookError("usage", {
    what: "This label cannot be used for a token.",
    why: `A label has 1 to ${LABEL_LIMIT} printable characters; it says whose token it is.`,
    fix: "For example: devhook relay token add laptop-of-ana",
  });
}
