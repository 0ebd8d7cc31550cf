import { createHash } from "node:crypto";
import { macOf, verifyPublic } from "../algorithms.ts";
import { type Jwt, readJwt } from "../jwt.ts";
import { type Key, readKey } from "../keys.ts";
import { firstValue } from "../places.ts";
import { placeText, shown } from "../reasons.ts";
import type { Reason } from "../verification.ts";
import { changedBodies } from "./body-forms.ts";
import { HASH_START, PUBLIC_CHECK } from "./budget.ts";
import { asIs, type Cause, type Form, reasonOfCauses } from "./cause.ts";
import type { Evidence } from "./evidence.ts";
import { rewrittenBodies } from "./json-body-forms.ts";
import { changedKeys, otherKeys, otherSecret, plainKeys, type Secrets, UNSET_KEYS } from "./secret-forms.ts";

/** Names what is wrong with a JSON Web Token that does not hold: its algorithm, its key, its claims. */
export function explainJwt(evidence: Evidence, texts: readonly string[], secrets: Secrets): Reason | undefined {
  const { scheme } = evidence;
  const text = texts.map((one) => one.replace(/^Bearer\s+/i, "").trim()).find((one) => readJwt(one) !== undefined);
  const jwt = text === undefined ? undefined : readJwt(text);
  if (text === undefined || jwt === undefined) return undefined;
  const around: readonly Cause[] = texts.includes(text)
    ? []
    : [{ code: "wrong-prefix", found: "the token has Bearer or white space around it", hint: "send the token alone" }];
  const algorithm = scheme.algorithm === "jwt-hs256" ? "HS256" : "ES256";
  if (jwt.algorithm !== algorithm) {
    return reasonOfCauses([
      ...around,
      {
        code: "wrong-algorithm",
        found: `the token names the algorithm ${shown(jwt.algorithm)}, and this scheme takes ${algorithm} alone`,
        hint: `sign it with ${algorithm}`,
      },
    ]);
  }
  const key = algorithm === "HS256" ? secretOf(jwt, evidence, secrets) : publicKeyOf(jwt, evidence, secrets);
  if (key === undefined) return undefined;
  return reasonOfCauses([...around, ...key, ...claimCauses(jwt, evidence)]);
}

/** Names the body whose digest stands in a message, where that of the one that arrived does not. */
export function explainBodyDigest(evidence: Evidence, texts: readonly string[]): Reason | undefined {
  const { message, scheme, budget } = evidence;
  const { bodyDigest } = scheme;
  const jwt = scheme.encoding === "jwt" ? readJwt(texts[0] ?? "") : undefined;
  const stated = bodyDigest === undefined ? undefined : firstValue(message, bodyDigest.place, jwt);
  if (bodyDigest === undefined || stated === undefined) return undefined;
  const where = placeText(bodyDigest.place);
  for (const { value, causes } of bodiesOf(evidence)) {
    if (!budget.spend(HASH_START + value.length)) return undefined;
    const digest = createHash(bodyDigest.hash).update(value).digest();
    if (stated === digest.toString(bodyDigest.encoding) && causes.length > 0) return reasonOfCauses(causes);
    for (const encoding of ["hex", "base64", "base64url"] as const) {
      if (encoding === bodyDigest.encoding || stated !== digest.toString(encoding)) continue;
      const found = `the digest in ${where} is ${encoding}, and this scheme writes ${bodyDigest.encoding}`;
      return reasonOfCauses([{ code: "digest-encoding", found, hint: `write it as ${bodyDigest.encoding}` }, ...causes]);
    }
    if (stated.toLowerCase() === digest.toString("hex")) {
      const found = `the digest in ${where} is written in capital hex digits`;
      return reasonOfCauses([{ code: "digest-case", found, hint: "write the digits in lower case" }, ...causes]);
    }
  }
  return undefined;
}

function* bodiesOf(evidence: Evidence): Generator<Form<Buffer>> {
  yield asIs(evidence.message.body);
  yield* changedBodies(evidence, "edges");
  yield* rewrittenBodies(evidence, "likely");
  yield* changedBodies(evidence, "text");
  yield* rewrittenBodies(evidence, "rare");
  yield* changedBodies(evidence, "rare");
}

function claimCauses({ claims }: Jwt, { scheme }: Evidence): readonly Cause[] {
  return Object.entries(scheme.claims ?? {}).flatMap(([name, value]): readonly Cause[] => {
    const there = claims[name];
    if (there === value) return [];
    const found = there === undefined ? `the token has no claim ${name}` : `the token's claim ${name} is ${shown(claimText(there))}`;
    return [
      {
        code: "signed-content",
        found: `${found}, and this scheme wants ${shown(value)}`,
        hint: `set ${name} to ${shown(value)} before signing`,
      },
    ];
  });
}

function claimText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** How the key differs that signed the token; undefined when it is not found. */
function secretOf(jwt: Jwt, { scheme, budget }: Evidence, { own, others }: Secrets): readonly Cause[] | undefined {
  const keys = [
    ...own.flatMap((secret) => plainKeys(secret, scheme)),
    ...own.flatMap((secret) => changedKeys(secret, scheme)),
    ...others.flatMap((other) => otherKeys(other, scheme)),
    ...UNSET_KEYS,
  ];
  for (const { value, causes } of keys) {
    if (!budget.spend(HASH_START + jwt.signed.length)) return undefined;
    if (macOf("hmac-sha256", value, jwt.signed).equals(jwt.signature)) return causes;
  }
  return undefined;
}

function publicKeyOf(jwt: Jwt, { scheme, budget }: Evidence, { own, others }: Secrets): readonly Cause[] | undefined {
  const signs = (key: Key): boolean =>
    key.kind === "public" &&
    budget.spend(PUBLIC_CHECK * key.keys.length) &&
    verifyPublic("ecdsa-p256-p1363", key, jwt.signed, jwt.signature);
  const keys = own.map(({ text }) => readKey(text, scheme));
  const ids = keys.flatMap((key) => (key.kind === "public" ? key.keys.flatMap(({ id }) => id ?? []) : []));
  const isNamed = jwt.keyId === undefined || ids.length === 0 || ids.includes(jwt.keyId);
  const wrongKey: Cause = {
    code: "other-secret",
    found: `the token names the key ${shown(jwt.keyId ?? "")}, and yours is ${ids.map(shown).join(", ")}`,
    hint: "fetch the provider's keys again: they change",
  };
  if (keys.some(signs)) return isNamed ? [] : [wrongKey];
  const other = others.find(({ secret }) => signs(readKey(secret, scheme)));
  if (other !== undefined) return [otherSecret(other.provider)];
  return isNamed ? undefined : [wrongKey];
}
