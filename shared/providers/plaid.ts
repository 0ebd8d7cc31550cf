import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const VERIFY: Source = { grade: "official-doc", from: "plaid.com/docs/api/webhooks/webhook-verification", date: "2026-11-21" };
const SUPPORT: Source = {
  grade: "official-doc",
  from: "support.plaid.com/hc/en-us/articles/40390675922967",
  date: "2026-11-21",
};
const SAMPLES: Source = {
  grade: "third-party",
  from: "github.com/triggerdotdev/trigger.dev 7d2e365 internal-packages/webhook-sources/src/handAuthored/plaid.ts",
  date: "2026-07-01",
};

export const plaid: Provider = {
  id: "plaid",
  name: "Plaid",
  recognise: [[{ place: { in: "header", name: "Plaid-Verification" } }]],
  signing: {
    schemes: [
      {
        id: "jwt",
        signature: [{ in: "header", name: "Plaid-Verification" }],
        algorithm: "jwt-es256",
        encoding: "jwt",
        key: { form: "public" },
        signed: "",
        time: {
          place: { in: "claim", name: "iat" },
          unit: "s",
          tolerance: { old: 300, future: null },
          officialVerifier: "the documentation's sample (npm jose) refuses any time in the future",
        },
        bodyDigest: { place: { in: "claim", name: "request_body_sha256" }, hash: "sha256", encoding: "hex" },
        source: VERIFY,
      },
    ],
  },
  secret: {
    called: "verification key (a JWK, or a JWKS of several)",
    where: "POST /webhook_verification_key/get with the kid in the head of the token",
    source: VERIFY,
  },
  event: {
    type: [
      { in: "body", path: "webhook_type" },
      { in: "body", path: "webhook_code" },
    ],
    id: [],
    source: SAMPLES,
  },
  handshakes: [],
  delivery: {
    deadline: { value: 10, source: SUPPORT },
    success: { value: "200", note: "The same page also asks for a 2xx answer.", source: SUPPORT },
    retries: {
      value: { waits: [30, 120, 480, 1_920, 7_680, 30_720], overSeconds: 86_400 },
      note: "The first wait is 30 s, each next one four times as long.",
      source: SUPPORT,
    },
    disable: "not found",
  },
  notes: ["Plaid sends no id by which a repeat is known."],
};
