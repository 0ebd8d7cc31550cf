import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { fromBase32, toBase32 } from "./base32.ts";

/** `token`: issued by a relay's owner. `client-key`: made by a client for itself, so that its names stay its own without an account. */
export type TokenKind = "token" | "client-key";

/** What a token text says, or why it is none. `malformed` is a typo or a cut, told apart from a token that a relay does not know. */
export type ParsedToken =
  | {
      readonly kind: TokenKind;
      /** 32 bytes */
      readonly secret: Buffer;
    }
  | {
      readonly kind: "malformed";
      /** a clause for people, without the text itself: `its checksum does not fit (a character is wrong)` */
      readonly why: string;
    };

/** 256 bits: beyond guessing, also for whoever holds the hash. */
const SECRET_BYTES = 32;
/** A CRC-32 finds every burst of up to 32 bits: any wrong character, and any two neighbours exchanged. */
const CHECKSUM_BYTES = 4;
/** Characters of 36 bytes in base32. */
const BODY_LENGTH = Math.ceil(((SECRET_BYTES + CHECKSUM_BYTES) * 8) / 5);
const PREFIXES = { token: "dh_", "client-key": "dk_" } as const;

/**
 * The text of a token: prefix (`dh_`, for a client key `dk_`), then 58 lower-case base32 characters of secret and checksum. One word: a
 * double-click selects it whole.
 * @param secret 32 bytes; fresh random ones when left out
 */
export function tokenText(kind: TokenKind, secret: Uint8Array = randomBytes(SECRET_BYTES)): string {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`a token has ${SECRET_BYTES} bytes, not ${secret.length}`);
  return PREFIXES[kind] + toBase32(Buffer.concat([secret, checksum(kind, secret)]));
}

/** Reads a token text. Nothing is trimmed and no case is folded: what is not exactly a token is `malformed`. */
export function parseToken(text: string): ParsedToken {
  const kind = kindOf(text);
  if (kind === undefined) return malformed(`a token begins with ${PREFIXES.token}`);
  const body = text.slice(PREFIXES[kind].length);
  if (body.length !== BODY_LENGTH) {
    return malformed(`it has ${text.length} characters instead of ${PREFIXES[kind].length + BODY_LENGTH}`);
  }
  const bytes = fromBase32(body);
  if (bytes === undefined) return malformed("it holds characters that no token has");
  const secret = bytes.subarray(0, SECRET_BYTES);
  if (!bytes.subarray(SECRET_BYTES).equals(checksum(kind, secret))) return malformed("its checksum does not fit: a character is wrong");
  return { kind, secret };
}

function kindOf(text: string): TokenKind | undefined {
  if (text.startsWith(PREFIXES.token)) return "token";
  return text.startsWith(PREFIXES["client-key"]) ? "client-key" : undefined;
}

/** The prefix is covered as well: one kind never passes for the other. */
function checksum(kind: TokenKind, secret: Uint8Array): Buffer {
  const bytes = Buffer.alloc(CHECKSUM_BYTES);
  bytes.writeUInt32BE(crc32(secret, crc32(PREFIXES[kind])));
  return bytes;
}

function malformed(why: string): ParsedToken {
  return { kind: "malformed", why };
}
