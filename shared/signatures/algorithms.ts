import { createHash, createHmac, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";
import type { Key } from "./keys.ts";
import type { Algorithm, Scheme } from "./scheme.ts";

type MacAlgorithm = "hmac-sha1" | "hmac-sha256" | "hmac-sha512" | "sha256";
type PublicAlgorithm = "ed25519" | "ecdsa-p256-der" | "ecdsa-p256-p1363" | "rsa-sha1" | "rsa-sha256";

/** Hash under way of a keyed or plain hash: `update` as often as there are bytes, then `digest` once. */
export type Mac = { readonly update: (bytes: Buffer) => Mac; readonly digest: () => Buffer };

export function startMac(algorithm: MacAlgorithm, key: Buffer): Mac {
  return algorithm === "sha256" ? createHash("sha256") : createHmac(algorithm.slice("hmac-".length), key);
}

/** The hash of `content`. */
export function macOf(algorithm: MacAlgorithm, key: Buffer, content: Buffer): Buffer {
  return startMac(algorithm, key).update(content).digest();
}

export function isMac(algorithm: Algorithm): algorithm is MacAlgorithm {
  return algorithm === "sha256" || algorithm.startsWith("hmac-");
}

export function isPublic(algorithm: Algorithm): algorithm is PublicAlgorithm {
  return algorithm === "ed25519" || algorithm.startsWith("ecdsa-") || algorithm.startsWith("rsa-");
}

/** Length of the digest, bytes. */
export function macLength(algorithm: MacAlgorithm): number {
  return algorithm === "hmac-sha1" ? 20 : algorithm === "hmac-sha512" ? 64 : 32;
}

/** Whether one of the public keys made `signature`. A signature that cannot be one is a plain no. */
export function verifyPublic(
  algorithm: PublicAlgorithm,
  { keys }: Extract<Key, { kind: "public" }>,
  content: Buffer,
  signature: Buffer,
): boolean {
  return keys.some(({ key }) => {
    try {
      return verify(hashOf(algorithm), content, optionsOf(algorithm, key), signature);
    } catch {
      // OpenSSL refuses some malformed signatures by an error
      return false;
    }
  });
}

/** Signs with a private key. */
export function signPrivate(algorithm: PublicAlgorithm, key: KeyObject, content: Buffer): Buffer {
  return sign(hashOf(algorithm), content, optionsOf(algorithm, key));
}

/** Whether two texts are equal, in a time that tells nothing about where they differ; lengths are no secret. */
export function equalTexts(a: string, b: string): boolean {
  const left = Buffer.from(a, "utf8");
  const right = Buffer.from(b, "utf8");
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Writes digest bytes as a scheme wants them. */
export function encodeDigest(digest: Buffer, encoding: Scheme["encoding"]): string {
  return digest.toString(encoding === "base64" || encoding === "base64url" ? encoding : "hex");
}

/**
 * Reads the bytes of a signature that is no hash. Only the one text that the bytes are written as is accepted, so that no two texts pass for one signature.
 * @returns undefined for any other text
 */
export function decodeSignature(text: string, { encoding, hexCase }: Pick<Scheme, "encoding" | "hexCase">): Buffer | undefined {
  const written = encoding === "hex" && hexCase === "any" ? text.toLowerCase() : text;
  const bytes = Buffer.from(written, encoding === "base64" || encoding === "base64url" ? encoding : "hex");
  return bytes.length > 0 && encodeDigest(bytes, encoding) === written ? bytes : undefined;
}

function hashOf(algorithm: PublicAlgorithm): string | null {
  if (algorithm === "ed25519") return null;
  return algorithm === "rsa-sha1" ? "sha1" : "sha256";
}

function optionsOf(
  algorithm: PublicAlgorithm,
  key: KeyObject,
): KeyObject | { readonly key: KeyObject; readonly dsaEncoding: "der" | "ieee-p1363" } {
  if (algorithm === "ecdsa-p256-der") return { key, dsaEncoding: "der" };
  return algorithm === "ecdsa-p256-p1363" ? { key, dsaEncoding: "ieee-p1363" } : key;
}
