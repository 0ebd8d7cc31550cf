import { createPublicKey, type JsonWebKey } from "node:crypto";
import { ed25519Jwks } from "../made-keys.ts";
import { headerRecord, load, type Oracle, REQUEST, type SentRequest, shared } from "../oracle.ts";

type SignatureConfig = { readonly customConfig?: object };
type Package = {
  readonly WebhookVerificationService: {
    verify(request: Request, config: object): Promise<{ readonly isValid: boolean }>;
    verifyWithPlatformConfig(request: Request, platform: string, secret: string): Promise<{ readonly isValid: boolean }>;
  };
  readonly getPlatformAlgorithmConfig: (platform: string) => { readonly signatureConfig: SignatureConfig };
};

/** Tern knows providers that have no package of their own. */
const BY = { package: "@hookflo/tern", by: "Hookflo" };

function fetched(request: SentRequest): Request {
  const { method, url, body } = request;
  return new Request(url, { method, body: new Uint8Array(body), headers: headerRecord(request) });
}

function platform(provider: string, scheme?: string): Oracle {
  return {
    ...BY,
    provider,
    ...(scheme !== undefined && { scheme }),
    keys: shared("tern made up"),
    otherKeys: shared("tern other"),
    request: REQUEST,
    accepts: async (request, key) =>
      (await load<Package>("@hookflo/tern").WebhookVerificationService.verifyWithPlatformConfig(fetched(request), provider, key)).isValid,
  };
}

export const gitlab = platform("gitlab", "secret-token");
export const lemonsqueezy = platform("lemonsqueezy");
export const woocommerce = platform("woocommerce");

export const fal: Oracle = {
  ...BY,
  provider: "fal",
  keys: ed25519Jwks("one"),
  otherKeys: ed25519Jwks("other"),
  request: { ...REQUEST, headers: [...REQUEST.headers, "X-Fal-Webhook-User-Id", "user-1"] },
  // its way around fetching the key set is the configuration
  async accepts(request, key) {
    const { WebhookVerificationService, getPlatformAlgorithmConfig } = load<Package>("@hookflo/tern");
    const { keys } = JSON.parse(key) as { keys: JsonWebKey[] };
    const publicKey = createPublicKey({ key: keys[0] ?? {}, format: "jwk" }).export({ format: "pem", type: "spki" });
    const { signatureConfig } = getPlatformAlgorithmConfig("falai");
    const config = { ...signatureConfig, customConfig: { ...signatureConfig.customConfig, publicKey } };
    const { isValid } = await WebhookVerificationService.verify(fetched(request), {
      platform: "falai",
      secret: "",
      signatureConfig: config,
    });
    return isValid;
  },
  takes: [{ what: /^x-fal-webhook-signature: with one character more/i, because: "it decodes hex leniently" }],
};
