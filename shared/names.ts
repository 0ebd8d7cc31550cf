import { randomBytes } from "node:crypto";
import { toBase32 } from "./base32.ts";

/** What a tunnel name may be, in words for error messages. */
export const TUNNEL_NAME_RULE = "1 to 63 characters of a-z, 0-9 and -, beginning and ending with a letter or digit";

/** One DNS label of RFC 1123 in lower case: a name must be able to stand in front of a relay's domain. Excludes the reserved `_…`. */
const TUNNEL_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const RANDOM_NAME = /^[a-z2-7]{26}$/;
/** 26 characters are 130 bits: nobody guesses a URL (at least 128 bits are wanted). */
const RANDOM_NAME_LENGTH = 26;
const RANDOM_NAME_BYTES = 17;

/**
 * A new tunnel name that cannot be guessed: 26 lower-case base32 characters.
 * @param bytes 17 bytes or more; fresh random ones when left out
 */
export function randomName(bytes: Uint8Array = randomBytes(RANDOM_NAME_BYTES)): string {
  if (bytes.length < RANDOM_NAME_BYTES) throw new RangeError(`a random name needs ${RANDOM_NAME_BYTES} bytes, not ${bytes.length}`);
  return toBase32(bytes.subarray(0, RANDOM_NAME_BYTES)).slice(0, RANDOM_NAME_LENGTH);
}

/** Whether `name` may name a tunnel: {@link TUNNEL_NAME_RULE}. */
export function isTunnelName(name: string): boolean {
  return TUNNEL_NAME.test(name);
}

/** Whether `name` has the form of {@link randomName}: the only form that an anonymous client may claim on a public relay. */
export function isRandomName(name: string): boolean {
  return RANDOM_NAME.test(name);
}
