import { type Catalogue, worthTrying } from "../../shared/catalogue/catalogue.ts";
import type { CapturedRequest } from "../../shared/http/exchange.ts";
import type { StreamedDigests } from "../../shared/signatures/check.ts";
import type { KnownSecret } from "../../shared/signatures/forensics/explain.ts";
import { createMessage, type Message } from "../../shared/signatures/message.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { Verification } from "../../shared/signatures/verification.ts";
import { explain, type Judgement, judge } from "../../shared/signatures/verify.ts";

/** What a delivery is judged with. */
export type Jury = {
  readonly catalogue: Catalogue;
  readonly secretsOf: (provider: Provider) => readonly string[];
};

/** One delivery to judge. */
export type Case = {
  readonly message: Message;
  /** the providers that it may come from, most likely first; of several, the one that finds the signature valid counts */
  readonly candidates: readonly Provider[];
  /** milliseconds since 1970: when it was received */
  readonly at: number;
  readonly streamed?: StreamedDigests;
};

/** A delivery whose cause is searched for. */
export type Explained = Pick<Case, "message" | "at"> & {
  /** other URLs that the sender may have signed for: the app's own, above all */
  readonly otherUrls?: readonly string[];
};

/** A judgement, and by whose record. */
export type Judged = Judgement & { readonly provider: Provider };

/** The request as signatures see it: its URL is the public one, as the sender called it. */
export function messageOf(
  { method, target, base, headers, forwarded }: Pick<CapturedRequest, "method" | "target" | "base" | "headers" | "forwarded">,
  body: Buffer,
): Message {
  const origin = `${forwarded.proto}://${forwarded.host}`;
  // the relay gives `/` for both `/name` and `/name/`
  const isRoot = base !== "" && (target === "/" || target.startsWith("/?"));
  return createMessage({
    method,
    url: origin + publicTarget(base, target),
    urlAlso: isRoot ? origin + base + target.slice(1) : undefined,
    headers,
    body,
  });
}

/** Judges a delivery, without the search for a cause. @returns undefined when there is no candidate */
export function judgeDelivery({ message, candidates, at, streamed }: Case, { secretsOf }: Jury): Judged | undefined {
  let first: Judged | undefined;
  for (const provider of worthTrying(candidates, (one) => secretsOf(one).length > 0)) {
    const input = { message, provider, secrets: secretsOf(provider), now: at, ...(streamed !== undefined && { streamed }) };
    const judged = { ...judge(input), provider };
    if (judged.verification.verdict === "valid") return judged;
    first ??= judged;
  }
  return first;
}

/** Searches for the cause of a signature that does not hold. Takes up to half a second. */
export function explainDelivery({ message, at, otherUrls = [] }: Explained, judged: Judged, { catalogue, secretsOf }: Jury): Verification {
  if (!judged.explainable) return judged.verification;
  const { provider, verification } = judged;
  const otherSecrets = catalogue.providers.flatMap((other): readonly KnownSecret[] =>
    other.id === provider.id ? [] : secretsOf(other).map((secret) => ({ provider: other.id, secret, schemes: other.signing.schemes })),
  );
  const reason = explain({
    message,
    provider,
    secrets: secretsOf(provider),
    now: at,
    otherSecrets,
    otherProviders: catalogue.providers,
    otherUrls,
  });
  return reason === undefined ? verification : { ...verification, reason };
}

/** `/name` and `/x` are `/name/x`; a target of another form stands for itself. */
function publicTarget(base: string, target: string): string {
  if (target.startsWith("/")) return base + target;
  return target === "*" ? `${base}/` : target.replace(/^[a-z]+:\/\/[^/?#]*/i, base);
}
