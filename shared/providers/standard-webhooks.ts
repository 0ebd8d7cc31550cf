import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const SPEC: Source = {
  grade: "official-doc",
  from: "github.com/standard-webhooks/standard-webhooks 03f5f8c spec/standard-webhooks.md",
  date: "2026-11-21",
};
const PACKAGE: Source = { grade: "package", from: "npm standardwebhooks 1.1.1", date: "2026-11-21" };

export const standardWebhooks: Provider = {
  id: "standard-webhooks",
  name: "Standard Webhooks",
  recognise: [[{ place: { in: "header", name: "webhook-signature" } }], [{ place: { in: "header", name: "webhook-id" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "webhook-signature", field: { name: "v1", separator: " ", assign: "," } }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "base64", prefix: "whsec_" },
        signed: "{id}.{timestamp}.{body}",
        messageId: { in: "header", name: "webhook-id" },
        time: {
          place: { in: "header", name: "webhook-timestamp" },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: PACKAGE,
      },
      {
        id: "v1a",
        note: "The asymmetric form of the specification.",
        signature: [{ in: "header", name: "webhook-signature", field: { name: "v1a", separator: " ", assign: "," } }],
        algorithm: "ed25519",
        encoding: "base64",
        key: { form: "public", prefix: "whpk_" },
        signed: "{id}.{timestamp}.{body}",
        messageId: { in: "header", name: "webhook-id" },
        time: {
          place: { in: "header", name: "webhook-timestamp" },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: SPEC,
      },
    ],
  },
  secret: { called: "signing secret (whsec_…), or public key (whpk_…) for v1a", source: SPEC },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "header", name: "webhook-id" }], source: SPEC },
  handshakes: [],
  delivery: {
    deadline: { value: 15, note: "The specification recommends senders 15 to 30 s; each sender decides.", source: SPEC },
    success: { value: "2xx", source: SPEC },
    retries: {
      value: { attempts: 10, waits: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] },
      note: "The example of the specification; each sender decides. A Retry-After in the answer should be honoured.",
      source: SPEC,
    },
    disable: { value: {}, note: "Recommended after a long time of failures, and at once for 410 Gone.", source: SPEC },
  },
  notes: [
    "The header may hold several signatures, during a change of secrets: one that matches suffices.",
    "The id stays the same when a delivery is tried again; the timestamp is that of the try.",
    "The specification leaves the tolerance to the receiver; 300 s in both directions is what its library takes.",
  ],
};
