import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import { DevhookError } from "../../shared/errors.ts";
import { readJwt } from "../../shared/signatures/jwt.ts";
import type { Message } from "../../shared/signatures/message.ts";
import { firstValue } from "../../shared/signatures/places.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { Scheme } from "../../shared/signatures/scheme.ts";
import type { Signed } from "../../shared/signatures/sign.ts";
import { readTime } from "../../shared/signatures/time.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { requireProvider } from "../settings/require-provider.ts";
import { messageOf } from "../verifying/judge-delivery.ts";
import { recordedVerification } from "../verifying/recorded-verification.ts";
import { framedHeaders, replaceHeaders } from "./replace-headers.ts";
import { noSecret, signMessage } from "./sign-message.ts";

/** Who deliveries may have come from. */
export type Senders = {
  readonly catalogue: Catalogue;
  /** of --provider, for deliveries that nobody was recognised for */
  readonly provider: string | undefined;
};

/** What deliveries are signed anew with. */
export type Signers = Senders & {
  /** as the user copied them; empty when there are none */
  readonly secretsOf: (provider: Provider) => readonly string[];
};

/** Who signs one delivery, and how. */
type Signer = { readonly provider: Provider; readonly scheme: string | undefined; readonly secret: string };

/**
 * Signs a recorded delivery, or what is sent in its place, as its provider would at the time `now`: by the scheme and with the secret that held when it
 * came, the public URL as recorded. Signature headers stand where the old ones stood, all others as they were.
 * @throws {DevhookError} `usage` when the provider or its secret is not known, or the delivery cannot be signed
 */
export function resign(delivery: Delivery, request: SentRequest, signers: Signers, now: number): SentRequest {
  const { signed, used } = signAnew(delivery, request, signers, now);
  const headers = replaceHeaders(request.headers, signed.headers, (name) => isSignature(name, used));
  return {
    method: request.method,
    target: targetOf(delivery, request.target, signed.url),
    headers: framedHeaders(headers, signed.body.length),
    body: signed.body,
  };
}

/**
 * Whether a delivery, or what is sent in its place, can be signed anew, and how.
 * @returns the scheme, and when it was signed by it until now (milliseconds since 1970, undefined when it knows no time or the time cannot be read)
 * @throws {DevhookError} as {@link resign}
 */
export function trySigning(
  delivery: Delivery,
  request: SentRequest,
  signers: Signers,
  now: number,
): { readonly scheme: Scheme; readonly signedAt?: number } {
  const { used, message } = signAnew(delivery, request, signers, now);
  const at = signedAt(used, message);
  return { scheme: used, ...(at !== undefined && { signedAt: at }) };
}

/** When a message says that it was signed, milliseconds since 1970; undefined when the scheme knows no time, or it cannot be read. */
export function signedAt({ time, signature: [place] }: Pick<Scheme, "time" | "signature">, message: Message): number | undefined {
  if (time === undefined) return undefined;
  const jwt = time.place.in === "claim" && place !== undefined ? readJwt(firstValue(message, place) ?? "") : undefined;
  const text = firstValue(message, time.place, jwt);
  return text === undefined ? undefined : readTime(text, time.unit);
}

type SignedAnew = { readonly signed: Signed; readonly used: Scheme; readonly message: Message };

/** @throws {DevhookError} `usage` */
function signAnew(delivery: Delivery, request: SentRequest, signers: Signers, now: number): SignedAnew {
  const { provider, scheme, secret } = signerOf(delivery, signers);
  const message = messageOf({ ...delivery, ...request }, request.body);
  const signed = signMessage({ provider, scheme, secret, message, now });
  const used = provider.signing.schemes.find(({ id }) => id === signed.scheme);
  if (used === undefined) throw new Error(`${provider.id} signed by the scheme ${signed.scheme}, which it does not have`);
  return { signed, used, message };
}

/** Why a delivery should perhaps not get a good signature; undefined when it had one. */
export function launderingDoubt({ id, verdict }: Delivery): string | undefined {
  if (verdict === "valid") return undefined;
  const found = verdict === undefined ? "has never been checked" : `had the verdict ${verdict} when it came`;
  return `${id} ${found}; signed anew, your app will take it for genuine. Do not launder a forgery: devhook show ${id}`;
}

function signerOf(delivery: Delivery, signers: Signers): Signer {
  const provider = requireSender(delivery, signers);
  const secrets = signers.secretsOf(provider);
  const checked = recordedVerification(delivery);
  const isSame = checked?.provider === provider.id;
  const scheme = isSame && provider.signing.schemes.some(({ id }) => id === checked.scheme) ? (checked.scheme ?? undefined) : undefined;
  const secret = (isSame ? secrets[checked.secretIndex ?? 0] : undefined) ?? secrets[0];
  // one that signs nothing is refused for that, not for the lack of a secret
  if (secret === undefined && provider.signing.schemes.length > 0) throw noSecret(provider);
  return { provider, scheme, secret: secret ?? "" };
}

/**
 * Who sent a delivery: as recorded, else of --provider.
 * @returns undefined when neither says it, or no record describes it
 * @throws {DevhookError} `usage` when --provider names nobody, or somebody else
 */
export function senderOf({ id, provider: recorded }: Delivery, { catalogue, provider: flag }: Senders): Provider | undefined {
  const named = flag === undefined ? undefined : requireProvider(catalogue, flag);
  const known = recorded === undefined ? undefined : catalogue.find(recorded);
  if (named === undefined || known === undefined || named === known) return known ?? named;
  throw new DevhookError("usage", {
    what: `delivery ${id} came from ${known.id}, and --provider says ${named.id}`,
    fix: "leave --provider out: it is for deliveries that nobody was recognised for",
  });
}

function requireSender(delivery: Delivery, senders: Senders): Provider {
  const provider = senderOf(delivery, senders);
  if (provider !== undefined) return provider;
  const { id, provider: recorded } = delivery;
  throw new DevhookError("usage", {
    what: `cannot sign delivery ${id} anew: nobody knows who sent it`,
    ...(recorded !== undefined && { why: `it was recorded as from ${recorded}, which no record describes any more` }),
    fix: `name the sender: devhook resend ${id} --resign --provider ID (see devhook providers)`,
  });
}

function isSignature(name: string, { signature }: Scheme): boolean {
  return signature.some((place) => {
    if (place.in !== "header") return false;
    const own = place.name.toLowerCase();
    return name === own || (place.numbered === true && name.startsWith(own) && /^\d+$/.test(name.slice(own.length)));
  });
}

/** The request target that belongs to the public URL `url`. */
function targetOf({ base, forwarded }: Delivery, target: string, url: string | undefined): string {
  const before = `${forwarded.proto}://${forwarded.host}${base}`;
  return url !== undefined && target.startsWith("/") && url.startsWith(before) ? url.slice(before.length) : target;
}
