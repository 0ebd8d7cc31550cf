import type { Provider } from "../signatures/provider.ts";
import type { Source } from "../signatures/scheme.ts";

const RETRIES: Source = { grade: "official-doc", from: "docs.svix.com/retries", date: "2026-11-21" };
const PACKAGE: Source = { grade: "package", from: "npm svix 1.99.1", date: "2026-11-21" };

export const svix: Provider = {
  id: "svix",
  name: "Svix",
  recognise: [[{ place: { in: "header", name: "svix-signature" } }], [{ place: { in: "header", name: "svix-id" } }]],
  signing: {
    schemes: [
      {
        id: "v1",
        signature: [{ in: "header", name: "svix-signature", field: { name: "v1", separator: " ", assign: "," } }],
        algorithm: "hmac-sha256",
        encoding: "base64",
        key: { form: "base64", prefix: "whsec_" },
        signed: "{id}.{timestamp}.{body}",
        messageId: { in: "header", name: "svix-id" },
        time: {
          place: { in: "header", name: "svix-timestamp" },
          unit: "s",
          tolerance: { old: 300, future: 300 },
        },
        source: PACKAGE,
      },
    ],
  },
  secret: { called: "signing secret", prefix: "whsec_", source: PACKAGE },
  event: { type: [{ in: "body", path: "type" }], id: [{ in: "header", name: "svix-id" }], source: PACKAGE },
  handshakes: [],
  delivery: {
    deadline: { value: 15, source: RETRIES },
    success: { value: "2xx", source: RETRIES },
    retries: { value: { attempts: 8, waits: [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] }, source: RETRIES },
    disable: {
      value: {},
      note: "When all attempts have failed for 5 days; the days begin after several deliveries failed within 24 h.",
      source: RETRIES,
    },
  },
  notes: [
    "Many services send with Svix; --provider names one of them, where devhook knows it, for its own facts.",
    "Svix's library also takes the headers webhook-id, webhook-timestamp and webhook-signature: that is the provider standard-webhooks.",
    "An answer with the header webhook-delivery: abort-message ends the retries.",
  ],
};
