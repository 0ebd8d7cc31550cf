import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Algorithm, Scheme } from "./scheme.ts";

/** What a secret became. */
export type Key =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  /** one key, or several of a set; `id` is the `kid` of a JWK */
  | { readonly kind: "public"; readonly keys: readonly { readonly key: KeyObject; readonly id: string | undefined }[] }
  | {
      readonly kind: "unusable";
      /** one clause: "the secret is not base64" */
      readonly why: string;
    };

/** The DER in front of the 32 bytes of an Ed25519 public key in an SPKI (RFC 8410 section 4). */
const ED25519 = { spki: Buffer.from("302a300506032b6570032100", "hex"), bytes: 32 };
/** The same for an uncompressed point on the curve P-256 (RFC 5480 section 2). */
const P256 = { spki: Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"), bytes: 65 };
/** More keys in one set are no sender's. */
const MOST_KEYS = 50;

/** Turns the secret that a user copied into the key of a scheme. Never throws. */
export function readKey(secret: string, { key, algorithm }: Pick<Scheme, "key" | "algorithm">): Key {
  switch (key.form) {
    case "text":
      return { kind: "bytes", bytes: Buffer.from(secret, "utf8") };
    case "hex":
      return /^(?:[0-9a-fA-F]{2})+$/.test(secret)
        ? { kind: "bytes", bytes: Buffer.from(secret, "hex") }
        : { kind: "unusable", why: "the secret is not an even number of hex digits" };
    case "base64": {
      const bytes = base64Bytes(withoutPrefix(secret, key.prefix));
      return bytes === undefined
        ? { kind: "unusable", why: `the secret is not base64${key.prefix === undefined ? "" : ` after ${key.prefix}`}` }
        : { kind: "bytes", bytes };
    }
    case "public":
      return publicKeys(withoutPrefix(secret.trim(), key.prefix), algorithm);
  }
}

/** The private key for signing: PEM or JWK. @returns undefined when it is neither, or not of the algorithm's kind */
export function readPrivateKey(secret: string, algorithm: Algorithm): KeyObject | undefined {
  const text = secret.trim();
  const key = attempt(() =>
    createPrivateKey(text.startsWith("{") ? { key: JSON.parse(text) as JsonWebKey, format: "jwk" } : pemText(text)),
  );
  return key !== undefined && isOfKind(key, algorithm) ? key : undefined;
}

/** Decodes base64 with or without padding, of either alphabet; undefined for anything else, and for the empty text. */
export function base64Bytes(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  const plain = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  return bytes.toString("base64").replace(/=+$/, "") === plain ? bytes : undefined;
}

function withoutPrefix(secret: string, prefix: string | undefined): string {
  return prefix !== undefined && secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
}

function publicKeys(text: string, algorithm: Algorithm): Key {
  const keys = text.startsWith("{") ? jwkKeys(text) : plainKeys(text, algorithm);
  const fitting = keys.filter(({ key }) => isOfKind(key, algorithm));
  if (fitting.length > 0) return { kind: "public", keys: fitting };
  return {
    kind: "unusable",
    why:
      keys.length > 0
        ? `the key is of another kind than ${algorithm} needs`
        : "the secret is no public key (hex or base64 of the key, PEM, JWK or JWKS)",
  };
}

type NamedKey = { readonly key: KeyObject; readonly id: string | undefined };

function jwkKeys(text: string): readonly NamedKey[] {
  const parsed = attempt(() => JSON.parse(text) as { readonly keys?: unknown } & Record<string, unknown>);
  if (parsed === undefined) return [];
  const all: readonly unknown[] = Array.isArray(parsed.keys) ? parsed.keys : [parsed];
  return all.slice(0, MOST_KEYS).flatMap((jwk) => {
    const key = attempt(() => createPublicKey({ key: jwk as JsonWebKey, format: "jwk" }));
    const id = (jwk as { readonly kid?: unknown } | null)?.kid;
    return key === undefined ? [] : [{ key, id: typeof id === "string" ? id : undefined }];
  });
}

function plainKeys(text: string, algorithm: Algorithm): readonly NamedKey[] {
  const key = text.includes("-----BEGIN") ? pemKey(text) : derKey(text, algorithm);
  return key === undefined ? [] : [{ key, id: undefined }];
}

function pemKey(text: string): KeyObject | undefined {
  const pem = pemText(text);
  if (pem.includes("BEGIN CERTIFICATE")) return attempt(() => new X509Certificate(pem).publicKey);
  return attempt(() => createPublicKey(pem));
}

/** Environment variables often hold the two characters \n for the end of a line. */
function pemText(text: string): string {
  return text.replaceAll("\\n", "\n");
}

function derKey(text: string, algorithm: Algorithm): KeyObject | undefined {
  const bytes = /^(?:[0-9a-fA-F]{2})+$/.test(text) ? Buffer.from(text, "hex") : base64Bytes(text.replace(/\s+/g, ""));
  if (bytes === undefined) return undefined;
  const raw = algorithm === "ed25519" ? ED25519 : P256;
  const der = bytes.length === raw.bytes ? Buffer.concat([raw.spki, bytes]) : bytes;
  return attempt(() => createPublicKey({ key: der, format: "der", type: "spki" }));
}

function isOfKind(key: KeyObject, algorithm: Algorithm): boolean {
  switch (algorithm) {
    case "ed25519":
      return key.asymmetricKeyType === "ed25519";
    case "ecdsa-p256-der":
    case "ecdsa-p256-p1363":
    case "jwt-es256":
      return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
    case "rsa-sha1":
    case "rsa-sha256":
      return key.asymmetricKeyType === "rsa";
    default:
      return false;
  }
}

/** node:crypto reports every key that it cannot read by an exception. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
