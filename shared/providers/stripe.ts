import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const PACKAGE: Source = { grade: "package", from: "npm stripe 23.1.0", date: "2026-11-21" };
const SAMPLES: Source = { grade: "third-party", from: "github.com/hookdeck/webhook-samples 84a3957", date: "2026-11-21" };
const ARTICLE: Source = { grade: "third-party", from: "dev.to/webhookadmin, how senders retry", date: "2026-09-01" };

export const stripe: Provider = {
  id: "stripe",
  name: "Stripe",
  recognise: [[{ place: { in: "header", name: "Stripe-Signature" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "Stripe-Signature", field: { name: "v1", separator: ",", assign: "=" } }],
        algorithm: "hmac-sha256",
        encoding: "hex",
        key: { form: "text" },
        signed: "{timestamp}.{body}",
        time: {
          place: { in: "header", name: "Stripe-Signature", field: { name: "t", separator: ",", assign: "=" } },
          unit: "s",
          tolerance: { old: 300, future: null },
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "endpoint secret", prefix: "whsec_", source: PACKAGE },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "body", path: "id" }], source: SAMPLES },
  handshakes: [],
  delivery: {
    deadline: "not found",
    success: "not found",
    retries: {
      value: { overSeconds: 259_200 },
      note: "Live mode, with growing waits. A sandbox tries three times in a few hours.",
      source: ARTICLE,
    },
    disable: "not found",
  },
  notes: [
    "The whole secret with whsec_ is the key; Standard Webhooks senders use the same prefix and decode what follows.",
    "The member v0 of the header is no signature to rely on; only v1 counts.",
  ],
};
