import { isMac, isPublic } from "../algorithms.ts";
import { type CheckInput, checkScheme, type Finding, readsSamePlaces } from "../check.ts";
import { holds, readPlace } from "../places.ts";
import type { Provider } from "../provider.ts";
import type { Scheme } from "../scheme.ts";
import type { Reason } from "../verification.ts";
import { type Budget, createBudget, HASH_START, PUBLIC_CHECK } from "./budget.ts";
import { reasonOfCauses } from "./cause.ts";
import { type Readings, readingsOf } from "./digest-forms.ts";
import { createEvidence, type Evidence } from "./evidence.ts";
import { explainBodyDigest, explainJwt } from "./jwt-search.ts";
import { explainByLooks } from "./looks.ts";
import { explainMac, type Reading } from "./mac-search.ts";
import { explainPublic } from "./public-search.ts";
import { nameSecrets, type OtherSecret, type Secrets } from "./secret-forms.ts";
import { explainToken } from "./token-search.ts";

/** A secret that devhook has for some provider; `schemes`: how that provider uses it. */
export type KnownSecret = OtherSecret;

export type ExplainInput = Omit<CheckInput, "provider"> & {
  readonly provider: Pick<Provider, "signing"> & Partial<Provider>;
  readonly otherSecrets?: readonly KnownSecret[];
  /** URLs by which the request is known besides the public one, as that of the app: whole, or an origin alone */
  readonly otherUrls?: readonly string[];
  /** whose schemes the message may follow in place of the one that was expected */
  readonly otherProviders?: readonly Pick<Provider, "id" | "name" | "signing">[];
};

/** Secrets that are tried, the user's own for the provider and those of others; nobody has more. */
const MOST_SECRETS = 10;
const MOST_OTHERS = 40;

/**
 * Searches for the cause of a signature that does not hold. Never throws. What it may cost is counted beforehand ({@link createBudget}), so that one message gets
 * the same answer on every machine; a match says that the signature is that of the changed thing, and no more.
 * @returns undefined when the signature holds, or nothing that was tried explains it
 */
export function explainBytes(
  finding: Finding,
  input: ExplainInput,
  budget: Budget = createBudget(input.message.body.length),
): Reason | undefined {
  const { scheme, signature, signatures } = finding;
  const { provider, streamed } = input;
  const own = nameSecrets(input.secrets.slice(0, MOST_SECRETS), provider.id);
  const others = (input.otherSecrets ?? []).slice(0, MOST_OTHERS);
  const secrets: Secrets = { own, others };
  const evidence = createEvidence(input, scheme, budget);
  switch (signature.kind) {
    case "ok":
    case "no-secret":
    case "incomplete":
    case "body-not-kept":
      return undefined;
    case "body-digest":
      return streamed === undefined ? explainBodyDigest(evidence, signatures) : undefined;
    case "bad":
    case "malformed":
    case "absent":
    case "unusable-secret": {
      const { readings, others: otherReadings } = readingsOfPlace(scheme, input);
      if (signature.kind === "absent" && !isExplainable(finding, input)) return undefined;
      if (streamed !== undefined) return explainStreamed(input, scheme, readings);
      const texts = signature.kind === "malformed" ? signature.texts : signatures;
      return (
        explainScheme(evidence, { readings, otherReadings, texts, secrets, otherwise: () => explainByOthers(evidence, input) }) ??
        explainByLooks(finding, evidence, { readings, secrets: own, provider })
      );
    }
  }
}

/** Whether a search may find more than the check did. */
export function isExplainable(
  { scheme, signature: { kind } }: Finding,
  { message, secrets }: Pick<ExplainInput, "message" | "secrets">,
): boolean {
  if (kind !== "absent") return kind === "bad" || kind === "malformed" || kind === "body-digest" || kind === "unusable-secret";
  return secrets.length > 0 && (scheme.algorithm === "token" || readingsOf(message, scheme).elsewhere.length > 0);
}

