import { readJson } from "./json-text.ts";

/** A compact JWS (RFC 7515 section 3.1) taken apart; nothing of it is checked yet. */
export type Jwt = {
  readonly algorithm: string;
  /** the id of the key, where the sender has several */
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** what is signed: the ASCII text before the last dot */
  readonly signed: Buffer;
  readonly signature: Buffer;
};

/** Longer tokens are no webhook signature. */
const MOST_LENGTH = 16_384;
/** RFC 7515 writes base64url without padding. */
const PART = /^[A-Za-z0-9_-]+$/;

/** @returns undefined when the text is no compact JWS with JSON objects in it */
export function readJwt(text: string): Jwt | undefined {
  if (text.length > MOST_LENGTH) return undefined;
  const parts = text.split(".");
  const [head = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3 || !parts.every((part) => PART.test(part))) return undefined;
  const header = objectOf(head);
  const claims = objectOf(payload);
  const algorithm = header?.["alg"];
  const bytes = Buffer.from(signature, "base64url");
  // a last character with bits that mean nothing would let a changed text pass
  if (bytes.toString("base64url") !== signature) return undefined;
  // a `crit` header asks for rules that we do not know (RFC 7515 section 4.1.11)
  if (header === undefined || claims === undefined || typeof algorithm !== "string" || header["crit"] !== undefined) return undefined;
  const keyId = header["kid"];
  return {
    algorithm,
    keyId: typeof keyId === "string" ? keyId : undefined,
    claims,
    signed: Buffer.from(`${head}.${payload}`, "latin1"),
    signature: bytes,
  };
}

/** The part before the signature of a compact JWS. */
export function jwtText(header: Readonly<Record<string, string>>, claims: Readonly<Record<string, string | number>>): string {
  return `${base64url(header)}.${base64url(claims)}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
}

function objectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.toString("base64url") !== part || readJson(bytes)?.root.kind !== "object") return undefined;
  return JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
}
