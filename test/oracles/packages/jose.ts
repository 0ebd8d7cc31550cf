import { createHash } from "node:crypto";
import { jwkKeys } from "../made-keys.ts";
import { headerText, load, type Oracle, REQUEST, type SentRequest, shared, withHeaders } from "../oracle.ts";

type Claims = Record<string, unknown>;
type Package = {
  readonly importJWK: (jwk: object, algorithm: string) => Promise<object>;
  readonly jwtVerify: (
    token: string,
    key: object,
    options: { algorithms: string[]; maxTokenAge?: string; issuer?: string },
  ) => Promise<{ payload: Claims }>;
  readonly SignJWT: new (claims: Claims) => {
    setProtectedHeader(header: Record<string, string>): { sign(key: object): Promise<string> };
  };
};

function digest({ body }: SentRequest): string {
  return createHash("sha256").update(body).digest("hex");
}

/** Plaid's documentation verifies with this package; the digest of the body is compared by the app. */
export const plaid: Oracle = {
  provider: "plaid",
  package: "jose",
  by: "panva",
  keys: jwkKeys("made-up"),
  otherKeys: jwkKeys("made-up"),
  request: REQUEST,
  async accepts(request, key) {
    const { importJWK, jwtVerify } = load<Package>("jose");
    const imported = await importJWK(JSON.parse(key) as object, "ES256");
    const { payload } = await jwtVerify(headerText(request, "plaid-verification"), imported, {
      algorithms: ["ES256"],
      maxTokenAge: "5 min",
    });
    return payload["request_body_sha256"] === digest(request);
  },
  async signs(request, key) {
    const { importJWK, SignJWT } = load<Package>("jose");
    const token = new SignJWT({ iat: Math.floor(Date.now() / 1_000), request_body_sha256: digest(request) });
    const imported = await importJWK(JSON.parse(key) as object, "ES256");
    return withHeaders(request, [
      "Plaid-Verification",
      await token.setProtectedHeader({ alg: "ES256", kid: "made-up", typ: "JWT" }).sign(imported),
    ]);
  },
};

export const netlify: Oracle = {
  provider: "netlify",
  package: "jose",
  by: "panva",
  keys: shared("netlify made up secret of 32 bytes"),
  otherKeys: shared("netlify other secret of 32 bytes"),
  request: REQUEST,
  async accepts(request, key) {
    const { payload } = await load<Package>("jose").jwtVerify(headerText(request, "x-webhook-signature"), Buffer.from(key), {
      algorithms: ["HS256"],
      issuer: "netlify",
    });
    return payload["sha256"] === digest(request);
  },
  async signs(request, key) {
    const token = new (load<Package>("jose").SignJWT)({ iss: "netlify", sha256: digest(request) });
    return withHeaders(request, [
      "X-Webhook-Signature",
      await token.setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(Buffer.from(key)),
    ]);
  },
};
