import { isPublic, verifyPublic } from "../algorithms.ts";
import { type Key, readKey } from "../keys.ts";
import type { Algorithm } from "../scheme.ts";
import type { Reason } from "../verification.ts";
import { PUBLIC_CHECK } from "./budget.ts";
import type { Cause, Form } from "./cause.ts";
import type { Readings } from "./digest-forms.ts";
import type { Evidence } from "./evidence.ts";
import { type Prover, search } from "./search.ts";
import { otherSecret, type Secrets } from "./secret-forms.ts";

type PublicKey = Extract<Key, { kind: "public" }>;

/** What else a signature of one algorithm may have been made by, with the same key. */
const SIBLINGS: Readonly<Record<string, readonly (readonly [Algorithm, string])[]>> = {
  "ecdsa-p256-der": [["ecdsa-p256-p1363", "ECDSA with r and s as 64 bytes, and this scheme writes DER"]],
  "ecdsa-p256-p1363": [["ecdsa-p256-der", "ECDSA in DER, and this scheme writes r and s as 64 bytes"]],
  "rsa-sha1": [["rsa-sha256", "RSA with SHA-256, and this scheme uses SHA-1"]],
  "rsa-sha256": [["rsa-sha1", "RSA with SHA-1, and this scheme uses SHA-256"]],
};
/** Texts that are tried as the signature; each costs a tenth of a millisecond for every hypothesis. */
const MOST_READINGS = 4;
/** For each byte of a text: Ed25519 hashes it twice, with SHA-512, which takes twice as long as SHA-256, and it is copied. */
const EACH_BYTE = 8;

/** Searches for what a public-key signature was made of. */
export function explainPublic(
  evidence: Evidence,
  readings: Readings,
  { secrets: { own, others }, otherwise }: { readonly secrets: Secrets; readonly otherwise: () => Reason | undefined },
): Reason | undefined {
  const { scheme, budget } = evidence;
  const algorithms: readonly Form<Algorithm>[] = [
    { value: scheme.algorithm, causes: [] },
    ...(SIBLINGS[scheme.algorithm] ?? []).map(([value, found]) => ({
      value,
      causes: [{ code: "wrong-algorithm" as const, found: `the signature is ${found}`, hint: "sign as the scheme says" }],
    })),
  ];
  const signatures = [...readings.own, ...readings.elsewhere].filter(({ value }) => mayBe(scheme.algorithm, value)).slice(0, MOST_READINGS);
  let scratch = Buffer.alloc(0);
  // in one place: hundreds of texts of 1 MB, each in fresh memory, would cost more than their signatures
  const joined = (text: readonly Buffer[]): Buffer => {
    const length = text.reduce((sum, piece) => sum + piece.length, 0);
    if (scratch.length < length) scratch = Buffer.allocUnsafe(length * 2);
    let at = 0;
    for (const piece of text) at += piece.copy(scratch, at);
    return scratch.subarray(0, length);
  };
  const compare = (key: PublicKey, text: readonly Buffer[]): readonly Cause[] | undefined => {
    const content = joined(text);
    for (const { value: algorithm, causes } of algorithms) {
      for (const signature of signatures) {
        if (!budget.spend(PUBLIC_CHECK * key.keys.length + content.length * EACH_BYTE)) return undefined;
        if (isPublic(algorithm) && verifyPublic(algorithm, key, content, signature.value)) return [...causes, ...signature.causes];
      }
    }
    return undefined;
  };
  const prover: Prover<PublicKey> = {
    own: own.flatMap(({ text }) => publicKeyOf(text, evidence).map((value) => ({ value, causes: [] }))),
    likely: [],
    unlikely: [],
    others: others.flatMap(({ provider, secret }) =>
      publicKeyOf(secret, evidence).map((value) => ({ value, causes: [otherSecret(provider)] })),
    ),
    secretOf: () => Buffer.alloc(0),
    compare,
    alternatives: [],
  };
  return search(evidence, prover, otherwise);
}

function publicKeyOf(secret: string, { scheme }: Evidence): readonly PublicKey[] {
  const key = readKey(secret, scheme);
  return key.kind === "public" ? [key] : [];
}

/** Whether bytes have a length that signatures of the algorithm have. */
function mayBe(algorithm: Algorithm, { length }: Buffer): boolean {
  if (algorithm === "ed25519") return length === 64;
  return algorithm.startsWith("ecdsa-") ? length === 64 || (length >= 66 && length <= 72) : length >= 128 && length <= 512;
}
