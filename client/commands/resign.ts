import type { Catalogue } from "../../shared/catalogue/catalogue.ts";
import { DevhookError } from "../../shared/errors.ts";
import type { HeaderList } from "../../shared/http/headers.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import type { Scheme } from "../../shared/signatures/scheme.ts";
import type { Delivery, SentRequest } from "../ledger/records.ts";
import { requireProvider } from "../settings/require-provider.ts";
import { messageOf } from "../verifying/judge-delivery.ts";
import { recordedVerification } from "./recorded-verification.ts";
import { noSecret, signMessage } from "./sign-message.ts";

/** What deliveries are signed anew with. */
export type Signers = {
  readonly catalogue: Catalogue;
  /** as the user copied them; empty when there are none */
  readonly secretsOf: (provider: Provider) => readonly string[];
  /** of --provider, for deliveries that nobody was recognised for */
  readonly provider: string | undefined;
};

/** Who signs one delivery, and how. */
type Signer = { readonly provider: Provider; readonly scheme: string | undefined; readonly secret: string };

/**
 * Signs a recorded delivery as its provider would at the time `now`: by the scheme and with the secret that held when it came, the public URL as recorded.
 * Signature headers stand where the old ones stood, all others as they were.
 * @throws {DevhookError} `usage` when the provider or its secret is not known, or the delivery cannot be signed
 */
export function resign(delivery: Delivery, signers: Signers, now: number): SentRequest {
  const { provider, scheme, secret } = signerOf(delivery, signers);
  const message = messageOf(delivery, delivery.body.bytes);
  const signed = signMessage({ provider, scheme, secret, message, now });
  const used = provider.signing.schemes.find(({ id }) => id === signed.scheme);
  const headers = withLength(replaced(delivery.headers, signed.headers, used), signed.body.length);
  return { method: delivery.method, target: targetOf(delivery, signed.url), headers, body: signed.body };
}

/** Why a delivery should perhaps not get a good signature; undefined when it had one. */
export function launderingDoubt({ id, verdict }: Delivery): string | undefined {
  if (verdict === "valid") return undefined;
  const found = verdict === undefined ? "has never been checked" : `had the verdict ${verdict} when it came`;
  return `${id} ${found}; signed anew, your app will take it for genuine. Do not launder a forgery: devhook show ${id}`;
}

function signerOf(delivery: Delivery, { catalogue, secretsOf, provider: flag }: Signers): Signer {
  const provider = providerOf(delivery, catalogue, flag);
  const secrets = secretsOf(provider);
  const checked = recordedVerification(delivery);
  const isSame = checked?.provider === provider.id;
  const scheme = isSame && provider.signing.schemes.some(({ id }) => id === checked.scheme) ? (checked.scheme ?? undefined) : undefined;
  const secret = (isSame ? secrets[checked.secretIndex ?? 0] : undefined) ?? secrets[0];
  // one that signs nothing is refused for that, not for the lack of a secret
  if (secret === undefined && provider.signing.schemes.length > 0) throw noSecret(provider);
  return { provider, scheme, secret: secret ?? "" };
}

function providerOf({ id, provider: recorded }: Delivery, catalogue: Catalogue, flag: string | undefined): Provider {
  const named = flag === undefined ? undefined : requireProvider(catalogue, flag);
  const known = recorded === undefined ? undefined : catalogue.find(recorded);
  if (named !== undefined && known !== undefined && named !== known) {
    throw new DevhookError("usage", {
      what: `delivery ${id} came from ${known.id}, and --provider says ${named.id}`,
      fix: "leave --provider out: it is for deliveries that nobody was recognised for",
    });
  }
  const provider = known ?? named;
  if (provider !== undefined) return provider;
  throw new DevhookError("usage", {
    what: `cannot sign delivery ${id} anew: nobody knows who sent it`,
    ...(recorded !== undefined && { why: `it was recorded as from ${recorded}, which no record describes any more` }),
    fix: "name the sender: --provider ID (see devhook providers)",
  });
}

/** The old headers with new ones in the places of those of the same name; old signatures that get no new one go, other new headers come last. */
function replaced(old: HeaderList, fresh: HeaderList, scheme: Scheme | undefined): HeaderList {
  const values = new Map<string, readonly [name: string, value: string]>();
  for (let i = 0; i + 1 < fresh.length; i += 2) values.set((fresh[i] ?? "").toLowerCase(), [fresh[i] ?? "", fresh[i + 1] ?? ""]);
  const placed = new Set<string>();
  const headers: string[] = [];
  for (let i = 0; i + 1 < old.length; i += 2) {
    const name = old[i] ?? "";
    const lower = name.toLowerCase();
    const value = values.get(lower)?.[1];
    if (value === undefined && !isSignature(lower, scheme)) headers.push(name, old[i + 1] ?? "");
    if (value === undefined || placed.has(lower)) continue;
    headers.push(name, value);
    placed.add(lower);
  }
  for (const [lower, [name, value]] of values) if (!placed.has(lower)) headers.push(name, value);
  return headers;
}

function isSignature(name: string, scheme: Scheme | undefined): boolean {
  return (scheme?.signature ?? []).some((place) => {
    if (place.in !== "header") return false;
    const own = place.name.toLowerCase();
    return name === own || (place.numbered === true && name.startsWith(own) && /^\d+$/.test(name.slice(own.length)));
  });
}

function withLength(headers: HeaderList, bytes: number): HeaderList {
  return headers.map((text, index) => (index % 2 === 1 && headers[index - 1]?.toLowerCase() === "content-length" ? String(bytes) : text));
}

/** The request target that belongs to the public URL `url`. */
function targetOf({ target, base, forwarded }: Delivery, url: string | undefined): string {
  const before = `${forwarded.proto}://${forwarded.host}${base}`;
  return url !== undefined && target.startsWith("/") && url.startsWith(before) ? url.slice(before.length) : target;
}
