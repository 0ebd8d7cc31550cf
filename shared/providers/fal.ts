import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const DOC: Source = { grade: "official-doc", from: "docs.fal.ai/model-apis/model-endpoints/webhooks", date: "2026-11-21" };
const PACKAGE: Source = { grade: "third-party", from: "npm @hookflo/tern 4.1.0", date: "2026-11-21" };

export const fal: Provider = {
  id: "fal",
  name: "fal",
  aliases: ["fal-ai"],
  recognise: [[{ place: { in: "header", name: "X-Fal-Webhook-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "ed25519",
        note: "Four lines: request id, user id, timestamp and the SHA-256 of the body.",
        signature: [{ in: "header", name: "X-Fal-Webhook-Signature" }],
        algorithm: "ed25519",
        encoding: "hex",
        hexCase: "any",
        key: { form: "public" },
        signed: "{id}\n{header:X-Fal-Webhook-User-Id}\n{timestamp}\n{body-sha256-hex}",
        messageId: { in: "header", name: "X-Fal-Webhook-Request-Id" },
        time: {
          place: { in: "header", name: "X-Fal-Webhook-Timestamp" },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: PACKAGE,
      },
    ],
  },
  secret: {
    called: "public keys (JWKS)",
    where: "rest.alpha.fal.ai/.well-known/jwks.json, the same for everyone; they may be kept for 24 h",
    source: PACKAGE,
  },
  event: { type: [{ in: "body", path: "status" }], id: [{ in: "body", path: "request_id" }], source: DOC },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: { value: { attempts: 11, overSeconds: 7_200 }, note: "10 retries within 2 h.", source: DOC },
    disable: "not found",
  },
};
