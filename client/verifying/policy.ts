import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import type { AttemptError, CapturedRequest, ResponseHead } from "../../shared/http/exchange.ts";
import { madeAnswer } from "../../shared/http/made-answer.ts";
import { coverageOf } from "../../shared/signatures/coverage.ts";
import { answerHandshake } from "../../shared/signatures/handshake-answer.ts";
import type { Handshake, Provider } from "../../shared/signatures/provider.ts";
import type { Verification } from "../../shared/signatures/verification.ts";
import type { DeliveryFacts } from "./delivery-facts.ts";
import { messageOf } from "./judge-delivery.ts";

/** What devhook itself answers to a request that does not reach the app. */
export type OwnAnswer = {
  readonly head: ResponseHead;
  readonly body: Buffer;
  /** undefined: nothing went wrong (a handshake) */
  readonly error: AttemptError | undefined;
};

/** Decides which requests reach the app. */
export type GuardPolicy = {
  /** whether the whole body must be there before anything may pass */
  readonly needsBody: boolean;
  /** undefined: the request may pass */
  readonly decide: (request: CapturedRequest, body: Buffer, facts: DeliveryFacts) => OwnAnswer | undefined;
};

export type PolicyOptions = {
  /** whether only valid deliveries, and handshakes, reach the app */
  readonly enforce: boolean;
  /** whether devhook answers handshakes in place of the app */
  readonly answerHandshakes: boolean;
  readonly catalogue: Catalogue;
  readonly secretsOf: (provider: Provider) => readonly string[];
};

/** @returns undefined when every request may pass */
export function createPolicy({ enforce, answerHandshakes, catalogue, secretsOf }: PolicyOptions): GuardPolicy | undefined {
  if (!enforce && !answerHandshakes) return undefined;

  function decide(request: CapturedRequest, body: Buffer, { provider: id, verification, final }: DeliveryFacts): OwnAnswer | undefined {
    const provider = id === null ? undefined : catalogue.find(id);
    const handshake = provider?.handshakes.find((one) => one.id === verification?.handshake);
    const secrets = provider === undefined ? [] : secretsOf(provider);
    if (handshake !== undefined && answerHandshakes && verification?.verdict !== "invalid") {
      const answer = handshakeAnswer(handshake, { request, body, secrets });
      if (answer !== undefined) return answer;
    }
    if (enforce) {
      if (opensDoor(verification, provider) || isHarmless(handshake, request, secrets)) return undefined;
    } else if (handshake?.answer === undefined || verification?.verdict !== "invalid") {
      // whoever answers handshakes in place of the app must refuse forged ones, too: platforms test for just that
      return undefined;
    }
    // the sender does not wait for the search for a cause, which has only begun
    const isSearched = final || verification?.reason?.code !== "no-match";
    const told = isSearched
      ? verification?.reason
      : { message: "the signature does not match", hint: `devhook show ${request.id} says why` };
    const { message, hint } = told ?? (request.upgrade ? NO_WEBHOOK : NO_PROVIDER);
    return refusal(request.id, 401, { code: "signature-refused", message, hint });
  }

  return { needsBody: enforce, decide };
}

/**
 * Whether a verdict lets a request pass under enforcement: `valid`, and not by a reading that covers only a part of the body where the provider's own scheme
 * covers all of it.
 */
function opensDoor(verification: Verification | null, provider: Provider | undefined): boolean {
  if (verification?.verdict !== "valid") return false;
  const [usual] = provider?.signing.schemes ?? [];
  return verification.covers !== "part" || usual === undefined || coverageOf(usual) === "part";
}

/**
 * Whether a request is a handshake that its provider does not sign, and that may pass without: one that asks for something (GET), or one from before the
 * secret was known. With a secret, whoever sends it can sign, and a forger could set the app up anew.
 */
function isHarmless(handshake: Handshake | undefined, { method }: CapturedRequest, secrets: readonly string[]): boolean {
  return handshake?.signed === false && (method === "GET" || secrets.length === 0);
}

const NO_PROVIDER = {
  message: "no provider that was named sends to this path, so no signature could be checked",
  hint: "name the provider of this path with --provider ID=/path, or leave out --verify enforce",
};
const NO_WEBHOOK = {
  message: "a WebSocket carries no signature that could be checked",
  hint: "start without --verify enforce to let it pass",
};

/** An answer of devhook's own that says why the app was not called. */
export function refusal(delivery: string, status: number, error: AttemptError): OwnAnswer {
  return {
    ...madeAnswer({ status, code: error.code, message: error.message, hint: error.hint, delivery, outcome: "not-delivered" }),
    error,
  };
}

function handshakeAnswer(
  handshake: Handshake,
  { request, body, secrets }: { readonly request: CapturedRequest; readonly body: Buffer; readonly secrets: readonly string[] },
): OwnAnswer | undefined {
  const answer = answerHandshake(handshake, messageOf(request, body), secrets[0]);
  if (answer === undefined) return undefined;
  const headers = ["Content-Length", String(answer.body.length), "devhook-handshake", handshake.id];
  if (answer.contentType !== undefined) headers.unshift("Content-Type", answer.contentType);
  return {
    head: { status: answer.status, reason: answer.status === 204 ? "No Content" : "OK", headers },
    body: answer.body,
    error: undefined,
  };
}
