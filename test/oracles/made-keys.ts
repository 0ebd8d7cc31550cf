import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Keys } from "./oracle.ts";

/** An Ed25519 private key in PKCS #8 is this, then its 32 bytes (RFC 8410 section 7). */
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** A key pair of Ed25519, its public half as the raw 32 bytes. Made of a text, so that its signatures are the same in each run. */
export function ed25519Keys(text: string, encoding: "hex" | "base64"): Keys {
  const { privateKey, x } = ed25519(text);
  return { sign: pem(privateKey), verify: Buffer.from(x, "base64url").toString(encoding) };
}

/** The same with a key set that has the public half. */
export function ed25519Jwks(text: string): Keys {
  const { privateKey, x } = ed25519(text);
  return { sign: pem(privateKey), verify: JSON.stringify({ keys: [{ kty: "OKP", crv: "Ed25519", x }] }) };
}

function ed25519(text: string): { readonly privateKey: KeyObject; readonly x: string } {
  const der = Buffer.concat([ED25519_PKCS8, createHash("sha256").update(text).digest()]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return { privateKey, x: createPublicKey(privateKey).export({ format: "jwk" }).x ?? "" };
}

/** A key pair of P-256, its public half as base64 of the SPKI. */
export function ecdsaKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return { sign: pem(privateKey), verify: publicKey.export({ format: "der", type: "spki" }).toString("base64") };
}

/** A key pair of P-256, both halves as JWK; the public one names itself. */
export function jwkKeys(id: string): Keys {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    sign: JSON.stringify({ ...privateKey.export({ format: "jwk" }), kid: id }),
    verify: JSON.stringify({ ...publicKey.export({ format: "jwk" }), kid: id }),
  };
}

/** A key pair of RSA, both halves as PEM. */
export function rsaKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { sign: pem(privateKey), verify: publicKey.export({ format: "pem", type: "spki" }).toString() };
}

function pem(key: KeyObject): string {
  return key.export({ format: "pem", type: "pkcs8" }).toString();
}
