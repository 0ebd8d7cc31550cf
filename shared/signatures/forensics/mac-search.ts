import { createHash, createHmac } from "node:crypto";
import type { Scheme } from "../scheme.ts";
import { BODY, render } from "../template.ts";
import type { Reason } from "../verification.ts";
import { HASH_START } from "./budget.ts";
import { type Cause, type Form, reasonOfCauses } from "./cause.ts";
import { plainContents } from "./content-forms.ts";
import type { Readings } from "./digest-forms.ts";
import type { Evidence } from "./evidence.ts";
import { type Alternative, type Prover, search } from "./search.ts";
import { changedKeys, otherKeys, plainKeys, type Secrets, UNSET_KEYS } from "./secret-forms.ts";

/** A hash that signatures of one length can come from. */
type Hash = { readonly name: "md5" | "sha1" | "sha256" | "sha384" | "sha512"; readonly bytes: number; readonly keyed: boolean };

const HASHES: readonly Omit<Hash, "keyed">[] = [
  { name: "sha256", bytes: 32 },
  { name: "sha1", bytes: 20 },
  { name: "sha512", bytes: 64 },
  { name: "sha384", bytes: 48 },
  { name: "md5", bytes: 16 },
];

/** Keys of one secret that are likely. */
const LIKELY_KEYS = 9;

/** How the signature of a scheme is read. */
export type Reading = { readonly scheme: Scheme; readonly readings: Readings };

/** Searches for what a keyed or plain hash was made of. @param others other readings of the same place, that sign another text or use another key */
export function explainMac(
  evidence: Evidence,
  readings: Readings,
  {
    secrets,
    others,
    otherwise,
  }: { readonly secrets: Secrets; readonly others: readonly Reading[]; readonly otherwise: () => Reason | undefined },
): Reason | undefined {
  const { scheme, budget } = evidence;
  const changed = secrets.own.map((secret) => changedKeys(secret, scheme));
  const alternativeOf = ({ scheme: one, readings: read }: Reading): Alternative<Buffer> => {
    const hashes = hashesOf(one, read);
    return {
      scheme: one,
      own: secrets.own.flatMap((secret) => plainKeys(secret, one)),
      compare: (key, text) => {
        const bytes = text.reduce((sum, piece) => sum + piece.length, 0);
        for (const { value: hash, causes } of hashes) {
          if (!budget.spend(HASH_START + bytes)) return undefined;
          const found = read.find(digestOf(hash, key, text));
          if (found !== undefined) return [...causes, ...found];
        }
        return undefined;
      },
    };
  };
  const { own, compare } = alternativeOf({ scheme, readings });
  const prover: Prover<Buffer> = {
    own,
    likely: [...changed.flatMap((keys) => keys.slice(0, LIKELY_KEYS)), ...UNSET_KEYS.slice(0, 1)],
    unlikely: [...changed.flatMap((keys) => keys.slice(LIKELY_KEYS)), ...UNSET_KEYS.slice(1)],
    others: secrets.others.flatMap((other) => otherKeys(other, scheme)),
    secretOf: (key) => key,
    compare,
    alternatives: others.map(alternativeOf),
  };
  return plainHashes(evidence, readings, own) ?? search(evidence, prover, otherwise);
}

/** The hashes whose digests are as long as the texts that stand where the signature belongs; of texts elsewhere, the scheme's own hash alone. */
function hashesOf(scheme: Scheme, { own, elsewhere }: Readings): readonly Form<Hash>[] {
  const keyed = scheme.algorithm !== "sha256";
  const name = scheme.algorithm.replace("hmac-", "");
  return HASHES.flatMap((hash): readonly Form<Hash>[] => {
    const isOwn = hash.name === name;
    const readings = isOwn ? [...own, ...elsewhere] : own;
    if (!readings.some(({ value }) => value.length === hash.bytes)) return [];
    return [{ value: { ...hash, keyed }, causes: isOwn ? [] : [otherAlgorithm(called({ ...hash, keyed }), scheme.algorithm)] }];
  });
}

/** Hashes without a key, with the secret in front or behind, and digests that are cut: of the scheme's own text, where the signature belongs. */
function plainHashes(
  { message, scheme, budget }: Evidence,
  { own: readings }: Readings,
  keys: readonly Form<Buffer>[],
): Reason | undefined {
  for (const { value: content } of plainContents(message, scheme)) {
    for (const { value: key } of [{ value: Buffer.alloc(0) }, ...keys]) {
      const rendered = render(content.template, { ...content, secret: key });
      if (rendered.kind === "missing") return undefined;
      const text = rendered.pieces.map((piece) => (piece === BODY ? message.body : piece));
      const orders: readonly (readonly [readonly Buffer[], string])[] =
        key.length === 0
          ? [[text, "without any secret"]]
          : [
              [[key, ...text], "with the secret in front of the text"],
              [[...text, key], "with the secret behind the text"],
            ];
      for (const hash of HASHES) {
        const candidates = readings.filter(({ value }) => value.length >= LEAST_CUT && value.length <= hash.bytes);
        if (candidates.length === 0) continue;
        const variants = [
          ...orders.map(([pieces, how]) => ({
            pieces,
            hash: { ...hash, keyed: false },
            found: `a plain ${called({ ...hash, keyed: false })} ${how}`,
          })),
          ...(key.length === 0 ? [] : [{ pieces: text, hash: { ...hash, keyed: true }, found: called({ ...hash, keyed: true }) }]),
        ];
        for (const variant of variants) {
          if (!budget.spend(HASH_START + message.body.length)) return undefined;
          const digest = digestOf(variant.hash, key, variant.pieces);
          const reading = candidates.find(({ value }) => digest.subarray(0, value.length).equals(value));
          const cause = reading === undefined ? undefined : hashCause(variant, reading.value.length, scheme.algorithm);
          if (reading !== undefined && cause !== undefined) return reasonOfCauses([cause, ...reading.causes]);
        }
      }
    }
  }
  return undefined;
}
/** Shorter beginnings of a digest could match by chance, bytes. */
const LEAST_CUT = 16;

/** undefined for what is no deviation of its own: it is found by the search. */
function hashCause({ hash, found }: { readonly hash: Hash; readonly found: string }, length: number, algorithm: string): Cause | undefined {
  if (length < hash.bytes) {
    return {
      code: "digest-encoding",
      found: `the signature is ${found}, cut to the first ${length} of ${hash.bytes} bytes`,
      hint: "send the whole digest",
    };
  }
  if (hash.keyed || (algorithm === "sha256" && hash.name === "sha256")) return undefined;
  return otherAlgorithm(found, algorithm);
}

function otherAlgorithm(found: string, algorithm: string): Cause {
  const expected = algorithm === "sha256" ? "SHA-256 of a text that holds the secret" : algorithm.replace("hmac-sha", "HMAC-SHA");
  return { code: "wrong-algorithm", found: `the signature is ${found}, and this scheme uses ${expected}`, hint: `sign with ${expected}` };
}

function called({ name, keyed }: Hash): string {
  const hash = name === "md5" ? "MD5" : `SHA-${name.slice(3)}`;
  return keyed ? `HMAC-${hash.replace("-", "")}` : hash;
}

function digestOf({ name, keyed }: Hash, key: Buffer, text: readonly Buffer[]): Buffer {
  const hash = keyed ? createHmac(name, key) : createHash(name);
  for (const piece of text) hash.update(piece);
  return hash.digest();
}