/** How the place of a scheme's signature is read by that scheme, and by those that write the same signature otherwise; and by those that make another one. */
function readingsOfPlace(
  scheme: Scheme,
  { message, provider }: Pick<ExplainInput, "message" | "provider">,
): { readonly readings: Readings; readonly others: readonly Reading[] } {
  const groups = new Map<string, [Scheme, ...Scheme[]]>([[signatureKey(scheme), [scheme]]]);
  for (const one of isMac(scheme.algorithm) ? provider.signing.schemes : []) {
    if (one === scheme || !isMac(one.algorithm) || !readsSamePlaces(one, scheme) || !holds(message, one.when ?? [])) continue;
    const key = signatureKey(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const [[, ...notations] = [], ...rest] = groups.values();
  return {
    readings: readingsOf(message, scheme, notations),
    others: rest.map(([first, ...more]) => ({ scheme: first, readings: readingsOf(message, first, more) })),
  };
}

/** What the bytes of a signature depend on. */
function signatureKey({ algorithm, key, signed, time, messageId, urlVariants }: Scheme): string {
  return JSON.stringify([algorithm, key, signed, time?.place, messageId, urlVariants]);
}

type Suspects = {
  readonly readings: Readings;
  readonly otherReadings: readonly Reading[];
  /** what stands where the signature belongs */
  readonly texts: readonly string[];
  readonly secrets: Secrets;
  readonly otherwise: () => Reason | undefined;
};

function explainScheme(evidence: Evidence, { readings, otherReadings, texts, secrets, otherwise }: Suspects): Reason | undefined {
  const { algorithm } = evidence.scheme;
  if (isMac(algorithm)) return explainMac(evidence, readings, { secrets, others: otherReadings, otherwise });
  if (isPublic(algorithm)) return explainPublic(evidence, readings, { secrets, otherwise });
  return (algorithm === "token" ? explainToken : explainJwt)(evidence, texts, secrets) ?? otherwise();
}

/** Whether the message is that of another provider, signed with a secret that is known. */
function explainByOthers(
  { message, budget, json }: Evidence,
  { provider, secrets, now, otherProviders = [], otherSecrets = [] }: ExplainInput,
): Reason | undefined {
  for (const { id, name, signing } of otherProviders) {
    if (id === provider.id) continue;
    const theirs = otherSecrets.filter((one) => one.provider === id).map(({ secret }) => secret);
    const all = [...theirs, ...secrets];
    for (const scheme of signing.schemes) {
      if (readsJson(scheme) && json() === undefined) continue;
      if (scheme.when !== undefined && !holds(message, scheme.when)) continue;
      if (!scheme.signature.some((place) => readPlace(message, place).values.length > 0)) continue;
      const each = isPublic(scheme.algorithm) ? PUBLIC_CHECK : HASH_START;
      if (!budget.spend((each + message.body.length) * all.length)) return undefined;
      const { signature } = checkScheme(scheme, { message, provider: { signing }, secrets: all, now });
      if (signature.kind !== "ok") continue;
      const whose = signature.secretIndex < theirs.length ? `the secret of ${id}` : "your secret";
      return reasonOfCauses([
        {
          code: "other-provider",
          found: `this is signed as ${name} signs (scheme ${scheme.id}), and matches ${whose}`,
          hint: `name the sender: --provider ${id}`,
        },
      ]);
    }
  }
  return undefined;
}

/** Of a body that was only hashed while it passed, what the digest is compared with can differ, and nothing else. */
function explainStreamed({ secrets, streamed, message }: ExplainInput, scheme: Scheme, readings: Readings): Reason | undefined {
  for (const secret of secrets) {
    const digest = streamed?.(scheme, secret, message.url);
    const causes = digest === undefined ? undefined : readings.find(digest);
    const reason = causes === undefined ? undefined : reasonOfCauses(causes);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Whether a scheme looks into the body. */
function readsJson({ signature, when = [], time, messageId }: Scheme): boolean {
  const places = [...signature, ...when.map(({ place }) => place), time?.place, messageId];
  return places.some((place) => place?.in === "body");
}
